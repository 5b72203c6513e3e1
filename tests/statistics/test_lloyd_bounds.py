"""Remembered rows: answers are those of rows met afresh, to the bit."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from skdask._sklearn import lloyd_labels
from skdask.rows import Rows
from skdask.solvers.lloyd import KMeansProblem
from skdask.statistics.affine import Affine
from skdask.statistics.lloyd import LloydStep
from skdask.statistics.lloyd_bounds import RowBounds
from skdask.statistics.mapped import Mapped

BLOBS, _ = make_blobs(3000, 6, centers=5, cluster_std=3.0, random_state=0)
# rows that lie exactly between centres, and many alike
GRID = np.random.default_rng(0).integers(0, 4, size=(3000, 3)).astype(float)


def settled(X: np.ndarray, weight: np.ndarray | None, bounds: RowBounds | None) -> list:
    """What each of thirty iterations finds, in two stretches of rows."""
    n_features = X.shape[1]
    mapped = Mapped(Affine.identity(n_features), np.zeros(n_features), weight is not None)
    centres, found = X[:5].copy(), []
    for _ in range(30):
        statistic = LloydStep(mapped, centres, bounds)
        state = statistic.zero()
        for part in (slice(0, 1900), slice(1900, 3000)):
            own = None if weight is None else weight[part]
            numbers = range(part.start, part.stop)
            rows = Rows(len(numbers), X[part], sample_weight=own, numbers=numbers)
            state = statistic.update(state, rows)
        found.append(state)
        filled = state.weights > 0
        centres = centres.copy()
        centres[filled] = state.sums[filled] / state.weights[filled, np.newaxis]
    return found


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("X", [BLOBS, BLOBS + 1e4, GRID], ids=["blobs", "far", "grid"])
def test_answers_have_the_bits_of_rows_met_afresh(X: np.ndarray, weighted: bool) -> None:
    weight = np.random.default_rng(1).random(len(X)) if weighted else None
    for mine, theirs in zip(settled(X, weight, RowBounds()), settled(X, weight, None), strict=True):
        assert mine.same_rows(theirs)


def test_few_rows_are_looked_at_when_centres_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def counted(tile: np.ndarray, centres: np.ndarray) -> np.ndarray:
        seen.append(len(tile))
        return lloyd_labels(tile, centres)

    monkeypatch.setattr("skdask.statistics.lloyd_bounds.lloyd_labels", counted)
    settled(BLOBS, None, RowBounds())
    assert sum(seen) < 0.5 * 30 * len(BLOBS)


def test_what_is_remembered_stays_where_the_rows_are() -> None:
    bounds = RowBounds()
    settled(BLOBS, None, bounds)
    assert bounds._known
    assert not pickle.loads(pickle.dumps(bounds))._known


def test_what_is_remembered_is_projected() -> None:
    mapped = Mapped(Affine.identity(6), np.zeros(6))
    request = KMeansProblem.request
    problem = KMeansProblem(mapped, None, 1.0, 0.0, 1, "KMeans")  # type: ignore[arg-type]
    assert request(problem, BLOBS[:5]).statistic.row_bytes == 0
    assert request(problem, BLOBS[:5], RowBounds()).statistic.row_bytes == 15
