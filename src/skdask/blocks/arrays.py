"""Arrays and frames in memory, memory maps and `.npy` files.

Blocks are slices of the array, views wherever its type is already right: nothing is copied
but what a block must convert.
"""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterator, Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.blocks.columns import frame_columns, frame_rows
from skdask.blocks.cut import Span
from skdask.blocks.identity import digest_of, file_facts
from skdask.blocks.schema import FLOAT64, array_schema, layout_of
from skdask.blocks.source import Piece, Source
from skdask.exceptions import DataError, ReadError, UnsupportedError
from skdask.rows import Rows, aligned


class ArraySource(Source):
    """A NumPy array or memory map of shape (n_rows, n_features)."""

    piece_name = "array"
    random_access = True
    is_held = True

    def __init__(self, X: NDArray[Any], name: str | None = None, kind: str | None = None) -> None:
        mapped = isinstance(X, np.memmap)
        self.X = _read_only(check_matrix(X))
        self.kind = kind or ("memory map" if mapped else "NumPy array")
        self.name = name or f"{self.kind} {self.X.shape}"
        self.schema = array_schema(self.X.shape[1], self.X.dtype)
        self.views = self.X.dtype == self.schema.dtype
        self.pieces = (Piece(self.name, len(self.X)),)
        self.first_row = 0

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        for start, stop in bounds or [(0, len(self.X))]:
            X = None
            if features:
                rows = slice(start - self.first_row, stop - self.first_row)
                X = self.X[rows].astype(self.schema.dtype, copy=False)
                X.flags.writeable = False
            yield Rows(stop - start, X)

    def part(self, spans: Sequence[Span], features: bool) -> Source:
        other = copy(self)
        other.first_row, stop = rows_of(spans)
        other.X = self.X[other.first_row : stop if features else other.first_row]
        return other

    def identity(self) -> dict[str, str]:
        return {f"the contents of {self.name}": digest_of(self.X)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # once, where a block would be copied in every pass
        self.__dict__.update(state, X=aligned(state["X"]))


class NpySource(ArraySource):
    """An `.npy` file, mapped and never read as a whole. Pickles as its path."""

    is_held = False

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(load_npy(path), os.path.basename(path), ".npy file")

    def __reduce__(self) -> tuple[type[NpySource], tuple[str]]:
        return NpySource, (self.path,)

    def part(self, spans: Sequence[Span], features: bool) -> Source:
        return self

    def identity(self) -> dict[str, str]:
        return {os.path.abspath(self.path): file_facts(self.path)}


class FrameSource(Source):
    """A pandas frame in memory."""

    kind = "pandas DataFrame"
    piece_name = "frame"
    random_access = True
    is_held = True

    def __init__(self, frame: Any, **roles: Any) -> None:
        self.frame = frame
        self.first_row = 0
        self.name = f"pandas DataFrame {frame.shape}"
        columns = frame_columns(frame)
        self.layout, self.schema = layout_of(
            columns,
            self.name,
            **roles,
        )
        self.pieces = (Piece(self.name, len(frame)),)

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        needed = list(self.layout.needed(features))
        for start, stop in bounds or [(0, len(self.frame))]:
            part = self.frame.iloc[start - self.first_row : stop - self.first_row]
            yield frame_rows(part if features else part[needed], self.layout, features)

    def first_value(self, column: Hashable) -> Any:
        known = self.frame[column].dropna()
        return known.iloc[0] if len(known) else None

    def part(self, spans: Sequence[Span], features: bool) -> Source:
        other = copy(self)
        other.first_row, stop = rows_of(spans)
        needed = list(self.layout.needed(features))
        other.frame = self.frame[needed].iloc[other.first_row : stop]
        return other

    def identity(self) -> dict[str, str]:
        needed = list(self.layout.needed(True))
        return {f"the contents of {self.name}": digest_of(self.frame[needed])}


def rows_of(spans: Sequence[Span]) -> tuple[int, int]:
    """The first row of consecutive slices of one piece, and the row after the last."""
    return spans[0].start, spans[-1].stop or spans[0].start


def load_npy(path: str) -> NDArray[Any]:
    """Map an `.npy` file."""
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise
    except (ValueError, OSError, EOFError) as error:
        raise ReadError(
            f"{path} is not a whole .npy file ({error}); write it again with numpy.save "
            "from an array of numbers, or remove it"
        ) from error
    if not isinstance(array, np.ndarray):
        raise ReadError(f"{path} holds several arrays; save the one to use as .npy")
    return array


def check_matrix(X: NDArray[Any]) -> NDArray[Any]:
    """Raise scikit-learn's errors unless X is a 2-D array of numbers."""
    check_two_dimensions(X.ndim, X.shape)
    if X.dtype.kind == "c":
        raise DataError(f"Complex data not supported: X is of type {X.dtype}; take X.real")
    if X.dtype.kind in "biuf":
        return X
    if X.dtype.kind == "O":
        # scikit-learn takes objects that are numbers; only a copy can tell whether they are
        try:
            return X.astype(FLOAT64)
        except (TypeError, ValueError) as error:
            raise DataError(
                f"{error}. X is an array of objects; encode its text columns as numbers"
            ) from error
    first = f": {X.flat[0].item()!r}" if X.size and X.dtype.kind in "US" else ""
    raise DataError(
        f"could not convert string to float{first}. X is of type {X.dtype}, not a number; encode "
        "it as numbers before"
        if X.dtype.kind in "US"
        else f"X is of type {X.dtype}, not a number; encode it as numbers before"
    )


def check_two_dimensions(ndim: int, shape: tuple[Any, ...]) -> None:
    """scikit-learn's errors for a feature matrix that is none."""
    if ndim == 1:
        raise DataError(
            f"Expected 2D array, got 1D array instead: shape {shape}. Reshape your data either "
            "using array.reshape(-1, 1) if your data has a single feature or "
            "array.reshape(1, -1) if it contains a single sample."
        )
    if ndim == 0:
        raise DataError("Expected 2D array, got scalar array instead: give a matrix of rows.")
    if ndim > 2:
        raise DataError(f"Found array with dim {ndim}, while dim <= 2 is required: shape {shape}.")


def refuse_other_arrays(X: Any) -> None:
    """Raise for arrays that are neither NumPy's nor scipy's."""
    if type(X).__module__.startswith(("sparse.", "cupy")):
        raise UnsupportedError(
            f"X is a {type(X).__module__.split('.')[0]} {type(X).__name__}; blocks are NumPy "
            "arrays or scipy.sparse ones: convert it (X.todense(), X.to_scipy_sparse(), or "
            "map_blocks for a Dask Array)"
        )


def _read_only(X: NDArray[Any]) -> NDArray[Any]:
    # a plain view keeps a memory map alive and slices faster than numpy.memmap does
    view = np.asarray(X).view()
    view.flags.writeable = False
    return view
