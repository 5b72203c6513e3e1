"""What the machine can do at most: memory bandwidth and the rate of matrix products.

Run as `python -m benchmarks.limits`, or at the start of every benchmark.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from benchmarks.workloads.base import Work

REPEATS = 5


@dataclass(frozen=True)
class Limits:
    """Measured rates of this machine, all cores.

    Attributes
    ----------
    read : float
        Bytes a second from memory.
    gemm32, gemm64 : float
        Operations a second of a large matrix product.
    cores : int
    """

    read: float
    gemm32: float
    gemm64: float
    cores: int

    def seconds(self, work: Work) -> float:
        """The least time for some work: that of the limit that binds it."""
        return max(work.flops / self.gemm64, work.n_bytes / self.read)

    def __str__(self) -> str:
        return (
            f"{self.cores} cores, memory read {self.read / 1e9:.0f} GB/s, GEMM "
            f"{self.gemm32 / 1e9:.0f} (f32) / {self.gemm64 / 1e9:.0f} (f64) GFLOP/s"
        )


def measure_limits(size: int = 3072, n_bytes: int = 1 << 29) -> Limits:
    """Measure them; takes a few seconds."""
    cores = usable_cores()
    return Limits(_read_rate(n_bytes, cores), _gemm_rate(size, "f4"), _gemm_rate(size, "f8"), cores)


def usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _read_rate(n_bytes: int, cores: int) -> float:
    parts = np.array_split(np.ones(n_bytes // 8), cores)
    with ThreadPoolExecutor(cores) as pool:
        seconds = _best(lambda: list(pool.map(np.max, parts)))
    return n_bytes / seconds


def _gemm_rate(size: int, dtype: str) -> float:
    left = np.ones((size, size), dtype)
    product = np.empty_like(left)
    return float(2 * size**3 / _best(lambda: np.matmul(left, left, out=product)))


def _best(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return min(times)


if __name__ == "__main__":
    print(measure_limits())
