"""What an algorithm may yield: requests for statistics over all rows, a fold, or the rest of one.

An algorithm is a generator. It yields a tuple of requests, which is one pass at most, and is
sent the tuple of their values. It touches no data, so it reads as mathematics, and many can be
advanced together and share what they ask for.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from skdask.statistics.base import Statistic

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RowSet:
    """Which rows a statistic is asked of: all, those of one fold, or all but those of one.

    ``RowSet()`` is all rows, ``RowSet(fold=2)`` the test rows of fold 2 and
    ``RowSet(fold=2, rest=True)`` its training rows.
    """

    fold: int | None = None
    rest: bool = False

    def includes(self, fold: int) -> bool:
        return self.fold is None or (fold != self.fold if self.rest else fold == self.fold)

    def __str__(self) -> str:
        if self.fold is None:
            return "all rows"
        return f"all but fold {self.fold}" if self.rest else f"fold {self.fold}"


ALL_ROWS = RowSet()


@dataclass(frozen=True, slots=True)
class Request:
    """A statistic of a set of rows; equal requests are computed once.

    Attributes
    ----------
    statistic : Statistic
    rows : RowSet
    asked_by : str
        The estimator to name when the rows turn out to be bad.
    """

    statistic: Statistic[Any, Any]
    rows: RowSet = ALL_ROWS
    asked_by: str = field(default="", compare=False)


Algorithm = Generator[tuple[Request, ...], tuple[Any, ...], Result]


def ask(
    statistic: Statistic[Any, Any], rows: RowSet = ALL_ROWS, asked_by: str = ""
) -> Algorithm[Any]:
    """Ask for one statistic: ``value = yield from ask(Moments())``."""
    (value,) = yield (Request(statistic, rows, asked_by),)
    return value


def together(algorithms: Sequence[Algorithm[Result]]) -> Algorithm[list[Result]]:
    """Run algorithms side by side: each of their passes is shared, finished ones drop out."""
    results: dict[int, Result] = {}
    waiting: dict[int, tuple[Request, ...]] = {}

    def advance(index: int, values: tuple[Any, ...] | None) -> None:
        try:
            waiting[index] = (
                next(algorithms[index]) if values is None else algorithms[index].send(values)
            )
        except StopIteration as stop:
            results[index] = stop.value

    for index in range(len(algorithms)):
        advance(index, None)
    while waiting:
        asked = dict(waiting)
        waiting.clear()
        values = yield tuple(request for requests in asked.values() for request in requests)
        start = 0
        for index, requests in asked.items():
            stop = start + len(requests)
            advance(index, values[start:stop])
            start = stop
    return [results[index] for index in range(len(algorithms))]
