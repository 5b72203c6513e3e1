"""Parameters that have a path are solved together: so many decompositions as folds, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import model_selection

from skdask.decomposition import PCA
from skdask.decomposition.spectrum import Spectrum
from skdask.linear_model import Ridge, ridge
from skdask.model_selection import GridSearchCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from tests.model_selection.conftest import arranged
from tests.model_selection.test_search import assert_same_results


@pytest.mark.parametrize("how", ["memory", "array"])
def test_components_and_penalties(how: str, regression: Any, monkeypatch: Any) -> None:
    X, y = regression
    found = {"spectra": 0, "paths": 0}
    whole, path = Spectrum._whole, ridge.ridge_path

    def counted_whole(self: Spectrum) -> Any:
        found["spectra"] += 1
        return whole(self)

    def counted_path(*arguments: Any) -> Any:
        found["paths"] += 1
        return path(*arguments)

    monkeypatch.setattr(Spectrum, "_whole", counted_whole)
    monkeypatch.setattr(ridge, "ridge_path", counted_path)
    model = make_pipeline(StandardScaler(), PCA(svd_solver="covariance_eigh"), Ridge())
    grid = {
        "pca__n_components": [1, 2, 3, 5],
        "ridge__alpha": np.logspace(-2, 3, 7).tolist(),
        "pca__whiten": [True, False],
    }
    search = GridSearchCV(model, grid, cv=4, refit=False).fit(*arranged(how, X, y))
    theirs = model_selection.GridSearchCV(model.to_sklearn(), grid, cv=4, refit=False).fit(X, y)
    assert_same_results(search, theirs, rtol=1e-8)
    assert search.fit_report_.passes == 1
    # a fold; and a fold behind each of the eight transformers
    assert found == {"spectra": 4, "paths": 4 * 8}
