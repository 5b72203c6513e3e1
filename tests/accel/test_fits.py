"""Single fits: the user's object has what scikit-learn would have left on it, to rounding."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone

from skdask import accel
from skdask.accel.targets import TARGETS
from tests.cases import CASES, Case, data
from tests.oracle import assert_same

CLASSES = {name for target in TARGETS for name in target.classes}
FITTED = [case for case in CASES if type(case.theirs()).__name__ in CLASSES and not case.sparse]
# what a model of the same rows is computed from, in another order of sums
LOOSE = {"dual_gap_": np.inf, "scores_": 1e-6}


def _outcome(estimator: Any, X: Any, y: Any, params: dict[str, Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(X, y, **params)


def assert_same_object(found: Any, expected: Any, tol: float) -> None:
    """Everything on the object, private attributes too, in scikit-learn's types."""
    assert type(found) is type(expected)
    assert set(vars(found)) == set(vars(expected))
    for name, value in vars(expected).items():
        if name in expected.get_params(deep=False):
            continue
        if isinstance(value, BaseEstimator):
            assert_same_object(vars(found)[name], value, tol)
            continue
        assert_same(name, vars(found)[name], value, value, LOOSE.get(name, tol))


@pytest.mark.usefixtures("accelerated")
@pytest.mark.parametrize("named", [False, True], ids=["arrays", "frames"])
@pytest.mark.parametrize("case", FITTED, ids=str)
def test_a_fit_leaves_what_scikit_learn_leaves(case: Case, named: bool):
    rows = data(case.kind).in_dtype("float64")
    X = pd.DataFrame(rows.X, columns=[f"x{i}" for i in range(rows.X.shape[1])])
    X = X if named else rows.X
    params = case.fit_params(rows.sample_weight)
    found = _outcome(clone(case.theirs()), X, rows.y, params)
    accel.uninstall()
    expected = _outcome(clone(case.theirs()), X, rows.y, params)
    assert_same_object(found, expected, max(case.tol, 1e-7))
