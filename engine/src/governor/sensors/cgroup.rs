//! In: the control groups this process is in. Out: how much processor time and memory they leave it, of either version.

use std::fs;
use std::path::{Path, PathBuf};

/// Limits at or above this many bytes stand for "none" in version 1.
const NO_LIMIT_BYTES: u64 = 1 << 60;

/// Where the files of this process's control groups are.
#[derive(Debug, Clone, Default)]
pub struct Cgroup {
    /// Folders from the process's own group up to the root, of the unified hierarchy.
    unified: Vec<PathBuf>,
    /// The same of version 1's memory controller.
    memory: Vec<PathBuf>,
    /// The same of version 1's processor controller.
    cpu: Vec<PathBuf>,
    /// The same of version 1's account of processor time, where that is a hierarchy of its own.
    account: Vec<PathBuf>,
}

/// Processor time of a control group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupCpu {
    /// Processors the group may use.
    pub quota: f64,
    /// Nanoseconds everything in it has run, where there is an account.
    pub used_ns: Option<u64>,
}

/// Memory of a control group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupMemory {
    /// Bytes in use that cannot be given back by dropping file pages nobody used of late.
    pub used_bytes: u64,
    /// Bytes the group may use.
    pub limit_bytes: u64,
}

impl Cgroup {
    /// The groups of this process; empty where the system has none.
    pub fn of_this_process() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Self::parse(&read("/proc/self/cgroup"), &read("/proc/self/mountinfo"))
    }

    fn parse(groups: &str, mounts: &str) -> Self {
        let mut found = Self::default();
        for line in groups.lines() {
            let mut parts = line.splitn(3, ':');
            let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let controllers: Vec<&str> = controllers.split(',').collect();
            if controllers == [""] {
                found.unified = folders(mounts, None, path);
            } else if controllers.contains(&"memory") {
                found.memory = folders(mounts, Some("memory"), path);
            } else if controllers.contains(&"cpu") {
                found.cpu = folders(mounts, Some("cpu"), path);
            } else if controllers.contains(&"cpuacct") {
                found.account = folders(mounts, Some("cpuacct"), path);
            }
        }
        found
    }

    /// Memory of the group whose limit is nearest; `None` where none has a limit.
    pub fn memory(&self) -> Option<GroupMemory> {
        let second = self.unified.iter().filter_map(|folder| {
            let limit_bytes = number(&folder.join("memory.max"))?;
            let used = number(&folder.join("memory.current"))?;
            let idle = stat(&folder.join("memory.stat"), "inactive_file").unwrap_or(0);
            Some(GroupMemory { used_bytes: used.saturating_sub(idle), limit_bytes })
        });
        let first = self.memory.iter().filter_map(|folder| {
            let limit_bytes = number(&folder.join("memory.limit_in_bytes")).filter(|limit| *limit < NO_LIMIT_BYTES)?;
            let used = number(&folder.join("memory.usage_in_bytes"))?;
            let idle = stat(&folder.join("memory.stat"), "total_inactive_file").unwrap_or(0);
            Some(GroupMemory { used_bytes: used.saturating_sub(idle), limit_bytes })
        });
        second.chain(first).filter(|m| m.limit_bytes > 0).min_by_key(|m| m.limit_bytes.saturating_sub(m.used_bytes))
    }

    /// The group whose quota is tightest; `None` where none has one.
    pub fn cpu(&self) -> Option<GroupCpu> {
        let second = self.unified.iter().filter_map(|folder| {
            let text = fs::read_to_string(folder.join("cpu.max")).ok()?;
            let (quota, period) = text.trim().split_once(' ')?;
            let used_ns = stat(&folder.join("cpu.stat"), "usage_usec").map(|us| 1_000 * us);
            Some(GroupCpu { quota: quota.parse::<f64>().ok()? / period.parse::<f64>().ok()?, used_ns })
        });
        let first = self.cpu.iter().filter_map(|folder| {
            let quota = number(&folder.join("cpu.cfs_quota_us"))?;
            let quota = quota as f64 / number(&folder.join("cpu.cfs_period_us"))? as f64;
            let beside = || self.account.iter().find(|account| account.file_name() == folder.file_name());
            let used_ns = number(&folder.join("cpuacct.usage"));
            let used_ns = used_ns.or_else(|| number(&beside()?.join("cpuacct.usage")));
            Some(GroupCpu { quota, used_ns })
        });
        let allowed = |group: &GroupCpu| group.quota.is_finite() && group.quota > 0.0;
        second.chain(first).filter(allowed).min_by(|a, b| a.quota.total_cmp(&b.quota))
    }
}

/// Folders of a group, innermost first, as this process sees them. Inside a container the mount may begin at the group
/// itself, and the path then leads nowhere: what is there is used.
fn folders(mounts: &str, controller: Option<&str>, path: &str) -> Vec<PathBuf> {
    let mount = mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut right = right.split(' ');
        let kind = right.next()?;
        let options = right.next_back().unwrap_or_default();
        let fits = match controller {
            None => kind == "cgroup2",
            Some(name) => kind == "cgroup" && options.split(',').any(|option| option == name),
        };
        fits.then(|| left.split(' ').nth(4).map(PathBuf::from))?
    });
    let Some(mount) = mount else { return Vec::new() };
    let inner = mount.join(path.trim_start_matches('/'));
    let start = if inner.is_dir() { inner } else { mount.clone() };
    start.ancestors().take_while(|folder| folder.starts_with(&mount)).map(Path::to_path_buf).collect()
}

/// A number alone in a file; `max` and `-1` are none.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn stat(path: &Path, key: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_read_and_the_nearest_limit_counts() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |name: &str| dir.path().join(name);
        let write = |path: PathBuf, text: &str| {
            fs::create_dir_all(path.parent().expect("inside")).expect("made");
            fs::write(path, text).expect("written");
        };
        write(at("two/a/memory.max"), "max\n");
        write(at("two/a/b/memory.max"), "1000\n");
        write(at("two/a/b/memory.current"), "700\n");
        write(at("two/a/b/memory.stat"), "anon 1\ninactive_file 100\n");
        write(at("two/a/cpu.max"), "150000 100000\n");
        write(at("one/c/memory.limit_in_bytes"), "900\n");
        write(at("one/c/memory.usage_in_bytes"), "850\n");
        write(at("two/a/cpu.stat"), "usage_usec 7\nuser_usec 5\n");
        write(at("cpu/cpu.cfs_quota_us"), "-1\n");
        let place = dir.path().display();
        let mounts = format!(
            "1 0 0:1 / {place}/two rw - cgroup2 cgroup2 rw\n2 0 0:2 / {place}/one rw - cgroup cgroup rw,memory\n\
             3 0 0:3 / {place}/cpu rw - cgroup cgroup rw,cpu\n"
        );
        let group = Cgroup::parse("4:memory:/c\n2:cpu:/\n0::/a/b\n", &mounts);
        assert_eq!(group.memory(), Some(GroupMemory { used_bytes: 850, limit_bytes: 900 }));
        assert_eq!(group.cpu(), Some(GroupCpu { quota: 1.5, used_ns: Some(7_000) }));
        let alone = Cgroup::parse("0::/a/b\n", &mounts);
        assert_eq!(alone.memory(), Some(GroupMemory { used_bytes: 600, limit_bytes: 1000 }));
        assert!(Cgroup::parse("", "").memory().is_none() && Cgroup::parse("garbage", "garbage").cpu().is_none());
        // Version 1 with a quota, the account in a hierarchy of its own.
        write(at("cpu/g/cpu.cfs_quota_us"), "50000\n");
        write(at("cpu/g/cpu.cfs_period_us"), "100000\n");
        write(at("account/g/cpuacct.usage"), "42\n");
        let mounts = format!(
            "3 0 0:3 / {place}/cpu rw - cgroup cgroup rw,cpu\n4 0 0:4 / {place}/account rw - cgroup cgroup rw,cpuacct\n"
        );
        let group = Cgroup::parse("2:cpu:/g\n3:cpuacct:/g\n", &mounts);
        assert_eq!(group.cpu(), Some(GroupCpu { quota: 0.5, used_ns: Some(42) }));
    }
}
