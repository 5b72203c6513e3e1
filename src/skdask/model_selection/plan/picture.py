"""A plan as text, as HTML for notebooks, and as a plot of the passes that sharing saves."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.tree import Tree

if TYPE_CHECKING:
    from skdask.model_selection.plan.describe import Plan

_SHARED, _ALONE = "#0072b2", "#999999"


class Shown:
    """A plan that is shown as its tree, wherever it is shown."""

    def tree(self) -> Tree:
        """The plan as a rich tree."""
        raise NotImplementedError

    def _repr_html_(self) -> str:
        return page(self.tree())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.tree()

    def __repr__(self) -> str:
        console = Console(width=100, color_system=None, force_terminal=False)
        with console.capture() as capture:
            console.print(self.tree())
        return capture.get().rstrip()


def page(tree: Tree) -> str:
    """The tree as nested lists; what has many branches can be folded away."""
    return f'<div class="skdask-plan" style="font-family: sans-serif">{_node(tree)}</div>'


def _node(tree: Tree) -> str:
    label = escape(str(tree.label))
    if not tree.children:
        return f"<div>{label}</div>"
    items = "".join(f"<li>{_node(child)}</li>" for child in tree.children)
    return f"<details open><summary>{label}</summary><ul>{items}</ul></details>"


def draw(plan: Plan, ax: Any = None) -> Any:
    """Bars of the passes that the search takes, and would take fit by fit.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.
    """
    fits = plan.n_candidates * plan.n_folds
    costs = {"shared": plan.passes, "fit by fit": plan.alone}
    return draw_costs(costs, "passes over the data", f"{plan.what}: {fits:,} fits", ax)


def draw_costs(costs: Mapping[str, int], unit: str, title: str, ax: Any = None) -> Any:
    """Bars of costs by name, the first of them the one that is taken.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError(
            "Plan.plot() needs matplotlib: pip install 'scikit-dask[plot]'; or print the plan, "
            "which needs nothing"
        ) from error
    if ax is None:
        _, ax = pyplot.subplots(figsize=(7.0, 1.8), layout="constrained")
    values = list(costs.values())
    ax.barh(list(costs), values, color=[_SHARED, _ALONE])
    for position, count in enumerate(values):
        ax.annotate(f" {count:,}", (count, position), va="center")
    ax.set_xscale("log")
    ax.set_xlim(0.5, 3 * max(values))
    ax.invert_yaxis()
    ax.set_xlabel(unit)
    ax.set_title(title, loc="left", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
    return ax
