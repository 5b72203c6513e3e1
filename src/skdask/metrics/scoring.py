"""Scoring a fitted estimator on data of any size: one pass, scikit-learn's number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn import metrics
from sklearn.base import is_classifier
from sklearn.linear_model import GammaRegressor, PoissonRegressor, TweedieRegressor
from sklearn.utils.validation import check_is_fitted

from skdask._sklearn import _PassthroughScorer, _Scorer
from skdask.exceptions import DataError, UnsupportedError
from skdask.metrics.deviance import RESPONSE_METRICS, d2_score, problem_of
from skdask.metrics.from_confusion import LABEL_METRICS, label_score, mean_log_loss
from skdask.metrics.from_moments import METRICS
from skdask.metrics.judged import Judged, Recipe
from skdask.metrics.own_score import own_score, scores_itself
from skdask.metrics.predictions import OfPredictions, PredictedResponse
from skdask.metrics.recipes import RECIPES
from skdask.passes import ALL_ROWS, Algorithm, Request, RowSet, run
from skdask.routes.fitting import open_for
from skdask.routes.lazy import bare_predictor
from skdask.routes.twins import settled, to_sklearn
from skdask.statistics import ResponseTotals, TweedieProblem
from skdask.statistics.class_scores import Scorecard

_SUPPORTED = (
    "On blocks use r2, neg_mean_squared_error, neg_root_mean_squared_error or explained_variance "
    "for regressors, and accuracy, balanced_accuracy, f1, precision, recall, jaccard (with their "
    "averages), matthews_corrcoef or neg_log_loss for classifiers."
)


class Metric:
    """A scorer taken apart: a scikit-learn metric function, its sign and its arguments.

    Parameters
    ----------
    scorer : callable
        As `sklearn.metrics.get_scorer` or `check_scoring` make them.
    classifier : bool
        What the scorer of an estimator's own `score` method stands for.
    deviance : bool
        Whether the estimator is scored by its deviance, since its mean is not linear.

    Raises
    ------
    UnsupportedError
        For a scorer that cannot be computed from statistics.
    """

    def __init__(self, scorer: Any, classifier: bool, deviance: bool = False) -> None:
        self.function: Callable[..., float]
        self.sign: float = 1.0
        self.kwargs: dict[str, Any] = {}
        if isinstance(scorer, _PassthroughScorer):
            regression = _explained_deviance if deviance else metrics.r2_score
            self.function = metrics.accuracy_score if classifier else regression
        elif isinstance(scorer, _Scorer):
            self.function = scorer._score_func
            self.sign = scorer._sign
            self.kwargs = dict(scorer._kwargs)
        else:
            raise UnsupportedError(f"the scorer {scorer!r} needs the rows. {_SUPPORTED}")
        known = (*LABEL_METRICS, metrics.log_loss) if classifier else tuple(METRICS)
        if deviance:
            known = (_explained_deviance, *RESPONSE_METRICS)
        if self.function not in known or (not classifier and self.kwargs):
            kind = "classifiers" if classifier else "regressors"
            name = getattr(self.function, "__name__", self.function)
            raise UnsupportedError(
                f"the metric {name} cannot be computed for {kind} from statistics yet. {_SUPPORTED}"
            )

    @property
    def of_probabilities(self) -> bool:
        return self.function is metrics.log_loss

    def of_response(self, problem: TweedieProblem, totals: ResponseTotals) -> float:
        """The metric, with its sign, of a model that is scored by its deviance."""
        if self.function is _explained_deviance:
            return d2_score(problem, totals)
        return self.sign * RESPONSE_METRICS[self.function](totals)


def _explained_deviance(y_true: Any, y_pred: Any) -> float:
    """Stands for D^2, which scikit-learn has as a method and not as a function."""
    raise NotImplementedError


def has_deviance(estimator: Any) -> bool:
    """Whether a model, or a pipeline's last step, is scored by its deviance."""
    return isinstance(final_step(estimator), GammaRegressor | PoissonRegressor | TweedieRegressor)


def by_predictions(estimator: Any) -> bool:
    """Whether a model is not linear, so that it is scored by what it predicts."""
    return bool(getattr(final_step(estimator), "scored_by_predictions", False))


def final_step(estimator: Any) -> Any:
    steps = getattr(estimator, "steps", None)
    return final_step(steps[-1][1]) if steps else estimator


def default_score(estimator: Any, X: Any, y: Any = None, sample_weight: Any = None) -> float:
    """What the estimator's `score` gives on these rows: R^2 or accuracy."""
    if scores_itself(final_step(estimator)):
        return own_score(estimator, X, y, sample_weight)
    scorers = {"score": metrics.check_scoring(estimator)}
    return score_with(scorers, estimator, X, y, sample_weight)["score"]


def score_with(
    scorers: Mapping[str, Any], estimator: Any, X: Any, y: Any = None, sample_weight: Any = None
) -> dict[str, float]:
    """All scores of a fitted estimator in one pass over the data.

    Parameters
    ----------
    scorers : mapping of str to scorer
    estimator : fitted estimator
    X, y, sample_weight
        As `skdask.blocks.open` takes them.

    Returns
    -------
    dict of str to float
    """
    check_is_fitted(estimator)
    if not hasattr(estimator, "predict"):
        raise UnsupportedError(
            f"{type(estimator).__name__}.score on Dask collections and files: only predictors "
            "can be scored on blocks. Score a sample of the rows that fits in memory."
        )
    recipes = {name: recipe_of(scorer, estimator) for name, scorer in scorers.items()}
    data = open_for(estimator, X, y, sample_weight)
    if not data.has_y:
        raise DataError("scoring needs y; for a table, y may be the name of its target column")
    plain = bare_predictor(estimator)
    named = hasattr(estimator, "feature_names_in_") and not hasattr(estimator, "steps")
    if data.table and named and not hasattr(estimator, "block_predictor"):
        # it is given frames, and would wonder at their names without its own
        plain = settled(to_sklearn(estimator), bare=False)
    scored = Scored(ALL_ROWS, data.has_weight, data.n_rows, data.n_targets)
    algorithms = [
        score_by_predictions(recipe, scorers[name], plain, scored)
        for name, recipe in recipes.items()
    ]
    what = f"{type(estimator).__name__}.score"
    done = run(algorithms, data, what=what, of=plain, once=True)
    return dict(zip(scorers, map(float, done.results), strict=True))


def score_of_card(metric: Metric, card: Scorecard, classes: Any, **more: Any) -> float:
    """A classifier's score, without its sign, from what its predictions were worth."""
    if metric.of_probabilities:
        return mean_log_loss(card)
    return label_score(metric.function, card, classes, **more, **metric.kwargs)


def recipe_of(scorer: Any, estimator: Any) -> Recipe | None:
    """How a scorer's metric is computed; None for the deviance that is a model's own score."""
    if isinstance(scorer, _PassthroughScorer):
        if is_classifier(estimator):
            return RECIPES[metrics.accuracy_score]
        return None if has_deviance(estimator) else RECIPES[metrics.r2_score]
    function = scorer._score_func if isinstance(scorer, _Scorer) else scorer
    if not isinstance(scorer, _Scorer) or function not in RECIPES:
        name = getattr(function, "__name__", function)
        raise UnsupportedError(
            f"{name!r} needs all rows at once: it is none of the metrics that are sums over rows, "
            "curves or comparisons of labels (skdask.metrics lists them). Score a sample of the "
            "rows that fits in memory."
        )
    return RECIPES[function]


_PREDICTED = metrics.make_scorer(metrics.r2_score)


@dataclass(frozen=True)
class Scored:
    """Rows on which a model is scored by what it predicts.

    Attributes
    ----------
    rows : RowSet
    weighted : bool
    n_rows : int or None
        At most, where it is known.
    n_targets : int
    model : str
        A digest of the model, where many sets of rows are scored with one.
    """

    rows: RowSet
    weighted: bool
    n_rows: int | None
    n_targets: int
    model: str = ""


def score_by_predictions(
    recipe: Recipe | None, scorer: Any, estimator: Any, scored: Scored
) -> Algorithm[float]:
    """The score of a fitted plain estimator, which predicts block by block.

    Parameters
    ----------
    recipe : Recipe or None
        As `recipe_of` gives it.
    scorer : scorer
    estimator : fitted scikit-learn estimator
    scored : Scored
    """
    if recipe is None:
        return (yield from _by_deviance(estimator, scored))
    own = isinstance(scorer, _PassthroughScorer)
    by = None if recipe.kind == "labels" and scored.n_targets == 1 else scorer
    if by is not None and own:
        by = _PREDICTED
    classes = getattr(estimator, "classes_", None)
    methods = "predict" if by is None or own else by._response_method
    n_classes = 0 if classes is None else len(classes)
    several = methods != "predict" and n_classes > 2
    judged = Judged(
        lambda statistic: Request(
            OfPredictions(estimator, statistic, by, scored.model), scored.rows
        ),
        scored.weighted,
        scored.n_rows,
        n_classes if several else scored.n_targets,
        scored.n_targets,
        np.dtype(np.float64),
        classes,
    )
    arguments = {} if own else scorer._kwargs
    value = yield from recipe.algorithm(judged, arguments)
    return float(value if own else scorer._sign * value)


def _by_deviance(estimator: Any, scored: Scored) -> Algorithm[float]:
    problem = problem_of(final_step(estimator)._base_loss, scored.weighted)
    (totals,) = yield (Request(PredictedResponse(estimator, problem), scored.rows),)
    return d2_score(problem, totals)
