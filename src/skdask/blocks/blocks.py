"""Blocks: a source cut into the leaves of the merge tree, ready to be read.

The same for every kind of data. Sources only decode slices of their pieces; here small pieces
are joined, what the user gave in memory is added, and every block learns its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray

from skdask import config
from skdask.blocks.cache import BlockCache, cache_for
from skdask.blocks.companions import Companions
from skdask.blocks.cut import BLOCKS_PER_THREAD, STRETCH, Cut, block_rows, cut, rows_within
from skdask.blocks.description import Description, cache_sentence, content_lines
from skdask.blocks.identity import digest_of
from skdask.blocks.partitioning import division
from skdask.blocks.reader import Reader, concatenate
from skdask.blocks.source import Source
from skdask.exceptions import DataError
from skdask.rows import Block, Rows

# Blocks for each thread from which on memory is not what readers must save.
ROOMY_BLOCKS = 16

# Bytes of a block from which on Arrow's pool is worth emptying.
POOLED_BYTES = 2**20

# Where there is room for this many blocks for each thread, the pool is emptied after some blocks
# only, and keeps as much as a few of them until then (measured: up to 3 of 16 MiB).
SPACIOUS_BLOCKS = 32
EMPTY_POOL = 8
POOL_KEEPS = 4

# Threads for each core where reading is waiting for a network: some wait while others compute.
WAITING_THREADS = 3


class Blocks:
    """Rows of some data, in blocks.

    Made by :func:`skdask.blocks.open`. Keeps no data but what was given in memory; reading is
    safe from several threads at once.

    Attributes
    ----------
    name : str
        For people.
    n_features : int
    feature_names : tuple of str, or None for arrays
    dtype : float32 or float64
    sparse : bool
        Whether blocks are arrays of scipy.sparse.
    table : bool
        Whether blocks are pandas frames: where a column is no number, or :meth:`as_tables`.
    template : DataFrame or None
    n_rows : int or None
        None while unknown; see :meth:`counted`.
    has_y, has_weight, has_groups : bool
    y_ndim : int
        1 or 2; 0 without a target.
    n_targets : int
    y_dtype : dtype or None
    y_name : str or None
    n_blocks : int
    units : tuple of range
        Consecutive blocks which one reader takes together, covering all blocks in order.
    row_bytes : int
        Decoded bytes of a row, estimated where it holds text.
    block_bytes : int
        Decoded bytes of the largest block, estimated while lengths are unknown.
    unit_bytes : int
        Bytes that reading a unit holds at most, beside the block that it gives.
    piece_name : str
        What the source decodes at once: "row group", "chunk".
    views : bool
        Whether blocks are views of what is in memory, or mapped, anyway.
    threads_per_core : int
        Threads that keep a core busy: more than one where reading is mostly waiting.
    n_bytes : int or None
        Decoded bytes of all rows.
    reduced : bool
        Whether the budget made blocks smaller than standard.
    """

    def __init__(self, source: Source, companions: Companions | None = None) -> None:
        settings = config.get()
        self._companions = companions or Companions()
        self._schema = schema = self._companions.extend(source.schema)
        self.name = source.name
        lengths = [piece.n_rows for piece in source.pieces]
        known = [length for length in lengths if length is not None]
        self.n_rows = sum(known) if len(known) == len(lengths) else None
        self._check_shape()
        self._standard_rows = block_rows(settings.block_bytes, schema.row_columns)
        self._rows = rows_within(
            settings.budget, settings.threads, self._standard_rows, schema.row_bytes
        )
        self.reduced = self._rows < self._standard_rows
        source.check_memory(settings.budget, self._rows)
        self._cut: Cut = cut(lengths, self._rows, random_access=source.random_access)
        cache = self._new_cache()
        threads, block = settings.threads, self._rows * schema.row_bytes
        roomy = settings.budget >= threads * ROOMY_BLOCKS * block
        source = source.suited(spare_threads=threads > len(self._cut.units), roomy=roomy)
        self._source = source
        # of views nothing is freed
        tight = not source.views and (source.churns or not roomy)
        empty_pool = 0
        if source.pooled and block >= POOLED_BYTES:
            spacious = settings.budget >= threads * SPACIOUS_BLOCKS * block
            empty_pool = EMPTY_POOL if spacious else 1
        self._reader = Reader(
            source, self._companions, schema.y, self._cut, cache, tight=tight, empty_pool=empty_pool
        )
        self._budget, self._threads = settings.budget, settings.threads

    def _check_shape(self) -> None:
        rows, features = self.n_rows, self._schema.n_features
        if features == 0:
            raise DataError(
                f"Found array with 0 feature(s) (shape=({rows}, 0)) while a minimum of 1 is "
                f"required: {self.name} has no feature left; check drop= and columns="
            )
        if rows is None:
            return
        if rows == 0:
            raise DataError(
                f"Found array with 0 sample(s) (shape=(0, {features})) while a minimum of 1 is "
                f"required: {self.name} has no rows"
            )
        self._companions.check_lengths(rows, self.name)

    @property
    def n_features(self) -> int:
        return self._schema.n_features

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        return self._schema.feature_names

    @property
    def dtype(self) -> np.dtype[Any]:
        return self._schema.dtype

    @property
    def given_dtype(self) -> np.dtype[Any] | None:
        """The type of an array whose numbers `dtype` stands for; None for tables."""
        return self._schema.given_dtype

    @property
    def sparse(self) -> bool:
        return self._schema.sparse

    @property
    def table(self) -> bool:
        return self._schema.table

    def as_tables(self) -> Blocks:
        """The same blocks as frames whose columns keep names and types; arrays stay arrays."""
        return self._in_form(True)

    def as_matrices(self) -> Blocks:
        """The same blocks as matrices of numbers.

        Raises
        ------
        DataError
            scikit-learn's error where a column is no number.
        """
        return self._in_form(False)

    def _in_form(self, as_table: bool) -> Blocks:
        source = self._source.in_form(as_table)
        if source is self._source:
            return self
        other = copy(self)
        other._source = source
        other._schema = self._companions.extend(source.schema)
        other._reader = replace(self._reader, source=source, cache=other._new_cache())
        return other

    def _new_cache(self) -> BlockCache | None:
        # what the source holds is its own to tell; the rest is how it is cut, and into what
        return cache_for(f"{self._rows} {self.n_rows is None} {self._schema}")

    @property
    def template(self) -> Any | None:
        """A frame without rows whose columns have the types of the blocks'; None for arrays."""
        return self._source.template()

    @property
    def has_y(self) -> bool:
        return self._schema.y is not None

    @property
    def y_ndim(self) -> int:
        return 0 if self._schema.y is None else self._schema.y.ndim

    @property
    def n_targets(self) -> int:
        return 0 if self._schema.y is None else self._schema.y.n_targets

    @property
    def y_dtype(self) -> np.dtype[Any] | None:
        return None if self._schema.y is None else self._schema.y.dtype

    @property
    def y_name(self) -> str | None:
        return None if self._schema.y is None else self._schema.y.name

    @property
    def has_weight(self) -> bool:
        return self._schema.has_weight

    @property
    def has_groups(self) -> bool:
        return self._schema.has_groups

    @property
    def reader(self) -> Reader:
        """What reads the units, here or in another process."""
        return self._reader

    def first_row(self, unit: int) -> int | None:
        """The number of a unit's first row, None while row counts are unknown."""
        return self._cut.first_rows[self.units[unit].start]

    @property
    def n_blocks(self) -> int:
        return len(self._cut.blocks)

    @property
    def units(self) -> tuple[range, ...]:
        return self._cut.units

    @property
    def n_bytes(self) -> int | None:
        return None if self.n_rows is None else self.n_rows * self._schema.row_bytes

    @property
    def threads_per_core(self) -> int:
        return WAITING_THREADS if self._source.waits else 1

    @property
    def row_bytes(self) -> int:
        return self._schema.row_bytes

    @property
    def block_bytes(self) -> int:
        rows = self._cut.largest_rows
        if rows is not None:
            return rows * self._schema.row_bytes
        return self._largest_piece_bytes()

    @property
    def unit_bytes(self) -> int:
        return self._unit_bytes(self._cut, self._largest_piece_bytes(), self.block_bytes)

    def _unit_bytes(self, cut: Cut, piece_bytes: int, block_bytes: int) -> int:
        found = self._source.decoding_bytes(piece_bytes, cut.largest_rows or self._rows)
        if not self._source.joins and any(len(spans) > 1 for spans in cut.blocks):
            found += block_bytes
        if not (self._reader.tight or self._source.views):
            # what allocators keep of the block before; Arrow's pool, of blocks since it was emptied
            found += block_bytes * (POOL_KEEPS if self._reader.empty_pool > 1 else 1)
        return found

    @property
    def piece_rows(self) -> int:
        """Rows of the largest piece, estimated while lengths are unknown."""
        return self._largest_piece_bytes() // max(1, self.row_bytes)

    def bytes_in_pieces(self, rows: int) -> tuple[int, int]:
        """`block_bytes` and `unit_bytes` of the same rows in pieces of so many."""
        # a few tell, since the cut repeats itself
        pieces = cut([rows] * 64, self._rows, random_access=self._source.random_access)
        block = (pieces.largest_rows or rows) * self.row_bytes
        return block, self._unit_bytes(pieces, rows * self.row_bytes, block)

    @property
    def piece_name(self) -> str:
        return self._source.piece_name

    @property
    def views(self) -> bool:
        return self._source.views

    def _largest_piece_bytes(self) -> int:
        rows = self._rows
        if any(piece.n_rows is None and piece.n_bytes is None for piece in self._source.pieces):
            # it may take reading some
            rows = self._source.largest_rows() or rows
        standard = rows * self._schema.row_bytes
        estimates = [
            piece.n_rows * self._schema.row_bytes
            if piece.n_rows is not None
            else piece.n_bytes or standard
            for piece in self._source.pieces
        ]
        return max(estimates)

    @property
    def is_coarse(self) -> bool:
        """Whether lengths are unknown and a piece may be more than a block."""
        limit = STRETCH * self._rows * self._schema.row_bytes
        return self.n_rows is None and self._largest_piece_bytes() > limit

    def counted(self) -> Blocks:
        """These blocks with row counts: self if they are known, else lengths are read first."""
        return self if self.n_rows is not None else self.of_lengths(self.piece_lengths())

    def piece_lengths(self) -> tuple[int, ...]:
        """The rows of every piece of the source, read where they are not known."""
        return self._source.lengths()

    def of_lengths(self, lengths: Sequence[int]) -> Blocks:
        """These blocks, cut by lengths that were read before."""
        return Blocks(self._source.counted(lengths), self._companions)

    def sent_bytes(self) -> int:
        """Bytes that travel with a unit to another process, about."""
        n_units = len(self.units)
        pieces = max(1, len(self._source.pieces))
        sent = self._source.sent_bytes()
        if sent is None:
            sent = self.block_bytes if self.n_bytes is None else self.n_bytes // pieces
        return sent * pieces // n_units

    def identity(self) -> dict[str, str]:
        """Facts by which these blocks are recognised in another process, without reading them."""
        schema = self._schema
        found = self._source.identity()
        found["the features"] = f"{schema.n_features} of {schema.dtype}" + (
            "" if schema.feature_names is None else f" ({', '.join(schema.feature_names)})"
        )
        if schema.y is not None:
            found["the target"] = f"{schema.y.name} ({schema.y.dtype}, {schema.y.n_targets})"
        found["the layout of the columns"] = self._source.roles()
        for role in ("y", "sample_weight", "groups"):
            values = getattr(self._companions, role)
            if values is not None:
                found[f"the contents of {role}"] = digest_of(values)
        cut = hashlib.blake2b(repr(self._cut.blocks).encode(), digest_size=8).hexdigest()
        found["the blocks"] = f"{self.n_blocks} of {self._rows:,} rows at most ({cut})"
        return found

    def read(self, unit: int, *, features: bool = True) -> Iterator[Block]:
        """Read the blocks of a unit, in order.

        Parameters
        ----------
        unit : int
        features : bool, default=True
            If False only y, sample_weight and groups are read, and X is None.

        Yields
        ------
        Block
        """
        return self._reader.read(unit, features=features)

    @property
    def cache(self) -> BlockCache | None:
        """Where decoded blocks are kept; None where that is switched off."""
        return self._reader.cache

    def begin_pass(self, *, write: bool) -> None:
        """Map what is cached of the data as they are now; write the rest if so wished."""
        if self.cache is not None:
            self.cache.begin_pass(self._source.stamp(), write=write)

    def head(self, n: int) -> tuple[Any, NDArray[Any] | None]:
        """The first rows in memory: X and y (None without a target)."""
        parts: list[Rows] = []
        missing = n
        for unit in range(len(self.units)):
            for block in self.read(unit):
                part = block.rows.take(slice(0, missing))
                parts.append(part)
                missing -= part.n_rows
                if missing <= 0:
                    break
            if missing <= 0:
                break
        rows = concatenate(parts)
        assert rows.X is not None
        return rows.X, rows.y

    def to_dask(self) -> Any:
        """The features as a lazy Dask collection.

        Returns
        -------
        Dask DataFrame where there are feature names, else Dask Array
            One partition a unit. Data that came as a Dask collection are given back as such,
            with its own partitions.
        """
        from skdask.blocks.lazy import as_dask

        own = self._source.to_dask()
        return as_dask(self) if own is None else own

    def describe(self) -> Description:
        """What was chosen, and why, in lines."""
        lines = [*content_lines(self, self._source, self._schema.y), *self._cut_lines()]
        lines += [f"  {note}" for note in self._source.notes]
        divided = division(
            config.get(),
            n_blocks=self.n_blocks,
            n_units=len(self.units),
            # where lengths are unknown, telling their size would take reading
            block_bytes=0 if self.n_rows is None else self.block_bytes,
            threads_per_core=self.threads_per_core,
        )
        lines += [f"  {sentence}" for sentence in divided]
        lines.append(f"  {cache_sentence(self._source, self.cache)}")
        if self.reduced:
            lines.append(
                f"  reduced from {self._standard_rows:,} rows a block: {BLOCKS_PER_THREAD} blocks "
                f"for each of {self._threads} threads must fit {format_bytes(self._budget)}"
            )
        return Description("\n".join(lines))

    def _cut_lines(self) -> Iterator[str]:
        piece = self.piece_name
        if self.n_rows is None:
            yield f"  lengths unknown: each {piece} is one block until counted"
        else:
            yield (
                f"  target of {self._rows:,} rows a block; the largest takes "
                f"{format_bytes(self.block_bytes)}"
            )
        if self._source.random_access:
            yield "  blocks are read independently of each other"
        elif self._source.streams:
            yield f"  a large {piece} is streamed, block by block"
        else:
            yield f"  a {piece} is decoded once for all of its blocks"

    def __repr__(self) -> str:
        rows = "?" if self.n_rows is None else f"{self.n_rows}"
        target = f", y={self.y_name or self.y_dtype}" if self.has_y else ""
        return (
            f"<Blocks of {self.name}: {rows} rows, {self.n_features} features{target}, "
            f"{self.n_blocks} blocks in {len(self.units)} units>"
        )
