"""Selectors on blocks: scores that scikit-learn has, and what they cost."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from sklearn import feature_selection as theirs
from sklearn.linear_model import Ridge as PlainRidge
from sklearn.pipeline import make_pipeline as plain_pipeline

from skdask import config, feature_selection
from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model import LinearRegression, LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.naive_bayes import GaussianNB
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler

random = np.random.default_rng(0)
X = random.integers(0, 9, (240, 7)).astype(np.float64)
y = X[:, 1] * 2 - X[:, 4] + random.normal(size=240)
labels = (y > y.mean()).astype(int) + (y > y.mean() + 5)
given = da.from_array(X, chunks=(50, -1))
lazy_y, lazy_labels = da.from_array(y, chunks=70), da.from_array(labels, chunks=70)
thin = np.where(random.random(X.shape) < 0.3, X, 0.0)


@pytest.mark.parametrize("name", ["f_classif", "chi2", "f_regression", "r_regression"])
@pytest.mark.parametrize("kind", ["dense", "sparse"])
def test_functions(name: str, kind: str) -> None:
    rows: Any = da.from_array(thin, chunks=(50, -1))
    if kind == "sparse":
        rows = rows.map_blocks(sparse.csr_array)
    regression = "regression" in name
    found = getattr(feature_selection, name)(rows, lazy_y if regression else lazy_labels)
    plain = sparse.csr_array(thin) if kind == "sparse" else thin
    expected = getattr(theirs, name)(plain, y if regression else labels)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_functions_take_arguments_and_memory() -> None:
    found = feature_selection.f_regression(given, lazy_y, center=False)
    np.testing.assert_allclose(found, theirs.f_regression(X, y, center=False), rtol=1e-9)
    np.testing.assert_array_equal(feature_selection.chi2(X, labels), theirs.chi2(X, labels))


def test_far_columns_keep_their_digits() -> None:
    far = da.from_array(X + 1e7, chunks=(50, -1))
    found, _ = feature_selection.f_classif(far, lazy_labels)
    np.testing.assert_allclose(found, theirs.f_classif(X, labels)[0], rtol=1e-7)


def test_constant_features() -> None:
    rows = np.column_stack([np.ones(240), X])
    lazy = da.from_array(rows, chunks=(50, -1))
    with pytest.warns(UserWarning, match=r"Features \[0\] are constant"):
        found = feature_selection.f_classif(lazy, lazy_labels)
    with pytest.warns((UserWarning, RuntimeWarning)):
        expected = theirs.f_classif(rows, labels)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    found = feature_selection.f_regression(lazy, lazy_y)
    np.testing.assert_allclose(found, theirs.f_regression(rows, y), rtol=1e-9)


def test_chi2_of_negative_values() -> None:
    with pytest.raises(DataError, match="Input X must be non-negative"):
        feature_selection.chi2(given - 4, lazy_labels)


def test_mutual_information_is_of_a_stated_sample() -> None:
    def score(X: Any, y: Any) -> Any:
        return theirs.mutual_info_regression(X, y, random_state=0)

    with config.set(sample_rows=100):
        fitted = feature_selection.SelectKBest(score, k=2).fit(given, lazy_y)
    (told,) = fitted.fit_report_.outcomes
    assert told.startswith("score of a uniform sample of 100 of 240 rows")
    assert fitted.get_support()[[1, 4]].all()
    whole = feature_selection.mutual_info_regression(given, lazy_y, random_state=0)
    np.testing.assert_allclose(whole, theirs.mutual_info_regression(X, y, random_state=0))


def test_steps_after_a_selector_share_its_pass() -> None:
    steps = (StandardScaler(), feature_selection.SelectKBest(theirs.f_regression, k=3), Ridge())
    fitted = make_pipeline(*steps).fit(given, lazy_y)
    assert fitted.fit_report_.passes == 1
    plain = plain_pipeline(*(step.to_sklearn() for step in steps)).fit(X, y)
    np.testing.assert_allclose(fitted[-1].coef_, plain[-1].coef_, rtol=1e-9)
    np.testing.assert_allclose(fitted.predict(given).compute(), plain.predict(X), rtol=1e-9)


def test_number_of_features_is_searched_in_one_pass() -> None:
    pipe = make_pipeline(feature_selection.SelectKBest(theirs.f_regression), Ridge())
    grid = {"selectkbest__k": [1, 2, 4], "ridge__alpha": [0.1, 10.0]}
    found = GridSearchCV(pipe, grid, cv=3).fit(given, lazy_y)
    from sklearn.model_selection import GridSearchCV as Theirs

    expected = Theirs(pipe.to_sklearn(), grid, cv=3).fit(X, y)
    np.testing.assert_allclose(
        found.cv_results_["mean_test_score"],
        expected.cv_results_["mean_test_score"],
        rtol=1e-9,
    )
    assert found.best_params_ == expected.best_params_
    assert found.fit_report_.passes == 1


def test_wide_rows_go_through_the_selector() -> None:
    wide = sparse.random_array((240, 3000), density=0.02, random_state=0, format="csr")
    wide.data[:] = 1.0
    lazy = da.from_array(wide.toarray(), chunks=(60, -1)).map_blocks(sparse.csr_array)
    steps = (feature_selection.SelectKBest(theirs.chi2, k=20), LogisticRegression(tol=1e-8))
    fitted = make_pipeline(*steps).fit(lazy, lazy_labels)
    plain = plain_pipeline(*(step.to_sklearn() for step in steps)).fit(wide, labels)
    np.testing.assert_array_equal(fitted[0].get_support(), plain[0].get_support())
    np.testing.assert_allclose(fitted[-1].coef_, plain[-1].coef_, atol=1e-3)


@pytest.mark.parametrize("model", [Ridge(), PlainRidge(), LinearRegression()], ids=str)
def test_models_of_moments_take_one_pass(model: Any) -> None:
    for selector in (
        feature_selection.RFE(model, n_features_to_select=2),
        feature_selection.RFECV(model, cv=3),
        feature_selection.SequentialFeatureSelector(model, n_features_to_select=3, cv=3),
        feature_selection.SelectFromModel(model),
    ):
        assert selector.fit(given, lazy_y).fit_report_.passes == 1
        plain = selector.to_sklearn()
        np.testing.assert_array_equal(plain.transform(X), selector.transform(given).compute())


def test_predictions_and_scores_of_an_elimination() -> None:
    for kind in (feature_selection.RFE, feature_selection.RFECV):
        fitted = kind(LogisticRegression()).fit(given, lazy_labels)
        plain = fitted.to_sklearn()
        for method in ("predict", "predict_proba", "decision_function"):
            np.testing.assert_array_equal(
                getattr(fitted, method)(given).compute(), getattr(plain, method)(X)
            )
        assert fitted.score(given, lazy_labels) == pytest.approx(plain.score(X, labels))
        assert not hasattr(kind(Ridge()), "predict_proba")


def test_what_cannot_be_fitted_or_scored() -> None:
    from sklearn.ensemble import RandomForestRegressor

    with pytest.raises(UnsupportedError, match="RFE: its estimator RandomForestRegressor"):
        feature_selection.RFE(RandomForestRegressor()).fit(given, lazy_y)
    with pytest.raises(UnsupportedError, match="GaussianNB is no linear model"):
        feature_selection.SequentialFeatureSelector(GaussianNB()).fit(given, lazy_labels)
    with pytest.raises(ValueError, match="n_features_to_select must be < n_features"):
        feature_selection.SequentialFeatureSelector(Ridge(), n_features_to_select=7).fit(
            given, lazy_y
        )
    with pytest.raises(DataError, match="requires y to be passed"):
        feature_selection.SelectKBest().fit(given)
