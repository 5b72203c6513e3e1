"""Dask Arrays and Dask DataFrames, with a Dask target, weight and groups beside them.

The optimised graph is made once, for all collections together, so that work which X and y
share is done once. A piece is the part of the graph that one chunk or partition needs, run
in the calling thread: the engine has its own threads, and one Dask task costs more than most
kernels. Only what needs results that lie on a cluster is computed there.
"""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

import numpy as np
from dask.base import tokenize
from dask.utils import format_bytes

from skdask import config
from skdask.blocks.arrays import check_two_dimensions, refuse_other_arrays
from skdask.blocks.clients import active_client
from skdask.blocks.columns import (
    check_frame_types,
    frame_columns,
    frame_rows,
    pandas_vector_dtype,
)
from skdask.blocks.companions import inconsistent
from skdask.blocks.cut import BLOCKS_PER_THREAD, Span
from skdask.blocks.dask_pieces import assemble, check_pandas, companion
from skdask.blocks.freed import hand_back_freed
from skdask.blocks.graph import Graph, GraphPart
from skdask.blocks.schema import OBJECT, Schema, Target, array_schema, layout_of
from skdask.blocks.source import Piece, Source, Stamp, check_length
from skdask.blocks.sparse import entries_a_row, sparse_schema
from skdask.exceptions import DataError, MemoryBudgetError
from skdask.rows import Rows, is_sparse

# What is held of a partition while its rows are made, in matrices of its rows
FRAME_COPIES = 5


def is_dask_array(X: Any) -> bool:
    return _is_instance(X, "dask.array", "Array")


def is_dask_frame(X: Any) -> bool:
    return _is_instance(X, "dask.dataframe", "DataFrame")


def is_dask_series(X: Any) -> bool:
    return _is_instance(X, "dask.dataframe", "Series", "Index")


def is_dask_bag(X: Any) -> bool:
    return _is_instance(X, "dask.bag", "Bag")


def is_dask(X: Any) -> bool:
    return is_dask_array(X) or is_dask_frame(X) or is_dask_series(X)


def _is_instance(X: Any, module: str, *names: str) -> bool:
    # whoever holds a collection has imported its module: no need to import it for the question
    loaded = sys.modules.get(module)
    return loaded is not None and isinstance(X, tuple(getattr(loaded, name) for name in names))


def n_pieces(collection: Any) -> int:
    """Row chunks of a Dask Array, partitions of a DataFrame or Series."""
    if is_dask_array(collection):
        return len(collection.chunks[0])
    return int(collection.npartitions)


def known_lengths(collection: Any) -> tuple[int | None, ...]:
    """Rows of each piece as far as Dask knows them."""
    if is_dask_array(collection):
        return tuple(None if math.isnan(rows) else int(rows) for rows in collection.chunks[0])
    return (None,) * n_pieces(collection)


class DaskSource(Source):
    """A Dask collection of features and the Dask collections that travel with it.

    Another process gets parts of it: the tasks of some pieces, without the collections.

    Parameters
    ----------
    X : Dask Array or Dask DataFrame
    y, sample_weight, groups : Dask collections, or None
    roles : dict
        Names of columns of X, `drop` and `chosen`; for DataFrames only.
    """

    is_held = True

    def __init__(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        groups: Any = None,
        *,
        roles: dict[str, Any],
    ) -> None:
        self.layout = None
        if is_dask_array(X):
            self.kind, self.piece_name = "Dask Array", "chunk"
            self.name = f"Dask Array {_shape(X)}"
            self.schema = _array_schema(X)
        else:
            self.kind, self.piece_name = "Dask DataFrame", "partition"
            self.name = f"Dask DataFrame ({X.npartitions} partitions, {len(X.columns)} columns)"
            _check_frame(X)
            self.churns = True
            columns = frame_columns(X._meta)
            self.layout, self.schema = layout_of(columns, self.name, **roles)
        self.X = X
        self.beside: dict[str, Any] = {}
        given = {"y": y, "sample_weight": sample_weight, "groups": groups}
        for role, collection in given.items():
            if collection is not None:
                self.beside[role] = _aligned(collection, X, role, self.piece_name)
        self.schema = _with_beside(self.schema, self.beside)
        self._graphs: dict[str, Graph | GraphPart] = {}
        self._lock = threading.Lock()
        self._stamp: Stamp | None = None
        self._stamped = False
        # rows of the largest piece whose length was not known before it was read
        self._met: dict[str, int] = {}
        self.pieces = self._pieces()

    def _pieces(self) -> tuple[Piece, ...]:
        lengths = list(known_lengths(self.X))
        for collection in self.beside.values():
            # a target with known chunks beside a frame tells the frame's lengths
            for index, length in enumerate(known_lengths(collection)):
                lengths[index] = length if lengths[index] is None else lengths[index]
        return tuple(
            Piece(f"{self.piece_name} {index} of the {self.kind}", length)
            for index, length in enumerate(lengths)
        )

    def _graph(self, name: str, collections: Callable[[], list[Any]]) -> Any:
        """A graph of this name, made when first needed."""
        with self._lock:
            if name not in self._graphs:
                self._graphs[name] = Graph(collections(), len(self.pieces))
            return self._graphs[name]

    def _collections(self, features: bool) -> list[Any]:
        table: list[Any] = []
        if self.layout is None:
            table = [self.X] if features else []
        elif needed := list(self.layout.needed(features)):
            table = [self.X[needed]]
        return table + list(self.beside.values())

    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        rows = self._piece(piece, features)
        for start, stop in bounds or [(0, rows.n_rows)]:
            yield rows.take(slice(start, stop))

    def _piece(self, piece: int, features: bool) -> Rows:
        where = self.pieces[piece].where
        name, collections = self._needed(features)
        if name == "one column":
            expected = self.pieces[piece].n_rows
            return Rows(self.length(piece) if expected is None else expected)
        graph = self._graph(name, collections)
        results = graph.compute(piece)
        rows = self._own_rows(results, features, where)
        parts: dict[str, Any] = {}
        for role, chunks in zip(self.beside, results[-len(self.beside) :], strict=False):
            values = companion(chunks, role, where)
            if len(values) != rows.n_rows:
                raise inconsistent(rows.n_rows, len(values), role, f"in {where}")
            parts[role] = values
        check_length(rows.n_rows, self.pieces[piece].n_rows, where)
        self._meet(piece, rows.n_rows)
        return replace(rows, **parts)

    def _meet(self, piece: int, n_rows: int) -> None:
        """Learn how long a piece is of which nobody said so; the next pass is projected by it."""
        if self.pieces[piece].n_rows is None and n_rows > self._met.get("rows", 0):
            self._met["rows"] = n_rows
            self._check_piece(piece, n_rows, config.get().budget, None)

    def largest_rows(self) -> int | None:
        """As the first partition, of which one column is read, or the largest that was met."""
        if not self._met:
            self._met["rows"] = self.length(0)
        return self._met["rows"] or None

    def decoding_bytes(self, piece_bytes: int, rows: int) -> int:
        # what a task takes and what it makes; for a frame they are the bytes of a file, its Arrow
        # columns, the frame of all of them, that of the wanted ones and the matrix that blocks
        # are views of
        return piece_bytes * (1 if self.layout is None else FRAME_COPIES)

    def _own_rows(self, results: list[list[Any]], features: bool, where: str) -> Rows:
        """What X itself carries; its length is the first companion's where it was not read."""
        if self.layout is not None and self.layout.needed(features):
            frame = results[0][0]
            check_pandas(frame, where)
            if features:
                check_frame_types(frame, self.layout, where)
            return _owned(frame_rows(frame, self.layout, features))
        if self.layout is None and features:
            X = assemble(results[0], self.schema.dtype, where)
            return Rows(X.shape[0], X)
        return Rows(_rows_of(results[0][0]))

    def part(self, spans: Sequence[Span], features: bool) -> Source:
        other = copy(self)
        pieces = sorted({span.piece for span in spans})
        name, collections = self._needed(features)
        other._graphs = {}
        if name != "one column" or any(self.pieces[piece].n_rows is None for piece in pieces):
            other._graphs = {name: self._graph(name, collections).part(pieces)}
        # under their numbers in the whole, and no others: a part is read and never counted
        other.pieces = cast(Any, {piece: self.pieces[piece] for piece in pieces})
        # what was taken from the collections is in the tasks
        other.X = None
        other.beside = dict.fromkeys(self.beside)
        return other

    def _needed(self, features: bool) -> tuple[str, Callable[[], list[Any]]]:
        """The graph that a pass reads; with neither features nor companions one that counts."""
        if features:
            return "all", lambda: self._collections(True)
        if self.beside or (self.layout and self.layout.companions):
            return "companions", lambda: self._collections(False)
        return "one column", self._one_column

    def sent_bytes(self) -> int:
        # with many pieces there are large ones and small ones
        some = sorted({0, len(self.pieces) // 2, len(self.pieces) - 1})
        graph = self._graph("all", lambda: self._collections(True))
        return sum(graph.sent_bytes(piece) for piece in some) // len(some)

    def needs(self, piece: int) -> tuple[Any, ...]:
        parts = [graph for graph in self._graphs.values() if isinstance(graph, GraphPart)]
        return tuple(key for part in parts for key in part.needs(piece))

    def given(self, results: Mapping[Any, Any]) -> Source:
        other = copy(self)
        other._graphs = {
            name: graph.given(results) if isinstance(graph, GraphPart) else graph
            for name, graph in self._graphs.items()
        }
        return other

    def lengths(self) -> tuple[int, ...]:
        """The rows of every piece, several pieces at a time; on the cluster where there is one."""
        missing = [index for index, piece in enumerate(self.pieces) if piece.n_rows is None]
        client = active_client(config.get())
        if client is not None:
            graph = self._graph("one column", self._one_column)
            counts = dict(zip(missing, graph.lengths(missing, client), strict=True))
        else:
            with ThreadPoolExecutor(config.get().threads) as pool:
                counts = dict(zip(missing, pool.map(self.length, missing), strict=True))
        return tuple(
            counts[index] if piece.n_rows is None else piece.n_rows
            for index, piece in enumerate(self.pieces)
        )

    def length(self, piece: int) -> int:
        """The rows of a piece; one column of a frame or an array is enough."""
        found = _rows_of(self._graph("one column", self._one_column).compute(piece)[0][0])
        if self.churns:
            hand_back_freed()
        return found

    def _one_column(self) -> list[Any]:
        if self.layout is None:
            return [self.X[:, :1]]
        # a number is cheaper to decode than text
        return [self.X[[next(iter(self.layout.features), self.X.columns[0])]]]

    def stamp(self) -> Stamp | None:
        """One of this object's own: the name of a graph stands for a question, not for what a
        file answered. None where chunks are in memory already."""
        if not self._stamped:
            if self._graph("all", lambda: self._collections(True)).takes_work():
                self._stamp = Stamp(uuid4().hex, lasting=False)
            self._stamped = True
        return self._stamp

    def identity(self) -> dict[str, str]:
        found = {f"the name that Dask gives {self.name}": tokenize(self.X)}
        for role, collection in self.beside.items():
            found[f"the name that Dask gives {role}"] = tokenize(collection)
        return found

    def check_memory(self, budget: int, rows: int) -> None:
        for index, piece in enumerate(self.pieces):
            if piece.n_rows is not None:
                self._check_piece(index, piece.n_rows, budget, rows)

    def _check_piece(self, index: int, n_rows: int, budget: int, rows: int | None) -> None:
        """Refuse a piece that does not fit; pieces of so many rows would."""
        n_bytes = n_rows * self.schema.row_bytes
        if n_bytes <= budget:
            return
        if rows is None:
            rows = max(1, budget // (2 * BLOCKS_PER_THREAD * self.schema.row_bytes))
        remedy = (
            f"make smaller chunks with X.rechunk({{0: {rows}}})"
            if self.layout is None
            else "make smaller partitions with "
            f"df.repartition(partition_size='{_size(rows * self.schema.row_bytes)}')"
        )
        raise MemoryBudgetError(
            f"{self.piece_name} {index} of {self.name} needs {format_bytes(n_bytes)} in "
            f"memory at once ({n_rows} rows), and the budget is "
            f"{format_bytes(budget)}: {remedy}, or raise "
            "skdask.config.set(memory_limit=...)"
        )

    def to_dask(self) -> Any:
        """The features as the collection they came from."""
        return self.X if self.layout is None else self.X[list(self.layout.features)]

    def __getstate__(self) -> dict[str, Any]:
        # a graph is made again from the collections; a part of one has nothing to be made from
        parts = {n: graph for n, graph in self._graphs.items() if isinstance(graph, GraphPart)}
        return {**self.__dict__, "_graphs": parts, "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())

    def __copy__(self) -> DaskSource:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        return other


def _owned(rows: Rows) -> Rows:
    """Rows whose vectors are their own: as views they would hold the whole of a frame."""

    def own(vector: Any) -> Any:
        return None if vector is None else np.array(vector)

    y, weight, groups = own(rows.y), own(rows.sample_weight), own(rows.groups)
    return replace(rows, y=y, sample_weight=weight, groups=groups)


def _rows_of(part: Any) -> int:
    # a sparse array has no length
    return int(part.shape[0]) if hasattr(part, "shape") else len(part)


def _array_schema(X: Any) -> Schema:
    check_two_dimensions(X.ndim, X.shape)
    refuse_other_arrays(X._meta)
    if math.isnan(X.shape[1]):
        raise DataError(
            f"the number of columns of {X!r} is unknown; say it with "
            "X.map_blocks(..., chunks=(X.chunks[0], (n_features,)))"
        )
    if X.dtype.kind == "c":
        raise DataError(f"Complex data not supported: X is of type {X.dtype}; take X.real")
    if X.dtype.kind == "O":
        # numbers, for all that is known; what is none is named when it is met
        return array_schema(X.shape[1], np.dtype(np.float64))
    if X.dtype.kind not in "biuf":
        start = "could not convert string to float: " if X.dtype.kind in "US" else ""
        raise DataError(
            f"{start}X is a Dask Array of type {X.dtype}, not of a number; encode it, or say the "
            "type with X.astype(float)"
        )
    if is_sparse(X._meta):
        # how many entries there are decides how many rows a block has: the first chunk tells
        first = X.blocks[0].rechunk((-1, -1)) if X.numblocks[1] > 1 else X.blocks[0]
        return sparse_schema(X.shape[1], X.dtype, entries_a_row([first.compute()]))
    return array_schema(X.shape[1], X.dtype)


def _check_frame(X: Any) -> None:
    check_pandas(X._meta, "the Dask DataFrame")
    if X.npartitions == 0:
        raise DataError(f"{X!r} has no partitions")


def _aligned(collection: Any, X: Any, role: str, piece_name: str) -> Any:
    """The collection with the chunks of X, or an error that says how to get there."""
    if is_dask_array(collection):
        if collection.ndim not in (1, 2) or (role != "y" and _width(collection) != 1):
            raise DataError(f"{role} should be a 1d array, got shape {collection.shape} instead")
        rows, other = known_lengths(X), known_lengths(collection)
        if is_dask_array(X) and None not in rows and None not in other:
            total, given = sum(n or 0 for n in rows), sum(n or 0 for n in other)
            if total != given:
                raise inconsistent(total, given, role, f"X is a Dask Array {_shape(X)}")
            return collection if rows == other else collection.rechunk({0: X.chunks[0]})
    elif is_dask_frame(X) and collection.known_divisions and X.known_divisions:
        if collection.divisions == X.divisions:
            return collection
        return collection.repartition(divisions=X.divisions, force=True)
    if n_pieces(collection) != n_pieces(X):
        raise DataError(
            f"{role} comes in {n_pieces(collection)} {_piece_name(collection)}s and X in "
            f"{n_pieces(X)} {piece_name}s, and their lengths are not known; make both from the "
            f"same collection, or compute the lengths (X.to_dask_array(lengths=True), "
            f"X.compute_chunk_sizes()) or {role} (.compute())"
        )
    return collection


def _piece_name(collection: Any) -> str:
    return "chunk" if is_dask_array(collection) else "partition"


def _with_beside(schema: Schema, beside: dict[str, Any]) -> Schema:
    target = schema.y
    if "y" in beside:
        y = beside["y"]
        if is_dask_array(y):
            target = Target(y.dtype, y.ndim, _width(y))
        elif is_dask_frame(y):
            dtypes = [pandas_vector_dtype(dtype) for dtype in y._meta.dtypes]
            dtype = OBJECT if OBJECT in dtypes else np.result_type(*dtypes)
            target = Target(dtype, 2, len(dtypes))
        else:
            name = y.name if isinstance(y.name, str) else None
            target = Target(pandas_vector_dtype(y._meta.dtype), 1, 1, name)
    return replace(
        schema,
        y=target,
        has_weight=schema.has_weight or "sample_weight" in beside,
        has_groups=schema.has_groups or "groups" in beside,
    )


def _width(array: Any) -> int:
    return 1 if array.ndim == 1 else int(array.shape[1])


def _shape(X: Any) -> str:
    parts = ["?" if math.isnan(n) else str(int(n)) for n in X.shape]
    return f"({', '.join(parts)})"


def _size(n_bytes: int) -> str:
    mebibytes = n_bytes // 2**20
    return f"{mebibytes}MiB" if mebibytes else f"{max(1, n_bytes // 2**10)}KiB"
