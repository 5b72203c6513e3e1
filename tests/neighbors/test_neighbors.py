"""Neighbours among rows that are held and among rows that stay on blocks are scikit-learn's."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import sklearn.neighbors
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError

import skdask.neighbors
from skdask import config
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    NearestNeighbors,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)
from skdask.neighbors.nearest import NearestRows, RowsWithin
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.rows import Rows
from skdask.testing import CountingBlocks, check_statistic_laws

X, LABELS = make_blobs(500, 4, centers=4, cluster_std=4, random_state=0)
QUERIES = np.vstack([X[::9] + 0.01, X[:20]])
NUMBERS = X @ [1.0, 2.0, -1.0, 0.5]
WORDS = np.array(["ant", "bee", "cow", "dog"])[LABELS]


def softly(distances: Any) -> Any:
    if distances.dtype == object:
        found = np.empty(len(distances), dtype=object)
        found[:] = [softly(each) for each in distances]
        return found
    return 1 / (1 + distances)


BOTH = ("predict", "predict_proba")
FOUND = ("kneighbors", "kneighbors_graph")
CASES: list[tuple[str, dict[str, Any], Any, tuple[str, ...]]] = [
    ("KNeighborsClassifier", {}, LABELS, (*BOTH, *FOUND)),
    ("KNeighborsClassifier", {"weights": "distance", "p": 1}, WORDS, (*BOTH, *FOUND)),
    ("KNeighborsClassifier", {"weights": softly, "metric": "cosine"}, LABELS, BOTH),
    ("KNeighborsClassifier", {"n_neighbors": 1, "metric": "chebyshev"}, LABELS, BOTH),
    ("KNeighborsClassifier", {"p": 3, "metric_params": {"w": [1.0, 2, 3, 4]}}, LABELS, BOTH),
    ("KNeighborsRegressor", {}, NUMBERS, ("predict", *FOUND)),
    ("KNeighborsRegressor", {"weights": "distance"}, X[:, :2], ("predict",)),
    ("KNeighborsRegressor", {"weights": "distance"}, LABELS, ("predict",)),
    ("KNeighborsTransformer", {}, None, ("transform",)),
    ("KNeighborsTransformer", {"mode": "connectivity"}, None, ("transform",)),
    ("NearestNeighbors", {"radius": 3.0}, None, (*FOUND, "radius_neighbors_graph")),
    ("NearestNeighbors", {"radius": 3.0}, None, ("radius_neighbors",)),
    ("RadiusNeighborsClassifier", {"radius": 7.0}, WORDS, (*BOTH, "radius_neighbors")),
    (
        "RadiusNeighborsClassifier",
        {"radius": 1.0, "outlier_label": "most_frequent", "weights": "distance"},
        LABELS,
        BOTH,
    ),
    ("RadiusNeighborsClassifier", {"radius": 7.0, "weights": softly}, LABELS, BOTH),
    ("RadiusNeighborsRegressor", {"radius": 7.0}, NUMBERS, ("predict",)),
    ("RadiusNeighborsRegressor", {"radius": 7.0, "weights": "distance"}, X[:, :2], ("predict",)),
    ("RadiusNeighborsTransformer", {"radius": 3.0}, None, ("transform",)),
]
each_case = pytest.mark.parametrize(
    ("name", "params", "y", "methods"),
    CASES,
    ids=[f"{name}-{number}" for number, (name, *_) in enumerate(CASES)],
)


def lazy(values: Any) -> Any:
    return None if values is None else da.from_array(values, chunks=(70, *values.shape[1:]))


def assert_same(found: Any, expected: Any) -> None:
    if isinstance(expected, tuple):
        for one, other in zip(found, expected, strict=True):
            assert_same(one, other)
        return
    if isinstance(found, da.Array):
        assert found.dtype == expected.dtype
        assert found.ndim == expected.ndim
        found = found.compute()
    assert type(found) is type(expected)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    if sparse.issparse(expected):
        assert abs(found - expected).max() < 1e-9
    elif expected.dtype == object:
        for one, other in zip(found, expected, strict=True):
            # in which order is nobody's promise
            np.testing.assert_allclose(np.sort(one), np.sort(other))
    elif expected.dtype.kind == "f":
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
    else:
        np.testing.assert_array_equal(found, expected)


def check(name: str, params: dict[str, Any], y: Any, methods: tuple[str, ...]) -> Any:
    theirs = getattr(sklearn.neighbors, name)(**params).fit(X, y)
    ours = getattr(skdask.neighbors, name)(**params).fit(lazy(X), lazy(y))
    for method in methods:
        expected = getattr(theirs, method)(QUERIES)
        assert_same(getattr(ours, method)(QUERIES), expected)
        assert_same(getattr(ours, method)(lazy(QUERIES)), expected)
    public = {key for key in vars(theirs) if key.endswith("_")}
    assert {key for key in vars(ours) if key.endswith("_")} == public | {"fit_report_"}
    for key in public - {"classes_"}:
        assert getattr(ours, key) == getattr(theirs, key), key
    if hasattr(theirs, "score") and np.ndim(y) == 1:
        assert ours.score(lazy(X), lazy(y)) == pytest.approx(theirs.score(X, y), abs=1e-12)
        assert ours.score(X, y) == pytest.approx(theirs.score(X, y), abs=1e-12)
    return ours


@each_case
def test_rows_that_are_held(name: str, params: Any, y: Any, methods: Any) -> None:
    ours = check(name, params, y, methods)
    assert ours.fit_report_.passes == 1
    assert "the fit is scikit-learn's" in ours.fit_report_.outcomes[0]
    assert type(ours.to_sklearn()) is getattr(sklearn.neighbors, name)


@each_case
def test_rows_that_stay(name: str, params: Any, y: Any, methods: Any, on_blocks: None) -> None:
    ours = check(name, params, y, methods)
    # labels are all that a fit must see
    assert ours.fit_report_.passes == (1 if "Classifier" in name else 0)
    assert "stay where they are" in ours.fit_report_.outcomes[0]
    with pytest.raises(UnsupportedError, match="reads its training rows from blocks"):
        ours.to_sklearn()
    assert not hasattr(clone(ours), "n_samples_fit_")
    again = pickle.loads(pickle.dumps(ours))
    for method in methods[:1]:
        assert_same(getattr(again, method)(QUERIES), getattr(ours, method)(QUERIES))


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_precisions(dtype: str, on_blocks: None) -> None:
    rows = (X * 100).astype(dtype)
    theirs = sklearn.neighbors.NearestNeighbors(algorithm="brute").fit(rows)
    ours = NearestNeighbors().fit(lazy(rows))
    for queries in (rows[:20], rows[:20].astype(float)):
        distances, indices = ours.kneighbors(queries)
        expected, theirs_at = theirs.kneighbors(queries)
        np.testing.assert_array_equal(indices, theirs_at)
        np.testing.assert_allclose(distances, expected, rtol=1e-6, atol=1e-3)


def test_sparse_rows(on_blocks: None) -> None:
    rows = sparse.random_array((300, 30), density=0.2, format="csr", random_state=0)
    chunks = da.from_array(rows.toarray(), chunks=(70, -1)).map_blocks(sparse.csr_array)
    queries = rows[:40]
    for metric in ("minkowski", "cosine"):
        params: dict[str, Any] = {"metric": metric, "algorithm": "brute"}
        theirs = sklearn.neighbors.KNeighborsClassifier(**params).fit(rows, LABELS[:300])
        ours = KNeighborsClassifier(**params).fit(chunks, LABELS[:300])
        assert_same(ours.kneighbors(queries), theirs.kneighbors(queries))
        assert_same(ours.predict(chunks)[:40], theirs.predict(queries))


def test_equal_distances(on_blocks: None) -> None:
    """Which of the furthest is found is nobody's promise, all that are nearer must be."""
    rows = np.repeat(np.arange(40.0), 5)[:, np.newaxis] * np.ones((1, 4))
    rows = rows[np.random.default_rng(0).permutation(200)]
    found, indices = NearestNeighbors(n_neighbors=7).fit(lazy(rows)).kneighbors(rows[:30])
    every = 2.0 * np.abs(rows[:30, :1] - rows[:, 0])
    np.testing.assert_array_equal(found, np.sort(every, axis=1)[:, :7])
    np.testing.assert_array_equal(np.take_along_axis(every, indices, axis=1), found)
    assert all(len(set(row)) == 7 for row in indices)
    own = np.flatnonzero(rows[:, 0] == rows[0, 0])
    np.testing.assert_array_equal(np.sort(indices[0, :5]), own)


def test_several_targets(on_blocks: None) -> None:
    y = np.column_stack([WORDS, WORDS[::-1]])
    theirs = sklearn.neighbors.KNeighborsClassifier().fit(X, y)
    ours = KNeighborsClassifier().fit(lazy(X), lazy(y))
    assert_same(ours.predict(QUERIES), theirs.predict(QUERIES))
    assert_same(ours.predict(lazy(QUERIES)), theirs.predict(QUERIES))
    assert_same(tuple(ours.predict_proba(QUERIES)), tuple(theirs.predict_proba(QUERIES)))
    assert [list(classes) for classes in ours.classes_] == [sorted(set(WORDS))] * 2
    with pytest.raises(UnsupportedError, match="list of arrays"):
        ours.predict_proba(lazy(QUERIES))


def frame(rows: Any) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=list("abcd"))


def test_frames_and_files(tmp_path: Path, on_blocks: None) -> None:
    frame(X).assign(y=WORDS).to_parquet(tmp_path / "rows.parquet", row_group_size=100)
    theirs = sklearn.neighbors.KNeighborsClassifier().fit(frame(X), WORDS)
    ours = KNeighborsClassifier().fit(tmp_path / "rows.parquet", "y")
    assert list(ours.feature_names_in_) == list("abcd")
    expected = theirs.predict(frame(QUERIES))
    queries = dd.from_pandas(frame(QUERIES), npartitions=3)
    assert list(ours.predict(queries).compute()) == list(expected)
    assert list(ours.predict(frame(QUERIES))) == list(expected)
    _, indices = ours.kneighbors(queries)
    assert_same(indices.compute(), theirs.kneighbors(frame(QUERIES))[1])
    assert ours.score(tmp_path / "rows.parquet", "y") == theirs.score(frame(X), WORDS)
    with pytest.raises(ValueError, match="feature names"):
        ours.predict(queries.rename(columns={"a": "z"}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        ours.predict(QUERIES)


def counting(y: Any = None) -> CountingBlocks:
    return CountingBlocks(skdask.blocks.open(X, y))


def test_a_set_of_queries_reads_the_rows_once(on_blocks: None) -> None:
    blocks = counting(LABELS)
    model = KNeighborsClassifier().fit(blocks)
    assert blocks.features_read == 0
    before = blocks.passes
    model.predict(QUERIES)
    assert blocks.passes == before + 1
    # chunks of a lazy collection are one set where they can be
    model.predict(lazy(QUERIES)).compute()
    assert blocks.passes == before + 2


def test_queries_are_as_many_as_memory_allows(on_blocks: None) -> None:
    model = KNeighborsRegressor().fit(lazy(X), NUMBERS)
    many = np.vstack([X] * 6)
    theirs = sklearn.neighbors.KNeighborsRegressor().fit(X, NUMBERS)
    with config.set(memory_limit="64MiB", n_threads=2):
        found = model.predict(lazy(many))
        assert found.chunks == lazy(many)[:, 0].chunks
        np.testing.assert_allclose(found.compute(), theirs.predict(many))


def test_the_limit_decides() -> None:
    rows = np.random.default_rng(0).normal(size=(20_000, 100))
    big = da.from_array(rows, chunks=(4000, -1))
    with config.set(memory_limit="60MiB", n_threads=1, block_bytes=2**19):
        assert "held" in NearestNeighbors().fit(big[:4000]).fit_report_.outcomes[0]
        model = NearestNeighbors().fit(big)
        assert "stay" in model.fit_report_.outcomes[0]
        np.testing.assert_array_equal(model.kneighbors(rows[:5], 1)[1][:, 0], np.arange(5))
        unknown = dd.from_dask_array(big).to_dask_array()
        assert "stay" in NearestNeighbors().fit(unknown).fit_report_.outcomes[0]
        pipe = make_pipeline(StandardScaler(), NearestNeighbors())
        with pytest.raises(MemoryBudgetError, match=r"skdask.config.set\(memory_limit"):
            pipe.fit(big)
    # and a later fit of few rows forgets them
    model.fit(big[:100])
    assert model.to_sklearn().n_samples_fit_ == 100


def test_after_a_scaler() -> None:
    theirs = sklearn.pipeline.make_pipeline(
        sklearn.preprocessing.StandardScaler(), sklearn.neighbors.KNeighborsClassifier()
    ).fit(X, LABELS)
    ours = make_pipeline(StandardScaler(), KNeighborsClassifier()).fit(lazy(X), lazy(LABELS))
    assert ours.fit_report_.passes == 1
    assert_same(ours.predict(lazy(QUERIES)), theirs.predict(QUERIES))


@pytest.mark.parametrize("held", [True, False])
def test_bad_input(held: bool, request: pytest.FixtureRequest) -> None:
    if not held:
        request.getfixturevalue("on_blocks")
    gaps = X.copy()
    gaps[300, 2] = np.nan
    with pytest.raises(ValueError, match="contains NaN"):
        KNeighborsRegressor().fit(lazy(gaps), NUMBERS).predict(QUERIES)
    model = NearestNeighbors(n_neighbors=600).fit(lazy(X))
    with pytest.raises(ValueError, match="Expected n_neighbors <= n_samples_fit"):
        model.kneighbors(QUERIES)
    with pytest.raises(ValueError, match=r"X has 3 features, but NearestNeighbors is expecting 4"):
        model.kneighbors(QUERIES[:, :3], 2)
    with pytest.raises(ValueError, match="X has 3 features"):
        model.kneighbors(lazy(QUERIES)[:, :3], 2)
    with pytest.raises(ValueError, match="contains NaN"):
        model.kneighbors(gaps[300:301], 2)
    with pytest.raises(DataError, match="requires y to be passed"):
        KNeighborsClassifier().fit(lazy(X))
    with pytest.raises(ValueError, match="Unknown label type"):
        KNeighborsClassifier().fit(lazy(X), lazy(NUMBERS))
    with pytest.raises(UnsupportedError, match="not precomputed"):
        NearestNeighbors(metric="precomputed").fit(lazy(X))
    with pytest.raises(NotFittedError):
        KNeighborsClassifier().predict(lazy(X))
    with pytest.raises(ValueError, match="n_neighbors"):
        KNeighborsClassifier(0).fit(lazy(X), lazy(LABELS))
    far = np.full((1, 4), 1e6)
    lost = RadiusNeighborsClassifier(1.0).fit(lazy(X), lazy(LABELS))
    with pytest.raises(ValueError, match="No neighbors found for test samples"):
        lost.predict(far)
    with pytest.raises(TypeError, match="inconsistent with classes"):
        RadiusNeighborsClassifier(outlier_label="x").fit(lazy(X), lazy(LABELS))
    with pytest.warns(UserWarning, match="predicting NaN"):
        found = RadiusNeighborsRegressor(1.0).fit(lazy(X), lazy(NUMBERS)).predict(far)
    assert np.isnan(found).all()


def test_of_rows_that_stay_one_asks_for_some(on_blocks: None) -> None:
    model = NearestNeighbors().fit(lazy(X))
    with pytest.raises(UnsupportedError, match="give the rows"):
        model.kneighbors()
    with pytest.raises(UnsupportedError, match="metric_params"):
        NearestNeighbors(metric="seuclidean", algorithm="brute").fit(lazy(X))


def test_one_class() -> None:
    model = KNeighborsClassifier().fit(lazy(X), np.zeros(500, int))
    assert_same(model.predict(lazy(QUERIES)), np.zeros(len(QUERIES), int))


@pytest.mark.parametrize("with_target", [True, False])
def test_laws(with_target: bool) -> None:
    rows = Rows(500, X, NUMBERS, numbers=range(500))
    metric = (("metric", "manhattan"),)
    targets = int(with_target)
    nearest = NearestRows(QUERIES, 3, metric, with_target, targets)
    check_statistic_laws(nearest, rows, cuts=[1, 1, 200])
    within = RowsWithin(QUERIES, 5.0, metric, 2**20, with_target, targets)
    check_statistic_laws(within, rows, cuts=[1, 1, 200])


def test_results_of_a_threaded_graph(on_blocks: None) -> None:
    model = KNeighborsClassifier().fit(lazy(X), lazy(LABELS))
    frames = dd.from_pandas(frame(QUERIES), npartitions=4)
    with dask.config.set(scheduler="threads"), pytest.warns(UserWarning, match="feature names"):
        found = model.predict(frames).compute()
    np.testing.assert_array_equal(found, model.predict(QUERIES))
