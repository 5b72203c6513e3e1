"""The same rows with their targets dealt out anew, many times, within one pass.

The features stay, so what is asked of them alone is asked once; and for moments some targets go
side by side, since X'X is the same for all of them. What else is asked meets the rows of a block
with one permuted target after the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.passes import Algorithm, Request
from skdask.passes.prefix import Prefix, Step
from skdask.routes.steps import TargetAsRows, TransformTarget, content_token
from skdask.rows import Rows
from skdask.statistics import ColumnMoments, Extremes, Moments, MomentSummary
from skdask.statistics.gather import Gather


@dataclass(frozen=True)
class GatherTargets(Gather):
    """Targets and groups of all rows, in the order of the data, without features."""

    needs_features: ClassVar[bool] = False

    def update(self, state: Any, rows: Rows) -> Any:
        return super().update(state, replace(rows, X=None, sample_weight=None))


class OtherTarget(Step):
    """Another target of every row of the data, by the row's number; the features stay.

    Parameters
    ----------
    values : ndarray of shape (n_rows,) or (n_rows, n_targets)
    in_every_fold : bool
        Whether folds of rows are the same for all targets, so that states are kept fold by fold.
    """

    def __init__(self, values: NDArray[Any], in_every_fold: bool) -> None:
        self.values = values
        self.fixed = in_every_fold
        self.token = content_token("other target", values)

    def apply(self, rows: Rows) -> Rows:
        return replace(rows, y=_of_rows(self.values, rows))


class SideBySide(Step):
    """Several targets of one column as the columns of one."""

    fixed = True

    def __init__(self, targets: Sequence[OtherTarget]) -> None:
        self.targets = list(targets)
        self.token = content_token("side by side", [target.token for target in targets])

    def apply(self, rows: Rows) -> Rows:
        columns = [_of_rows(target.values, rows) for target in self.targets]
        return replace(rows, y=np.stack(columns, axis=1))


def _of_rows(values: NDArray[Any], rows: Rows) -> NDArray[Any]:
    numbers = rows.numbers
    if numbers is None:
        raise ValueError("other targets need numbered rows, as a pass gives them")
    if isinstance(numbers, range):
        return values[numbers.start : numbers.stop]
    return values[numbers]


@dataclass(frozen=True)
class Dealt:
    """One target, and the group of targets among which its moments are taken.

    Attributes
    ----------
    step : OtherTarget
    beside : SideBySide or None
        None where moments are taken of it alone.
    place : int
        Its column there.
    """

    step: OtherTarget
    beside: SideBySide | None = None
    place: int = 0


def dealt_in_groups(steps: Sequence[OtherTarget], n_features: int) -> list[Dealt]:
    """Targets in groups that make moments cheapest: of about as many as there are features."""
    if not all(step.fixed and _is_number(step.values) for step in steps):
        return [Dealt(step) for step in steps]
    size = max(_LEAST, n_features)
    found = []
    for start in range(0, len(steps), size):
        beside = SideBySide(steps[start : start + size])
        found += [Dealt(step, beside, place) for place, step in enumerate(beside.targets)]
    return found


# Targets side by side where there are fewer features than that
_LEAST = 16


def _is_number(values: NDArray[Any]) -> bool:
    return values.ndim == 1 and values.dtype.kind in "biuf"


def with_other_target(algorithm: Algorithm[Any], dealt: Dealt, n_features: int) -> Algorithm[Any]:
    """What an algorithm finds where the rows have another target.

    Parameters
    ----------
    algorithm : generator
    dealt : Dealt
    n_features : int
        Of the raw rows.
    """
    try:
        asked = next(algorithm)
        while True:
            answers = yield tuple(_of_other(request, dealt, n_features) for request in asked)
            asked = algorithm.send(
                tuple(
                    _own_moments(answer, dealt, n_features)
                    if _side_by_side(request, dealt)
                    else answer
                    for request, answer in zip(asked, answers, strict=True)
                )
            )
    except StopIteration as stop:
        return stop.value


def _side_by_side(request: Request, dealt: Dealt) -> bool:
    statistic, raw = request.statistic, request.rows.prefix is None
    return raw and dealt.beside is not None and type(statistic) is Moments and statistic.with_target


def _of_features(request: Request) -> bool:
    """Whether a request is the same whatever the target."""
    statistic = request.statistic
    if isinstance(statistic, Moments):
        return not statistic.with_target
    return isinstance(statistic, ColumnMoments | Extremes)


def _of_other(request: Request, dealt: Dealt, n_features: int) -> Request:
    prefix = request.rows.prefix
    if prefix is None and _of_features(request):
        return request
    if _side_by_side(request, dealt):
        assert dealt.beside is not None
        width = n_features + len(dealt.beside.targets)
        own: Prefix = Prefix(dealt.beside, None, width - 1, 8 * width)
    else:
        own = _beneath(prefix, dealt.step, n_features)
    return replace(request, rows=replace(request.rows, prefix=own))


def _beneath(prefix: Prefix | None, step: OtherTarget, n_features: int) -> Prefix:
    """A prefix whose rows have the other target; steps that leave targets alone come before it."""
    if prefix is None:
        return Prefix(step, None, n_features, 8 * (n_features + 1))
    if _looks_at_targets(prefix):
        before = _beneath(prefix.before, step, n_features)
        return Prefix(prefix.step, before, prefix.n_outputs, prefix.row_bytes)
    return Prefix(step, prefix, prefix.n_outputs, 8)


def _looks_at_targets(prefix: Prefix | None) -> bool:
    if prefix is None:
        return False
    own = isinstance(prefix.step, TargetAsRows | TransformTarget)
    return own or _looks_at_targets(prefix.before)


def _own_moments(summary: MomentSummary, dealt: Dealt, n_features: int) -> MomentSummary:
    """The moments of features and one target, among those of more targets."""
    kept = np.array([*range(n_features), n_features + dealt.place])
    return MomentSummary(
        summary.count,
        summary.weight,
        summary.mean[kept],
        None if summary.scatter is None else summary.scatter[np.ix_(kept, kept)],
        None if summary.factor is None else summary.factor[:, kept],
    )
