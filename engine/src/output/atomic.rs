//! In: bytes for a file. Out: the whole file under its name, or nothing.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file that appears under its name only once it is complete: written beside it and renamed. What is not a
/// regular file (a pipe, a terminal) cannot be renamed over and is written directly.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    /// Where the bytes are until the end; `None` when they go straight to `path`.
    partial: Option<PathBuf>,
    writer: Option<BufWriter<File>>,
}

impl AtomicFile {
    /// Opens the file for writing.
    ///
    /// # Errors
    /// [`Error::Output`] when the place does not exist or may not be written.
    pub fn create(path: &Path) -> Result<Self> {
        // A link is followed, so that renaming replaces what it points to and not the link.
        let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let meta = std::fs::metadata(&target).ok();
        if meta.as_ref().is_some_and(std::fs::Metadata::is_dir) {
            return Err(output_error(path, "it is a directory"));
        }
        let direct = meta.is_some_and(|m| !m.is_file());
        let partial = if direct { None } else { Some(partial_name(&target)) };
        let file = File::create(partial.as_deref().unwrap_or(&target)).map_err(|e| output_error(path, e))?;
        Ok(Self { path: target, partial, writer: Some(BufWriter::with_capacity(1 << 16, file)) })
    }

    /// Finds out, before any work, whether [`AtomicFile::create`] would succeed; leaves nothing behind.
    ///
    /// # Errors
    /// As [`AtomicFile::create`].
    pub fn probe(path: &Path) -> Result<()> {
        // Opening a pipe to look would disturb its reader.
        if std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir()) {
            return Ok(());
        }
        Self::create(path).map(drop)
    }

    /// Writes what is buffered and gives the file its name.
    ///
    /// # Errors
    /// [`Error::Output`] when the disk is full or the name cannot be taken.
    pub fn commit(mut self) -> Result<()> {
        let path = self.path.clone();
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        writer.flush().map_err(|e| output_error(&path, e))?;
        if let Some(partial) = &self.partial {
            // On disk before it has its name: a crash leaves the old file or the new one, never half of it.
            writer.get_ref().sync_all().map_err(|e| output_error(&path, e))?;
            std::fs::rename(partial, &path).map_err(|e| output_error(&path, e))?;
            self.partial = None;
        }
        Ok(())
    }

    /// Fills the file with `fill` and commits it.
    ///
    /// # Errors
    /// [`Error::Output`] with the first thing that went wrong; the file's old content then stands.
    pub fn write(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let mut file = Self::create(path)?;
        fill(&mut file).map_err(|e| output_error(path, e))?;
        file.commit()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.as_mut().map_or(Ok(0), |w| w.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(partial) = self.partial.take() {
            self.writer = None;
            // Not committed: nothing may stay behind. There is nobody left to tell if even that fails.
            let _ = std::fs::remove_file(partial);
        }
    }
}

fn partial_name(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.partial", std::process::id()))
}

pub(super) fn output_error(path: &Path, cause: impl std::fmt::Display) -> Error {
    Error::Output { path: path.to_owned(), message: cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_write_leaves_the_old_file_and_no_litter() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("out.txt");
        std::fs::write(&path, "old").expect("written");
        let failed = AtomicFile::write(&path, |out| {
            out.write_all(b"new")?;
            Err(io::Error::other("full"))
        });
        assert!(matches!(failed, Err(Error::Output { .. })));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "old");
        AtomicFile::write(&path, |out| out.write_all(b"new")).expect("written");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "new");
        assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 1);
    }

    #[test]
    fn probing_says_what_creating_would_and_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a directory");
        AtomicFile::probe(&dir.path().join("new.txt")).expect("possible");
        assert_eq!(std::fs::read_dir(dir.path()).expect("listed").count(), 0);
        assert!(AtomicFile::probe(&dir.path().join("no/such/place.txt")).is_err());
        assert!(AtomicFile::probe(dir.path()).is_err());
    }
}
