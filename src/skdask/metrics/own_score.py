"""Scores that are an estimator's own, of rows without a target: likelihoods, minus inertias.

Such an estimator says what it asks of a view of the rows to score itself; so it is scored in one
pass over data, behind the steps of a pipeline, and in the folds of a search.
"""

from __future__ import annotations

from typing import Any, Protocol

from sklearn.utils.validation import check_is_fitted

from skdask.passes import Algorithm, run
from skdask.routes.fitting import after_step, is_table, open_for
from skdask.routes.view import View


class ScoresItself(Protocol):
    """An estimator that needs no target to be scored."""

    def score_view(self, view: View) -> Algorithm[float]:
        """What its `score` gives on these rows."""
        ...


def scores_itself(estimator: Any) -> bool:
    """Whether an estimator is scored without a target."""
    return hasattr(type(estimator), "score_view")


def own_score(estimator: Any, X: Any, y: Any = None, sample_weight: Any = None) -> float:
    """What the `score` of such an estimator, or of a pipeline that ends in one, gives on blocks."""
    check_is_fitted(estimator)
    if y is not None and not (is_table(X) and isinstance(y, str | list)):
        y = None  # ignored; but a column that it names is no feature
    data = open_for(estimator, X, y, sample_weight)
    algorithm = _after_steps(estimator, View.whole(data))
    what = f"{type(estimator).__name__}.score"
    return float(run([algorithm], data, what=what).results[0])


def _after_steps(estimator: Any, view: View) -> Algorithm[float]:
    final = estimator
    if hasattr(estimator, "steps"):
        *before, (_, final) = estimator.steps
        for _, step in before:
            if step is not None and step != "passthrough":
                view = yield from after_step(step, view)
    score: float = yield from final.score_view(view)
    return score
