"""Rows for the tests of neighbours, and a limit that leaves them on blocks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from skdask import config
from skdask.neighbors import fitting


@pytest.fixture
def on_blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rows stay on blocks, small ones."""
    monkeypatch.setattr(fitting, "held_limit", lambda: 1000)
    with config.set(block_bytes=4000):
        yield
