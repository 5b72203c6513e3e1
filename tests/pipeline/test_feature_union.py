"""FeatureUnion on blocks equals scikit-learn's, in the passes of its slowest transformer."""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import base, model_selection

from skdask.compose import make_column_transformer
from skdask.decomposition import PCA
from skdask.exceptions import UnsupportedError
from skdask.impute import MissingIndicator, SimpleImputer
from skdask.linear_model import Ridge
from skdask.model_selection import GridSearchCV
from skdask.pipeline import FeatureUnion, make_pipeline, make_union
from skdask.preprocessing import (
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)
from skdask.routes.twins import to_sklearn

X = np.random.default_rng(0).normal(size=(120, 4)) + [0, 1, 2, 3]
Y = X @ [1.0, -2.0, 0.5, 0.0] + X[:, 0] ** 2
LAZY = da.from_array(X, chunks=(25, 4))


def frame() -> pd.DataFrame:
    table = pd.DataFrame(X.copy(), columns=list("abcd"))
    table.loc[::7, "b"] = np.nan
    return table.assign(kind=np.tile(["u", "v", "w"], 40))


def theirs(model: Any) -> Any:
    return to_sklearn(base.clone(model))


def dense(X: Any) -> np.ndarray:
    return X.toarray() if sparse.issparse(X) else np.asarray(X)


@pytest.mark.parametrize(
    ("union", "passes"),
    [
        (make_union(StandardScaler(), MinMaxScaler()), 1),
        (make_union(StandardScaler(), PCA(2), "passthrough", Normalizer(), n_jobs=2), 1),
        (make_union(StandardScaler(), RobustScaler(), SplineTransformer(knots="quantile")), 1),
        (make_union(make_pipeline(StandardScaler(), PCA(3)), SplineTransformer()), 1),
        (FeatureUnion([("a", StandardScaler()), ("b", "drop"), ("c", PCA(1))]), 1),
        (
            FeatureUnion(
                [("a", StandardScaler()), ("b", MinMaxScaler())], transformer_weights={"a": 3.0}
            ),
            1,
        ),
    ],
    ids=["affine", "mixed", "quantiles", "pipeline", "drop", "weights"],
)
def test_as_scikit_learn(union: Any, passes: int) -> None:
    ours, expected = base.clone(union).fit(LAZY), theirs(union).fit(X)
    assert ours.fit_report_.passes == passes
    assert ours.get_feature_names_out().tolist() == expected.get_feature_names_out().tolist()
    given = ours.transform(LAZY)
    assert isinstance(given, da.Array)
    np.testing.assert_allclose(given.compute(), expected.transform(X), rtol=1e-9, atol=1e-12)
    again = base.clone(union).fit_transform(LAZY).compute()
    np.testing.assert_allclose(again, expected.transform(X), rtol=1e-9, atol=1e-12)
    model = make_pipeline(base.clone(union), Ridge()).fit(LAZY, Y)
    np.testing.assert_allclose(
        model.predict(LAZY).compute(), theirs(model).fit(X, Y).predict(X), rtol=1e-8
    )


def test_after_affine_parts_the_first_pass_is_the_only_one() -> None:
    model = make_pipeline(make_union(StandardScaler(), PCA(2), "passthrough"), Ridge())
    assert model.fit(LAZY, Y).fit_report_.passes == 1


def test_unions_of_columns() -> None:
    numbers = make_column_transformer((SimpleImputer(), list("abcd")))
    words = make_column_transformer((OneHotEncoder(sparse_output=False), ["kind"]))
    union = FeatureUnion([("numbers", numbers), ("words", words)])
    lazy = dd.from_pandas(frame(), npartitions=5)
    ours, expected = base.clone(union).fit(lazy), theirs(union).fit(frame())
    assert ours.fit_report_.passes == 1
    assert ours.feature_names_in_.tolist() == expected.feature_names_in_.tolist()
    np.testing.assert_allclose(ours.transform(lazy).compute(), expected.transform(frame()))
    pandas = base.clone(union).set_output(transform="pandas").fit(lazy).transform(lazy)
    assert isinstance(pandas, dd.DataFrame)
    whole = theirs(union).set_output(transform="pandas").fit_transform(frame())
    pd.testing.assert_frame_equal(pandas.compute(), whole)
    with pytest.raises(ValueError, match=r"columns are missing: \{'kind'\}"):
        ours.transform(lazy.drop(columns=["kind"]))


def test_sparse_beside_dense() -> None:
    lazy = dd.from_pandas(frame()[["kind"]], npartitions=3)
    union = make_union(OneHotEncoder(), OrdinalEncoder())
    found = base.clone(union).fit(lazy).transform(lazy).compute()
    assert sparse.issparse(found)
    np.testing.assert_array_equal(
        dense(found), dense(theirs(union).fit_transform(frame()[["kind"]]))
    )


def test_gaps_beside_what_fills_them() -> None:
    gaps = frame()[list("abcd")]
    union = make_union(SimpleImputer(), MissingIndicator())
    model = make_pipeline(union, Ridge())
    lazy = dd.from_pandas(gaps, npartitions=4)
    ours = base.clone(model).fit(lazy, Y)
    expected = theirs(model).fit(gaps, Y)
    np.testing.assert_allclose(ours.predict(lazy).compute(), expected.predict(gaps), rtol=1e-8)
    assert ours.fit_report_.passes == 2


def test_a_search() -> None:
    model = make_pipeline(
        FeatureUnion([("a", StandardScaler()), ("b", PCA(2)), ("c", "passthrough")]), Ridge()
    )
    grid = {"featureunion__b__n_components": [1, 3], "ridge__alpha": [0.1, 10.0]}
    ours = GridSearchCV(model, grid, cv=3).fit(LAZY, Y)
    expected = model_selection.GridSearchCV(theirs(model), grid, cv=3).fit(X, Y)
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"], rtol=1e-9
    )


def test_weights_go_to_all() -> None:
    weight = np.arange(120) % 3
    union = make_union(StandardScaler(), StandardScaler(with_std=False))
    ours = base.clone(union).fit(LAZY, sample_weight=weight)
    expected = theirs(union).fit(X, sample_weight=weight)
    np.testing.assert_allclose(ours.transform(LAZY).compute(), expected.transform(X), atol=1e-12)
    with pytest.raises(TypeError, match=r"FeatureUnion\.fit takes no sample_weight"):
        make_union(StandardScaler(), PCA(2)).fit(LAZY, sample_weight=weight)


def test_errors() -> None:
    from sklearn.manifold import Isomap

    with pytest.raises(UnsupportedError, match="branch 'isomap': Isomap"):
        make_union(StandardScaler(), Isomap()).fit(LAZY)
    with pytest.raises(UnsupportedError, match="branch 'isomap': Isomap"):
        make_pipeline(make_union(StandardScaler(), Isomap()), Ridge()).fit(LAZY, Y)
    with pytest.raises(TypeError, match="All estimators should implement fit and transform"):
        make_union(Ridge()).fit(LAZY)
    weights = FeatureUnion([("a", StandardScaler())], transformer_weights={"b": 1})
    with pytest.raises(ValueError, match='Attempting to weight transformer "b"'):
        weights.fit(LAZY)


def test_parts_are_fitted_in_place_and_the_list_is_the_users_own() -> None:
    scaler = StandardScaler()
    parts = [("a", scaler), ("b", "passthrough")]
    union = FeatureUnion(parts).fit(LAZY)
    assert parts == [("a", scaler), ("b", "passthrough")]
    assert union["a"] is scaler
    np.testing.assert_allclose(scaler.mean_, X.mean(axis=0))
