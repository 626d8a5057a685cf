"""In: traces of runs with and without the governor. Out: what they were like, drawn."""
import os

import numpy as np

from load.trace import level, readings

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
