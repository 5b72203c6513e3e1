"""scikit-learn's own checks of an estimator hold for ours on data in memory."""

from __future__ import annotations

from inspect import signature
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from skdask.linear_model import LogisticRegression
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes.twins import our_classes

# scikit-learn's own checks fit these to a single target, and to few rows of a class
PARAMETERS: dict[str, dict[str, Any]] = {
    **{name: {"n_components": 1} for name in ("CCA", "PLSCanonical", "PLSSVD")},
    # scikit-learn's default from 1.9 on; its one before takes no weights
    "KBinsDiscretizer": {"quantile_method": "averaged_inverted_cdf"},
    "LogisticRegressionCV": {"cv": 3},
    # by which fit_transform agrees with transform
    "DictionaryLearning": {"max_iter": 20, "transform_algorithm": "lasso_lars"},
    "MiniBatchNMF": {"batch_size": 10, "max_iter": 20, "fresh_restarts": True},
    "NMF": {"max_iter": 500},
}


def without_arguments() -> list[Any]:
    """One of each of our classes that needs no arguments."""
    made = []
    for kind in our_classes().values():
        parameters = list(signature(kind).parameters.values())
        if all(parameter.default is not parameter.empty for parameter in parameters):
            made.append(kind(**PARAMETERS.get(kind.__name__, {})))
    return made


ESTIMATORS = [
    *without_arguments(),
    make_pipeline(StandardScaler(), LogisticRegression()),
]

# what scikit-learn expects of its own classes as well
STEPS = "a Pipeline's steps are fitted in place, and the list of them is copied"
DRAWS = "rows are drawn one by one, so a weight draws other rows than repetition"
WEIGHTS_DRAW = {
    "check_sample_weight_equivalence_on_dense_data": DRAWS,
    "check_sample_weight_equivalence_on_sparse_data": DRAWS,
}
ITERATIVE = "scikit-learn's own solver stops too far from the optimum on data in memory"
WEIGHTS = {
    "check_sample_weight_equivalence_on_dense_data": ITERATIVE,
    "check_sample_weight_equivalence_on_sparse_data": ITERATIVE,
}
EXPECTED_FAILURES = {
    "BisectingKMeans": WEIGHTS_DRAW,
    "HuberRegressor": WEIGHTS,
    "LinearSVC": WEIGHTS,
    "LinearSVR": WEIGHTS,
    "KMeans": WEIGHTS_DRAW,
    "LassoLarsIC": {"check_fit2d_1sample": "its message is of the number of features"},
    "LogisticRegressionCV": {
        "check_non_transformer_estimators_n_iter": "a penalty may need none after the one before",
    },
    "MiniBatchKMeans": WEIGHTS_DRAW,
    "RidgeClassifier": {"check_non_transformer_estimators_n_iter": "as Ridge"},
    "Ridge": {"check_non_transformer_estimators_n_iter": "direct solvers do not iterate"},
    "Pipeline": {
        "check_dont_overwrite_parameters": STEPS,
        "check_estimators_overwrite_params": STEPS,
    },
}


def expected_failures(estimator: Any) -> dict[str, str]:
    return EXPECTED_FAILURES.get(type(estimator).__name__, {})


@parametrize_with_checks(ESTIMATORS, expected_failed_checks=expected_failures)  # type: ignore[untyped-decorator]
@pytest.mark.filterwarnings("ignore")
def test_check(estimator: Any, check: Any) -> None:
    check(estimator)
