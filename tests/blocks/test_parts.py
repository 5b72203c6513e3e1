"""A part of a reader, sent to another process, gives the blocks that the whole gives."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest

from skdask import blocks, config

N_ROWS = 1000
X = np.random.default_rng(0).normal(size=(N_ROWS, 4))
Y = X[:, 0] * 2


def opened(kind: str, folder: Path) -> blocks.Blocks:
    frame = pd.DataFrame(X, columns=list("abcd")).assign(y=Y)
    chunks = da.from_array(X, chunks=(90, 4))
    with config.set(block_bytes=8 * 5 * 60):
        match kind:
            case "array":
                return blocks.open(X, Y, np.arange(N_ROWS))
            case "frame":
                return blocks.open(frame, "y")
            case "Dask Array":
                return blocks.open(chunks, da.from_array(Y, chunks=90))
            case "Dask Array, y in memory":
                return blocks.open(chunks, Y)
            case "Dask DataFrame":
                return blocks.open(dd.from_pandas(frame, npartitions=7), "y")
            case "Parquet":
                frame.to_parquet(folder / "rows.parquet", row_group_size=140)
                return blocks.open(folder / "rows.parquet", "y")
            case _:
                np.save(folder / "X.npy", X)
                return blocks.open(folder / "X.npy", Y)


KINDS = ["array", "frame", "Dask Array", "Dask Array, y in memory", "Dask DataFrame", "Parquet"]


@pytest.mark.parametrize("kind", [*KINDS, ".npy"])
@pytest.mark.parametrize("features", [True, False])
def test_a_part_reads_as_the_whole(kind: str, features: bool, tmp_path: Path) -> None:
    whole = opened(kind, tmp_path)
    last = len(whole.units)
    for units in (range(2), range(2, last), range(last - 1, last)):
        sent = pickle.loads(pickle.dumps(whole._reader.part(units, features)))
        assert sent.needs(units) == ()
        for unit in units:
            found = list(sent.read(unit, features=features))
            expected = list(whole.read(unit, features=features))
            assert len(found) == len(expected)
            for ours, theirs in zip(found, expected, strict=True):
                place = (theirs.index, theirs.first_row, theirs.where)
                assert (ours.index, ours.first_row, ours.where) == place
                for role in ("X", "y", "sample_weight"):
                    values = getattr(theirs.rows, role)
                    if values is None:
                        assert getattr(ours.rows, role) is None
                    else:
                        np.testing.assert_array_equal(getattr(ours.rows, role), values)


@pytest.mark.parametrize("kind", ["array", "frame", "Dask Array"])
def test_only_the_rows_of_a_part_travel(kind: str, tmp_path: Path) -> None:
    reader = opened(kind, tmp_path)._reader
    assert reader.is_held
    sizes = [len(pickle.dumps(reader.part(range(n), True))) for n in (1, 2, 4)]
    assert sizes[2] - sizes[1] < 1.5 * 2 * 90 * 8 * 6
    without = len(pickle.dumps(reader.part(range(4), False)))
    assert without < sizes[2] - 4 * 60 * 8 * 3


def test_files_travel_as_their_paths(tmp_path: Path) -> None:
    reader: Any = opened("Parquet", tmp_path)._reader
    assert not reader.is_held
    assert len(pickle.dumps(reader)) < X.nbytes / 2
