"""Where files are: the local disk, or a store that fsspec reaches by URL (S3, HTTP, ...).

Both answer the same questions, so that a source need not know which it reads. A remote store is
its options and nothing else: no connection, no event loop, so that sources travel to other
processes, which connect by themselves.
"""

from __future__ import annotations

import builtins
import io
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, TypeVar

from skdask.blocks.remote import RemoteFile, fetch, joined
from skdask.blocks.retries import with_retries
from skdask.exceptions import ReadError, UnsupportedError

Result = TypeVar("Result")

# What to install for a protocol, where that is not what fsspec says
EXTRAS = {"s3": "'scikit-dask[s3]'", "s3a": "'scikit-dask[s3]'"}

# What a scan of a remote file reads at a time
SCAN_BYTES = 2**22


# What stores call the version of a file
_VERSIONS = (
    "ETag",
    "etag",
    "LastModified",
    "last_modified",
    "mtime",
    "updated",
    "created",
    "md5Hash",
)


class Store(Protocol):
    """Reads files by their paths."""

    @property
    def is_remote(self) -> bool: ...

    def open(self, path: str) -> BinaryIO:
        """The file, to be read from its start."""
        ...

    def arrow(self, path: str, ranges: Sequence[tuple[int, int]] = ()) -> Any:
        """The file as Arrow takes it; `ranges` are what will be read of it."""
        ...

    def version(self, path: str) -> Any:
        """What is another thing for another content of the file, None where nothing is."""
        ...

    def read(self, path: str, start: int, stop: int) -> bytes:
        """Bytes `start:stop`; fewer where the file ends before."""
        ...


@dataclass(frozen=True)
class LocalStore:
    """Files of this machine."""

    is_remote = False

    def open(self, path: str) -> BinaryIO:
        return builtins.open(path, "rb")

    def arrow(self, path: str, ranges: Sequence[tuple[int, int]] = ()) -> Any:
        return path

    def version(self, path: str) -> Any:
        found = os.stat(path)
        return os.path.realpath(path), found.st_size, found.st_mtime_ns, found.st_ino

    def read(self, path: str, start: int, stop: int) -> bytes:
        with builtins.open(path, "rb") as stream:
            stream.seek(start)
            return stream.read(stop - start)


@dataclass(frozen=True)
class RemoteStore:
    """Files behind URLs.

    Attributes
    ----------
    options : mapping
        As fsspec takes them for the protocol: keys, endpoint, region ... Never shown.
    sizes : mapping
        Bytes of files by URL, as they were listed.
    """

    options: Mapping[str, Any] = field(repr=False)
    sizes: Mapping[str, int] = field(default_factory=dict, repr=False)
    is_remote = True

    def at(self, url: str) -> tuple[Any, str]:
        """The filesystem of a URL in this process, and the path in it."""
        from fsspec.core import url_to_fs

        protocol = url.partition("://")[0].split("::")[-1]
        try:
            return url_to_fs(url, **self.options)
        except ImportError as error:
            package = EXTRAS.get(protocol)
            how = f"; install it with: pip install {package}" if package else ""
            raise ImportError(
                f"{protocol}:// needs a package that is not installed{how} ({error})"
            ) from error
        except ValueError as error:
            if "Protocol not known" not in str(error):
                raise
            raise UnsupportedError(
                f"{url}: there is no store {protocol}://; skdask reads what fsspec knows, such as "
                "s3://, gs://, abfs://, https://, memory:// and local paths"
            ) from error

    def ask(self, url: str, question: Callable[[Any, str], Result]) -> Result:
        """An answer of the filesystem, tried again where it fails for a moment."""
        filesystem, path = self.at(url)
        try:
            return with_retries(lambda: question(filesystem, path))
        except FileNotFoundError:
            raise FileNotFoundError(f"{url} does not exist; check the URL") from None
        except PermissionError as error:
            raise PermissionError(
                f"{url} may not be read: {error}. Give credentials with storage_options=, or in "
                "the environment as the store expects them"
            ) from error
        except ImportError:
            raise
        except Exception as error:
            raise ReadError(
                f"cannot reach {url}: {type(error).__name__}: {error}. Check the URL, the network "
                "and storage_options="
            ) from error

    def size(self, url: str) -> int:
        known = self.sizes.get(url)
        if known is not None:
            return known
        return int(self.ask(url, lambda filesystem, path: filesystem.info(path)["size"]))

    def version(self, path: str) -> Any:
        facts = self.ask(path, lambda filesystem, inner: filesystem.info(inner))
        changes = {name: str(facts[name]) for name in _VERSIONS if facts.get(name) is not None}
        return (facts.get("size"), sorted(changes.items())) if changes else None

    def open(self, path: str) -> BinaryIO:
        return io.BufferedReader(self.arrow(path), SCAN_BYTES)

    def arrow(self, path: str, ranges: Sequence[tuple[int, int]] = ()) -> Any:
        filesystem, inner = self.at(path)
        return RemoteFile(filesystem, inner, path, self.size(path), ranges)

    def read(self, path: str, start: int, stop: int) -> bytes:
        filesystem, inner = self.at(path)
        stop = min(stop, self.size(path))
        return b"".join(fetch(filesystem, inner, path, joined([(start, stop)])))


LOCAL = LocalStore()
