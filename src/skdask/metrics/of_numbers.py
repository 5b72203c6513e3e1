"""Metrics of predicted numbers: means of losses over rows, and shares of variance explained.

A mean over rows adds up over blocks, whatever the loss, so scikit-learn's own function judges
each block. R^2 and its kin follow from the moments of [residuals, y]: moment-equivalent rows have
the score of all rows. The residuals are taken before the moments, so that a good model's small
errors lose no digits. Medians and quantiles of errors are read off the sorted distinct values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from skdask.metrics.judged import Judged, Recipe, Recipes
from skdask.metrics.quantiles import percentile, weighted_quantile
from skdask.passes import Algorithm
from skdask.rows import Rows
from skdask.statistics import Moments, MomentSummary, Statistic
from skdask.statistics.block_totals import BlockTotals, LargestError
from skdask.statistics.moments import MomentState
from skdask.statistics.score_tables import ScoreTables
from skdask.statistics.tiles import feature_array

Vector = NDArray[np.float64]
Function = Callable[..., Any]


def _columns(values: Any, n_rows: int) -> Vector:
    return np.asarray(values, dtype=np.float64).reshape(n_rows, -1)


@dataclass(frozen=True)
class ResidualMoments(Statistic[MomentState, MomentSummary]):
    """Moments of [y - X, y], with one prediction in X for each target."""

    reusable: ClassVar[bool] = False
    weighted: bool = False

    @property
    def _moments(self) -> Moments:
        return Moments(True, self.weighted)

    def zero(self) -> MomentState:
        return self._moments.zero()

    def update(self, state: MomentState, rows: Rows) -> MomentState:
        if rows.n_rows == 0:
            return state
        y = _columns(rows.y, rows.n_rows)
        residuals = y - _columns(feature_array(rows), rows.n_rows)
        return self._moments.update(state, Rows(rows.n_rows, residuals, y, rows.sample_weight))

    def merge(self, left: MomentState, right: MomentState) -> MomentState:
        return self._moments.merge(left, right)

    def value(self, state: MomentState) -> MomentSummary:
        return self._moments.value(state)

    def state_bytes(self, n_columns: int) -> int:
        return self._moments.state_bytes(2 * n_columns)

    def suspect(self, state: MomentState) -> bool:
        return self._moments.suspect(state)


def _explained(function: Function) -> Callable[..., Algorithm[Any]]:
    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        (moments,) = yield from judged.ask(ResidualMoments(judged.weighted))
        if moments.count < 2:
            return function([0.0] * moments.count, [0.0] * moments.count, **arguments)
        rows = moments.equivalent_rows()
        residuals, y = np.hsplit(rows, 2)
        return function(y, y - residuals, **arguments)

    return algorithm


def averaged(values: Vector, multioutput: Any) -> Any:
    """Several targets' values as `multioutput` asks for them."""
    if isinstance(multioutput, str):
        return values if multioutput == "raw_values" else float(np.average(values))
    return float(np.average(values, weights=multioutput))


def _mean_loss(function: Function, root: bool = False) -> Callable[..., Algorithm[Any]]:
    """A loss that is a mean over rows, or its square root; of each target."""

    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        rest = dict(arguments)
        multioutput = rest.pop("multioutput", "uniform_average")
        # scikit-learn's own words for arguments that it does not know
        function(np.ones((1, judged.n_targets)), np.ones((1, judged.n_targets)), **arguments)
        (totals,) = yield from judged.ask(
            BlockTotals(
                _MeanOfBlock(function), {**rest, "multioutput": "raw_values"}, judged.weighted
            )
        )
        values = np.atleast_1d(totals.mean)
        return averaged(np.sqrt(values) if root else values, multioutput)

    return algorithm


@dataclass(frozen=True)
class _MeanOfBlock:
    """A loss of one block, target and predictions both as columns."""

    function: Function

    def __call__(self, y: NDArray[Any], X: NDArray[Any], **arguments: Any) -> Any:
        n_rows = len(X)
        return self.function(y.reshape(n_rows, -1), X.reshape(n_rows, -1), **arguments)


def _deviance(function: Function) -> Callable[..., Algorithm[Any]]:
    def algorithm(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
        (totals,) = yield from judged.ask(
            BlockTotals(function, arguments, judged.weighted, flat=True)
        )
        return float(totals.mean)

    return algorithm


@dataclass(frozen=True)
class _NullDeviance:
    """The deviance of a constant prediction."""

    mean: float

    def __call__(self, y: NDArray[Any], X: NDArray[Any], **arguments: Any) -> Any:
        return metrics.mean_tweedie_deviance(y, np.full(len(y), self.mean), **arguments)


def _mean_target(y: NDArray[Any], X: NDArray[Any], sample_weight: Any = None) -> Any:
    return np.average(y, weights=sample_weight)


def _d2_tweedie(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
    totals, targets = yield from judged.ask(
        BlockTotals(metrics.mean_tweedie_deviance, arguments, judged.weighted, flat=True),
        BlockTotals(_mean_target, {}, judged.weighted),
    )
    (null,) = yield from judged.ask(
        BlockTotals(_NullDeviance(float(targets.mean)), arguments, judged.weighted)
    )
    return float(1.0 - totals.mean / null.mean)


def _max_error(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
    if judged.n_targets > 1:
        return metrics.max_error(np.ones((1, 2)), np.ones((1, 2)), **arguments)
    (largest,) = yield from judged.ask(LargestError())
    return largest


@dataclass(frozen=True)
class _SortedErrors(ScoreTables):
    """Distinct absolute errors, or distinct targets, of each target."""

    of_target: bool = False

    def update(self, state: Any, rows: Rows) -> Any:
        if rows.n_rows == 0:
            return state
        values = _columns(rows.y, rows.n_rows)
        if not self.of_target:
            values = np.abs(values - _columns(feature_array(rows), rows.n_rows))
        return super().update(state, Rows(rows.n_rows, values, None, rows.sample_weight))


def _median_error(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
    (tables,) = yield from judged.ask(_SortedErrors(judged.n_targets, judged.weighted, False))
    quantile = weighted_quantile if judged.weighted else percentile
    values = np.array([quantile(table.scores, table.weights, 0.5) for table in tables])
    return averaged(values, arguments.get("multioutput", "uniform_average"))


def _d2_pinball(judged: Judged, arguments: Mapping[str, Any]) -> Algorithm[Any]:
    alpha = float(arguments.get("alpha", 0.5))
    raw = {"alpha": alpha, "multioutput": "raw_values"}
    losses, tables = yield from judged.ask(
        BlockTotals(_MeanOfBlock(metrics.mean_pinball_loss), raw, judged.weighted),
        _SortedErrors(judged.n_targets, judged.weighted, False, of_target=True),
    )
    null = np.empty(judged.n_targets)
    for target, table in enumerate(tables):
        quantile = weighted_quantile(table.scores, table.weights, alpha)
        constant = np.full(len(table.scores), quantile)
        null[target] = metrics.mean_pinball_loss(
            table.scores, constant, sample_weight=table.weights, alpha=alpha
        )
    loss = np.atleast_1d(losses.mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(null != 0.0, 1.0 - loss / null, np.where(loss == 0.0, 1.0, 0.0))
    return averaged(shares, arguments.get("multioutput", "uniform_average"))


NUMBER_RECIPES: Recipes = {
    metrics.d2_absolute_error_score: Recipe("numbers", _d2_pinball),
    metrics.d2_pinball_score: Recipe("numbers", _d2_pinball),
    metrics.d2_tweedie_score: Recipe("numbers", _d2_tweedie),
    metrics.explained_variance_score: Recipe(
        "numbers", _explained(metrics.explained_variance_score)
    ),
    metrics.max_error: Recipe("numbers", _max_error),
    metrics.median_absolute_error: Recipe("numbers", _median_error),
    metrics.r2_score: Recipe("numbers", _explained(metrics.r2_score)),
    metrics.root_mean_squared_error: Recipe(
        "numbers", _mean_loss(metrics.mean_squared_error, root=True)
    ),
    metrics.root_mean_squared_log_error: Recipe(
        "numbers", _mean_loss(metrics.mean_squared_log_error, root=True)
    ),
    **{
        function: Recipe("numbers", _mean_loss(function))
        for function in (
            metrics.mean_absolute_error,
            metrics.mean_absolute_percentage_error,
            metrics.mean_pinball_loss,
            metrics.mean_squared_error,
            metrics.mean_squared_log_error,
        )
    },
    **{
        function: Recipe("numbers", _deviance(function))
        for function in (
            metrics.mean_gamma_deviance,
            metrics.mean_poisson_deviance,
            metrics.mean_tweedie_deviance,
        )
    },
}
