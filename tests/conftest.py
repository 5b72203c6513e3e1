"""Fixtures that tests of several rooms share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dask.callbacks import Callback
from hypothesis import settings

# machines are slow at times, which is no fault of the code
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


class Computes(Callback):
    """Counts the graphs that Dask computes."""

    def __init__(self) -> None:
        super().__init__(start=self._count)
        self.count = 0

    def _count(self, _: object) -> None:
        self.count += 1


@contextmanager
def _count_computes() -> Iterator[Computes]:
    with Computes() as computes:
        yield computes


@pytest.fixture
def computes() -> Iterator[Computes]:
    """How many graphs Dask has computed since the test began."""
    with _count_computes() as counted:
        yield counted
