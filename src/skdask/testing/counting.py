"""Blocks that count how they are read, so that tests assert passes instead of believing them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

from skdask.blocks import Blocks
from skdask.rows import Block


class CountingBlocks(Blocks):
    """Some blocks, counted as they are read.

    Parameters
    ----------
    blocks : Blocks

    Attributes
    ----------
    units_read : Counter
        How often each unit was begun.
    blocks_read : Counter
        How often each block was given out.
    features_read : int
        Blocks given out with their features.

    Examples
    --------
    >>> import numpy as np
    >>> from skdask import blocks
    >>> from skdask.passes import ask, run
    >>> from skdask.statistics import Moments
    >>> from skdask.testing import CountingBlocks
    >>> counted = CountingBlocks(blocks.open(np.ones((6, 2))))
    >>> done = run([ask(Moments())], counted, what="moments")
    >>> counted.passes
    1
    """

    def __init__(self, blocks: Blocks) -> None:
        # a view of the same blocks: nothing is opened or cut again
        self.__dict__.update(blocks.__dict__)
        self.units_read: Counter[int] = Counter()
        self.blocks_read: Counter[int] = Counter()
        self.features_read = 0
        self._counting = threading.Lock()

    @property
    def passes(self) -> int:
        """Full reads of the data; an error if some blocks were read more often than others."""
        times = {self.blocks_read[index] for index in range(self.n_blocks)}
        if len(times) > 1:
            raise AssertionError(f"blocks were read unequally often: {dict(self.blocks_read)}")
        return times.pop()

    @property
    def feature_passes(self) -> int:
        """Full reads of the data with features."""
        passes, rest = divmod(self.features_read, self.n_blocks)
        if rest:
            raise AssertionError(f"{self.features_read} features of {self.n_blocks} blocks read")
        return passes

    def reset(self) -> None:
        """Count from zero again."""
        with self._counting:
            self.units_read.clear()
            self.blocks_read.clear()
            self.features_read = 0

    def read(self, unit: int, *, features: bool = True) -> Iterator[Block]:
        with self._counting:
            self.units_read[unit] += 1
        for block in super().read(unit, features=features):
            with self._counting:
                self.blocks_read[block.index] += 1
                self.features_read += block.rows.X is not None
            yield block
