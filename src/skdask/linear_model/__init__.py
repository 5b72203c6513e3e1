"""Linear models: least squares and its penalised kin in one pass, logistic in a few."""

from skdask.linear_model.bayes import ARDRegression, BayesianRidge
from skdask.linear_model.elastic_net import ElasticNet, Lasso
from skdask.linear_model.glm import GammaRegressor, PoissonRegressor, TweedieRegressor
from skdask.linear_model.huber import HuberRegressor
from skdask.linear_model.least_angle import Lars, LassoLars, LassoLarsIC
from skdask.linear_model.least_squares import LinearRegression
from skdask.linear_model.logistic import LogisticRegression
from skdask.linear_model.logistic_cv import LogisticRegressionCV
from skdask.linear_model.matching_pursuit import OrthogonalMatchingPursuit
from skdask.linear_model.multi_task import MultiTaskElasticNet, MultiTaskLasso
from skdask.linear_model.path_cv import (
    ElasticNetCV,
    LarsCV,
    LassoCV,
    LassoLarsCV,
    MultiTaskElasticNetCV,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuitCV,
)
from skdask.linear_model.quantile import QuantileRegressor
from skdask.linear_model.ridge import Ridge
from skdask.linear_model.ridge_classifier import RidgeClassifier
from skdask.linear_model.ridge_classifier_cv import RidgeClassifierCV
from skdask.linear_model.ridge_cv import RidgeCV

__all__ = [
    "ARDRegression",
    "BayesianRidge",
    "ElasticNet",
    "ElasticNetCV",
    "GammaRegressor",
    "HuberRegressor",
    "Lars",
    "LarsCV",
    "Lasso",
    "LassoCV",
    "LassoLars",
    "LassoLarsCV",
    "LassoLarsIC",
    "LinearRegression",
    "LogisticRegression",
    "LogisticRegressionCV",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
    "MultiTaskLasso",
    "MultiTaskLassoCV",
    "OrthogonalMatchingPursuit",
    "OrthogonalMatchingPursuitCV",
    "PoissonRegressor",
    "QuantileRegressor",
    "Ridge",
    "RidgeCV",
    "RidgeClassifier",
    "RidgeClassifierCV",
    "TweedieRegressor",
]
