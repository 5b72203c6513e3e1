"""Memory is projected before it is used: what a pass may hold at once, and how many threads fit."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
from dask.utils import format_bytes

from skdask.blocks import Blocks
from skdask.exceptions import MemoryBudgetError
from skdask.passes.folds import Folds
from skdask.passes.request import Request
from skdask.statistics.tiles import TILE_BYTES

# A block is held as its source decoded it and as the matrix made of it; a fold-wise pass sorts it
_BLOCK_COPIES = 3
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
) -> Projection:
    """The most threads, up to those asked for, with which the pass stays within the budget.

    Raises
    ------
    MemoryBudgetError
        Where even one thread needs more.
    """
    n_columns = blocks.n_features + blocks.n_targets
    kept = {request.statistic for request in requests if request.statistic.reusable}
    kept_state = sum(statistic.state_bytes(n_columns) for statistic in kept)
    moving = {request for request in requests if not request.statistic.reusable}
    moving_state = sum(request.statistic.state_bytes(n_columns) for request in moving)

    block = blocks.block_bytes if features else blocks.block_bytes // max(1, n_columns)
    block_state = moving_state + kept_state * folds.per_block(blocks.n_blocks)
    by_thread = _BLOCK_COPIES * block + _TILES * TILE_BYTES + 2 * block_state
    # Subtrees wait for their siblings, one a level of the tree; the states of all folds are there
    # at the end, with the prefix merges and the training sets that follow from them
    waiting = block_state * blocks.n_blocks.bit_length()
    shared = moving_state + waiting + kept_state * (3 * folds.n_folds if folds.n_folds > 1 else 1)
    threads = max(1, min(threads, len(blocks.units)))
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
