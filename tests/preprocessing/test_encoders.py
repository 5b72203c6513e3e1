"""Encoders on blocks have scikit-learn's categories, whatever the type of the columns."""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import base

import skdask.blocks
from skdask import config
from skdask.blocks.columns import plain_text
from skdask.compose import ColumnTransformer
from skdask.exceptions import DataError, MemoryBudgetError
from skdask.impute import SimpleImputer
from skdask.passes import ask, run
from skdask.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder
from skdask.routes.twins import to_sklearn
from skdask.tables import Categories
from skdask.testing import check_statistic_laws

N = 300
COLOURS = ["red", "blue", "green", "ultraviolet"]


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "text": random.choice(
                ["red", "blue", "green", "ultraviolet"], N, p=[0.5, 0.3, 0.19, 0.01]
            ),
            "number": random.integers(-3, 4, N),
            "real": random.choice([0.5, 1.5, np.nan], N),
            "truth": random.random(N) > 0.5,
            "gaps": random.choice(np.array(["a", "b", None], dtype=object), N),
        }
    )
    frame["kind"] = pd.Categorical(
        frame["text"], categories=["red", "green", "blue", "ultraviolet"]
    )
    return frame


ENCODERS = [
    OneHotEncoder(),
    OneHotEncoder(sparse_output=False, dtype=np.float32),
    OneHotEncoder(drop="first"),
    OneHotEncoder(drop="if_binary"),
    OneHotEncoder(min_frequency=20, handle_unknown="infrequent_if_exist"),
    OneHotEncoder(min_frequency=0.2, handle_unknown="ignore"),
    OneHotEncoder(max_categories=3),
    OrdinalEncoder(),
    OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    OrdinalEncoder(encoded_missing_value=-2, max_categories=3),
]


def assert_same_categories(ours: Any, theirs: Any) -> None:
    assert len(ours.categories_) == len(theirs.categories_)
    for found, expected in zip(ours.categories_, theirs.categories_, strict=True):
        assert found.dtype == expected.dtype
        # NaN is no equal of itself among objects
        assert list(map(repr, found.tolist())) == list(map(repr, expected.tolist()))
    if ours._infrequent_enabled:
        assert repr(ours.infrequent_categories_) == repr(theirs.infrequent_categories_)


@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
@pytest.mark.parametrize("columns", [["text", "kind", "number", "truth"], ["real", "gaps"]])
def test_as_scikit_learn(encoder: Any, columns: list[str]) -> None:
    frame = table()[columns]
    lazy = dd.from_pandas(frame, npartitions=7)
    ours = base.clone(encoder).fit(lazy)
    # Dask turns objects into text
    frame = plain_text(lazy.compute())
    theirs = to_sklearn(base.clone(encoder)).fit(frame)
    assert ours.fit_report_.passes == 1
    assert_same_categories(ours, theirs)
    names = [
        e.get_feature_names_out().tolist()
        for e in (ours, theirs)
        if hasattr(e, "get_feature_names_out")
    ]
    assert names[0] == names[1]
    given = ours.transform(lazy).compute()
    expected = theirs.transform(frame)
    given, expected = (getattr(x, "toarray", lambda x=x: x)() for x in (given, expected))
    np.testing.assert_array_equal(given, expected)


def test_objects_with_none_and_nan() -> None:
    X = np.array([["a"], [None], ["b"], [np.nan]] * 5, dtype=object)
    frame = pd.DataFrame(X, columns=["x"])
    ours = OneHotEncoder().fit(skdask.blocks.open(frame))
    assert_same_categories(ours, to_sklearn(OneHotEncoder()).fit(frame))


def test_given_categories() -> None:
    lazy = dd.from_pandas(table()[["text"]], npartitions=3)
    chosen = [["red", "green", "blue", "ultraviolet"]]
    ours = OneHotEncoder(categories=chosen).fit(lazy)
    assert ours.categories_[0].tolist() == chosen[0]
    with pytest.raises(ValueError, match="Found unknown categories"):
        OneHotEncoder(categories=[["red"]]).fit(lazy)


def test_numbers_of_an_array() -> None:
    X = np.random.default_rng(0).integers(0, 5, (100, 2)).astype(float)
    ours = OneHotEncoder().fit(da.from_array(X, chunks=(30, 1)))
    assert_same_categories(ours, to_sklearn(OneHotEncoder()).fit(X))


def test_mixed_types_are_refused_with_scikit_learns_words() -> None:
    frame = pd.DataFrame({"x": pd.Series(["a", 1, "b", 2], dtype=object)})
    with pytest.raises(TypeError, match="uniformly strings or numbers"):
        OneHotEncoder().fit(skdask.blocks.open(frame))


def test_infinity_names_the_place() -> None:
    lazy = dd.from_pandas(pd.DataFrame({"x": [1.0, np.inf, 2.0, 3.0]}), npartitions=2)
    with pytest.raises(DataError, match=r"infinity[\s\S]*column 'x'.*partition 0"):
        OneHotEncoder().fit(lazy)


def test_laws() -> None:
    frame = table()
    (block,) = skdask.blocks.open(frame).as_tables().read(0)

    def same(found: Any, expected: Any) -> None:
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert (one.n_none, one.n_nan) == (other.n_none, other.n_nan)
            counts = [
                dict(zip(x.values.tolist(), x.counts.tolist(), strict=True)) for x in (one, other)
            ]
            assert counts[0] == counts[1]

    statistic = Categories()
    states = [
        statistic.update(statistic.zero(), block.rows.take(part))
        for part in (slice(0, 100), slice(100, 100), slice(100, N))
    ]
    whole = statistic.update(statistic.zero(), block.rows)
    left = statistic.merge(statistic.merge(states[0], states[1]), states[2])
    right = statistic.merge(states[0], statistic.merge(states[1], states[2]))
    same(left, whole)
    same(right, whole)
    same(statistic.merge(statistic.zero(), whole), whole)
    numbers = skdask.blocks.open(frame[["number"]].to_numpy())
    (rows,) = numbers.read(0)
    check_statistic_laws(Categories(), rows.rows, equal=same)
    done = run([ask(statistic)], numbers, what="categories")
    assert done.results[0][0].counts.sum() == N


def test_more_levels_than_memory_holds() -> None:
    def part(number: int) -> pd.DataFrame:
        names = np.arange(number * 25_000, (number + 1) * 25_000).astype(str)
        return pd.DataFrame({"colour": "red", "user": names})

    lazy = dd.from_map(part, range(8), meta=part(0)[:0])
    for encoder in (OneHotEncoder(), OrdinalEncoder(), SimpleImputer(strategy="most_frequent")):
        with (
            config.set(memory_limit=64_000_000),
            pytest.raises(MemoryBudgetError, match=r"column 'user' has more than \d+,\d+ distinct"),
        ):
            encoder.fit(lazy)
    ours = OrdinalEncoder().fit(lazy)
    assert len(ours.categories_[1]) == 200_000


def test_a_partition_of_other_types_is_named() -> None:
    parts = [pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"x": ["a", "b"]})]
    for first, second in ((0, 1), (1, 0)):
        pair = [parts[first], parts[second]]
        lazy = dd.from_map(lambda number, pair=pair: pair[number], [0, 1], meta=pair[0])
        with pytest.raises(DataError, match=r"column 'x' of partition 1"):
            OrdinalEncoder().fit(lazy)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "float32"])
def test_categories_have_the_type_of_the_array(dtype: str) -> None:
    X = np.array([[1, 0], [0, 0], [3, 1], [1, 0]] * 5).astype(dtype)
    y = np.arange(20.0)
    for encoder in (
        OneHotEncoder(),
        OrdinalEncoder(min_frequency=6),
        TargetEncoder(target_type="continuous"),
    ):
        for columns in (encoder, ColumnTransformer([("e", encoder, [1, 0])])):
            ours = base.clone(columns).fit(da.from_array(X, chunks=(6, 1)), da.from_array(y))
            theirs = to_sklearn(base.clone(columns)).fit(X, y)
            pairs = [ours, theirs]
            if columns is not encoder:
                pairs = [fitted.transformers_[0][1] for fitted in pairs]
            for found, expected in zip(*(each.categories_ for each in pairs), strict=True):
                assert found.dtype == expected.dtype
                np.testing.assert_array_equal(found, expected)
