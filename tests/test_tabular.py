"""A pipeline for any table: columns by what they are, scikit-learn's answer."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import skdask
from skdask import config, tabular_pipeline
from skdask.decomposition import PCA
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.passes import ask, run
from skdask.pipeline import make_pipeline
from skdask.rows import Rows, bytes_of
from skdask.tables import Profile
from skdask.tabular import date_parts

N = 400


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": random.normal(50, 10, N),
            "age": random.integers(0, 99, N).astype(float),
            "rooms": random.integers(1, 6, N),
            "new": random.random(N) > 0.5,
            "city": random.choice(["Lima", "Quito", "La Paz"], N),
            "kind": pd.Categorical(random.choice(["flat", "house"], N)),
            "street": [f"street {k}" for k in random.integers(0, 90, N)],
            "owner": [f"owner {k}" for k in range(N)],
            "built": pd.Timestamp("2000-01-01")
            + pd.to_timedelta(random.integers(0, 90_000, N), "h"),
            "nothing": np.nan,
        }
    )
    frame.loc[::7, "age"] = np.nan
    # as Dask has missing text; pandas 2 would keep None, which scikit-learn tells apart
    frame.loc[::11, "city"] = np.nan
    frame.loc[::13, "built"] = pd.NaT
    frame["price"] = frame["size"] * 3 + frame["rooms"] + (frame["city"] == "Lima") * 20
    return frame


def lazy() -> Any:
    return dd.from_pandas(table(), npartitions=5)


def kinds_of(model: Any) -> dict[str, Any]:
    return {name: columns for name, _, columns in model["columns"].transformers}


def test_columns_by_what_they_are() -> None:
    model = tabular_pipeline(Ridge(), lazy(), "price")
    assert kinds_of(model) == {
        "numbers": ["size", "rooms"],
        "numbers with gaps": ["age"],
        "dates": ["built"],
        "categories": ["new", "city", "kind"],
        "frequent values": ["street"],
        "left out": ["owner", "nothing"],
    }
    assert [name for name, _ in model.steps] == ["columns", "ridge"]


@pytest.mark.parametrize("by_type", [False, True], ids=["profile", "type"])
@pytest.mark.parametrize("source", ["frame", "parquet", "csv"])
def test_as_scikit_learn(source: str, by_type: bool, tmp_path: Path) -> None:
    given: Any = lazy()
    if source == "parquet":
        given = tmp_path / "t.parquet"
        table().to_parquet(given, row_group_size=90)
    elif source == "csv":
        given = tmp_path / "t.csv"
        table().drop(columns=["nothing"]).to_csv(given, index=False)
    with config.set(block_bytes=20_000):
        model = tabular_pipeline(Ridge(), *(() if by_type else (given, "price")))
        if by_type:
            given = skdask.blocks.open(
                given, "price", drop=["owner"] if source == "csv" else ["owner", "nothing"]
            )
            model.fit(given)
        else:
            model.fit(given, "price")
    features = table().drop(columns=["price", "owner", "nothing"])
    features = features.assign(owner="", nothing=np.nan)[list(model.feature_names_in_)]
    expected = clone(model.to_sklearn()).fit(features, table()["price"])
    found = model.predict(dd.from_pandas(features, npartitions=3)).compute()
    np.testing.assert_allclose(found, expected.predict(features), rtol=1e-8)


def test_it_can_be_changed_searched_and_sent() -> None:
    model = tabular_pipeline(make_pipeline(PCA(5), LogisticRegression()), lazy(), "kind")
    assert [name for name, _ in model.steps] == ["columns", "pca", "logisticregression"]
    model.set_params(pca__n_components=3)
    search = GridSearchCV(model, {"logisticregression__C": [0.1, 1.0]}, cv=3).fit(lazy(), "kind")
    again = pickle.loads(pickle.dumps(search.best_estimator_))
    assert again.score(lazy(), "kind") == search.score(lazy(), "kind")


def test_saved_and_loaded(tmp_path: Path) -> None:
    pytest.importorskip("skops")
    model = tabular_pipeline(Ridge(), lazy(), "price").fit(lazy(), "price")
    skdask.save(model, tmp_path / "m.skops")
    again = skdask.load(tmp_path / "m.skops")
    np.testing.assert_array_equal(again.predict(table()), model.predict(table()))


def test_parts_of_dates() -> None:
    dates = pd.to_datetime(["1970-01-02 06:00", None, "2026-03-01 12:30"])
    frame = pd.DataFrame({"here": dates, "there": dates.tz_localize("UTC")})
    found = date_parts(frame)
    assert found.iloc[0].tolist() == [1.25, 1.0, 2.0, 4.0, 6.0] * 2
    assert found.iloc[1].isna().all()
    assert list(found.columns[:2]) == ["here_days", "here_month"]


def profiles(frame: pd.DataFrame) -> Any:
    data = skdask.blocks.open(dd.from_pandas(frame, npartitions=4)).as_tables()
    return run([ask(Profile())], data, what="profile").results[0]


def test_profiles() -> None:
    frame = table()
    for name, profile in zip(frame, profiles(frame), strict=True):
        assert profile.count == N
        assert profile.missing == frame[name].isna().sum()
    by_name = dict(zip(frame, profiles(frame), strict=True))
    assert by_name["city"].distinct == 3
    assert by_name["owner"].distinct == N
    assert by_name["new"].distinct == 2
    many = pd.DataFrame({"id": [f"{k}" for k in range(20_000)]})
    assert profiles(many)[0].distinct == pytest.approx(20_000, rel=0.1)


def test_laws_of_profiles() -> None:
    """Any split of the rows gives the same, and an empty stretch changes nothing."""
    frame = table()
    statistic, whole = Profile(), Rows(N, frame)
    expected = statistic.value(statistic.update(statistic.zero(), whole))
    for cuts in ([133, 266], [1, 1], [0, N]):
        states = []
        for start, stop in zip([0, *cuts], [*cuts, N], strict=True):
            part = whole.take(slice(start, stop))
            states.append(statistic.update(statistic.zero(), part))
        first, second, third = states
        assert statistic.value(statistic.merge(statistic.merge(first, second), third)) == expected
        assert statistic.value(statistic.merge(first, statistic.merge(second, third))) == expected
    assert statistic.value(statistic.update(statistic.zero(), Rows(0))) == ()
    assert statistic.state_bytes(11) >= sum(
        bytes_of(part) for *_, part in statistic.update((), whole)
    )
