"""TargetEncoder within pipelines: training rows by their folds, later rows by all of them."""

from __future__ import annotations

import pickle
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import base, compose, impute, linear_model, pipeline, preprocessing
from sklearn.model_selection import GridSearchCV as PlainSearch
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.model_selection import cross_validate as plain_cross_validate

from skdask import config
from skdask.blocks.columns import plain_text
from skdask.compose import ColumnTransformer
from skdask.linear_model import LogisticRegression, Ridge, RidgeCV
from skdask.model_selection import GridSearchCV, cross_validate
from skdask.pipeline import make_pipeline, make_union
from skdask.preprocessing import OneHotEncoder, StandardScaler, TargetEncoder
from skdask.routes.twins import to_sklearn
from skdask.tables import RowFolds, RowNumbers, TargetsOfCategories, TargetsOfFolds
from skdask.testing import check_statistic_laws
from tests.preprocessing.test_target import FRAME, TARGETS, N, folds_of, table

COLUMNS = ["text", "number", "gaps"]


def encoder(kind: str, n_splits: int = 4, seed: int | None = 1, **options: Any) -> TargetEncoder:
    return TargetEncoder(**folds_of(kind, n_splits, seed), **options)


def within(kind: str) -> dict[str, Any]:
    """Pipelines with the encoder at all the places that it may be in."""
    coded = encoder(kind)
    final = (
        Ridge() if kind == "continuous" else LogisticRegression(solver="newton-cholesky", tol=1e-10)
    )
    branches = ColumnTransformer(
        [
            ("target", make_pipeline(coded, StandardScaler()), ["text", "gaps"]),
            ("also", encoder(kind, 3, None, smooth=2.0), ["number"]),
            ("coded", OneHotEncoder(handle_unknown="ignore"), ["text"]),
        ]
    )
    union = make_union(
        ColumnTransformer([("t", coded, ["text"])]), ColumnTransformer([("t", coded, ["gaps"])])
    )
    return {
        "alone": make_pipeline(ColumnTransformer([("t", coded, COLUMNS)]), final),
        "scaled": make_pipeline(
            ColumnTransformer([("t", coded, COLUMNS)]), StandardScaler(), final
        ),
        "branches": make_pipeline(branches, StandardScaler(with_mean=False), final),
        "union": make_pipeline(union, final),
        "nested": make_pipeline(make_pipeline(union, StandardScaler()), final),
    }


def frames(kind: str) -> tuple[dd.DataFrame, pd.DataFrame, pd.Series]:
    lazy = table(kind)
    frame = plain_text(lazy.compute())
    return lazy, frame[list(FRAME)], frame["y"]


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        *(("continuous", place) for place in within("continuous")),
        ("binary", "branches"),
        ("words", "nested"),
        ("multiclass", "union"),
        ("multiclass", "branches"),
    ],
)
def test_rows_are_encoded_by_their_folds(kind: str, place: str) -> None:
    lazy, X, y = frames(kind)
    model = within(kind)[place]
    with config.set(block_bytes=3000):
        ours = base.clone(model).fit(lazy, "y")
    theirs = to_sklearn(base.clone(model)).fit(X, y)
    np.testing.assert_allclose(ours[-1].coef_, theirs[-1].coef_, rtol=1e-5, atol=1e-7)
    unseen = FRAME.assign(text="violet")[:20]
    for rows in (X, plain_text(unseen)):
        given = dd.from_pandas(rows, npartitions=3)
        found, expected = ours.predict(given).compute(), theirs.predict(rows)
        if kind == "continuous":
            np.testing.assert_allclose(found, expected, rtol=1e-7)
        else:
            assert found.tolist() == expected.tolist()
    # nothing of the folds stays
    assert len(pickle.dumps(ours)) < 30_000


def test_passes() -> None:
    lazy, _, _ = frames("continuous")
    model = make_pipeline(ColumnTransformer([("t", encoder("continuous"), COLUMNS)]), Ridge())
    assert model.fit(lazy, "y").fit_report_.passes == 3


@pytest.mark.parametrize("kind", ["continuous", "multiclass"])
@pytest.mark.parametrize("container", ["default", "pandas"])
def test_fit_transform_of_the_whole(kind: str, container: str) -> None:
    lazy, X, y = frames(kind)
    for place in ("branches", "union"):
        model = within(kind)[place][:-1]
        model.set_output(transform=container)
        for _, step in model.steps:
            step.set_output(transform=container)
        if container == "pandas":
            # no frame holds sparse rows
            model = model[0] if place == "union" else None
        if model is None:
            continue
        with config.set(block_bytes=3000):
            found = base.clone(model).fit_transform(lazy, "y").compute()
        expected = to_sklearn(base.clone(model)).fit_transform(X, y)
        if container == "pandas":
            assert list(found.columns) == list(expected.columns)
            assert found.index.tolist() == expected.index.tolist()
        np.testing.assert_allclose(dense(found), dense(expected), rtol=1e-9, atol=1e-12)


def dense(rows: Any) -> Any:
    return rows.toarray() if hasattr(rows, "toarray") else np.asarray(rows)


def test_fit_transform_of_an_array() -> None:
    X, y = FRAME[["number"]].to_numpy(float), TARGETS["binary"]
    model = make_pipeline(encoder("binary", 5, 0), StandardScaler())
    expected = to_sklearn(base.clone(model)).fit_transform(X, y)
    found = model.fit_transform(da.from_array(X, chunks=(90, 1)), da.from_array(y, chunks=90))
    assert found.chunks[0] == (90, 90, 90, 90, 40)
    np.testing.assert_allclose(found.compute(), expected, rtol=1e-9)


@pytest.mark.parametrize("shuffle", [False, True])
def test_searches(shuffle: bool) -> None:
    lazy, X, y = frames("continuous")
    model = make_pipeline(
        ColumnTransformer([("t", encoder("continuous"), COLUMNS)]), StandardScaler(), Ridge()
    )
    grid = {"columntransformer__t__smooth": ["auto", 5.0], "ridge__alpha": [0.1, 100.0]}
    cv = KFold(3, shuffle=shuffle, random_state=0 if shuffle else None)
    options: dict[str, Any] = {"cv": cv, "return_train_score": True}
    with config.set(block_bytes=3000):
        ours = GridSearchCV(model, grid, **options).fit(lazy, "y")
    theirs = PlainSearch(to_sklearn(base.clone(model)), grid, **options).fit(X, y)
    for part in ("test", "train"):
        for fold in range(3):
            name = f"split{fold}_{part}_score"
            np.testing.assert_allclose(
                ours.cv_results_[name], theirs.cv_results_[name], rtol=1e-9, err_msg=name
            )
    best = ours.best_estimator_
    np.testing.assert_allclose(best[-1].coef_, theirs.best_estimator_[-1].coef_, rtol=1e-8)
    assert len(pickle.dumps(best)) < 30_000


def test_searches_of_classes() -> None:
    lazy, X, y = frames("binary")
    model = make_pipeline(
        ColumnTransformer([("t", encoder("binary"), COLUMNS)]), LogisticRegression(tol=1e-10)
    )
    options: dict[str, Any] = {
        "cv": StratifiedKFold(3),
        "return_train_score": True,
        "scoring": "neg_log_loss",
    }
    ours = cross_validate(model, lazy, "y", **options)
    theirs = plain_cross_validate(to_sklearn(base.clone(model)), X, y, **options)
    for name in ("test_score", "train_score"):
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-6)


def test_a_final_step_that_validates_on_folds() -> None:
    lazy, X, y = frames("continuous")
    model = make_pipeline(
        ColumnTransformer([("t", encoder("continuous"), COLUMNS)]), RidgeCV([0.1, 10.0], cv=3)
    )
    ours = base.clone(model).fit(lazy, "y")
    theirs = to_sklearn(base.clone(model)).fit(X, y)
    assert ours[-1].alpha_ == theirs[-1].alpha_
    np.testing.assert_allclose(ours[-1].coef_, theirs[-1].coef_, rtol=1e-8)


def test_plain_pipelines_too() -> None:
    lazy, X, y = frames("continuous")
    plain = pipeline.make_pipeline(
        compose.ColumnTransformer(
            [("t", pipeline.make_pipeline(
                impute.SimpleImputer(strategy="most_frequent"),
                to_sklearn(encoder("continuous")),
            ), ["text", "gaps"])]
        ),
        linear_model.Ridge(),
    )  # fmt: skip
    ours = make_pipeline(*map(base.clone, [step for _, step in plain.steps])).fit(lazy, "y")
    np.testing.assert_allclose(ours[-1].coef_, plain.fit(X, y)[-1].coef_, rtol=1e-8)


def test_categories_that_are_given() -> None:
    lazy, X, y = frames("continuous")
    given = encoder("continuous", categories=[["red", "blue"]])
    model = make_pipeline(ColumnTransformer([("t", given, ["text"])]), Ridge())
    alone = [base.clone(given).fit(lazy[["text", "y"]], "y")]
    alone += [to_sklearn(base.clone(given)).fit(X[["text"]], y)]
    np.testing.assert_allclose(alone[0].encodings_, alone[1].encodings_, rtol=1e-9)
    ours = base.clone(model).fit(lazy, "y")
    theirs = to_sklearn(base.clone(model)).fit(X, y)
    np.testing.assert_allclose(ours[-1].coef_, theirs[-1].coef_, rtol=1e-8)


def test_splits_that_are_no_partition() -> None:
    lazy, X, y = frames("continuous")
    if preprocessing.TargetEncoder().shuffle is True:
        pytest.skip("this scikit-learn takes a number of folds only")
    splits = [(np.arange(100, N), np.arange(100)), (np.arange(300), np.arange(300, N))]
    model = TargetEncoder(cv=splits)
    with pytest.raises(ValueError, match="exactly once"):
        to_sklearn(model).fit_transform(X, y)
    with pytest.raises(ValueError, match="exactly once"):
        model.fit_transform(lazy, "y")


def test_laws() -> None:
    import skdask.blocks

    frame = FRAME.assign(y=TARGETS["multiclass"])
    (block,) = skdask.blocks.open(frame, "y").as_tables().read(0)
    rows = block.numbered().rows
    random = np.random.default_rng(0)
    scattered = rows.take(np.sort(random.choice(N, 150, replace=False)))
    for given in (rows, scattered):
        for with_classes in (True, False):
            check_numbers(RowNumbers(with_classes), given)
    numbered = RowNumbers().value(RowNumbers().update(RowNumbers().zero(), scattered))
    folds = RowFolds(numbered, random.integers(0, 3, 150).astype(np.uint8), 3)
    assert (folds.of(scattered.numbers) == folds.folds).all()
    assert (folds.of(rows.numbers) >= 0).sum() == 150
    plain = preprocessing.TargetEncoder().fit(FRAME, frame["y"])
    numbers = skdask.blocks.open(FRAME[["number"]].to_numpy(), TARGETS["multiclass"])
    plain = preprocessing.TargetEncoder().fit(FRAME[["number"]].to_numpy(float), frame["y"])
    (block,) = numbers.read(0)
    statistic = TargetsOfFolds(TargetsOfCategories(plain, np.arange(3)), folds)
    check_statistic_laws(statistic, block.numbered().rows)


def check_numbers(statistic: RowNumbers, rows: Any) -> None:
    """Its laws for rows that have numbers; what order their parts come in does not matter."""
    parts = [rows.take(part) for part in (slice(0, 40), slice(40, 40), slice(40, rows.n_rows))]
    states = [statistic.update(statistic.zero(), part) for part in parts]
    whole = statistic.value(statistic.update(statistic.zero(), rows))
    for order in ([0, 1, 2], [2, 1, 0]):
        state = statistic.zero()
        for position in order:
            state = statistic.merge(state, states[position])
        found = statistic.value(state)
        np.testing.assert_array_equal(found.starts, whole.starts)
        np.testing.assert_array_equal(found.lengths, whole.lengths)
        assert found.n_rows == rows.n_rows
        if statistic.with_classes:
            assert found.codes is not None
            np.testing.assert_array_equal(
                found.codes, TARGETS["multiclass"][np.asarray(rows.numbers)]
            )
