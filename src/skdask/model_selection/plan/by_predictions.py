"""Scores from predictions: of models that are not linear, and by metrics that need every row.

Each model predicts the rows of its fold while a block is in memory, all models of a search in the
same pass. Models behind the same steps share what these make of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skdask import config
from skdask.metrics.judged import Recipe
from skdask.metrics.scoring import Scored, score_by_predictions
from skdask.passes import Algorithm, RowSet, together
from skdask.pipeline import Pipeline
from skdask.routes.lazy import bare_predictor
from skdask.routes.view import View

# The part of the memory budget that states as long as the rows may take
_SHARE = 4


@dataclass(frozen=True)
class Prediction:
    """A fitted model whose predictions of some rows are scored.

    Attributes
    ----------
    model : fitted scikit-learn estimator
        Of the rows after the steps that map them.
    scored : Scored
    """

    model: Any
    scored: Scored

    @classmethod
    def of(cls, estimator: Any, view: View, rows: RowSet, weighted: bool) -> Prediction:
        """What an estimator that was fitted on a view says of other rows, seen in the same way."""
        steps = [*view.pending, estimator]
        whole = Pipeline([(str(place), step) for place, step in enumerate(steps)])
        model = bare_predictor(whole if view.pending else estimator)
        facts = view.facts
        return cls(model, Scored(rows, weighted, facts.n_rows, max(facts.n_targets, 1)))


def prediction_scores(
    predictions: Sequence[Prediction],
    recipes: Mapping[str, Recipe | None],
    scorers: Mapping[str, Any],
) -> Algorithm[list[dict[str, float]]]:
    """All scores of all models.

    Parameters
    ----------
    predictions : sequence of Prediction
    recipes : mapping of str to Recipe or None
        How each score is computed; None for the deviance that is a model's own.
    scorers : mapping of str to scorer
    """

    def scores_of(each: Prediction) -> Algorithm[dict[str, float]]:
        values = yield from together(
            [
                score_by_predictions(recipe, scorers[name], each.model, each.scored)
                for name, recipe in recipes.items()
            ]
        )
        return dict(zip(recipes, values, strict=True))

    found: list[dict[str, float]] = []
    at_once = _at_once(predictions[0], [scores_of(predictions[0])])
    for start in range(0, len(predictions), at_once):
        few = predictions[start : start + at_once]
        found += yield from together([scores_of(each) for each in few])
    return found


def _at_once(first: Prediction, algorithms: Sequence[Algorithm[Any]]) -> int:
    """How many models may be scored in a pass: their states may be as long as the rows."""
    row_bytes = 0
    for algorithm in algorithms:
        row_bytes += sum(request.statistic.row_bytes for request in next(algorithm))
        algorithm.close()
    room = config.get().budget // _SHARE
    return max(1, int(room // max(1, row_bytes * (first.scored.n_rows or 1))))
