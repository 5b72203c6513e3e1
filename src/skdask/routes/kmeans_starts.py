"""The first pass of k-means, and the centres that it starts from.

Data that fit a small memory are gathered in the first pass, and then the start is scikit-learn's
own for the same ``random_state``. Larger data start from scalable k-means++, or from as many rows
as there are clusters where ``init="random"``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import kmeans_plusplus
from sklearn.utils import check_array, check_random_state

from skdask.exceptions import DataError
from skdask.passes import Algorithm, Request, ask, together
from skdask.routes.view import View
from skdask.rows import Rows, is_sparse
from skdask.solvers.kmeans_start import kmeans_parallel, mapped_rows
from skdask.solvers.lloyd import KMeansProblem
from skdask.statistics import ColumnSummary
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import Sample, SampledRows

# Decoded bytes of data that the start may gather: then it is scikit-learn's
GATHERED_BYTES = 16 * 2**20


@dataclass(frozen=True)
class FirstLook:
    """What the first pass tells.

    Attributes
    ----------
    columns, weighted_columns : ColumnSummary
        Of the mapped rows; each row once, and by its weight.
    sample : SampledRows or None
        None where rows were not asked for.
    """

    columns: ColumnSummary
    weighted_columns: ColumnSummary
    sample: SampledRows | None

    @property
    def n_rows(self) -> int:
        return int(self.columns.count.max())

    @property
    def variance(self) -> NDArray[np.float64]:
        """Of the mapped columns, each row counted once: what scales ``tol``."""
        return self.columns.scatter / np.maximum(self.columns.weight, 1.0)

    def total(self, mapped: Mapped) -> float:
        """Weighted sum of squares of the mapped and shifted rows."""
        columns = self.weighted_columns
        offset = columns.mean - mapped.shift
        return float(columns.scatter.sum() + columns.weight @ (offset * offset))


def sample_request(view: View, seed: Any, asked_by: str) -> Request | None:
    """The request that gathers the rows; None where there are too many."""
    size = GATHERED_BYTES // (8 * view.facts.n_features)
    if view.facts.n_rows is not None and view.facts.n_rows > size:
        return None
    return view.sample_request(size, seed, asked_by)


def first_look(view: View, asked_by: str, sample: Request | None) -> Algorithm[FirstLook]:
    """The first pass: columns, and all rows where they are few."""
    algorithms: list[Algorithm[Any]] = [
        view.weighing(False).column_moments(asked_by),
        view.column_moments(asked_by),
    ]
    if sample is not None:
        algorithms.append(ask(sample.statistic, sample.rows, sample.asked_by))
    found = yield from together(algorithms)
    return FirstLook(found[0], found[1], found[2] if sample is not None else None)


def given_centres(init: Any, n_clusters: int, view: View) -> NDArray[np.float64]:
    """The centres that the user has given, checked as scikit-learn does."""
    centres = check_array(init, dtype=view.facts.dtype, copy=True, order="C")
    if centres.shape[0] != n_clusters:
        raise DataError(
            f"The shape of the initial centers {centres.shape} does not match the number of "
            f"clusters {n_clusters}."
        )
    if centres.shape[1] != view.n_features:
        raise DataError(
            f"The shape of the initial centers {centres.shape} does not match the number of "
            f"features of the data {view.n_features}."
        )
    return np.asarray(centres, np.float64)


def starts(
    init: Any, n_init: int, n_clusters: int, random_state: Any, problem: KMeansProblem,
    look: FirstLook, view: View,
) -> Algorithm[list[NDArray[np.float64]]]:  # fmt: skip
    """The mapped and shifted centres from which to run, ``n_init`` of them."""
    mapped = problem.mapped
    if not isinstance(init, str) and not callable(init):
        return [given_centres(init, n_clusters, view) - mapped.shift]
    random = check_random_state(random_state)
    if look.sample is not None and (look.sample.is_whole or callable(init)):
        return _gathered_starts(init, n_init, n_clusters, random, mapped, look.sample.rows, view)
    if callable(init):
        size = GATHERED_BYTES // (8 * view.facts.n_features)
        sample = yield from ask(Sample(size, _seed(random)), problem.rows, problem.asked_by)
        return _gathered_starts(init, n_init, n_clusters, random, mapped, sample.rows, view)
    seeds = [_seed(random) for _ in range(n_init)]
    if init == "random":
        statistics = [Sample(n_clusters, seed, mapped.weighted) for seed in seeds]
        samples = yield tuple(Request(each, problem.rows, problem.asked_by) for each in statistics)
        return [mapped_rows(mapped, sample.rows) for sample in samples]
    return (yield from together([kmeans_parallel(problem, n_clusters, seed) for seed in seeds]))


def _seed(random: np.random.RandomState) -> int:
    return int(random.randint(np.iinfo(np.int32).max))


def _gathered_starts(
    init: Any, n_init: int, n_clusters: int, random: np.random.RandomState, mapped: Mapped,
    rows: Rows, view: View,
) -> list[NDArray[np.float64]]:  # fmt: skip
    """scikit-learn's own starts on rows in memory, which it centres where they are dense."""
    X = rows.X
    if not is_sparse(X) or not mapped.affine.keeps_zeros:
        X = mapped.affine.apply(X.toarray() if is_sparse(X) else X)
        X = X.astype(view.facts.dtype)
        mean = X.mean(axis=0)
        X = X - mean
    else:
        mean = np.zeros(view.n_features)
        X = X if mapped.affine.is_identity else (X * mapped.affine.factor).tocsr()
    weight = np.ones(rows.n_rows) if not mapped.weighted else rows.sample_weight
    assert weight is not None
    found = []
    for _ in range(n_init):
        if callable(init):
            centres = init(X, n_clusters, random_state=random)
            centres = check_array(centres, dtype=X.dtype, copy=False, order="C")
            given_centres(centres, n_clusters, view)
        elif init == "random":
            seeds = random.choice(
                rows.n_rows, size=n_clusters, replace=False, p=weight / weight.sum()
            )
            centres = X[seeds]
        else:
            centres, _ = kmeans_plusplus(X, n_clusters, sample_weight=weight, random_state=random)
        if is_sparse(centres):
            centres = centres.toarray()
        found.append(np.asarray(centres, np.float64) + (mean - mapped.shift))
    return found
