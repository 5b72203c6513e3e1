"""Moments in all their forms against long double arithmetic on all rows."""

from __future__ import annotations

import tracemalloc
from functools import reduce

import numpy as np
import pytest

from skdask.passes.folds import merges_without_each
from skdask.rows import Rows
from skdask.statistics import (
    Affine,
    ClassMoments,
    ColumnMoments,
    Extremes,
    Factor,
    Moments,
    MomentSummary,
)
from skdask.statistics.classes import Spread


def summary_of(statistic, X, y=None, sample_weight=None) -> MomentSummary:
    rows = Rows(len(X), X, y, sample_weight)
    return statistic.value(statistic.update(statistic.zero(), rows))


def long_moments(columns, weight=None):
    """Mean and scatter in long double, two passes."""
    columns = np.asarray(columns, dtype=np.longdouble)
    weight = np.ones(len(columns)) if weight is None else weight
    weight = weight.astype(np.longdouble)[:, np.newaxis]
    mean = (weight * columns).sum(axis=0) / weight.sum()
    centred = columns - mean
    return mean.astype(float), (centred.T @ (weight * centred)).astype(float)


@pytest.fixture
def data(rng):
    X = rng.normal(size=(2000, 5)) @ rng.normal(size=(5, 5)) + 10 * rng.normal(size=5)
    return X, X @ rng.normal(size=5) + rng.normal(size=2000), rng.random(2000)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("kind", [Moments, Factor])
@pytest.mark.parametrize("weighted", [False, True])
def test_agree_with_long_double(kind, weighted, data):
    X, y, weight = data
    summary = summary_of(kind(True, weighted), X, y, weight)
    mean, scatter = long_moments(np.column_stack([X, y]), weight if weighted else None)
    assert summary.count == len(X)
    assert summary.weight == pytest.approx(weight.sum() if weighted else len(X))
    np.testing.assert_allclose(summary.mean, mean, rtol=1e-13)
    np.testing.assert_allclose(summary.gram, scatter, rtol=1e-12, atol=1e-12 * scatter.max())
    variance = np.average((X - mean[:5]) ** 2, axis=0, weights=weight if weighted else None)
    np.testing.assert_allclose(summary.variance[:5], variance, rtol=1e-12)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float32, np.int64])
def test_targets_of_any_number_type(dtype, data, rng):
    X = data[0]
    y = rng.integers(0, 2, len(X)).astype(dtype)
    found = summary_of(Moments(True), X, y)
    expected = summary_of(Moments(True), X, y.astype(float))
    np.testing.assert_array_equal(found.gram, expected.gram)


def test_float32_rows_lose_nothing_on_the_way(data):
    X = data[0].astype(np.float32)
    found, expected = summary_of(Moments(), X), summary_of(Moments(), X.astype(np.float64))
    np.testing.assert_array_equal(found.mean, expected.mean)
    np.testing.assert_array_equal(found.gram, expected.gram)


@pytest.mark.parametrize("kind", [Moments, Factor])
def test_memory_order_hardly_matters(kind, data):
    X, y, weight = data
    by_row = summary_of(kind(True, True), X, y, weight)
    by_column = summary_of(kind(True, True), np.asfortranarray(X), y, weight)
    np.testing.assert_allclose(by_column.mean, by_row.mean, rtol=1e-14)
    scale = np.abs(by_row.gram).max()
    np.testing.assert_allclose(by_column.gram, by_row.gram, rtol=1e-11, atol=1e-12 * scale)


def test_large_offsets_do_not_cancel(rng):
    centred = rng.normal(size=(50_000, 2))
    X = centred + 1e8
    _, expected = long_moments(X)
    for statistic in (Moments(), Factor()):
        np.testing.assert_allclose(summary_of(statistic, X).gram, expected, rtol=1e-9, atol=1e-4)
    columns = ColumnMoments()
    found = columns.update(columns.zero(), Rows(len(X), X))
    np.testing.assert_allclose(found.scatter, np.diagonal(expected), rtol=1e-10)
    # the textbook formula, for comparison
    naive = (X**2).sum(axis=0) - X.sum(axis=0) ** 2 / len(X)
    assert (np.abs(naive / np.diagonal(expected) - 1) > 1e-3).any()


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8 + 1 / 3, -1e-300])
def test_constant_columns_have_no_scatter_at_all(value, rng):
    X = rng.normal(size=(20_000, 3))
    X[:, 1] = value
    weight = rng.random(len(X))
    statistics = (Moments(), Moments(weighted=True), ColumnMoments(), ColumnMoments(weighted=True))
    for statistic in statistics:
        whole = Rows(len(X), X, sample_weight=weight)
        thirds = [whole.take(slice(i, i + 7000)) for i in range(0, len(X), 7000)]
        states = [statistic.update(statistic.zero(), part) for part in thirds]
        summary = statistic.value(reduce(statistic.merge, states))
        scatter = np.asarray(summary.scatter)
        assert (np.diagonal(scatter) if scatter.ndim == 2 else scatter)[1] == 0.0
        assert summary.mean[1] == value


@pytest.mark.parametrize("kind", [Moments, Factor])
def test_training_sets_survive_a_wild_fold(kind, rng):
    folds = [rng.normal(size=(1000, 3)) for _ in range(5)]
    folds[2] = folds[2] * 1e6 + 1e8
    statistic = kind()
    states = [statistic.update(statistic.zero(), Rows(1000, fold)) for fold in folds]
    rest = merges_without_each(states, statistic.merge, statistic.zero())[2]
    mean, scatter = long_moments(np.vstack([fold for k, fold in enumerate(folds) if k != 2]))
    summary = statistic.value(rest)
    assert np.abs(summary.gram - scatter).max() < 1e-12 * scatter.max()
    assert np.abs(summary.mean - mean).max() < 1e-12

    # what subtracting the fold from all rows would have given
    everything = np.vstack(folds)
    gram = everything.T @ everything - folds[2].T @ folds[2]
    assert np.abs(gram - (scatter + 4000 * np.outer(mean, mean))).max() > 1e-3 * scatter.max()


def test_rows_of_weight_zero_leave_no_trace(rng):
    X = rng.normal(size=(100, 3))
    wild = np.vstack([np.full((50, 3), 1e300), X])
    weight = np.r_[np.zeros(50), np.ones(100)]
    for kind in (Moments, Factor):
        statistic = kind(weighted=True)
        first = statistic.update(statistic.zero(), Rows(50, wild[:50], sample_weight=weight[:50]))
        second = statistic.update(statistic.zero(), Rows(100, X, sample_weight=weight[50:]))
        for merged in (statistic.merge(first, second), statistic.merge(second, first)):
            assert merged.count == 150
            np.testing.assert_array_equal(statistic.value(merged).mean, second.mean)
            np.testing.assert_array_equal(
                statistic.value(merged).gram, statistic.value(second).gram
            )


@pytest.mark.parametrize(
    "statistic",
    [
        Moments(),
        Moments(weighted=True),
        Factor(),
        Factor(weighted=True),
        ColumnMoments(weighted=True),
    ],
    ids=str,
)
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("row", [0, 3, 9])
@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_suspicion(statistic, bad, row, weight, rng):
    X = rng.normal(size=(10, 2))
    sample_weight = np.full(10, weight)
    clean = statistic.update(statistic.zero(), Rows(10, X, sample_weight=sample_weight))
    assert not statistic.suspect(clean)
    X[row, 1] = bad
    with np.errstate(invalid="ignore"):
        state = statistic.update(statistic.zero(), Rows(10, X, sample_weight=sample_weight))
    missing_is_fine = statistic.accepts_nan and np.isnan(bad)
    assert statistic.suspect(state) == (not missing_is_fine)


def test_factor_keeps_small_directions(rng):
    X = rng.normal(size=(3000, 4)) @ np.diag([1.0, 1e-4, 1e-8, 1e-10]) @ rng.normal(size=(4, 4))
    exact = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    found = np.linalg.svd(summary_of(Factor(), X).square_root(), compute_uv=False)
    np.testing.assert_allclose(found, exact, rtol=1e-4)


@pytest.mark.parametrize("kind", [Moments, Factor])
@pytest.mark.parametrize("n_rows", [2000, 4, 1])
def test_equivalent_rows_have_these_moments(kind, n_rows, data):
    X, y, weight = (part[:n_rows] for part in data)
    summary = summary_of(kind(True, True), X, y, weight)
    rows = summary.equivalent_rows()
    assert rows.shape == (7, 6)
    np.testing.assert_allclose(rows.mean(axis=0), summary.mean, rtol=1e-12, atol=1e-12)
    covariance = summary.gram / summary.weight
    # eigenvalues of a singular scatter are known to 1e-16 of the largest, their roots to 1e-8
    tolerance = 1e-13 * max(1.0, np.abs(covariance).max())
    np.testing.assert_allclose(np.cov(rows.T, bias=True), covariance, rtol=1e-11, atol=tolerance)


def test_equivalent_rows_of_constant_and_repeated_columns(rng):
    X = rng.normal(size=(100, 4))
    X[:, 1], X[:, 3] = 5.0, 2.0 * X[:, 0]
    rows = summary_of(Moments(), X).equivalent_rows()
    np.testing.assert_allclose(np.cov(rows.T, bias=True), np.cov(X.T, bias=True), atol=1e-14)
    np.testing.assert_array_equal(rows[:, 1], 5.0)


BY_COLUMN = Affine(np.array([2.0, -1.0, 0.0, 1e-3, 1e3]), np.arange(5.0))
MIXING = Affine(np.random.default_rng(1).normal(size=(5, 2)), np.array([1.0, -2.0]))


@pytest.mark.parametrize("affine", [BY_COLUMN, MIXING], ids=["by column", "mixing"])
@pytest.mark.parametrize("with_target", [False, True])
@pytest.mark.parametrize("kind", [Moments, Factor])
def test_moments_go_through_affine_maps(affine, with_target, kind, data):
    X, y, weight = data
    statistic = kind(with_target, True)
    mapped = summary_of(statistic, X, y, weight).through(affine)
    expected = summary_of(statistic, affine.apply(X), y, weight)
    np.testing.assert_allclose(mapped.mean, expected.mean, rtol=1e-11)
    scale = np.abs(expected.gram).max()
    np.testing.assert_allclose(mapped.gram, expected.gram, rtol=1e-10, atol=1e-12 * scale)
    assert (mapped.factor is None) == (kind is Moments)


def test_columns_of_a_summary(data):
    X, y, _ = data
    for kind in (Moments, Factor):
        part = summary_of(kind(True), X, y).columns(slice(1, 4))
        expected = summary_of(kind(), X[:, 1:4])
        np.testing.assert_allclose(part.mean, expected.mean)
        np.testing.assert_allclose(part.gram, expected.gram, rtol=1e-9)
        np.testing.assert_allclose(
            part.square_root().T @ part.square_root(), expected.gram, rtol=1e-9
        )


def test_columns_and_ranges_go_through_scaling(rng):
    X = rng.normal(size=(300, 5))
    X[::7, 2] = np.nan
    for statistic in (ColumnMoments(), Extremes()):
        mapped = statistic.update(statistic.zero(), Rows(300, X)).through(BY_COLUMN)
        expected = statistic.update(statistic.zero(), Rows(300, BY_COLUMN.apply(X)))
        for name in (
            ("mean", "scatter") if statistic == ColumnMoments() else ("smallest", "largest")
        ):
            np.testing.assert_allclose(getattr(mapped, name), getattr(expected, name), atol=1e-12)


def test_missing_values_agree_with_numpy(rng):
    X = rng.normal(loc=[0.0, 1e8, 1.0], size=(40_000, 3))
    X[rng.random(X.shape) < 0.3] = np.nan
    X[:, 2] = np.nan
    statistic = ColumnMoments()
    found = statistic.update(statistic.zero(), Rows(len(X), X))
    np.testing.assert_array_equal(found.count, (~np.isnan(X)).sum(axis=0))
    np.testing.assert_allclose(found.mean[:2], np.nanmean(X[:, :2], axis=0), rtol=1e-13, atol=1e-13)
    variance = found.scatter[:2] / found.weight[:2]
    np.testing.assert_allclose(variance, np.nanvar(X[:, :2], axis=0), rtol=1e-9)
    assert (found.mean[2], found.scatter[2], found.weight[2]) == (0.0, 0.0, 0.0)

    extremes = Extremes().update(Extremes().zero(), Rows(len(X), X))
    np.testing.assert_array_equal(extremes.smallest[:2], np.nanmin(X[:, :2], axis=0))
    np.testing.assert_array_equal(extremes.largest[:2], np.nanmax(X[:, :2], axis=0))
    assert np.isnan(extremes.smallest[2])


def test_condition(rng):
    independent = rng.normal(size=(10_000, 3)) * [1e-9, 1.0, 1e9]
    assert summary_of(Moments(), independent).condition() < 1.1
    nearly = np.column_stack(
        [independent[:, 1], independent[:, 1] + 1e-4 * rng.normal(size=10_000)]
    )
    assert summary_of(Moments(), nearly).condition() == pytest.approx(4e8, rel=0.1)
    same = np.column_stack([independent[:, 1], 3.0 * independent[:, 1]])
    assert summary_of(Moments(), same).condition() > 1e15
    constant = np.column_stack([independent, np.ones(10_000)])
    assert summary_of(Moments(), constant).condition() < 1.1
    assert summary_of(Moments(), np.ones((10, 2))).condition() == 1.0


def test_missing_companions_are_named():
    rows = Rows(2, np.ones((2, 1)))
    with pytest.raises(ValueError, match="needs a target"):
        Moments(True).update(Moments().zero(), rows)
    with pytest.raises(ValueError, match="sample_weight"):
        Moments(weighted=True).update(Moments().zero(), rows)
    with pytest.raises(ValueError, match="read without"):
        Moments().update(Moments().zero(), Rows(2))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("spread", ["columns", "pooled", "each"])
def test_many_classes(spread: Spread, weighted: bool) -> None:
    random = np.random.default_rng(0)
    X, y = random.normal(size=(3000, 5)) + 100.0, random.integers(0, 200, 3000)
    weight = random.integers(0, 3, 3000).astype(float)
    rows = Rows(3000, X, y, weight if weighted else None)
    statistic = ClassMoments(spread, weighted)
    found = statistic.value(statistic.update(None, rows))
    pooled = np.zeros((5, 5))
    for place, label in enumerate(found.classes):
        own = X[y == label]
        share = weight[y == label] if weighted else np.ones(len(own))
        mean = share @ own / share.sum()
        scatter = (own - mean).T @ ((own - mean) * share[:, np.newaxis])
        pooled += scatter
        np.testing.assert_allclose(found.means[place], mean)
        np.testing.assert_allclose(found.weights[place], share.sum())
        if spread != "pooled":
            expected = scatter if spread == "each" else np.diagonal(scatter)
            np.testing.assert_allclose(found.spread[place], expected, atol=1e-9)
    if spread == "pooled":
        np.testing.assert_allclose(found.spread, pooled, atol=1e-8)


def test_a_row_of_many_classes_is_not_a_row_of_zeros() -> None:
    """Memory is that of the states, not of rows times classes."""
    random = np.random.default_rng(0)
    rows = Rows(20_000, random.normal(size=(20_000, 10)), random.integers(0, 1000, 20_000))
    statistic = ClassMoments("each")
    tracemalloc.start()
    state = statistic.update(None, rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * statistic.held_bytes(state) + 4 * rows.X.nbytes
