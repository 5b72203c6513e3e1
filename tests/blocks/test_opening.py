"""What is big, and what counts as the name of a column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

import skdask.blocks

FRAME = pd.DataFrame({"a": [1.0, 2.0], "y": [0, 1]})


@pytest.mark.parametrize(
    ("X", "big"),
    [
        (np.ones((2, 2)), False),
        (FRAME, False),
        ([[1.0]], False),
        (None, False),
        ("t.parquet", True),
        (Path("t.parquet"), True),
        (da.ones((2, 2)), True),
        (dd.from_pandas(FRAME, npartitions=1), True),
        (skdask.blocks.open(FRAME), True),
    ],
)
def test_is_big(X: Any, big: bool) -> None:
    assert skdask.blocks.is_big(X) is big


def test_labels_are_no_names() -> None:
    for X in (FRAME, dd.from_pandas(FRAME, npartitions=1)):
        blocks = skdask.blocks.open(X, ["p", "p"])
        assert (blocks.n_features, blocks.y_ndim, blocks.y_name) == (2, 1, None)
    assert skdask.blocks.open(FRAME, ["p", "q"]).y_ndim == 1
    assert skdask.blocks.open(FRAME, ["y"]).y_ndim == 2


def test_the_name_of_a_series_is_kept() -> None:
    assert skdask.blocks.open(FRAME[["a"]], FRAME["y"]).y_name == "y"


def test_a_dask_target_of_data_in_memory_is_computed(tmp_path: Path) -> None:
    X = np.ones((10, 2))
    np.save(tmp_path / "X.npy", X)
    for given in (X, tmp_path / "X.npy", pd.DataFrame(X)):
        blocks = skdask.blocks.open(given, da.arange(10, chunks=3))
        (block,) = blocks.read(0)
        np.testing.assert_array_equal(block.rows.y, np.arange(10))


def test_a_path_to_a_folder_with_a_slash(tmp_path: Path) -> None:
    FRAME.to_parquet(tmp_path / "t.parquet")
    assert skdask.blocks.open(f"{tmp_path}/", "y").name == tmp_path.name
