"""Filling what is missing, on blocks."""

from skdask.impute.simple import SimpleImputer

__all__ = ["SimpleImputer"]
