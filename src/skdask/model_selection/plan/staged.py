"""The plan of a search in stages: rungs, rounds over blocks, or batches of trials.

What a stage does follows from scores that are not known yet; how many candidates it has and what
it reads do not. Seconds are predicted from one small fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dask.utils import format_bytes
from rich.tree import Tree

from skdask.model_selection.plan.picture import Shown, draw_costs
from skdask.passes.durations import duration


@dataclass(frozen=True, repr=False)
class StagedPlan(Shown):
    """What a search in stages will do, before it does it.

    Attributes
    ----------
    what : str
    n_candidates : int
    stages : tuple of str
        What each does.
    unit : str
        What costs are counted in: "passes over the data", "visits of a block".
    cost : int
        Of the search, at most where candidates may stop by themselves.
    alone : int
        The same where every candidate is trained to the end by itself.
    rules : tuple of str
        What is shared or saved, and why.
    data : str
    n_bytes : int or None
        Decoded bytes of one pass.
    seconds : float or None
        Predicted from a small calibration; None where that failed.
    calibration : str
        How they were predicted, or why not.
    inner : Tree or None
        The plan of one stage.
    """

    what: str
    n_candidates: int
    stages: tuple[str, ...]
    unit: str
    cost: int
    alone: int
    rules: tuple[str, ...]
    data: str
    n_bytes: int | None = None
    seconds: float | None = None
    calibration: str = ""
    inner: Tree | None = None

    @property
    def alone_each(self) -> float:
        """What a candidate would have cost by itself."""
        return self.alone / max(1, self.n_candidates)

    def tree(self) -> Tree:
        """The plan as a rich tree."""
        root = Tree(f"{self.what}: {self.n_candidates:,} candidates in {len(self.stages)} stages")
        size = "" if self.n_bytes is None else f", {format_bytes(self.n_bytes)} a pass"
        root.add(f"data: {self.data}{size}")
        cost = root.add(f"{self.unit}: {self.cost:,}")
        for number, stage in enumerate(self.stages):
            if len(self.stages) > _SHOWN and _SHOWN // 2 <= number < len(self.stages) - 2:
                if number == _SHOWN // 2:
                    cost.add(f"... and {len(self.stages) - _SHOWN // 2 - 2} more like these")
                continue
            cost.add(stage)
        root.add(
            f"one by one, each to the end, it would be {self.alone:,}, "
            f"{self.alone_each:,.4g} a candidate"
        )
        for rule in self.rules:
            root.add(rule)
        if self.seconds is not None:
            root.add(f"time: about {duration(self.seconds)}, {self.calibration}")
        elif self.calibration:
            root.add(f"time: not predicted, {self.calibration}")
        if self.inner is not None:
            root.add("one stage").children.extend(self.inner.children)
        return root

    def plot(self, ax: Any = None) -> Any:
        """Draw what the search costs, and what it would cost one by one.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            New ones by default.

        Returns
        -------
        matplotlib Axes
        """
        title = f"{self.what}: {self.n_candidates:,} candidates"
        return draw_costs({"search": self.cost, "one by one": self.alone}, self.unit, title, ax)


# Stages beyond these are summed up
_SHOWN = 12
