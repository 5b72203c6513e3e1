"""How often each pair of labels occurs: all that a metric of two labellings sees.

A row carries both labels, as two columns of its target. Labels of any kind are keys, so nothing
has to be known about them before the pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic
from skdask.statistics.tiles import weights_of

# how many rows, or their weight
PairCounts = dict[tuple[Any, Any], float]


@dataclass(frozen=True, slots=True)
class PairTable:
    """Pairs of labels that occur, each with the weight of its rows.

    ``first`` and ``second`` have shape (n_pairs,) and the labels' kind; ``weights`` is (n_pairs,),
    whole numbers where rows have no weights.
    """

    first: NDArray[Any]
    second: NDArray[Any]
    weights: NDArray[Any]


@dataclass(frozen=True)
class LabelPairs(Statistic[PairCounts, PairTable]):
    """Total weight of each pair of labels.

    Notes
    -----
    **Passes** 1, over two columns of labels. **Cost** a hash a label. **Error** none.
    """

    reusable: ClassVar[bool] = False
    needs_features: ClassVar[bool] = False
    weighted: bool = False

    def zero(self) -> PairCounts:
        return {}

    def update(self, state: PairCounts, rows: Rows) -> PairCounts:
        if rows.n_rows == 0:
            return state
        if rows.y is None or rows.y.ndim != 2 or rows.y.shape[1] != 2:
            raise ValueError("pairs of labels are a target of two columns")
        counted = count_pairs(rows.y[:, 0], rows.y[:, 1], weights_of(rows, self.weighted))
        return self.merge(state, counted)

    def merge(self, left: PairCounts, right: PairCounts) -> PairCounts:
        merged = dict(left)
        for pair, weight in right.items():
            merged[pair] = merged.get(pair, 0) + weight
        return merged

    def value(self, state: PairCounts) -> PairTable:
        ordered = sorted(state, key=lambda pair: (str(pair[0]), str(pair[1])))
        first, second = (_as_array([pair[side] for pair in ordered]) for side in (0, 1))
        weights = np.array([state[pair] for pair in ordered], dtype=np.float64)
        if not self.weighted:
            return PairTable(first, second, weights.astype(np.int64))
        return PairTable(first, second, weights)

    def state_bytes(self, n_columns: int) -> int:
        return 2**16


def _as_array(labels: list[Any]) -> NDArray[Any]:
    alike = len({isinstance(label, str) for label in labels}) < 2
    return np.array(labels, dtype=None if alike else object)


def count_pairs(
    first: NDArray[Any], second: NDArray[Any], weight: NDArray[np.float64] | None
) -> PairCounts:
    """The pairs of labels in these rows and their weight."""
    first_labels, first_codes = _coded(first)
    second_labels, second_codes = _coded(second)
    cell_of_row = first_codes * len(second_labels) + second_codes
    n_cells = len(first_labels) * len(second_labels)
    seen = np.bincount(cell_of_row, minlength=n_cells)
    weights = seen if weight is None else np.bincount(cell_of_row, weight, n_cells)
    found: PairCounts = {}
    # rows of weight zero still say which labels there are
    for cell in np.flatnonzero(seen).tolist():
        row, column = divmod(cell, len(second_labels))
        found[first_labels[row], second_labels[column]] = weights[cell].item()
    return found


def _coded(labels: NDArray[Any]) -> tuple[list[Any], NDArray[np.intp]]:
    """Distinct labels, and the place of each row's label among them."""
    if labels.dtype.kind == "O":
        # labels of several types have no order
        places: dict[Any, int] = {}
        codes = np.array([places.setdefault(label, len(places)) for label in labels.tolist()])
        if any(label is None or label != label for label in places):
            raise ValueError("Input contains NaN.")
        return list(places), codes
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ValueError("Input contains NaN.")
    distinct, codes = np.unique(labels, return_inverse=True)
    return distinct.tolist(), codes
