"""TargetEncoder on blocks: scikit-learn's encodings, and its cross fitting."""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing
from sklearn.model_selection import KFold, StratifiedKFold

import skdask.blocks
from skdask import config
from skdask.blocks.columns import plain_text
from skdask.exceptions import DataError
from skdask.preprocessing import TargetEncoder
from skdask.routes.twins import to_sklearn
from skdask.tables import TargetKinds, TargetsOfCategories
from skdask.testing import check_statistic_laws

random = np.random.default_rng(0)
N = 400
FRAME = pd.DataFrame(
    {
        "text": random.choice(["red", "blue", "green", "rare"], N, p=[0.5, 0.3, 0.19, 0.01]),
        "number": random.integers(-3, 4, N),
        "real": random.choice([0.5, 1.5, np.nan], N),
        "gaps": random.choice(np.array(["a", "b", None], dtype=object), N),
    }
)
SCORE = (FRAME["number"] + (FRAME["text"] == "red") + random.normal(size=N)).to_numpy()
TARGETS = {
    "continuous": SCORE * 10 + 3,
    "binary": (SCORE > 0).astype(int),
    "words": np.where(SCORE > 1, "yes", "no"),
    "multiclass": np.digitize(SCORE, [-1, 1]),
}


def table(kind: str) -> dd.DataFrame:
    return dd.from_pandas(FRAME.assign(y=TARGETS[kind]), npartitions=6)


def same(ours: Any, theirs: Any) -> None:
    assert ours.target_type_ == theirs.target_type_
    np.testing.assert_allclose(ours.target_mean_, theirs.target_mean_, rtol=1e-12)
    if theirs.classes_ is None:
        assert ours.classes_ is None
    else:
        assert ours.classes_.tolist() == theirs.classes_.tolist()
    assert len(ours.encodings_) == len(theirs.encodings_)
    for one, other in zip(ours.encodings_, theirs.encodings_, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    for one, other in zip(ours.categories_, theirs.categories_, strict=True):
        assert list(map(repr, one.tolist())) == list(map(repr, other.tolist()))
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


@pytest.mark.parametrize("kind", list(TARGETS))
@pytest.mark.parametrize("smooth", ["auto", 0.0, 3.5])
def test_fit(kind: str, smooth: Any) -> None:
    lazy = table(kind)
    with config.set(block_bytes=3000):
        ours = TargetEncoder(smooth=smooth).fit(lazy, "y")
    frame = plain_text(lazy.compute())
    theirs = to_sklearn(TargetEncoder(smooth=smooth)).fit(frame[list(FRAME)], frame["y"])
    assert ours.fit_report_.passes == 2
    same(ours, theirs)
    given = ours.transform(lazy[list(FRAME)]).compute()
    np.testing.assert_allclose(given, theirs.transform(frame[list(FRAME)]), rtol=1e-9, atol=1e-12)
    unseen = FRAME.assign(text="violet")[:3]
    np.testing.assert_allclose(
        ours.transform(dd.from_pandas(unseen, npartitions=1)).compute(),
        theirs.transform(plain_text(dd.from_pandas(unseen, npartitions=1).compute())),
        rtol=1e-9,
    )


def folds_of(kind: str, n_splits: int, seed: int | None) -> dict[str, Any]:
    """The parameters that ask for some folds, as the installed scikit-learn takes them."""
    if preprocessing.TargetEncoder().shuffle is True:
        return {"cv": n_splits, "shuffle": seed is not None, "random_state": seed}
    splitter = KFold if kind == "continuous" else StratifiedKFold
    return {"cv": splitter(n_splits, shuffle=seed is not None, random_state=seed)}


@pytest.mark.parametrize("kind", list(TARGETS))
@pytest.mark.parametrize("shuffle", [True, False])
def test_cross_fitting(kind: str, shuffle: bool) -> None:
    folds = folds_of(kind, 4, 3 if shuffle else None)
    lazy = table(kind)
    frame = plain_text(lazy.compute())
    with config.set(block_bytes=3000):
        ours = TargetEncoder(**folds)
        given = ours.fit_transform(lazy, "y")
    assert isinstance(given, da.Array)
    assert given.shape[0] == N
    theirs = to_sklearn(TargetEncoder(**folds))
    expected = theirs.fit_transform(frame[list(FRAME)], frame["y"])
    np.testing.assert_allclose(given.compute(), expected, rtol=1e-9, atol=1e-12)
    same(ours, theirs)


def test_cross_fitting_of_arrays_and_blocks() -> None:
    X, y = FRAME[["number"]].to_numpy(float), TARGETS["binary"]
    folds = folds_of("binary", 5, 0)
    expected = to_sklearn(TargetEncoder(**folds)).fit_transform(X, y)
    for given in (da.from_array(X, chunks=(90, 1)), skdask.blocks.open(X, y)):
        target = None if isinstance(given, skdask.blocks.Blocks) else da.from_array(y, chunks=90)
        found = TargetEncoder(**folds).fit_transform(given, target)
        np.testing.assert_allclose(found.compute(), expected, rtol=1e-9)
    named = TargetEncoder(**folds).set_output(transform="pandas")
    found = named.fit_transform(table("binary")[["number", "y"]], "y").compute()
    assert list(found.columns) == ["number"]
    np.testing.assert_allclose(found.to_numpy(), expected, rtol=1e-9)


def test_default_folds_are_drawn() -> None:
    lazy = table("continuous")
    first, second = (TargetEncoder().fit_transform(lazy, "y").compute() for _ in range(2))
    assert (first != second).any()
    np.testing.assert_allclose(first.mean(axis=0), second.mean(axis=0), rtol=0.1)


def test_bad_targets() -> None:
    lazy = table("continuous")
    with pytest.raises(DataError, match="target y is None"):
        TargetEncoder().fit(lazy, None)
    with pytest.raises(DataError, match="target y is None"):
        TargetEncoder().fit_transform(lazy, None)
    with pytest.raises(DataError, match="continuous"):
        TargetEncoder(target_type="binary").fit(lazy, "y")
    with pytest.raises(DataError, match=r"NaN[\s\S]*partition"):
        TargetEncoder(target_type="continuous").fit(
            dd.from_pandas(FRAME.assign(y=np.nan), npartitions=3), "y"
        )


def test_laws() -> None:
    frame = FRAME.assign(y=TARGETS["multiclass"])
    plain = preprocessing.TargetEncoder().fit(FRAME, frame["y"])
    (block,) = skdask.blocks.open(frame, "y").as_tables().read(0)
    for classes in (np.arange(3), None):
        statistic = TargetsOfCategories(plain, classes)
        parts = [
            statistic.update(statistic.zero(), block.rows.take(part))
            for part in (slice(0, 100), slice(100, 100), slice(100, N))
        ]
        whole = statistic.update(statistic.zero(), block.rows)
        left = statistic.merge(statistic.merge(parts[0], parts[1]), parts[2])
        right = statistic.merge(parts[0], statistic.merge(parts[1], parts[2]))
        for found in (left, right):
            np.testing.assert_allclose(found.mean, whole.mean, rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(found.scatter, whole.scatter, rtol=1e-12, atol=1e-12)
            np.testing.assert_array_equal(found.count, whole.count)
    numbers = skdask.blocks.open(FRAME[["number"]].to_numpy(), TARGETS["multiclass"])
    (rows,) = numbers.read(0)
    check_statistic_laws(TargetKinds(), rows.rows)
