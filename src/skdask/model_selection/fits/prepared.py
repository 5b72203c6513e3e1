"""Rows of a fold behind equal transformers, made once for all that come after.

Kept within a limit: what was used longest ago goes first, and is made again when it is asked for.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from skdask.rows import bytes_of, is_frame, is_sparse


@dataclass(frozen=True)
class Prepared:
    """Training and test rows of a fold, and the fitted transformers that they went through."""

    train: Any
    test: Any
    y_train: Any
    y_test: Any
    steps: tuple[tuple[str, Any], ...] = ()

    @property
    def n_bytes(self) -> int:
        return sum(map(_bytes, (self.train, self.test, self.y_train, self.y_test)))


class PreparedRows:
    """A cache of what is prepared, from which several threads take at once.

    Parameters
    ----------
    limit : int
        Bytes to keep beside what is in use.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Future[Prepared]] = OrderedDict()
        self.made = 0

    def get(self, key: Hashable, make: Callable[[], Prepared]) -> Prepared:
        """What is kept by this key; made by the first who asks, for whom the others wait."""
        with self._lock:
            future = self._kept.get(key)
            mine = future is None
            if future is None:
                future = self._kept[key] = Future()
                self.made += 1
            self._kept.move_to_end(key)
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
                raise
            self._shrink()
        return future.result()

    def _shrink(self) -> None:
        with self._lock:
            sizes = {
                key: future.result().n_bytes
                for key, future in self._kept.items()
                if future.done() and future.exception() is None
            }
            total = sum(sizes.values())
            for key in list(sizes)[:-1]:
                if total <= self._limit:
                    return
                total -= sizes[key]
                del self._kept[key]


def _bytes(values: Any) -> int:
    if values is None:
        return 0
    if is_frame(values) or is_sparse(values):
        return bytes_of(values)
    return int(getattr(values, "nbytes", 0))
