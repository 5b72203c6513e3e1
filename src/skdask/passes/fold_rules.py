"""Folds by a rule: a row's fold follows from its number, its class or its group, held by nobody.

So data of any length are split without a byte a row, alike by every process, and alike however
they are cut into blocks. Rows are dealt out to the folds, in turn or by a hash of what they are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.exceptions import DataError
from skdask.passes.folds import Folds, first_row_of, sorted_into_folds
from skdask.passes.hashing import hash_of_labels, mixed, share_of, with_key
from skdask.rows import Block, Rows

Numbers = NDArray[np.int64]


class Rule(ABC):
    """Which fold each of some consecutive rows is in; subclasses are frozen dataclasses.

    Attributes
    ----------
    n_folds : int
        A row whose number is that is in no fold.
    by_position : bool
        Whether nothing of a row is looked at but its number.
    """

    n_folds: int
    by_position: ClassVar[bool] = True

    @abstractmethod
    def numbers(self, first: int, rows: Rows) -> Numbers:
        """The fold of each row, the first of which has this number in the data."""


@dataclass(frozen=True)
class RuleFolds(Folds):
    """Folds by a rule.

    Attributes
    ----------
    rule : Rule
    """

    rule: Rule

    @property
    def n_folds(self) -> int:  # type: ignore[override]
        return self.rule.n_folds

    def segments(self, block: Block) -> Iterator[tuple[int, Rows]]:
        numbers = self.rule.numbers(first_row_of(block), block.rows)
        yield from sorted_into_folds(block.rows, numbers, self.n_folds)


@dataclass(frozen=True)
class DealtStretches(Rule):
    """Stretches of rows, dealt out in rounds in which every fold has its turn.

    Attributes
    ----------
    n_folds : int
    stretch : int
        Rows of a stretch.
    seed : int or None
        Of the order of the folds within each round; always the same order without one.
    """

    n_folds: int
    stretch: int
    seed: int | None

    def numbers(self, first: int, rows: Rows) -> Numbers:
        stretches = np.arange(first, first + rows.n_rows) // self.stretch
        rounds, turns = np.divmod(stretches, self.n_folds)
        if self.seed is None:
            return turns
        found = np.empty(rows.n_rows, np.int64)
        for number in np.unique(rounds):
            own = rounds == number
            order = _orders(np.array([number], np.uint64), self.n_folds, self.seed)[0]
            found[own] = order[turns[own]]
        return found


@dataclass(frozen=True)
class DrawnStretches(Rule):
    """Stretches of rows of which so many are drawn to test on (0) and to train on (1).

    Attributes
    ----------
    stretch : int
    n_stretches : int
    n_test, n_train : int
        Stretches drawn.
    seed : int
    split : int
        Its number, by which draws differ.
    """

    stretch: int
    n_stretches: int
    n_test: int
    n_train: int
    seed: int
    split: int
    n_folds: int = field(default=2, init=False)

    @cached_property
    def _roles(self) -> Numbers:
        random = np.random.default_rng([self.seed, self.split])
        drawn = random.permutation(self.n_stretches)
        roles = np.full(self.n_stretches, 2, np.int64)
        roles[drawn[: self.n_test]] = 0
        roles[drawn[self.n_test : self.n_test + self.n_train]] = 1
        return roles

    def numbers(self, first: int, rows: Rows) -> Numbers:
        found: Numbers = self._roles[np.arange(first, first + rows.n_rows) // self.stretch]
        return found


@dataclass(frozen=True)
class HashedRows(Rule):
    """Every row by a hash of its number.

    Attributes
    ----------
    n_folds : int
    seed : int
    """

    n_folds: int
    seed: int

    def numbers(self, first: int, rows: Rows) -> Numbers:
        return share_of(_hash_of_rows(first, rows, self.seed), self.n_folds)


@dataclass(frozen=True)
class HashedRoles(Rule):
    """Every row to test on (0), to train on (1) or neither, by a hash of its number.

    Attributes
    ----------
    test, train : float
        Shares of the rows.
    seed : int
    split : int
        Its number, by which draws differ.
    """

    test: float
    train: float
    seed: int
    split: int
    n_folds: int = field(default=2, init=False)

    def numbers(self, first: int, rows: Rows) -> Numbers:
        drawn = _hash_of_rows(first, rows, with_key(self.seed, self.split))
        place = (drawn >> np.uint64(11)).astype(np.float64) * 2.0**-53
        if self.test + self.train >= 1.0:
            return (place >= self.test).astype(np.int64)
        return np.where(place < self.test, 0, np.where(place >= 1.0 - self.train, 1, 2))


@dataclass(frozen=True)
class HashedGroups(Rule):
    """Every group by a hash of its value.

    Attributes
    ----------
    n_folds : int
    seed : int
    """

    n_folds: int
    seed: int

    by_position: ClassVar[bool] = False

    def numbers(self, first: int, rows: Rows) -> Numbers:
        if rows.groups is None:
            raise ValueError("The 'groups' parameter should not be None.")
        return share_of(mixed(hash_of_labels(rows.groups), self.seed), self.n_folds)


@dataclass(frozen=True)
class DealtClasses(Rule):
    """The rows of each class, dealt out in rounds in which every fold has its turn.

    Attributes
    ----------
    n_folds : int
    seed : int
    classes : ndarray of shape (n_classes,)
        In sorted order.
    starts : ndarray of shape (n_blocks,)
        Numbers of the first rows of all blocks.
    before : ndarray of shape (n_blocks, n_classes)
        How many rows of each class come before them.
    """

    n_folds: int
    seed: int
    classes: NDArray[Any] = field(repr=False)
    starts: Numbers = field(repr=False)
    before: Numbers = field(repr=False)

    by_position: ClassVar[bool] = False

    def numbers(self, first: int, rows: Rows) -> Numbers:
        if rows.n_rows == 0:
            return np.empty(0, np.int64)
        place = int(np.searchsorted(self.starts, first))
        if place == len(self.starts) or self.starts[place] != first or rows.y is None:
            raise DataError(
                f"classes were counted up to other rows than {first}: split the data that is read"
            )
        codes = np.searchsorted(self.classes, rows.y.reshape(rows.n_rows))
        ranks = self.before[place][codes] + _ranks_within(codes, len(self.classes))
        rounds, turns = np.divmod(ranks, self.n_folds)
        # a round of a class, as one number
        asked = (rounds * len(self.classes) + codes).astype(np.uint64)
        distinct, which = np.unique(asked, return_inverse=True)
        found: Numbers = _orders(distinct, self.n_folds, self.seed)[which, turns]
        return found


def _hash_of_rows(first: int, rows: Rows, key: int) -> NDArray[np.uint64]:
    return mixed(np.arange(first, first + rows.n_rows, dtype=np.uint64), key)


def _orders(rounds: NDArray[np.uint64], n_folds: int, seed: int) -> Numbers:
    """An order of the folds for each round, of shape (n_rounds, n_folds)."""
    turns = np.arange(n_folds, dtype=np.uint64)
    drawn: NDArray[np.uint64] = rounds[:, np.newaxis] * np.uint64(n_folds) + turns
    return np.argsort(mixed(drawn, seed), axis=1, kind="stable")


def _ranks_within(codes: NDArray[np.intp], n_classes: int) -> Numbers:
    """For each row how many of its class come before it."""
    order = np.argsort(codes, kind="stable")
    counts = np.bincount(codes, minlength=n_classes)
    ranks = np.empty(len(codes), np.int64)
    ranks[order] = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ranks
