"""MissingIndicator, KNNImputer and IterativeImputer on blocks are scikit-learn's."""

from __future__ import annotations

import warnings
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import base
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, Ridge

import skdask.blocks
from skdask import config
from skdask.blocks.columns import plain_text
from skdask.exceptions import DataError, UnsupportedError
from skdask.impute import IterativeImputer, KNNImputer, MissingIndicator
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes.twins import to_sklearn
from skdask.tables.missing import MissingCounts
from skdask.testing import check_statistic_laws
from tests.oracle import assert_same_fit

random = np.random.default_rng(0)
X = random.normal(size=(200, 4))
X[:, 1] += X[:, 0]
X[:, 3] = X @ [1, 2, 3, 0] + 0.1 * random.normal(size=200)
X[random.random(X.shape) < 0.2] = np.nan
X[:, 2] = np.nan_to_num(X[:, 2])


def lazy(rows: np.ndarray = X) -> da.Array:
    return da.from_array(rows, chunks=(40, 2))


@pytest.mark.parametrize(
    "imputer",
    [
        IterativeImputer(max_iter=4),
        IterativeImputer(max_iter=3, skip_complete=True, imputation_order="descending"),
        IterativeImputer(max_iter=2, min_value=-1, max_value=[1, 2, 3, 4]),
        IterativeImputer(max_iter=2, initial_strategy="median", add_indicator=True),
        IterativeImputer(Ridge(), max_iter=2, imputation_order="arabic"),
        IterativeImputer(LinearRegression(), max_iter=2, imputation_order="random", random_state=3),
        IterativeImputer(max_iter=0),
        IterativeImputer(max_iter=20, tol=0.5),
    ],
    ids=repr,
)
def test_iterative_imputer(imputer: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        with config.set(block_bytes=8 * 4 * 30):
            ours = base.clone(imputer).fit(lazy())
        theirs = to_sklearn(base.clone(imputer)).fit(X)
    assert ours.n_iter_ == theirs.n_iter_
    for one, other in zip(ours.imputation_sequence_, theirs.imputation_sequence_, strict=True):
        assert one.feat_idx == other.feat_idx
        np.testing.assert_array_equal(one.neighbor_feat_idx, other.neighbor_feat_idx)
        np.testing.assert_allclose(one.estimator.coef_, other.estimator.coef_, rtol=1e-9)
        assert type(one.estimator) is type(other.estimator)
    found = ours.transform(lazy()).compute()
    np.testing.assert_allclose(found, theirs.transform(X), rtol=1e-9, atol=1e-9)
    if ours.n_iter_:
        columns = ours.n_features_with_missing_
        assert ours.fit_report_.passes <= ours.n_iter_ * columns + 3


def test_iterative_imputer_warns_and_reports() -> None:
    with pytest.warns(ConvergenceWarning, match="Early stopping criterion not reached"):
        ours = IterativeImputer(max_iter=1, tol=1e-9).fit(lazy())
    assert ours.fit_report_.outcomes == ("stopped at max_iter=1",)
    frame = dd.from_pandas(pd.DataFrame(X, columns=list("abcd")), npartitions=3)
    named = IterativeImputer(max_iter=20, tol=0.5).fit(frame)
    assert named.feature_names_in_.tolist() == list("abcd")
    assert "converged after" in named.fit_report_.outcomes[0]
    assert not np.isnan(named.transform(frame).compute()).any()


def test_iterative_imputer_of_empty_columns_and_after_steps() -> None:
    rows = np.column_stack([X[:, :2], np.full(200, np.nan)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keep in (False, True):
            ours = IterativeImputer(max_iter=2, keep_empty_features=keep).fit(lazy(rows))
            theirs = to_sklearn(IterativeImputer(max_iter=2, keep_empty_features=keep)).fit(rows)
            found = ours.transform(lazy(rows)).compute()
            np.testing.assert_allclose(found, theirs.transform(rows), rtol=1e-9, atol=1e-9)
        pipe = make_pipeline(StandardScaler(), IterativeImputer(max_iter=2))
        ours = base.clone(pipe).fit(lazy())
        theirs = to_sklearn(base.clone(pipe)).fit(X)
    found = ours.transform(lazy()).compute()
    np.testing.assert_allclose(found, theirs.transform(X), rtol=1e-9, atol=1e-9)


def test_what_the_iterative_imputer_refuses() -> None:
    for imputer, words in (
        (IterativeImputer(sample_posterior=True), "sample_posterior"),
        (IterativeImputer(n_nearest_features=2), "n_nearest_features"),
        (IterativeImputer(ExtraTreesRegressor()), "sample_weight"),
        (IterativeImputer(missing_values=-1), "missing_values"),
    ):
        with pytest.raises(UnsupportedError, match=words):
            imputer.fit(lazy())
    with pytest.raises(ValueError, match="min_value >= max_value"):
        IterativeImputer(min_value=2, max_value=1).fit(lazy())


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_knn_imputer(weights: str) -> None:
    imputer = KNNImputer(n_neighbors=3, weights=weights, add_indicator=True)
    ours = base.clone(imputer).fit(lazy())
    theirs = to_sklearn(base.clone(imputer)).fit(X)
    found, expected = ours.transform(lazy()).compute(), theirs.transform(X)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert ours.fit_report_.passes == 1
    with config.set(sample_rows=50):
        sampled = base.clone(imputer).fit(lazy())
    assert sampled.fit_report_.outcomes == ("neighbours are looked for in 50 of 200 rows",)
    assert sampled._fit_X.shape == (50, 4)
    assert not np.isnan(sampled.transform(lazy()).compute()).any()
    rare = np.column_stack([X[:, 2], np.full(200, np.nan)])
    rare[7, 1] = 1.0
    with config.set(sample_rows=5), pytest.raises(DataError, match="reference rows"):
        KNNImputer().fit(lazy(rare))
    with pytest.raises(UnsupportedError, match="missing_values"):
        KNNImputer(missing_values=0).fit(lazy())


@pytest.mark.parametrize(
    "indicator",
    [
        MissingIndicator(),
        MissingIndicator(features="all"),
        MissingIndicator(sparse=True),
        MissingIndicator(missing_values=0.0),
    ],
    ids=repr,
)
def test_missing_indicator(indicator: Any) -> None:
    rows = X if indicator.missing_values != 0 else np.round(np.nan_to_num(X))
    ours = base.clone(indicator).fit(lazy(rows))
    theirs = to_sklearn(base.clone(indicator)).fit(rows)
    assert_same_fit(ours, theirs, tol=0.0)
    assert ours.fit_report_.passes == 1
    found, expected = ours.transform(lazy(rows)).compute(), theirs.transform(rows)
    found, expected = (getattr(x, "toarray", lambda x=x: x)() for x in (found, expected))
    np.testing.assert_array_equal(found, expected)


def test_missing_indicator_of_tables_and_sparse_rows() -> None:
    frame = pd.DataFrame({"s": ["a", None, "b", "a"], "n": [1.0, np.nan, 2.0, 3.0], "w": range(4)})
    table = dd.from_pandas(frame, npartitions=2)
    plain = plain_text(table.compute())
    ours, theirs = MissingIndicator().fit(table), to_sklearn(MissingIndicator()).fit(plain)
    assert ours.features_.tolist() == theirs.features_.tolist()
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    given = ours.transform(table).compute()
    np.testing.assert_array_equal(given, theirs.transform(plain))
    thin = sparse.csr_array(np.where(random.random(X.shape) < 0.5, X, 0.0))
    blocks = skdask.blocks.open(thin)
    ours, theirs = MissingIndicator().fit(blocks), to_sklearn(MissingIndicator()).fit(thin)
    assert ours.features_.tolist() == theirs.features_.tolist()
    complete = lazy(np.where(np.arange(4) == 1, X, np.nan_to_num(X)))
    with pytest.raises(ValueError, match="have missing values in transform"):
        MissingIndicator().fit(complete).transform(lazy()).compute()


def test_laws() -> None:
    (block,) = skdask.blocks.open(X).read(0)
    check_statistic_laws(MissingCounts(), block.rows)
    check_statistic_laws(MissingCounts(0.0), block.rows)
