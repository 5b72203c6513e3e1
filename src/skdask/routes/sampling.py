"""A sample of what a view shows, its steps before applied: for what is fitted on a subsample."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from skdask.passes import Algorithm, ask
from skdask.routes.view import View
from skdask.statistics.sample import Sample, SampledRows


def sampled_rows(
    view: View, most: int, seed: Any, asked_by: str, *, with_missing: bool = False
) -> Algorithm[SampledRows]:
    """A uniform sample of so many rows, or all of them in their order where there are no more.

    Rows of a weighted view that are not all taken are drawn in proportion to their weight.

    Parameters
    ----------
    view : View
    most : int
    seed : any
        A ``random_state``, of which only a number counts.
    asked_by : str
    with_missing : bool
        Whether values may be NaN.
    """
    statistic = sample_statistic(view, most, seed, with_missing=with_missing)
    size = statistic.size
    found: SampledRows = yield from ask(statistic, view.rows, asked_by)
    if found.rows.n_rows < size:
        # all that count are there: those without weight never enter
        found = SampledRows(found.rows, found.rows.n_rows)
    if view.affine.is_identity:
        return found
    X = found.rows.X.toarray() if hasattr(found.rows.X, "toarray") else found.rows.X
    mapped = view.affine.apply(X).astype(view.facts.dtype, copy=False)
    return SampledRows(replace(found.rows, X=mapped), found.count)


def sample_statistic(view: View, most: int, seed: Any, *, with_missing: bool = False) -> Sample:
    """What `sampled_rows` asks for."""
    known = view.facts.n_rows
    size = most if known is None else min(most, known)
    number = int(seed) if isinstance(seed, int | np.integer) else 0
    return Sample(size, number, view.weighted, with_missing)
