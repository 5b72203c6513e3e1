"""Candidates that scikit-learn refuses: failures among candidates that are searched on blocks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import model_selection
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdask.model_selection import GridSearchCV, RandomizedSearchCV
from tests.model_selection.conftest import arranged
from tests.model_selection.test_search import assert_same_results


@pytest.mark.parametrize("how", ["memory", "array", "frame"])
@pytest.mark.parametrize("error_score", [np.nan, -3.0])
def test_they_are_scored_as_failures(how: str, error_score: float, regression: Any) -> None:
    X, y = regression
    model = make_pipeline(StandardScaler(), Ridge())
    grid = {"ridge__alpha": [-1.0, 0.1, 10.0, -2.0, 1.0]}
    options: dict[str, Any] = {
        "scoring": ["r2", "neg_mean_squared_error"],
        "refit": "r2",
        "return_train_score": True,
        "error_score": error_score,
    }
    with pytest.warns(FitFailedWarning, match="10 fits failed out of a total of 25"):
        theirs = model_selection.GridSearchCV(model, grid, **options).fit(X, y)
    with pytest.warns(FitFailedWarning, match="10 fits failed out of a total of 25"):
        ours = GridSearchCV(model, grid, **options).fit(*arranged(how, X, y))
    assert_same_results(ours, theirs)
    assert ours.best_params_ == theirs.best_params_
    if how != "memory":
        # rows of a Dask DataFrame are counted first
        assert ours.fit_report_.passes == 1 + (how == "frame")


def test_those_that_iterate_are_refitted_near_their_own(classification: Any) -> None:
    X, y = classification
    grid = {"C": [-1.0, 0.1, 1.0]}
    with pytest.warns(FitFailedWarning):
        theirs = model_selection.GridSearchCV(LogisticRegression(), grid).fit(X, y)
    with pytest.warns(FitFailedWarning):
        ours = GridSearchCV(LogisticRegression(), grid).fit(*arranged("array", X, y))
    assert ours.best_params_ == theirs.best_params_
    np.testing.assert_allclose(ours.best_estimator_.coef_, theirs.best_estimator_.coef_, atol=1e-2)
    np.testing.assert_allclose(
        ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], atol=0.02
    )


def test_all_of_them_and_raise(regression: Any) -> None:
    rows = arranged("array", *regression)
    with pytest.raises(ValueError, match="'alpha' parameter of Ridge"):
        GridSearchCV(Ridge(), {"alpha": [-1.0, -2.0]}).fit(*rows)
    with pytest.raises(ValueError, match="'alpha' parameter of Ridge"):
        RandomizedSearchCV(Ridge(), {"alpha": [-1.0, 2.0]}, n_iter=2, error_score="raise").fit(
            *rows
        )
