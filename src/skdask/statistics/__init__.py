"""Mergeable statistics: pure mathematics over rows, no Dask and no reading."""

from skdask.statistics.affine import Affine
from skdask.statistics.association import Association, AssociationState
from skdask.statistics.base import Statistic
from skdask.statistics.class_columns import ClassColumns
from skdask.statistics.classes import ClassMoments, ClassSummary, FourthMoments
from skdask.statistics.columns import ColumnMoments, ColumnSummary, Extremes, Range
from skdask.statistics.deviances import TweedieProblem
from skdask.statistics.factor import Factor
from skdask.statistics.glm import GlmGradient, GlmHessian, Problem
from skdask.statistics.huber import HuberProblem
from skdask.statistics.labels import ClassTable, Codes, Labels
from skdask.statistics.logistic import LogisticProblem
from skdask.statistics.margins import SquaredHinge, SquaredTube
from skdask.statistics.moments import Moments
from skdask.statistics.response import ResponseScores, ResponseTotals
from skdask.statistics.summary import MomentSummary
from skdask.statistics.target import TargetMoments, TargetSummary

__all__ = [
    "Affine",
    "Association",
    "AssociationState",
    "ClassColumns",
    "ClassMoments",
    "ClassSummary",
    "ClassTable",
    "Codes",
    "ColumnMoments",
    "ColumnSummary",
    "Extremes",
    "Factor",
    "FourthMoments",
    "GlmGradient",
    "GlmHessian",
    "HuberProblem",
    "Labels",
    "LogisticProblem",
    "MomentSummary",
    "Moments",
    "Problem",
    "Range",
    "ResponseScores",
    "ResponseTotals",
    "SquaredHinge",
    "SquaredTube",
    "Statistic",
    "TargetMoments",
    "TargetSummary",
    "TweedieProblem",
]
