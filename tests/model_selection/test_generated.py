"""Pipelines and grids that nobody chose, on every route: scikit-learn's results, key by key.

The rules by which candidates share are correct together, or they are not: so steps, models, grids,
scorers and splitters are drawn, and the shared search on blocks, the plain loop on blocks and the
search in memory are compared with scikit-learn's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import dask.array as da
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn import model_selection
from sklearn.base import clone
from sklearn.ensemble import AdaBoostClassifier, RandomForestRegressor
from sklearn.svm import SVR
from sklearn.tree import DecisionTreeClassifier

import skdask
from skdask.compose import TransformedTargetRegressor
from skdask.cross_decomposition import PLSRegression
from skdask.decomposition import PCA
from skdask.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from skdask.dummy import DummyClassifier
from skdask.feature_selection import SelectKBest, VarianceThreshold, f_classif, f_regression
from skdask.linear_model import (
    BayesianRidge,
    ElasticNet,
    GammaRegressor,
    Lars,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
)
from skdask.model_selection import GridSearchCV
from skdask.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from skdask.neighbors import KNeighborsClassifier, KNeighborsRegressor, NearestCentroid
from skdask.pipeline import Pipeline, make_pipeline
from skdask.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from tests.model_selection.test_search import assert_same_results, plain_grid

FEATURES = 5
EXACT, TO_TOLERANCE = 1e-8, 1e-5

Grid = dict[str, list[Any]]


@dataclass(frozen=True)
class Choice:
    """An estimator and values that its parameters are drawn from."""

    estimator: Any
    values: Grid = field(default_factory=dict)
    rtol: float = EXACT
    # steps that must come right before it, and what its scorers may ask for
    before: tuple[Any, ...] = ()
    probabilities: bool = True


SCALERS = [
    Choice(StandardScaler(), {"with_mean": [True, False], "with_std": [True, False]}),
    Choice(MinMaxScaler(), {"feature_range": [(0, 1), (-2, 3)]}),
    Choice(MaxAbsScaler()),
    Choice(RobustScaler(), {"quantile_range": [(25.0, 75.0), (10.0, 80.0)]}),
    Choice(QuantileTransformer(n_quantiles=9), {"output_distribution": ["uniform", "normal"]}),
    Choice(VarianceThreshold(), {"threshold": [0.0, 0.01]}),
]
NARROWING = [
    Choice(PCA(svd_solver="covariance_eigh"), {"n_components": [1, 2, 4], "whiten": [True, False]}),
    Choice(PCA(svd_solver="full"), {"n_components": [0.7, 3]}),
    Choice(SelectKBest(k=3), {"k": [1, 3, "all"]}),
]
WIDENING = [Choice(PolynomialFeatures(include_bias=False), {"interaction_only": [True, False]})]

LOG = TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp)
SCALED = TransformedTargetRegressor(Ridge(), transformer=StandardScaler())
REGRESSORS = [
    Choice(Ridge(solver="cholesky"), {"alpha": [0.1, 1.0, 1e3], "fit_intercept": [True, False]}),
    Choice(LinearRegression(), {"fit_intercept": [True, False]}),
    Choice(ElasticNet(tol=1e-12, max_iter=100_000), {"alpha": [0.01, 1.0], "l1_ratio": [0.3, 0.9]}),
    Choice(Lasso(tol=1e-12, max_iter=100_000), {"alpha": [0.001, 0.1]}),
    Choice(Lars(), {"n_nonzero_coefs": [1]}),
    Choice(BayesianRidge(), {"max_iter": [5, 300]}),
    Choice(PLSRegression(n_components=1), {"scale": [True, False]}),
    Choice(PoissonRegressor(tol=1e-9, max_iter=2000), {"alpha": [0.1, 1.0]}, TO_TOLERANCE),
    Choice(GammaRegressor(tol=1e-9, max_iter=2000), {"alpha": [0.5, 5.0]}, TO_TOLERANCE),
    Choice(LOG, {"regressor__alpha": [0.1, 10.0]}),
    Choice(SCALED, {"regressor": [Ridge(5.0), ElasticNet(0.1, tol=1e-12, max_iter=100_000)]}),
    # rows in memory
    Choice(KNeighborsRegressor(), {"n_neighbors": [1, 3, 7], "weights": ["uniform", "distance"]}),
    Choice(RandomForestRegressor(3, random_state=0), {"n_estimators": [1, 3]}),
    Choice(SVR(), {"C": [0.5, 2.0]}),
]
CLASSIFIERS = [
    Choice(LogisticRegression(tol=1e-9, max_iter=5000), {"C": [0.01, 0.1, 1.0]}, TO_TOLERANCE),
    Choice(RidgeClassifier(), {"alpha": [0.1, 100.0]}, probabilities=False),
    Choice(LinearDiscriminantAnalysis(), {"tol": [1e-4, 1e-3]}),
    Choice(QuadraticDiscriminantAnalysis(reg_param=0.1), {"reg_param": [0.1, 0.5]}),
    Choice(GaussianNB(), {"var_smoothing": [1e-9, 0.1]}),
    Choice(BernoulliNB(), {"alpha": [0.1, 2.0], "binarize": [0.0, 0.5]}),
    Choice(MultinomialNB(), {"alpha": [0.1, 2.0]}, before=(MinMaxScaler(),)),
    Choice(NearestCentroid(), {"shrink_threshold": [None, 0.2]}, probabilities=False),
    Choice(DummyClassifier(), {"strategy": ["most_frequent", "prior"]}),
    # rows in memory
    Choice(KNeighborsClassifier(), {"n_neighbors": [1, 4, 9]}),
    Choice(DecisionTreeClassifier(random_state=0), {"ccp_alpha": [0.0, 0.02]}),
    Choice(AdaBoostClassifier(n_estimators=4, random_state=0), {"n_estimators": [1, 4]}),
]
OF_NUMBERS = ["r2", "neg_mean_squared_error", "explained_variance", "neg_mean_absolute_error"]
OF_LABELS = ["accuracy", "f1_macro", "balanced_accuracy"]
OF_PROBABILITIES = ["neg_log_loss", "roc_auc_ovr"]


@dataclass(frozen=True)
class Search:
    estimator: Any
    grid: Grid
    scoring: list[str]
    rtol: float
    classifier: bool


@st.composite
def searches(draw: st.DrawFn) -> Search:
    """A pipeline, perhaps with one within it, and a grid over some of its parameters."""
    classifier = draw(st.booleans())
    model = draw(st.sampled_from(CLASSIFIERS if classifier else REGRESSORS))
    drawn = [draw(st.sampled_from(SCALERS)) for _ in range(draw(st.integers(0, 2)))]
    drawn += draw(st.sampled_from([[], [], WIDENING]))
    if draw(st.booleans()):
        drawn.append(draw(st.sampled_from(NARROWING)))
    drawn += [Choice(step) for step in model.before]
    steps, grid = [], {}
    for position, choice in enumerate(drawn):
        step = clone(choice.estimator)
        if isinstance(step, SelectKBest):
            step.set_params(score_func=f_classif if classifier else f_regression)
        steps.append((f"step{position}", step))
        grid |= _some(draw, f"step{position}", choice)
    inner = draw(st.integers(0, len(steps)))
    if inner > 1:
        # the first steps as a pipeline of their own
        grid = {_renamed(key, inner): values for key, values in grid.items()}
        steps = [("inner", Pipeline(steps[:inner])), *steps[inner:]]
    if not steps:
        return Search(
            clone(model.estimator), _some(draw, "", model), *_scored(draw, model, classifier)
        )
    grid |= _some(draw, "model", model)
    pipeline = Pipeline([*steps, ("model", clone(model.estimator))])
    if drawn[0] in SCALERS and inner < 2 and draw(st.booleans()):
        grid = {key: values for key, values in grid.items() if not key.startswith("step0__")}
        grid["step0"] = [clone(drawn[0].estimator), "passthrough"]
    return Search(pipeline, grid, *_scored(draw, model, classifier))


def _renamed(key: str, inner: int) -> str:
    within = int(key.removeprefix("step").partition("__")[0]) < inner
    return f"inner__{key}" if within else key


def _some(draw: st.DrawFn, name: str, choice: Choice) -> Grid:
    """Values of at most two parameters."""
    if not choice.values:
        return {}
    kept = draw(st.sets(st.sampled_from(sorted(choice.values)), max_size=2))
    return {f"{name}__{key}" if name else key: choice.values[key] for key in sorted(kept)}


def _scored(draw: st.DrawFn, model: Choice, classifier: bool) -> tuple[list[str], float, bool]:
    known = OF_NUMBERS
    if classifier:
        known = OF_LABELS + (OF_PROBABILITIES if model.probabilities else [])
    scoring = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    return scoring, model.rtol, classifier


SPLITTERS = [
    2,
    3,
    model_selection.KFold(4, shuffle=True, random_state=0),
    model_selection.StratifiedKFold(3, shuffle=True, random_state=1),
    model_selection.ShuffleSplit(3, test_size=0.3, random_state=2),
]


def _rows(seed: int, classifier: bool) -> tuple[Any, Any]:
    random = np.random.default_rng(seed)
    X = random.normal(size=(120, FEATURES)) @ random.normal(size=(FEATURES, FEATURES)) + 2.0
    signal = X @ random.normal(size=FEATURES)
    signal = signal / signal.std() + 0.5 * random.normal(size=120)
    if classifier:
        return X, np.array(["low", "mid", "top"])[
            np.digitize(signal, np.quantile(signal, [0.4, 0.7]))
        ]
    return X, np.exp(signal / 2)


def compare(search: Search, cv: Any, seed: int, block_rows: int, *, loop: bool = False) -> None:
    if not search.classifier and isinstance(cv, model_selection.StratifiedKFold):
        cv = 3
    X, y = _rows(seed, search.classifier)
    options = {
        "scoring": search.scoring,
        "refit": search.scoring[0],
        "cv": cv,
        "return_train_score": True,
        "error_score": "raise",
    }
    plain = skdask.routes.twins.to_sklearn(search.estimator)
    theirs = model_selection.GridSearchCV(plain, plain_grid(search.grid), **options).fit(X, y)
    with skdask.config.set(block_bytes=8 * (FEATURES + 1) * block_rows):
        rows = da.from_array(X, chunks=(50, -1)), da.from_array(y, chunks=50)
        for share, data in ((True, rows), (False, rows), (True, (X, y)))[:: 1 if loop else 2]:
            ours = GridSearchCV(search.estimator, search.grid, share=share, **options).fit(*data)
            assert_same_results(ours, theirs, rtol=search.rtol)


QUIET = (
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore::sklearn.exceptions.UndefinedMetricWarning",
    "ignore::UserWarning",
    "ignore::RuntimeWarning",
)
DRAWN = {
    "search": searches(),
    "cv": st.sampled_from(SPLITTERS),
    "seed": st.integers(0, 100),
    "block_rows": st.sampled_from([31, 1000]),
}
quiet = [pytest.mark.filterwarnings(each) for each in QUIET]
pytestmark = quiet


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(**DRAWN)
def test_generated(search: Search, cv: Any, seed: int, block_rows: int) -> None:
    compare(search, cv, seed, block_rows)


@pytest.mark.slow
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(**DRAWN)
def test_many_generated(search: Search, cv: Any, seed: int, block_rows: int) -> None:
    compare(search, cv, seed, block_rows, loop=True)


@pytest.mark.parametrize("position", range(len(REGRESSORS + CLASSIFIERS)))
def test_every_model_behind_steps(position: int) -> None:
    """Each model at least once, whatever was drawn; the plain loop where it is quick."""
    model = (REGRESSORS + CLASSIFIERS)[position]
    classifier = model in CLASSIFIERS
    function = f_classif if classifier else f_regression
    steps = [StandardScaler(), SelectKBest(function, k=4), *model.before, clone(model.estimator)]
    pipeline = make_pipeline(*steps)
    last = pipeline.steps[-1][0]
    grid = {f"{last}__{key}": values for key, values in model.values.items()}
    grid = {"selectkbest__k": [2, 4], **dict(list(grid.items())[:1])}
    scoring = ["accuracy" if classifier else "r2"]
    loop = model.rtol == EXACT
    compare(Search(pipeline, grid, scoring, model.rtol, classifier), 3, 7, 31, loop=loop)
