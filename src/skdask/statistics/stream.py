"""Learning from rows one batch after the other: what is mathematics of sequences, not of sums.

Some estimators are defined by an order: what is learnt from a batch depends on all batches
before it. Their state moves along the blocks. Batches are cut by the rows alone, across the
borders of blocks, so that a fit is the fit on all rows whatever the blocks. Famous cases:
incremental PCA, online dictionary learning, online variational Bayes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from skdask.rows import Rows, is_sparse
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic
from skdask.statistics.sample import uniform_numbers
from skdask.statistics.tiles import feature_array


class Learner(ABC):
    """What learns from batches; equal by contents, as it is part of a statistic.

    Attributes
    ----------
    batch_rows : int
        Rows of a batch.
    least_rows : int
        Rows that the last batch has at least: fewer join the batch before it.
    takes_sparse : bool
        Whether batches may be sparse; they are dense otherwise.
    """

    batch_rows: int
    least_rows: int
    takes_sparse: bool

    @abstractmethod
    def begin(self) -> Any:
        """What is known before the first batch."""

    @abstractmethod
    def learn(self, state: Any, X: Any) -> Any:
        """What is known after a batch in float64, which may be written to; a new state."""

    @abstractmethod
    def state_bytes(self, n_columns: int) -> int:
        """Bytes of a state."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """What is known so far.

    Attributes
    ----------
    learnt : any
        The learner's own.
    waiting : tuple of ndarray or csr_array
        Rows that are no batch yet.
    count : int
        Rows seen.
    finite : bool
        Whether all values were; nothing is learnt from the block of the first that is not.
    """

    learnt: Any
    waiting: tuple[Any, ...]
    count: int
    finite: bool = True

    @property
    def n_waiting(self) -> int:
        return sum(int(part.shape[0]) for part in self.waiting)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt in the end, and of how many rows."""

    state: Any
    count: int


@dataclass(frozen=True)
class Stream(Statistic[StreamState, Learnt]):
    """What a learner knows after all rows, batch after batch in their order.

    Parameters
    ----------
    learner : Learner
    affine : Affine
        What rows go through first.
    shuffled : int or None
        A seed by which the rows of each block are shuffled; None leaves them in their order.

    Notes
    -----
    **Passes** 1, its blocks one after the other. **Cost** the learner's; the state holds one
    batch beside what was learnt. **Error** the learner's.
    """

    reusable: ClassVar[bool] = False
    in_order: ClassVar[bool] = True
    accepts_sparse: ClassVar[bool] = True
    learner: Learner
    affine: Affine
    shuffled: int | None = None

    def zero(self) -> StreamState:
        return StreamState(self.learner.begin(), (), 0)

    def update(self, state: StreamState, rows: Rows) -> StreamState:
        if rows.n_rows == 0:
            return state
        if not np.isfinite(_values(feature_array(rows))).all():
            return replace(state, finite=False)
        learner, learnt = self.learner, state.learnt
        size = learner.batch_rows
        waiting, n_waiting = list(state.waiting), state.n_waiting
        for part in self._parts(rows):
            waiting.append(part)
            n_waiting += part.shape[0]
            # the rows after a batch must be enough for the last one
            needed = size + learner.least_rows
            if n_waiting < needed:
                continue
            whole = _joined(waiting)
            start = 0
            while n_waiting >= needed:
                learnt = learner.learn(learnt, self._batch(whole[start : start + size]))
                start += size
                n_waiting -= size
            # a copy, so that not all of it is kept for a few rows
            waiting = [whole[start:].copy()] if n_waiting else []
        return StreamState(learnt, tuple(waiting), state.count + rows.n_rows)

    def _parts(self, rows: Rows) -> Iterator[Any]:
        """The rows, a few batches at a time."""
        X = feature_array(rows)
        order = None
        if self.shuffled is not None:
            order = np.argsort(uniform_numbers(rows, self.shuffled), kind="stable")
        height = max(self.learner.batch_rows, 1024)
        for start in range(0, rows.n_rows, height):
            part = slice(start, start + height)
            yield X[part].copy() if order is None else X[order[part]]

    def _batch(self, X: Any) -> Any:
        """A batch as the learner takes it."""
        dense = not self.learner.takes_sparse or not self.affine.keeps_zeros
        if is_sparse(X) and not dense:
            thin = sparse.csr_array(X, dtype=np.float64)
            return thin if self.affine.is_identity else sparse.csr_array(thin * self.affine.factor)
        values = np.array(X.toarray() if is_sparse(X) else X, dtype=np.float64, order="C")
        return values if self.affine.is_identity else self.affine.apply(values)

    def merge(self, left: StreamState, right: StreamState) -> StreamState:
        raise NotImplementedError("what was learnt in an order has no merge")

    def value(self, state: StreamState) -> Learnt:
        learnt = state.learnt
        if state.waiting:
            learnt = self.learner.learn(learnt, self._batch(_joined(list(state.waiting))))
        return Learnt(learnt, state.count)

    def state_bytes(self, n_columns: int) -> int:
        rows = 3 * self.learner.batch_rows + self.learner.least_rows + 1024
        return 8 * rows * n_columns + self.learner.state_bytes(n_columns)

    def suspect(self, state: StreamState) -> bool:
        return not state.finite


def _joined(parts: list[Any]) -> Any:
    if len(parts) == 1:
        return parts[0]
    return sparse.vstack(parts, format="csr") if is_sparse(parts[0]) else np.concatenate(parts)


def _values(part: Any) -> Any:
    return part.data if is_sparse(part) else part
