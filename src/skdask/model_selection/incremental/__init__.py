"""Searches that stop bad candidates early, for estimators that learn block by block.

`decisions` says who is trained for how long; `training` reads blocks, each once for all that learn
from it; `search` has the classes.
"""

from skdask.model_selection.incremental.search import (
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    SuccessiveHalvingSearchCV,
)

__all__ = [
    "HyperbandSearchCV",
    "IncrementalSearchCV",
    "InverseDecaySearchCV",
    "SuccessiveHalvingSearchCV",
]
