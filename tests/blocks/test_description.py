"""Descriptions are lines, wherever they are shown."""

from __future__ import annotations

import numpy as np

from skdask import blocks


def test_a_prompt_shows_lines() -> None:
    said = blocks.open(np.ones((10, 3)), np.arange(10)).describe()
    assert repr(said) == str(said)
    assert "10 rows" in said.splitlines()[0]
    assert "3 features (float64), y (int64, 1 target(s))" in said.splitlines()[1]
