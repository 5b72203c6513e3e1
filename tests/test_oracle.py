"""Every estimator on blocks equals scikit-learn on all rows, however the rows are handed over."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.exceptions import UndefinedMetricWarning

import skdask.blocks
from skdask import config
from tests.arrangements import ARRANGEMENTS, SPARSE_ARRANGEMENTS, Arrangement
from tests.cases import CASES, Case, Data, data
from tests.oracle import assert_same_fit, data_for, fit_oracle, fit_ours

FLOAT32 = 2e-6

each_case = pytest.mark.parametrize("case", CASES, ids=str)


@each_case
@pytest.mark.parametrize(
    "arrangement",
    [
        pytest.param(each, id=str(each), marks=[] if each.in_fast_suite else pytest.mark.slow)
        for each in ARRANGEMENTS
    ],
)
def test_fit(case: Case, arrangement: Arrangement, tmp_path: Path) -> None:
    rows = data_for(case, arrangement, data(case.kind))
    given = arrangement.give(rows, tmp_path)
    with config.set(block_bytes=arrangement.block_bytes(rows), n_threads=2):
        ours = fit_ours(case, given)
    as_given = fit_oracle(case, rows, arrangement)
    precise = as_given
    if arrangement.dtype != "float64":
        # scikit-learn computes in float32 and loses digits that we keep
        precise = fit_oracle(case, rows.in_dtype("float64"), arrangement)
    tol = max(case.tol, FLOAT32 if arrangement.dtype == "float32" else 0.0)
    assert_same_fit(ours, precise, tol=tol, skip=case.skip, dtypes_of=as_given)
    # folds need row counts, and where those are known small partitions are joined
    by_partition = arrangement.by_partition and not getattr(ours, "validates_on_folds", False)
    least = 4 if by_partition else len(rows.X) // (1.5 * arrangement.rows)
    assert ours.fit_report_.blocks >= least
    assert ours.fit_report_.rows == len(rows.X)


@pytest.mark.parametrize("case", [case for case in CASES if case.sparse], ids=str)
@pytest.mark.parametrize("arrangement", SPARSE_ARRANGEMENTS, ids=str)
def test_fit_on_sparse_rows(case: Case, arrangement: Arrangement, tmp_path: Path) -> None:
    rows = data_for(case, arrangement, data(case.kind).thinned())
    given = arrangement.give(rows, tmp_path)
    with config.set(block_bytes=arrangement.block_bytes(rows), n_threads=2):
        ours = fit_ours(case, given)
    as_given = fit_oracle(case, rows, arrangement)
    precise = fit_oracle(case, rows.in_dtype("float64"), arrangement)
    tol = max(case.tol, FLOAT32 if arrangement.dtype == "float32" else 0.0)
    assert_same_fit(ours, precise, tol=tol, skip=case.skip, dtypes_of=as_given)
    assert ours.fit_report_.rows == len(rows.X)


@each_case
def test_weights_are_repetitions(case: Case, tmp_path: Path) -> None:
    if case.weights is None:
        pytest.skip("takes no weights")
    if case.counts_rows:
        pytest.skip("rows count once, whatever their weight")
    rows = data(case.kind)
    arrangement = ARRANGEMENTS[1]
    with config.set(block_bytes=8 * 7 * 7):
        weighted = fit_ours(case, arrangement.give(rows, tmp_path))
        repeated = fit_ours(case, arrangement.give(rows.repeated(), tmp_path))
    skip = (*case.skip, "n_samples_seen_", "singular_", "labels_")
    if len(case.weights.split()) < len(getattr(weighted, "steps", " ")):
        pytest.skip("a step counts rows once")
    assert_same_fit(weighted, repeated, tol=10 * case.tol, skip=skip)


@each_case
def test_any_number_of_threads_gives_the_same_bits(case: Case) -> None:
    rows = data(case.kind)
    fits = []
    for threads in (1, 2, 4):
        with config.set(block_bytes=8 * 7 * 12, n_threads=threads):
            blocks = skdask.blocks.open(rows.X, rows.y)
            fits.append(fit_ours(case, (blocks, None, None)))
    assert fits[0].fit_report_.blocks >= 7
    used = [1, 1, 1] if case.in_order else [1, 2, 4]
    assert [fit.fit_report_.threads for fit in fits] == used
    for fit in fits[1:]:
        assert_same_fit(fit, fits[0], tol=0.0)


@each_case
def test_score(case: Case, tmp_path: Path) -> None:
    rows = data(case.kind)
    if case.is_transformer or not (is_classifier(case.estimator) or is_regressor(case.estimator)):
        pytest.skip("scores of their own are tested on their own")
    ours = fit_ours(case, ARRANGEMENTS[1].give(rows, tmp_path))
    theirs = ours.to_sklearn()
    for weight in (None, rows.sample_weight):
        for arrangement in (ARRANGEMENTS[1], ARRANGEMENTS[6]):
            X, y, w = arrangement.give(Data(rows.X, rows.y, weight), tmp_path)
            with config.set(block_bytes=8 * 7 * 6):
                found = ours.score(X, y, sample_weight=w)
            assert isinstance(found, float)
            expected = theirs.score(rows.X, rows.y, sample_weight=weight)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_score_of_one_row_is_undefined() -> None:
    rows = data("regression")
    case = next(case for case in CASES if case.kind == "regression")
    ours = fit_ours(case, ARRANGEMENTS[1].give(rows, Path()))
    with pytest.warns(UndefinedMetricWarning):
        assert np.isnan(ours.score(*ARRANGEMENTS[1].give(Data(rows.X[:1], rows.y[:1]), Path())[:2]))


def test_no_fit_of_the_table_warns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # what scikit-learn says of the same rows
        warnings.filterwarnings("ignore", "Feature .* is constant and will be replaced")
        warnings.filterwarnings("ignore", "Maximum number of iterations .* reached. Increase it")
        warnings.filterwarnings("ignore", "Confidence interval of the Spearman correlation")
        for case in CASES:
            fit_ours(case, ARRANGEMENTS[1].give(data(case.kind), Path()))
