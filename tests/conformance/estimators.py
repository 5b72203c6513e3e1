"""One of each of our classes, for scikit-learn's checks, and what is expected to fail of them."""

from __future__ import annotations

from inspect import signature
from pathlib import Path
from typing import Any

from sklearn.utils.estimator_checks import estimator_checks_generator

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
_FAILURES = Path(__file__).with_name("expected_failures.yml")


class Expected:
    """What is expected to fail on data in memory, or in chunks."""

    def __init__(self, data: str) -> None:
        self._reasons = read_expected(_FAILURES, data)

    def of(self, estimator: Any) -> dict[str, str]:
        """Reasons by check."""
        return self._reasons.get(type(estimator).__name__, {})

    def unknown(self) -> list[tuple[str, str]]:
        """Those listed of which there is no such check."""
        checks = {
            type(estimator).__name__: {
                name_of(check) for _, check in estimator_checks_generator(estimator)
            }
            for estimator in ESTIMATORS
        }
        return [
            (kind, name)
            for kind, names in self._reasons.items()
            for name in names
            if name not in checks.get(kind, set())
        ]


def name_of(check: Any) -> str:
    """What a check is called."""
    return str(getattr(check, "func", check).__name__)
