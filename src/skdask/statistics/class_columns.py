"""Moments of single columns within each class, of sparse rows too.

Of text there are a hundred thousand columns, of which a row has fifty: what it costs follows from
the entries that are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from skdask.rows import Rows, is_sparse
from skdask.statistics.classes import ClassMoments, ClassSummary
from skdask.statistics.labels import label_array, refuse_continuous
from skdask.statistics.sparse_rows import column_moments


@dataclass(frozen=True)
class ClassColumns(ClassMoments):
    """`ClassMoments` of columns that takes sparse rows; weights are not looked at.

    Notes
    -----
    **Passes** 1. **Cost** of sparse rows four operations an entry, of dense ones as
    `ClassMoments`. **Error** and **Source** as `Moments`.
    """

    accepts_sparse: ClassVar[bool] = True

    def update(self, state: ClassSummary | None, rows: Rows) -> ClassSummary | None:
        if not is_sparse(rows.X) or rows.n_rows == 0:
            return super().update(state, rows)
        y = label_array(rows)
        refuse_continuous(y)
        classes, codes = np.unique(y, return_inverse=True)
        parts = [column_moments(rows.X[codes == code], None) for code in range(len(classes))]
        counts = np.bincount(codes, minlength=len(classes))
        # a NaN is left out of a column's moments, which is an error here
        means = np.stack(
            [
                np.where(part.count < count, np.nan, part.mean)
                for part, count in zip(parts, counts, strict=True)
            ]
        )
        spread = np.stack([part.scatter for part in parts])
        weights = counts.astype(np.float64)
        return self.merge(state, ClassSummary(classes, counts, weights, means, spread, self.spread))
