"""Mergeable statistics: pure mathematics over rows, no Dask and no reading."""

from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic
from skdask.statistics.classes import ClassMoments, ClassSummary, FourthMoments
from skdask.statistics.columns import ColumnMoments, ColumnSummary, Extremes, Range
from skdask.statistics.factor import Factor
from skdask.statistics.labels import ClassTable, Codes, Labels
from skdask.statistics.logistic import LogisticGradient, LogisticHessian, LogisticProblem
from skdask.statistics.moments import Moments
from skdask.statistics.summary import MomentSummary

__all__ = [
    "Affine",
    "ClassMoments",
    "ClassSummary",
    "ClassTable",
    "Codes",
    "ColumnMoments",
    "ColumnSummary",
    "Extremes",
    "Factor",
    "FourthMoments",
    "Labels",
    "LogisticGradient",
    "LogisticHessian",
    "LogisticProblem",
    "MomentSummary",
    "Moments",
    "Range",
    "Statistic",
]
