"""Sparse rows: matrices of scipy.sparse in memory, and what chunks of them become.

A block is compressed by rows, whatever form the data have: rows are what is cut, and a product
with a few columns of coefficients runs along them. Nothing is made dense here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import Any

import numpy as np
from scipy import sparse

from skdask.blocks.arrays import rows_of
from skdask.blocks.cut import Span
from skdask.blocks.identity import digest_of
from skdask.blocks.schema import FLOAT32, FLOAT64, Schema
from skdask.blocks.source import Piece, Source
from skdask.exceptions import DataError
from skdask.rows import Rows

_INT32 = np.iinfo(np.int32).max


class SparseSource(Source):
    """A matrix or array of scipy.sparse of shape (n_rows, n_features)."""

    piece_name = "array"
    random_access = True
    is_held = True

    def __init__(self, X: Any) -> None:
        if X.ndim != 2:
            raise DataError(f"Expected 2D array, got {X.ndim}D array instead: shape {X.shape}.")
        self.kind = f"sparse {X.format.upper()} {'array' if is_new(X) else 'matrix'}"
        self.X = as_rows(X, sparse_dtype(X.dtype))
        self.name = f"{self.kind} {X.shape}"
        entries = self.X.nnz / max(1, X.shape[0])
        self.schema = sparse_schema(X.shape[1], X.dtype, entries)
        self.pieces = (Piece(self.name, int(X.shape[0])),)
        self.first_row = 0

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        for start, stop in bounds or [(0, self.X.shape[0])]:
            X = None
            if features:
                X = frozen(self.X[start - self.first_row : stop - self.first_row])
            yield Rows(stop - start, X)

    def part(self, spans: Sequence[Span], features: bool) -> Source:
        other = copy(self)
        other.first_row, stop = rows_of(spans)
        other.X = self.X[other.first_row : stop if features else other.first_row]
        return other

    def identity(self) -> dict[str, str]:
        return {f"the contents of {self.name}": digest_of(self.X)}


def is_new(X: Any) -> bool:
    """Whether X is one of scipy's sparse arrays, and none of its older matrices."""
    return isinstance(X, sparse.sparray)


def sparse_dtype(dtype: Any) -> np.dtype[Any]:
    """float32 stays, any other number becomes float64; an error for what is no number."""
    if np.dtype(dtype).kind not in "biuf":
        raise DataError(f"X is a sparse array of type {dtype}, not of a number; encode it before")
    return FLOAT32 if dtype == FLOAT32 else FLOAT64


def sparse_schema(n_features: int, dtype: Any, entries: float) -> Schema:
    """The schema of sparse rows with so many stored entries a row."""
    kind = sparse_dtype(dtype)
    # a value and its column, and the end of the row
    row_bytes = int(np.ceil(entries * (kind.itemsize + 4))) + 4
    return Schema(int(n_features), None, kind, sparse=True, feature_bytes=row_bytes)


def as_rows(X: Any, dtype: np.dtype[Any]) -> Any:
    """X compressed by rows, its entries sorted and none of them twice; X itself is left alone."""
    rows = sparse.csr_array(X, dtype=dtype)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    if rows.indices.dtype != np.int32 and max(rows.nnz, *rows.shape) <= _INT32:
        # which is what most of scikit-learn's kernels take
        small = rows.indices.astype(np.int32), rows.indptr.astype(np.int32)
        rows = sparse.csr_array((rows.data, *small), shape=rows.shape)
        rows.has_canonical_format = True
    return rows


def frozen(X: Any) -> Any:
    """Views of a sparse array's parts that cannot be written to."""
    parts = [part.view() for part in (X.data, X.indices, X.indptr)]
    for part in parts:
        part.flags.writeable = False
    rows = sparse.csr_array(tuple(parts), shape=X.shape, copy=False)
    # known, and looking again would write
    rows.has_canonical_format = True
    return rows


def stacked_rows(parts: Sequence[Any]) -> Any:
    """Sparse rows after each other."""
    return frozen(sparse.csr_array(sparse.vstack(parts, format="csr")))


def entries_a_row(chunks: Sequence[Any]) -> float:
    """Stored entries of a row in column chunks of the same rows; one where there are no rows."""
    n_rows = chunks[0].shape[0]
    return float(sum(chunk.nnz for chunk in chunks) / n_rows) if n_rows else 1.0
