"""In: a share of this machine. Out: control groups of either version that processes can enter."""
import contextlib
import os
import time


class Processors:
    """A control group with a quota of processor time and precedence over the rest: a small machine of its own, whatever
    else runs on this one. Version 1 or 2."""

    def __init__(self, cores):
        name = f"scarcity-bench-{os.getpid()}"
        root = "/sys/fs/cgroup"
        if os.path.isdir(f"{root}/cpu"):
            folders = [f"{root}/{of}/{name}" for of in ("cpu", "cpuacct")]
            settings = {"cpu.cfs_period_us": 10_000, "cpu.cfs_quota_us": int(10_000 * cores), "cpu.shares": 65_536}
        else:
            folders, settings = [f"{root}/{name}"], {"cpu.max": f"{int(10_000 * cores)} 10000", "cpu.weight": 10_000}
        self.folders = [folder for folder in folders if os.path.isdir(os.path.dirname(folder))]
        for folder in self.folders:
            os.makedirs(folder, exist_ok=True)
        for file, value in settings.items():
            write(self.folders[0], file, value)
        # Whoever feeds and watches is no part of that machine, and must not wait for it either.
        self.home = f"{self.folders[0]}-feed"
        os.makedirs(self.home, exist_ok=True)
        weight = next(file for file in ("cpu.shares", "cpu.weight") if file in settings)
        write(self.home, weight, settings[weight])
        write(self.home, "cgroup.procs", os.getpid())

    def enter(self):
        for folder in self.folders:
            write(folder, "cgroup.procs", os.getpid())

    def remove(self):
        write(os.path.dirname(self.home), "cgroup.procs", os.getpid())
        remove([*self.folders, self.home])


def write(folder, file, value):
    with open(os.path.join(folder, file), "w") as out:
        out.write(str(value))


def remove(folders):
    for folder in folders:
        for _ in range(50):
            try:
                os.rmdir(folder)
                break
            except OSError:
                time.sleep(0.1)


class Group:
    """A control group with a memory limit, of whichever version is writable."""

    def __init__(self, limit_mb):
        name = f"scarcity-bench-{os.getpid()}"
        self.first = os.path.isdir("/sys/fs/cgroup/memory")
        self.path = f"/sys/fs/cgroup/memory/{name}" if self.first else f"/sys/fs/cgroup/{name}"
        os.mkdir(self.path)
        write(self.path, "memory.limit_in_bytes" if self.first else "memory.max", limit_mb << 20)
        with contextlib.suppress(OSError):
            write(self.path, "memory.swap.max", 0)

    def enter(self):
        write(self.path, "cgroup.procs", os.getpid())

    def kills(self):
        with open(os.path.join(self.path, "memory.oom_control" if self.first else "memory.events")) as file:
            return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)

    def peak_mb(self):
        with open(os.path.join(self.path, "memory.max_usage_in_bytes" if self.first else "memory.peak")) as file:
            return int(file.read()) >> 20

    def remove(self):
        remove([self.path])
