"""Where blocks begin and end: a pure function of piece lengths and row width.

Blocks are the leaves of the merge tree, so they follow the data alone and never cores,
workers or load. A source comes in pieces (chunks, partitions, row groups, batches, ranges of
a file). A piece much larger than a standard block is split into equal slices; smaller ones
are joined whole until a block is filled well enough. A block is therefore slices of one piece
or several whole pieces, never a mixture, and no piece is decoded for two units.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# A piece up to this many blocks long stays whole: splitting it would cost a copy, and blocks
# of 1.5 times the standard size still fit the memory that is planned for one.
STRETCH = 1.5

# Pieces are joined until they are this many blocks long: joining costs a copy in every pass, a
# block more a tenth of a millisecond, and few large blocks leave threads idle at the end.
FILLED = 0.4

# Blocks in memory for each thread: the one it works on, the one being decoded, and the
# buffers of both.
BLOCKS_PER_THREAD = 4


@dataclass(frozen=True, slots=True)
class Span:
    """Rows `start:stop` of a piece; `stop` is None for the whole of a piece of unknown length."""

    piece: int
    start: int
    stop: int | None

    @property
    def n_rows(self) -> int | None:
        return None if self.stop is None else self.stop - self.start


@dataclass(frozen=True, slots=True)
class CutPart:
    """Some units of a cut, under the numbers that they and their blocks have in the whole."""

    blocks: dict[int, tuple[Span, ...]]
    first_rows: dict[int, int | None]
    units: dict[int, range]


@dataclass(frozen=True, slots=True)
class Cut:
    """Blocks as spans, and which of them one reader takes together.

    Attributes
    ----------
    blocks : tuple of tuples of Span
    first_rows : tuple of int or None
        Number of each block's first row; None while lengths are unknown.
    units : tuple of range
        Consecutive block indices, covering all blocks in order.
    """

    blocks: tuple[tuple[Span, ...], ...]
    first_rows: tuple[int | None, ...]
    units: tuple[range, ...]

    def part(self, units: range) -> CutPart:
        """These units alone."""
        indices = range(self.units[units.start].start, self.units[units[-1]].stop)
        return CutPart(
            {index: self.blocks[index] for index in indices},
            {index: self.first_rows[index] for index in indices},
            {unit: self.units[unit] for unit in units},
        )

    @property
    def largest_rows(self) -> int | None:
        """Rows of the largest block, None while lengths are unknown."""
        largest = 0
        for spans in self.blocks:
            rows = 0
            for span in spans:
                if span.n_rows is None:
                    return None
                rows += span.n_rows
            largest = max(largest, rows)
        return largest


# Columns from which merging shows (measured on 1,000: 5 % of a PCA)
_WIDE = 512


def block_rows(block_bytes: int, row_columns: int) -> int:
    """Rows of a standard block: a function of row width only, eight bytes a column.

    A wide block may be twice as large, up to three rows a column: statistics of pairs of columns
    are as large as some n_columns rows, and merging them costs as much.
    """
    rows = block_bytes // (8 * max(1, row_columns))
    if row_columns >= _WIDE:
        rows = max(rows, min(2 * rows, 3 * row_columns))
    return max(1, rows)


def rows_within(budget: int, threads: int, rows: int, row_bytes: int) -> int:
    """Rows of a block that fits the budget: `rows`, halved until the threads' blocks fit."""
    while rows > 1 and threads * BLOCKS_PER_THREAD * rows * row_bytes > budget:
        rows //= 2
    return rows


def cut(lengths: Sequence[int | None], rows: int, *, random_access: bool) -> Cut:
    """Cut pieces into blocks of about `rows` rows.

    Parameters
    ----------
    lengths : sequence of int or None
        Rows of each piece. If any is unknown, every piece is one block.
    rows : int
        Rows of a standard block.
    random_access : bool
        Whether a slice of a piece can be read without the rest; if not, the slices of a piece
        form one unit.

    Returns
    -------
    Cut

    Examples
    --------
    >>> result = cut([250, 30, 40], 100, random_access=False)
    >>> [[(span.piece, span.start, span.stop) for span in block] for block in result.blocks]
    [[(0, 0, 84)], [(0, 84, 168)], [(0, 168, 250)], [(1, 0, 30), (2, 0, 40)]]
    >>> result.units
    (range(0, 3), range(3, 4))
    """
    known = [length for length in lengths if length is not None]
    if len(known) < len(lengths):
        blocks = tuple((Span(piece, 0, None),) for piece in range(len(lengths)))
        return Cut(
            blocks, (None,) * len(blocks), tuple(range(i, i + 1) for i in range(len(blocks)))
        )
    joined: list[tuple[Span, ...]] = []
    units: list[range] = []
    for group in _groups(known, rows):
        start = len(joined)
        joined += group
        if random_access:
            units += [range(i, i + 1) for i in range(start, len(joined))]
        else:
            units.append(range(start, len(joined)))
    first_rows: list[int | None] = []
    row = 0
    for spans in joined:
        first_rows.append(row)
        row += sum(span.n_rows or 0 for span in spans)
    return Cut(tuple(joined), tuple(first_rows), tuple(units))


def _groups(lengths: Sequence[int], rows: int) -> Iterator[list[tuple[Span, ...]]]:
    """The blocks of one piece that is split, or one block of several whole pieces."""
    pending: list[Span] = []
    pending_rows = 0
    for piece, length in enumerate(lengths):
        if length == 0:
            continue  # nothing to read, so no block needs it
        if pending and pending_rows + length > STRETCH * rows:
            yield [tuple(pending)]
            pending, pending_rows = [], 0
        if length > STRETCH * rows:
            yield [(span,) for span in _slices(piece, length, rows)]
            continue
        pending.append(Span(piece, 0, length))
        pending_rows += length
        if pending_rows >= FILLED * rows:
            yield [tuple(pending)]
            pending, pending_rows = [], 0
    if pending:
        yield [tuple(pending)]


def _slices(piece: int, length: int, rows: int) -> Iterator[Span]:
    """As few slices of at most `rows` rows as there can be, all equal but a shorter last one.

    Equal lengths let a source decode batches that are blocks.
    """
    count = -(-length // rows)
    size = -(-length // count)
    for start in range(0, length, size):
        yield Span(piece, start, min(start + size, length))
