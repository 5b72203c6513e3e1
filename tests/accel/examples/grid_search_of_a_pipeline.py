"""Balance of dimensionality reduction and penalty in one search."""

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_diabetes(return_X_y=True)
model = Pipeline([("scale", StandardScaler()), ("pca", PCA()), ("ridge", Ridge())])
grid = {"pca__n_components": [2, 5, 8], "ridge__alpha": np.logspace(-2, 3, 6)}
search = GridSearchCV(model, grid, cv=5).fit(X, y)
print("best", search.best_params_)
print(f"score {search.best_score_:.6f}")
for params, mean, std in zip(
    search.cv_results_["params"],
    search.cv_results_["mean_test_score"],
    search.cv_results_["std_test_score"],
    strict=True,
):
    print(f"{mean:.5f} (+/- {std:.5f}) for {params}")
print(search.best_estimator_)
print(search.predict(X[:5]).round(4))
