"""Paths: which files a path stands for, in which order, and of which kind."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from skdask.exceptions import DataError, ReadError, UnsupportedError

KINDS = {
    ".parquet": "parquet",
    ".parq": "parquet",
    ".pq": "parquet",
    ".arrow": "ipc",
    ".feather": "ipc",
    ".ipc": "ipc",
    ".csv": "csv",
    ".npy": "npy",
}
SUPPORTED = "Parquet (.parquet, .pq), Arrow IPC (.arrow, .feather, .ipc), CSV (.csv), NumPy (.npy)"


def find_files(path: str | os.PathLike[str]) -> tuple[str, list[str]]:
    """The kind of a path and its files in natural order (part.2 before part.10).

    Hidden files and those that begin with an underscore are skipped; a folder holds one kind.
    """
    name = os.fspath(path)
    if "://" in name:
        raise UnsupportedError(
            f"{name} is not a local path; open it with Dask (dask.dataframe.read_parquet({name!r}) "
            "for example) and give the collection"
        )
    name = os.path.expanduser(name)
    if not os.path.exists(name):
        raise FileNotFoundError(
            f"{name} does not exist (looked from {os.getcwd()}); check the path"
        )
    if not os.path.isdir(name):
        return _kind(name), [name]
    entries = [entry for entry in os.scandir(name) if not entry.name.startswith((".", "_"))]
    folders = sorted(entry.name for entry in entries if entry.is_dir())
    if folders:
        raise UnsupportedError(
            f"{name} has folders in it ({folders[0]}, ...); open a nested data set with "
            "dask.dataframe.read_parquet and give the collection"
        )
    files = sorted((entry.name for entry in entries), key=natural_key)
    if not files:
        raise DataError(
            f"{name} is an empty folder: no file that is not hidden. Supported are {SUPPORTED}"
        )
    kinds = {file: _kind(os.path.join(name, file)) for file in files}
    if len(set(kinds.values())) > 1:
        other = next(file for file in files if kinds[file] != kinds[files[0]])
        raise DataError(
            f"{name} mixes kinds of files: {files[0]} and {other}; keep one kind in a folder"
        )
    if kinds[files[0]] == "npy" and len(files) > 1:
        raise DataError(
            f"{name} holds several .npy files; join them with dask.array.concatenate of "
            "dask.array.from_array(numpy.load(path, mmap_mode='r'))"
        )
    return kinds[files[0]], [os.path.join(name, file) for file in files]


def natural_key(name: str) -> list[tuple[int, str]]:
    """Sort key that takes runs of digits as numbers."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _kind(path: str) -> str:
    suffix = os.path.splitext(path)[1].lower()
    if suffix not in KINDS:
        shown = f"suffix {suffix!r}" if suffix else "no suffix"
        raise DataError(f"{path} has {shown}, which is not known. Supported are {SUPPORTED}")
    return KINDS[suffix]


def check_same_columns(
    expected: Sequence[tuple[str, Any]], found: Sequence[tuple[str, Any]], path: str, first: str
) -> None:
    """Raise if a file's columns are not those of the folder's first file.

    Columns are pairs of name and type; their order may differ.
    """
    types = dict(found)
    for name, kind in expected:
        if name not in types:
            _differs(path, first, f"has no column {name!r}")
        if types[name] != kind:
            _differs(path, first, f"has column {name!r} as {types[name]}, not {kind}")
    extra = [name for name, _ in found if name not in dict(expected)]
    if extra:
        _differs(path, first, f"has a column {extra[0]!r} more")


def _differs(path: str, first: str, what: str) -> NoReturn:
    raise DataError(
        f"{path} {what}, as {first} in the same folder does; write all files of a folder with "
        "the same columns and types, or move it away"
    )


def cannot_read(where: str, error: BaseException, remedy: str = "") -> ReadError:
    """A ReadError that names the place; raise it from `error`."""
    remedy = remedy or "The file is cut short or damaged: write it again, or remove it"
    return ReadError(f"cannot read {where}: {error}. {remedy}")
