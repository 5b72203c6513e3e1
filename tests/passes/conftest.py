"""Data cut into many small blocks, counted as they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from skdask import blocks, config
from skdask.testing import CountingBlocks

N_ROWS, N_FEATURES = 1000, 4


@pytest.fixture(scope="session")
def X() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(N_ROWS, N_FEATURES))


@pytest.fixture(scope="session")
def y() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 2, N_ROWS)


@pytest.fixture
def cut() -> Callable[..., CountingBlocks]:
    """Open arrays in blocks of about so many rows."""

    def opened(X: Any, y: Any = None, *, rows: int = 60, **others: Any) -> CountingBlocks:
        columns = X.shape[1] + (y is not None)
        with config.set(block_bytes=8 * columns * rows):
            return CountingBlocks(blocks.open(X, y, **others))

    return opened


@pytest.fixture
def counted(cut: Callable[..., CountingBlocks], X: np.ndarray, y: np.ndarray) -> CountingBlocks:
    """The table X, y in 17 blocks: not a power of two."""
    return cut(X, y)
