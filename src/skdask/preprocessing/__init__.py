"""Preprocessing: scikit-learn's scalers on blocks."""

from skdask.preprocessing.min_max import MinMaxScaler
from skdask.preprocessing.standard import StandardScaler

__all__ = ["MinMaxScaler", "StandardScaler"]
