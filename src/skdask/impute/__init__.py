"""Filling what is missing, on blocks."""

from skdask.impute.indicator import MissingIndicator
from skdask.impute.iterative import IterativeImputer
from skdask.impute.neighbours import KNNImputer
from skdask.impute.simple import SimpleImputer

__all__ = ["IterativeImputer", "KNNImputer", "MissingIndicator", "SimpleImputer"]
