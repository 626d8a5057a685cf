"""In: the `scarcity` command and, where installed, fa2-modified, igraph and networkx. Out: how well each lays out the
same graphs in the same time: scale-normalised stress, neighbourhood preservation, and with `--updates` how far nodes move
when one edge in two hundred is replaced by another.

    python3 -m venv venv && venv/bin/pip install numpy scipy igraph networkx fa2-modified pandas pyarrow
    venv/bin/python benches/layout_quality.py target/release/scarcity --sizes 1000 10000
    venv/bin/python benches/layout_quality.py target/release/scarcity --sizes 1000 --updates target/release/deps/kernels-…

Scale-normalised stress is the mean of ((s·d - g) / g)² over pairs at graph distance g and picture distance d, with the
scale s that makes it least (Smelser et al., 2024); all pairs up to 2,000 nodes, else pairs with 200 random nodes.
Neighbourhood preservation is the mean over nodes of the Jaccard index of a node's neighbours and as many nearest ones in
the picture. Peers get as much time as ours took: iterations are counted out by trials, and again from the run itself
until it took 0.8 to 1.25 of that time, four times at most; `seconds` says what it took. Who cannot do one iteration in
`--patience` times as long is stopped and said to be.
"""

import argparse
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components, shortest_path
from scipy.spatial import cKDTree


def block_model(n, rng):
    """Blocks of about 100 nodes; nine of ten edges stay in a block."""
    edges, blocks = 10 * n, max(2, n // 100)
    block = rng.integers(blocks, size=n)
    members = [np.flatnonzero(block == b) for b in range(blocks)]
    a = rng.integers(n, size=edges)
    inside = rng.random(edges) < 0.9
    b = rng.integers(n, size=edges)
    b[inside] = [members[block[k]][rng.integers(len(members[block[k]]))] for k in a[inside]]
    return np.column_stack([a, b])


def scale_free(n, rng):
    """Every new node links to ten ends of earlier links (Barabási and Albert, 1999)."""
    ends = list(range(11)) * 2
    edges = [(k, k + 1) for k in range(10)]
    for node in range(11, n):
        for other in {ends[k] for k in rng.integers(len(ends), size=10)}:
            edges.append((node, other))
            ends += [node, other]
    return np.array(edges)


def lattice(n, _rng):
    """A square sheet."""
    side = int(round(np.sqrt(n)))
    at = np.arange(side * side).reshape(side, side)
    right = np.column_stack([at[:, :-1].ravel(), at[:, 1:].ravel()])
    down = np.column_stack([at[:-1].ravel(), at[1:].ravel()])
    return np.vstack([right, down])


def connected(edges):
    """The largest connected part, without loops and parallel edges, numbered anew."""
    edges = np.unique(np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1), axis=0)
    n = edges.max() + 1
    _, part = connected_components(csr_matrix((np.ones(len(edges)), edges.T), shape=(n, n)), directed=False)
    keep = part == np.bincount(part).argmax()
    number = np.cumsum(keep) - 1
    return number[edges[keep[edges[:, 0]]]], int(keep.sum())


def steps_from(matrix, sources):
    """Steps from some nodes to all, [sources, nodes]: all searches together where few steps lead everywhere."""
    n = matrix.shape[0]
    steps = np.full((n, len(sources)), np.inf, dtype=np.float32)
    steps[sources, np.arange(len(sources))] = 0
    front = (steps == 0).astype(np.float32)
    links = matrix.astype(np.float32)
    for distance in range(1, 13):
        front = ((links @ front > 0) & np.isinf(steps)).astype(np.float32)
        steps[front > 0] = distance
        if not np.isinf(steps).any():
            return np.ascontiguousarray(steps.T)
    return shortest_path(matrix, unweighted=True, indices=sources)


class Graph:
    """A graph and what its pictures are measured by."""

    def __init__(self, name, edges, seed=1):
        self.name = name
        self.edges, self.n = connected(edges)
        ones = np.ones(len(self.edges))
        half = csr_matrix((ones, self.edges.T), shape=(self.n, self.n))
        self.matrix = half + half.T
        rng = np.random.default_rng(seed)
        self.sources = np.arange(self.n) if self.n <= 2000 else rng.choice(self.n, 200, replace=False)
        self.steps = steps_from(self.matrix, self.sources)
        self.sample = rng.choice(self.n, min(self.n, 2000), replace=False)

    def stress(self, at):
        """Scale-normalised stress."""
        d = np.linalg.norm(at[self.sources][:, None, :] - at[None, :, :], axis=2)
        there = self.steps > 0
        ratio = d[there] / self.steps[there]
        scale = ratio.sum() / np.square(ratio).sum()
        return float(np.square(scale * ratio - 1).mean())

    def neighbourhoods(self, at):
        """Neighbourhood preservation."""
        tree, total = cKDTree(at), 0.0
        for node in self.sample:
            own = set(self.matrix.indices[self.matrix.indptr[node]:self.matrix.indptr[node + 1]])
            near = set(np.atleast_1d(tree.query(at[node], k=len(own) + 1)[1])) - {node}
            total += len(own & near) / len(own | near)
        return total / len(self.sample)


def ours(command, graph, device, steps=None, settings=()):
    """Positions and seconds of layout, reading and writing apart."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "g.csv"), os.path.join(folder, "p.parquet")
        pd.DataFrame(graph.edges, columns=["source", "target"]).to_csv(source, index=False)
        call = [command, "layout", source, "--out", target, "--device", device]
        call += ["--steps", str(steps)] if steps is not None else []
        call += [word for setting in settings for word in ("--set", setting)]
        told = subprocess.run(call, check=True, capture_output=True, text=True).stderr
        seconds = [float(word) for word, unit in zip(told.split(), told.split()[1:]) if unit.startswith("s")
                   and word.replace(".", "", 1).isdigit() and unit in ("s", "s,")]
        table = pd.read_parquet(target)
    at = np.zeros((graph.n, 3))
    at[table["node"].astype(int)] = table[["x", "y", "z"]]
    return at, sum(seconds), told.strip()


def in_time(budget, run):
    """The number of iterations that takes as long as this, by trials; then that run's picture."""
    def spent(count):
        start = time.perf_counter()
        at = run(count)
        return time.perf_counter() - start, at

    count, (seconds, at) = 1, spent(1)
    if getattr(run, "once", False):
        return np.asarray(at, dtype=float), seconds, count
    for _ in range(8):
        # Doubling first: what only the beginning costs must not be taken for the cost of an iteration.
        if seconds > 0.4 * budget:
            break
        count = int(min(count * 4, count * max(2, budget / seconds / 4)))
        seconds, at = spent(count)
    for _ in range(4):
        if 0.8 < seconds / budget < 1.25 or (count == 1 and seconds > budget):
            break
        count = max(1, round(count * budget / seconds))
        seconds, at = spent(count)
    return np.asarray(at, dtype=float), seconds, count


def limited(seconds, function):
    """What the function returns, from a process of its own that may be stopped; None where it takes longer."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=lambda: there.send(function()))
    process.start()
    found = None
    if here.poll(seconds):
        try:
            found = here.recv()
        except EOFError:
            found = None
    process.terminate()
    process.join()
    return found


def peers(graph):
    """Name → iterations and, where there is one, an earlier picture → positions."""
    found = {}
    try:
        from fa2_modified import ForceAtlas2

        def fa2(count, start=None):
            made = ForceAtlas2(verbose=False, barnesHutOptimize=graph.n > 1000, barnesHutTheta=1.2)
            np.random.seed(1)
            return made.forceatlas2(graph.matrix.tolil(), pos=start, iterations=count)

        found["ForceAtlas2 (fa2-modified), 2D"] = fa2
    except ImportError as error:
        print(f"not run: {error}", file=sys.stderr)
    try:
        import igraph

        made = igraph.Graph(n=graph.n, edges=graph.edges.tolist())

        def seeded(start):
            random.seed(1)
            return None if start is None else start.tolist()

        found["Fruchterman–Reingold (igraph), 3D"] = lambda count, start=None: made.layout_fruchterman_reingold_3d(
            niter=count, seed=seeded(start)).coords
        found["Fruchterman–Reingold, grid (igraph), 2D"] = lambda count, start=None: made.layout_fruchterman_reingold(
            niter=count, grid="grid", seed=seeded(start)).coords

        def drl(_count, start=None):
            options = "default" if start is None else "refine"
            return made.layout_drl(dim=3, seed=seeded(start), options=options).coords

        drl.once = True
        found["DrL (igraph), 3D, as long as it takes"] = drl
    except ImportError as error:
        print(f"not run: {error}", file=sys.stderr)
    try:
        import networkx

        linked = networkx.Graph(graph.edges.tolist())
        linked.add_nodes_from(range(graph.n))

        def spring(count, start=None):
            at = networkx.spring_layout(linked, dim=3, iterations=count, seed=1,
                                        pos=None if start is None else dict(enumerate(start)))
            return [at[node] for node in range(graph.n)]

        if graph.n <= 20000:
            found["spring (networkx), 3D"] = spring
        else:
            print(f"not run: spring (networkx) holds {graph.n}² distances", file=sys.stderr)
    except ImportError as error:
        print(f"not run: {error}", file=sys.stderr)
    return found


def changed(graph, rng):
    """The graph with one edge in two hundred replaced by another."""
    count = max(1, len(graph.edges) // 200)
    keep = rng.permutation(len(graph.edges))[count:]
    fresh = rng.integers(graph.n, size=(count, 2))
    edges = np.vstack([graph.edges[np.sort(keep)], fresh[fresh[:, 0] != fresh[:, 1]]])
    other = Graph.__new__(Graph)
    other.name, other.n, other.edges = graph.name, graph.n, np.unique(np.sort(edges, axis=1), axis=0)
    half = csr_matrix((np.ones(len(other.edges)), other.edges.T), shape=(other.n, other.n))
    other.matrix = half + half.T
    return other


def movement(before, after):
    """Median and 95 % displacement, relative to the root mean square radius, once shifted, turned and scaled to agree."""
    before, after = before - before.mean(axis=0), after - after.mean(axis=0)
    u, sizes, v = np.linalg.svd(after.T @ before)
    fitted = after @ (u @ v) * (sizes.sum() / np.square(after).sum())
    moved = np.linalg.norm(fitted - before, axis=1) / np.sqrt(np.square(before).sum(axis=1).mean())
    return np.median(moved), np.quantile(moved, 0.95)


def updates(graph, bench, budget, arguments, row):
    """How far nodes move from one graph to the next, ours live and the others from their own earlier picture."""
    after = changed(graph, np.random.default_rng([arguments.seed, 7]))
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("before.csv", "after.csv")]
        for path, table in zip(paths, (graph.edges, after.edges)):
            pd.DataFrame(table, columns=["source", "target"]).to_csv(path, index=False)
        told = subprocess.run([bench, "--updates", *paths, str(arguments.live_steps)], check=True, capture_output=True,
                              text=True, env=os.environ | {"SCARCITY_DEVICE": arguments.device}).stdout.strip()
    row("ours, live", told)
    later = peers(after)
    for name, run in peers(graph).items():
        if not any(word in name for word in arguments.peers):
            continue

        def both():
            first, _, count = in_time(budget, run)
            again, _, _ = in_time(budget, lambda count: later[name](count, first))
            return count, movement(first, again)

        found = limited(2 * arguments.patience * budget + 60, both)
        row(name, "stopped" if found is None else
            f"{found[0]} iterations each; nodes moved by {100 * found[1][0]:.2f} % in the median, "
            f"{100 * found[1][1]:.2f} % at 95 %")


def main():
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", help="the scarcity command")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, nargs="*", default=[5], help="force-directed steps to show as well")
    parser.add_argument("--seed", type=int, default=1, help="of the graphs")
    parser.add_argument("--kinds", nargs="+", default=["block_model", "scale_free", "lattice"])
    parser.add_argument("--peers", nargs="*", default=[""], help="words of the names of those to run beside ours")
    parser.add_argument("--patience", type=float, default=20, help="times of ours after which another one is stopped")
    parser.add_argument("--exact", action="store_true", help="the processor's exact forces as well")
    parser.add_argument("--updates", metavar="BENCH", help="the `kernels` benchmark: shows how far nodes move instead")
    parser.add_argument("--live-steps", type=int, default=2000, help="steps of the live layout at most")
    arguments = parser.parse_args()
    kinds = [kind for kind in (block_model, scale_free, lattice) if kind.__name__ in arguments.kinds]
    if arguments.updates:
        print("| graph | layout | one edge in two hundred replaced |\n|---|---|---|")
    else:
        print("| graph | layout | seconds | iterations | stress | neighbourhoods |\n|---|---|---|---|---|---|")
    for n in arguments.sizes:
        for make in kinds:
            graph = Graph(f"{make.__name__} {n}", make(n, np.random.default_rng([arguments.seed, n])))
            compare(graph, arguments)


def compare(graph, arguments):
    """Rows of the table about one graph."""
    label = f"{graph.name} ({graph.n} nodes, {len(graph.edges)} edges)"

    def row(name, at, seconds, count):
        print(f"| {label} | {name} | {seconds:.2f} | {count} | {graph.stress(at):.4f} | "
              f"{graph.neighbourhoods(at):.3f} |", flush=True)

    at, budget, _ = ours(arguments.command, graph, arguments.device, steps=0)
    if arguments.updates:
        return updates(graph, arguments.updates, budget, arguments,
                       lambda name, told: print(f"| {label} | {name} | {told} |", flush=True))
    row("ours, 3D", at, budget, 0)
    for steps in arguments.steps:
        at, seconds, _ = ours(arguments.command, graph, arguments.device, steps=steps)
        row("ours and force-directed steps, 3D", at, seconds, steps)
        if arguments.exact:
            # Parts this much smaller than their distance are single nodes.
            at, seconds, _ = ours(arguments.command, graph, "cpu", steps=steps, settings=["simulation.theta=0.001"])
            row("the same, all pairs on the processor", at, seconds, steps)
    for name, run in peers(graph).items():
        if not any(word in name for word in arguments.peers):
            continue
        most = arguments.patience * budget + 30
        found = limited(most, lambda: in_time(budget, run))
        if found is None:
            print(f"| {label} | {name} | stopped after {most:.0f} | | | |", flush=True)
        else:
            row(name, *found)


if __name__ == "__main__":
    main()
