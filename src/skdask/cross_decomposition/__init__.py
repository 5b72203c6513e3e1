"""Partial least squares and canonical correlation from the moments: one pass."""

from skdask.cross_decomposition.pls import CCA, PLSSVD, PLSCanonical, PLSRegression

__all__ = ["CCA", "PLSSVD", "PLSCanonical", "PLSRegression"]
