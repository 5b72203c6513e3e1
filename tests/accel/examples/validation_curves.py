"""How the penalty decides between over- and underfitting."""

import numpy as np
from sklearn.datasets import load_digits, make_regression
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.model_selection import validation_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

X, y = make_regression(200, 4, noise=30, random_state=0)
model = make_pipeline(StandardScaler(), PolynomialFeatures(2), Ridge())
values = np.logspace(-3, 3, 5)
train, test = validation_curve(model, X, y, param_name="ridge__alpha", param_range=values, cv=4)
print(train.round(6))
print(test.round(6))
digits = load_digits(n_class=4)
train, test = validation_curve(
    RidgeClassifier(), digits.data, digits.target, param_name="alpha", param_range=[1.0, 1e4]
)
print(train.mean(axis=1).round(6), test.mean(axis=1).round(6))
