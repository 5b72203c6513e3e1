"""A search within cross-validation, against the score of the search itself."""

import numpy as np
from sklearn.datasets import load_diabetes, load_iris
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.svm import SVC

X, y = load_diabetes(return_X_y=True)
differences = []
for trial in range(3):
    inner = KFold(4, shuffle=True, random_state=trial)
    outer = KFold(4, shuffle=True, random_state=trial + 10)
    search = GridSearchCV(Ridge(), {"alpha": [0.001, 0.1, 1.0]}, cv=inner).fit(X, y)
    nested = cross_val_score(search, X, y, cv=outer).mean()
    differences.append(search.best_score_ - nested)
    print(f"trial {trial}: {search.best_score_:.6f}, nested {nested:.6f}")
print(f"average difference {np.mean(differences):.6f}")
X, y = load_iris(return_X_y=True)
search = GridSearchCV(SVC(), {"C": [1, 10], "gamma": [0.01, 0.1]}, cv=3)
print(cross_val_score(search, X, y, cv=3).round(6))
