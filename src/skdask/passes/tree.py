"""The fixed merge tree: which states meet is decided by block numbers, never by timing.

Block i is a leaf. Node j of level k covers blocks [j * 2**k, (j + 1) * 2**k); a node without a
sibling moves up as it is. Floating-point sums depend on their grouping, so this is what makes a
result the same to the bit on any number of threads or workers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

State = TypeVar("State")


class MergeTree(Generic[State]):
    """Takes leaves in any order, from any thread, and merges siblings as soon as both are there.

    Parameters
    ----------
    n_leaves : int
    merge : callable
        Joins the states of two neighbouring stretches of blocks.
    """

    def __init__(self, n_leaves: int, merge: Callable[[State, State], State]) -> None:
        self._n_leaves = n_leaves
        self._merge = merge
        self._waiting: dict[tuple[int, int], State] = {}
        self._lock = threading.Lock()
        self.seconds = 0.0

    def add(self, node: int, state: State, level: int = 0) -> None:
        """Take in the state of a block, or of a whole subtree that was merged elsewhere."""
        started = time.perf_counter()
        while 1 << level < self._n_leaves:
            sibling = node ^ 1
            if sibling << level < self._n_leaves:
                # the lock guards who merges, not the merge
                with self._lock:
                    if (level, sibling) not in self._waiting:
                        self._waiting[level, node] = state
                        break
                    other = self._waiting.pop((level, sibling))
                state = self._merge(state, other) if node < sibling else self._merge(other, state)
            level, node = level + 1, node >> 1
        else:
            with self._lock:
                self._waiting[level, node] = state
        spent = time.perf_counter() - started
        with self._lock:
            self.seconds += spent

    def subtrees(self) -> dict[tuple[int, int], State]:
        """What has come in so far: the states of the largest subtrees, by (level, node)."""
        return dict(self._waiting)

    def root(self) -> State:
        """The state of all blocks; an error while leaves are missing."""
        top = ((self._n_leaves - 1).bit_length(), 0)
        if top not in self._waiting:
            raise RuntimeError(f"{len(self._waiting)} subtrees wait for blocks that never came")
        return self._waiting[top]
