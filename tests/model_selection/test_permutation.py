"""permutation_test_score: scikit-learn's scores of the same permutations, in shared passes."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection as theirs
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, StandardScaler
from sklearn.tree import DecisionTreeRegressor

import skdask
from skdask.exceptions import DataError, MemoryBudgetError
from skdask.model_selection import permutation, permutation_test_score

N_ROWS = 150
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N_ROWS, 4)) + [0, 5, 0, -3]
Y = X @ [0.3, -0.2, 0.0, 0.1] + RANDOM.normal(size=N_ROWS)
CLASSES = np.array(["ant", "bee", "cow"])[np.digitize(Y, np.quantile(Y, [0.3, 0.6]))]
GROUPS = RANDOM.integers(0, 5, N_ROWS)
WEIGHT = RANDOM.uniform(0.2, 2.0, N_ROWS)
LOGISTIC = LogisticRegression(tol=1e-9, max_iter=1000)
BINNED = make_pipeline(KBinsDiscretizer(3, encode="onehot-dense"), Ridge())


def lazy(values, chunks=40):
    return da.from_array(values, chunks=(chunks, *values.shape[1:]))


def both(model, y, **options):
    options = {"n_permutations": 9, "random_state": 3, **options}
    found = permutation_test_score(model, lazy(X), lazy(y, 33), **options)
    return found, theirs.permutation_test_score(model, X, y, **options)


def assert_same(found, expected, rtol=1e-9):
    np.testing.assert_allclose(found[0], expected[0], rtol=rtol)
    assert found[1].shape == expected[1].shape
    np.testing.assert_allclose(found[1], expected[1], rtol=rtol, atol=rtol)
    assert found[2] == expected[2]


@pytest.mark.parametrize(
    ("model", "y", "options"),
    [
        (Ridge(2.0), Y, {}),
        (Ridge(), Y, {"n_permutations": 30, "scoring": "neg_mean_squared_error"}),
        (Ridge(), np.column_stack([Y, -(Y**2)]), {"cv": ShuffleSplit(3, random_state=0)}),
        (make_pipeline(StandardScaler(), Ridge()), Y, {"cv": GroupKFold(3), "groups": GROUPS}),
        (Ridge(), Y, {"cv": list(KFold(3).split(X)), "params": {"sample_weight": WEIGHT}}),
        (BINNED, Y, {"cv": 3}),
    ],
    ids=["plain", "many", "targets", "groups", "weights", "mapped"],
)
def test_regressors(model, y, options):
    assert_same(*both(model, y, **options))


@pytest.mark.parametrize(
    ("model", "y", "options"),
    [
        (LOGISTIC, CLASSES, {"cv": 3, "scoring": "neg_log_loss"}),
        (LOGISTIC, CLASSES, {"cv": KFold(3), "scoring": "balanced_accuracy"}),
        (LOGISTIC, CLASSES, {"cv": StratifiedShuffleSplit(2, random_state=0)}),
        (make_pipeline(StandardScaler(), LOGISTIC), CLASSES, {"cv": 3}),
        (PoissonRegressor(tol=1e-9, max_iter=1000), np.exp(Y), {"cv": 3}),
    ],
    ids=["stratified", "in order", "random", "pipeline", "counts"],
)
def test_models_that_iterate(model, y, options):
    found, expected = both(model, y, **options)
    assert_same(found, expected, rtol=1e-5)


def test_folds_that_are_drawn_anew_for_every_target():
    found, _ = both(Ridge(), Y, cv=KFold(3, shuffle=True, random_state=np.random.RandomState(0)))
    again = KFold(3, shuffle=True, random_state=np.random.RandomState(0))
    options = {"n_permutations": 9, "random_state": 3, "cv": again}
    assert_same(found, theirs.permutation_test_score(Ridge(), X, Y, **options))


def test_permutations_share_passes(tmp_path):
    with skdask.report(tmp_path / "page.html") as collected:
        both(Ridge(), Y, n_permutations=40)
    assert [(found.what, found.passes) for found in collected.reports] == [
        ("target of every row", 1),
        ("permutation_test_score", 1),
    ]


def test_tables_files_and_rows_in_memory(tmp_path):
    frame = pd.DataFrame(X, columns=list("abcd")).assign(y=Y)
    frame.to_parquet(tmp_path / "rows.parquet", row_group_size=40)
    expected = theirs.permutation_test_score(Ridge(), X, Y, n_permutations=9)
    for given in (dd.from_pandas(frame, npartitions=3), tmp_path / "rows.parquet"):
        assert_same(permutation_test_score(Ridge(), given, "y", n_permutations=9), expected)
    assert_same(permutation_test_score(Ridge(), X, Y, n_permutations=9), expected)


@pytest.mark.parametrize(
    "model",
    [
        DecisionTreeRegressor(max_depth=2, random_state=0),
        TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
    ],
    ids=["tree", "target"],
)
def test_other_estimators_are_evaluated_on_rows_in_memory(model):
    assert_same(*both(model, Y, cv=3))


def test_what_does_not_fit_is_done_in_batches_and_then_refused(monkeypatch):
    budget = skdask.config.get().budget
    monkeypatch.setattr(permutation, "_BESIDE", budget // 10 // N_ROWS)
    for model, y in ((Ridge(), Y), (LOGISTIC, CLASSES)):
        assert_same(*both(model, y, cv=3), rtol=1e-5)
    monkeypatch.setattr(permutation, "_BESIDE", budget)
    with pytest.raises(MemoryBudgetError, match="sample of the rows"):
        permutation_test_score(Ridge(), lazy(X), lazy(Y))
    with pytest.raises(DataError, match="requires y"):
        permutation_test_score(Ridge(), lazy(X), None)
