"""From an estimator and its candidates to a plan, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn.base import is_classifier

from skdask._sklearn import _PassthroughScorer
from skdask.exceptions import UnsupportedError
from skdask.metrics.judged import Recipe
from skdask.metrics.own_score import scores_itself
from skdask.metrics.scoring import Metric, by_predictions, has_deviance, recipe_of
from skdask.model_selection.plan.tree import Final, Node, build_tree


@dataclass(frozen=True)
class CompiledSearch:
    """Candidates as a tree, and how they are scored.

    Attributes
    ----------
    root : Node
    n_candidates : int
    metrics : dict of str to Metric
    weighted_steps : frozenset of str
        Steps that are fitted with the sample weights; "" for an estimator that is no pipeline.
    train_scores : bool
        Whether training rows are scored too.
    weighted_scores : bool
        Whether rows are scored by their sample weight.
    own_scores : tuple of str
        Names of scores that the estimators compute themselves, of rows without a target.
    recipes : dict of str to Recipe or None
        How scores follow from predictions, where some do not follow from statistics.
    scorers : dict of str to scorer
    """

    root: Node
    n_candidates: int
    metrics: dict[str, Metric]
    weighted_steps: frozenset[str]
    train_scores: bool
    weighted_scores: bool
    own_scores: tuple[str, ...] = ()
    recipes: dict[str, Recipe | None] = field(default_factory=dict)
    scorers: dict[str, Any] = field(default_factory=dict)

    @property
    def score_names(self) -> tuple[str, ...]:
        return (*self.scorers, *self.own_scores)

    def by_predictions(self, estimator: Any) -> bool:
        """Whether a final estimator is scored by what it predicts."""
        return not self.own_scores and (not self.metrics or by_predictions(estimator))


def compile_plan(
    estimator: Any,
    candidates: Sequence[Mapping[str, Any]],
    scorers: Mapping[str, Any],
    *,
    weighted_steps: frozenset[str] = frozenset(),
    train_scores: bool = False,
    weighted_scores: bool = False,
) -> CompiledSearch:
    """Compile a search.

    Parameters
    ----------
    estimator : estimator
        Ours, or one of the scikit-learn classes that ours stand for.
    candidates : sequence of parameter mappings
    scorers : mapping of str to scorer
    weighted_steps : frozenset of str
    train_scores, weighted_scores : bool

    Raises
    ------
    UnsupportedError
        Naming the step or the scorer that cannot run on blocks.
    """
    root = build_tree(estimator, candidates)
    # candidates share estimators
    finals = list(
        {id(each.estimator): each for node in root.nodes() for each in node.finals}.values()
    )
    if any(scores_itself(final.estimator) for final in finals):
        own = _own_scores(finals, scorers)
        return CompiledSearch(
            root, len(candidates), {}, weighted_steps, train_scores, weighted_scores, own
        )
    classifiers = {is_classifier(final.estimator) for final in finals}
    if len(classifiers) > 1:
        raise UnsupportedError("the candidates mix classifiers and regressors")
    deviances = {has_deviance(final.estimator) for final in finals}
    if len(deviances) > 1:
        raise UnsupportedError(
            "the candidates mix regressors that are scored by R^2 and by their deviance"
        )
    for final in finals:
        for scorer in scorers.values():
            _check_response(final.estimator, scorer)
    metrics: dict[str, Metric] = {}
    if not all(by_predictions(final.estimator) for final in finals):
        metrics = _metrics(finals[0].estimator, scorers)
    recipes: dict[str, Recipe | None] = {}
    if not metrics or any(by_predictions(final.estimator) for final in finals):
        recipes = {name: recipe_of(each, finals[0].estimator) for name, each in scorers.items()}
    return CompiledSearch(
        root,
        len(candidates),
        metrics,
        weighted_steps,
        train_scores,
        weighted_scores,
        recipes=recipes,
        scorers=dict(scorers),
    )


def _metrics(estimator: Any, scorers: Mapping[str, Any]) -> dict[str, Metric]:
    """Metrics that follow from statistics of the rows; none where one of them does not."""
    classifier, deviance = is_classifier(estimator), has_deviance(estimator)
    try:
        return {name: Metric(scorer, classifier, deviance) for name, scorer in scorers.items()}
    except UnsupportedError:
        return {}


def _check_response(estimator: Any, scorer: Any) -> None:
    """Raise where a model does not say what a scorer asks for."""
    asked = getattr(scorer, "_response_method", "predict")
    methods = (asked,) if isinstance(asked, str) else tuple(asked)
    if not any(hasattr(estimator, method) for method in methods):
        kind = type(estimator).__name__
        raise UnsupportedError(f"{kind} has no {' or '.join(methods)}, which the scorer needs")


def _own_scores(finals: Sequence[Final], scorers: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the scores, where all candidates are scored by themselves."""
    for final in finals:
        if not scores_itself(final.estimator):
            raise UnsupportedError(
                f"the candidates mix {type(finals[0].estimator).__name__} and "
                f"{type(final.estimator).__name__}, of which one is scored without a target"
            )
    for scorer in scorers.values():
        if not isinstance(scorer, _PassthroughScorer):
            kind = type(finals[0].estimator).__name__
            raise UnsupportedError(
                f"the scorer {scorer!r} needs a target or all rows at once: {kind} is scored by "
                "its own score on blocks, leave scoring out"
            )
    return tuple(scorers)
