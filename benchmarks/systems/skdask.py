"""skdask, on a Dask Array of ten row chunks or on the NumPy array itself."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from benchmarks.systems.base import MODULES, System

N_CHUNKS = 10


class SkdaskOnNumpy(System):
    modules = tuple(f"skdask.{module}" for module in MODULES)
    distribution = "scikit-dask"

    def read_table(self, path: Path, target: str, drop: str) -> tuple[Any, Any]:
        import skdask.blocks

        return skdask.blocks.open(path, target, drop=[drop]), None

    def memory(self, budget: int) -> AbstractContextManager[Any]:
        import skdask

        return skdask.config.set(memory_limit=budget)


class SkdaskOnDask(SkdaskOnNumpy):
    def hand_over(self, X: Any, y: Any) -> tuple[Any, Any]:
        return in_chunks(X), in_chunks(y)


def in_chunks(array: Any) -> Any:
    """A Dask Array or DataFrame over the same memory."""
    if hasattr(array, "iloc"):
        import dask.dataframe as dd

        return dd.from_pandas(array, npartitions=N_CHUNKS)
    import dask.array as da

    rows = -(-len(array) // N_CHUNKS)
    return da.from_array(array, chunks=(rows, *array.shape[1:]))
