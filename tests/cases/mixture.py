"""Cases of skdask.mixture: from the same start as scikit-learn, which small data have."""

from __future__ import annotations

from typing import Any

import numpy as np

from skdask.mixture import BayesianGaussianMixture, GaussianMixture
from tests.cases.base import Case


def gaussian(kind: str = "rows", **params: Any) -> Case:
    model = GaussianMixture(2, random_state=0, tol=0.02, **params)
    return Case(model, kind, weights=None, tol=1e-6)


def bayesian(kind: str = "rows", **params: Any) -> Case:
    model = BayesianGaussianMixture(n_components=2, random_state=0, tol=5.0, **params)
    return Case(model, kind, weights=None, tol=1e-6)


CASES = [
    gaussian(),
    gaussian(covariance_type="tied"),
    gaussian(covariance_type="diag"),
    gaussian(covariance_type="spherical"),
    gaussian(init_params="k-means++"),
    gaussian(init_params="random"),
    gaussian(n_init=3),
    gaussian(
        weights_init=np.array([0.3, 0.7]), means_init=np.array([[0.0] * 5, [9.0] * 5]),
        precisions_init=np.array([1e-3, 2e-3]), covariance_type="spherical",
    ),
    bayesian(),
    bayesian(covariance_type="tied"),
    bayesian(covariance_type="diag", weight_concentration_prior_type="dirichlet_distribution"),
    bayesian(covariance_type="spherical", init_params="k-means++"),
]  # fmt: skip
