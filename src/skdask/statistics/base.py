"""The protocol of a mergeable statistic.

A statistic is a value: a frozen dataclass that says what is asked of the rows. Its state is a
monoid: `zero` is the empty state, `update` takes rows in, `merge` joins the states of two
consecutive stretches of rows and is associative. So any split of the rows into blocks gives the
same answer (up to rounding; to the bit for the same blocks), sums over folds are merges, and
everything parallel is free. Famous cases: a count, Welford's variance, TSQR, the gradient of a
loss. No statistic holds data or reads it.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows

State = TypeVar("State")
Value = TypeVar("Value")


class Statistic(ABC, Generic[State, Value]):
    """What is asked of the rows; equal statistics have equal values.

    Attributes
    ----------
    reusable : bool
        Whether later algorithms may ask for it again. Such a statistic has no parameters that an
        algorithm moves; it is computed per fold and its parts are kept for the run.
    needs_features : bool
        False where only the target or the weights are looked at, so that X need not be read.
    accepts_nan : bool
        Whether a missing value in X is part of the answer rather than an error.
    accepts_sparse : bool
        Whether X may be a sparse array in compressed rows.
    takes_tables : bool
        Whether X may be a frame, its columns in their own types; else a matrix is made of it.
    row_bytes : int
        Bytes by which a state grows with every row; 0 for all but those as long as the data.
    in_order : bool
        Whether it learns from one row after the other, so that states of two stretches have no
        merge: a pass with such a statistic meets block after block. It is not reusable.
    logged : bool
        Whether a checkpoint keeps its states. A run asks for those that it does not last.
    """

    reusable: ClassVar[bool] = True
    needs_features: ClassVar[bool] = True
    accepts_nan: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = False
    takes_tables: ClassVar[bool] = False
    row_bytes: ClassVar[int] = 0
    in_order: ClassVar[bool] = False
    logged: ClassVar[bool] = True

    @abstractmethod
    def zero(self) -> State:
        """The state of no rows: the identity of `merge`."""

    @abstractmethod
    def update(self, state: State, rows: Rows) -> State:
        """The state after these rows. The rows are not written to."""

    @abstractmethod
    def merge(self, left: State, right: State) -> State:
        """The state of the rows of `left` followed by those of `right`."""

    @abstractmethod
    def value(self, state: State) -> Value:
        """The answer."""

    @abstractmethod
    def state_bytes(self, n_columns: int) -> int:
        """Bytes of one state for data of so many columns, target columns included."""

    def held_bytes(self, state: State) -> int:
        """Bytes of a state that the rows may make larger than `state_bytes`; 0 for all others."""
        return 0

    def suspect(self, state: State) -> bool:
        """Whether a NaN or an infinity among the rows may have come into the state."""
        return False

    def derivable_from(self) -> Sequence[Statistic[Any, Any]]:
        """Statistics whose state holds everything that this one needs, cheapest first."""
        return ()

    def derive(self, source: Statistic[Any, Any], state: Any, n_features: int) -> State:
        """This statistic's state from the state of one of `derivable_from`."""
        raise NotImplementedError(f"{self!r} cannot be derived from {source!r}")

    @classmethod
    def update_many(
        cls, statistics: Sequence[Self], states: Sequence[Any], rows: Rows
    ) -> list[Any]:
        """Update several statistics of this kind at once; kinds that can fuse override it."""
        return [
            statistic.update(state, rows)
            for statistic, state in zip(statistics, states, strict=True)
        ]


def array_token(*arrays: NDArray[Any] | None) -> str:
    """A digest of the contents, by which statistics with array parameters are compared."""
    digest = hashlib.blake2b(digest_size=16)
    for array in arrays:
        if array is None:
            digest.update(b"none")
            continue
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        if array.dtype.hasobject:
            digest.update(repr(array.tolist()).encode())
        else:
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
    return digest.hexdigest()
