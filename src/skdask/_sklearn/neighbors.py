"""Estimators of neighbours whose rows are found elsewhere."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray


def with_search(plain: Any, search: Any) -> Any:
    """A fitted estimator of neighbours whose rows are found elsewhere.

    ``search`` has `nearest(X, n_neighbors)` and `within(X, radius)`, which give distances, numbers
    of rows and, for an estimator with a target, the target of each neighbour: as the rows of one
    table, in which the numbers are then places.
    """
    twin = copy(plain)
    # none of its own, so that every method comes through the two below
    twin._fit_method = "elsewhere"
    methods = vars(twin)

    def kneighbors(X: Any = None, n_neighbors: Any = None, return_distance: bool = True) -> Any:
        count = twin.n_neighbors if n_neighbors is None else n_neighbors
        distances, indices, targets = search.nearest(X, count)
        if targets is not None:
            twin._y = _coded_targets(twin, targets)
        return (distances, indices) if return_distance else indices

    def radius_neighbors(
        X: Any = None, radius: Any = None, return_distance: bool = True, sort_results: bool = False
    ) -> Any:
        if sort_results and not return_distance:
            raise ValueError("return_distance must be True if sort_results is True.")
        reach = twin.radius if radius is None else radius
        distances, indices, targets = search.within(X, reach, sort_results)
        if targets is not None:
            twin._y = _coded_targets(twin, targets)
        return (distances, indices) if return_distance else indices

    methods["kneighbors"] = kneighbors
    methods["radius_neighbors"] = radius_neighbors
    return twin


def _coded_targets(plain: Any, targets: NDArray[Any]) -> NDArray[Any]:
    """The targets as scikit-learn keeps them: numbers of classes for a classifier."""
    if hasattr(plain, "classes_"):
        classes = plain.classes_ if plain.outputs_2d_ else [plain.classes_]
        columns = [np.searchsorted(own, targets[:, k]) for k, own in enumerate(classes)]
        targets = np.column_stack(columns).astype(np.intp, copy=False)
        return targets if plain.outputs_2d_ else targets.ravel()
    return targets if plain._y.ndim == 2 else targets.ravel()


def keep_no_rows(plain: Any) -> None:
    """Take from a fitted estimator of neighbours the rows that it was fitted on."""
    vars(plain).pop("_fit_X", None)
    vars(plain).pop("_tree", None)


def set_row_count(plain: Any, count: int) -> None:
    """Tell a fitted estimator of neighbours how many rows there are."""
    plain.n_samples_fit_ = count
    if hasattr(plain, "_n_features_out"):
        plain._n_features_out = count


def known_neighbours(model: Any, n_neighbors: int, distances: Any, neighbours: Any) -> Any:
    """A model of neighbours that was told those of the rows it is to answer for."""
    told = copy(model)
    told.n_neighbors = n_neighbors
    # compiled predictions of the brute method would search for themselves
    told._fit_method = "told"

    def kneighbors(X: Any = None, n_neighbors: Any = None, return_distance: bool = True) -> Any:
        return (distances, neighbours) if return_distance else neighbours

    told.kneighbors = kneighbors
    return told
