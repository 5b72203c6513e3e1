"""scikit-learn's inspection of fitted models, in passes over data of any size."""

from skdask.inspection.importance import permutation_importance

__all__ = ["permutation_importance"]
