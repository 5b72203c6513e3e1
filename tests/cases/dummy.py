"""Cases of skdask.dummy."""

from __future__ import annotations

from skdask.dummy import DummyClassifier, DummyRegressor
from tests.cases.base import Case

CASES = [
    Case(DummyClassifier(), "three words"),
    Case(DummyClassifier(strategy="most_frequent"), "two classes", sparse=True),
    Case(DummyClassifier(strategy="constant", constant="middle"), "three words"),
    Case(DummyRegressor(), "regression", sparse=True),
    Case(DummyRegressor(), "targets"),
    # of weights it takes the lower one of two in the middle
    Case(DummyRegressor(strategy="median"), "outliers", weights=None),
    Case(DummyRegressor(strategy="quantile", quantile=0.3), "targets", weights=None),
    Case(DummyRegressor(strategy="constant", constant=3.0), "regression"),
]
