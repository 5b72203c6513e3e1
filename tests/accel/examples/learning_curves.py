"""Learning curves, drawn."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import Ridge
from sklearn.model_selection import LearningCurveDisplay, ShuffleSplit, learning_curve
from sklearn.naive_bayes import GaussianNB

X, y = load_diabetes(return_X_y=True)
cv = ShuffleSplit(n_splits=5, test_size=0.2, random_state=0)
sizes, train, test = learning_curve(Ridge(), X, y, cv=cv, train_sizes=np.linspace(0.2, 1.0, 5))
for size, a, b in zip(sizes, train.mean(axis=1), test.mean(axis=1), strict=True):
    print(f"{size:4d} rows: {a:.6f} on training rows, {b:.6f} on test rows")
figure, axes = plt.subplots()
digits = load_digits()
display = LearningCurveDisplay.from_estimator(
    GaussianNB(), digits.data, digits.target, ax=axes, cv=3
)
print(type(display).__module__, display.train_sizes, display.test_scores.mean(axis=1).round(5))
