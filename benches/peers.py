#!/usr/bin/env python3
"""In: a `scarcity` binary and, where installed, tigramite. Out: one table of time and quality on the same files.

    python benches/peers.py [--binary target/release/scarcity] [--sizes 10,50,100] [--threads 2] [--limit 300]

Each method gets the same planted sparse vector autoregression and the same number of threads, in a process of its own.
Peers are timed without start-up, imports and reading; `scarcity` is timed both as a process, with all of that, and by
the windows it reports. Needs numpy; what else is missing is skipped with a sentence.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

LAGS = 3
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "RAYON_NUM_THREADS")


def load(path):
    import numpy as np

    data = np.loadtxt(path, delimiter=",", skiprows=1)
    return (data - data.mean(0)) / data.std(0)


def granger(path):
    """Multivariate Granger: every target on all lags of all variables at once, F statistic of each source's lags.

    The tail probabilities are left out, which only helps its time; the median of seven runs counts."""
    x = load(path)
    runs = [_granger(x) for _ in range(7)]
    return sorted(seconds for seconds, _ in runs)[3], runs[0][1]


def _granger(x):
    import numpy as np

    clock = time.perf_counter()
    n, rows = x.shape[1], len(x) - LAGS
    z = np.hstack([x[LAGS - lag : LAGS - lag + rows] for lag in range(1, LAGS + 1)] + [np.ones((rows, 1))])
    y = x[LAGS:]
    inverse = np.linalg.inv(z.T @ z)
    beta = inverse @ (z.T @ y)
    variance = ((y - z @ beta) ** 2).sum(0) / (rows - z.shape[1])
    scores = np.zeros((n, n))
    for source in range(n):
        at = [lag * n + source for lag in range(LAGS)]
        middle = np.linalg.inv(inverse[np.ix_(at, at)])
        scores[source] = np.einsum("at,ab,bt->t", beta[at], middle, beta[at]) / LAGS / variance
    return time.perf_counter() - clock, scores


def _tigramite(path, plus):
    import numpy as np
    from tigramite.data_processing import DataFrame
    from tigramite.independence_tests.parcorr import ParCorr
    from tigramite.pcmci import PCMCI

    frame = DataFrame(load(path))
    clock = time.perf_counter()
    pcmci = PCMCI(dataframe=frame, cond_ind_test=ParCorr(significance="analytic"), verbosity=0)
    if plus:
        found = pcmci.run_pcmciplus(tau_max=LAGS, pc_alpha=0.01)
    else:
        found = pcmci.run_pcmci(tau_max=LAGS, pc_alpha=0.2)
    seconds = time.perf_counter() - clock
    # Evidence, not the size of the coefficient, ranks the pairs; lag 0 is not planted.
    p = found["p_matrix"][:, :, 1:]
    return seconds, np.max(-np.log(np.maximum(p, 1e-300)) + 1e-6 * np.abs(found["val_matrix"][:, :, 1:]), axis=2)


METHODS = {
    "multivariate Granger, numpy": granger,
    "PCMCI (ParCorr)": lambda path: _tigramite(path, plus=False),
    "PCMCI+ (ParCorr)": lambda path: _tigramite(path, plus=True),
}


def scarcity(binary, path, folder, names, threads):
    """Wall time of the process, milliseconds of all windows together, and the best score of each pair."""
    edges, windows = os.path.join(folder, "edges.csv"), os.path.join(folder, "windows.jsonl")
    command = [binary, "discover", path, "--max-lag", str(LAGS), "--seed", "0", "--threads", str(threads)]
    clock = time.perf_counter()
    # A run as users start it: nothing but the decisions.
    subprocess.run(command + ["--quiet"], check=True, stdout=subprocess.DEVNULL)
    wall = time.perf_counter() - clock
    subprocess.run(
        command + ["--quiet", "--edges", edges, "--windows", windows], check=True, stdout=subprocess.DEVNULL
    )
    with open(windows) as lines:
        reported = sum(json.loads(line)["latency_ms"] for line in lines) / 1e3
    index = {name: at for at, name in enumerate(names)}
    scores = [[float("-inf")] * len(names) for _ in names]
    with open(edges) as lines:
        next(lines)
        for line in lines:
            source, target, _, score = line.split(",")[:4]
            at = scores[index[source]]
            at[index[target]] = max(at[index[target]], float(score))
    return wall, reported, scores


def auprc(truth, scores):
    """Average precision over ordered pairs of different variables; ties share a threshold."""
    true = {(e["source"], e["target"]) for e in truth["edges"]}
    n = truth["n_vars"]
    ranked = sorted(((scores[i][j], (i, j) in true) for i in range(n) for j in range(n) if i != j), reverse=True)
    found, hits, area = 0, 0, 0.0
    for at, (score, there) in enumerate(ranked):
        found += there
        if at + 1 == len(ranked) or ranked[at + 1][0] != score:
            area += (found - hits) * found / (at + 1)
            hits = found
    return area / max(len(true), 1)


def child(method, path):
    """One method in this process; its result on the last line."""
    seconds, scores = METHODS[method](path)
    print(json.dumps({"seconds": seconds, "scores": [[float(v) for v in row] for row in scores]}))


def in_child(method, path, threads, limit):
    """A dict with `seconds` and `scores`, or a sentence that says why not."""
    environment = dict(os.environ, **{name: str(threads) for name in THREADS})
    command = [sys.executable, os.path.abspath(__file__), "--method", method, "--file", path]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return "not finished after %d s" % limit
    if done.returncode == 0:
        return json.loads(done.stdout.strip().splitlines()[-1])
    return (done.stderr.strip().splitlines() or ["failed without a word"])[-1]


def main():
    parser = argparse.ArgumentParser(description="Time and quality of discovery beside other tools.")
    parser.add_argument("--binary", default="target/release/scarcity")
    parser.add_argument("--sizes", default="10,50,100")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--limit", type=int, default=300, help="seconds a method may take")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--method", choices=METHODS, help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.method:
        return child(arguments.method, arguments.file)
    if not os.path.exists(arguments.binary):
        parser.error("no %s: run `cargo build --release`, or name it with --binary" % arguments.binary)
    rows, notes = [], []
    for size in map(int, arguments.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            path, truth_path = os.path.join(folder, "data.csv"), os.path.join(folder, "truth.json")
            synth = [arguments.binary, "synth", "--vars", str(size), "--rows", str(arguments.rows), "--lags", str(LAGS)]
            synth += ["--seed", str(arguments.seed), "--out", path, "--truth", truth_path]
            subprocess.run(synth, check=True, stderr=subprocess.DEVNULL)
            with open(truth_path) as text:
                truth = json.load(text)
            wall, reported, scores = scarcity(arguments.binary, path, folder, truth["var_names"], arguments.threads)
            quality = auprc(truth, scores)
            rows.append((size, "scarcity, whole process", wall, wall, quality))
            rows.append((size, "scarcity, sum of its windows", reported, wall, quality))
            for method in METHODS:
                result = in_child(method, path, arguments.threads, arguments.limit)
                if isinstance(result, str):
                    notes.append("%s at N = %d is left out: %s" % (method, size, result))
                else:
                    rows.append((size, method, result["seconds"], wall, auprc(truth, result["scores"])))
    print("%d rows, %d lags, %d threads\n" % (arguments.rows, LAGS, arguments.threads))
    print("| N | method | seconds | of the `scarcity` process | AUPRC |\n|---|---|---|---|---|")
    for size, method, seconds, wall, quality in rows:
        print("| %d | %s | %.4g | %.3g × | %.3f |" % (size, method, seconds, seconds / wall, quality))
    print("".join("\n" + note for note in notes))


if __name__ == "__main__":
    main()
