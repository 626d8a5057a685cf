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
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

from load.cgroups import Group, Processors
from load.feed import Run
from load.pictures import picture, picture_cpu, picture_memory
from load.trace import level, readings

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
        # What was given back is made anew after the load; once it is there again, all must be as before.
        again = max(off, end - 20.0)
        spans = {"before": (max(5.0, on - 20.0), on), "during": (on, off), "after": (off, end), "again": (again, end)}
        for phase, (begin, until) in spans.items():
            out[phase] = run.phase(begin, until, options.target_ms)
        for phase in ("after", "again"):
            out[f"rows {phase}/before"] = round(out[phase]["rows_per_s"] / out["before"]["rows_per_s"], 4)
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
