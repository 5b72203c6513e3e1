"""Models that have no shared passes: kernels, trees, neighbours, networks."""

import warnings

from sklearn.datasets import load_wine
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, export_text

warnings.simplefilter("ignore")
X, y = load_wine(return_X_y=True)
models = [
    SVC(gamma=0.001),
    DecisionTreeClassifier(random_state=0),
    RandomForestClassifier(10, random_state=0),
    GradientBoostingClassifier(n_estimators=5, random_state=0),
    GaussianProcessClassifier(random_state=0),
    MLPClassifier((5,), max_iter=30, random_state=0),
]
for model in models:
    scores = cross_val_score(make_pipeline(StandardScaler(), model), X, y, cv=3)
    print(f"{type(model).__name__:30} {scores.round(6)}")
search = GridSearchCV(
    make_pipeline(StandardScaler(), KNeighborsClassifier()),
    {"kneighborsclassifier__n_neighbors": range(1, 12, 2)},
).fit(X, y)
print(search.best_params_, search.cv_results_["mean_test_score"].round(6))
search = GridSearchCV(
    GradientBoostingClassifier(random_state=0), {"n_estimators": [2, 4, 8]}, cv=3
).fit(X, y)
print(search.best_params_, search.cv_results_["mean_test_score"].round(6))
print(export_text(DecisionTreeClassifier(max_depth=2, random_state=0).fit(X, y)))
