"""Searches scored by predictions: models that are not linear, and metrics of every row."""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline as PlainPipeline

import skdask
from skdask.compose import TransformedTargetRegressor
from skdask.decomposition import PCA
from skdask.discriminant_analysis import QuadraticDiscriminantAnalysis
from skdask.dummy import DummyClassifier, DummyRegressor
from skdask.exceptions import MemoryBudgetError
from skdask.feature_extraction.text import CountVectorizer
from skdask.isotonic import IsotonicRegression
from skdask.linear_model import LogisticRegression, PoissonRegressor, Ridge
from skdask.model_selection import GridSearchCV, cross_validate
from skdask.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from skdask.neighbors import NearestCentroid
from skdask.pipeline import Pipeline, make_pipeline
from skdask.preprocessing import MinMaxScaler, QuantileTransformer, StandardScaler
from skdask.testing import CountingBlocks
from tests.model_selection.test_search import plain_grid

COMPONENTS = PCA(svd_solver="covariance_eigh")
EXACT = LogisticRegression(tol=1e-10, max_iter=1000)
LOG = TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp)
SCALED = TransformedTargetRegressor(
    make_pipeline(StandardScaler(), Ridge()), transformer=StandardScaler()
)
# model, grid, scoring, passes at most
SEARCHES: list[tuple[Any, dict[str, Any], Any, int]] = [
    (GaussianNB(), {"var_smoothing": [1e-9, 0.1]}, "neg_log_loss", 3),
    (make_pipeline(COMPONENTS, GaussianNB()), {"pca__n_components": [2, 3]}, None, 4),
    (make_pipeline(MinMaxScaler(), MultinomialNB()), {"multinomialnb__alpha": [0.1, 9.0]}, None, 5),
    (BernoulliNB(), {"binarize": [0.0, 0.5]}, "f1_macro", 3),
    (QuadraticDiscriminantAnalysis(), {"reg_param": [0.0, 0.5]}, ["accuracy", "roc_auc_ovr"], 3),
    (NearestCentroid(), {"shrink_threshold": [None, 0.3]}, None, 3),
    (DummyClassifier(), {"strategy": ["most_frequent", "prior"]}, "balanced_accuracy", 3),
    (EXACT, {"C": [0.1, 1.0]}, "roc_auc_ovo", 40),
    (EXACT, {"C": [0.1, 1.0]}, ["neg_log_loss", "top_k_accuracy"], 40),
    (Ridge(), {"alpha": [0.1, 9.0]}, ["neg_mean_absolute_error", "r2", "neg_max_error"], 2),
    (Ridge(), {"alpha": [0.1, 9.0]}, "neg_median_absolute_error", 2),
    (PoissonRegressor(tol=1e-9), {"alpha": [0.1, 1.0]}, "d2_absolute_error_score", 30),
    (DummyRegressor(), {"strategy": ["mean", "median"]}, "r2", 4),
    (LOG, {"regressor__alpha": [0.1, 9.0]}, None, 2),
    (SCALED, {"regressor__ridge__alpha": [0.1, 9.0]}, "neg_root_mean_squared_error", 4),
    (make_pipeline(QuantileTransformer(n_quantiles=9), LOG),
     {"transformedtargetregressor__regressor__alpha": [0.1, 9.0]}, "neg_mean_absolute_error", 7),
]  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    random = np.random.default_rng(0)
    X = random.normal(size=(211, 5)) + np.arange(5)
    signal = X @ random.normal(size=5) + random.normal(size=211)
    edges = np.quantile(signal, [0.3, 0.7])
    return {"X": X, "classes": np.digitize(signal, edges), "amounts": np.exp(signal / 4)}


def _score_keys(results: dict[str, Any]) -> list[str]:
    return [key for key in results if key.startswith(("split", "mean_t", "std_t"))]


@pytest.mark.parametrize(
    ("model", "grid", "scoring", "passes"),
    SEARCHES,
    ids=[f"search {n}" for n in range(len(SEARCHES))],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_scores(model: Any, grid: Any, scoring: Any, passes: int, rows: dict[str, Any]) -> None:
    last = model.steps[-1][1] if isinstance(model, PlainPipeline) else model
    X, y = rows["X"], rows["classes" if is_classifier(last) else "amounts"]
    refit = scoring[0] if isinstance(scoring, list) else True
    options = {"cv": 3, "scoring": scoring, "refit": refit, "return_train_score": True}
    theirs = model_selection.GridSearchCV(model.to_sklearn(), plain_grid(grid), **options)
    theirs.fit(X, y)
    big = da.from_array(X, chunks=(40, -1)), da.from_array(y, chunks=40)
    ours = GridSearchCV(model, grid, **options).fit(*big)
    assert ours.fit_report_.passes <= passes
    for key in _score_keys(theirs.cv_results_):
        # a solver's tolerance where there is one
        np.testing.assert_allclose(
            ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-6, atol=1e-7, err_msg=key
        )
    assert ours.best_params_ == theirs.best_params_


def test_words_before_naive_bayes() -> None:
    random = np.random.default_rng(1)
    words = np.array(["red", "green", "blue", "round", "square", "heavy", "light"])
    texts = [" ".join(random.choice(words, size=6)) for _ in range(120)]
    kinds = np.array(["red" in text for text in texts]).astype(int)
    model = Pipeline([("count", CountVectorizer()), ("model", MultinomialNB())])
    grid = {"count__binary": [True, False], "model__alpha": [0.1, 1.0]}
    frame = dd.from_pandas(pd.DataFrame({"text": texts, "kind": kinds}), npartitions=4)
    ours = GridSearchCV(model, grid, cv=3).fit(frame["text"], frame["kind"])
    theirs = model_selection.GridSearchCV(model.to_sklearn(), plain_grid(grid), cv=3)
    theirs.fit(texts, kinds)
    for key in _score_keys(theirs.cv_results_):
        np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-9)
    # vocabularies with their folds, counts, totals of two alphas and predictions of all
    assert ours.fit_report_.passes <= 6


def test_weights_and_a_loop(rows: dict[str, Any]) -> None:
    X, y = rows["X"], rows["classes"]
    weight = np.arange(len(y)) % 4 + 0.5
    big = da.from_array(X, chunks=(40, -1)), da.from_array(y, chunks=40)
    options = {"params": {"sample_weight": weight}, "cv": 3, "scoring": ["accuracy", "roc_auc_ovr"]}
    shared, alone = (cross_validate(GaussianNB(), *big, share=each, **options) for each in (1, 0))
    theirs = model_selection.cross_validate(GaussianNB().to_sklearn(), X, y, **options)
    for key in ("test_accuracy", "test_roc_auc_ovr"):
        np.testing.assert_allclose(shared[key], theirs[key], rtol=1e-9)
        np.testing.assert_allclose(alone[key], theirs[key], rtol=1e-9)


def test_one_column_for_isotonic_regression(rows: dict[str, Any]) -> None:
    X, y = rows["X"][:, :1], rows["amounts"]
    grid = {"increasing": [True, False]}
    options = {"cv": 3, "scoring": "neg_mean_absolute_error"}
    model = IsotonicRegression(out_of_bounds="clip")
    ours = GridSearchCV(model, grid, **options).fit(da.from_array(X, chunks=(50, 1)), y)
    theirs = model_selection.GridSearchCV(model.to_sklearn(), grid, **options).fit(X, y)
    key = "mean_test_score"
    np.testing.assert_allclose(ours.cv_results_[key], theirs.cv_results_[key], rtol=1e-9)


def test_a_few_models_at_a_time_where_states_are_long(rows: dict[str, Any]) -> None:
    X, y = np.tile(rows["X"], (60, 1)), np.tile(rows["amounts"], 60)
    blocks = CountingBlocks(skdask.blocks.open(da.from_array(X, chunks=(800, -1)), y))
    options = {"scoring": "neg_median_absolute_error", "cv": 3, "refit": False}
    grid = {"alpha": np.logspace(-3, 3, 20).tolist()}
    with skdask.config.set(memory_limit="80MiB"):
        search = GridSearchCV(Ridge(), grid, **options).fit(blocks)
    # moments, and 60 models in several passes
    assert 3 <= search.fit_report_.passes <= 10
    theirs = model_selection.GridSearchCV(Ridge().to_sklearn(), grid, **options).fit(X, y)
    key = "split1_test_score"
    np.testing.assert_allclose(search.cv_results_[key], theirs.cv_results_[key], rtol=1e-9)


def test_what_is_drawn_is_not_predicted_block_by_block(rows: dict[str, Any]) -> None:
    X, y = da.from_array(rows["X"], chunks=(40, -1)), rows["classes"]
    with (
        skdask.config.set(memory_limit="10KB"),
        pytest.raises(MemoryBudgetError, match="DummyClassifier keeps rows or draws"),
    ):
        GridSearchCV(DummyClassifier(), {"strategy": ["uniform"]}).fit(X, y)


def test_the_plan_says_so(rows: dict[str, Any]) -> None:
    X, y = da.from_array(rows["X"], chunks=(40, -1)), rows["classes"]
    plan = GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 0.1]}, cv=3).plan(X, y)
    assert "predictions of all candidates" in str(plan)
