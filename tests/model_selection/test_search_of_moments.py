"""Searches over what is fitted from moments: scikit-learn's scores, fold by fold."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn import model_selection

import skdask
from skdask.cross_decomposition import PLSRegression
from skdask.decomposition import FactorAnalysis, TruncatedSVD
from skdask.discriminant_analysis import LinearDiscriminantAnalysis
from skdask.exceptions import MemoryBudgetError
from skdask.linear_model import BayesianRidge, Lars, Ridge, RidgeClassifier
from skdask.model_selection import GridSearchCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from tests.cases import data

SVD = TruncatedSVD(algorithm="arpack")
SEARCHES = [
    (make_pipeline(StandardScaler(), Lars()), {"lars__n_nonzero_coefs": [2, 4]}, 2),
    (BayesianRidge(), {"max_iter": [10, 300]}, 1),
    (make_pipeline(SVD, Ridge()), {"truncatedsvd__n_components": [2, 3]}, 1),
    (
        make_pipeline(FactorAnalysis(svd_method="lapack"), Ridge()),
        {"factoranalysis__n_components": [1, 2]},
        1,
    ),
    (PLSRegression(), {"n_components": [1, 3]}, 2),
    (RidgeClassifier(), {"alpha": [1.0, 1e4]}, 3),
    (LinearDiscriminantAnalysis(), {"tol": [1e-4, 1e-3]}, 3),
]


@pytest.mark.parametrize(("model", "grid", "passes"), SEARCHES, ids=str)
def test_scores(model: Any, grid: dict[str, Any], passes: int) -> None:
    words = "Classifier" in repr(model) or "Discriminant" in repr(model)
    rows = data("three words" if words else "regression")
    X, y = (da.from_array(part, chunks=(40, -1)[: part.ndim]) for part in (rows.X, rows.y))
    found = GridSearchCV(model, grid, cv=3).fit(X, y)
    expected = model_selection.GridSearchCV(model.to_sklearn(), grid, cv=3).fit(rows.X, rows.y)
    for name in ("mean_test_score", "split2_test_score"):
        np.testing.assert_allclose(found.cv_results_[name], expected.cv_results_[name], rtol=1e-8)
    assert found.fit_report_.passes <= passes


def test_probabilities_that_are_not_there() -> None:
    rows = data("two classes")
    search = GridSearchCV(RidgeClassifier(), {"alpha": [1.0]}, scoring="neg_log_loss")
    with (
        skdask.config.set(memory_limit="10KB"),
        pytest.raises(MemoryBudgetError, match="RidgeClassifier has no predict_proba"),
    ):
        search.fit(da.from_array(rows.X, chunks=(40, -1)), rows.y)
