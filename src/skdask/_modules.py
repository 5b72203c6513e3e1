"""The modules of scikit-learn that have one of ours: the one list that a new module joins."""

from __future__ import annotations

# whose public classes are estimators of ours, each paired with scikit-learn's
ESTIMATOR_MODULES = (
    "cluster",
    "compose",
    "covariance",
    "cross_decomposition",
    "decomposition",
    "discriminant_analysis",
    "dummy",
    "feature_extraction",
    "feature_selection",
    "impute",
    "isotonic",
    "kernel_approximation",
    "linear_model",
    "mixture",
    "naive_bayes",
    "neighbors",
    "pipeline",
    "preprocessing",
    "random_projection",
    "svm",
)

# modules of estimators within them
INNER_MODULES = ("feature_extraction.text",)
