"""Reading units of blocks: what a process needs to read some of them, and nothing else.

Sources only decode slices of their pieces; here small pieces are joined, what the user gave in
memory is added, and every block learns its place. A reader of some units can be sent to another
process: rows that are held in memory are then cut to those units, files travel as their paths.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from skdask.blocks.cache import BlockCache
from skdask.blocks.columns import stacked_frames
from skdask.blocks.companions import Companions
from skdask.blocks.cut import Cut, CutPart, Span
from skdask.blocks.freed import hand_back_freed, hand_back_pool, numbered
from skdask.blocks.schema import Target
from skdask.blocks.source import Source, placed
from skdask.blocks.sparse import stacked_rows
from skdask.exceptions import ReadError
from skdask.rows import Block, Rows, is_frame, is_sparse


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads blocks of a source.

    Attributes
    ----------
    source : Source
    companions : Companions
    target : Target or None
        The target's type, which an empty block keeps.
    cut : Cut
        Which slices of which pieces a block is.
    cache : BlockCache or None
        Where decoded rows are kept, None where that is switched off.
    tight : bool
        Whether memory is so scarce that what was freed is given back before the next block.
    empty_pool : int
        Blocks after which a thread gives back what Arrow's pool keeps; 0 where none are large, or
        decoded there.
    """

    source: Source
    companions: Companions
    target: Target | None
    cut: Cut | CutPart
    cache: BlockCache | None = None
    tight: bool = False
    empty_pool: int = 0

    @property
    def is_held(self) -> bool:
        """Whether other processes need parts of this one's memory to read the rows."""
        return self.source.is_held or not self.companions.is_empty

    def needs(self, units: Iterable[int]) -> tuple[Any, ...]:
        """Keys of results on a cluster that reading the units takes, each once, in order."""
        pieces = dict.fromkeys(
            span.piece
            for unit in units
            for index in self.cut.units[unit]
            for span in self.cut.blocks[index]
        )
        return tuple(dict.fromkeys(key for piece in pieces for key in self.source.needs(piece)))

    def given(self, results: Mapping[Any, Any]) -> Reader:
        """This reader with the results that it needs."""
        return replace(self, source=self.source.given(results)) if results else self

    def part(self, units: range, features: bool) -> Reader:
        """A reader of these units alone, for another process."""
        cut = cast(Cut, self.cut).part(units)
        spans = [span for index in sorted(cut.blocks) for span in cut.blocks[index]]
        companions = self.companions
        first_row = cut.first_rows[min(cut.first_rows)]
        if not companions.is_empty and first_row is not None:
            n_rows = sum(span.n_rows or 0 for span in spans)
            companions = companions.part(first_row, first_row + n_rows)
        source = self.source.part(spans, features)
        return replace(self, source=source, companions=companions, cut=cut)

    def read(self, unit: int, *, features: bool = True) -> Iterator[Block]:
        """Read the blocks of a unit, in order."""
        indices = self.cut.units[unit]
        if self.cache is None:
            for index, rows in numbered(indices, self._decoded(unit, features)):
                yield self._block(index, rows)
                del rows
            return
        found = self.cache.through(
            indices, lambda: self._decoded(unit, features), features=features
        )
        for index, (rows, cached) in numbered(indices, found):
            yield self._block(index, rows, cached)
            del rows

    def _decoded(self, unit: int, features: bool) -> Iterator[Rows]:
        """The rows of a unit's blocks as the source gives them."""
        indices = self.cut.units[unit]
        self._hand_back()
        if len(indices) == 1 and len(self.cut.blocks[indices[0]]) > 1:
            rows = self._joined(self.cut.blocks[indices[0]], features)
            self._hand_back()
            yield rows
            del rows
            self._let_go()
            return
        spans = [self.cut.blocks[index][0] for index in indices]
        bounds = [(span.start, span.stop) for span in spans if span.stop is not None]
        found = 0
        piece = spans[0].piece
        reading = self.source.read(piece, bounds or None, features)
        for rows in placed(reading, self.source.pieces[piece]):
            found += 1
            self._hand_back()
            yield rows
            del rows
            self._let_go()
        if found < len(indices):
            self._raise_short(spans[found])

    def _hand_back(self) -> None:
        """A block is decoded, or will be: nobody holds what it was made of."""
        if self.tight:
            hand_back_freed()

    def _let_go(self) -> None:
        """A block was met: nobody holds it."""
        self._hand_back()
        if self.empty_pool and not self.tight:
            hand_back_pool(self.empty_pool)

    def _joined(self, spans: Sequence[Span], features: bool) -> Rows:
        parts = list(self.source.read_whole(spans, features))
        if sum(part.n_rows for part in parts) < sum(span.n_rows or 0 for span in spans):
            self._raise_short(spans[-1])
        return concatenate(parts)

    def _raise_short(self, span: Span) -> None:
        where = self.source.pieces[span.piece].where
        raise ReadError(
            f"{where} ended before row {span.stop}, which its metadata announce; the file was "
            "changed or cut short: write it again"
        )

    def _block(self, index: int, rows: Rows, cached: bool = False) -> Block:
        first_row = self.cut.first_rows[index]
        if rows.n_rows == 0:
            rows = self._typed_empty(rows)
        if not self.companions.is_empty and first_row is not None:
            rows = self.companions.join(rows, first_row)
        return Block(index, first_row, rows.aligned(), self._where(index), cached)

    def _typed_empty(self, rows: Rows) -> Rows:
        # an empty piece may have lost its types on the way; merging must not see others
        target = self.target
        if target is None or rows.y is None:
            return rows
        shape = (0,) if target.ndim == 1 else (0, target.n_targets)
        return replace(rows, y=np.empty(shape, dtype=target.dtype))

    def _where(self, index: int) -> str:
        spans = self.cut.blocks[index]
        pieces = self.source.pieces
        first, last = spans[0], spans[-1]
        if first.piece != last.piece:
            return f"{pieces[first.piece].where} to {pieces[last.piece].where}"
        where = pieces[first.piece].where
        if first.stop is None or first.n_rows == pieces[first.piece].n_rows:
            return where
        return f"{where}, rows {first.start} to {first.stop - 1}"


def concatenate(parts: list[Rows]) -> Rows:
    """Several rows after each other as one."""
    if len(parts) == 1:
        return parts[0]
    n_rows = sum(part.n_rows for part in parts)
    X: Any = None
    blocks = [part.X for part in parts if part.X is not None]
    if blocks and is_frame(blocks[0]):
        X = stacked_frames(blocks)
    elif blocks and any(map(is_sparse, blocks)):
        X = stacked_rows(blocks)
    elif blocks:
        order = "F" if blocks[0].flags.f_contiguous else "C"
        X = np.empty((n_rows, blocks[0].shape[1]), dtype=blocks[0].dtype, order=order)  # type: ignore[call-overload]
        np.concatenate(blocks, out=X)
        X.flags.writeable = False
    return Rows(
        n_rows,
        X,
        _stacked([part.y for part in parts]),
        _stacked([part.sample_weight for part in parts]),
        _stacked([part.groups for part in parts]),
    )


def _stacked(vectors: list[Any]) -> Any:
    return None if vectors[0] is None else np.concatenate(vectors)
