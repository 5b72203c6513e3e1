"""Searches that learn from what they tried: by rungs, by blocks, by Optuna's samplers."""

from skdask.model_selection.bayesian import OptunaSearchCV
from skdask.model_selection.halving import HalvingGridSearchCV, HalvingRandomSearchCV
from skdask.model_selection.incremental import (
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    SuccessiveHalvingSearchCV,
)

__all__ = [
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "IncrementalSearchCV",
    "InverseDecaySearchCV",
    "OptunaSearchCV",
    "SuccessiveHalvingSearchCV",
]
