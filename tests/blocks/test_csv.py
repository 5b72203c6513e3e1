"""CSV: where records end, types, missing values and damaged files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import skdask.blocks
from skdask.blocks import csv, csv_ranges
from skdask.blocks.csv_ranges import byte_ranges, header_end
from skdask.exceptions import DataError, ReadError

from .conftest import read_all


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of 100 bytes and steps of 7."""
    monkeypatch.setattr(csv, "byte_ranges", lambda f, start: byte_ranges(f, start, 100))
    monkeypatch.setattr(csv_ranges, "STEP_BYTES", 7)


fields = st.text(st.sampled_from('ab,"\n\r x'), max_size=12)


@given(st.lists(st.tuples(fields, fields), max_size=12), st.integers(1, 60), st.booleans())
def test_ranges_end_where_records_end(
    records: list[tuple[str, str]], size: int, windows: bool
) -> None:
    end = "\r\n" if windows else "\n"
    texts = [",".join('"' + f.replace('"', '""') + '"' for f in record) + end for record in records]
    data = "".join(texts).encode()
    ranges = byte_ranges(io.BytesIO(data), 0, size)
    ends = set(np.cumsum([len(text) for text in texts]).tolist())
    assert [r.start for r in ranges] == [0, *(r.stop for r in ranges)][: len(ranges)]
    assert all(r.stop in ends for r in ranges)
    assert (ranges[-1].stop if ranges else 0) == len(data)


@pytest.mark.parametrize(
    ("data", "n_rows"),
    [
        (b"1,2\n3,4\n", 2),
        (b"1,2\n3,4", 2),
        (b"1,2\r\n3,4\r\n", 2),
        (b'"1",2\n', None),
        (b"1\n\n2\n", None),
        (b"1\r\n\r\n2\r\n", None),
        (b"1\r2\r", None),
    ],
)
def test_records_are_counted_where_newlines_tell(data: bytes, n_rows: int | None) -> None:
    assert [part.n_rows for part in byte_ranges(io.BytesIO(data), 0)] == [n_rows]


def test_header_may_hold_newlines() -> None:
    assert header_end(io.BytesIO(b'"a\nb",c\n1,2\n')) == 8
    assert header_end(io.BytesIO(b"a,b")) == 3


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.usefixtures("small_ranges")
def test_quotes_newlines_and_line_ends(tmp_path: Path, end: str) -> None:
    frame = pd.DataFrame({"a": np.arange(200) / 4, "y": ['x,"\n', "y"] * 100})
    frame.to_csv(tmp_path / "t.csv", index=False, lineterminator=end)
    blocks = skdask.blocks.open(tmp_path / "t.csv", "y")
    assert blocks.n_blocks > 10
    assert blocks.n_rows is None
    assert blocks.counted().n_rows == 200
    for each in (blocks, blocks.counted()):
        read = read_all(each)
        assert np.concatenate([b.rows.X[:, 0] for b in read]).tolist() == frame["a"].tolist()
        assert np.concatenate([b.rows.y for b in read]).tolist() == frame["y"].tolist()


@pytest.mark.usefixtures("small_ranges")
def test_numbers_that_look_whole_at_first(tmp_path: Path) -> None:
    values = [*range(100), 0.5]
    pd.DataFrame({"a": values, "b": 1}).to_csv(tmp_path / "t.csv", index=False)
    X = np.concatenate([b.rows.X for b in read_all(skdask.blocks.open(tmp_path / "t.csv"))])
    np.testing.assert_array_equal(X[:, 0], values)


def test_missing_values(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,y\n1,NA,p\nNaN,,null\nnull,None,q\n")
    (block,) = read_all(skdask.blocks.open(tmp_path / "t.csv", "y"))
    np.testing.assert_array_equal(block.rows.X, [[1, np.nan], [np.nan] * 2, [np.nan] * 2])
    assert block.rows.y.tolist() == ["p", None, "q"]


@pytest.mark.usefixtures("small_ranges")
@pytest.mark.parametrize(
    ("column", "kwargs"), [("a", {}), ("b", {"y": "b"}), ("a", {"sample_weight": "a"})]
)
def test_a_value_of_another_type(tmp_path: Path, column: str, kwargs: Any) -> None:
    frame = pd.DataFrame({"a": [1] * 100, "b": [2] * 100}, dtype=object)
    frame.loc[90, column] = "oops"
    frame.to_csv(tmp_path / "t.csv", index=False)
    blocks = skdask.blocks.open(tmp_path / "t.csv", **kwargs)
    with pytest.raises(
        DataError, match=rf"column '{column}' of t.csv, bytes .*oops.*drop="
    ) as error:
        read_all(blocks)
    assert error.value.__cause__ is not None


@pytest.mark.usefixtures("small_ranges")
def test_a_record_with_too_many_fields(tmp_path: Path) -> None:
    lines = ["a,b", *["1,2"] * 100, "1,2,3", "4,5"]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(ReadError, match=r"t.csv, bytes .*Expected 2 columns, got 3.*header"):
        read_all(skdask.blocks.open(tmp_path / "t.csv"))


def test_headers(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text('\ufeff"a",b\n1,2\n', encoding="utf-8")
    (tmp_path / "2.csv").write_text("b,a\n3,4\n")
    blocks = skdask.blocks.open(tmp_path)
    assert blocks.feature_names == ("a", "b")
    X = np.concatenate([block.rows.X for block in read_all(blocks)])
    np.testing.assert_array_equal(X, [[1, 2], [4, 3]])
    (tmp_path / "2.csv").write_text("b,c\n3,4\n")
    with pytest.raises(DataError, match=r"2.csv has no column 'a'"):
        skdask.blocks.open(tmp_path)
    (tmp_path / "2.csv").write_text("")
    with pytest.raises(ReadError, match=r"header of .*2.csv"):
        skdask.blocks.open(tmp_path)


def test_a_quote_that_is_never_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "byte_ranges", lambda f, start: byte_ranges(f, start, 100))
    monkeypatch.setattr(csv_ranges, "RECORD_BYTES", 1000)
    monkeypatch.setattr(csv_ranges, "STEP_BYTES", 50)
    (tmp_path / "t.csv").write_text("a,b\n" + '1,5"\n' + "1,2\n" * 1000)
    with pytest.raises(ReadError, match=r"a quote is not closed somewhere after byte 4.*Double"):
        skdask.blocks.open(tmp_path / "t.csv")
