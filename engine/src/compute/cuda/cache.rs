//! In: kernels. Out: their PTX, from disk where the same source was compiled for the same architecture before.

use std::path::{Path, PathBuf};

use crate::compute::gpu::kernel::Kernel;
use crate::error::Result;

use super::compile;

/// A folder of compiled kernels. A file that cannot be read, or whose contents are not what was written, is as good as
/// none.
#[derive(Debug, Clone)]
pub struct PtxCache(PathBuf);

impl PtxCache {
    /// A cache in this folder, which is made when first written to.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// The PTX of a kernel for a compute capability such as 80.
    ///
    /// # Errors
    /// [`crate::Error::Device`] when it has to be compiled and cannot be.
    pub fn ptx(&self, kernel: &Kernel, capability: u32) -> Result<String> {
        let path = self.path(kernel, capability);
        if let Some(ptx) = load(&path) {
            return Ok(ptx);
        }
        let ptx = compile(kernel, capability)?;
        if let Err(error) = store(&path, &ptx) {
            tracing::warn!("compiled kernels are not kept: {}: {error}", path.display());
        }
        Ok(ptx)
    }

    /// Where the PTX of this very source lies.
    pub fn path(&self, kernel: &Kernel, capability: u32) -> PathBuf {
        let hash = fnv(kernel.cuda_module().as_bytes());
        self.0.join(format!("{}-sm{capability}-{hash:032x}.ptx", kernel.entry))
    }
}

/// The user's folder for things that can be made again.
pub fn cache_folder() -> PathBuf {
    let from = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    from("XDG_CACHE_HOME")
        .or_else(|| from("LOCALAPPDATA"))
        .or_else(|| from("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("scarcity")
        .join("kernels")
}

/// FNV-1a of 128 bits: the same on every machine and in every version.
fn fnv(bytes: &[u8]) -> u128 {
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013B;
    bytes
        .iter()
        .fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

/// First line: the hash of the rest.
fn load(path: &Path) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    let (hash, ptx) = text.split_once('\n')?;
    (hash == format!("// {:032x}", fnv(ptx.as_bytes()))).then(|| ptx.to_owned())
}

fn store(path: &Path, ptx: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Another process may be writing the same file.
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    std::fs::write(&temporary, format!("// {:032x}\n{ptx}", fnv(ptx.as_bytes())))?;
    std::fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::{load, store};

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        let path = std::env::temp_dir().join(format!("scarcity-ptx-{}.ptx", std::process::id()));
        store(&path, "some ptx\nof two lines").unwrap();
        assert_eq!(load(&path).as_deref(), Some("some ptx\nof two lines"));
        let cut = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, &cut[..cut.len() - 1]).unwrap();
        assert_eq!(load(&path), None);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(load(&path), None);
    }
}
