"""In: numpy with OpenBLAS. Out: its rate of matrix products at the shapes of `--bench kernels`: the machine's peak.

    OPENBLAS_NUM_THREADS=2 python benches/gemm.py
"""

import time

import numpy as np

for rows, columns in [(512, 1024), (2048, 1024), (64, 512)]:
    for kind in (np.float32, np.float64):
        a, b = (np.random.rand(rows, columns).astype(kind) for _ in range(2))
        times = []
        for _ in range(11):
            start = time.perf_counter()
            a.T @ b
            times.append(time.perf_counter() - start)
        flops = 2.0 * rows * columns * columns * 1e-9
        median, best = sorted(times)[len(times) // 2], min(times)
        print(f"{kind.__name__} {rows} × {columns}: {flops / median:.1f} GFLOP/s, at best {flops / best:.1f}")
