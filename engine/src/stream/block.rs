//! In: bytes of a text input. Out: blocks that hold whole records only, in a buffer of bounded size.

use std::io::{ErrorKind, Read};

use super::place::Place;
use crate::error::{Error, Result};

/// Longest record accepted; a sparse or binary file has no line ends and must fail, not fill the memory.
pub(super) const MAX_RECORD_BYTES: usize = 16 << 20;

/// Cuts a stream of bytes at record ends.
pub(super) struct Blocks {
    input: Box<dyn Read + Send>,
    place: Place,
    /// Quotes may hide line ends from this separator on; `None` for formats without quoted line ends.
    separator: Option<u8>,
    /// Whether the bytes after the last line end are a record when the input ends.
    keep_tail: bool,
    buffer: Vec<u8>,
    /// End of the bytes handed out last; what lies behind it is carried over.
    taken: usize,
    filled: usize,
    ended: bool,
    pub bytes: u64,
}

impl Blocks {
    pub fn new(
        input: Box<dyn Read + Send>,
        place: Place,
        separator: Option<u8>,
        keep_tail: bool,
        block_bytes: usize,
    ) -> Self {
        let buffer = vec![0; block_bytes.clamp(64 << 10, 8 << 20)];
        Self { input, place, separator, keep_tail, buffer, taken: 0, filled: 0, ended: false, bytes: 0 }
    }

    /// The next whole records, or `None` at the end.
    pub fn next(&mut self) -> Result<Option<&mut [u8]>> {
        if self.ended {
            return Ok(None);
        }
        self.buffer.copy_within(self.taken..self.filled, 0);
        self.filled -= self.taken;
        self.taken = 0;
        loop {
            if self.filled == self.buffer.len() {
                if self.filled >= MAX_RECORD_BYTES {
                    return Err(too_long(&self.place));
                }
                self.buffer.resize((self.filled * 2).min(MAX_RECORD_BYTES), 0);
            }
            let read = match self.input.read(&mut self.buffer[self.filled..]) {
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                read => read.map_err(|e| self.place.io(&e))?,
            };
            self.bytes += read as u64;
            let seen = self.filled;
            self.filled += read;
            if read == 0 {
                self.ended = true;
                if self.filled == 0 || !self.keep_tail {
                    return Ok(None);
                }
                // The last record may lack its line end; the decoders may rely on one.
                self.buffer.truncate(self.filled);
                self.buffer.push(b'\n');
                return Ok(Some(&mut self.buffer));
            }
            // Only a fresh line end can complete a record, so most rereads of a long record stop here.
            if self.buffer[seen..self.filled].contains(&b'\n') {
                self.taken = records_end(&self.buffer[..self.filled], self.separator);
                if self.taken > 0 {
                    return Ok(Some(&mut self.buffer[..self.taken]));
                }
            }
        }
    }
}

/// The error of a record without end.
pub(super) fn too_long(place: &Place) -> Error {
    place.error(format!(
        "no line end within {} MiB: this is not a text table, or a quote is never closed",
        MAX_RECORD_BYTES >> 20
    ))
}

/// Length of the whole records at the start of `bytes`. With a separator, line ends inside quotes do not count.
pub(super) fn records_end(bytes: &[u8], separator: Option<u8>) -> usize {
    let Some(separator) = separator.filter(|_| bytes.contains(&b'"')) else {
        return bytes.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    };
    let (mut end, mut quoted, mut closed, mut field_start) = (0, false, false, true);
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == b'"' && (quoted || closed || field_start) {
            // A quote right behind a closing one is an escaped quote: the field goes on.
            closed = quoted;
            quoted = !quoted;
            field_start = false;
            continue;
        }
        closed = false;
        if !quoted {
            field_start = byte == separator || byte == b'\n';
            if byte == b'\n' {
                end = at + 1;
            }
        }
    }
    end
}
