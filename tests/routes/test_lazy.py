"""Predictions and transforms of Dask collections are lazy and scikit-learn's."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse

import skdask.blocks
from skdask.decomposition import PCA
from skdask.exceptions import UnsupportedError
from skdask.linear_model import LinearRegression, LogisticRegression, Ridge
from skdask.pipeline import make_pipeline
from skdask.preprocessing import MinMaxScaler, StandardScaler
from tests.cases import CASES, Case, data
from tests.conftest import Computes
from tests.oracle import assert_same_fit, fit_ours

METHODS = (
    "predict",
    "predict_proba",
    "predict_log_proba",
    "decision_function",
    "transform",
)


def methods_of(estimator: Any) -> list[str]:
    # a discriminant of the solver "lsqr" has a transform that it does not do
    undone = {"transform"} if getattr(estimator, "solver", None) == "lsqr" else set()
    return [name for name in METHODS if hasattr(estimator, name) and name not in undone]


def frame_of(X: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        X, columns=[f"x{k}" for k in range(X.shape[1])], index=np.arange(len(X)) * 2 + 1
    )


def fitted(case: Case, *, named: bool) -> Any:
    """Fitted in memory: what is applied does not depend on where it was fitted."""
    rows = data(case.kind)
    X = frame_of(rows.X) if named else rows.X
    return case.ours().fit(X, rows.y)


def dense(values: Any) -> Any:
    return values.toarray() if sparse.issparse(values) else values


each_case = pytest.mark.parametrize("case", CASES, ids=str)


@each_case
def test_arrays(case: Case, computes: Computes) -> None:
    model = fitted(case, named=False)
    X = data(case.kind).X
    lazy = da.from_array(X, chunks=(7, 2))
    for method in methods_of(model):
        expected = dense(getattr(model.to_sklearn(), method)(X))
        found = getattr(model, method)(lazy)
        assert computes.count == 0
        assert isinstance(found, da.Array)
        assert found.shape == expected.shape
        assert found.chunks[0] == lazy.chunks[0]
        assert found.dtype == expected.dtype
        assert found._meta.ndim == expected.ndim
        with dask.config.set(scheduler="sync"):
            values = dense(found.compute())
        assert values.dtype == expected.dtype
        if expected.dtype.kind == "f":
            np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
        else:
            np.testing.assert_array_equal(values, expected)
        computes.count = 0


@each_case
def test_frames(case: Case, computes: Computes) -> None:
    model = fitted(case, named=True)
    frame = frame_of(data(case.kind).X)
    lazy = dd.from_pandas(frame, npartitions=3)
    none = lazy[lazy["x0"] > 1e12]
    with_empty = dd.concat([none, lazy, none], interleave_partitions=True)
    computes.count = 0
    for method in methods_of(model):
        expected = dense(getattr(model.to_sklearn(), method)(frame))
        for X in (lazy, with_empty):
            found = getattr(model, method)(X)
            assert computes.count == 0
            assert isinstance(found, da.Array)
            assert found.dtype == expected.dtype
            assert found.ndim == expected.ndim
            with dask.config.set(scheduler="sync"):
                values = dense(found.compute())
            if expected.dtype.kind == "f":
                np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
            else:
                np.testing.assert_array_equal(values, expected)
            computes.count = 0


def test_paths_and_blocks(tmp_path: Path, computes: Computes) -> None:
    rows = data("regression")
    frame = frame_of(rows.X).reset_index(drop=True).assign(extra="text")
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=50)
    frame.to_csv(tmp_path / "t.csv", index=False)
    np.save(tmp_path / "X.npy", rows.X)
    model = make_pipeline(StandardScaler(), Ridge()).fit(frame_of(rows.X), rows.y)
    expected = model.predict(frame_of(rows.X))
    opened = skdask.blocks.open(tmp_path / "t.parquet", drop=["extra"])
    for X in (tmp_path / "t.parquet", str(tmp_path / "t.csv"), opened):
        found = model.predict(X)
        assert computes.count == 0
        np.testing.assert_allclose(found.compute(), expected)
        computes.count = 0
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        found = model.predict(tmp_path / "X.npy")
    np.testing.assert_allclose(found.compute(), expected)


def test_unknown_chunks() -> None:
    rows = data("three words")
    model = LogisticRegression().fit(rows.X, rows.y)
    X = dd.from_pandas(frame_of(rows.X), npartitions=4).to_dask_array()
    found = model.predict(X)
    assert np.isnan(found.shape[0])
    np.testing.assert_array_equal(found.compute(), model.predict(rows.X))
    assert model.predict_proba(X).shape[1] == 3


@pytest.mark.parametrize(
    "model",
    [
        StandardScaler(),
        MinMaxScaler(),
        PCA(n_components=2),
        make_pipeline(StandardScaler(), PCA(n_components=2)),
        make_pipeline(PCA(n_components=2), "passthrough"),
    ],
    ids=str,
)
@pytest.mark.parametrize("how", ["set_output", "global"])
def test_pandas_output(model: Any, how: str, computes: Computes) -> None:
    frame = frame_of(data("rows").X)
    lazy = dd.from_pandas(frame, npartitions=3)
    model = sklearn.clone(model).fit(lazy)
    computes.count = 0
    context = {"transform_output": "pandas"} if how == "global" else {}
    if how == "set_output":
        model.set_output(transform="pandas")
    with sklearn.config_context(**context):
        expected = model.to_sklearn().transform(frame)
        fresh = sklearn.clone(model).fit_transform(lazy)
        found = model.transform(lazy)
        computes.count = 0
        filtered = model.transform(lazy[lazy["x0"] > 1e12])
        as_array = model.transform(lazy.to_dask_array(lengths=[68, 68, 67]).rechunk((50, -1)))
    assert computes.count == 0
    assert isinstance(found, dd.DataFrame)
    assert found.divisions == lazy.divisions
    assert list(found.columns) == list(expected.columns)
    pd.testing.assert_series_equal(found.dtypes, expected.dtypes)
    pd.testing.assert_frame_equal(found.compute(), expected)
    pd.testing.assert_frame_equal(filtered.compute(), expected.iloc[:0])
    assert isinstance(as_array, dd.DataFrame)
    np.testing.assert_allclose(as_array.compute().to_numpy(), expected.to_numpy())
    pd.testing.assert_frame_equal(fresh.compute(), expected)


@pytest.mark.parametrize(
    "model",
    [
        StandardScaler(),
        StandardScaler(with_mean=False),
        MinMaxScaler(feature_range=(1, 3)),
        PCA(n_components=2),
        PCA(whiten=True),
        make_pipeline(StandardScaler(), PCA(n_components=3)),
    ],
    ids=str,
)
def test_inverse_transform(model: Any, computes: Computes) -> None:
    X = data("rows").X
    model = model.fit(X)
    mapped = model.to_sklearn().transform(X)
    expected = model.to_sklearn().inverse_transform(mapped)
    for lazy in (
        da.from_array(mapped, chunks=(50, 2)),
        dd.from_pandas(pd.DataFrame(mapped), npartitions=3),
    ):
        found = model.inverse_transform(lazy)
        assert computes.count == 0
        assert isinstance(found, da.Array)
        np.testing.assert_allclose(found.compute(), expected, rtol=1e-9, atol=1e-9)
        computes.count = 0


def test_fit_transform_leaves_target_and_weight_out() -> None:
    frame = frame_of(data("rows").X).assign(y="text", w=1.0)
    lazy = dd.from_pandas(frame, npartitions=3)
    features = list(frame.columns[:5])
    expected = StandardScaler().fit_transform(frame[features].to_numpy())
    found = StandardScaler().fit_transform(lazy, "y", sample_weight="w")
    np.testing.assert_allclose(found.compute(), expected)
    expected = PCA(2).fit_transform(frame[features].to_numpy())
    model = make_pipeline(StandardScaler(with_std=False), PCA(2))
    found = model.fit_transform(lazy[[*features, "y"]], "y")
    np.testing.assert_allclose(np.abs(found.compute()), np.abs(expected))


class TestNames:
    """scikit-learn's checks of column names, made once while the graph is built."""

    X = pd.DataFrame(np.arange(12.0).reshape(4, 3) ** 1.5, columns=["a", "b", "c"])
    y = np.array([0, 1, 1, 0])

    @pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
    @pytest.mark.parametrize(
        "change",
        [
            lambda X: X[["b", "a", "c"]],
            lambda X: X[["a", "b"]],
            lambda X: X.assign(d=1.0),
            lambda X: X.rename(columns={"a": "z"}),
        ],
    )
    def test_wrong_names(self, method: str, change: Any, computes: Computes) -> None:
        model = LogisticRegression().fit(self.X, self.y)
        with pytest.raises(ValueError, match="feature names") as expected:
            getattr(model.to_sklearn(), method)(change(self.X))
        with pytest.raises(ValueError, match="feature names") as found:
            getattr(model, method)(dd.from_pandas(change(self.X), npartitions=2))
        assert str(found.value) == str(expected.value)
        assert computes.count == 0

    @pytest.mark.parametrize("model", [Ridge(), make_pipeline(StandardScaler(), Ridge())], ids=str)
    def test_names_missing(self, model: Any) -> None:
        model.fit(self.X, self.y)
        lazy = da.from_array(self.X.to_numpy(), chunks=(1, -1))
        with pytest.warns(UserWarning, match="X does not have valid feature names") as caught:
            model.predict(lazy).compute()
        assert len(caught) == 1

    def test_names_unknown_to_the_model(self) -> None:
        model = Ridge().fit(self.X.to_numpy(), self.y)
        with pytest.warns(UserWarning, match="X has feature names, but Ridge was") as caught:
            model.predict(dd.from_pandas(self.X, npartitions=4)).compute()
        assert len(caught) == 1

    def test_wrong_number_of_features(self) -> None:
        model = Ridge().fit(self.X.to_numpy(), self.y)
        with pytest.raises(ValueError, match="X has 2 features, but Ridge is expecting 3"):
            model.predict(da.ones((4, 2)))
        with pytest.raises(ValueError, match="Expected 2D array, got 1D array instead"):
            model.predict(da.ones(4))

    def test_path_lacks_a_column(self, tmp_path: Path) -> None:
        self.X[["a", "b"]].to_parquet(tmp_path / "t.parquet")
        model = Ridge().fit(self.X, self.y)
        with pytest.raises(ValueError, match="has no column 'c'"):
            model.predict(tmp_path / "t.parquet")

    def test_no_warning_where_all_is_well(self) -> None:
        lazy = dd.from_pandas(self.X, npartitions=2)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Ridge().fit(lazy, dd.from_pandas(pd.Series(self.y), npartitions=2)).predict(
                lazy
            ).compute()


def test_not_fitted() -> None:
    X = da.ones((4, 2))
    for model, method in [
        (Ridge(), "predict"),
        (StandardScaler(), "transform"),
        (StandardScaler(), "inverse_transform"),
        (PCA(), "score"),
        (LogisticRegression(), "score"),
        (make_pipeline(StandardScaler(), Ridge()), "predict"),
    ]:
        with pytest.raises(sklearn.exceptions.NotFittedError, match="not fitted yet"):
            getattr(model, method)(X)


def test_more_than_rows_is_refused() -> None:
    X = da.ones((4, 2))
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(X, X[:, 0])
    with pytest.raises(UnsupportedError, match="predict takes no return_std on Dask collections"):
        model.predict(X, return_std=True)


def test_partial_fit_is_refused() -> None:
    for scaler in (StandardScaler(), MinMaxScaler()):
        with pytest.raises(UnsupportedError, match="partial_fit takes in-memory data; fit streams"):
            scaler.partial_fit(da.ones((4, 2)))
        assert scaler.partial_fit(np.ones((4, 2))).n_samples_seen_ == 4


def test_score_of_pca() -> None:
    X = data("rows").X
    model = PCA(n_components=2).fit(X)
    lazy = da.from_array(X, chunks=(20, -1))
    np.testing.assert_allclose(model.score(lazy), model.to_sklearn().score(X))
    found = model.score_samples(lazy)
    assert isinstance(found, da.Array)
    np.testing.assert_allclose(found.compute(), model.to_sklearn().score_samples(X))


def test_pandas_output_within_a_pipeline() -> None:
    """The last step knows the names that the one before gives, and predicts without warnings."""
    rows = data("regression")
    frame = frame_of(rows.X)
    lazy = dd.from_pandas(frame, npartitions=3)
    model = make_pipeline(StandardScaler(), PCA(2), Ridge()).set_output(transform="pandas")
    theirs = model.to_sklearn().fit(frame, rows.y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(lazy, rows.y)
        found = model.predict(lazy).compute()
        model.score(lazy, rows.y)
    np.testing.assert_allclose(found, theirs.predict(frame))
    assert_same_fit(model, theirs, tol=1e-8)
    assert model.named_steps["pca"].set_output().transform(frame).columns[0] == "pca0"


@pytest.mark.parametrize("case", CASES[-8:], ids=str)
def test_fitted_on_blocks_and_applied(case: Case) -> None:
    rows = data(case.kind)
    lazy = da.from_array(rows.X, chunks=(50, -1))
    model = fit_ours(case, (lazy, rows.y, None))
    for method in methods_of(model):
        expected = getattr(model.to_sklearn(), method)(rows.X)
        found = getattr(model, method)(lazy).compute()
        if expected.dtype.kind == "f":
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
        else:
            np.testing.assert_array_equal(found, expected)
