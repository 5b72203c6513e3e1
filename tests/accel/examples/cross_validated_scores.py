"""Scores of several linear models by cross-validation."""

from sklearn.datasets import load_diabetes
from sklearn.linear_model import BayesianRidge, ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.model_selection import KFold, ShuffleSplit, cross_val_score, cross_validate

X, y = load_diabetes(return_X_y=True)
for model in (LinearRegression(), Ridge(0.1), Lasso(0.1), ElasticNet(0.01), BayesianRidge()):
    for cv in (5, KFold(4, shuffle=True, random_state=0), ShuffleSplit(3, random_state=1)):
        scores = cross_val_score(model, X, y, cv=cv)
        print(f"{model!s:25} {scores.mean():.6f} +/- {scores.std():.6f}")
found = cross_validate(Ridge(), X, y, scoring=("r2", "neg_mean_squared_error"), cv=3)
print(sorted(found), found["test_r2"].round(6), found["test_neg_mean_squared_error"].round(3))
