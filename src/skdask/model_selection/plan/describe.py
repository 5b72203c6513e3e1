"""A plan for people: what is computed in which pass, how many passes, bytes and memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from dask.utils import format_bytes
from rich.tree import Tree
from sklearn.base import is_classifier

from skdask import config
from skdask.blocks import Blocks
from skdask.exceptions import UnsupportedError
from skdask.model_selection.plan.compile import CompiledSearch
from skdask.model_selection.plan.picture import Shown, draw
from skdask.model_selection.plan.predict import LIKELY_PASSES, Work
from skdask.model_selection.plan.tree import Node
from skdask.passes.durations import duration
from skdask.passes.memory import project
from skdask.passes.request import Request
from skdask.routes.splits import Split


@dataclass(frozen=True, repr=False)
class Plan(Shown):
    """What a search will do, before it does it.

    Attributes
    ----------
    what : str
    n_candidates, n_folds : int
    passes : int
        Reads of the data at least.
    more_passes : int or None
        Further ones at most, for candidates that iterate; None where there are none.
    reasons : tuple of str
        What each pass computes.
    n_bytes : int or None
        Decoded bytes of one pass.
    memory : int or None
        Bytes that the search is projected to take.
    budget : int
    data : str
    branches : Tree
        The steps, and how many candidates share each.
    fallback : str
        Why candidates are fitted one by one on rows in memory instead; empty where they are not.
    fits : str
        How they are then fitted; empty where scikit-learn does all of it.
    alone_in_a_fold : int
        Passes of all candidates in one fold of the plain loop, in which each reads the data for
        itself; about, where candidates iterate.
    seconds, seconds_alone : float or None
        What the search is predicted to take, and the plain loop, on this machine; None where rows
        are fitted in memory, or are not counted.
    """

    what: str
    n_candidates: int
    n_folds: int
    passes: int
    more_passes: int | None
    reasons: tuple[str, ...]
    n_bytes: int | None
    memory: int | None
    budget: int
    data: str
    branches: Tree
    fallback: str = ""
    fits: str = ""
    alone_in_a_fold: int = 0
    seconds: float | None = None
    seconds_alone: float | None = None

    @property
    def alone(self) -> int:
        """Passes of the plain loop."""
        return self.alone_in_a_fold * self.n_folds

    def tree(self) -> Tree:
        """The plan as a rich tree."""
        fits = self.n_candidates * self.n_folds
        root = Tree(
            f"{self.what}: {self.n_candidates} candidates x {self.n_folds} folds = {fits} fits"
        )
        if self.fallback:
            if not self.fits:
                root.add(f"run by scikit-learn, fit by fit: {self.fallback}")
                return root
            root.add(f"run fit by fit: {self.fallback}")
            root.add(self.fits)
            if self.passes:
                root.add(f"passes over the data: {self.passes}, which brings the rows to memory")
            return root
        size = "" if self.n_bytes is None else f", {format_bytes(self.n_bytes)} a pass"
        root.add(f"data: {self.data}{size}")
        most = "" if self.more_passes is None else f" to {self.passes + self.more_passes}"
        passes = root.add(f"passes over the data: {self.passes}{most}")
        for reason in self.reasons:
            passes.add(reason)
        if self.seconds is not None:
            root.add(f"time: about {duration(self.seconds)} on this machine")
        if self.alone:
            each, took = self.alone // self.n_candidates, ""
            if self.seconds_alone is not None:
                one = duration(self.seconds_alone / self.n_candidates)
                took = f": about {duration(self.seconds_alone)}, {one} a candidate"
            root.add(f"fit by fit it would be {self.alone:,} passes, {each:,} a candidate{took}")
        if self.memory is not None:
            root.add(
                f"memory: {format_bytes(self.memory)} projected, budget {format_bytes(self.budget)}"
            )
        root.children.append(self.branches)
        return root

    def plot(self, ax: Any = None) -> Any:
        """Draw the passes that the search takes, and would take fit by fit.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            New ones by default.

        Returns
        -------
        matplotlib Axes
        """
        if not self.alone:
            raise UnsupportedError(
                f"this search is {self.fits or 'run by scikit-learn, fit by fit'}: there are no "
                "shared passes to draw; print the plan"
            )
        return draw(self, ax)


# Of a candidate that iterates: those of its fit, and one for its scores
_PASSES_ALONE = LIKELY_PASSES + 1


def iterates(estimator: Any) -> bool:
    """Whether a final estimator takes passes until it has converged."""
    return hasattr(estimator, "start_near")


def describe(
    what: str,
    search: CompiledSearch,
    first: tuple[Request, ...],
    blocks: Blocks,
    split: Split,
    counting: list[str],
) -> Plan:
    """The plan of a compiled search over some data."""
    settings = config.get()
    first_names = Counter(type(request.statistic).__name__ for request in first)
    reasons = [*counting, f"{', '.join(first_names)} of the raw rows, fold by fold"]
    finals = [final for node in search.root.nodes() for final in node.finals]
    iterating = {id(final.estimator) for final in finals if iterates(final.estimator)}
    # a candidate by itself takes a pass, and those that iterate about as many as all of them do
    alone = sum(_PASSES_ALONE if id(final.estimator) in iterating else 1 for final in finals)
    more = None
    if iterating:
        most = max(getattr(final.estimator, "max_iter", 0) for final in finals)
        reasons.append(
            "gradients of all candidates and folds, with sampled Hessians, until all converge "
            f"(about 10 passes, at most {most})"
        )
        more = most
    if any(search.by_predictions(final.estimator) for final in finals):
        reasons.append("predictions of all candidates on the rows of their folds")
    elif any(is_classifier(final.estimator) for final in finals) or iterating:
        reasons.append("scores of all candidates and folds")
    work = _work(search, blocks, split.n_splits, settings.threads)
    memory = project(blocks, first, split.folds, settings.threads, settings.budget).bytes
    return Plan(
        what=what,
        n_candidates=search.n_candidates,
        n_folds=split.n_splits,
        passes=len(reasons),
        more_passes=more,
        reasons=tuple(f"pass {number}: {text}" for number, text in enumerate(reasons, 1)),
        n_bytes=blocks.n_bytes,
        memory=memory,
        budget=settings.budget,
        data=f"{blocks.name}, {blocks.n_blocks:,} block{'s' * (blocks.n_blocks > 1)}",
        alone_in_a_fold=alone,
        seconds=None if work is None else work.seconds(),
        seconds_alone=None if work is None else work.seconds_alone(),
        branches=_branch(search.root, Tree("steps, each fitted once a fold for all below it")),
    )


def _work(search: CompiledSearch, blocks: Blocks, n_folds: int, threads: int) -> Work | None:
    """What there is to do, for a prediction of its time."""
    if blocks.n_rows is None or blocks.n_bytes is None:
        return None
    nodes = list(search.root.nodes())
    finals = [final.estimator for node in nodes for final in node.finals]
    iterating = sum(map(iterates, finals))
    on_path = sum(hasattr(type(each), "algorithm_together") for each in finals) - iterating
    return Work(
        n_rows=blocks.n_rows,
        n_features=blocks.n_features,
        n_folds=n_folds,
        n_bytes=blocks.n_bytes,
        # a view needs none, and a task of Dask is taken for no quicker than a file
        decodes=not blocks.views,
        iterating=iterating,
        on_path=on_path,
        single=len(finals) - iterating - on_path,
        decompositions=len(nodes),
        looks=any(
            iterates(each) or is_classifier(each) or search.by_predictions(each) for each in finals
        ),
        threads=threads,
    )


# Equal branches beyond these are summed up, so that a plan of thousands stays readable
_SHOWN = 8


def _branch(node: Node, tree: Tree) -> Tree:
    if node.finals:
        names = Counter(type(final.estimator).__name__ for final in node.finals)
        for name, count in names.items():
            tree.add(f"{name}: {count} candidate{'s' if count > 1 else ''}, fitted together")
    for position, child in enumerate(node.children.values()):
        if position == _SHOWN:
            tree.add(f"... and {len(node.children) - _SHOWN} more like these")
            break
        _branch(child, tree.add(_label(child.transformer)))
    return tree


def _label(transformer: Any) -> str:
    return " ".join(repr(transformer).split())
