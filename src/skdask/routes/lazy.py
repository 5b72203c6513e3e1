"""Applying a fitted estimator to Dask collections, lazily: scikit-learn's own method per block.

The plain scikit-learn object is what travels in the graph. Names and number of features are
checked once, when the graph is made, with scikit-learn's own errors; its answer for one made-up
row gives the result's dtype and shape.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask import delayed
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skdask import blocks as block_room
from skdask._sklearn import output_container
from skdask.blocks.columns import plain_text
from skdask.exceptions import UnsupportedError
from skdask.routes.documents import takes_documents
from skdask.routes.fitting import open_for
from skdask.routes.placed import raise_placed
from skdask.routes.twins import settled, to_sklearn, without_questions
from skdask.rows import is_frame, is_sparse

# An error of scikit-learn's that a made-up row may meet and a real one does not
_OUT_OF_RANGE = "interpolation range"
_INT32 = np.iinfo(np.int32).max


def apply_lazily(estimator: Any, method: str, X: Any, **params: Any) -> Any:
    """The method's result on a Dask collection, Blocks or path, as a lazy Dask collection."""
    check_is_fitted(estimator)
    refuse_parameters(method, params)
    plain = to_sklearn(estimator)
    if takes_documents(plain):
        # documents have no names
        plain = settled(plain, bare=True)
    if isinstance(X, block_room.PolarsFrames):
        X = X.to_dask_dataframe()
    if not isinstance(X, da.Array | dd.DataFrame):
        X = open_for(estimator, X).to_dask()
    to_frame = method == "transform" and _container(plain) != "default"
    if isinstance(X, dd.DataFrame):
        return _on_frame(plain, method, X)
    result = _on_array(plain, method, X)
    if not to_frame:
        return result
    names = list(plain.get_feature_names_out())
    if _container(plain) == "polars":
        return polars_frames(result, names)
    return dd.from_dask_array(result, columns=names)


def on_pieces(estimator: Any, method: str, X: Any, empty: Any) -> Callable[[Any], Any]:
    """What makes a method's result of one chunk or partition of X.

    Parameters
    ----------
    estimator : fitted estimator
    method : str
    X : Dask Array or DataFrame
    empty : array
        The result for no rows.
    """
    plain = to_sklearn(estimator)
    frames = isinstance(X, dd.DataFrame)
    bare = not frames or not hasattr(plain, "feature_names_in_")
    on_block = partial(
        _method_on_block, plain=settled(plain, bare=bare), method=method, empty=empty
    )
    return partial(_on_arrays, on_block) if bare and frames else on_block


def predict_lazily(predictor: Any, estimator: Any, X: Any) -> Any:
    """What anything with a `predict` says of the rows that an estimator was fitted on."""
    if not isinstance(X, da.Array | dd.DataFrame):
        X = open_for(estimator, X).to_dask()
    on_any = _on_frame if isinstance(X, dd.DataFrame) else _on_array
    return on_any(predictor, "predict", X)


def beside(values: Any, X: Any) -> da.Array:
    """Values in memory, one a row of X, in chunks as its own where their lengths are known."""
    known = isinstance(X, da.Array) and not np.isnan(X.shape[0])
    return da.from_array(values, chunks=(X.chunks[0],) if known else -1)


def refuse_parameters(method: str, params: dict[str, Any]) -> None:
    """Raise where a method is given more than the rows."""
    given = [name for name, value in params.items() if value is not None]
    if given:
        raise UnsupportedError(
            f"{method} takes no {', '.join(given)} on Dask collections and files; leave it out, or "
            f"call {method} of to_sklearn() on rows in memory"
        )


def fitted_columns(estimator: Any, X: Any) -> Any:
    """Of a frame that was fitted with target or weights among its columns, the features."""
    names = getattr(estimator, "feature_names_in_", None)
    return X[list(names)] if isinstance(X, dd.DataFrame) and names is not None else X


def _on_array(plain: Any, method: str, X: da.Array) -> da.Array:
    if X.ndim != 2:
        raise ValueError(
            f"Expected 2D array, got {X.ndim}D array instead. Reshape your data using "
            "X.reshape(-1, 1) if it has a single feature."
        )
    # the one call that misses the names which arrays have not, and warns of it
    sample = _sample(plain, method, _row_like(X), lambda: X[:1].compute())
    if not is_sparse(sample):
        sample = np.asarray(sample)
    if method == "transform" and sample.ndim == 1:
        # what SparsePCA makes of one row
        sample = sample[np.newaxis]
    if X.numblocks[1] > 1:
        X = X.rechunk({1: -1})
    shape: dict[str, Any] = {"drop_axis": 1}
    if sample.ndim == 2:
        shape = {"chunks": (X.chunks[0], (sample.shape[1],))}
    empty = sample[:0]
    on_block = partial(
        _method_on_block, plain=settled(plain, bare=True), method=method, empty=empty
    )
    return X.map_blocks(on_block, dtype=sample.dtype, meta=empty, **shape)


def _row_like(X: da.Array) -> Any:
    """A made-up row of the array's kind and type."""
    if not is_sparse(X._meta):
        return np.ones((1, X.shape[1]), dtype=X.dtype)
    first = np.zeros(1, np.int32)
    row = sparse.csr_array((np.ones(1), (first, first)), shape=(1, X.shape[1]), dtype=X.dtype)
    return type(X._meta)(row)


def _sample(plain: Any, method: str, made_up: Any, first_row: Callable[[], Any]) -> Any:
    """What the method gives for a made-up row, which no encoder need know, or for the first."""
    if hasattr(plain, "example"):
        # it knows without being asked in earnest
        return plain.example(made_up)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Found unknown categories")
            return getattr(without_questions(plain), method)(made_up)
    except Exception as error:
        # an index is a category that there is not
        refused = isinstance(error, IndexError) or (
            isinstance(error, ValueError) and _OUT_OF_RANGE in str(error)
        )
        if not refused and not takes_documents(plain):
            raise
        return getattr(plain, method)(first_row())


def _sparse_of_frame(plain: Any, method: str, X: dd.DataFrame, empty: Any) -> da.Array:
    """Sparse results of partitions, as a Dask Array whose chunks are of unknown length."""
    on_block = partial(
        _method_on_block, plain=settled(plain, bare=False), method=method, empty=empty
    )
    shape = (np.nan, empty.shape[1])
    chunks = [
        da.from_delayed(
            delayed(on_block)(part, partition_info={"number": number}), shape, meta=empty
        )
        for number, part in enumerate(X.to_delayed())
    ]
    return da.concatenate(chunks, allow_unknown_chunksizes=True)


def _on_frame(plain: Any, method: str, X: dd.DataFrame) -> Any:
    made_up = plain_text(X._meta_nonempty.iloc[:1])
    sample = _sample(plain, method, made_up, lambda: plain_text(X.head(1, npartitions=-1)))
    if is_sparse(sample):
        # Dask has frames and arrays of partitions, and no sparse ones of frames
        return _sparse_of_frame(plain, method, X, sample[:0])
    if is_polars(sample):
        on_part = delayed(on_pieces(plain, method, X, sample[:0]), pure=True)
        parts = [
            on_part(part, partition_info={"number": number})
            for number, part in enumerate(X.to_delayed())
        ]
        return block_room.PolarsFrames(parts, sample[:0])
    if isinstance(sample, pd.DataFrame):
        empty: Any = sample.iloc[:0]
    else:
        values = np.asarray(sample)
        empty = (values[np.newaxis] if method == "transform" and values.ndim == 1 else values)[:0]
    bare = not hasattr(plain, "feature_names_in_")
    on_block = partial(
        _method_on_block, plain=settled(plain, bare=bare), method=method, empty=empty
    )
    # meta beside it, since Dask takes a frame among the arguments for data
    return X.map_partitions(partial(_on_arrays, on_block) if bare else on_block, meta=empty)


def _method_on_block(
    block: Any,
    plain: Any,
    method: str,
    empty: Any,
    block_id: tuple[int, ...] | None = None,
    partition_info: dict[str, Any] | None = None,
) -> Any:
    # Dask says by the last two, one of them, which block it is
    if block.shape[0] == 0:
        return empty
    if is_frame(block):
        block = plain_text(block)
    try:
        found = getattr(plain, method)(_with_small_indices(block) if is_sparse(block) else block)
    except (ValueError, TypeError) as error:
        place = block_id[0] if block_id else (partition_info or {}).get("number")
        raise_placed(error, block, place, plain)
        raise
    return found[np.newaxis] if getattr(found, "ndim", 2) < getattr(empty, "ndim", 2) else found


def _with_small_indices(block: Any) -> Any:
    """The sparse rows with indices of 32 bits, which is what most of scikit-learn takes."""
    compressed = block.tocsr()
    if compressed.indices.dtype == np.int32 or max(compressed.nnz, *block.shape) > _INT32:
        return block
    small = compressed.indices.astype(np.int32), compressed.indptr.astype(np.int32)
    return type(compressed)((compressed.data, *small), shape=block.shape)


def _on_arrays(
    on_block: Any, part: pd.DataFrame, partition_info: dict[str, Any] | None = None
) -> Any:
    """The same for an estimator that was fitted without names, and has been told so once."""
    result = on_block(part.to_numpy(), partition_info=partition_info)
    empty = on_block.keywords["empty"]
    if is_polars(empty) and len(part):
        return polars_frame(result, empty.columns)
    if isinstance(empty, pd.DataFrame) and len(part):
        return pd.DataFrame(result, index=part.index, columns=empty.columns)
    return result


def is_polars(X: Any) -> bool:
    """Whether X is a frame of polars, which need not be installed."""
    return type(X).__module__.split(".")[0] == "polars"


def bare_predictor(estimator: Any) -> Any:
    """The plain scikit-learn estimator for blocks, which are arrays without column names."""
    if hasattr(estimator, "block_predictor"):
        return settled(estimator.block_predictor(), bare=True)
    return settled(to_sklearn(estimator), bare=True)


def _container(plain: Any) -> str:
    """What `transform` returns: for a pipeline what its last transformer does."""
    steps = [step for _, step in getattr(plain, "steps", ()) if isinstance(step, BaseEstimator)]
    return _container(steps[-1]) if steps else output_container(plain)


def output_names(estimator: Any, names: Any) -> tuple[str, ...] | None:
    """Names of a transformer's outputs where `set_output` gives them any."""
    if _container(estimator) == "default":
        return None
    return tuple(estimator.get_feature_names_out(names))


def polars_frames(blocks: da.Array, names: list[str]) -> block_room.PolarsFrames:
    """Rows of an array in frames of polars, one a chunk."""
    made = delayed(polars_frame, pure=True)
    parts = [made(block, names) for block in blocks.to_delayed()[:, 0]]
    return block_room.PolarsFrames(parts, polars_frame(blocks._meta, names))


def polars_frame(rows: Any, names: list[str]) -> Any:
    """Rows of an array as a frame of polars."""
    import polars

    return polars.DataFrame(rows, schema=names, orient="row")


def inverse_lazily(estimator: Any, X: Any) -> da.Array:
    """Undo transform, on blocks alone: names and number of columns are those of the outputs."""
    check_is_fitted(estimator)
    if not isinstance(X, da.Array | dd.DataFrame):
        X = block_room.open(X).to_dask()
    if isinstance(X, dd.DataFrame):
        X = X.to_dask_array()
    return _on_array(to_sklearn(estimator), "inverse_transform", X)
