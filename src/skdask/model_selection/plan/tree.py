"""The tree of a search: candidates that begin with equal steps share a branch.

A step is equal to another where class and parameters are. It is then fitted once a fold for all
candidates below it, which is the rule that a pipeline's prefix is computed once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from skdask.exceptions import UnsupportedError
from skdask.metrics.own_score import scores_itself
from skdask.model_selection.plan.templates import Steps, Templates
from skdask.routes.steps import content_token


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


def build_tree(estimator: Any, candidates: Iterable[Mapping[str, Any]]) -> Node:
    """Put the candidates of an estimator into a tree.

    Raises
    ------
    UnsupportedError
        Where a step cannot run on blocks, naming it.
    """
    root, templates = Node(), Templates(estimator)
    # with the transformer, so that no other comes to have its identity
    keys: dict[int, tuple[str, Any]] = {}
    for index, params in enumerate(candidates):
        steps = templates.steps_of(params)
        _check_order(steps, estimator)
        *transformers, (name, final) = steps
        node = root
        for step_name, transformer in transformers:
            known = id(transformer)
            if known not in keys:
                keys[known] = _key(step_name, transformer), transformer
            key, _ = keys[known]
            if key not in node.children:
                node.children[key] = Node(step_name, transformer)
            node = node.children[key]
        node.finals.append(Final(index, name, final))
    return root


def _check_order(steps: Steps, estimator: Any) -> None:
    """Raise where a step before the last is no transformer, or the last predicts nothing."""
    if not steps or not (hasattr(steps[-1][1], "predict") or scores_itself(steps[-1][1])):
        last = estimator.steps[-1][0]
        raise UnsupportedError(
            f"step {last!r} ends the pipeline and predicts nothing, so its candidates cannot be "
            "scored on blocks; end it with a regressor or a classifier"
        )
    for name, step in steps[:-1]:
        if not hasattr(step, "transform"):
            raise UnsupportedError(f"step {name!r}: {type(step).__name__} is no transformer")


def _key(name: str, transformer: Any) -> str:
    return content_token(name, type(transformer), transformer.get_params(deep=False))
