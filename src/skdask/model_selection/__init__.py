"""Searches and cross-validation that cost passes over the data, not fits."""

from sklearn.model_selection import KFold, StratifiedKFold

from skdask.model_selection.halving import HalvingGridSearchCV, HalvingRandomSearchCV
from skdask.model_selection.incremental import (
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    SuccessiveHalvingSearchCV,
)
from skdask.model_selection.search import GridSearchCV, RandomizedSearchCV
from skdask.model_selection.validation import cross_val_score, cross_validate

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "IncrementalSearchCV",
    "InverseDecaySearchCV",
    "KFold",
    "RandomizedSearchCV",
    "StratifiedKFold",
    "SuccessiveHalvingSearchCV",
    "cross_val_score",
    "cross_validate",
]
