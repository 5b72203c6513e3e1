"""The tree of a search: candidates that begin with equal steps share a branch.

A step is equal to another where class and parameters are. It is then fitted once a fold for all
candidates below it, which is the rule that a pipeline's prefix is computed once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skdask.exceptions import UnsupportedError
from skdask.metrics.own_score import scores_itself
from skdask.routes.fitting import is_stateless
from skdask.routes.steps import content_token
from skdask.routes.twins import adopt, has_twin


@dataclass
class Node:
    """A transformer and what follows it; the root has no transformer.

    Attributes
    ----------
    name : str
        Of the step.
    transformer : estimator or None
        Unfitted template.
    children : dict
        By key of the next transformer.
    finals : list of Final
        Final estimators that come right after.
    """

    name: str = ""
    transformer: Any = None
    children: dict[str, Node] = field(default_factory=dict)
    finals: list[Final] = field(default_factory=list)

    def nodes(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        for child in self.children.values():
            yield from child.nodes()


@dataclass(frozen=True)
class Final:
    """The final estimator of a candidate.

    Attributes
    ----------
    candidate : int
    name : str
        Of the step, empty for an estimator that is no pipeline.
    estimator : estimator
        Unfitted template.
    """

    candidate: int
    name: str
    estimator: Any


def build_tree(candidates: Sequence[Any]) -> Node:
    """Put candidate estimators into a tree.

    Raises
    ------
    UnsupportedError
        Where a step cannot run on blocks, naming it.
    """
    root = Node()
    for index, candidate in enumerate(candidates):
        *transformers, (name, final) = steps_of(candidate)
        node = root
        for step_name, transformer in transformers:
            key = _key(step_name, transformer)
            if key not in node.children:
                node.children[key] = Node(step_name, transformer)
            node = node.children[key]
        node.finals.append(Final(index, name, final))
    return root


def steps_of(estimator: Any) -> list[tuple[str, Any]]:
    """The active steps of a candidate as estimators of ours; one step if it is no pipeline."""
    if not isinstance(estimator, Pipeline):
        return [("", _ours("", estimator))]
    steps = [
        (name, _ours(name, step))
        for name, step in estimator.steps
        if step is not None and step != "passthrough"
    ]
    if not steps or not (hasattr(steps[-1][1], "predict") or scores_itself(steps[-1][1])):
        last = estimator.steps[-1][0]
        raise UnsupportedError(
            f"step {last!r} ends the pipeline and predicts nothing, so its candidates cannot be "
            "scored on blocks; end it with a regressor or a classifier"
        )
    for name, step in steps[:-1]:
        if not hasattr(step, "transform"):
            raise UnsupportedError(f"step {name!r}: {type(step).__name__} is no transformer")
    return steps


def _ours(name: str, estimator: Any) -> Any:
    if name and is_stateless(estimator):
        return adopt(clone(estimator))
    if not has_twin(estimator) or isinstance(estimator, Pipeline):
        where = f"step {name!r}: " if name else ""
        raise UnsupportedError(
            f"{where}{type(estimator).__name__} cannot be searched on blocks yet"
        )
    ours = adopt(clone(estimator))
    if hasattr(ours, "check_steps"):
        ours.check_steps(has_y=True)
    if not name and not hasattr(ours, "predict") and not scores_itself(ours):
        raise UnsupportedError(f"{type(estimator).__name__} predicts nothing that could be scored")
    if not getattr(ours, "searchable", True):
        raise UnsupportedError(
            f"{type(ours).__name__} is no linear model, and only those are scored for all "
            "candidates and folds at once"
        )
    return ours


def _key(name: str, transformer: Any) -> str:
    return content_token(name, type(transformer), transformer.get_params(deep=False))
