#!/usr/bin/env python3
"""In: a `scarcity` binary; ruptures and river where installed. Out: how soon each sees a change of mechanism.

    python benches/regimes.py [--binary target/release/scarcity] [--sets 10] [--vars 8] [--rows 6000]

Half of the streams switch twice between planted mechanisms (`scarcity synth --kind regime`), half never change. An
alarm within `--horizon` rows after a switch finds it, the first one sets the delay, further ones there are not counted;
every other alarm is false. An offline method has no delay: for it, and for the row at which the engine says a regime
began, the distance to the nearest switch is shown. Needs numpy; what else is missing is skipped with a sentence.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

LAGS = 3
# Rows the regression of the offline method is fitted on: less than the first regime.
TRAIN_ROWS = 800
# Forgetting of the online regression: about the rows of a third of a regime.
FORGET = 0.998


def lagged(x):
    """Regressors `[rows - LAGS, LAGS * vars + 1]` and targets."""
    rows = len(x) - LAGS
    past = [x[LAGS - lag : LAGS - lag + rows] for lag in range(1, LAGS + 1)]
    return np.hstack(past + [np.ones((rows, 1))]), x[LAGS:]


def errors_of_one_model(x):
    """One-step errors, in standard deviations, of a regression fitted on the first rows."""
    z, y = lagged(x)
    beta = np.linalg.lstsq(z[:TRAIN_ROWS], y[:TRAIN_ROWS], rcond=None)[0]
    e = y - z @ beta
    return e / e[:TRAIN_ROWS].std(0)


def errors_as_they_come(x):
    """Mean squared one-step error per row of a regression that follows the stream, around 1 while nothing changes."""
    z, y = lagged(x)
    inverse, beta, variance = np.eye(z.shape[1]) * 1e3, np.zeros((z.shape[1], y.shape[1])), np.ones(y.shape[1])
    out = np.zeros(len(z))
    for t, (row, now) in enumerate(zip(z, y)):
        e = now - row @ beta
        out[t] = np.mean(e**2 / variance)
        gain = inverse @ row / (FORGET + row @ inverse @ row)
        beta += np.outer(gain, e)
        inverse = (inverse - np.outer(gain, row @ inverse)) / FORGET
        variance = FORGET * variance + (1 - FORGET) * e**2
    return out


def engine(binary, path, _x, _options, folder):
    """Windows in which the number of the regime goes up, and where each regime is said to begin."""
    out = os.path.join(folder, "windows.jsonl")
    command = [binary, "discover", path, "--max-lag", str(LAGS), "--seed", "0", "--windows", out, "--quiet"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    alarms, places, regime = [], [], 0
    with open(out) as lines:
        for window in map(json.loads, lines):
            if window["regime"] > regime:
                alarms.append(window["rows_seen"])
                places.append(window["regime_start_row"])
            regime = window["regime"]
    return alarms, places


def offline(signal_of, model):
    def run(_binary, _path, x, options, _folder):
        import ruptures

        signal = signal_of(x)
        # KernelCPD is Pelt in C; its linear kernel is the l2 cost. The penalty grows with the logarithm of the rows, as
        # BIC's does, at a level at which each does best on such streams.
        search = ruptures.KernelCPD(kernel="linear" if model == "l2" else model, min_size=60).fit(signal)
        width = signal.shape[1] if model == "l2" else 0.25
        found = search.predict(pen=options.penalty * width * np.log(len(signal)))
        return None, [place + LAGS for place in found[:-1]]

    return run


def online(detector_of):
    def run(_binary, _path, x, _options, _folder):
        detector, alarms = detector_of(), []
        for t, error in enumerate(errors_as_they_come(x)):
            # Until the regression has settled, its errors say nothing about the stream.
            if t < 200:
                continue
            detector.update(min(float(error), 20.0))
            if detector.drift_detected:
                alarms.append(t + LAGS + 1)
        return alarms, None

    return run


def adwin():
    from river.drift import ADWIN

    return ADWIN()


def page_hinkley():
    from river.drift import PageHinkley

    return PageHinkley()


def log_squares(x):
    """Logarithms of squared errors, standardised: a change of mechanism lifts their mean."""
    e = np.log(errors_of_one_model(x) ** 2 + 1e-3)
    return (e - e[:TRAIN_ROWS].mean(0)) / e[:TRAIN_ROWS].std(0)


METHODS = {
    "scarcity, live": engine,
    "ruptures Pelt, l2 on log squared errors, offline": offline(log_squares, "l2"),
    "ruptures Pelt, rbf on errors, offline": offline(errors_of_one_model, "rbf"),
    "river ADWIN on squared errors, live": online(adwin),
    "river Page–Hinkley on squared errors, live": online(page_hinkley),
}


def stream(arguments, kind, seed, folder):
    """A planted stream: its file, its standardised values, and the rows at which its mechanism changes."""
    path, truth = os.path.join(folder, "data.csv"), os.path.join(folder, "truth.json")
    command = [arguments.binary, "synth", "--kind", kind, "--vars", str(arguments.vars), "--rows", str(arguments.rows)]
    command += ["--lags", str(LAGS), "--seed", str(seed), "--out", path, "--truth", truth]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    with open(truth) as text:
        segments = json.load(text).get("segments") or []
    x = np.loadtxt(path, delimiter=",", skiprows=1)
    return path, (x - x.mean(0)) / x.std(0), [segment["start"] for segment in segments[1:]]


class Tally:
    """What one method did on all streams."""

    def __init__(self):
        self.rows, self.switches, self.found, self.false = 0, 0, 0, 0
        self.delays, self.distances = [], []

    def add(self, alarms, places, switches, rows, horizon):
        self.rows += rows
        self.switches += len(switches)
        # Without alarms there are places only, and they may lie on either side of a switch.
        online = alarms is not None
        marks, low = (alarms, 0) if online else (places, -horizon)
        for switch in switches:
            near = [m - switch for m in marks if low <= m - switch <= horizon]
            self.found += bool(near)
            if near and online:
                self.delays.append(min(near))
            said = [abs(p - switch) for p in places or [] if abs(p - switch) <= horizon]
            if said:
                self.distances.append(min(said))
        self.false += sum(not any(low <= m - switch <= horizon for switch in switches) for m in marks)

    def line(self, method):
        middle = lambda values: "%.0f" % np.median(values) if values else "–"
        delay, distance, false = middle(self.delays), middle(self.distances), 1e4 * self.false / self.rows
        return "| %s | %d of %d | %s | %s | %.2f |" % (method, self.found, self.switches, delay, distance, false)


def main():
    parser = argparse.ArgumentParser(description="Detection of changes of mechanism beside other tools.")
    parser.add_argument("--binary", default="target/release/scarcity")
    parser.add_argument("--sets", type=int, default=10, help="streams with switches, and as many without")
    parser.add_argument("--vars", type=int, default=8)
    parser.add_argument("--rows", type=int, default=6000)
    parser.add_argument("--horizon", type=int, default=600, help="rows after a switch in which an alarm finds it")
    parser.add_argument("--penalty", type=float, default=3.0, help="of ruptures, per log of the rows")
    parser.add_argument("--seed", type=int, default=100)
    arguments = parser.parse_args()
    if not os.path.exists(arguments.binary):
        parser.error("no %s: run `cargo build --release`, or name it with --binary" % arguments.binary)
    if arguments.rows < 4 * TRAIN_ROWS:
        parser.error("--rows must be at least %d, for a fit within the first regime" % (4 * TRAIN_ROWS))
    tallies, missing = {method: Tally() for method in METHODS}, {}
    for number in range(2 * arguments.sets):
        kind = "regime" if number % 2 == 0 else "var"
        with tempfile.TemporaryDirectory() as folder:
            path, x, switches = stream(arguments, kind, arguments.seed + number, folder)
            for method, run in METHODS.items():
                if method in missing:
                    continue
                try:
                    alarms, places = run(arguments.binary, path, x, arguments, folder)
                except ImportError as error:
                    missing[method] = str(error)
                    continue
                tallies[method].add(alarms, places, switches, len(x), arguments.horizon)
        print("\r%d of %d streams" % (number + 1, 2 * arguments.sets), end="", file=sys.stderr)
    print(file=sys.stderr)
    print("%d variables; %d streams of %d rows, half of them with two switches\n"
          % (arguments.vars, 2 * arguments.sets, arguments.rows))
    print("| method | found | median delay, rows | median distance, rows | false alarms per 10,000 rows |")
    print("|---|---|---|---|---|")
    for method, tally in tallies.items():
        if method not in missing:
            print(tally.line(method))
    print("".join("\n%s is left out: %s" % item for item in missing.items()))


if __name__ == "__main__":
    main()
