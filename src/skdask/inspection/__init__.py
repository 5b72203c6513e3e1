"""scikit-learn's inspection of fitted models, in passes over data of any size."""

from skdask.inspection.dependence import partial_dependence
from skdask.inspection.displays import DecisionBoundaryDisplay, PartialDependenceDisplay
from skdask.inspection.importance import permutation_importance

__all__ = [
    "DecisionBoundaryDisplay",
    "PartialDependenceDisplay",
    "partial_dependence",
    "permutation_importance",
]
