"""Paths: which files a path stands for, in which order, and of which kind.

A path is a file, a folder, a pattern, a URL of any of these, or a list of them. Folders named
key=value, as Hive, Spark and Dask write them, say something about the files in them.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote

from skdask.blocks.stores import LOCAL, RemoteStore, Store
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
# What Hive names a folder whose value is null
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"

SUPPORTED = "Parquet (.parquet, .pq), Arrow IPC (.arrow, .feather, .ipc), CSV (.csv), NumPy (.npy)"


@dataclass(frozen=True)
class Files:
    """Files of one kind.

    Attributes
    ----------
    kind : str
    paths : tuple of str
        In natural order; whole URLs where they are remote.
    name : str
        What the user gave, for people.
    labels : tuple of str
        For people: a path's end, with the folders of a partitioned data set.
    partitions : tuple of mappings
        Of every file what its folders say, such as ``{"year": "2013"}``; None for a null.
    store : Store
    """

    kind: str
    paths: tuple[str, ...]
    name: str
    labels: tuple[str, ...]
    partitions: tuple[Mapping[str, str | None], ...]
    store: Store = LOCAL


def is_path(X: Any) -> bool:
    """Whether X is a path or a URL of data, or a list of them.

    A list of strings is text to learn from unless every one ends like a file that can be read.
    """
    if isinstance(X, list | tuple):
        return bool(X) and all(_is_data_path(item) for item in X)
    return isinstance(X, str | os.PathLike)


def _is_data_path(item: Any) -> bool:
    if isinstance(item, os.PathLike):
        return True
    return (
        isinstance(item, str)
        and os.path.splitext(item)[1].lower() in KINDS
        and not re.search(r"\s\S*\s", item)
    )


def find_files(path: Any, storage_options: Mapping[str, Any] | None = None) -> Files:
    """The files that a path, a URL, a pattern or a list of these stands for.

    Files of a folder or a pattern come in natural order (part.2 before part.10), those of a
    list as they are listed. Hidden ones and those that begin with an underscore are skipped; all
    are of one kind.
    """
    several = isinstance(path, list | tuple)
    given = [os.fspath(item) for item in (path if several else [path])]
    remote = [item for item in given if _is_remote(item)]
    if remote and len(remote) < len(given):
        raise DataError(
            f"the paths are local and remote ones ({remote[0]}); give one kind at a time"
        )
    if storage_options and not remote:
        raise DataError(f"storage_options belong to URLs, and {given[0]} is a local path")
    store: Store
    if remote:
        found, store = find_remote(given, dict(storage_options or {}))
    else:
        found, store = [pair for item in given for pair in _local(_without_scheme(item))], LOCAL
    name = os.path.basename(given[0].rstrip("/")) or given[0]
    if not several and not remote:
        name = os.path.basename(os.path.normpath(given[0]))
    if several and len(given) > 1:
        name = f"{len(given)} paths ({name}, ...)"
    return _one_kind(found, name, store)


def _is_remote(path: str) -> bool:
    return "://" in path and not path.startswith(("file://", "local://"))


def _without_scheme(path: str) -> str:
    for scheme in ("file://", "local://"):
        path = path.removeprefix(scheme)
    return os.path.expanduser(path)


def has_pattern(path: str) -> bool:
    return any(sign in path for sign in "*?[")


def _local(name: str) -> list[tuple[str, str]]:
    """Paths of files, and what to call them."""
    if os.path.isfile(name):
        return [(name, os.path.basename(name))]
    if os.path.isdir(name):
        return _of_folder(name, _walk(name))
    if has_pattern(name):
        matches = sorted(glob.glob(name, recursive=True), key=natural_key)
        matches = [match for match in matches if not _is_hidden(os.path.basename(match))]
        if not matches:
            raise FileNotFoundError(f"no file matches {name} (looked from {os.getcwd()})")
        return [pair for match in matches for pair in _local(match)]
    raise FileNotFoundError(f"{name} does not exist (looked from {os.getcwd()}); check the path")


def _walk(folder: str) -> list[str]:
    """Files and, with a slash at the end, folders below a folder."""
    found = []
    for top, folders, files in os.walk(folder):
        for entry in [*(f"{name}/" for name in folders), *files]:
            found.append(os.path.relpath(top, folder).replace(os.sep, "/") + "/" + entry)
    return [path.removeprefix("./") for path in found]


def _of_folder(folder: str, relative: Sequence[str]) -> list[tuple[str, str]]:
    """Files of a folder by their paths within it: directly there, or in folders key=value."""
    shown = [path for path in relative if not any(_is_hidden(part) for part in path.split("/"))]
    nested = sorted(path for path in shown if "/" in path)
    plain = [path for path in nested if not all("=" in p for p in path.split("/")[:-1])]
    if plain:
        raise UnsupportedError(
            f"{folder} has folders in it ({plain[0].split('/')[0]}, ...) that are not named "
            f"key=value; name the files with a pattern ({folder.rstrip('/')}/**/*.parquet)"
        )
    shown = [path for path in shown if not path.endswith("/")]
    if not shown:
        raise DataError(
            f"{folder} is an empty folder: no file that is not hidden. Supported are {SUPPORTED}"
        )
    join = "/" if _is_remote(folder) else os.sep
    base = folder.rstrip("/" + os.sep)
    return [
        (base + join + path.replace("/", join), path) for path in sorted(shown, key=natural_key)
    ]


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def find_remote(given: Sequence[str], options: dict[str, Any]) -> tuple[list[Any], RemoteStore]:
    """URLs of files with what to call them, and their store, which knows their sizes."""
    store = RemoteStore(options)
    found: list[tuple[str, str]] = []
    sizes: dict[str, int] = {}
    for url in given:
        listed = _listed(store, url)
        sizes |= {full: size for _, full, size in listed if size is not None}
        if [full for _, full, _ in listed] == [url] or has_pattern(url):
            pairs = [
                (full, os.path.basename(full))
                for _, full, _ in sorted(listed, key=lambda entry: natural_key(entry[1]))
                if not _is_hidden(os.path.basename(full))
            ]
            found += pairs
        else:
            found += _of_folder(url, [relative for relative, _, _ in listed])
    return found, RemoteStore(options, sizes)


def _listed(store: RemoteStore, url: str) -> list[tuple[str, str, int | None]]:
    """Path below the URL, whole URL and size of the files that a URL stands for."""

    def ask(filesystem: Any, path: str) -> list[tuple[str, str, int | None]]:
        if has_pattern(path) and not url.startswith("http"):
            infos = filesystem.glob(path, detail=True)
        else:
            info = filesystem.info(path)
            if info["type"] == "file":
                return [("", url, info.get("size"))]
            infos = filesystem.find(path, detail=True)
        listed = []
        for name, info in infos.items():
            if info["type"] == "file" and not name.endswith("/"):
                relative = name.removeprefix(path).lstrip("/")
                full = filesystem.unstrip_protocol(name)
                if not has_pattern(path):
                    full = f"{url.rstrip('/')}/{relative}"
                listed.append((relative, full, info.get("size")))
        if not listed and has_pattern(path):
            raise FileNotFoundError(path)
        return listed

    return store.ask(url, ask)


def _one_kind(found: Sequence[tuple[str, str]], name: str, store: Store) -> Files:
    kinds = [_kind(path) for path, _ in found]
    if len(set(kinds)) > 1:
        other = next(
            label for (_, label), kind in zip(found, kinds, strict=True) if kind != kinds[0]
        )
        raise DataError(
            f"{name} mixes kinds of files: {found[0][1]} and {other}; keep one kind in a folder"
        )
    if kinds[0] == "npy" and len(found) > 1:
        raise DataError(
            f"{name} holds several .npy files; join them with dask.array.concatenate of "
            "dask.array.from_array(numpy.load(path, mmap_mode='r'))"
        )
    labels = tuple(label for _, label in found)
    return Files(
        kinds[0],
        tuple(path for path, _ in found),
        name,
        labels,
        tuple(partition_values(label) for label in labels),
        store,
    )


def partition_values(label: str) -> Mapping[str, str | None]:
    """What the folders of a path say, as Hive writes it.

    Examples
    --------
    >>> partition_values("year=2013/carrier=A%2FB/part.0.parquet")
    {'year': '2013', 'carrier': 'A/B'}
    """
    values: dict[str, str | None] = {}
    for folder in label.split("/")[:-1]:
        key, _, value = folder.partition("=")
        values[unquote(key)] = None if value == HIVE_NULL else unquote(value)
    return values


def natural_key(name: str) -> list[tuple[int, str]]:
    """Sort key that takes runs of digits as numbers."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _kind(path: str) -> str:
    plain = path.split("?")[0] if path.startswith("http") else path
    suffix = os.path.splitext(plain)[1].lower()
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
