"""ColumnTransformer on tables equals scikit-learn's, in the passes of its slowest branch."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import base, model_selection
from sklearn.compose import make_column_selector

import skdask
from skdask import config
from skdask.compose import ColumnTransformer, make_column_transformer
from skdask.exceptions import DataError, UnsupportedError
from skdask.feature_extraction.text import CountVectorizer
from skdask.impute import SimpleImputer
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from skdask.routes.twins import to_sklearn

N = 400
NUMBERS = ["size", "age"]
WORDS = ["city", "kind"]


def table() -> pd.DataFrame:
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "size": random.normal(50, 10, N),
            "age": random.integers(0, 99, N).astype(float),
            "city": random.choice(["Lima", "Quito", "Bogota", "La Paz"], N),
            "kind": pd.Categorical(random.choice(["flat", "house"], N)),
            "rooms": random.integers(1, 6, N),
        }
    )
    frame.loc[::7, "age"] = np.nan
    frame["price"] = (
        frame["size"] * 3 + frame["city"].map({"Lima": 5, "Quito": 20}).fillna(0) + frame["rooms"]
    )
    return frame


def parquet(folder: Path) -> Any:
    table().to_parquet(folder / "t.parquet", row_group_size=90)
    return folder / "t.parquet"


def frame(_: Path) -> Any:
    lazy = dd.from_pandas(table(), npartitions=4)
    none = lazy[lazy["size"] > 1e9]
    return dd.concat([none, lazy.partitions[:2], none, lazy.partitions[2:]])


def columns(**options: Any) -> ColumnTransformer:
    filled = make_pipeline(SimpleImputer(), StandardScaler())
    branches = [("filled", filled, NUMBERS), ("coded", OneHotEncoder(), WORDS)]
    return ColumnTransformer(branches, **options)


def theirs(estimator: Any) -> Any:
    return to_sklearn(base.clone(estimator))


def features() -> pd.DataFrame:
    return table().drop(columns=["price"])


each_source = pytest.mark.parametrize("source", [parquet, frame])


def dense(X: Any) -> np.ndarray:
    return X.toarray() if sparse.issparse(X) else np.asarray(X)


@each_source
@pytest.mark.parametrize(
    "transformer",
    [
        columns(),
        columns(remainder="passthrough"),
        columns(remainder=MinMaxScaler()),
        columns(sparse_threshold=1.0),
        columns(sparse_threshold=0.0),
        columns(transformer_weights={"filled": 2.0}),
        columns(verbose_feature_names_out=False, n_jobs=2),
        ColumnTransformer([("a", "passthrough", ["rooms"]), ("b", "drop", ["size"])]),
        ColumnTransformer([("coded", OrdinalEncoder(), [2, 3]), ("none", StandardScaler(), [])]),
        make_column_transformer(
            (StandardScaler(), make_column_selector(dtype_include=np.number)),
            (OneHotEncoder(drop="if_binary"), make_column_selector(dtype_exclude=np.number)),
        ),
    ],
    ids=[
        "plain",
        "passed on",
        "rest",
        "sparse",
        "dense",
        "weights",
        "names",
        "few",
        "codes",
        "selected",
    ],
)
def test_as_scikit_learn(source: Callable[[Path], Any], transformer: Any, tmp_path: Path) -> None:
    X = source(tmp_path)
    with config.set(block_bytes=4000):
        ours = base.clone(transformer).fit(X, "price")
    expected = theirs(transformer).fit(features())
    assert ours.get_feature_names_out().tolist() == expected.get_feature_names_out().tolist()
    assert ours.feature_names_in_.tolist() == expected.feature_names_in_.tolist()
    assert ours.sparse_output_ == expected.sparse_output_
    assert ours.output_indices_ == expected.output_indices_
    assert set(ours.named_transformers_) == set(expected.named_transformers_)
    given = dense(ours.transform(X).compute())
    np.testing.assert_allclose(given, dense(expected.transform(features())), rtol=1e-9, atol=1e-12)
    plain = ours.to_sklearn()
    assert type(plain).__module__.startswith("sklearn")
    np.testing.assert_allclose(dense(plain.transform(features())), given)


def test_passes_are_those_of_the_slowest_branch(tmp_path: Path) -> None:
    X = parquet(tmp_path)
    # the imputer's, and the scaler's of what it filled; categories come with the first
    assert columns().fit(X, "price").fit_report_.passes == 2
    alone = ColumnTransformer([("s", StandardScaler(), NUMBERS), ("c", OneHotEncoder(), WORDS)])
    assert alone.fit(X, "price").fit_report_.passes == 1
    assert make_pipeline(columns(), Ridge()).fit(X, "price").fit_report_.passes == 3


@each_source
def test_a_pipeline_predicts_what_scikit_learn_predicts(
    source: Callable[[Path], Any], tmp_path: Path
) -> None:
    X = source(tmp_path)
    model = make_pipeline(columns(), StandardScaler(), Ridge(alpha=0.1))
    with config.set(block_bytes=4000):
        ours = base.clone(model).fit(X, "price")
    expected = theirs(model).fit(features(), table()["price"])
    np.testing.assert_allclose(ours[-1].coef_, expected[-1].coef_, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ours.predict(X).compute(), expected.predict(features()), rtol=1e-9)
    score = expected.score(features(), table()["price"])
    assert ours.score(X, "price") == pytest.approx(score, rel=1e-9)


@each_source
@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_a_search(source: Callable[[Path], Any], threshold: float, tmp_path: Path) -> None:
    X = source(tmp_path)
    model = make_pipeline(columns(sparse_threshold=threshold), Ridge())
    grid = {
        "ridge__alpha": [0.1, 10.0],
        "columntransformer__filled__simpleimputer__strategy": ["mean", "most_frequent"],
    }
    with config.set(block_bytes=4000):
        ours = GridSearchCV(model, grid, cv=3).fit(X, "price")
    # scikit-learn solves sparse ridge to a tolerance, and dense ridge exactly
    dense_model = theirs(model).set_params(columntransformer__sparse_threshold=0.0)
    expected = model_selection.GridSearchCV(dense_model, grid, cv=3).fit(
        features(), table()["price"]
    )
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"], rtol=1e-9
    )
    assert ours.best_params_ == expected.best_params_
    assert ours.score(X, "price") == pytest.approx(
        expected.score(features(), table()["price"]), rel=1e-9
    )


def test_a_classifier_after_sparse_columns(tmp_path: Path) -> None:
    X = parquet(tmp_path)
    model = make_pipeline(
        ColumnTransformer([("coded", OneHotEncoder(), ["city", "rooms"])], sparse_threshold=1.0),
        LogisticRegression(tol=1e-9),
    )
    ours = model.fit(X, "kind")
    expected = theirs(model).fit(features(), table()["kind"])
    np.testing.assert_allclose(ours[-1].coef_, expected[-1].coef_, atol=1e-4)
    assert ours.score(X, "kind") == pytest.approx(expected.score(features(), table()["kind"]))


@pytest.mark.parametrize("threshold", [0.0, 0.1, 0.2, 0.3, 0.6, 1.0])
def test_whether_it_is_sparse_follows_from_all_rows(threshold: float) -> None:
    words = pd.DataFrame({"text": ["one two three four five six", *["one"] * 59]})
    words["kind"] = ["rare", *["often"] * 59]
    words["value"] = np.arange(60.0)
    lazy = dd.from_pandas(words, npartitions=4)
    for branches in (
        [("t", CountVectorizer(), "text")],
        [("t", CountVectorizer(), "text"), ("v", "passthrough", ["value"])],
        [("k", OneHotEncoder(drop="first"), ["kind"]), ("w", OneHotEncoder(), ["text"])],
        [("k", OneHotEncoder(drop=["often"]), ["kind"])],
    ):
        model = ColumnTransformer(branches, sparse_threshold=threshold)
        ours, expected = base.clone(model).fit(lazy), theirs(model).fit(words)
        assert ours.sparse_output_ == expected.sparse_output_
        found = ours.transform(lazy).compute()
        assert sparse.issparse(found) == expected.sparse_output_
        np.testing.assert_array_equal(dense(found), dense(expected.transform(words)))


def test_a_pass_for_the_density_only_where_it_is_open() -> None:
    words = pd.DataFrame({"text": ["one two three four", *["one"] * 59], "kind": ["a"] * 60})
    lazy = dd.from_pandas(words, npartitions=4)
    counts = ColumnTransformer([("t", CountVectorizer(), "text")])
    assert counts.fit(lazy).fit_report_.passes == 2
    coded = ColumnTransformer([("t", OneHotEncoder(), ["text", "kind"])])
    assert coded.fit(lazy).fit_report_.passes == 1


def test_pandas_output(tmp_path: Path) -> None:
    X = frame(tmp_path)
    ours = columns(sparse_threshold=0).set_output(transform="pandas")
    ours.transformers[1][1].set_params(sparse_output=False)
    lazy = ours.fit(X, "price").transform(X)
    assert isinstance(lazy, dd.DataFrame)
    assert lazy.columns.tolist() == ours.get_feature_names_out().tolist()
    assert lazy.compute().shape == (N, 8)


def test_columns_by_position_of_an_array() -> None:
    X = np.random.default_rng(0).normal(size=(90, 4))
    lazy = da.from_array(X, chunks=(20, 4))
    both = ColumnTransformer([("a", StandardScaler(), [0, 2]), ("b", MinMaxScaler(), slice(3, 4))])
    ours = base.clone(both).fit(lazy)
    np.testing.assert_allclose(
        ours.transform(lazy).compute(), theirs(both).fit_transform(X), rtol=1e-9
    )


def test_unseen_categories_name_the_partition() -> None:
    lazy = dd.from_pandas(table(), npartitions=4)
    first = lazy.partitions[0].assign(city="Lima")
    fitted = make_pipeline(ColumnTransformer([("c", OneHotEncoder(), ["city"])]), Ridge())
    fitted.fit(first, "price")
    with pytest.raises(DataError, match=r"Found unknown categories.*Found in partition 0"):
        fitted.score(lazy, "price")


def test_what_cannot_run_is_named() -> None:
    from sklearn.manifold import Isomap

    lazy = dd.from_pandas(table(), npartitions=2)
    odd = ColumnTransformer([("bent", Isomap(), NUMBERS)])
    with pytest.raises(UnsupportedError, match="branch 'bent': Isomap"):
        odd.fit(lazy, "price")
    gone = ColumnTransformer([("gone", StandardScaler(), ["nowhere"])])
    with pytest.raises(ValueError, match="column") as theirs:
        gone.to_sklearn().fit(table())
    with pytest.raises(ValueError, match=re.escape(str(theirs.value))):
        gone.fit(lazy, "price")


def test_missing_columns_at_predict_time() -> None:
    lazy = dd.from_pandas(table(), npartitions=2)
    fitted = make_pipeline(columns(), Ridge()).fit(lazy, "price")
    with pytest.raises(ValueError, match=r"columns are missing: \{'city'\}"):
        fitted.predict(lazy.drop(columns=["city"]))


def test_saved_and_loaded(tmp_path: Path) -> None:
    pytest.importorskip("skops")
    X = parquet(tmp_path)
    fitted = make_pipeline(columns(), Ridge()).fit(X, "price")
    skdask.save(fitted, tmp_path / "model.skops")
    again = skdask.load(tmp_path / "model.skops")
    np.testing.assert_array_equal(again.predict(X).compute(), fitted.predict(X).compute())


DIAMONDS = Path("../shared/data/diamonds.csv")


@pytest.mark.skipif(not DIAMONDS.exists(), reason="the real data are not beside the repository")
def test_diamonds() -> None:
    diamonds = pd.read_csv(DIAMONDS)
    numbers = ["carat", "depth", "table", "x", "y", "z"]
    words = ["cut", "color", "clarity"]
    both = ColumnTransformer(
        [
            ("filled", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("coded", OneHotEncoder(), words),
        ]
    )
    model = make_pipeline(both, Ridge())
    ours = base.clone(model).fit(DIAMONDS, "price")
    expected = theirs(model).fit(diamonds[numbers + words], diamonds["price"])
    score = expected.score(diamonds[numbers + words], diamonds["price"])
    assert ours.score(DIAMONDS, "price") == pytest.approx(score, rel=1e-9)
