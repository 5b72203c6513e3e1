"""From an estimator and its candidates to a plan, or to the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone, is_classifier

from skdask._sklearn import validate_params
from skdask.exceptions import UnsupportedError
from skdask.metrics.scoring import Metric, has_deviance
from skdask.model_selection.plan.tree import Node, build_tree


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
    """

    root: Node
    n_candidates: int
    metrics: dict[str, Metric]
    weighted_steps: frozenset[str]
    train_scores: bool
    weighted_scores: bool


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
    settings = [clone(estimator).set_params(**clone_values(params)) for params in candidates]
    for candidate in settings:
        validate_params(candidate)
    root = build_tree(settings)
    finals = [final for node in root.nodes() for final in node.finals]
    classifiers = {is_classifier(final.estimator) for final in finals}
    if len(classifiers) > 1:
        raise UnsupportedError("the candidates mix classifiers and regressors")
    (classifier,) = classifiers
    deviances = {has_deviance(final.estimator) for final in finals}
    if len(deviances) > 1:
        raise UnsupportedError(
            "the candidates mix regressors that are scored by R^2 and by their deviance"
        )
    (deviance,) = deviances
    metrics = {name: Metric(scorer, classifier, deviance) for name, scorer in scorers.items()}
    for metric in metrics.values():
        if metric.of_probabilities and not hasattr(finals[0].estimator, "predict_proba"):
            kind = type(finals[0].estimator).__name__
            raise UnsupportedError(f"{kind} has no predict_proba, which the scorer needs")
    return CompiledSearch(
        root, len(candidates), metrics, weighted_steps, train_scores, weighted_scores
    )


def clone_values(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters with estimators among them cloned, so that candidates share nothing."""
    return {name: clone(value, safe=False) for name, value in params.items()}
