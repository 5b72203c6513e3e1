"""One table of 1,000 rows in every kind of source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.feather as feather
import pytest

import skdask.blocks
from skdask.blocks import Blocks

NAMES = ["a", "b", "c", "d"]


@dataclass(frozen=True)
class Table:
    """The data, its frame with y and text columns, and the folder where its files are."""

    X: np.ndarray
    y: np.ndarray
    frame: pd.DataFrame
    folder: Path


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    random = np.random.default_rng(0)
    X = random.standard_normal((1000, 4))
    y = random.integers(0, 3, 1000)
    frame = pd.DataFrame(X, columns=NAMES)
    frame["y"] = y
    frame["text"] = ["yes", 'n"o,\n'] * 500
    folder = tmp_path_factory.mktemp("table")
    frame.to_parquet(folder / "t.parquet", row_group_size=130)
    frame.to_csv(folder / "t.csv", index=False)
    feather.write_feather(frame, folder / "t.feather", chunksize=300)
    feather.write_feather(frame, folder / "t.arrow", chunksize=300, compression="uncompressed")
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", y)
    parts = folder / "parts"
    parts.mkdir()
    for index, start in enumerate(range(0, 1000, 90)):
        frame.iloc[start : start + 90].to_parquet(parts / f"part.{index}.parquet")
    (parts / "_SUCCESS").touch()
    (parts / ".hidden").touch()
    return Table(X, y, frame, folder)


def open_as(kind: str, table: Table) -> Blocks:
    """The table as one kind of source."""
    import dask.array as da
    import dask.dataframe as dd

    text_apart: dict[str, Any] = {"drop": ["text"]}
    frame = table.frame
    dask_frame = dd.from_pandas(frame, npartitions=7)
    match kind:
        case "numpy":
            return skdask.blocks.open(table.X, table.y)
        case "fortran":
            return skdask.blocks.open(np.asfortranarray(table.X), table.y)
        case "list":
            return skdask.blocks.open(table.X.tolist(), table.y.tolist())
        case "memmap":
            return skdask.blocks.open(np.load(table.folder / "X.npy", mmap_mode="r"), table.y)
        case "npy":
            return skdask.blocks.open(table.folder / "X.npy", table.folder / "y.npy")
        case "pandas":
            return skdask.blocks.open(frame, "y", **text_apart)
        case "dask array":
            return skdask.blocks.open(da.from_array(table.X, chunks=(170, 3)), table.y)
        case "dask array, dask y":
            y = da.from_array(table.y, chunks=99)
            return skdask.blocks.open(da.from_array(table.X, chunks=(170, 3)), y)
        case "dask array, unknown chunks":
            X = dask_frame[NAMES].to_dask_array()
            return skdask.blocks.open(X, dask_frame["y"].to_dask_array())
        case "dask frame":
            return skdask.blocks.open(dask_frame, "y", **text_apart)
        case "dask frame, series":
            return skdask.blocks.open(dask_frame[NAMES], dask_frame["y"])
        case "dask frame, memory":
            return skdask.blocks.open(dask_frame[NAMES], frame["y"])
        case "dask frame of parquet":
            read = dd.read_parquet(table.folder / "parts")
            return skdask.blocks.open(read, "y", columns=NAMES)
        case "dask frame with empty partitions":
            filtered = dd.concat(
                [dask_frame.query("a > 100"), dask_frame, dask_frame.query("a > 99")]
            )
            return skdask.blocks.open(filtered, "y", **text_apart)
        case "folder":
            return skdask.blocks.open(table.folder / "parts", "y", **text_apart)
        case _:
            return skdask.blocks.open(str(table.folder / f"t.{kind}"), "y", **text_apart)


KINDS = [
    "numpy", "fortran", "list", "memmap", "npy", "pandas", "dask array", "dask array, dask y",
    "dask array, unknown chunks", "dask frame", "dask frame, series", "dask frame, memory",
    "dask frame of parquet", "dask frame with empty partitions", "folder", "parquet", "csv",
    "feather", "arrow",
]  # fmt: skip


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read_all(blocks: Blocks, *, features: bool = True) -> list[Any]:
    return [
        block for unit in range(len(blocks.units)) for block in blocks.read(unit, features=features)
    ]
