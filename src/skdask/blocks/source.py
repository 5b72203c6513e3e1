"""A source of rows: pieces that are decoded on demand, nothing more.

Every kind of data (arrays, Dask collections, files) is one source. It says which pieces it
has and reads consecutive slices of one; cutting into blocks, joining of small pieces and what
the user gave in memory are added in `blocks.py`, the same for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from skdask.blocks.columns import template
from skdask.blocks.cut import Span
from skdask.blocks.schema import Schema, refuse_what_is_no_number
from skdask.exceptions import DataError, SkdaskError, UnsupportedError
from skdask.rows import Rows

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Piece:
    """What a source decodes at once.

    Attributes
    ----------
    where : str
        For people: "part.0.parquet, row group 3".
    n_rows : int or None
        None while unknown.
    n_bytes : int or None
        Decoded bytes where the source can say or estimate them although rows are unknown.
    """

    where: str
    n_rows: int | None
    n_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """A name for what a source decodes, by which decoded blocks are found again.

    Attributes
    ----------
    text : str
        Another one for other content.
    lasting : bool
        Whether it holds beyond this process: what a file holds can be told from the file; what a
        graph makes is only known to be the same while it is the same graph.
    """

    text: str
    lasting: bool = True


class Source(ABC):
    """Rows that can be read piece by piece, from several threads at once.

    Attributes
    ----------
    name : str
        For people: "flights.arrow", "Dask Array (1000000, 50)".
    kind : str
        For people: "Parquet file", "Dask Array".
    piece_name : str
        What a piece is called: "row group", "chunk".
    random_access : bool
        Whether a slice of a piece can be read without the rest of it.
    streams : bool
        Whether a piece is decoded slice by slice, so that it is never whole in memory.
    is_held : bool
        Whether rows, or the tasks that make them, are in this process, so that another one needs
        a part of it for every piece.
    waits : bool
        Whether reading is mostly waiting, as it is behind a network.
    is_filtered : bool
        Whether rows are left out.
    joins : bool
        Whether `read_whole` makes one block of several pieces without holding them beside it.
    churns : bool
        Whether reading allocates many times what it gives.
    pooled : bool
        Whether blocks are decoded in Arrow's memory pool.
    views : bool
        Whether blocks are views of what is in memory, or mapped, anyway.
    notes : tuple of str
        What else there is to say about it, for people.
    schema : Schema
        What the source itself carries.
    layout : Layout or None
        Which column is what; None for arrays.
    pieces : tuple of Piece
    """

    name: str
    kind: str
    piece_name: str
    random_access: bool = False
    streams: bool = False
    is_held: bool = False
    waits: bool = False
    is_filtered: bool = False
    joins: bool = False
    churns: bool = False
    pooled: bool = False
    views: bool = False
    notes: tuple[str, ...] = ()
    schema: Schema
    layout: Any = None
    pieces: tuple[Piece, ...]

    @abstractmethod
    def read(
        self, piece: int, bounds: Sequence[tuple[int, int]] | None, features: bool
    ) -> Iterator[Rows]:
        """Read consecutive slices of a piece, or all of it where its length is unknown.

        Parameters
        ----------
        piece : int
        bounds : sequence of (start, stop), or None
            Consecutive slices; the first starts at 0 unless the source has random access.
        features : bool
            Whether to read X; if not, only what travels with it.
        """

    def lengths(self) -> tuple[int, ...]:
        """The rows of every piece, read as cheaply as the source can."""
        return tuple(
            piece.n_rows if piece.n_rows is not None else self.length(index)
            for index, piece in enumerate(self.pieces)
        )

    def length(self, piece: int) -> int:
        """The rows of one piece, read."""
        return sum(rows.n_rows for rows in self.read(piece, None, features=False))

    def counted(self, lengths: Sequence[int]) -> Self:
        """This source with its lengths known."""
        other = copy(self)
        other.pieces = tuple(
            replace(piece, n_rows=length)
            for piece, length in zip(self.pieces, lengths, strict=True)
        )
        return other

    def part(self, spans: Sequence[Span], features: bool) -> Source:
        """What another process needs to read these slices: this source, where it is of files.

        Sources that hold rows in memory give the rows of these slices alone.
        """
        return self

    def sent_bytes(self) -> int | None:
        """Bytes that travel with a piece to another process; None for those of its rows."""
        return None

    def needs(self, piece: int) -> tuple[Any, ...]:
        """Keys of results on a cluster that reading the piece takes."""
        return ()

    def given(self, results: Mapping[Any, Any]) -> Source:
        """This source with the results that its pieces need, in the process that has them."""
        return self

    def read_whole(self, spans: Sequence[Span], features: bool) -> Iterator[Rows]:
        """Read several whole pieces of known length, in as many parts as come handy."""
        for span in spans:
            bounds = [(span.start, span.stop or 0)]
            yield from placed(self.read(span.piece, bounds, features), self.pieces[span.piece])

    def stamp(self) -> Stamp | None:
        """What is decoded, as it is now; None where reading is no work that a cache would save."""
        return None

    def decoding_bytes(self, piece_bytes: int, rows: int) -> int:
        """What is held while blocks of some rows are made of a piece, beside one block.

        By default the decoded piece; nothing where any slice can be read without the rest.
        """
        return 0 if self.random_access else piece_bytes

    def largest_rows(self) -> int | None:
        """Rows that a piece of unknown length is expected to have, None where nothing tells."""
        return None

    def suited(self, *, spare_threads: bool, roomy: bool) -> Self:
        """This source as suits the machine; what is read stays the same to the bit.

        Parameters
        ----------
        spare_threads : bool
            Whether there are more threads than units, so that one reader may use several.
        roomy : bool
            Whether memory allows some more copies of a block.
        """
        return self

    def identity(self) -> dict[str, str]:
        """Facts by which the same data are recognised in another process, without reading them."""
        raise UnsupportedError(
            f"{self.kind} cannot be recognised when a run is resumed; fit it without checkpoint="
        )

    def roles(self) -> str:
        """Which columns of a table are which part of a block, in words."""
        layout = getattr(self, "layout", None)
        return "as given" if layout is None else str(layout)

    def check_memory(self, budget: int, rows: int) -> None:  # noqa: B027
        """Raise MemoryBudgetError if a piece cannot be read within the budget."""

    def in_form(self, as_table: bool) -> Source:
        """This source with frames as blocks, or with matrices; an array has no choice."""
        if self.layout is None or self.layout.as_table == as_table:
            return self
        if not as_table:
            refuse_what_is_no_number(self.layout, self.name, self.first_value)
        other = copy(self)
        other.layout = replace(self.layout, as_table=as_table)
        other.schema = replace(self.schema, table=as_table)
        return other

    def first_value(self, column: Hashable) -> Any:
        """The first value of a column, None where it cannot be told cheaply."""
        return None

    def template(self) -> Any | None:
        """A frame without rows whose columns have the types of the blocks'; None for arrays."""
        return None if self.layout is None else template(self.layout)

    def to_dask(self) -> Any | None:
        """The features as the Dask collection they came from, None for other sources."""
        return None


def placed(rows: Iterator[T], piece: Piece) -> Iterator[T]:
    """Rows of a piece; an error that may not say where it happened gets a note that does."""
    try:
        yield from rows
    except SkdaskError:
        raise
    except Exception as error:
        error.add_note(f"skdask was reading {piece.where}")
        raise


def check_length(found: int, expected: int | None, where: str) -> None:
    """Raise if a piece is not as long as it said."""
    if expected is not None and found != expected:
        raise DataError(
            f"{where} has {found} rows where {expected} were announced; the data have changed "
            "since they were opened, or their metadata are wrong: open them again"
        )
