//! In: a growing file. Out: its bytes as they come, waiting at the end until told to stop.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use super::counters::ReadCounters;

/// Longest nap between two looks at the stop flag.
const NAP: Duration = Duration::from_millis(20);

/// A file whose end is not the end: reading there waits for more, and ends only with the stop flag.
#[derive(Debug)]
pub(super) struct Follow {
    file: File,
    position: u64,
    poll: Duration,
    stop: Arc<AtomicBool>,
    counters: Arc<ReadCounters>,
}

impl Follow {
    pub fn new(file: File, poll_s: f64, stop: Arc<AtomicBool>, counters: Arc<ReadCounters>) -> Self {
        Self { file, position: 0, poll: Duration::from_secs_f64(poll_s), stop, counters }
    }
}

impl Read for Follow {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            if self.stop.load(Relaxed) {
                return Ok(0);
            }
            let read = self.file.read(buffer)?;
            if read > 0 {
                self.counters.waiting.store(false, Relaxed);
                self.position += read as u64;
                return Ok(read);
            }
            if self.file.metadata()?.len() < self.position {
                return Err(Error::new(ErrorKind::InvalidData, "the file became shorter while it was followed"));
            }
            self.counters.waiting.store(true, Relaxed);
            let looked = Instant::now();
            while looked.elapsed() < self.poll && !self.stop.load(Relaxed) {
                std::thread::sleep(NAP.min(self.poll));
            }
        }
    }
}
