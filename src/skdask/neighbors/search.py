"""Searching rows that stay on blocks: a pass over them for a set of queries.

What is found goes through scikit-learn's own methods, which are given the neighbours in the place
of a search of their own (`_sklearn.with_search`). So weights, votes, graphs and outliers are its.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from skdask import config
from skdask.blocks import Blocks
from skdask.exceptions import UnsupportedError
from skdask.neighbors.nearest import Nearest, NearestRows, RowsWithin, Within, bytes_of_neighbor
from skdask.passes import ask, run
from skdask.passes.executor import InlineExecutor

# Share of the memory budget that the states of a pass may take
_STATES_SHARE = 4
# Neighbours within a radius that are planned for, before anything is known
EXPECTED_WITHIN = 64
# Fewer queries than this are not worth a pass of their own
_FEWEST_QUERIES = 256

Found = tuple[Any, Any, Any]  # distances, indices or places, targets


@dataclass(frozen=True)
class BlockSearch:
    """Finds neighbours among the rows of blocks.

    Parameters
    ----------
    plain : fitted scikit-learn estimator
        Whose metric and names of columns count.
    blocks : Blocks
        Their row counts are known.
    with_target : bool
        Whether the neighbours' targets are wanted in the place of their numbers.
    what : str
        For progress and reports.
    alone : bool
        Whether the pass is one task among others, which then takes one thread.
    """

    plain: Any
    blocks: Blocks
    with_target: bool
    what: str
    alone: bool = False

    def nearest(self, X: Any, n_neighbors: Any) -> Found:
        """The nearest rows of each query, nearest first."""
        X = checked_queries(self.plain, X)
        n_rows = self.blocks.n_rows or 0
        if n_neighbors > n_rows:
            raise ValueError(
                f"Expected n_neighbors <= n_samples_fit, but n_neighbors = {n_neighbors}, "
                f"n_samples_fit = {n_rows}, n_samples = {X.shape[0]}"
            )
        parts: list[Nearest] = []
        for start in range(0, X.shape[0], height := self.queries_a_pass(n_neighbors)):
            queries = X[start : start + height]
            statistic = NearestRows(
                queries, n_neighbors, self._metric(), self.with_target, self._n_targets
            )
            parts.append(self._pass(statistic))
        distances = np.concatenate([part.distances for part in parts])
        indices = np.concatenate([part.indices for part in parts]).astype(np.intp, copy=False)
        if not self.with_target:
            return distances, indices, None
        targets = np.concatenate([part.targets for part in parts if part.targets is not None])
        places = np.arange(indices.size).reshape(indices.shape)
        return distances, places, targets.reshape(indices.size, -1)

    def within(self, X: Any, radius: Any, sort_results: bool) -> Found:
        """All rows within a radius of each query."""
        X = checked_queries(self.plain, X)
        if np.ndim(radius):
            raise UnsupportedError("on blocks one radius holds for all queries")
        limit = state_budget(self.blocks, alone=self.alone)
        parts: list[Within] = []
        for start in range(0, X.shape[0], height := self.queries_a_pass(EXPECTED_WITHIN)):
            queries = X[start : start + height]
            statistic = RowsWithin(
                queries, float(radius), self._metric(), limit, self.with_target, self._n_targets
            )
            parts.append(self._pass(statistic))
        counts = np.concatenate([part.counts for part in parts])
        distances = np.concatenate([part.distances for part in parts])
        indices = np.concatenate([part.indices for part in parts]).astype(np.intp, copy=False)
        targets = None
        if self.with_target:
            targets = np.concatenate([part.targets for part in parts if part.targets is not None])
            indices = np.arange(len(indices))
            if len(targets) == 0:
                # scikit-learn looks at the type of the first
                targets = np.zeros((1, self._n_targets), targets.dtype)
        if sort_results:
            owner = np.repeat(np.arange(len(counts)), counts)
            order = np.lexsort([distances, owner])
            distances, indices = distances[order], indices[order]
        return _by_query(distances, counts), _by_query(indices, counts), targets

    def _pass(self, statistic: Any) -> Any:
        done = run(
            [ask(statistic, asked_by=self.what)],
            self.blocks,
            what=self.what,
            executor=InlineExecutor() if self.alone else None,
            once=True,
        )
        return done.results[0]

    def _metric(self) -> tuple[tuple[str, Any], ...]:
        params = dict(self.plain.effective_metric_params_)
        power = params.pop("p", 2)
        given = {name: value for name, value in params.items() if value is not None}
        return (
            ("metric", self.plain.effective_metric_),
            ("p", power),
            ("metric_params", given or None),
        )

    @property
    def _n_targets(self) -> int:
        return self.blocks.n_targets if self.with_target else 0

    def queries_a_pass(self, n_neighbors: int) -> int:
        """How many queries one pass answers within the memory budget."""
        each = n_neighbors * bytes_of_neighbor(self._n_targets)
        return queries_a_pass(self.blocks, each, alone=self.alone)


def state_budget(blocks: Blocks, *, alone: bool) -> int:
    """Bytes of one state, of which some wait for each other in the merge tree.

    Passes that are tasks among others run side by side, a thread each.
    """
    settings = config.get()
    threads = settings.threads
    levels = blocks.n_blocks.bit_length() + 2
    own_levels = max(len(unit) for unit in blocks.units).bit_length() + 1
    # side by side there is a tree a thread, else one of which each thread has branches
    states = threads * (levels + own_levels) if alone else levels + threads * own_levels
    return settings.budget // _STATES_SHARE // states


def queries_a_pass(blocks: Blocks, state_bytes: int, *, alone: bool) -> int:
    """How many queries, with a state of so many bytes each, one pass answers within the budget."""
    by_state = state_budget(blocks, alone=alone) // state_bytes
    # the queries themselves are there too
    settings = config.get()
    held = settings.budget // _STATES_SHARE // (settings.threads if alone else 1)
    return max(_FEWEST_QUERIES, min(by_state, held // max(1, blocks.row_bytes)))


class MadeUp:
    """Stands for a search where only the type of an answer is asked for: every row is as near."""

    def __init__(self, plain: Any, target: Any) -> None:
        self._plain = plain
        self._target = target

    def nearest(self, X: Any, n_neighbors: int) -> Found:
        """The first rows, at distance one."""
        shape = (checked_queries(self._plain, X).shape[0], n_neighbors)
        places = np.zeros(shape, np.intp) + np.arange(n_neighbors)
        return np.ones(shape), places, self._targets(n_neighbors)

    def within(self, X: Any, radius: Any, sort_results: bool) -> Found:
        """The first row, at distance one."""
        distances, places, targets = self.nearest(X, 1)
        counts = np.ones(len(distances), np.intp)
        return _by_query(distances.ravel(), counts), _by_query(places.ravel(), counts), targets

    def _targets(self, count: int) -> Any:
        return None if self._target is None else np.repeat(self._target, count, axis=0)


def checked_queries(plain: Any, X: Any) -> Any:
    """Queries in memory, checked as scikit-learn does."""
    if X is None:
        raise UnsupportedError(
            f"{type(plain).__name__} was fitted on rows that do not fit into the memory limit, so "
            "the neighbours of all of them are not found at once: give the rows whose neighbours "
            "are wanted, for example the data themselves as a Dask collection, or raise "
            "skdask.config.set(memory_limit=...)."
        )
    gaps: Any = "allow-nan" if plain.metric == "nan_euclidean" else True
    X = validate_data(plain, X, ensure_all_finite=gaps, accept_sparse="csr", reset=False, order="C")
    return X if X.dtype.kind == "f" else X.astype(np.float64)


def _by_query(values: NDArray[Any], counts: NDArray[Any]) -> NDArray[Any]:
    """An array of arrays, one for each query."""
    found = np.empty(len(counts), dtype=object)
    for query, part in enumerate(np.split(values, np.cumsum(counts)[:-1])):
        found[query] = part
    return found
