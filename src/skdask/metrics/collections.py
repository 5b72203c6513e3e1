"""Two Dask collections, a target and its predictions, as judged rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import dask.array as da
import numpy as np

from skdask import blocks as block_room
from skdask.blocks import Blocks
from skdask.blocks.dask_collections import is_dask, is_dask_frame, is_dask_series
from skdask.exceptions import DataError, UnsupportedError
from skdask.metrics.judged import Judged, Kind, Recipe
from skdask.passes import Request, run


def judge(
    function: Callable[..., Any],
    recipe: Recipe,
    true: Any,
    predicted: Any,
    weight: Any,
    arguments: Mapping[str, Any],
) -> Any:
    """A metric of collections.

    Parameters
    ----------
    function : callable
        scikit-learn's.
    recipe : Recipe
    true, predicted, weight : Dask collection or array; weight may be None
    arguments : mapping
        The metric's other arguments.
    """
    data = _open(recipe.kind, true, predicted, weight)
    judged = Judged(
        lambda statistic: Request(statistic, asked_by=function.__name__),
        data.has_weight,
        data.n_rows,
        data.n_features,
        data.n_targets,
        data.dtype,
    )
    done = run(
        [recipe.algorithm(judged, arguments)],
        data,
        what=function.__name__,
        of={"metric": function.__name__, "arguments": dict(arguments)},
        once=True,
    )
    return done.results[0]


def _is_pairs(true: Any, predicted: Any) -> bool:
    return all(
        getattr(labels, "ndim", 1) == 1 or labels.shape[1] == 1 for labels in (true, predicted)
    )


def _open(kind: Kind, true: Any, predicted: Any, weight: Any) -> Blocks:
    if kind == "rows":
        # scikit-learn gives the rows first, then their labels
        true, predicted = predicted, true
    true, predicted = _aligned(true, predicted)
    if weight is not None:
        weight = _as_array(weight, predicted)
    if kind == "labels" and _is_pairs(true, predicted):
        pair = [labels.reshape(-1) if labels.ndim == 2 else labels for labels in (true, predicted)]
        pairs = _stacked(*pair)
        nothing = pairs.map_blocks(_zeros, dtype=np.float64, chunks=(pairs.chunks[0], (1,)))
        return block_room.open(nothing, pairs, weight)
    X = predicted[:, np.newaxis] if predicted.ndim == 1 and kind != "rows" else predicted
    if X.dtype.kind not in "fiub":
        raise DataError(f"the predictions are {X.dtype}, and the metric computes with numbers")
    return block_room.open(X, true, weight)


def _zeros(block: Any) -> Any:
    return np.zeros((len(block), 1))


def _stacked(true: Any, predicted: Any) -> Any:
    """Both labels of a row beside each other, as they came."""
    texts = [labels.dtype.kind not in "fiub" for labels in (true, predicted)]
    if (any(texts) and not all(texts)) or true.dtype.kind != predicted.dtype.kind:
        true, predicted = true.astype(object), predicted.astype(object)
    return da.stack([true, predicted], axis=1, allow_unknown_chunksizes=True).rechunk({1: 2})


def _aligned(true: Any, predicted: Any) -> tuple[Any, Any]:
    """Both as Dask arrays of the same chunks."""
    like = next(values for values in (predicted, true) if is_dask(values))
    array = _as_array(like, None)
    true = _as_array(true, array)
    predicted = _as_array(predicted, array)
    if true.chunks[0] != predicted.chunks[0]:
        known = not np.isnan([*true.shape[:1], *predicted.shape[:1]]).any()
        if known and true.shape[0] == predicted.shape[0]:
            return true.rechunk({0: predicted.chunks[0]}), predicted
        if known or len(true.chunks[0]) != len(predicted.chunks[0]):
            raise ValueError(
                "Found input variables with inconsistent numbers of samples: "
                f"{[true.shape[0], predicted.shape[0]]}"
            )
    return true, predicted


def _as_array(values: Any, like: Any) -> Any:
    if is_dask_frame(values) or is_dask_series(values):
        kinds = values.dtypes if is_dask_frame(values) else [values.dtype]
        if any(
            getattr(kind, "kind", "O") not in "fiub" or not isinstance(kind, np.dtype)
            for kind in kinds
        ):
            values = values.astype(object)
        return values.to_dask_array()
    if is_dask(values):
        return values
    if not isinstance(values, da.Array):
        values = np.asarray(values)
    if like is None or np.isnan(like.shape[0]):
        raise UnsupportedError(
            "one of the collections has partitions of unknown lengths, and the other is in "
            "memory; give both as Dask collections, or call compute_chunk_sizes()"
        )
    if len(values) != like.shape[0]:
        raise ValueError(
            "Found input variables with inconsistent numbers of samples: "
            f"{[len(values), like.shape[0]]}"
        )
    return da.from_array(values, chunks=(like.chunks[0], *values.shape[1:]))
