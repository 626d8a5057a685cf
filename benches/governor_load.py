#!/usr/bin/env python3
"""In: a `scarcity` binary. Out: how discovery fares under a real competing load, with the governor and without.

    python benches/governor_load.py cpu    [--binary target/release/scarcity] [--rounds 3] [--picture OUT.png]
    python benches/governor_load.py memory [--binary …] [--rounds 3] [--picture OUT.png]

A live feed at a fixed rate goes in; windows are timed from outside, from when their last row is due to when their line
is in the window log. Without the governor means `governor.dry_run`: it reads and decides, so that all runs are measured
alike, and carries nothing out.

cpu: for a while other processes burn every core. On a machine that others use, `--cores` makes a small one of its own:
discovery and those processes share a control group with a quota and precedence over everything else. `calm` is the governed run without that load: what a phase is like
when nothing happens. Runs alternate, so that whatever else the machine does meets all of them, and medians over rounds
are told. Pairs judged per second of processor time do not depend on what others take.

memory: discovery and another process share a control group with a memory limit. The other one grows, holds, and ends. The
kernel's killer is told to take discovery first, so that a governed run has to do without any kill at all. Needs a
writable memory controller of either version (root).

The traces can be replayed: `scarcity govern --replay FOLDER/on-1.jsonl`. Needs numpy; matplotlib for the picture.
"""
import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

STRIDE, WINDOW = 64, 128
PIECE = STRIDE // 4
POLL_S = 0.01
BURN = "while True: pass"
# Touches what it takes in steps, as a program that loads data does, holds it, and ends.
EAT = """
import sys, time
mb, over_s, hold_s = (float(a) for a in sys.argv[1:])
held, start = [], time.monotonic()
for taken in range(int(mb)):
    held.append(bytearray(b"x") * (1 << 20))
    time.sleep(max(0.0, start + (taken + 1) / mb * over_s - time.monotonic()))
time.sleep(hold_s)
"""


def synth(binary, folder, variables, rows):
    path = os.path.join(folder, "data.csv")
    command = [binary, "synth", "--vars", str(variables), "--rows", str(rows), "--out", path]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    with open(path) as lines:
        return lines.readline(), lines.readlines()


class Run:
    """One run of discovery on a live feed, watched from outside."""

    def __init__(self, options, folder, name, extra, confine=None):
        self.header, self.rows = options.data
        self.per_s = options.rows_per_s
        self.trace, self.log = (os.path.join(folder, f"{name}.{end}") for end in ("jsonl", "windows.jsonl"))
        for old in (self.log, self.trace):
            with contextlib.suppress(OSError):
                os.remove(old)
        self.started_s = None
        command = [options.binary, "discover", "-", "--quiet", "--trace", self.trace, "--windows", self.log]
        command += ["--device", "cpu"]
        for setting in options.settings + extra:
            command += ["--set", setting]
        self.total_s = options.before + options.during + options.after
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=folder, preexec_fn=confine
        )
        self.windows, self.cpu = [], []
        self.start = time.monotonic()
        self.threads = [threading.Thread(target=target) for target in (self.feed, self.watch)]
        for thread in self.threads:
            thread.start()

    def due(self, row):
        return row / self.per_s

    def feed(self):
        """Writes rows at a steady pace, a quarter of a window at a time, starting over at the end."""
        at, rows = 0, self.rows
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(self.header.encode())
            while self.due(at) < self.total_s:
                time.sleep(max(0.0, self.start + self.due(at + PIECE) - time.monotonic()))
                self.process.stdin.write("".join(rows[(at + k) % len(rows)] for k in range(PIECE)).encode())
                self.process.stdin.flush()
                at += PIECE
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()

    def watch(self):
        """Notes when each line of the window log appears, and now and then the processor time taken."""
        sampled, file = 0.0, None
        while self.process.poll() is None:
            now = time.monotonic() - self.start
            if self.started_s is None and os.path.exists(self.trace):
                self.started_s = now
            if file is None and os.path.exists(self.log):
                file = open(self.log)
            if file is not None:
                for line in iter(file.readline, ""):
                    if not line.endswith("\n"):
                        # Written in one piece; what is cut here was cut by the reading.
                        file.seek(file.tell() - len(line.encode()))
                        break
                    self.take(now, line)
            if now - sampled >= 0.25:
                sampled = now
                with contextlib.suppress(OSError):
                    self.cpu.append((now, processor_s(f"/proc/{self.process.pid}")))
            time.sleep(POLL_S)

    def take(self, now, line):
        window = json.loads(line)
        judged = window["candidates"] if window["timings"]["propose_ms"] > 0 else 0
        self.windows.append((now, window["rows"][1], judged))

    def at(self, seconds):
        time.sleep(max(0.0, self.start + seconds - time.monotonic()))

    def end(self):
        self.threads[0].join()
        self.process.wait()
        self.threads[1].join()

    def phase(self, begin, end, target_ms):
        """What windows between two times were like."""
        windows = np.array([w for w in self.windows if begin <= w[0] < end]).reshape(-1, 3)
        seconds = end - begin
        out = {"rows_per_s": round(len(windows) * STRIDE / seconds, 1)}
        out["pairs_per_s"] = round(float(windows[:, 2].sum()) / seconds, 1)
        inside = [c for c in self.cpu if begin <= c[0] < end]
        if len(inside) > 1:
            spent = (inside[-1][1] - inside[0][1]) / (inside[-1][0] - inside[0][0]) * seconds
            out["pairs_per_cpu_s"] = round(float(windows[:, 2].sum()) / max(spent, 1e-9), 1)
            out["cpu"] = round(spent / seconds, 3)
        # The first windows of a phase may have been due in the one before.
        due = np.array([w for w in self.windows if begin <= self.due(w[1]) < end]).reshape(-1, 3)
        if len(due):
            late = 1e3 * (due[:, 0] - due[:, 1] / self.per_s)
            out["latency_ms"] = [round(float(np.quantile(late, q)), 1) for q in (0.5, 0.95)]
            out["late_share"] = round(float(np.mean(late > target_ms)), 3)
        return out


def processor_s(folder):
    with open(f"{folder}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def readings(path):
    """`t_s`, `{name: values}` with NaN where absent, and the decisions carried out."""
    with open(path) as file:
        lines = [json.loads(line) for line in file if line.endswith("\n")]
    taken = [line for line in lines if line["kind"] == "readings"]
    names = sorted({name for line in taken for name in line["metrics"]})
    of = {name: np.array([line["metrics"].get(name, np.nan) for line in taken]) for name in names}
    acted = [d for d in lines if d["kind"] == "decision" and d["outcome"]["kind"] == "acted"]
    return np.array([line["t_s"] for line in taken]), of, acted


def level(t, acted, lever):
    out = np.ones(len(t))
    for d in acted:
        if d["lever"] == lever:
            out[t >= d["t_s"]] = d["to"]
    return out


def common(trace):
    """What is told of every run: actions, what the governor's loop cost, how busy the machine was."""
    t, of, acted = readings(trace)
    mean = lambda name: round(float(np.nanmean(of[name])), 4) if name in of else None
    return t, of, acted, {"actions": len(acted), "drg_cpu": mean("drg_cpu"), "cpu_pressure": mean("cpu_pressure")}


def run_cpu(options, folder, name, kind):
    group = Processors(options.cores) if options.cores else None
    enter = group.enter if group else None
    run = Run(options, folder, name, ["governor.dry_run=true"] if kind == "off" else [], enter)
    on, off = options.before, options.before + options.during
    run.at(on)
    burners = []
    if kind != "calm":
        burners = [subprocess.Popen([sys.executable, "-c", BURN], preexec_fn=enter) for _ in range(round(options.cores or os.cpu_count()))]
    run.at(off)
    for burner in burners:
        burner.kill()
        burner.wait()
    run.end()
    if group:
        group.remove()
    t, of, acted, out = common(run.trace)
    # The trace's clock starts when the governor does.
    late_s = run.started_s or 0.0
    back_s = [d["t_s"] for d in acted if d["to"] >= 1.0]
    last_s = acted[-1]["t_s"] if acted else 0.0
    out["all_back"] = not acted or last_s in back_s
    out["settle_s"] = round(max(0.0, last_s + late_s - off), 2)
    end = run.total_s - 1.0
    warm = min(5.0, 0.5 * on)
    spans = {"before": (warm, on), "during": (on, off), "after": (off, end), "back": (off + out["settle_s"], end)}
    for phase, (begin, until) in spans.items():
        if until - begin > 2.0:
            out[phase] = run.phase(begin, until, options.target_ms)
    for phase in ("during", "after", "back"):
        if phase in out:
            share = lambda key: round(out[phase].get(key, 0.0) / max(out["before"].get(key, 0.0), 1e-9), 4)
            out[f"{phase}/before"] = {key: share(key) for key in ("rows_per_s", "pairs_per_s", "pairs_per_cpu_s")}
    return out


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


def run_memory(options, folder, name, kind):
    group = Group(options.limit_mb)
    cores = Processors(options.cores) if options.cores else None
    on, off = options.before, options.before + options.during

    def confined():
        group.enter()
        if cores:
            cores.enter()
        # Of the two, the kernel's killer is to take this one.
        with open("/proc/self/oom_score_adj", "w") as out:
            out.write("1000")

    try:
        run = Run(options, folder, name, ["governor.dry_run=true"] if kind == "off" else [], confined)
        run.at(on)
        eat = [str(options.eat_mb), str(options.grow), str(options.during - options.grow)]
        eater = subprocess.Popen([sys.executable, "-c", EAT, *eat], preexec_fn=group.enter)
        # A run that is killed leaves room for the other one: its end says nothing then.
        while run.process.poll() is None and eater.poll() is None:
            time.sleep(0.05)
        eaten = eater.poll()
        if eaten is None:
            eater.send_signal(signal.SIGKILL)
        eater.wait()
        run.end()
        lived_s = time.monotonic() - run.start
        kills, peak_mb = group.kills(), group.peak_mb()
    finally:
        group.remove()
        if cores:
            cores.remove()
    t, of, acted, out = common(run.trace)
    cache = level(t, acted, "flush_cache")
    own = of["mem_self_mb"]
    out |= {
        "exit": run.process.returncode,
        "killed": run.process.returncode == -signal.SIGKILL,
        "lived_s": round(lived_s, 1),
        "kills_in_group": kills,
        "other_done": eaten == 0,
        "group_peak_mb": peak_mb,
        "own_mb_before": round(float(np.nanmax(own[t < on])), 1),
        "own_mb_least_under_load": round(float(np.nanmin(own[t >= on])), 1) if (t >= on).any() else None,
        "fullest": round(float(np.nanmax(of["mem_util"])), 3),
    }
    first = [d["t_s"] for d in acted if d["lever"] == "flush_cache"]
    if first:
        out["first_flush_at_s"] = round(first[0] - on, 2)
        out["all_back_after_s"] = round(float(t[cache < 1.0][-1] - off), 1) if cache[-1] >= 1.0 else None
    if not out["killed"]:
        end = run.total_s - 1.0
        for phase, (begin, until) in {"before": (5.0, on), "during": (on, off), "after": (off, end)}.items():
            out[phase] = run.phase(begin, until, options.target_ms)
        out["rows after/before"] = round(out["after"]["rows_per_s"] / out["before"]["rows_per_s"], 4)
    return out


def median_of(results):
    """Medians of numbers, number by number, through dictionaries and lists."""
    first = results[0]
    if isinstance(first, dict):
        keys = [k for k in first if all(isinstance(r, dict) and k in r for r in results)]
        return {k: median_of([r[k] for r in results]) for k in keys}
    if isinstance(first, list):
        return [median_of(list(values)) for values in zip(*results)]
    if isinstance(first, bool) or first is None or any(r is None for r in results):
        return f"{sum(bool(r) for r in results)} of {len(results)}"
    return round(float(np.median(results)), 4)


def compare(options, folder, kinds, one):
    found = {kind: [] for kind in kinds}
    for turn in range(options.first, options.first + options.rounds):
        # Back and forth, so that what changes slowly on the machine meets all of them.
        for kind in kinds if turn % 2 else kinds[::-1]:
            result = one(options, folder, f"{kind}-{turn}", kind)
            found[kind].append(result)
            print(f"{kind}-{turn}", json.dumps(result), flush=True)
            with open(os.path.join(folder, f"{kind}-{turn}.result.json"), "w") as out:
                json.dump(result, out)
    return found


def tell(folder, kinds):
    """Medians over all rounds whose results are in the folder, taken at once or one after the other."""
    for kind in kinds:
        of_kind = sorted(f for f in os.listdir(folder) if f.startswith(f"{kind}-") and f.endswith(".result.json"))
        if of_kind:
            results = [json.load(open(os.path.join(folder, name))) for name in of_kind]
            print(f"{kind}, medians of {len(results)}:", json.dumps(median_of(results)), flush=True)


COLOURS = {"off": "#c0504d", "on": "#2f6eba"}


def shade(axes, on, off, what):
    for axis in axes:
        axis.axvspan(on, off, color="0.92", lw=0)
        axis.grid(alpha=0.3)
    axes[0].text(on + 0.5, 0.97, what, transform=axes[0].get_xaxis_transform(), va="top", fontsize=8, color="0.35")
    axes[-1].set_xlabel("seconds")


def picture_cpu(options, plt, folder):
    figure, axes = plt.subplots(3, 1, figsize=(7, 5.2), sharex=True, layout="constrained")
    for name, colour in COLOURS.items():
        t, of, acted = readings(os.path.join(folder, f"{name}-1.jsonl"))
        late = of.get("latency_ms", np.full(len(t), np.nan))
        axes[0].plot(t, late, color=colour, lw=1.2, label=f"governor {name}")
        axes[2].plot(t, of["cpu_util"], color=colour, lw=0.8, alpha=0.6)
        if name == "on":
            axes[1].step(t, level(t, acted, "reduce_batch"), color=colour, where="post", lw=1.2)
    axes[0].axhline(options.target_ms, color="0.4", ls=":", lw=1)
    axes[0].set_yscale("log")
    axes[0].set_ylabel("p95 latency, ms")
    axes[0].legend(loc="upper right", fontsize=8, frameon=False)
    axes[1].set_ylabel("share of the pairs\njudged at a time")
    axes[1].set_ylim(0, 1.05)
    axes[2].set_ylabel("processors in use")
    axes[2].set_ylim(0, 1.05)
    shade(axes, options.before, options.before + options.during, "another process burns every core")
    return figure


def picture_memory(options, plt, folder):
    figure, axes = plt.subplots(2, 1, figsize=(7, 4.2), sharex=True, layout="constrained")
    for name, colour in COLOURS.items():
        t, of, acted = readings(os.path.join(folder, f"{name}-1.jsonl"))
        axes[0].plot(t, of["mem_util"], color=colour, lw=1.2, label=f"governor {name}")
        axes[1].plot(t, of["mem_self_mb"], color=colour, lw=1.2)
        for d in acted:
            if d["lever"] == "flush_cache":
                axes[1].axvline(d["t_s"], color=colour, lw=0.8, ls=":")
        if name == "off":
            axes[0].plot(t[-1], of["mem_util"][-1], "x", color=colour, ms=7, label="killed")
            axes[1].plot(t[-1], of["mem_self_mb"][-1], "x", color=colour, ms=7)
    axes[0].axhline(0.9, color="0.4", ls=":", lw=1)
    axes[0].set_ylabel("share of the group's\nmemory in use")
    axes[0].set_ylim(0, 1.05)
    axes[0].legend(loc="lower right", fontsize=8, frameon=False)
    axes[1].set_ylabel("discovery, MB")
    axes[1].set_ylim(0, None)
    shade(axes, options.before, options.before + options.during, f"another process takes {options.eat_mb} MB")
    return figure


def picture(options, folder, draw):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    draw(options, plt, folder).savefig(options.picture, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=["cpu", "memory"])
    parser.add_argument("--binary", default="target/release/scarcity")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--first", type=int, default=1, help="number of the first round")
    parser.add_argument("--kinds", help="of these runs only, e.g. on,calm; with --folder, one round after the other")
    parser.add_argument("--before", type=float, default=20.0, help="seconds before the load")
    parser.add_argument("--during", type=float, default=60.0, help="seconds of load")
    parser.add_argument("--after", type=float, default=60.0, help="seconds after it")
    parser.add_argument("--vars", type=int)
    parser.add_argument("--rows-per-s", type=float)
    parser.add_argument("--target-ms", type=float, default=150.0)
    parser.add_argument("--cores", type=float, help="confine all of it to so many processors, with precedence (root)")
    parser.add_argument("--limit-mb", type=int, default=600, help="memory: limit of the control group")
    parser.add_argument("--eat-mb", type=int, default=350, help="memory: what the other process takes")
    parser.add_argument("--grow", type=float, default=6.0, help="memory: seconds in which it takes that")
    parser.add_argument("--folder", help="where traces go; a temporary folder if not given")
    parser.add_argument("--picture")
    parser.add_argument("--draw-only", action="store_true", help="the picture of the traces in --folder")
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary)
    options.picture = options.picture and os.path.abspath(options.picture)
    draw = picture_cpu if options.scenario == "cpu" else picture_memory
    if options.draw_only:
        return picture(options, os.path.abspath(options.folder), draw)
    options.settings = [f"governor.latency_target_ms={options.target_ms}", 'governor.monitor.log_dir=""']
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.abspath(options.folder or scratch)
        os.makedirs(folder, exist_ok=True)
        if options.scenario == "cpu":
            options.vars, options.rows_per_s = options.vars or 20, options.rows_per_s or 2000.0
            # Every window is judged, so that the load is even; maps settle before the measured part begins.
            options.settings += ["mpie.evaluator.refresh_growth=0.0", "mpie.encoder.cache_rows=2000"]
        else:
            options.vars, options.rows_per_s = options.vars or 60, options.rows_per_s or 300.0
        options.data = synth(options.binary, scratch, options.vars, 40_000)
        kinds, one = (["off", "on", "calm"], run_cpu) if options.scenario == "cpu" else (["off", "on"], run_memory)
        found = compare(options, folder, options.kinds.split(",") if options.kinds else kinds, one)
        tell(folder, kinds)
        if options.picture:
            picture(options, folder, draw)
    if options.scenario == "memory" and any(run["exit"] != 0 for run in found.get("on", [])):
        sys.exit("killed with the governor on")


if __name__ == "__main__":
    main()
