"""Searches, cross-validation and curves: scikit-learn's objects and numbers."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, clone
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeClassifier,
)
from sklearn.metrics import make_scorer, mean_squared_error
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    RandomizedSearchCV,
    ShuffleSplit,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    validation_curve,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skdask import accel
from skdask.accel.records import ACCELERATED, FELL_BACK, RECORDS, STAYED

TIMES = ("fit_time", "score_time")
ALPHAS = {"ridge__alpha": [0.1, 10.0, 1000.0]}


def table(n_rows: int = 120, named: bool = False) -> tuple[Any, Any, Any]:
    """Rows, numbers and classes."""
    random = np.random.default_rng(0)
    X = random.normal(size=(n_rows, 6)) * [1, 2, 5, 1, 3, 1] + [0, 10, 0, 2, 0, 0]
    y = X @ random.normal(size=6) + random.normal(size=n_rows) * 5
    classes = np.where(y > np.median(y), "high", "low")
    return (pd.DataFrame(X, columns=list("abcdef")) if named else X), y, classes


def outcomes() -> dict[str, str]:
    """How each function was last run."""
    return {each.name: each.outcome for each in RECORDS if " > " not in each.name}


def both(call: Callable[[], Any]) -> tuple[Any, Any]:
    """What a call gives under acceleration and without, from the same global random state."""
    results = []
    for _ in range(2):
        np.random.seed(3)  # noqa: NPY002
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            results.append((call(), np.random.random()))  # noqa: NPY002
        accel.uninstall()
    (found, drawn), (expected, also_drawn) = results
    assert drawn == also_drawn, "other random numbers were drawn"
    return found, expected


def assert_alike(found: Any, expected: Any, where: str = "") -> None:
    """Equal types and, times and the order of sums aside, equal values, however deep."""
    assert type(found) is type(expected), where
    if isinstance(expected, BaseEstimator | Pipeline):
        assert_alike(vars(found), vars(expected), where)
    elif isinstance(expected, dict):
        assert list(found) == list(expected) or set(found) == set(expected), where
        for name, value in expected.items():
            if not any(time in str(name) for time in (*TIMES, "refit_time_")):
                assert_alike(found[name], value, f"{where}.{name}")
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected), where
        for place, value in enumerate(expected):
            assert_alike(found[place], value, f"{where}[{place}]")
    elif isinstance(expected, np.ndarray) and expected.dtype.kind == "f":
        assert found.dtype == expected.dtype, where
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-9, err_msg=where)
    elif isinstance(expected, np.ma.MaskedArray):
        assert_alike(found.tolist(), expected.tolist(), where)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype, where
        np.testing.assert_array_equal(found, expected, err_msg=where)
    elif isinstance(expected, float | np.floating):
        assert found == pytest.approx(expected, rel=1e-8, abs=1e-9, nan_ok=True), where
    elif type(expected).__module__ == "builtins":
        assert found == expected, where


SCALED = Pipeline([("scale", StandardScaler()), ("pca", PCA()), ("ridge", Ridge())])
SEARCHES = {
    "pipeline": (GridSearchCV(SCALED, ALPHAS | {"pca__n_components": [2, 5]}), "y", {}),
    "plain": (GridSearchCV(Ridge(), {"alpha": [0.1, 10.0]}, cv=3), "y", {}),
    "train scores": (GridSearchCV(Lasso(), {"alpha": [0.1]}, return_train_score=True), "y", {}),
    "several metrics": (
        GridSearchCV(
            ElasticNet(),
            {"alpha": [0.1, 1.0]},
            scoring=["r2", "neg_mean_squared_error"],
            refit="r2",
        ),
        "y",
        {},
    ),
    "no refit": (GridSearchCV(SCALED, ALPHAS, refit=False), "y", {}),
    "steps": (
        GridSearchCV(SCALED, {"pca": ["passthrough", PCA(3)], "ridge": [Ridge(), Lasso()]}),
        "y",
        {},
    ),
    "classes": (GridSearchCV(RidgeClassifier(), {"alpha": [1.0, 500.0]}), "classes", {}),
    "shuffled": (GridSearchCV(SCALED, ALPHAS, cv=KFold(4, shuffle=True)), "y", {}),
    "shuffled, seeded": (
        GridSearchCV(SCALED, ALPHAS, cv=KFold(4, shuffle=True, random_state=1)),
        "y",
        {},
    ),
    "stratified": (
        GridSearchCV(RidgeClassifier(), {"alpha": [1.0, 500.0]}, cv=StratifiedKFold(3)),
        "classes",
        {},
    ),
    "groups": (GridSearchCV(SCALED, ALPHAS, cv=GroupKFold(3)), "y", {"groups": "groups"}),
    "random": (
        RandomizedSearchCV(SCALED, {"ridge__alpha": loguniform(0.1, 100)}, n_iter=4),
        "y",
        {},
    ),
    "random, going on": (
        RandomizedSearchCV(
            SCALED, {"ridge__alpha": loguniform(0.1, 100)}, n_iter=4, cv=ShuffleSplit(3)
        ),
        "y",
        {},
    ),
    "neighbours": (
        GridSearchCV(
            make_pipeline(StandardScaler(), KNeighborsClassifier()),
            {"kneighborsclassifier__n_neighbors": [1, 3, 5]},
        ),
        "classes",
        {},
    ),
    "forests": (
        GridSearchCV(RandomForestClassifier(random_state=0), {"n_estimators": [3, 9]}, cv=3),
        "classes",
        {},
    ),
    "kernels": (
        GridSearchCV(make_pipeline(StandardScaler(), SVC()), {"svc__C": [0.1, 10.0]}, cv=3),
        "classes",
        {},
    ),
}


@pytest.mark.usefixtures("accelerated")
@pytest.mark.parametrize("named", [False, True], ids=["arrays", "frames"])
@pytest.mark.parametrize("name", SEARCHES)
def test_a_search_is_scikit_learns(name: str, named: bool):
    search, target, given = SEARCHES[name]
    X, y, classes = table(named=named)
    params = {key: np.arange(len(y)) % 7 for key in given}
    target = y if target == "y" else classes
    found, expected = both(lambda: clone(search).fit(X, target, **params))
    assert outcomes()[f"{type(search).__name__}.fit"] == ACCELERATED, list(RECORDS)
    assert_alike(found, expected)
    assert b"skdask" not in pickle.dumps(found)


CALLS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "cross_val_score": lambda X, y, c: cross_val_score(SCALED, X, y),
    "cross_validate": lambda X, y, c: cross_validate(
        SCALED, X, y, cv=KFold(3, shuffle=True), return_train_score=True, return_indices=True
    ),
    "with estimators": lambda X, y, c: cross_validate(
        SCALED, X, y, scoring=("r2", "neg_mean_squared_error"), return_estimator=True
    ),
    "of classes": lambda X, y, c: cross_val_score(RidgeClassifier(), X, c, scoring="f1_macro"),
    "learning_curve": lambda X, y, c: learning_curve(Ridge(), X, y, train_sizes=[0.3, 0.6, 1.0]),
    "shuffled": lambda X, y, c: learning_curve(Ridge(), X, y, shuffle=True),
    "validation_curve": lambda X, y, c: validation_curve(
        SCALED, X, y, param_name="ridge__alpha", param_range=np.logspace(-2, 3, 4), cv=3
    ),
    "permutation_test_score": lambda X, y, c: permutation_test_score(
        LinearRegression(), X, y, n_permutations=9
    ),
}


@pytest.mark.usefixtures("accelerated")
@pytest.mark.parametrize("named", [False, True], ids=["arrays", "frames"])
@pytest.mark.parametrize("name", CALLS)
def test_a_function_gives_what_scikit_learns_gives(name: str, named: bool):
    data = table(named=named)
    found, expected = both(lambda: CALLS[name](*data))
    assert set(outcomes().values()) == {ACCELERATED}, list(RECORDS)
    assert_alike(found, expected)


@pytest.mark.usefixtures("accelerated")
def test_sparse_rows_are_searched_fit_by_fit():
    X, _, classes = table()
    rows = sparse.csr_array(np.where(np.abs(X) < 2, 0.0, X))
    search = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 3, 5]}, cv=3)
    found, expected = both(lambda: clone(search).fit(rows, classes))
    assert outcomes() == {"GridSearchCV.fit": ACCELERATED}
    np.testing.assert_array_equal(
        found.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )


@pytest.mark.usefixtures("within_tolerance")
def test_iterative_solvers_agree_up_to_their_tolerance_where_that_will_do():
    X, _, classes = table(600)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"logisticregression__C": [0.01, 1.0]},
        scoring="neg_log_loss",
    )
    found, expected = both(lambda: clone(search).fit(X, classes))
    assert outcomes() == {"GridSearchCV.fit": ACCELERATED}
    assert found.best_params_ == expected.best_params_
    assert found.best_score_ == pytest.approx(expected.best_score_, abs=1e-4)


def _mine(y_true: Any, y_pred: Any) -> float:
    return -float(mean_squared_error(y_true, y_pred))


class Mine(Ridge):
    """A subclass, which may do something else."""


STAYING: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "own scorer": (
        lambda X, y: GridSearchCV(Ridge(), {"alpha": [1.0]}, scoring=make_scorer(_mine)).fit(X, y),
        "a function of yours",
    ),
    "own estimator": (
        lambda X, y: GridSearchCV(Mine(), {"alpha": [1.0, 2.0]}).fit(X, y),
        "not scikit-learn's",
    ),
    "verbose": (
        lambda X, y: GridSearchCV(Ridge(), {"alpha": [1.0]}, verbose=3).fit(X, y),
        "prints every fit",
    ),
    "single precision": (lambda X, y: Ridge().fit(X.astype("float32"), y), "single precision"),
    "iterative": (
        lambda X, y: cross_val_score(Ridge(solver="lsqr"), X, y),
        "stops at a tolerance",
    ),
    "unseeded forests": (
        lambda X, y: GridSearchCV(RandomForestClassifier(), {"n_estimators": [2, 4]}, cv=3).fit(
            X, y > 0
        ),
        "no random_state fixes",
    ),
    "splits once": (
        lambda X, y: cross_val_score(Ridge(), X, y, cv=KFold(3).split(X)),
        "read once",
    ),
}


@pytest.mark.usefixtures("accelerated")
@pytest.mark.parametrize("name", STAYING)
def test_what_may_differ_stays_with_scikit_learn(name: str):
    call, why = STAYING[name]
    X, y, _ = table()
    found, expected = both(lambda: call(X, y))
    first = next(each for each in RECORDS if " > " not in each.name)
    assert first.outcome == STAYED
    assert why in first.reason
    assert_alike(found, expected)


@pytest.mark.usefixtures("accelerated")
def test_errors_of_the_data_are_scikit_learns():
    X, y, _ = table()
    X[3, 2] = np.nan
    with pytest.raises(ValueError, match="Input X contains NaN") as raised:
        Ridge().fit(X, y)
    assert raised.value.__context__ is None
    assert outcomes() == {"Ridge.fit": FELL_BACK}


@pytest.mark.usefixtures("accelerated")
def test_failed_fits_are_scored_and_warned_of_as_scikit_learn_does():
    X, y, _ = table()
    search = GridSearchCV(Ridge(), {"alpha": [1.0, -1.0]})
    with pytest.warns(UserWarning, match="non-finite"), pytest.warns(match="fits failed"):
        search.fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_score"][1])


@pytest.mark.usefixtures("accelerated")
def test_a_verbose_search_says_how_many_fits(capsys: pytest.CaptureFixture[str]):
    X, y, _ = table()
    GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, cv=3, verbose=1).fit(X, y)
    assert capsys.readouterr().out == (
        "Fitting 3 folds for each of 2 candidates, totalling 6 fits\n"
    )


def test_small_data_stays_and_loads_nothing():
    code = (
        "import sys, skdask.accel; skdask.accel.install()\n"
        "from sklearn.datasets import load_diabetes\n"
        "from sklearn.linear_model import Ridge\n"
        "from sklearn.model_selection import GridSearchCV\n"
        "X, y = load_diabetes(return_X_y=True)\n"
        "GridSearchCV(Ridge(), {'alpha': [0.1, 1.0]}).fit(X, y)\n"
        "(first, *_) = [r for r in skdask.accel.report().records if '>' not in r.name]\n"
        "print(first.outcome, first.reason[:6], 'dask' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "scikit-learn small: False\n"


@pytest.mark.usefixtures("accelerated")
def test_pickles_load_where_skdask_is_not_installed(tmp_path: Any):
    X, y, _ = table()
    search = GridSearchCV(SCALED, ALPHAS).fit(X, y)
    path = tmp_path / "search.pkl"
    path.write_bytes(pickle.dumps([search, LinearRegression().fit(X, y)]))
    code = (
        "import pickle, sys; sys.modules['skdask'] = sys.modules['dask'] = None\n"
        f"search, model = pickle.load(open({str(path)!r}, 'rb'))\n"
        "print(search.best_params_, model.predict([[0.0] * 6]).round(6))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    accel.uninstall()
    expected = LinearRegression().fit(X, y).predict([[0.0] * 6]).round(6)
    assert done.stdout == f"{search.best_params_} {expected}\n"
