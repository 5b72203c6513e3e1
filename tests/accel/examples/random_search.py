"""Candidates that are drawn, from a seed and from the global random state."""

import numpy as np
from scipy.stats import loguniform, randint
from sklearn.datasets import load_diabetes, load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import ElasticNet
from sklearn.model_selection import KFold, RandomizedSearchCV

X, y = load_diabetes(return_X_y=True)
given = {"alpha": loguniform(1e-4, 1), "l1_ratio": [0.2, 0.5, 0.9]}
np.random.seed(0)  # noqa: NPY002
for random_state, cv in ((0, 3), (None, KFold(3, shuffle=True))):
    search = RandomizedSearchCV(ElasticNet(), given, n_iter=6, random_state=random_state, cv=cv)
    search.fit(X, y)
    print(search.best_params_, round(search.best_score_, 6))
    print(np.array([p["alpha"] for p in search.cv_results_["params"]]).round(6))
print(np.random.random(2))  # noqa: NPY002
X, y = load_digits(n_class=3, return_X_y=True)
search = RandomizedSearchCV(
    RandomForestClassifier(random_state=0, n_estimators=5),
    {"max_depth": randint(2, 6), "n_estimators": [3, 6, 9]},
    n_iter=5,
    random_state=1,
    cv=2,
).fit(X, y)
print(search.best_params_, round(search.best_score_, 6))
