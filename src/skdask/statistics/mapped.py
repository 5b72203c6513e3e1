"""Rows as distances see them: through the affine steps before, less a shift, tile by tile.

Distances do not change when all rows move together. Where columns lie far from zero for their
spread they are moved there first, so that squares lose no digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdask.rows import Rows, is_sparse
from skdask.statistics.affine import Affine
from skdask.statistics.base import array_token
from skdask.statistics.tiles import TILE_BYTES, feature_array, float64_tile, weights_of

# Columns this many times farther from zero than they spread lose two digits when squared
_CENTRAL = 10.0


@dataclass(frozen=True)
class Mapped:
    """How rows are looked at; equal by contents.

    Attributes
    ----------
    affine : Affine
    shift : ndarray of shape (n_outputs,)
        Taken from the mapped rows.
    weighted : bool
    """

    affine: Affine
    shift: NDArray[np.float64] = field(compare=False)
    weighted: bool = False
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.shift))

    @classmethod
    def around(
        cls,
        affine: Affine,
        mean: NDArray[np.float64],
        variance: NDArray[np.float64],
        *,
        weighted: bool,
        keep_zeros: bool,
    ) -> Mapped:
        """Rows moved by their mean, where that is worth a copy of them.

        ``keep_zeros`` leaves sparse rows sparse: they are not moved.
        """
        central = mean @ mean <= _CENTRAL**2 * variance.sum()
        moved = not central and not (keep_zeros and affine.keeps_zeros)
        return cls(affine, mean if moved else np.zeros_like(mean), weighted)

    def tiles(self, rows: Rows, widest: int) -> Iterator[tuple[slice, Any, NDArray[np.float64]]]:
        """Each tile as (slice, rows in C order and float64, weights).

        Sparse rows stay sparse where the map keeps zeros and nothing is shifted. A tile is cut
        for products that are ``widest`` columns wide.
        """
        X = feature_array(rows)
        weight = weights_of(rows, self.weighted)
        widest = max(widest, 1 if is_sparse(X) else X.shape[1])
        height = max(64, TILE_BYTES // (8 * widest))
        if widest == X.shape[1] and self._is_as_read(X):
            height = max(1, rows.n_rows)  # no copy is made, so none has to fit the cache
        ones = np.ones(min(height, rows.n_rows))
        for start in range(0, rows.n_rows, height):
            part = slice(start, min(start + height, rows.n_rows))
            tile = self._tile(X, part)
            yield part, tile, ones[: part.stop - start] if weight is None else weight[part]

    def _is_as_read(self, X: Any) -> bool:
        """Whether a tile is a view of the rows."""
        dense = isinstance(X, np.ndarray) and X.flags.c_contiguous and X.dtype == np.float64
        return dense and self.affine.is_identity and not self.shift.any()

    def _tile(self, X: Any, part: slice) -> Any:
        shifted = bool(self.shift.any())
        if is_sparse(X) and not shifted and self.affine.keeps_zeros:
            thin = sparse.csr_array(X[part], dtype=np.float64)
            if self.affine.is_identity:
                return thin
            return sparse.csr_array(thin * self.affine.factor)
        tile = float64_tile(X, part)
        if not self.affine.is_identity:
            tile = self.affine.apply(tile)
        if shifted:
            tile = tile - self.shift
        return np.ascontiguousarray(tile)
