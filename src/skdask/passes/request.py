"""What an algorithm may yield: requests for statistics over all rows, a fold, or the rest of one.

An algorithm is a generator. It yields a tuple of requests, which is one pass at most, and is
sent the tuple of their values. It touches no data, so it reads as mathematics, and many can be
advanced together and share what they ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Generic, TypeVar

from skdask.passes.prefix import Prefix
from skdask.statistics.base import Statistic

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class RowSet:
    """Which rows a statistic is asked of: all, those of one fold, or all but those of one.

    ``RowSet()`` is all rows, ``RowSet(fold=2)`` the test rows of fold 2 and
    ``RowSet(fold=2, rest=True)`` its training rows; ``RowSet(among=(2, 3))`` those of several
    folds of one layer. With a prefix the rows are those that it makes of them.
    """

    fold: int | None = None
    rest: bool = False
    prefix: Prefix | None = None
    among: tuple[int, ...] | None = None

    @property
    def kept_by_fold(self) -> bool:
        """Whether states of all folds tell it: not where each fold has a prefix of its own."""
        return self.prefix is None or self.prefix.fixed

    def includes(self, fold: int) -> bool:
        """Whether a fold is part of these rows, where all folds are of one layer."""
        if self.among is not None:
            return fold in self.among
        return self.fold is None or (fold != self.fold if self.rest else fold == self.fold)

    def __str__(self) -> str:
        if self.among is not None:
            return f"folds {', '.join(map(str, self.among))}"
        if self.fold is None:
            return "all rows"
        return f"all but fold {self.fold}" if self.rest else f"fold {self.fold}"


ALL_ROWS = RowSet()


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many passes an algorithm will ask for from here on, this one included.

    Attributes
    ----------
    passes : int
    at_most : bool
        Whether that is its limit, where it has nothing to estimate from.
    """

    passes: int
    at_most: bool = False


def longest(outlooks: Iterable[Outlook | None]) -> Outlook | None:
    """That of algorithms side by side; None where one of them does not know."""
    known = list(outlooks)
    if not known or any(outlook is None for outlook in known):
        return None
    return max(
        (outlook for outlook in known if outlook is not None),
        key=lambda outlook: (outlook.passes, outlook.at_most),
    )


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


class Live(Generic[Result]):
    """Algorithms side by side, each advanced by itself.

    Attributes
    ----------
    waiting : dict
        By position, what each unfinished algorithm has asked for.
    """

    def __init__(self, algorithms: Sequence[Algorithm[Result]]) -> None:
        self._algorithms = algorithms
        self._results: dict[int, Result] = {}
        self.waiting: dict[int, tuple[Request, ...]] = {}
        for index in range(len(algorithms)):
            self.advance(index, None)

    def advance(self, index: int, values: tuple[Any, ...] | None) -> None:
        """Send an algorithm its values, or None to start it, and take its next requests."""
        algorithm = self._algorithms[index]
        try:
            self.waiting[index] = next(algorithm) if values is None else algorithm.send(values)
        except StopIteration as stop:
            self.waiting.pop(index, None)
            self._results[index] = stop.value

    def advance_known(
        self, known: Callable[[Request], bool], answer: Callable[[Request], Any]
    ) -> None:
        """Advance every algorithm, however deep, until each waits for something unknown."""
        for index in tuple(self.waiting):
            while index in self.waiting:
                asked = self.waiting[index]
                if isinstance(asked, Joint):
                    asked.live.advance_known(known, answer)
                    if asked.live.waiting:
                        break
                    self.advance(index, ())
                elif all(map(known, asked)):
                    self.advance(index, tuple(map(answer, asked)))
                else:
                    break

    def requests(self) -> Iterator[Request]:
        """What all of them wait for, however deep."""
        for asked in self.waiting.values():
            yield from asked.live.requests() if isinstance(asked, Joint) else asked

    def outlook(self) -> Outlook | None:
        """Passes until the last of them ends, where all know."""
        return longest(_outlook(asked) for asked in self.waiting.values())

    def results(self) -> list[Result]:
        """The results in the order of the algorithms, once none is waiting."""
        return [self._results[index] for index in range(len(self._algorithms))]


class Expecting(tuple[Request, ...]):
    """Requests of an algorithm that knows how many passes are to come, for progress displays."""

    outlook: Outlook | None

    @classmethod
    def of(cls, requests: Iterable[Request], outlook: Outlook | None) -> Expecting:
        """``answers = yield Expecting.of(requests, Outlook(3))``."""
        expecting = cls(requests)
        expecting.outlook = outlook
        return expecting


class Joint(tuple[Request, ...]):
    """The requests of algorithms side by side, and the algorithms.

    Who answers may send the values of all requests, as for any other tuple; or advance the
    algorithms by themselves, each as soon as it can, and send nothing once they have finished.
    """

    live: Live[Any]

    @classmethod
    def of(cls, live: Live[Any]) -> Joint:
        joint = cls(live.requests())
        joint.live = live
        return joint


def _outlook(asked: tuple[Request, ...]) -> Outlook | None:
    if isinstance(asked, Joint):
        return asked.live.outlook()
    return asked.outlook if isinstance(asked, Expecting) else None


def together(algorithms: Sequence[Algorithm[Result]]) -> Algorithm[list[Result]]:
    """Run algorithms side by side: each of their passes is shared, finished ones drop out."""
    live = Live(algorithms)
    while live.waiting:
        values = iter((yield Joint.of(live)))
        for index, requests in tuple(live.waiting.items()):
            live.advance(index, tuple(islice(values, len(requests))))
    return live.results()
