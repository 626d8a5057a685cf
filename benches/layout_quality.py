"""In: the `scarcity` command and, where installed, fa2-modified, igraph and networkx. Out: how well each lays out the
same graphs in the same time: scale-normalised stress, neighbourhood preservation, and for ours stability and error.

    python3 -m venv venv && venv/bin/pip install numpy scipy igraph networkx fa2-modified pandas pyarrow
    venv/bin/python benches/layout_quality.py target/release/scarcity --sizes 1000 10000

Scale-normalised stress is the mean of ((s·d - g) / g)² over pairs at graph distance g and picture distance d, with the
scale s that makes it least (Smelser et al., 2024); all pairs up to 2,000 nodes, else pairs with 200 random nodes.
Neighbourhood preservation is the mean over nodes of the Jaccard index of a node's neighbours and as many nearest ones in
the picture. Peers get as much time as ours took, and at least one iteration.
"""

import argparse
import os
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
    b[inside] = [rng.choice(members[block[k]]) for k in a[inside]]
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
        self.steps = shortest_path(self.matrix, unweighted=True, indices=self.sources)
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


def ours(command, graph, device, steps=None, edges=None):
    """Positions and seconds of layout, reading and writing apart."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = os.path.join(folder, "g.csv"), os.path.join(folder, "p.parquet")
        table = graph.edges if edges is None else edges
        pd.DataFrame(table, columns=["source", "target"]).to_csv(source, index=False)
        call = [command, "layout", source, "--out", target, "--device", device]
        call += ["--steps", str(steps)] if steps is not None else []
        told = subprocess.run(call, check=True, capture_output=True, text=True).stderr
        seconds = [float(word) for word, unit in zip(told.split(), told.split()[1:]) if unit.startswith("s")
                   and word.replace(".", "", 1).isdigit() and unit in ("s", "s,")]
        table = pd.read_parquet(target)
    at = np.zeros((graph.n, 3))
    at[table["node"].astype(int)] = table[["x", "y", "z"]]
    return at, sum(seconds), told.strip()


def in_time(budget, run):
    """The largest number of iterations, by two short trials, that fits into the time; then that run's picture."""
    def spent(count):
        start = time.perf_counter()
        run(count)
        return time.perf_counter() - start

    # What only the beginning costs does not count again; of a noisy pair of trials, twice the mean is the least to believe.
    few, more = spent(2), spent(10)
    each = max((more - few) / 8, more / 40, 1e-6)
    count = max(1, int(budget / each))
    start = time.perf_counter()
    at = run(count)
    return np.asarray(at, dtype=float), time.perf_counter() - start, count


def peers(graph):
    """Name and iterations → positions."""
    found = {}
    try:
        from fa2_modified import ForceAtlas2

        def fa2(count):
            made = ForceAtlas2(verbose=False, barnesHutOptimize=graph.n > 1000, barnesHutTheta=1.2)
            np.random.seed(1)
            return made.forceatlas2(graph.matrix.tolil(), pos=None, iterations=count)

        found["ForceAtlas2 (fa2-modified), 2D"] = fa2
    except ImportError as error:
        print(f"not run: {error}", file=sys.stderr)
    try:
        import igraph

        made = igraph.Graph(n=graph.n, edges=graph.edges.tolist())
        if graph.n <= 3000:
            found["Fruchterman–Reingold (igraph), 3D"] = lambda count: made.layout_fruchterman_reingold_3d(niter=count)
        found["Fruchterman–Reingold, grid (igraph), 2D"] = lambda count: made.layout_fruchterman_reingold(
            niter=count, grid="grid")
    except ImportError as error:
        print(f"not run: {error}", file=sys.stderr)
    try:
        import networkx

        if graph.n <= 3000:
            linked = networkx.Graph(graph.edges.tolist())
            linked.add_nodes_from(range(graph.n))

            def spring(count):
                at = networkx.spring_layout(linked, dim=3, iterations=count, seed=1)
                return [at[node] for node in range(graph.n)]

            found["spring (networkx), 3D"] = spring
    except ImportError as error:
        print(f"not run: {error}", file=sys.stderr)
    return found


def main():
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", help="the scarcity command")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--steps", type=int, nargs="*", default=[5], help="force-directed steps to show as well")
    parser.add_argument("--seed", type=int, default=1, help="of the graphs")
    arguments = parser.parse_args()
    print("| graph | layout | seconds | iterations | stress | neighbourhoods |")
    print("|---|---|---|---|---|---|")
    for n in arguments.sizes:
        for make in (block_model, scale_free, lattice):
            graph = Graph(f"{make.__name__} {n}", make(n, np.random.default_rng([arguments.seed, n])))
            label = f"{graph.name} ({graph.n} nodes, {len(graph.edges)} edges)"

            def row(name, at, seconds, count):
                print(f"| {label} | {name} | {seconds:.2f} | {count} | {graph.stress(at):.4f} | "
                      f"{graph.neighbourhoods(at):.3f} |", flush=True)

            at, budget, _ = ours(arguments.command, graph, arguments.device, steps=0)
            row("ours, 3D", at, budget, 0)
            for steps in arguments.steps:
                at, seconds, _ = ours(arguments.command, graph, arguments.device, steps=steps)
                row("ours and force-directed steps, 3D", at, seconds, steps)
            for name, run in peers(graph).items():
                row(name, *in_time(budget, run))


if __name__ == "__main__":
    main()
