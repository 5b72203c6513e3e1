"""Choosing features, on blocks."""

from skdask.feature_selection.from_model import SelectFromModel
from skdask.feature_selection.functions import (
    chi2,
    f_classif,
    f_regression,
    mutual_info_classif,
    mutual_info_regression,
    r_regression,
)
from skdask.feature_selection.rfe import RFE, RFECV
from skdask.feature_selection.sequential import SequentialFeatureSelector
from skdask.feature_selection.univariate import (
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
)
from skdask.feature_selection.variance import VarianceThreshold

__all__ = [
    "RFE",
    "RFECV",
    "GenericUnivariateSelect",
    "SelectFdr",
    "SelectFpr",
    "SelectFromModel",
    "SelectFwe",
    "SelectKBest",
    "SelectPercentile",
    "SequentialFeatureSelector",
    "VarianceThreshold",
    "chi2",
    "f_classif",
    "f_regression",
    "mutual_info_classif",
    "mutual_info_regression",
    "r_regression",
]
