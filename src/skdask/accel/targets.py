"""What is given another inside, and which route is asked about it.

Names alone, so that nothing of scikit-learn's or of ours is imported before it is used.
"""

from __future__ import annotations

from dataclasses import dataclass

_SEARCH = "sklearn.model_selection._search"
_VALIDATION = "sklearn.model_selection._validation"
_LINEAR = "sklearn.linear_model."


@dataclass(frozen=True)
class Target:
    """A function or a method of scikit-learn's.

    Attributes
    ----------
    module : str
        Where it is defined.
    name : str
        Within the module, dotted for a method.
    route : str
        ``module:function`` in `skdask.accel`: called with the arguments by name, it returns the
        result, or raises `Stay` to leave the call to scikit-learn.
    classes : tuple of str
        Of a method: the classes whose objects it concerns. Subclasses may do something else.
    calls : str
        A target that this one hands its arguments to, which then need not be asked as well.
    """

    module: str
    name: str
    route: str
    classes: tuple[str, ...] = ()
    calls: str = ""


def _fit(module: str, owner: str, *classes: str) -> Target:
    return Target(module, f"{owner}.fit", "fits:fit", classes or (owner,))


TARGETS: tuple[Target, ...] = (
    Target(_SEARCH, "BaseSearchCV.fit", "searches:search", ("GridSearchCV", "RandomizedSearchCV")),
    Target(_VALIDATION, "cross_validate", "validation:cross_validate"),
    Target(_VALIDATION, "cross_val_score", "validation:cross_val_score", calls="cross_validate"),
    Target(_VALIDATION, "learning_curve", "validation:learning_curve"),
    Target(_VALIDATION, "validation_curve", "validation:validation_curve"),
    Target(_VALIDATION, "permutation_test_score", "validation:permutation_test_score"),
    _fit(_LINEAR + "_base", "LinearRegression"),
    _fit(_LINEAR + "_ridge", "Ridge"),
    _fit(_LINEAR + "_ridge", "RidgeClassifier"),
    _fit(_LINEAR + "_ridge", "RidgeCV"),
    _fit(_LINEAR + "_ridge", "RidgeClassifierCV"),
    _fit(_LINEAR + "_coordinate_descent", "ElasticNet", "ElasticNet", "Lasso"),
    _fit(_LINEAR + "_coordinate_descent", "LinearModelCV", "ElasticNetCV", "LassoCV"),
    _fit(_LINEAR + "_least_angle", "Lars", "Lars", "LassoLars"),
    _fit(_LINEAR + "_least_angle", "LarsCV", "LarsCV", "LassoLarsCV"),
    _fit(_LINEAR + "_omp", "OrthogonalMatchingPursuit"),
    _fit(_LINEAR + "_omp", "OrthogonalMatchingPursuitCV"),
    _fit(_LINEAR + "_bayes", "BayesianRidge"),
    _fit("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis"),
    _fit("sklearn.naive_bayes", "GaussianNB"),
    _fit("sklearn.covariance._shrunk_covariance", "LedoitWolf"),
    _fit("sklearn.covariance._graph_lasso", "GraphicalLassoCV"),
)
