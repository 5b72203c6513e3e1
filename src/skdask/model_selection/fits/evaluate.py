"""All candidates in all folds, on rows in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sklearn import get_config

from skdask import config
from skdask.model_selection.fits.bench import Bench, Outcome
from skdask.model_selection.fits.groups import Group, Sharing, group_candidates
from skdask.model_selection.fits.kept import KeptFits
from skdask.model_selection.fits.schedule import run_fits


@dataclass(frozen=True)
class Fits:
    """How candidates are fitted on rows in memory.

    Attributes
    ----------
    groups : list of Group
    n_candidates, n_folds : int
    """

    groups: list[Group]
    n_candidates: int
    n_folds: int

    @classmethod
    def of(
        cls,
        estimator: Any,
        candidates: Sequence[Any],
        n_folds: int,
        scorer: Any,
        fit_params: dict[str, Any],
        share: bool = True,
    ) -> Fits:
        """The fits of candidate estimators, sharing what such a scorer and parameters allow."""
        routed = bool(get_config()["enable_metadata_routing"])
        sharing = Sharing.of(estimator, scorer, fit_params, routed) if share else _NOTHING
        return cls(group_candidates(candidates, sharing), len(candidates), n_folds)

    @property
    def count(self) -> int:
        """Final fits, where each group's members are served by one."""
        return self.n_folds * sum(
            len(group.members) if group.rule is None else 1 for group in self.groups
        )

    @property
    def transformers(self) -> int:
        """Fits of transformers."""
        return self.n_folds * len({step for group in self.groups for step in group.prefix})

    @property
    def unshared_transformers(self) -> int:
        """The same in the plain loop."""
        return self.n_folds * sum(len(group.prefix) * len(group.members) for group in self.groups)

    @property
    def are_shared(self) -> bool:
        """Whether anything is saved against the plain loop."""
        plain = self.n_folds * self.n_candidates
        return self.count < plain or self.transformers < self.unshared_transformers

    def sentence(self, threads: int) -> str:
        """For a plan and a report."""
        plain = self.n_folds * self.n_candidates
        parts = [f"{self.count:,} fits for {plain:,} of candidates in folds"]
        if self.unshared_transformers:
            parts.append(
                f"{self.transformers:,} fits of transformers for {self.unshared_transformers:,}"
            )
        return f"rows in memory: {', '.join(parts)}, {threads} at once"


_NOTHING = Sharing(prefixes=False, rules=False)


def evaluate_fits(
    fits: Fits, bench: Bench, threads: int, kept: KeptFits | None = None
) -> list[Outcome]:
    """Outcomes candidate by candidate, fold by fold, as scikit-learn's own loop orders them."""
    bench = replace(bench, kept_bytes=config.get().budget // 4)
    results = run_fits(bench, fits.groups, threads, kept)
    found: dict[tuple[int, int], Outcome] = {}
    for (number, fold), outcomes in results.items():
        for member, outcome in zip(fits.groups[number].members, outcomes, strict=True):
            found[member.candidate, fold] = outcome
    return [
        found[candidate, fold]
        for candidate in range(fits.n_candidates)
        for fold in range(fits.n_folds)
    ]
