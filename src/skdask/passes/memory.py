"""Memory is projected before it is used: what a pass may hold at once, and how many threads fit."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
from dask.utils import format_bytes

from skdask.blocks import Blocks
from skdask.exceptions import MemoryBudgetError
from skdask.passes.folds import Folds
from skdask.passes.knowledge import states_kept
from skdask.passes.request import Request, RowSet
from skdask.statistics.tiles import TILE_BYTES, tile_height

# A block is held as its source decoded it and as the matrix made of it; a fold-wise pass sorts it
_BLOCK_COPIES = 3
# Mapped rows are held as a step gives them and as the next one or a matrix is made of them
_MAPPED_COPIES = 3
# A kernel's tile, its products and their temporaries
_TILES = 8


def process_memory() -> int:
    """Resident bytes of this process now."""
    return int(psutil.Process().memory_info().rss)


@dataclass(frozen=True, slots=True)
class Projection:
    """Bytes that a pass is expected to take at most, and the threads it may use for that."""

    threads: int
    bytes: int


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
    n_columns = blocks.n_features + blocks.n_targets

    def columns_of(rows: RowSet) -> int:
        return n_columns if rows.prefix is None else rows.prefix.n_outputs + blocks.n_targets

    by_fold = [r for r in requests if r.statistic.reusable and r.rows.kept_by_fold]
    kept = {(request.statistic, columns_of(request.rows)) for request in by_fold}
    kept_state = sum(statistic.state_bytes(columns) for statistic, columns in kept)
    moving = set(requests) - set(by_fold)
    moving_state = sum(r.statistic.state_bytes(columns_of(r.rows)) for r in moving)

    growing = sum(statistic.row_bytes for statistic, _ in kept)
    growing += sum(request.statistic.row_bytes for request in moving)

    # without features a block is its target, a weight and a group
    carried = blocks.n_targets + 2
    without = min(blocks.block_bytes, blocks.block_bytes * carried // max(1, n_columns))
    block = blocks.block_bytes if features else without
    widest = max((columns_of(request.rows) for request in requests), default=n_columns)
    tile = max(TILE_BYTES, 8 * widest * tile_height(widest))
    block_state = moving_state + kept_state * folds.per_block(blocks.n_blocks)
    # Subtrees wait for their siblings, one a level of the tree: of all blocks, and where a thread
    # takes many blocks in a row, also of its own
    levels = blocks.n_blocks.bit_length()
    own_levels = max(len(unit) for unit in blocks.units).bit_length()
    by_thread = _BLOCK_COPIES * block + blocks.unit_bytes + _TILES * tile
    by_thread += block_state * (1 + own_levels)
    # mapped rows, and what a step makes on its way to them
    rows_a_block = max(1, blocks.block_bytes // max(1, blocks.row_bytes))
    prefixes = {request.rows.prefix for request in requests if request.rows.prefix is not None}
    by_thread += _MAPPED_COPIES * max(
        (prefix.chain_bytes * min(prefix.height, rows_a_block) for prefix in prefixes), default=0
    )
    # the states of all folds are there at the end, with what follows from them, and a state as
    # long as the data meets its halves
    shared = moving_state + block_state * levels + kept_state * states_kept(folds.n_folds)
    shared += held + 2 * growing * (blocks.n_rows or 0)
    # threads share the blocks of a long unit, and where reading is waiting some more wait together
    threads = max(1, min(threads * blocks.threads_per_core, blocks.n_blocks))
    while threads > 1 and shared + threads * by_thread > budget:
        threads -= 1
    needed = shared + threads * by_thread
    if needed > budget:
        raise MemoryBudgetError(
            f"One pass over {blocks.name} needs about {format_bytes(needed)} on one thread "
            f"({format_bytes(by_thread)} for a block of {format_bytes(block)} and its statistics, "
            f"{format_bytes(shared)} for merging), but the memory limit is {format_bytes(budget)}. "
            f"{_remedy(block_state, block)}"
        )
    return Projection(threads, needed)


def _remedy(state: int, block: int) -> str:
    if state > block:
        return (
            "The statistics are what is large: use fewer features, fewer folds or fewer "
            "candidates at a time, or raise skdask.config.set(memory_limit=...)."
        )
    return (
        "Use smaller chunks, partitions or row groups, or raise "
        "skdask.config.set(memory_limit=...)."
    )
