"""Searches and cross-validation that cost passes over the data, not fits."""

from sklearn.model_selection import KFold, StratifiedKFold

from skdask.model_selection.search import GridSearchCV, RandomizedSearchCV
from skdask.model_selection.stopping import (
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    SuccessiveHalvingSearchCV,
)
from skdask.model_selection.validation import cross_val_score, cross_validate

__all__ = [
    "GridSearchCV",
    "KFold",
    "RandomizedSearchCV",
    "StratifiedKFold",
    "cross_val_score",
    "cross_validate",
]

# searches that stop bad candidates early
__all__ += [
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "IncrementalSearchCV",
    "InverseDecaySearchCV",
    "SuccessiveHalvingSearchCV",
]
