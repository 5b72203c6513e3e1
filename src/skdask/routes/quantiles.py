"""Quantiles of what a view shows: exact, through the affine steps before, in few passes.

For estimators: ``found = yield from quantiles_of(view, [0.25, 0.5], "Name")``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.passes import Algorithm, Request
from skdask.routes.view import View
from skdask.solvers.order_statistics import first_ranks
from skdask.solvers.quantiles import Quantiles, quantiles
from skdask.statistics.series import Columns, Features, Series, Target


def quantiles_of(
    view: View,
    fractions: Sequence[float] | NDArray[np.float64],
    asked_by: str,
    *,
    method: str = "linear",
    of: Columns | None = None,
    classes: NDArray[Any] | None = None,
    with_missing: bool = True,
) -> Algorithm[Quantiles]:
    """Exact quantiles of the columns of a view, or of its target.

    Parameters
    ----------
    view : View
    fractions : sequence of float
        From 0 to 1.
    asked_by : str
    method : str
        As `skdask.solvers.quantiles.quantiles` takes it.
    of : Columns, optional
        The features by default; ``Target()`` for the target, or columns of one's own.
    classes : ndarray, optional
        Classes of the target, in sorted order, within which the quantiles are taken.
    with_missing : bool
        Whether NaN is left out rather than refused.

    Returns
    -------
    Quantiles
        Of shape (n_fractions, n_series); the series are the columns of the first class, then
        those of the second.
    """
    return (
        yield from quantiles(
            _series(view, of, classes),
            np.asarray(fractions, dtype=np.float64),
            view.facts.n_features,
            view.rows,
            asked_by,
            method=method,
            dtype=np.float64 if isinstance(of, Target) else view.facts.dtype,
            with_missing=with_missing,
        )
    )


def quantile_request(
    view: View,
    n_fractions: int,
    asked_by: str,
    *,
    of: Columns | None = None,
    with_missing: bool = True,
) -> Request:
    """What `quantiles_of` asks for first, which can share the first pass of a pipeline."""
    return first_ranks(
        _series(view, of, None),
        view.facts.n_features,
        n_fractions,
        view.rows,
        asked_by,
        with_missing=with_missing,
    )


def _series(view: View, of: Columns | None, classes: NDArray[Any] | None) -> Series:
    columns = of or Features(None if view.affine.is_identity else view.affine)
    return Series(columns, view.weighted, classes)
