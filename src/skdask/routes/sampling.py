"""A sample of what a view shows, its steps before applied: for what is fitted on a subsample."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from skdask.passes import Algorithm, ask
from skdask.routes.view import View
from skdask.statistics.sample import Sample, SampledRows

# What a fit on a sample says where it holds all rows
WHOLE = ("all rows were in the sample: the result is scikit-learn's",)


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
    request = view.sample_request(
        most, seed, asked_by, by_weight=view.weighted, with_missing=with_missing
    )
    statistic = request.statistic
    assert isinstance(statistic, Sample)
    found: SampledRows = yield from ask(statistic, view.rows, asked_by)
    if found.rows.n_rows < statistic.size:
        # all that count are there: those without weight never enter
        found = SampledRows(found.rows, found.rows.n_rows)
    if view.affine.is_identity:
        return found
    return SampledRows(replace(found.rows, X=view.show(found.rows.X)), found.count)


def fitted_on(sample: SampledRows) -> tuple[str, ...]:
    """The sentence of a fit that is scikit-learn's own on a sample."""
    if sample.is_whole:
        return WHOLE
    return (
        f"fitted on a uniform sample of {sample.rows.n_rows:,} of {sample.count:,} rows, see "
        "skdask.config.set(sample_rows=...)",
    )
