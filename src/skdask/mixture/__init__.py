"""Mixture models: scikit-learn's mixtures on blocks."""

from skdask.mixture.bayesian import BayesianGaussianMixture
from skdask.mixture.gaussian import GaussianMixture

__all__ = ["BayesianGaussianMixture", "GaussianMixture"]
