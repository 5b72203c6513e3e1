"""A table in partitions that are frames of polars: what `set_output(transform="polars")` gives.

Partitions of a Dask DataFrame are pandas frames and nothing else. So transformers that are to give
frames of polars give this small lazy collection instead: its partitions are computed by Dask, one
frame of polars each, and it goes wherever skdask takes a Dask DataFrame. It has no methods of a
table; `compute` gives one frame, `to_dask_dataframe` the table with partitions of pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import dask.dataframe as dd
from dask import delayed
from dask.base import DaskMethodsMixin
from dask.delayed import Delayed
from dask.highlevelgraph import HighLevelGraph
from dask.threaded import get as get_in_threads


class PolarsFrames(DaskMethodsMixin):
    """A lazy table whose partitions are frames of polars.

    Parameters
    ----------
    parts : sequence of Delayed
        Each a `polars.DataFrame`.
    empty : polars.DataFrame
        Without rows, with the columns and types of all of them.

    Examples
    --------
    >>> import dask.dataframe as dd, pandas as pd
    >>> from skdask.preprocessing import StandardScaler
    >>> table = dd.from_pandas(pd.DataFrame({"size": [1.0, 3.0]}), npartitions=2)
    >>> scaler = StandardScaler().set_output(transform="polars")
    >>> scaled = scaler.fit_transform(table)
    >>> scaled
    <PolarsFrames: 2 partitions, columns ['size']>
    >>> scaled.compute()["size"].to_list()
    [-1.0, 1.0]
    """

    __dask_scheduler__ = staticmethod(get_in_threads)
    __dask_optimize__ = None

    def __init__(self, parts: Sequence[Delayed], empty: Any) -> None:
        self._parts = tuple(parts)
        self._empty = empty

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._empty.columns)

    @property
    def empty(self) -> Any:
        """A frame of polars without rows, of the same columns and types."""
        return self._empty

    @property
    def schema(self) -> Any:
        """The types of the columns, as polars has them."""
        return self._empty.schema

    @property
    def npartitions(self) -> int:
        """Number of partitions."""
        return len(self._parts)

    def to_delayed(self) -> list[Delayed]:
        """The partitions, each as a `Delayed` frame of polars."""
        return list(self._parts)

    def to_dask_dataframe(self) -> dd.DataFrame:
        """The same table as a Dask DataFrame, whose partitions are frames of pandas."""
        to_pandas = delayed(_to_pandas, pure=True)
        parts = [to_pandas(part) for part in self._parts]
        return dd.from_delayed(parts, meta=_to_pandas(self._empty))

    def __repr__(self) -> str:
        return f"<PolarsFrames: {self.npartitions} partitions, columns {self.columns}>"

    def __dask_graph__(self) -> Any:
        name = "polars-frames"
        return HighLevelGraph.from_collections(name, {}, dependencies=list(self._parts))

    def __dask_keys__(self) -> list[Any]:
        return [part.key for part in self._parts]

    def __dask_tokenize__(self) -> Any:
        return tuple(part.key for part in self._parts)

    def __dask_postcompute__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _joined, (self._empty,)

    def __dask_postpersist__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return _rebuilt, (self.__dask_keys__(), self._empty)


def _to_pandas(frame: Any) -> Any:
    return frame.to_pandas()


def _joined(parts: Sequence[Any], empty: Any) -> Any:
    import polars

    return polars.concat([empty, *parts])


def _rebuilt(graph: Any, keys: Sequence[Any], empty: Any, **_: Any) -> PolarsFrames:
    return PolarsFrames([Delayed(key, graph) for key in keys], empty)
