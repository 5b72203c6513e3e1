"""Penalties chosen by cross-validation: one pass, any partition, pipelines."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn import linear_model, model_selection
from sklearn.model_selection import KFold, ShuffleSplit

from skdask import config
from skdask.exceptions import MemoryBudgetError, UnsupportedError
from skdask.linear_model import (
    ElasticNetCV,
    LarsCV,
    LassoCV,
    LassoLarsCV,
    MultiTaskElasticNetCV,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuitCV,
)
from skdask.model_selection import GridSearchCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from tests.cases import data
from tests.oracle import assert_same_fit

GAP = ("dual_gap_",)
MODELS = [
    ElasticNetCV(alphas=8),
    LarsCV(),
    LassoCV(alphas=8),
    LassoLarsCV(),
    MultiTaskElasticNetCV(alphas=8),
    MultiTaskLassoCV(alphas=8),
    OrthogonalMatchingPursuitCV(),
]


def rows_of(model: Any) -> tuple[Any, Any]:
    rows = data("targets" if "Multi" in repr(model) else "regression")
    return rows.X, rows.y


@pytest.fixture(autouse=True)
def _blocks_of_thirty() -> Any:
    with config.set(block_bytes=8 * 6 * 30):
        yield


def lazy(values: np.ndarray) -> Any:
    return da.from_array(values, chunks=(50, -1)[: values.ndim])


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_all_folds_cost_one_pass(model: Any) -> None:
    X, y = rows_of(model)
    model.fit(lazy(X), lazy(y))
    assert model.fit_report_.passes == 1
    assert len(model.fit_report_.log) == 1


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize(
    "cv",
    [3, KFold(4, shuffle=True, random_state=0), list(KFold(3).split(np.zeros(203)))],
    ids=["number", "splitter", "splits"],
)
def test_any_partition(model: Any, cv: Any) -> None:
    X, y = rows_of(model)
    found = type(model)(**{**model.get_params(), "cv": cv}).fit(lazy(X), lazy(y))
    assert_same_fit(found, found.to_sklearn().fit(X, y), tol=1e-8, skip=GAP)


def test_other_splits_are_refused() -> None:
    X, y = rows_of(LassoCV())
    with pytest.raises(UnsupportedError, match="does not put every row into exactly one test set"):
        LassoCV(cv=ShuffleSplit(3)).fit(lazy(X), lazy(y))


@pytest.mark.parametrize("model", [LassoCV(alphas=8), LarsCV()], ids=str)
def test_at_the_end_of_a_pipeline(model: Any) -> None:
    X, y = rows_of(model)
    found = make_pipeline(StandardScaler(), model).fit(lazy(X), lazy(y))
    assert found.fit_report_.passes == 1
    assert_same_fit(found, found.to_sklearn().fit(X, y), tol=1e-8, skip=GAP)


def test_within_a_search_it_is_fitted_in_memory() -> None:
    X, y = rows_of(LassoCV())
    grid = {"eps": [1e-2, 1e-3]}
    found = GridSearchCV(LassoCV(), grid).fit(lazy(X), lazy(y))
    expected = model_selection.GridSearchCV(linear_model.LassoCV(), grid).fit(X, y)
    for key in ("mean_test_score", "std_test_score"):
        np.testing.assert_allclose(found.cv_results_[key], expected.cv_results_[key], rtol=1e-9)
    with pytest.raises(MemoryBudgetError), config.set(memory_limit="1MiB"):
        GridSearchCV(LassoCV(), grid).fit(lazy(X), lazy(y))


def test_targets_of_the_wrong_shape() -> None:
    X, y = rows_of(LassoCV())
    with pytest.raises(ValueError, match="For multi-task outputs, use MultiTaskLassoCV"):
        LassoCV().fit(lazy(X), lazy(np.column_stack([y, y])))
    with pytest.raises(ValueError, match="For mono-task outputs, use LassoCV"):
        MultiTaskLassoCV().fit(lazy(X), lazy(y))
