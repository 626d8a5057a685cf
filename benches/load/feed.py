"""In: a `scarcity` binary and rows. Out: a live feed at a fixed rate, its windows timed from outside."""
import contextlib
import json
import os
import subprocess
import threading
import time

import numpy as np

STRIDE, WINDOW = 64, 128
PIECE = STRIDE // 4
POLL_S = 0.01


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
        # From the end of one window to the end of another: which of them just falls into the phase says nothing.
        first = max((w[0] for w in self.windows if w[0] < begin), default=begin)
        windows = np.array([w for w in self.windows if first < w[0] < end]).reshape(-1, 3)
        seconds = windows[-1, 0] - first if len(windows) else end - begin
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
            out["longest_ms"] = round(float(late.max()), 1)
        return out


def processor_s(folder):
    with open(f"{folder}/stat") as file:
        fields = file.read().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
