"""Names of columns through transformers that give frames, and estimators of one's own."""

import numpy as np
import pandas as pd
from sklearn import set_config
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


class Halved(RegressorMixin, BaseEstimator):
    """Half of what a straight line says."""

    def __init__(self, by=2.0):
        self.by = by

    def fit(self, X, y):
        self.model_ = LinearRegression().fit(X, y)
        return self

    def predict(self, X):
        return self.model_.predict(X) / self.by


X, y = load_diabetes(return_X_y=True, as_frame=True)
model = make_pipeline(StandardScaler(), Ridge()).set_output(transform="pandas")
search = GridSearchCV(model, {"ridge__alpha": [0.1, 10.0]}).fit(X, y)
print(search.feature_names_in_, search.best_estimator_[-1].feature_names_in_)
print(pd.Series(search.best_estimator_[-1].coef_, X.columns).round(5))
search = GridSearchCV(Halved(), {"by": [1.0, 2.0]}, cv=3).fit(X, y)
print(search.best_params_, round(search.best_score_, 6))
print(np.round(cross_val_predict(LinearRegression(), X, y, cv=4)[:4], 5))
set_config(transform_output="pandas")
print(StandardScaler().fit_transform(X).iloc[0].round(5).tolist())
set_config(transform_output="default")
print(LinearRegression().fit(X, y).feature_names_in_)
