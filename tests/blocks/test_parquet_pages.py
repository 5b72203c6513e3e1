"""Pages of Parquet files, as their headers tell."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from skdask.blocks.parquet_pages import (
    BUFFER_BYTES,
    COLUMN_BYTES,
    held_by_column,
    page_at,
    streaming_bytes,
)

N_ROWS = 50_000


def written(path: Path, **how: object) -> object:
    """The row group of a file of floats, whole numbers and text."""
    random = np.random.default_rng(0)
    columns = {
        "x": random.standard_normal(N_ROWS),
        "n": random.integers(0, 100, N_ROWS).astype(np.int32),
        "text": [f"number {number % 7}" for number in range(N_ROWS)],
    }
    pq.write_table(pa.table(columns), path, **how)
    return pq.read_metadata(path).row_group(0)


def pages_of(rows: int) -> dict[str, Any]:
    """How to write pages of so many numbers, in PyArrow of any version."""
    how = {"data_page_size": 8 * rows, "write_batch_size": 1000, "use_dictionary": False}
    if "max_rows_per_page" in pq.write_table.__doc__:
        how["max_rows_per_page"] = rows
    return how


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("rows", [1000, 20_000, N_ROWS])
def test_headers(tmp_path: Path, version: str, checksum: bool, rows: int) -> None:
    path = tmp_path / "t.parquet"
    row_group = written(
        path,
        data_page_version=version,
        write_page_checksum=checksum,
        compression="snappy",
        **pages_of(rows),
    )
    column = row_group.column(0)
    with open(path, "rb") as file:
        page = page_at(file, column.data_page_offset)
    assert page is not None
    assert page.values == rows
    # eight bytes a value, and which of them are there
    assert 8 * rows <= page.n_bytes <= 8 * rows + 64
    assert 0 < page.compressed <= page.n_bytes + 64


def test_what_is_no_header() -> None:
    assert page_at(io.BytesIO(b""), 0) is None
    assert page_at(io.BytesIO(b"PAR1" * 20), 0) is None
    assert page_at(io.BytesIO(bytes([0x15] + [0xFF] * 63)), 0) is None


def test_what_is_held_follows_the_pages(tmp_path: Path) -> None:
    found = []
    for number, rows in enumerate((1000, 20_000)):
        path = tmp_path / f"{number}.parquet"
        row_group = written(path, **pages_of(rows))
        held = held_by_column(str(path), row_group, {"x", "n"})
        assert set(held) == {"x", "n"}
        found.append(held["x"])
        # read and decoded, each of eight bytes a row, three times
        assert 48 * rows <= held["x"] - BUFFER_BYTES <= 51 * rows
        whole = row_group.column(0).total_compressed_size * 2
        assert streaming_bytes(row_group, {"x"}, held) <= min(held["x"], 2 * whole)
        assert streaming_bytes(row_group, {"x", "n"}, held) <= held["x"] + held["n"]
    assert found[0] < found[1]


def test_dictionaries_are_held_too(tmp_path: Path) -> None:
    row_group = written(tmp_path / "t.parquet", use_dictionary=True)
    held = held_by_column(str(tmp_path / "t.parquet"), row_group, {"x", "text"})
    # 400 kB of floats are in the dictionary, and a page of them may follow as they are
    assert held["x"] > 4 * 8 * N_ROWS
    assert held["text"] > BUFFER_BYTES


def test_nothing_known(tmp_path: Path) -> None:
    row_group = written(tmp_path / "t.parquet", use_dictionary=False)
    column = row_group.column(0)
    whole = column.total_compressed_size + column.total_uncompressed_size
    assert streaming_bytes(row_group, {"x"}, {}) == min(2 * whole, COLUMN_BYTES)
    assert streaming_bytes(row_group, set(), {}) == 0
