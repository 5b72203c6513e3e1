"""Filters and folders of partitions: the rows that pandas reads, without reading the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import skdask.blocks
from skdask import config
from skdask.blocks import parquet
from skdask.exceptions import DataError
from skdask.linear_model import Ridge

from .conftest import read_all

KINDS = ["parquet", "arrow", "feather", "csv"]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    n = 1000
    return pd.DataFrame(
        {
            "a": np.where(random.random(n) < 0.1, np.nan, random.standard_normal(n)),
            "day": np.repeat(np.arange(10), 100),
            "count": pd.array(random.integers(0, 50, n), dtype="Int64"),
            "city": random.choice(["Rome", "Oslo", "Lima"], n),
            "y": random.standard_normal(n),
        }
    )


@pytest.fixture(scope="module")
def folder(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filtered")
    frame.to_parquet(folder / "t.parquet", row_group_size=90, index=False)
    frame.to_csv(folder / "t.csv", index=False)
    frame.to_feather(folder / "t.feather", chunksize=90)
    frame.to_feather(folder / "t.arrow", chunksize=90, compression="uncompressed")
    return folder


FILTERS: list[tuple[Any, Any]] = [
    ([("day", ">", 6)], lambda f: f.day > 6),
    ([("day", "in", [2, 7]), ("a", "<=", 0.5)], lambda f: f.day.isin([2, 7]) & (f.a <= 0.5)),
    ([[("day", "==", 3)], [("city", "=", "Oslo")]], lambda f: (f.day == 3) | (f.city == "Oslo")),
    ([("a", "!=", 0.25)], lambda f: f.a.notna()),
    ([("city", "not in", ["Rome"])], lambda f: f.city != "Rome"),
    (pc.field("a").is_null(), lambda f: f.a.isna()),
    (~(pc.field("day") < 9), lambda f: f.day >= 9),
    ((pc.field("day") + pc.field("count")) > 50, lambda f: f.day + f["count"] > 50),
    ([("day", ">=", 0)], lambda f: f.day >= 0),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(len(FILTERS)))
def test_the_rows_that_pass(number: int, kind: str, frame: pd.DataFrame, folder: Path) -> None:
    filters, mask = FILTERS[number]
    expected = frame[mask(frame)]
    path = folder / f"t.{kind}"
    for columns in (["a", "count"], ["a", "day", "count"]):
        blocks = skdask.blocks.open(path, "y", columns=columns, filters=filters)
        read = read_all(blocks)
        X = np.concatenate([block.rows.X for block in read])
        np.testing.assert_array_equal(X, expected[columns].to_numpy(float, na_value=np.nan))
        y = np.concatenate([block.rows.y for block in read])
        np.testing.assert_array_equal(y, expected["y"])
        counted = blocks.counted()
        assert counted.n_rows == len(expected)
        with config.set(block_bytes=40 * 3):
            small = skdask.blocks.open(path, "y", columns=columns, filters=filters)
        assert small.n_rows == len(expected), "coarse pieces are counted"
        np.testing.assert_array_equal(np.concatenate([b.rows.X for b in read_all(small)]), X)
    alone = skdask.blocks.open(path, columns=["a"], filters=filters)
    assert sum(b.rows.n_rows for b in read_all(alone, features=False)) == len(expected)


def test_row_groups_without_rows_are_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[list[int]] = []
    columns_read: list[list[str]] = []
    original = pq.ParquetFile.iter_batches

    def iter_batches(self, *args, row_groups, columns, **kwargs):  # type: ignore[no-untyped-def]
        groups.append(row_groups)
        columns_read.append(columns)
        return original(self, *args, row_groups=row_groups, columns=columns, **kwargs)

    monkeypatch.setattr(pq.ParquetFile, "iter_batches", iter_batches)
    options: dict[str, Any] = {"columns": ["a"], "filters": [("day", ">=", 8)]}
    blocks = skdask.blocks.open(folder / "t.parquet", "y", **options)
    assert (
        "filters leave 4 of 12 row groups by their statistics; in 3 of them all"
        in blocks.describe()
    )
    assert blocks.n_rows is None
    read_all(blocks)
    assert [group for part in groups for group in part] == [8, 9, 10, 11]
    # the filter's column is read only where rows may fail
    assert columns_read == [["a", "y", "day"], ["a", "y"], ["a", "y"], ["a", "y"]]
    columns_read.clear()
    assert blocks.counted().n_rows == 200
    assert columns_read == [["day"]]
    options["filters"] = [("day", ">=", 0)]
    exact = skdask.blocks.open(folder / "t.parquet", "y", **options)
    assert exact.n_rows == 1000, "statistics say that all rows pass"


def test_statistics_do_not_tell_of_nan(tmp_path: Path) -> None:
    table = pa.table({"a": [5.0, np.nan, 5.0], "b": [1.0, 2.0, 3.0]})
    pq.write_table(table, tmp_path / "t.parquet")
    for filters in ([("a", "!=", 5.0)], ~(pc.field("a") == 5.0), [("a", "not in", [5.0])]):
        (block,) = read_all(skdask.blocks.open(tmp_path, columns=["b"], filters=filters))
        assert block.rows.X.tolist() == [[2.0]]
    (block,) = read_all(skdask.blocks.open(tmp_path, columns=["b"], filters=[("a", ">", 1.0)]))
    assert block.rows.X.tolist() == [[1.0], [3.0]]


def test_errors(folder: Path, frame: pd.DataFrame) -> None:
    path = folder / "t.parquet"

    def opened(filters: Any, X: Any = path) -> None:
        skdask.blocks.open(X, "y", drop=["city"], filters=filters)

    with pytest.raises(DataError, match=r"filters: .* has no column 'dayz'\. Did you mean 'day'"):
        opened([("dayz", ">", 3)])
    with pytest.raises(DataError, match=r"filters: .* has no column 'dayz'\. Did you mean 'day'"):
        opened(pc.field("dayz") > 3)
    with pytest.raises(DataError, match="'~' is none of the operations"):
        opened([("day", "~", 3)])
    for wrong in ("day > 3", [], [("day", 3)], [["day"]]):
        with pytest.raises(DataError, match="Write for example"):
            opened(wrong)
    with pytest.raises(DataError, match="with values of the column's type"):
        opened([("day", ">", "three")])
    with pytest.raises(DataError, match="not true or false"):
        opened(pc.field("day") + 1)
    with pytest.raises(DataError, match=r"0 sample\(s\)"):
        opened([("day", ">", 100)])
    for X in (frame, np.ones((3, 2)), da.ones((3, 2))):
        with pytest.raises(DataError, match="filters= leaves out rows of Parquet"):
            skdask.blocks.open(X, filters=[("day", ">", 3)])


def test_a_fit_of_filtered_rows(folder: Path, frame: pd.DataFrame) -> None:
    chosen = frame[(frame.day > 4) & frame.a.notna()]
    blocks = skdask.blocks.open(
        folder / "t.parquet", "y", columns=["a", "count"],
        filters=(pc.field("day") > 4) & ~pc.field("a").is_null(),
    )  # fmt: skip
    expected = Ridge().fit(chosen[["a", "count"]].astype(float), chosen["y"])
    np.testing.assert_allclose(Ridge().fit(blocks).coef_, expected.coef_, rtol=1e-9)


@pytest.fixture(scope="module")
def partitioned(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hive")
    for (day, city), part in frame.groupby(["day", "city"]):
        rest = part.drop(columns=["day", "city"])
        for kind in ("parquet", "csv"):
            where = folder / kind / f"day={day}" / f"city={city}"
            where.mkdir(parents=True)
            getattr(rest, f"to_{kind}")(where / f"part.0.{kind}", index=False)
    return folder


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_folders_are_columns(kind: str, partitioned: Path, frame: pd.DataFrame) -> None:
    folder = partitioned / kind
    expected = frame.sort_values(["day", "city"], kind="stable")
    blocks = skdask.blocks.open(folder, "y", drop=["city"])
    assert blocks.feature_names == ("a", "count", "day")
    X = np.concatenate([block.rows.X for block in read_all(blocks)])
    np.testing.assert_array_equal(
        X, expected[["a", "count", "day"]].to_numpy(float, na_value=np.nan)
    )
    with pytest.raises(DataError, match=r"'city' \(string\)"):
        skdask.blocks.open(folder, "y").as_matrices()
    roles = skdask.blocks.open(folder, "city", groups="day", columns=["a"])
    read = read_all(roles, features=False)
    assert np.concatenate([b.rows.y for b in read]).tolist() == expected["city"].tolist()
    assert np.concatenate([b.rows.groups for b in read]).tolist() == expected["day"].tolist()
    filters = [("day", ">", 7), ("city", "!=", "Lima"), ("count", "<", 40)]
    some = skdask.blocks.open(folder, "y", columns=["a", "day"], filters=filters)
    assert "filters leave 4 of 30 files" in some.describe()
    X = np.concatenate([block.rows.X for block in read_all(some)])
    chosen = expected.query("day > 7 and city != 'Lima' and count < 40")
    np.testing.assert_array_equal(X, chosen[["a", "day"]].to_numpy(float, na_value=np.nan))
    if kind == "parquet":
        exact = skdask.blocks.open(folder, "y", columns=["a"], filters=[("day", "in", [3, 4])])
        assert exact.n_rows == 200, "folders alone tell the rows"


def test_places_name_their_folders(partitioned: Path) -> None:
    blocks = skdask.blocks.open(f"{partitioned}/parquet/day=3", "y", drop=["city"], filters=None)
    assert blocks.feature_names == ("a", "count")
    assert read_all(blocks)[0].where.startswith("city=Lima/part.0.parquet, row group 0 to city=")


def test_null_partitions_and_escapes(tmp_path: Path) -> None:
    for value, part in [("1", 1.0), ("__HIVE_DEFAULT_PARTITION__", 2.0)]:
        where = tmp_path / f"k%20ey={value}"
        where.mkdir()
        pq.write_table(pa.table({"a": [part]}), where / "p.parquet")
    blocks = skdask.blocks.open(tmp_path)
    assert blocks.feature_names == ("a", "k ey")
    X = np.concatenate([block.rows.X for block in read_all(blocks)])
    np.testing.assert_array_equal(X[np.argsort(X[:, 0])], [[1.0, 1.0], [2.0, np.nan]])
    found = skdask.blocks.open(tmp_path, filters=pc.field("k ey").is_null())
    assert read_all(found)[0].rows.X[:, 0].tolist() == [2.0]


def test_large_pieces_are_counted_before_they_are_cut(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "COUNT_ROWS", 7)
    with config.set(block_bytes=8 * 2 * 20):
        blocks = skdask.blocks.open(
            folder / "t.parquet", "y", columns=["a"], filters=[("count", ">", 10)]
        )
    assert blocks.n_rows is not None
    assert max(block.rows.n_rows for block in read_all(blocks)) <= 30
