"""Steps that are not affine: rows go through them within the pass, and nothing is stored."""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import linear_model, model_selection, pipeline, preprocessing
from sklearn.base import clone
from sklearn.manifold import Isomap

import skdask.blocks
from skdask import config
from skdask.compose import make_column_transformer
from skdask.decomposition import PCA
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

random = np.random.default_rng(0)
X = random.normal(size=(600, 4))
Y = X[:, 0] ** 2 + X[:, 1] * X[:, 2] + 0.1 * random.normal(size=600)
LAZY_X, LAZY_Y = da.from_array(X, chunks=(100, 2)), da.from_array(Y, chunks=150)
FRAME = dd.from_pandas(pd.DataFrame(X, columns=list("abcd")), npartitions=3)


def products(degree: int = 2) -> Any:
    return preprocessing.PolynomialFeatures(degree, include_bias=False)


def steps(scaler: Any, last: Any) -> list[Any]:
    return [scaler, products(), clone(scaler), last]


def test_scikit_learns_fit_in_two_passes() -> None:
    with config.set(block_bytes=4000):
        ours = make_pipeline(*steps(StandardScaler(), Ridge())).fit(LAZY_X, LAZY_Y)
    plain = preprocessing.StandardScaler()
    theirs = pipeline.make_pipeline(*steps(plain, linear_model.Ridge())).fit(X, Y)
    # what all ask of the raw rows, and what follows the products
    assert ours.fit_report_.passes == 2
    np.testing.assert_allclose(ours[-1].coef_, theirs[-1].coef_, rtol=1e-9)
    np.testing.assert_allclose(ours.predict(LAZY_X).compute(), theirs.predict(X), rtol=1e-9)
    assert ours.score(LAZY_X, LAZY_Y) == pytest.approx(theirs.score(X, Y), rel=1e-9)


def test_a_search_maps_each_folds_rows_through_its_own_steps() -> None:
    grid = {"polynomialfeatures__degree": [1, 2, 3], "ridge__alpha": [0.1, 10.0]}
    ours = make_pipeline(*steps(StandardScaler(), Ridge()))
    plain = preprocessing.StandardScaler()
    theirs = pipeline.make_pipeline(*steps(plain, linear_model.Ridge()))
    options: dict[str, Any] = {"cv": 3, "return_train_score": True}
    with config.set(block_bytes=4000):
        found = GridSearchCV(ours, grid, **options).fit(LAZY_X, LAZY_Y)
    expected = model_selection.GridSearchCV(theirs, grid, **options).fit(X, Y)
    for key in ("mean_test_score", "mean_train_score", "std_test_score"):
        np.testing.assert_allclose(found.cv_results_[key], expected.cv_results_[key], rtol=1e-9)
    # two for all candidates and folds, and one for the refit, whose steps are others
    assert found.fit_report_.passes == 3
    assert found.best_params_ == expected.best_params_


def test_clipping_and_logistic_candidates() -> None:
    y = (Y > 0).astype(int)
    lazy = da.from_array(y, chunks=150)
    ours = make_pipeline(MinMaxScaler(clip=True), LogisticRegression(tol=1e-10))
    theirs = pipeline.make_pipeline(
        preprocessing.MinMaxScaler(clip=True), linear_model.LogisticRegression(tol=1e-10)
    )
    found = ours.fit(LAZY_X, lazy)
    np.testing.assert_allclose(found[-1].coef_, theirs.fit(X, y)[-1].coef_, rtol=1e-5)
    grid = {"logisticregression__C": [0.1, 10.0]}
    search = GridSearchCV(ours, grid, cv=3).fit(LAZY_X, lazy)
    expected = model_selection.GridSearchCV(theirs, grid, cv=3).fit(X, y)
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )


def with_product(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(e=frame["a"] * frame["b"])


def test_functions_of_frames_keep_names() -> None:
    named = make_pipeline(
        preprocessing.FunctionTransformer(with_product), StandardScaler(), Ridge()
    )
    named.fit(FRAME, dd.from_pandas(pd.Series(Y), npartitions=3))
    assert named[1].feature_names_in_.tolist() == ["a", "b", "c", "d", "e"]
    theirs = pipeline.make_pipeline(
        preprocessing.FunctionTransformer(with_product),
        preprocessing.StandardScaler(),
        linear_model.Ridge(),
    ).fit(FRAME.compute(), Y)
    np.testing.assert_allclose(named.predict(FRAME).compute(), theirs.predict(FRAME.compute()))


def test_what_a_step_spoils_is_named_with_its_place() -> None:
    logs = make_pipeline(preprocessing.FunctionTransformer(np.log), Ridge())
    with pytest.raises(DataError, match=r"NaN[\s\S]*chunk 0.*after the steps before"):
        logs.fit(LAZY_X, LAZY_Y)


def test_who_is_neither_ours_nor_stateless_is_refused() -> None:
    unrolled = make_pipeline(Isomap(), Ridge())
    with pytest.raises(UnsupportedError, match="'isomap'"):
        unrolled.fit(LAZY_X, LAZY_Y)


def test_mapped_rows_are_in_the_projection() -> None:
    wide = make_pipeline(products(8), Ridge())
    with (
        config.set(memory_limit=2**23, n_threads=1),
        pytest.raises(MemoryBudgetError, match="needs about"),
    ):
        wide.fit(LAZY_X, LAZY_Y)


def test_the_same_bits_on_any_number_of_threads() -> None:
    found = []
    for threads in (1, 3):
        with config.set(block_bytes=3000, n_threads=threads):
            model = make_pipeline(*steps(StandardScaler(), Ridge()))
            found.append(model.fit(skdask.blocks.open(X, Y))[-1].coef_)
    np.testing.assert_array_equal(*found)


def test_directions_without_spread_after_a_projection() -> None:
    """Indicators of one column sum to one, so that components of them have no variance at all."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "a": random.choice(list("abcd"), 300),
            "b": random.choice(list("xyz"), 300),
            "c": random.normal(size=300),
        }
    )
    y = frame["c"] * 2 + (frame["a"] == "a")
    columns = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["a", "b"]), (StandardScaler(), ["c"])
    )
    lazy = dd.from_pandas(frame, npartitions=3)
    model = make_pipeline(columns, PCA(), Ridge())
    ours = model.fit(lazy, y)
    theirs = clone(ours.to_sklearn()).fit(frame, y)
    found, expected = ours.predict(lazy).compute(), theirs.predict(frame)
    np.testing.assert_allclose(found, expected, atol=1e-9)
