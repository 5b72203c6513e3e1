"""Penalties chosen by cross-validation, and coefficients along the path."""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import ElasticNetCV, LassoCV, LassoLarsCV, Ridge, RidgeCV, lars_path
from sklearn.preprocessing import StandardScaler

X, y = load_diabetes(return_X_y=True)
X = StandardScaler().fit_transform(X)
for model in (LassoCV(cv=5), LassoLarsCV(cv=5), ElasticNetCV(l1_ratio=[0.5, 0.9])):
    model.fit(X, y)
    print(type(model).__name__, f"{model.alpha_:.6f}", model.coef_.round(5))
model = RidgeCV(np.logspace(-2, 3, 9)).fit(X, y)
print(model.alpha_, round(float(model.best_score_), 5), model.coef_.round(5))
for alpha in np.logspace(-1, 4, 4):
    print(f"{alpha:10.1f}", Ridge(alpha).fit(X, y).coef_.round(5))
alphas, active, coefficients = lars_path(X, y, method="lasso")
print(active, np.abs(coefficients[:, -1]).sum().round(4))
