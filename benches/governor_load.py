#!/usr/bin/env python3
"""In: a `scarcity` binary. Out: how discovery fares under a real competing load, with the governor and without.

    python benches/governor_load.py cpu    [--binary target/release/scarcity] [--picture OUT.png]
    python benches/governor_load.py memory [--binary …] [--picture OUT.png]

cpu: a live feed at a fixed rate; for a while another process burns every core. Without the governor means
`governor.dry_run`: it reads and decides, so that both runs are measured alike, and carries nothing out.

memory: discovery and another process share a control group with a memory limit; the other one takes most of it for a
while, and the kernel's killer is told to take discovery first. Needs a writable memory controller of either version (root).

The traces can be replayed: `scarcity govern --replay FOLDER/on.jsonl`. Needs numpy; matplotlib for the picture.
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

STRIDE = 64
BURN = "while True: pass"
# Touches what it takes in steps, as a program that loads data does, holds it, and ends.
EAT = """
import sys, time
mb, over_s, hold_s = (float(a) for a in sys.argv[1:])
held = []
for _ in range(int(mb)):
    held.append(bytearray(1 << 20))
    time.sleep(over_s / mb)
time.sleep(hold_s)
"""


def synth(binary, folder, variables, rows):
    path = os.path.join(folder, "data.csv")
    command = [binary, "synth", "--vars", str(variables), "--rows", str(rows), "--out", path]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    with open(path) as lines:
        return lines.readline(), lines.readlines()


def feed(process, header, rows, per_s, until):
    """Writes rows at a steady pace, in pieces of a quarter of a window, starting over at the end."""
    piece, at, start = STRIDE // 4, 0, time.monotonic()
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(header.encode())
        while time.monotonic() < until:
            part = [rows[(at + k) % len(rows)] for k in range(piece)]
            process.stdin.write("".join(part).encode())
            process.stdin.flush()
            at += piece
            time.sleep(max(0.0, start + at / per_s - time.monotonic()))
        process.stdin.close()


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


def run_cpu(binary, folder, options, name, extra):
    header, rows = options.data
    trace, windows = (os.path.join(folder, f"{name}.{end}") for end in ("jsonl", "windows.jsonl"))
    command = [binary, "discover", "-", "--quiet", "--trace", trace, "--windows", windows]
    for setting in options.settings + extra:
        command += ["--set", setting]
    total = options.before + options.during + options.after
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=folder)
    writer = threading.Thread(target=feed, args=(process, header, rows, options.rows_per_s, start + total))
    writer.start()
    time.sleep(max(0.0, start + options.before - time.monotonic()))
    burners = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(os.cpu_count())]
    time.sleep(max(0.0, start + options.before + options.during - time.monotonic()))
    for burner in burners:
        burner.kill()
    for burner in burners:
        burner.wait()
    writer.join()
    process.wait()
    return trace, windows


def phases(options, t):
    on, off = options.before, options.before + options.during
    # The first seconds catch up and warm up; those after a change of load are its transition, which counts.
    return {"before": (t >= 5) & (t < on), "during": (t >= on) & (t < off), "after": (t >= off) & (t < t[-1] - 1)}


def summarise_cpu(options, trace):
    t, of, acted = readings(trace)
    batch = level(t, acted, "reduce_batch")
    target = options.target_ms
    late = of.get("latency_ms", np.full(len(t), np.nan))
    out = {"actions": len(acted)}
    step_s = np.diff(t, append=t[-1])
    for phase, mask in phases(options, t).items():
        seen = late[mask & np.isfinite(late)]
        out[phase] = {
            "p95_ms_median": round(float(np.median(seen)), 1) if len(seen) else None,
            "p95_ms_95": round(float(np.quantile(seen, 0.95)), 1) if len(seen) else None,
            "late_s": round(float(np.sum(step_s[mask & (late > target)])), 1),
            "work": round(float(np.mean(batch[mask])), 4),
            "stall": round(float(np.nanmean(of["cpu_stall"][mask])), 2),
        }
    back = t[(t >= options.before + options.during) & (batch < 0.99)]
    out["settle_s"] = round(float(back[-1] - options.before - options.during), 1) if len(back) else 0.0
    return out


def cpu(options, folder):
    runs = {}
    for name, extra in (("off", ["governor.dry_run=true"]), ("on", [])):
        trace, windows = run_cpu(options.binary, folder, options, name, extra)
        runs[name] = summarise_cpu(options, trace)
        with open(windows) as file:
            runs[name]["windows"] = sum(1 for _ in file)
        print(name, json.dumps(runs[name]))
    if options.picture:
        picture_cpu(options, folder)
    return runs


def shade(axes, on, off, what):
    for axis in axes:
        axis.axvspan(on, off, color="0.92", lw=0)
        axis.grid(alpha=0.3)
    axes[0].text(on + 0.5, 0.97, what, transform=axes[0].get_xaxis_transform(), va="top", fontsize=8, color="0.35")
    axes[-1].set_xlabel("seconds")


def picture_cpu(options, folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(3, 1, figsize=(7, 5.2), sharex=True, layout="constrained")
    for name, colour in (("off", "#c0504d"), ("on", "#2f6eba")):
        t, of, acted = readings(os.path.join(folder, f"{name}.jsonl"))
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
    figure.savefig(options.picture, dpi=110)


class Group:
    """A control group with a memory limit, of whichever version is writable."""

    def __init__(self, limit_mb):
        name = f"scarcity-bench-{os.getpid()}"
        if os.path.isdir("/sys/fs/cgroup/memory"):
            self.path, limit = f"/sys/fs/cgroup/memory/{name}", "memory.limit_in_bytes"
        else:
            self.path, limit = f"/sys/fs/cgroup/{name}", "memory.max"
        os.mkdir(self.path)
        self.write(limit, str(limit_mb << 20))
        with contextlib.suppress(OSError):
            self.write("memory.swap.max", "0")

    def write(self, file, text):
        with open(os.path.join(self.path, file), "w") as out:
            out.write(text)

    def enter(self):
        self.write("cgroup.procs", str(os.getpid()))

    def remove(self):
        for _ in range(50):
            try:
                return os.rmdir(self.path)
            except OSError:
                time.sleep(0.1)


def expendable():
    with open("/proc/self/oom_score_adj", "w") as out:
        out.write("1000")


def run_memory(options, folder, name, extra):
    header, rows = options.data
    group = Group(options.limit_mb)
    trace, windows = (os.path.join(folder, f"{name}.{end}") for end in ("jsonl", "windows.jsonl"))
    command = [options.binary, "discover", "-", "--quiet", "--trace", trace, "--windows", windows]
    for setting in options.settings + extra:
        command += ["--set", setting]
    total = options.before + options.during + options.after
    try:
        start = time.monotonic()

        def confined():
            group.enter()
            # Of the two, the kernel's killer is to take this one.
            expendable()

        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=folder, preexec_fn=confined
        )
        writer = threading.Thread(target=feed, args=(process, header, rows, options.rows_per_s, start + total))
        writer.start()
        time.sleep(max(0.0, start + options.before - time.monotonic()))
        grow_s = 0.6 * options.during

        eater = subprocess.Popen(
            [sys.executable, "-c", EAT, str(options.eat_mb), str(grow_s), str(options.during - grow_s)], preexec_fn=group.enter
        )
        writer.join()
        process.wait()
        eater.send_signal(signal.SIGKILL)
        eater.wait()
        lived_s = time.monotonic() - start
    finally:
        group.remove()
    t, of, acted = readings(trace)
    with open(windows) as file:
        count = sum(1 for _ in file)
    off = options.before + options.during
    views = of.get("views_mb", np.zeros(len(t)))
    return {
        "exit": process.returncode,
        "killed": process.returncode == -signal.SIGKILL,
        "lived_s": round(lived_s, 1),
        "windows": count,
        "actions": len(acted),
        "peak_mb": round(float(np.nanmax(of["mem_self_mb"])), 1),
        "lowest_level": float(np.min(level(t, acted, "flush_cache"))),
        "level_at_end": float(level(t, acted, "flush_cache")[-1]),
        "views_mb_at_end": round(float(views[-1]), 1),
        "back_s": round(float(t[(level(t, acted, "flush_cache") < 1.0)][-1] - off), 1) if acted else None,
    }


def memory(options, folder):
    runs = {}
    for name, extra in (("off", ["governor.dry_run=true"]), ("on", [])):
        runs[name] = run_memory(options, folder, name, extra)
        print(name, json.dumps(runs[name]))
    if options.picture:
        picture_memory(options, folder)
    return runs


def picture_memory(options, folder):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 1, figsize=(7, 4.2), sharex=True, layout="constrained")
    for name, colour in (("off", "#c0504d"), ("on", "#2f6eba")):
        t, of, acted = readings(os.path.join(folder, f"{name}.jsonl"))
        axes[0].plot(t, of["mem_util"], color=colour, lw=1.2, label=f"governor {name}: control group")
        axes[1].plot(t, of["mem_self_mb"], color=colour, lw=1.2)
        for d in acted:
            axes[1].axvline(d["t_s"], color=colour, lw=0.6, ls=":")
        if name == "off":
            axes[0].plot(t[-1], of["mem_util"][-1], "x", color=colour)
    axes[0].axhline(0.9, color="0.4", ls=":", lw=1)
    axes[0].set_ylabel("memory in use")
    axes[0].set_ylim(0, 1.05)
    axes[0].legend(loc="lower right", fontsize=8, frameon=False)
    axes[1].set_ylabel("this process, MB")
    axes[1].set_ylim(0, None)
    shade(axes, options.before, options.before + options.during, "another process eats memory")
    figure.savefig(options.picture, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", choices=["cpu", "memory"])
    parser.add_argument("--binary", default="target/release/scarcity")
    parser.add_argument("--before", type=float, default=20.0, help="seconds before the load")
    parser.add_argument("--during", type=float, default=40.0, help="seconds of load")
    parser.add_argument("--after", type=float, default=30.0, help="seconds after it")
    parser.add_argument("--vars", type=int)
    parser.add_argument("--rows-per-s", type=float)
    parser.add_argument("--target-ms", type=float, default=150.0)
    parser.add_argument("--limit-mb", type=int, default=700, help="memory: limit of the control group")
    parser.add_argument("--eat-mb", type=int, default=400, help="memory: what the other process takes")
    parser.add_argument("--folder", help="where traces go; a temporary folder if not given")
    parser.add_argument("--picture")
    options = parser.parse_args()
    options.binary = os.path.abspath(options.binary)
    options.picture = options.picture and os.path.abspath(options.picture)
    options.settings = [f"governor.latency_target_ms={options.target_ms}", 'governor.monitor.log_dir=""']
    with tempfile.TemporaryDirectory() as scratch:
        folder = os.path.abspath(options.folder or scratch)
        os.makedirs(folder, exist_ok=True)
        if options.scenario == "cpu":
            options.vars, options.rows_per_s = options.vars or 20, options.rows_per_s or 1000.0
            # Every window is judged, so that the load is even; maps settle before the measured part begins.
            options.settings += ["mpie.evaluator.refresh_growth=0.0", "mpie.encoder.cache_rows=2000"]
        else:
            options.vars, options.rows_per_s = options.vars or 60, options.rows_per_s or 1000.0
            # What is measured is memory: evaluations are rare, and maps to scores are not made anew.
            options.settings += ["mpie.evaluator.refresh_growth=0.3", "mpie.encoder.products=false"]
            options.settings += ["mpie.encoder.cache_rows=2000", "mpie.encoder.view_every=1"]
        options.data = synth(options.binary, scratch, options.vars, 40_000)
        runs = (cpu if options.scenario == "cpu" else memory)(options, folder)
    if options.scenario == "memory" and runs["on"]["exit"] != 0:
        sys.exit("killed with the governor on")


if __name__ == "__main__":
    main()
