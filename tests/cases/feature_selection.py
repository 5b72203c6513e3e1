"""Cases of skdask.feature_selection."""

from __future__ import annotations

from functools import partial

from sklearn.feature_selection import (
    f_regression,
    mutual_info_regression,
    r_regression,
)

from skdask.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from skdask.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from tests.cases.base import Case

CASES = [
    Case(VarianceThreshold(), "rows", weights=None, sparse=True),
    Case(VarianceThreshold(5.0), "constant", weights=None),
    Case(VarianceThreshold(5.0), "missing", weights=None),
    Case(SelectKBest(k=2), "three words", weights=None, sparse=True),
    Case(SelectFpr(f_regression), "regression", weights=None, sparse=True),
    Case(SelectFdr(partial(f_regression, center=False)), "regression", weights=None),
    Case(SelectFwe(), "two classes", weights=None),
    Case(SelectPercentile(r_regression, percentile=40), "whole targets", weights=None),
    Case(GenericUnivariateSelect(r_regression, mode="k_best", param=3), "regression", weights=None),
    Case(
        SelectKBest(partial(mutual_info_regression, random_state=0), k=2),
        "regression",
        weights=None,
    ),
    Case(SelectFromModel(Lasso(alpha=3.0)), "regression"),
    Case(
        SelectFromModel(LogisticRegression(tol=1e-9), max_features=2),
        "scaled classes",
        tol=1e-4,
        skip=("n_iter_",),
    ),
    Case(RFE(LinearRegression(), n_features_to_select=2), "regression"),
    Case(RFE(LogisticRegression(tol=1e-9), step=2), "scaled classes", tol=1e-5, skip=("n_iter_",)),
    Case(RFECV(Ridge(), cv=4), "regression", weights=None),
    Case(
        RFECV(LogisticRegression(tol=1e-9), cv=3),
        "scaled words",
        weights=None,
        tol=1e-5,
        skip=("n_iter_",),
    ),
    Case(SequentialFeatureSelector(Ridge(), cv=3), "regression", weights=None),
    Case(
        SequentialFeatureSelector(LinearRegression(), direction="backward", tol=-0.01, cv=3),
        "regression",
        weights=None,
    ),
]
