"""scikit-learn's own checks of an estimator hold for ours on data in memory.

What is expected to fail is in `expected_failures.yml`, each with its reason. A check that is listed
there and passes is a failure, and so is one that there is not.
"""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator, parametrize_with_checks

from skdask.linear_model import LogisticRegression
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes.twins import our_classes
from tests.conformance.expected import read_expected

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
    "SpectralBiclustering": {"n_init": 2, "n_best": 1, "n_clusters": 2},
    "SpectralCoclustering": {"n_init": 2, "n_clusters": 2},
    # for so few rows and features
    **{
        name: {"n_components": 2} for name in ("GaussianRandomProjection", "SparseRandomProjection")
    },
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
EXPECTED = read_expected(Path(__file__).with_name("expected_failures.yml"))


def expected_failures(estimator: Any) -> dict[str, str]:
    return EXPECTED.get(type(estimator).__name__, {})


@parametrize_with_checks(  # type: ignore[untyped-decorator]
    ESTIMATORS, expected_failed_checks=expected_failures, xfail_strict=True
)
@pytest.mark.filterwarnings("ignore")
def test_check(estimator: Any, check: Any) -> None:
    check(estimator)


def test_what_is_expected_to_fail_is_there() -> None:
    checks: dict[str, set[str]] = {}
    for estimator in ESTIMATORS:
        made = estimator_checks_generator(estimator)
        checks[type(estimator).__name__] = {name_of(check) for _, check in made}
    unknown = [
        (kind, name)
        for kind, names in EXPECTED.items()
        for name in names
        if name not in checks.get(kind, set())
    ]
    assert unknown == []


def name_of(check: Any) -> str:
    return str(getattr(check, "func", check).__name__)
