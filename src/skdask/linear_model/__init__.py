"""Linear models: least squares and its penalised kin in one pass, logistic in a few."""

from skdask.linear_model.elastic_net import ElasticNet, Lasso
from skdask.linear_model.least_squares import LinearRegression
from skdask.linear_model.logistic import LogisticRegression
from skdask.linear_model.ridge import Ridge

__all__ = ["ElasticNet", "Lasso", "LinearRegression", "LogisticRegression", "Ridge"]
