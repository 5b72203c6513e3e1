"""Classes, their counts, and the refusal of targets that have none."""

from __future__ import annotations

import numpy as np
import pytest

from skdask.rows import Rows
from skdask.statistics import Codes, Labels

TARGETS = {
    "ints": np.array([3, 1, 3, 2, 1, 3]),
    "bools": np.array([True, False, True, True, False, True]),
    "whole floats": np.array([1.0, -1.0, 1.0, 0.0, 0.0, 1.0]),
    "text": np.array(["b", "a", "b", "longer", "a", "b"]),
    "objects": np.array(["b", "a", "b", "longer", "a", "b"], dtype=object),
    "a column": np.array([[3], [1], [3], [2], [1], [3]]),
}


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS)
def test_agree_with_unique(y):
    weight = np.array([1.0, 2.0, 0.0, 4.0, 0.5, 1.0])
    parts = [Rows(3, None, y[:3], weight[:3]), Rows(3, None, y[3:], weight[3:])]
    classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    for statistic, weights in (
        (Labels(), counts),
        (Labels(weighted=True), np.bincount(codes.ravel(), weight)),
    ):
        states = [statistic.update(None, part) for part in parts]
        table = statistic.value(statistic.merge(*states))
        assert table.classes.dtype.kind == y.dtype.kind
        np.testing.assert_array_equal(table.classes, classes)
        np.testing.assert_array_equal(table.counts, counts)
        np.testing.assert_allclose(table.weights, weights)
    numbers = Codes()
    found = numbers.merge(*(numbers.update(numbers.zero(), part) for part in parts))
    np.testing.assert_array_equal(found.classes, classes)
    np.testing.assert_array_equal(found.codes, codes.ravel())


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([0.5, 1.0]), "Unknown label type: continuous"),
        (np.array([np.nan, 1.0]), "Input y contains NaN"),
        (np.ones((2, 2)), "y should be a 1d array"),
        (None, "needs a target"),
    ],
)
def test_refusals(y, message):
    with pytest.raises(ValueError, match=message):
        Labels().update(None, Rows(2, None, y))


def test_groups_of_every_row():
    rows = [
        Rows(3, groups=np.array(["b", "a", "b"])),
        Rows(0, groups=np.array([], "<U1")),
        Rows(2, groups=np.array(["c", "a"])),
    ]
    numbers = Codes(of_groups=True)
    state = numbers.zero()
    for part in rows:
        state = numbers.merge(state, numbers.update(numbers.zero(), part))
    assert numbers.value(state).classes.tolist() == ["a", "b", "c"]
    assert numbers.value(state).codes.tolist() == [1, 0, 1, 2, 0]
    with pytest.raises(ValueError, match="needs groups"):
        numbers.update(None, Rows(2, y=np.ones(2)))
