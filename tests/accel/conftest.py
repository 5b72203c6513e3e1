"""Acceleration that is taken back after each test."""

from __future__ import annotations

import pytest

from skdask import accel
from skdask.accel.records import RECORDS


@pytest.fixture
def accelerated():
    """Our routes wherever they give the same answer, also for small data."""
    RECORDS.clear()
    accel.install(always=True)
    yield
    accel.uninstall()
    RECORDS.clear()


@pytest.fixture
def within_tolerance():
    """The same, and for iterative solvers."""
    RECORDS.clear()
    accel.install(always=True, within_tolerance=True)
    yield
    accel.uninstall()
    RECORDS.clear()
