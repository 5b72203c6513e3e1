"""Pipelines of scikit-learn's user guide for mixed columns, and real tables, imports changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection, preprocessing
from sklearn.base import clone
from sklearn.compose import make_column_selector as selector
from sklearn.model_selection import KFold

from skdask.compose import ColumnTransformer, TransformedTargetRegressor, make_column_transformer
from skdask.impute import SimpleImputer
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.pipeline import Pipeline, make_pipeline
from skdask.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


def passengers() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "age": random.normal(30, 12, 600),
            "fare": random.gamma(2, 15, 600),
            "embarked": random.choice(["C", "Q", "S"], 600),
            "sex": random.choice(["female", "male"], 600),
            "pclass": random.integers(1, 4, 600),
            "name": [f"passenger {k}" for k in range(600)],
        }
    )
    frame.loc[::9, "age"] = np.nan
    # as Dask has missing text; pandas 2 would keep None, which scikit-learn tells apart
    frame.loc[::50, "embarked"] = np.nan
    chance = (frame["sex"] == "female") * 2.0 - frame["pclass"] + random.normal(size=600) + 1
    return frame, (chance > 0).to_numpy().astype(int)


def titanic(select: bool) -> Any:
    numeric = Pipeline(steps=[("imputer", SimpleImputer()), ("scaler", StandardScaler())])
    categorical = Pipeline(
        steps=[
            ("imputer", SimpleImputer(strategy="most_frequent")),
            ("encoder", OneHotEncoder(handle_unknown="ignore")),
        ]
    )
    numbers: Any = selector(dtype_include="number") if select else ["age", "fare"]
    words: Any = ["embarked", "sex"] if select else ["embarked", "sex", "pclass"]
    preprocessor = ColumnTransformer(
        transformers=[("num", numeric, numbers), ("cat", categorical, words)]
    )
    return Pipeline(
        steps=[("preprocessor", preprocessor), ("classifier", LogisticRegression(tol=1e-8))]
    )


@pytest.mark.parametrize("select", [False, True])
def test_titanic(select: bool) -> None:
    X, y = passengers()
    lazy = dd.from_pandas(X, npartitions=5)
    ours = titanic(select).fit(lazy, y)
    theirs = clone(ours.to_sklearn()).fit(X, y)
    assert ours.score(lazy, y) == theirs.score(X, y)
    np.testing.assert_allclose(
        ours.predict_proba(lazy).compute(), theirs.predict_proba(X), atol=1e-4
    )


def test_titanic_searched() -> None:
    X, y = passengers()
    grid = {
        "preprocessor__num__imputer__strategy": ["mean", "median"],
        "classifier__C": [0.1, 1.0, 10],
    }
    ours = GridSearchCV(titanic(False), grid, cv=3).fit(dd.from_pandas(X, npartitions=5), y)
    plain = clone(titanic(False).to_sklearn())
    theirs = model_selection.GridSearchCV(plain, grid, cv=3).fit(X, y)
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], atol=0.004
    )


def test_ames() -> None:
    random = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "LotArea": random.gamma(4, 2000, 500),
            "YearBuilt": random.integers(1900, 2010, 500),
            "LotFrontage": random.normal(70, 20, 500),
            "Neighborhood": random.choice(["NAmes", "OldTown", "Edwards", "Gilbert"], 500),
            "ExterQual": pd.Categorical(random.choice(["Fa", "TA", "Gd", "Ex"], 500)),
            "Alley": random.choice(np.array(["Grvl", "Pave", None], dtype=object), 500),
        }
    )
    frame.loc[::6, "LotFrontage"] = np.nan
    price = np.exp(10 + frame["LotArea"] / 2e4 + (frame["YearBuilt"] - 1900) / 100)
    price *= np.exp(0.1 * random.normal(size=500))
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["Neighborhood", "Alley"]),
        (
            OrdinalEncoder(categories=[["Fa", "TA", "Gd", "Ex"]]),
            ["ExterQual"],
        ),
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()),
         selector(dtype_include="number")),
        sparse_threshold=0,
    )  # fmt: skip
    model = TransformedTargetRegressor(
        make_pipeline(columns, Ridge()), func=np.log, inverse_func=np.exp
    )
    lazy = dd.from_pandas(frame, npartitions=4)
    ours = model.fit(lazy, price)
    theirs = clone(ours.to_sklearn()).fit(frame, price)
    assert ours.score(lazy, price) == pytest.approx(theirs.score(frame, price), rel=1e-9)


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="the real data are not beside the repository")
@pytest.mark.parametrize(
    ("name", "numbers", "words", "target"),
    [
        ("diamonds.csv", ["carat", "depth", "x"], ["cut", "color", "clarity"], "price"),
        ("taxis.csv", ["distance", "passengers"], ["payment", "pickup_borough"], "fare"),
        ("taxis.csv", ["distance", "fare", "tip"], ["payment", "pickup_borough"], "color"),
        ("nyc-weather-2013.csv", ["dewp", "humid", "wind_gust", "month"], ["origin"], "visib"),
    ],
)
def test_real_tables(name: str, numbers: list[str], words: list[str], target: str) -> None:
    path = SHARED_DATA / name
    classes = target == "color"
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder()), words),
        sparse_threshold=0,
    )
    model = make_pipeline(columns, LogisticRegression(tol=1e-8) if classes else Ridge())
    ours = model.fit(path, target)
    frame = pd.read_csv(path)
    theirs = clone(ours.to_sklearn()).fit(frame[numbers + words], frame[target])
    tolerance = {"abs": 1e-3} if classes else {"rel": 1e-9}
    score = theirs.score(frame[numbers + words], frame[target])
    assert ours.score(path, target) == pytest.approx(score, **tolerance)


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="the real data are not beside the repository")
def test_zones_of_taxis_by_their_fares() -> None:
    """Hundreds of zones, some missing, encoded by the target within pipeline and search."""
    path, words = SHARED_DATA / "taxis.csv", ["pickup_zone", "dropoff_zone"]
    folds = 4 if preprocessing.TargetEncoder().shuffle is True else KFold(4)
    options = {"shuffle": False} if isinstance(folds, int) else {}
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), ["distance", "passengers"]),
        (TargetEncoder(cv=folds, target_type="continuous", **options), words),
    )
    model = make_pipeline(columns, Ridge())
    frame = pd.read_csv(path)
    X, y = frame[["distance", "passengers", *words]], frame["fare"]
    grid = {"columntransformer__targetencoder__smooth": ["auto", 20.0], "ridge__alpha": [1.0, 50.0]}
    ours = GridSearchCV(model, grid, cv=3).fit(path, "fare")
    theirs = model_selection.GridSearchCV(clone(model).to_sklearn(), grid, cv=3).fit(X, y)
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], rtol=1e-8
    )
    assert ours.best_params_ == theirs.best_params_
    assert ours.score(path, "fare") == pytest.approx(theirs.score(X, y), rel=1e-8)
