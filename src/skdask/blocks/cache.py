"""The block cache: what took work to decode is decoded once and mapped afterwards.

It sits between a source and its blocks. A unit whose blocks are all in the folder is mapped from
there; another is decoded, and written on the way where the pass is told to (which passes those are
is the engine's decision). What does not fit the limit is decoded again each time, and what is there
stays for the run: a scan that came round to blocks which it had itself pushed out would find none.

Failing to cache is never an error. The run goes on without, and says so.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dask.utils import format_bytes

from skdask import config
from skdask.blocks.cache_file import VERSION, Damaged, NotStorable, map_rows, write_rows
from skdask.blocks.cache_folder import HELD, CacheRoot, DataSet, is_available
from skdask.blocks.freed import numbered
from skdask.blocks.source import Stamp
from skdask.rows import Rows, bytes_of

# The folder is looked through again after so long, since other processes write to it too; so they
# can exceed the limit together by what each writes in that time
_LOOK_SECONDS = 1.0

# Writing this long is enough to tell that it takes longer than decoding
_JUDGED_AFTER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class CacheSettings:
    """Where blocks are cached, within how many bytes (None: half of the free disk), how long."""

    parent: str | None
    limit: int | None
    keep: bool


class BlockCache:
    """The cached blocks of some data.

    Pickles as what another process needs to use the same blocks of its own host.

    Parameters
    ----------
    variant : str
        What else than the content blocks depend on: how they are cut.

    Attributes
    ----------
    token : str or None
        The name of the content; None until a pass began, and where nothing is cached.
    writing : bool
        Whether blocks that are decoded are written.
    stopped : str
        Why no more blocks are written, empty while they are.
    lasting : bool
        Whether the same content may be met again under this name.
    written_bytes : int
        Bytes that this process wrote.
    """

    def __init__(self, variant: str) -> None:
        settings = config.get()
        self.settings = CacheSettings(
            settings.cache_dir, settings.cache_limit, settings.cache == "keep"
        )
        self._variant = variant
        self.token: str | None = None
        self.writing = False
        self.lasting = True
        self._begin_here()

    def _begin_here(self) -> None:
        """What belongs to this process."""
        self.stopped = ""
        self.written_bytes = 0
        self._told_bytes = 0
        self._left = 0
        self._looked = -_LOOK_SECONDS
        self._write_seconds = self._decode_seconds = 0.0
        self._guard = threading.Lock()
        self._owned: set[str] = set()

    @property
    def folder(self) -> str:
        """The folder of this user's caches on this host."""
        return CacheRoot.path_in(self.settings.parent)

    def begin_pass(self, stamp: Stamp | None, *, write: bool) -> None:
        """Look again what the content is, and say whether this pass writes."""
        self.writing = write and not self.stopped
        self._looked = -_LOOK_SECONDS
        if stamp is None:
            self.token = None
            return
        text = f"{VERSION} {stamp.text} {self._variant}"
        self.token = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        self.lasting = stamp.lasting
        self._settle()

    def follow(self, other: BlockCache) -> None:
        """Do in this process what another one was told at the begin of a pass."""
        self.token, self.lasting = other.token, other.lasting
        self.writing = other.writing and not self.stopped
        self._looked = -_LOOK_SECONDS
        if self.token is not None:
            self._settle()

    def _settle(self) -> None:
        if not self.lasting:
            self.settings = CacheSettings(self.settings.parent, self.settings.limit, False)
            self._remove_with_me()

    def _remove_with_me(self) -> None:
        """Nobody will find these blocks again once this object is gone."""
        path = self._path()
        if path is not None and path not in self._owned:
            self._owned.add(path)
            weakref.finalize(self, HELD.release, path)

    def through(
        self, indices: range, decode: Callable[[], Iterator[Rows]], *, features: bool
    ) -> Iterator[tuple[Rows, bool]]:
        """The blocks of a unit, and of each whether it came from here.

        Parameters
        ----------
        indices : range
            Numbers of the blocks.
        decode : callable
            Decodes them all.
        features : bool
            Whether X is wanted; blocks without are never written.
        """
        data_set = self._open()
        done = 0
        if data_set is not None and _has_all(data_set, indices):
            data_set.touch()
            for index in indices:
                rows = _mapped(data_set.file(index), features)
                if rows is None:
                    break
                done += 1
                yield rows, True
                del rows
            if done == len(indices):
                return
        write = data_set is not None and self.writing and features
        started = time.perf_counter()
        for index, rows in numbered(indices[done:], islice(decode(), done, None)):
            decoded = time.perf_counter()
            if write and data_set is not None:
                self._write(data_set, index, rows, decoded - started)
            yield rows, False
            del rows
            started = time.perf_counter()

    def newly_written(self) -> int:
        """Bytes that this process wrote since it was last asked."""
        with self._guard:
            new = self.written_bytes - self._told_bytes
            self._told_bytes = self.written_bytes
        return new

    def _open(self) -> DataSet | None:
        """The data set on this host, None where there is none and none is to be written."""
        path = self._path()
        if path is None or not (self.writing or os.path.isdir(path)):
            return None
        try:
            root = CacheRoot(self.settings.parent)
            return HELD.open(root, str(self.token), keep=self.settings.keep)
        except OSError as error:
            self._stop(f"the cache folder cannot be used ({error})")
            return None

    def _path(self) -> str | None:
        if self.token is None:
            return None
        return os.path.join(self.folder, self.token)

    def _write(self, data_set: DataSet, index: int, rows: Rows, seconds: float) -> None:
        path = data_set.file(index)
        if self.stopped or os.path.exists(path):
            return
        started = time.perf_counter()
        if not self._take_room(data_set, file_bytes(rows)):
            return
        try:
            with data_set.new_file(index) as part, open(part, "xb") as file:
                written = write_rows(file, rows)
        except NotStorable as reason:
            self._stop(str(reason))
            return
        except OSError as error:
            self._stop(f"the disk refused ({error})")
            return
        data_set.touch()
        with self._guard:
            self.written_bytes += written
            self._write_seconds += time.perf_counter() - started
            self._decode_seconds += seconds
            slow = self._write_seconds > max(_JUDGED_AFTER_SECONDS, 2 * self._decode_seconds)
        if slow:
            self._stop("the disk takes longer to write a block than it takes to decode it")

    def _take_room(self, data_set: DataSet, needed: int) -> bool:
        """Whether so many bytes may be written; makes room at the cost of other data sets."""
        with self._guard:
            now = time.monotonic()
            if now - self._looked >= _LOOK_SECONDS or needed > self._left:
                self._looked = now
                root = CacheRoot(self.settings.parent)
                self._left = self._room(root)
                if needed > self._left:
                    root.evict(needed - self._left, data_set.path)
                    self._left = self._room(root)
            if needed <= self._left:
                self._left -= needed
                return True
        limit = self.settings.limit
        within = "half of the free disk" if limit is None else format_bytes(limit)
        self._stop(f"the cache is full ({within}; skdask.config.set(cache_limit=...))")
        return False

    def _room(self, root: CacheRoot) -> int:
        used, free = root.bytes, root.free_bytes
        limit = self.settings.limit
        return min((used + free) // 2 if limit is None else limit, used + free) - used

    def _stop(self, reason: str) -> None:
        self.stopped = self.stopped or reason
        self.writing = False

    def __getstate__(self) -> dict[str, Any]:
        kept = ("settings", "_variant", "token", "writing", "lasting")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._begin_here()


# How often this process decoded the features of some content, by its token
decoded_passes: Counter[str] = Counter()


def cache_for(variant: str) -> BlockCache | None:
    """A cache for blocks that are cut like this, None where it is switched off."""
    if not config.get().cache or not is_available():
        return None
    return BlockCache(variant)


def file_bytes(rows: Rows) -> int:
    """About the size of a block's file."""
    arrays = (rows.X, rows.y, rows.sample_weight, rows.groups)
    return 2**14 + sum(map(bytes_of, arrays))


def _has_all(data_set: DataSet, indices: range) -> bool:
    return all(os.path.exists(data_set.file(index)) for index in indices)


def _mapped(path: str, features: bool) -> Rows | None:
    """A block of the folder, None where it is not, or no longer, there and whole."""
    try:
        return map_rows(path, features=features)
    except Damaged:
        os.unlink(path)
    except OSError:
        pass
    return None
