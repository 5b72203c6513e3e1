"""Memory is projected before it is used: what a pass may hold at once, and how many threads fit.

What would fit instead follows from the same sum, with less of one thing after the other.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import psutil
from dask.utils import format_bytes

from skdask.blocks import Blocks
from skdask.exceptions import MemoryBudgetError
from skdask.passes.folds import FoldRanges, Folds
from skdask.passes.knowledge import states_kept
from skdask.passes.request import Request, RowSet
from skdask.statistics.base import Statistic
from skdask.statistics.tiles import TILE_BYTES, tile_height

# Mapped rows are held as a step gives them and as the next one or a matrix is made of them
_MAPPED_COPIES = 3
# A kernel's tile, its products and their temporaries
_TILES = 8
# What a run takes beside: the solver's vectors, code loaded late
_RUN_BYTES = 2**24
# What the C library's heap of a thread keeps of temporaries (measured: 5 to 9 MiB of a logistic
# regression's)
_THREAD_BYTES = 2**23


class _Resident:
    """Resident bytes of this process, by one read of a file that stays open.

    Every call of the system hands Python's lock to a thread that computes, and on a busy machine
    it takes milliseconds to get it back. Asking psutil is six calls a block, which took up to a
    tenth of a pass.
    """

    def __init__(self) -> None:
        self._process = -1
        self._file = -1

    def now(self) -> int:
        # a process that was forked from this one has a file of its own
        if self._process != os.getpid():
            self._open()
        if self._file < 0:
            return int(psutil.Process().memory_info().rss)
        return int(os.pread(self._file, 128, 0).split()[1]) * _PAGE_BYTES

    def _open(self) -> None:
        try:
            self._file = os.open("/proc/self/statm", os.O_RDONLY)
        except OSError:
            self._file = -1
        self._process = os.getpid()


_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
_resident = _Resident()


def process_memory() -> int:
    """Resident bytes of this process now."""
    return _resident.now()


@dataclass(frozen=True, slots=True)
class Projection:
    """Bytes that a pass is expected to take at most, and the threads it may use for that.

    Attributes
    ----------
    threads : int
    bytes : int
    most_state : int
        What the states of a block may grow to, where rows make them larger than expected.
    """

    threads: int
    bytes: int
    most_state: int


def project(
    blocks: Blocks,
    requests: tuple[Request, ...],
    folds: Folds,
    threads: int,
    budget: int,
    features: bool = True,
    held: int = 0,
) -> Projection:
    """The most threads, up to those asked for, with which the pass stays within the budget.

    ``held`` bytes are there already, as results of earlier passes.

    Raises
    ------
    MemoryBudgetError
        Where even one thread needs more.
    """
    need = _need(blocks, requests, folds, features, held)
    # threads share the blocks of a long unit, and where reading is waiting some more wait together
    threads = max(1, min(threads * blocks.threads_per_core, blocks.n_blocks))
    while threads > 1 and need.total(threads) > budget:
        threads -= 1
    total = need.total(threads)
    if total > budget:
        raise MemoryBudgetError(
            f"One pass over {blocks.name} needs about {format_bytes(total)} on one thread "
            f"({format_bytes(need.by_thread)} for a block of {format_bytes(need.block)} and its "
            f"statistics, {format_bytes(need.shared)} for merging), but the memory limit is "
            f"{format_bytes(budget)}. {_remedy(need, budget, blocks)}"
        )
    # what is left is shared by all states that are held at a time
    states = threads * (1 + need.own_levels) + need.n_blocks.bit_length() + 1
    return Projection(threads, total, need.block_state + (budget - total) // states)


_Sized = tuple[Statistic[Any, Any], int | None]


@dataclass(frozen=True, slots=True)
class _Need:
    """What a pass holds, in its parts.

    Attributes
    ----------
    block, unit : int
        Bytes of the largest block, and of what reading holds beside it.
    copies : int
        Blocks that a thread holds at a time.
    n_features, n_targets, n_blocks, n_folds : int
    per_block : int
        Folds of which a block holds rows.
    own_levels : int
        Levels of the tree of the blocks that a thread takes in a row.
    kept, moving : tuples of statistics
        Of every fold, and of the requests alone, each with the columns of the mapped rows that
        it meets, None where rows are not mapped.
    mapped : int
        Bytes of mapped rows, and of what a step makes on its way to them.
    widest : int
        Columns of the widest mapped rows, 0 where there are none.
    other : int
        Bytes that follow from none of these.
    """

    block: int
    unit: int
    copies: int
    n_features: int
    n_targets: int
    n_blocks: int
    n_folds: int
    per_block: int
    own_levels: int
    kept: tuple[_Sized, ...]
    moving: tuple[_Sized, ...]
    mapped: int
    widest: int
    other: int

    @property
    def n_columns(self) -> int:
        return self.n_features + self.n_targets

    @property
    def kept_state(self) -> int:
        return self._states(self.kept)

    @property
    def moving_state(self) -> int:
        return self._states(self.moving)

    def _states(self, sized: tuple[_Sized, ...]) -> int:
        return sum(
            statistic.state_bytes(self.n_columns if columns is None else columns)
            for statistic, columns in sized
        )

    @property
    def block_state(self) -> int:
        return self.moving_state + self.kept_state * self.per_block

    @property
    def by_thread(self) -> int:
        widest = max(self.n_columns, self.widest)
        tile = max(TILE_BYTES, 8 * widest * tile_height(widest))
        # Subtrees wait for their siblings, one a level of the tree: of all blocks, and where a
        # thread takes many blocks in a row, also of its own
        states = self.block_state * (1 + self.own_levels)
        held = self.copies * self.block + self.unit + _TILES * tile + states + self.mapped
        return held + _THREAD_BYTES

    @property
    def shared(self) -> int:
        # the states of all folds are there at the end, with what follows from them
        levels = self.n_blocks.bit_length()
        states = self.moving_state + self.block_state * levels
        return states + self.kept_state * states_kept(self.n_folds) + self.other

    def total(self, threads: int = 1) -> int:
        return self.shared + threads * self.by_thread

    def of_blocks(self, block: int, unit: int) -> Self:
        n_blocks = -(-self.n_blocks * max(1, self.block) // max(1, block))
        return replace(self, block=block, unit=unit, n_blocks=max(self.n_blocks, n_blocks))

    def of_features(self, n_features: int) -> Self:
        share = (n_features + self.n_targets) / self.n_columns
        return replace(
            self,
            n_features=n_features,
            block=int(self.block * share) + 1,
            unit=int(self.unit * share) + 1,
        )

    def of_folds(self, n_folds: int) -> Self:
        return replace(self, n_folds=n_folds, per_block=min(self.per_block, n_folds))

    def of_moving(self, count: int) -> Self:
        return replace(self, moving=self.moving[:count])


def _need(
    blocks: Blocks, requests: tuple[Request, ...], folds: Folds, features: bool, held: int
) -> _Need:
    n_columns = blocks.n_features + blocks.n_targets

    def columns_of(rows: RowSet) -> int | None:
        return None if rows.prefix is None else rows.prefix.n_outputs + blocks.n_targets

    def size(sized: _Sized) -> int:
        statistic, columns = sized
        return statistic.state_bytes(n_columns if columns is None else columns)

    by_fold = [r for r in requests if r.statistic.reusable and r.rows.kept_by_fold]
    kept = {(request.statistic, columns_of(request.rows)) for request in by_fold}
    alone = set(requests) - set(by_fold)
    moving = [(request.statistic, columns_of(request.rows)) for request in alone]
    growing = sum(statistic.row_bytes for statistic, _ in (*kept, *moving))
    prefixes = {request.rows.prefix for request in requests if request.rows.prefix is not None}
    rows_a_block = max(1, blocks.block_bytes // max(1, blocks.row_bytes))
    mapped = _MAPPED_COPIES * max(
        (prefix.chain_bytes * min(prefix.height, rows_a_block) for prefix in prefixes), default=0
    )
    # without features a block is its target, a weight and a group
    carried = blocks.n_targets + 2
    without = min(blocks.block_bytes, blocks.block_bytes * carried // max(1, n_columns))
    # a fold-wise pass sorts the rows of a block, and of a frame a matrix is made
    sorts = folds.n_folds > 1 and not isinstance(folds, FoldRanges)
    copies = (not blocks.views) + sorts + blocks.table
    return _Need(
        block=blocks.block_bytes if features else without,
        unit=blocks.unit_bytes,
        copies=copies,
        n_features=blocks.n_features,
        n_targets=blocks.n_targets,
        n_blocks=blocks.n_blocks,
        n_folds=folds.n_folds,
        per_block=folds.per_block(blocks.n_blocks),
        own_levels=max(len(unit) for unit in blocks.units).bit_length(),
        kept=tuple(kept),
        moving=tuple(sorted(moving, key=size, reverse=True)),
        mapped=mapped,
        widest=max((columns_of(request.rows) or 0 for request in requests), default=0),
        # a state as long as the data meets its halves
        other=_RUN_BYTES + held + 2 * growing * (blocks.n_rows or 0),
    )


def _remedy(need: _Need, budget: int, blocks: Blocks) -> str:
    """What would fit: less of one thing alone, and the limit that would do."""

    def most(limit: int, of: Callable[[int], _Need]) -> int:
        """The largest number below a limit that fits, 0 where none does."""
        low, high = 0, limit
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if of(middle).total() <= budget else (low, middle)
        return low

    found = []
    rows = blocks.piece_rows // 2
    while rows and need.of_blocks(*blocks.bytes_in_pieces(rows)).total() > budget:
        rows //= 2
    if rows:
        found.append(f"{blocks.piece_name}s of at most {rows:,} rows")
    if n_features := most(need.n_features, need.of_features):
        found.append(f"at most {n_features:,} of the {need.n_features:,} features")
    if n_folds := most(need.n_folds, need.of_folds):
        found.append(f"{n_folds} folds instead of {need.n_folds}")
    if count := most(len(need.moving), need.of_moving):
        found.append(f"{count} of the {len(need.moving)} models at a time (candidates times folds)")
    found.append(
        f"a limit of {-(-need.total() // 2**20)} MiB by skdask.config.set(memory_limit=...)"
    )
    return "Any of these would fit: " + "; ".join(found) + "."
