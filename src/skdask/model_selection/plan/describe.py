"""A plan for people: what is computed in which pass, how many passes, bytes and memory."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from dask.utils import format_bytes
from rich.console import Console, ConsoleOptions, RenderResult
from rich.tree import Tree
from sklearn.base import is_classifier

from skdask import config
from skdask.blocks import Blocks
from skdask.exceptions import UnsupportedError
from skdask.model_selection.plan.compile import CompiledSearch
from skdask.model_selection.plan.picture import draw, page
from skdask.model_selection.plan.tree import Node
from skdask.passes.memory import project
from skdask.passes.request import Request
from skdask.routes.splits import Split


@dataclass(frozen=True)
class Plan:
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
        if self.alone:
            each = self.alone // self.n_candidates
            root.add(f"fit by fit it would be {self.alone:,} passes, {each:,} a candidate")
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

    def _repr_html_(self) -> str:
        return page(self.tree())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.tree()

    def __repr__(self) -> str:
        console = Console(width=100, color_system=None, force_terminal=False)
        with console.capture() as capture:
            console.print(self.tree())
        return capture.get().rstrip()


# Of a candidate that iterates: about 10, and one for its scores
_PASSES_ALONE = 11


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
        branches=_branch(search.root, Tree("steps, each fitted once a fold for all below it")),
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
