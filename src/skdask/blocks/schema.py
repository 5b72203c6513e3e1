"""What the columns of some data are: features, target, weight and groups.

A schema is known before any row is read. The width of a row follows from it, and from that
the size of a block, so that blocks depend on the data alone.
"""

from __future__ import annotations

import difflib
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import DTypeLike

from skdask.exceptions import DataError

FLOAT64 = np.dtype(np.float64)
FLOAT32 = np.dtype(np.float32)
OBJECT = np.dtype(object)


@dataclass(frozen=True, slots=True)
class Target:
    """The target's type: `n_targets` columns of `dtype`, as a vector when `ndim` is 1."""

    dtype: np.dtype[Any]
    ndim: int = 1
    n_targets: int = 1
    name: str | None = None

    @property
    def row_bytes(self) -> int:
        return self.n_targets * self.dtype.itemsize


@dataclass(frozen=True, slots=True)
class Schema:
    """The columns that some data carry.

    Attributes
    ----------
    n_features : int
    feature_names : tuple of str, or None for arrays
    dtype : float32 or float64, the type of every block's X
    y : Target or None
    has_weight, has_groups : bool
    sparse : bool
        Whether blocks are sparse.
    table : bool
        Whether blocks are frames whose columns keep their types.
    feature_bytes : int or None
        Bytes of a row's features where they are not `n_features` numbers of `dtype`.
    given_dtype : numpy.dtype or None
        The type of an array whose numbers `dtype` stands for; None for tables.
    """

    n_features: int
    feature_names: tuple[str, ...] | None
    dtype: np.dtype[Any]
    y: Target | None = None
    has_weight: bool = False
    has_groups: bool = False
    sparse: bool = False
    table: bool = False
    feature_bytes: int | None = None
    given_dtype: np.dtype[Any] | None = None

    @property
    def row_columns(self) -> int:
        """Numbers in a row, everything counted."""
        targets = 0 if self.y is None else self.y.n_targets
        features = self.n_features if self.feature_bytes is None else -(-self.feature_bytes // 8)
        return features + targets + self.has_weight + self.has_groups

    @property
    def row_bytes(self) -> int:
        """Decoded bytes of a row, everything counted."""
        target = 0 if self.y is None else self.y.row_bytes
        features = self.feature_bytes
        if features is None:
            features = self.n_features * self.dtype.itemsize
        return features + target + 8 * (self.has_weight + self.has_groups)


@dataclass(frozen=True, slots=True)
class Column:
    """A column as its source describes it.

    `feature_dtype` is None for what is no number; `vector_dtype` is the NumPy type as a target,
    `frame_dtype` the pandas type in a frame, `width` the bytes of a value there.
    """

    name: Hashable
    kind: str
    feature_dtype: np.dtype[Any] | None
    vector_dtype: np.dtype[Any]
    frame_dtype: Any = None
    width: int = 8


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns of a table become which part of a block.

    `features` are in order, and `columns` says what they are; `y` is several columns where the
    target is 2-D. With `as_table` blocks are frames, else matrices of `dtype`.
    """

    features: tuple[Hashable, ...]
    dtype: np.dtype[Any]
    columns: tuple[Column, ...] = ()
    as_table: bool = False
    y: tuple[Hashable, ...] = ()
    y_ndim: int = 1
    weight: Hashable | None = None
    groups: Hashable | None = None

    @property
    def companions(self) -> tuple[Hashable, ...]:
        """The columns that travel with the features, each once."""
        named = [*self.y, *(name for name in (self.weight, self.groups) if name is not None)]
        return tuple(dict.fromkeys(named))

    def needed(self, features: bool) -> tuple[Hashable, ...]:
        """The columns to read, each once."""
        chosen = self.features if features else ()
        return tuple(dict.fromkeys((*chosen, *self.companions)))

    @property
    def not_numbers(self) -> tuple[Column, ...]:
        """The features of which no matrix can be made."""
        return tuple(column for column in self.columns if column.feature_dtype is None)

    @property
    def feature_bytes(self) -> int | None:
        """Bytes of a row's features, estimated; None where all are numbers."""
        if not self.not_numbers:
            return None
        return sum(max(8, column.width) for column in self.columns)

    def schema(self, y_dtypes: Sequence[np.dtype[Any]]) -> Schema:
        """The schema of the blocks that this layout makes."""
        target = None
        if self.y:
            dtype = y_dtypes[0] if len(y_dtypes) == 1 else np.result_type(*y_dtypes)
            name = str(self.y[0]) if self.y_ndim == 1 else None
            target = Target(dtype, self.y_ndim, len(self.y), name)
        return Schema(
            len(self.features),
            feature_names(self.features),
            self.dtype,
            target,
            self.weight is not None,
            self.groups is not None,
            table=self.as_table,
            feature_bytes=self.feature_bytes,
        )


def array_schema(n_features: int, dtype: np.dtype[Any]) -> Schema:
    """The schema of a dense array."""
    return Schema(int(n_features), None, matrix_dtype([dtype]), given_dtype=np.dtype(dtype))


def matrix_dtype(dtypes: Iterable[DTypeLike]) -> np.dtype[Any]:
    """float32 if that is the common type of all columns, else float64: scikit-learn's rule."""
    unique = {np.dtype(dtype) for dtype in dtypes}
    return FLOAT32 if unique and np.result_type(*unique) == FLOAT32 else FLOAT64


def feature_names(names: Sequence[Hashable]) -> tuple[str, ...] | None:
    """The names if all are strings, None if none is; scikit-learn refuses a mixture."""
    strings = tuple(name for name in names if isinstance(name, str))
    if len(strings) == len(names):
        return strings
    if strings:
        kinds = sorted({type(name).__name__ for name in names})
        raise TypeError(
            "Feature names are only supported if all input features have string names, but "
            f"your input has {kinds} as feature name / column name types. If you want feature "
            "names to be stored and validated, you must convert them all to strings, by using "
            "X.columns = X.columns.astype(str) for example."
        )
    return None


def raise_missing_columns(
    missing: Sequence[Hashable], available: Sequence[Hashable], role: str, source: str
) -> NoReturn:
    """Say which columns are not there, which come close, and which there are."""
    lower = {str(name).lower(): name for name in available}
    close: list[Hashable] = []
    for name in missing:
        close += [lower[n] for n in difflib.get_close_matches(str(name).lower(), lower, n=2)]
    hint = (
        f" Did you mean {' or '.join(repr(name) for name in dict.fromkeys(close))}?"
        if close
        else ""
    )
    shown = ", ".join(repr(name) for name in available[:30])
    more = f" and {len(available) - 30} more" if len(available) > 30 else ""
    names = ", ".join(repr(name) for name in missing)
    raise DataError(f"{role}: {source} has no column {names}.{hint} Its columns are {shown}{more}.")


def layout_of(
    columns: Sequence[Column],
    source: str,
    *,
    y: Hashable | Sequence[Hashable] | None = None,
    sample_weight: Hashable | None = None,
    groups: Hashable | None = None,
    drop: Sequence[Hashable] = (),
    chosen: Sequence[Hashable] | None = None,
    index: Sequence[str] = (),
) -> tuple[Layout, Schema]:
    """Give every column of a table its part.

    Parameters
    ----------
    columns : sequence of Column
    source : str
        Name of the table, for errors.
    y, sample_weight, groups : column names
        Never features. `y` may be a list of names.
    drop, chosen : sequences of column names
        Features to leave out; features to take (all others are left out).
    index : sequence of column names
        What pandas or Dask wrote of an index: features only if they are chosen.
    """
    by_name = {column.name: column for column in columns}
    if len(by_name) < len(columns):
        seen: set[Hashable] = set()
        twice = [c.name for c in columns if c.name in seen or seen.add(c.name)]  # type: ignore[func-returns-value]
        raise DataError(
            f"{source} has more than one column named {', '.join(map(repr, twice))}; rename them"
        )
    y_names = () if y is None else tuple(y) if isinstance(y, list | tuple) else (y,)
    roles = {
        "y": y_names,
        "sample_weight": () if sample_weight is None else (sample_weight,),
        "groups": () if groups is None else (groups,),
        "drop": tuple(drop),
        "columns": () if chosen is None else tuple(chosen),
    }
    for role, names in roles.items():
        missing = [name for name in names if name not in by_name]
        if missing:
            raise_missing_columns(missing, list(by_name), role, source)
    apart = {*y_names, *roles["sample_weight"], *roles["groups"], *roles["drop"]}
    wanted = [name for name in by_name if name not in index] if chosen is None else chosen
    features = tuple(name for name in dict.fromkeys(wanted) if name not in apart)
    if sample_weight is not None and by_name[sample_weight].feature_dtype is None:
        raise DataError(
            f"sample_weight: column {sample_weight!r} of {source} is of type "
            f"{by_name[sample_weight].kind}, not a number; name a numeric column"
        )
    layout = Layout(
        features,
        matrix_dtype(dtype for n in features if (dtype := by_name[n].feature_dtype) is not None),
        tuple(by_name[name] for name in features),
        any(by_name[name].feature_dtype is None for name in features),
        y_names,
        2 if isinstance(y, list | tuple) else 1,
        sample_weight,
        groups,
    )
    return layout, layout.schema([by_name[name].vector_dtype for name in y_names])


def refuse_what_is_no_number(layout: Layout, source: str, first_value: Any) -> None:
    """Raise scikit-learn's error where a matrix is needed and a column is no number.

    ``first_value`` gives the first value of a column.
    """
    bad = layout.not_numbers
    if not bad:
        return
    listed = ", ".join(f"{column.name!r} ({column.kind})" for column in bad)
    start = ""
    text = next((column for column in bad if column.vector_dtype == OBJECT), None)
    if text is not None:
        value = first_value(text.name)
        if isinstance(value, str):
            start = f"could not convert string to float: {value!r}. "
    names = ", ".join(repr(column.name) for column in bad)
    raise DataError(
        f"{start}Features must be numbers, but {source} has {listed}. Leave them out with "
        f"drop=[{names}], or encode them as numbers before (categories as codes or indicator "
        "columns, dates as a number of days)."
    )
