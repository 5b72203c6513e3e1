"""How long a search will take, from a calibration of a few hundredths of a second.

Decoding, copying, matrix products, exponentials and copies of an estimator are timed once a
process, on made-up data; what the rows cost follows from their number and width. It is an estimate
to choose by: of minutes, hours or days. What the tasks of a Dask collection cost before there are
rows is not known, and not in it.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.linear_model import Ridge

from skdask.model_selection.plan.templates import fresh_copy
from skdask.passes.blas import one_blas_thread

# A fit from moments, with its scores, takes as long as so many copies of an estimator: on a path
# that is solved together, and by a solver of scikit-learn's
_COPIES_ON_PATH = 18
_COPIES_OF_FIT = 600
# An eigendecomposition and the products around it, in units of p ** 3
_DECOMPOSITION = 20
# Passes of iterative candidates that are likely
LIKELY_PASSES = 10
# Rows of which Hessians are taken in all of them, and exponentials of a row and model in each
_HESSIAN_ROWS = 0.6
_LINKS = 4.0


@dataclass(frozen=True)
class Rates:
    """What one thread does in a second.

    Attributes
    ----------
    decoded, copied : float
        Bytes of Parquet, and of memory.
    flops : float
    exponentials : float
    copies : float
        Of an estimator.
    """

    decoded: float
    copied: float
    flops: float
    exponentials: float
    copies: float


def _seconds(work: Callable[[], Any]) -> float:
    """The least time of three."""
    found = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return max(min(found), 1e-9)


@cache
def rates() -> Rates:
    """The calibration; once a process."""
    random = np.random.default_rng(0)
    square, values = random.normal(size=(384, 384)), random.normal(size=(2**16, 8))
    # larger than a cache of the processor, as blocks are
    file, many, into = io.BytesIO(), np.ones(2**22), np.ones(2**22)
    model = Ridge()
    table = pa.table({f"x{k}": values[:, k] for k in range(values.shape[1])})
    pq.write_table(table, file)
    reader = pq.ParquetFile(file)
    with one_blas_thread():
        flops = 2.0 * len(square) ** 3 / _seconds(lambda: square @ square)
    return Rates(
        values.nbytes / _seconds(lambda: reader.read_row_group(0, use_threads=False)),
        many.nbytes / _seconds(lambda: np.copyto(into, many)),
        flops,
        values.size / _seconds(lambda: np.exp(values)),
        200 / _seconds(lambda: [fresh_copy(model) for _ in range(200)]),
    )


@dataclass(frozen=True)
class Work:
    """What a search has to do.

    Attributes
    ----------
    n_rows, n_features, n_folds : int
    n_bytes : int
        Of a pass.
    decodes : bool
        Whether the first pass decodes files.
    iterating, on_path, single : int
        Candidates that take passes until they converge, that are solved together from moments,
        and by themselves.
    decompositions : int
        Eigenproblems of the columns, of every fold.
    looks : bool
        Whether a pass over the rows scores all candidates.
    threads : int
    """

    n_rows: int
    n_features: int
    n_folds: int
    n_bytes: int
    decodes: bool
    iterating: int
    on_path: int
    single: int
    decompositions: int
    looks: bool
    threads: int

    def seconds(self) -> float:
        """Of the search as it is planned."""
        known = rates()
        n_candidates = self.iterating + self.on_path + self.single
        total = self._first()
        if self.iterating:
            total += LIKELY_PASSES * self._iteration(self.iterating * (self.n_folds - 1))
            total += self.iterating * self._hessian()
        if self.looks:
            total += self._again() + self._products(n_candidates)
        copies = _COPIES_ON_PATH * (self.on_path + self.iterating) + _COPIES_OF_FIT * self.single
        total += self.n_folds * copies / known.copies
        decompositions = self.decompositions + self.single
        return total + self.n_folds * decompositions * self._decomposition()

    def seconds_alone(self) -> float:
        """Of fits one by one, each of which reads the data for itself."""
        moments = self._first() + self._decomposition() + _COPIES_OF_FIT / rates().copies
        # all rows but those of a fold
        iterations = self._first() + LIKELY_PASSES * self._iteration(1) + self._hessian()
        looks = self._again() + self._products(1) if self.looks else 0.0
        fits = (self.on_path + self.single) * moments + self.iterating * iterations
        return self.n_folds * (fits + (self.on_path + self.single + self.iterating) * looks)

    def _first(self) -> float:
        known = rates()
        read = self.n_bytes / (known.decoded if self.decodes else known.copied)
        moments = 2.0 * self.n_rows * self.n_features**2 / known.flops
        return (read + moments) / self.threads

    def _again(self) -> float:
        return self.n_bytes / rates().copied / self.threads

    def _iteration(self, n_models: int) -> float:
        return self._again() + 2.0 * self._products(n_models)

    def _products(self, n_models: int) -> float:
        known = rates()
        a_row = 2.0 * self.n_features / known.flops + _LINKS / known.exponentials
        return self.n_rows * n_models * a_row / self.threads

    def _hessian(self) -> float:
        return _HESSIAN_ROWS * 2.0 * self.n_rows * self.n_features**2 / rates().flops / self.threads

    def _decomposition(self) -> float:
        return _DECOMPOSITION * float(self.n_features) ** 3 / rates().flops
