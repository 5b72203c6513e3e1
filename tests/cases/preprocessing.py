"""Cases of skdask.preprocessing."""

from __future__ import annotations

from skdask.preprocessing import MinMaxScaler, StandardScaler
from tests.cases.base import Case

CASES = [
    Case(StandardScaler(), "rows"),
    Case(StandardScaler(), "missing"),
    Case(StandardScaler(), "constant"),
    Case(StandardScaler(), "far away"),
    Case(StandardScaler(with_mean=False), "rows", sparse=True),
    Case(StandardScaler(with_mean=False), "missing", sparse=True),
    Case(StandardScaler(with_std=False), "rows"),
    Case(StandardScaler(with_mean=False, with_std=False), "rows", weights=None),
    Case(MinMaxScaler(), "rows", weights=None),
    Case(MinMaxScaler(), "missing", weights=None),
    Case(MinMaxScaler(), "constant", weights=None),
    Case(MinMaxScaler(feature_range=(-2, 5)), "rows", weights=None),
    Case(MinMaxScaler(clip=True), "rows", weights=None),
]
