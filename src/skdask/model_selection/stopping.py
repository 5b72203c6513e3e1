"""Searches that stop bad candidates early: by rungs of rows, or by blocks learnt from."""

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
    "SuccessiveHalvingSearchCV",
]
