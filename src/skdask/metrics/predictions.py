"""Statistics of a fitted estimator's predictions: what scoring on data of any size needs.

The estimator predicts block by block; its predictions are then ordinary rows for an ordinary
statistic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

from skdask.routes.steps import content_token
from skdask.rows import Rows
from skdask.statistics import ResponseScores, ResponseTotals, Statistic, TweedieProblem
from skdask.statistics.labels import label_array
from skdask.statistics.tiles import feature_array


def _kept(y_true: Any, y_pred: Any, **_: Any) -> Any:
    """Stands for a metric where a scorer's predictions are wanted."""
    return y_pred


@dataclass(frozen=True)
class OfPredictions(Statistic[Any, Any]):
    """A statistic of rows whose X is what a fitted estimator says of theirs.

    Parameters
    ----------
    estimator : fitted scikit-learn estimator
    inner : Statistic
    scorer : scorer or None
        Whose choice of `predict_proba`, `decision_function` or `predict` is taken, as numbers.
        Without one the target's two columns are the true and the predicted label.
    model : str
        A digest of the estimator, where it is known.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    estimator: Any = field(compare=False, repr=False)
    inner: Statistic[Any, Any]
    scorer: Any = field(default=None, compare=False)
    model: str = field(default="", compare=False, repr=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # equal to what comes back from another process
        model = self.model or self.estimator
        object.__setattr__(self, "token", content_token(model, self.scorer))

    @property
    def row_bytes(self) -> int:  # type: ignore[override]
        return self.inner.row_bytes

    def zero(self) -> Any:
        return self.inner.zero()

    def update(self, state: Any, rows: Rows) -> Any:
        (after,) = self.update_many([self], [state], rows)
        return after

    @classmethod
    def update_many(
        cls, statistics: Sequence[OfPredictions], states: Sequence[Any], rows: Rows
    ) -> list[Any]:
        """Each model predicts once for all that is asked of its predictions."""
        if rows.n_rows == 0:
            return list(states)
        found, judged, of = list(states), None, None
        # those of one model come after each other, so one set of predictions is held at a time
        order = sorted(range(len(statistics)), key=lambda each: statistics[each]._asked)
        for position in order:
            statistic = statistics[position]
            if judged is None or statistic._asked != of:
                judged, of = statistic._judged(rows), statistic._asked
            found[position] = statistic.inner.update(found[position], judged)
        return found

    @property
    def _asked(self) -> tuple[Any, ...]:
        """What is predicted, and by which model: the same where predictions are."""
        if self.scorer is None:
            return (id(self.estimator), "labels")
        return id(self.estimator), str(self.scorer._response_method), repr(self._pos_label)

    @property
    def _pos_label(self) -> Any:
        return self.scorer._get_pos_label()

    def _judged(self, rows: Rows) -> Rows:
        X = feature_array(rows)
        if self.scorer is None:
            pairs = _beside(label_array(rows), self.estimator.predict(X))
            return replace(rows, X=None, y=pairs)
        says = metrics.make_scorer(
            _kept,
            response_method=self.scorer._response_method,
            pos_label=self._pos_label,
        )
        predicted = np.asarray(says(self.estimator, X, rows.y))
        return replace(rows, X=predicted.reshape(rows.n_rows, -1))

    def merge(self, left: Any, right: Any) -> Any:
        return self.inner.merge(left, right)

    def value(self, state: Any) -> Any:
        return self.inner.value(state)

    def state_bytes(self, n_columns: int) -> int:
        return self.inner.state_bytes(n_columns)

    def suspect(self, state: Any) -> bool:
        return self.inner.suspect(state)


def _beside(true: NDArray[Any], predicted: NDArray[Any]) -> NDArray[Any]:
    if true.dtype.kind != predicted.dtype.kind:
        true, predicted = true.astype(object), predicted.astype(object)
    return np.column_stack([true, predicted])


@dataclass(frozen=True)
class PredictedResponse(Statistic[ResponseTotals, ResponseTotals]):
    """Loss and squared errors of a generalised linear model's predicted means.

    Parameters
    ----------
    estimator : fitted scikit-learn regressor
    problem : TweedieProblem
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    estimator: Any = field(compare=False, repr=False)
    problem: TweedieProblem
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", content_token(self.estimator))

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
