"""Columns of every type and bad ones, from the table to the answer, as in scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import skdask.blocks
from skdask import config
from skdask.blocks.columns import plain_text
from skdask.compose import make_column_transformer
from skdask.exceptions import DataError
from skdask.impute import SimpleImputer
from skdask.linear_model import Ridge
from skdask.pipeline import make_pipeline, make_union
from skdask.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
    TargetEncoder,
)
from skdask.routes.twins import to_sklearn

N = 60


def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    words = random.choice(["x", "y", "z"], N)
    frame = pd.DataFrame(
        {
            "int": random.integers(0, 5, N),
            "float": random.normal(size=N),
            "bool": random.random(N) > 0.5,
            "Int64": pd.array(random.integers(0, 5, N), dtype="Int64"),
            "boolean": pd.array(random.random(N) > 0.5, dtype="boolean"),
            "Float64": pd.array(random.normal(size=N), dtype="Float64"),
            "category": pd.Categorical(random.choice(["a", "b", "c"], N)),
            "str": pd.array(words, dtype="str"),
            "arrow": pd.array(words, dtype="string[pyarrow]"),
            "object": pd.Series(random.choice(["u", "v"], N), dtype=object),
            "date": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(random.integers(0, 1000, N), unit="h"),
        }
    )
    for row, name in enumerate(["Int64", "Float64", "boolean", "str", "arrow", "category"]):
        frame.loc[row * 7, name] = np.nan
    return frame


def values(X: Any) -> list[list[Any]]:
    dense = X.toarray() if hasattr(X, "toarray") else np.asarray(X)
    # NaN is no equal of itself
    return [["missing" if v is None or v != v else v for v in row] for row in dense.tolist()]


@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize(
    ("transformer", "columns"),
    [
        (StandardScaler(), ["int", "float", "bool"]),
        (StandardScaler(), ["Int64", "Float64"]),
        (StandardScaler(), ["date"]),
        (SimpleImputer(), ["Int64", "Float64", "float"]),
        (SimpleImputer(strategy="most_frequent"), ["str", "category", "object"]),
        (SimpleImputer(strategy="most_frequent"), ["arrow"]),
        (OneHotEncoder(), ["category", "str", "arrow", "object", "bool"]),
        (OneHotEncoder(), ["boolean", "Int64"]),
        (OrdinalEncoder(), ["int", "category", "str", "object", "bool"]),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, list) else type(given).__name__,
)
def test_every_type(transformer: Any, columns: list[str], known: bool) -> None:
    lazy = dd.from_pandas(table(), npartitions=4)
    if not known:
        lazy = lazy.assign(category=lazy["category"].cat.as_unknown())
    ours = make_column_transformer((transformer, columns)).fit(lazy)
    # of Arrow's missing values scikit-learn makes nothing by itself
    frame = plain_text(table())
    theirs = clone(ours.to_sklearn()).fit(frame)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    found, expected = values(ours.transform(lazy).compute()), values(theirs.transform(frame))
    for row, other in zip(found, expected, strict=True):
        for value, wanted in zip(row, other, strict=True):
            assert value == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


def months(frame: Any) -> Any:
    return np.column_stack([frame[name].dt.month for name in frame.columns])


@pytest.mark.parametrize("column", ["plain", "zone", "gaps", "apart"])
@pytest.mark.parametrize(
    "transformer",
    [
        FunctionTransformer(months),
        OneHotEncoder(),
        OrdinalEncoder(),
        TargetEncoder(target_type="continuous"),
        MinMaxScaler(),
        SimpleImputer(strategy="most_frequent"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_dates_are_what_they_are_to_scikit_learn(transformer: Any, column: str) -> None:
    frame = pd.DataFrame({"plain": pd.date_range("2024-01-01", periods=20, freq="7D")})
    frame["zone"] = frame["plain"].dt.tz_localize("Europe/Berlin")
    frame["gaps"] = frame["plain"].where(np.arange(20) % 4 > 0)
    frame["apart"] = pd.to_timedelta(np.arange(20) % 3, unit="D")
    if isinstance(transformer, FunctionTransformer) and column == "apart":
        pytest.skip("spans of time have no month")
    if isinstance(transformer, MinMaxScaler) and column == "zone":
        pytest.skip("a zone must be dropped before: tz_localize(None), as the error says")
    if isinstance(transformer, TargetEncoder) and column == "gaps":
        pytest.skip("scikit-learn tells missing dates apart")
    ours = make_column_transformer((transformer, [column]), sparse_threshold=0)
    theirs = to_sklearn(clone(ours))
    table = dd.from_pandas(frame, npartitions=3)
    try:
        expected = theirs.fit(frame, Y[:20]).transform(frame)
    except ValueError:
        with pytest.raises(ValueError, match=r"unknown categories|does not support data"):
            ours.fit(table, Y[:20]).transform(table).compute()
        return
    found = values(ours.fit(table, Y[:20]).transform(table).compute())
    for row, other in zip(found, values(expected), strict=True):
        for value, wanted in zip(row, other, strict=True):
            assert value == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


def small() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "size": random.normal(size=40),
            "city": random.choice(["a", "b", "c"], 40),
            "rooms": random.integers(1, 5, 40),
        }
    )


Y = np.arange(40.0)


def model() -> Any:
    columns = make_column_transformer(
        (StandardScaler(), ["size", "rooms"]), (OneHotEncoder(), ["city"])
    )
    return make_pipeline(columns, Ridge())


def lazy(frame: pd.DataFrame) -> Any:
    return dd.from_pandas(frame, npartitions=4)


def partitions(*parts: pd.DataFrame) -> Any:
    return dd.from_map(lambda number: parts[number], range(len(parts)), meta=parts[0].iloc[:0])


class TestNames:
    def test_order_does_not_matter_where_columns_are_chosen_by_name(self) -> None:
        fitted = model().fit(lazy(small()), Y)
        turned = fitted.predict(lazy(small()[["rooms", "city", "size"]])).compute()
        np.testing.assert_array_equal(turned, fitted.predict(lazy(small())).compute())

    def test_order_matters_elsewhere(self) -> None:
        numbers = small()[["size", "rooms"]]
        fitted = Ridge().fit(lazy(numbers), Y)
        with pytest.raises(ValueError, match="must be in the same order") as theirs:
            fitted.to_sklearn().predict(numbers[["rooms", "size"]])
        with pytest.raises(ValueError, match="must be in the same order") as ours:
            fitted.predict(lazy(numbers[["rooms", "size"]]))
        assert str(ours.value) == str(theirs.value)

    def test_missing_and_more_columns(self) -> None:
        fitted = model().fit(lazy(small()), Y)
        with pytest.raises(ValueError, match=r"columns are missing: \{'city'\}"):
            fitted.predict(lazy(small().rename(columns={"city": "town"})))
        more = fitted.predict(lazy(small().assign(more=1))).compute()
        np.testing.assert_array_equal(more, fitted.predict(lazy(small())).compute())

    def test_a_name_twice(self) -> None:
        frame = small().set_axis(["size", "size", "rooms"], axis=1)
        with pytest.raises(DataError, match="more than one column named 'size'"):
            model().fit(lazy(frame), Y)


class TestValues:
    def test_unseen_category(self) -> None:
        fitted = model().fit(lazy(small()), Y)
        unseen = lazy(small().assign(city=["a"] * 30 + ["z"] * 10))
        unknown = r"Found unknown categories \['z'\] in column 0 .*Found in partition 3"
        with pytest.raises(ValueError, match=unknown):
            fitted.predict(unseen).compute()
        sparse = OneHotEncoder().fit(lazy(small()[["city"]])).transform(unseen[["city"]])
        with pytest.raises(DataError, match=unknown):
            sparse.compute()
        with pytest.raises(DataError, match=r"unknown categories \['z'\].*Found in partition"):
            fitted.score(unseen, Y)

    @pytest.mark.parametrize(("column", "value"), [("rooms", "many"), ("city", 1)])
    def test_another_type_in_a_partition(self, column: str, value: Any) -> None:
        first, second = small().iloc[:20], small().iloc[20:].assign(**{column: value})
        with pytest.raises(DataError, match=f"column '{column}' of partition 1"):
            model().fit(partitions(first, second), Y)

    @pytest.mark.parametrize("value", ["many", None])
    def test_another_type_in_a_partition_of_a_lazy_answer(self, value: Any) -> None:
        frame = small()
        second = frame.iloc[20:].assign(rooms=pd.Series([value] * 20, frame.index[20:], object))
        fitted = model().fit(lazy(frame), Y)
        answer = fitted.predict(partitions(frame.iloc[:20], second))
        with pytest.raises(ValueError, match=r"partition 1 of the Dask DataFrame"):
            answer.compute()
        array = StandardScaler().fit(da.ones((6, 2), chunks=2))
        bad = da.from_array(np.array([[1.0, 2.0], [3.0, np.inf]]), chunks=1)
        with pytest.raises(DataError, match=r"infinity[\s\S]*chunk 1 of the Dask Array"):
            array.transform(bad).compute()

    @pytest.mark.parametrize(
        "encoder",
        [OneHotEncoder(), OrdinalEncoder(), TargetEncoder(target_type="continuous")],
        ids=lambda given: type(given).__name__,
    )
    def test_mixed_types_in_a_column(self, encoder: Any) -> None:
        """Text and numbers have no order: scikit-learn's error, with the partition."""
        mixed = np.array(["a", 1] * 10, dtype=object)
        frame = pd.DataFrame({"city": np.concatenate([np.array(["a", "b"] * 10, object), mixed])})
        with pytest.raises(TypeError, match="uniformly strings or numbers"):
            clone(encoder.to_sklearn()).fit(frame, Y)
        with config.set(block_bytes=200), dask.config.set({"dataframe.convert-string": False}):
            table = partitions(frame.iloc[:20], frame.iloc[20:])
            with pytest.raises(DataError, match=r"uniformly strings or numbers.*partition 1"):
                clone(encoder).fit(table, da.from_array(Y, chunks=20))
            numbers = pd.DataFrame({"city": np.array([1, 2] * 10, object)})
            table = partitions(frame.iloc[:20], numbers)
            with pytest.raises(DataError, match=r"Got \['int', 'str'\] in column 'city'"):
                clone(encoder).fit(table, da.from_array(Y, chunks=20))

    def test_whole_numbers_and_others(self) -> None:
        frame = small()
        second = frame.iloc[20:].assign(rooms=frame["rooms"].iloc[20:] + 0.5)
        ours = model().fit(partitions(frame.iloc[:20], second), Y)
        theirs = model().to_sklearn().fit(pd.concat([frame.iloc[:20], second]), Y)
        np.testing.assert_allclose(ours[-1].coef_, theirs[-1].coef_, rtol=1e-7)

    def test_all_missing(self) -> None:
        frame = small().assign(size=np.nan)
        with pytest.raises(DataError, match=r"Input X contains NaN[\s\S]*column 'size'"):
            model().fit(lazy(frame), Y)
        imputer = make_column_transformer((SimpleImputer(), ["size", "rooms"]))
        with pytest.warns(UserWarning, match=r"without any observed values: \['size'\]"):
            ours = imputer.fit(lazy(frame))
        assert ours.transform(lazy(frame)).compute().shape == (40, 1)
        nothing = OneHotEncoder().fit(lazy(small()[["city"]].assign(city=None)))
        assert [len(found) for found in nothing.categories_] == [1]

    def test_partitions_without_rows(self) -> None:
        whole = lazy(small().assign(y=Y))
        none = whole[whole["size"] > 99]
        ours = model().fit(dd.concat([none, whole, none]), "y")
        expected = model().fit(whole, "y")
        np.testing.assert_allclose(ours[-1].coef_, expected[-1].coef_, rtol=1e-9)
        with pytest.raises(DataError, match=r"Found array with 0 sample\(s\)"):
            model().fit(none, "y")

    def test_text_for_a_scaler(self) -> None:
        scaler = make_column_transformer((StandardScaler(), ["city"]))
        with pytest.raises(DataError, match=r"could not convert string to float.*in partition 0"):
            scaler.fit(lazy(small()))


@pytest.mark.parametrize(
    "transformer",
    [
        StandardScaler(),
        make_union(StandardScaler()),
        make_column_transformer((StandardScaler(), ["size"])),
        make_pipeline(StandardScaler(), StandardScaler()),
    ],
    ids=lambda given: type(given).__name__,
)
def test_frames_of_polars(transformer: Any) -> None:
    polars = pytest.importorskip("polars")
    frame = small()[["size", "rooms"]].dropna()
    numbers = lazy(frame)
    ours = clone(transformer).set_output(transform="polars").fit(numbers)
    found = ours.transform(numbers)
    expected = to_sklearn(clone(transformer)).set_output(transform="polars").fit_transform(frame)
    assert isinstance(found, skdask.blocks.PolarsFrames)
    assert found.columns == expected.columns
    assert found.schema == expected.schema
    whole = found.compute()
    assert isinstance(whole, polars.DataFrame)
    np.testing.assert_allclose(whole.to_numpy(), expected.to_numpy(), rtol=1e-12, atol=1e-12)
    parts = dask.compute(*found.to_delayed())
    assert [len(part) for part in parts] == [len(part) for part in numbers.partitions]
    assert dask.compute(found)[0].equals(found.persist().compute())
    # and in again
    again = StandardScaler().fit(found)
    assert again.feature_names_in_.tolist() == expected.columns
    assert isinstance(again.transform(found), dd.DataFrame | da.Array)
    as_pandas = found.to_dask_dataframe().compute()
    np.testing.assert_array_equal(as_pandas.to_numpy(), whole.to_numpy())


def test_frames_of_polars_from_arrays_and_text() -> None:
    polars = pytest.importorskip("polars")
    X = da.random.default_rng(0).random((40, 2), chunks=(15, 1))
    scaler = StandardScaler().set_output(transform="polars")
    found = scaler.fit_transform(X).compute()
    assert found.columns == ["x0", "x1"]
    expected = to_sklearn(clone(scaler)).fit_transform(X.compute())
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), rtol=1e-10)
    frame = pd.DataFrame({"city": ["a", "b", "a", "c"] * 5, "y": np.arange(20.0)})
    table = dd.from_pandas(frame, npartitions=3)
    coded = OrdinalEncoder().set_output(transform="polars").fit_transform(table[["city"]])
    assert coded.compute()["city"].to_list() == [0.0, 1.0, 0.0, 2.0] * 5
    # what is a target in a table of polars frames, and encodings by folds
    parts = [dask.delayed(polars.from_pandas)(part) for part in table.to_delayed()]
    frames = skdask.blocks.PolarsFrames(parts, polars.from_pandas(frame[:0]))
    encoder = TargetEncoder(cv=3, target_type="continuous").set_output(transform="polars")
    encoded = encoder.fit_transform(frames, "y").compute()
    assert encoded.columns == ["city"]
    assert len(encoded) == 20
    assert "3 partitions, columns ['city', 'y']" in repr(frames)
    model = make_pipeline(make_column_transformer((OneHotEncoder(), ["city"])), Ridge())
    assert model.fit(frames, "y").score(frames, "y") > 0
    assert len(model.predict(frames).compute()) == 20


def test_branches_in_threads_do_not_warn() -> None:
    """scikit-learn's own way to run branches in parallel is not made for many threads."""
    frame = pd.concat([small()] * 50, ignore_index=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with config.set(block_bytes=2000, n_threads=4):
            fitted = model().fit(dd.from_pandas(frame, npartitions=20), np.tile(Y, 50))
        assert fitted.fit_report_.threads == 4
        fitted.predict(dd.from_pandas(frame, npartitions=20)).compute()
