"""One search judged by several metrics, and tests by permutation."""

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import Lasso, RidgeClassifier
from sklearn.model_selection import GridSearchCV, StratifiedKFold, permutation_test_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, y = load_breast_cancer(return_X_y=True)
search = GridSearchCV(
    make_pipeline(StandardScaler(), RidgeClassifier()),
    {"ridgeclassifier__alpha": np.logspace(-2, 4, 4)},
    scoring={"accuracy": "accuracy", "F1": "f1", "balanced": "balanced_accuracy"},
    refit="balanced",
    cv=StratifiedKFold(4),
    return_train_score=True,
).fit(X, y)
for name in ("accuracy", "F1", "balanced"):
    print(name, search.cv_results_[f"mean_test_{name}"].round(6))
    print(name, search.cv_results_[f"mean_train_{name}"].round(6))
print(search.best_params_, search.best_index_, search.scorer_)
X, y = load_diabetes(return_X_y=True)
score, others, pvalue = permutation_test_score(Lasso(0.1), X, y, n_permutations=15, cv=3)
print(f"{score:.6f} {others.max():.6f} {pvalue:.4f}", repr(pvalue))
