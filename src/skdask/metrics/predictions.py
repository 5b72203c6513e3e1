"""Statistics of a fitted estimator's predictions: what scoring on data of any size needs.

The estimator predicts block by block; its predictions are then ordinary rows for an ordinary
statistic.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from skdask.rows import Rows
from skdask.statistics import (
    Moments,
    MomentSummary,
    ResponseScores,
    ResponseTotals,
    Statistic,
    TweedieProblem,
)
from skdask.statistics.labels import label_array
from skdask.statistics.moments import MomentState
from skdask.statistics.tiles import feature_array, weights_of


@dataclass(frozen=True, eq=False)
class PredictedMoments(Statistic[MomentState, MomentSummary]):
    """Moments of [prediction, y]: every metric of squared errors follows from them.

    Parameters
    ----------
    estimator : fitted scikit-learn regressor
    weighted : bool
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    estimator: Any
    weighted: bool = False

    @property
    def _moments(self) -> Moments:
        return Moments(True, self.weighted)

    def zero(self) -> MomentState:
        return self._moments.zero()

    def update(self, state: MomentState, rows: Rows) -> MomentState:
        if rows.n_rows == 0:
            return state
        predicted = np.asarray(self.estimator.predict(feature_array(rows)), dtype=np.float64)
        columns = predicted.reshape(rows.n_rows, -1)
        return self._moments.update(state, Rows(rows.n_rows, columns, rows.y, rows.sample_weight))

    def merge(self, left: MomentState, right: MomentState) -> MomentState:
        return self._moments.merge(left, right)

    def value(self, state: MomentState) -> MomentSummary:
        return self._moments.value(state)

    def state_bytes(self, n_columns: int) -> int:
        return self._moments.state_bytes(2 * n_columns)

    def suspect(self, state: MomentState) -> bool:
        return self._moments.suspect(state)


@dataclass(frozen=True, eq=False)
class PredictedResponse(Statistic[ResponseTotals, ResponseTotals]):
    """Loss and squared errors of a generalised linear model's predicted means.

    Parameters
    ----------
    estimator : fitted scikit-learn regressor
    problem : TweedieProblem
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    estimator: Any
    problem: TweedieProblem

    @property
    def _scores(self) -> ResponseScores:
        # predicted means are the predictions of a model with an identity link
        by_mean = replace(self.problem, log_link=False)
        return ResponseScores(by_mean, np.array([[1.0], [0.0]]))

    def zero(self) -> ResponseTotals:
        return self._scores.zero()

    def update(self, state: ResponseTotals, rows: Rows) -> ResponseTotals:
        if rows.n_rows == 0:
            return state
        mean = np.asarray(self.estimator.predict(feature_array(rows)), dtype=np.float64)
        column = Rows(rows.n_rows, mean.reshape(-1, 1), rows.y, rows.sample_weight)
        return self._scores.update(state, column)

    def merge(self, left: ResponseTotals, right: ResponseTotals) -> ResponseTotals:
        return self._scores.merge(left, right)

    def value(self, state: ResponseTotals) -> ResponseTotals:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return self._scores.state_bytes(2)

    def suspect(self, state: ResponseTotals) -> bool:
        return self._scores.suspect(state)


@dataclass(frozen=True, eq=False)
class PredictedPairs(Statistic["Counter[tuple[Any, Any]]", "Counter[tuple[Any, Any]]"]):
    """Total weight of each pair of true and predicted label.

    Parameters
    ----------
    estimator : fitted scikit-learn classifier
    weighted : bool
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    estimator: Any
    weighted: bool = False

    def zero(self) -> Counter[tuple[Any, Any]]:
        return Counter()

    def update(self, state: Counter[tuple[Any, Any]], rows: Rows) -> Counter[tuple[Any, Any]]:
        if rows.n_rows == 0:
            return state
        weight = weights_of(rows, self.weighted)
        true, true_codes = np.unique(label_array(rows), return_inverse=True)
        guesses, guess_codes = np.unique(
            self.estimator.predict(feature_array(rows)), return_inverse=True
        )
        cells = np.bincount(
            true_codes * len(guesses) + guess_codes, weight, len(true) * len(guesses)
        )
        true_labels, guessed_labels = true.tolist(), guesses.tolist()
        found: Counter[tuple[Any, Any]] = Counter()
        for cell in np.flatnonzero(cells).tolist():
            row, column = divmod(cell, len(guesses))
            found[true_labels[row], guessed_labels[column]] = cells[cell]
        return self.merge(state, found)

    def merge(
        self, left: Counter[tuple[Any, Any]], right: Counter[tuple[Any, Any]]
    ) -> Counter[tuple[Any, Any]]:
        merged = Counter(left)
        merged.update(right)
        return merged

    def value(self, state: Counter[tuple[Any, Any]]) -> Counter[tuple[Any, Any]]:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 2**16


@dataclass(frozen=True, eq=False)
class PredictedLogLoss(Statistic[tuple[float, float], float]):
    """Mean log loss of the predicted probabilities.

    Parameters
    ----------
    estimator : fitted scikit-learn classifier
    weighted : bool
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    estimator: Any
    weighted: bool = False

    def zero(self) -> tuple[float, float]:
        return 0.0, 0.0

    def update(self, state: tuple[float, float], rows: Rows) -> tuple[float, float]:
        if rows.n_rows == 0:
            return state
        weight = weights_of(rows, self.weighted)
        weight = np.ones(rows.n_rows) if weight is None else weight
        classes, y = self.estimator.classes_, label_array(rows)
        codes = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
        if (classes[codes] != y).any():
            (unseen, *_) = y[classes[codes] != y].tolist()
            raise ValueError(f"y contains {unseen!r}, a label that the model was not fitted with.")
        probability = self.estimator.predict_proba(feature_array(rows))
        own = probability[np.arange(len(codes)), codes]
        eps = np.finfo(probability.dtype).eps
        loss = -np.log(np.clip(own, eps, 1.0 - eps))
        return state[0] + float(weight @ loss), state[1] + float(weight.sum())

    def merge(self, left: tuple[float, float], right: tuple[float, float]) -> tuple[float, float]:
        return left[0] + right[0], left[1] + right[1]

    def value(self, state: tuple[float, float]) -> float:
        return state[0] / state[1]

    def state_bytes(self, n_columns: int) -> int:
        return 16
