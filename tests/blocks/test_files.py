"""Which files a path stands for."""

from __future__ import annotations

from pathlib import Path

from skdask.blocks.files import find_files, natural_key


def test_natural_order() -> None:
    names = ["part.10.csv", "part.2.csv", "part.csv", "a1b20", "a1b3", "2", "10"]
    expected = ["2", "10", "a1b3", "a1b20", "part.2.csv", "part.10.csv", "part.csv"]
    assert sorted(names, key=natural_key) == expected


def test_hidden_files_are_skipped(tmp_path: Path) -> None:
    for name in ("_SUCCESS", "_metadata", ".crc", "b.PARQUET", "a.pq"):
        (tmp_path / name).touch()
    files = find_files(tmp_path)
    assert files.kind == "parquet"
    assert [Path(path).name for path in files.paths] == ["a.pq", "b.PARQUET"]
