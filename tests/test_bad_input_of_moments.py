"""Bad input to the estimators that are fitted from moments: scikit-learn's types and words."""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn.base import is_classifier
from sklearn.utils._param_validation import InvalidParameterError

from skdask import config
from skdask.covariance import (
    OAS,
    EmpiricalCovariance,
    GraphicalLasso,
    GraphicalLassoCV,
    LedoitWolf,
    ShrunkCovariance,
)
from skdask.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from skdask.decomposition import FactorAnalysis, TruncatedSVD
from skdask.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNetCV,
    Lars,
    LarsCV,
    LassoCV,
    LassoLars,
    LassoLarsCV,
    LassoLarsIC,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuit,
    OrthogonalMatchingPursuitCV,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
)
from skdask.naive_bayes import GaussianNB
from skdask.pipeline import make_pipeline

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = X[:, 0] * 2 + RANDOM.standard_normal(60)
TWO = np.column_stack([Y, Y - X[:, 1]])
CLASSES = (Y > 0).astype(np.int64)

WEIGHTED = [BayesianRidge(), ElasticNetCV(), LassoCV(), RidgeCV(), RidgeCV(cv=3)]
REGRESSORS = [
    *WEIGHTED,
    ARDRegression(),
    Lars(),
    LarsCV(),
    LassoLars(),
    LassoLarsCV(),
    LassoLarsIC(),
    OrthogonalMatchingPursuit(),
    OrthogonalMatchingPursuitCV(),
    PLSRegression(),
]
SEVERAL = [
    MultiTaskElasticNet(),
    MultiTaskElasticNetCV(),
    MultiTaskLasso(),
    MultiTaskLassoCV(),
    CCA(),
    PLSCanonical(),
    PLSSVD(),
]
CLASSIFIERS = [
    GaussianNB(),
    LinearDiscriminantAnalysis(),
    QuadraticDiscriminantAnalysis(),
    RidgeClassifier(),
    RidgeClassifierCV(),
]
WITHOUT_TARGET = [
    EmpiricalCovariance(),
    FactorAnalysis(2),
    GraphicalLasso(),
    GraphicalLassoCV(),
    LedoitWolf(),
    OAS(),
    ShrunkCovariance(),
    TruncatedSVD(),
]
SUPERVISED = [*REGRESSORS, *SEVERAL, *CLASSIFIERS]

each = pytest.mark.parametrize("model", [*SUPERVISED, *WITHOUT_TARGET], ids=str)
each_supervised = pytest.mark.parametrize("model", SUPERVISED, ids=str)
each_classifier = pytest.mark.parametrize("model", CLASSIFIERS, ids=str)


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(10, *values.shape[1:]))


def with_bad(values: np.ndarray, place: Any, bad: float) -> np.ndarray:
    copy = values.astype(np.float64)
    copy[place] = bad
    return copy


def good_y(model: Any) -> Any:
    if model in WITHOUT_TARGET:
        return None
    return TWO if model in SEVERAL else CLASSES if is_classifier(model) else Y


@pytest.fixture(autouse=True)
def _blocks_of_ten() -> Any:
    with config.set(block_bytes=8 * 4 * 10):
        yield


@each
@pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_features_that_are_not_finite(model: Any, bad: float, word: str) -> None:
    with pytest.raises(ValueError, match=f"^Input X contains {word}") as error:
        model.fit(lazy(with_bad(X, (27, 1), bad)), good_y(model))
    assert "row 27 of the data" in str(error.value)


@each_supervised
@pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
def test_target_that_is_not_finite(model: Any, bad: float, word: str) -> None:
    with pytest.raises(ValueError, match=f"^Input y contains {word}"):
        model.fit(lazy(X), lazy(with_bad(good_y(model), 27, bad)))


@pytest.mark.parametrize("model", [*WEIGHTED, GaussianNB(), RidgeClassifier()], ids=str)
def test_weights(model: Any) -> None:
    y = CLASSES if is_classifier(model) else Y
    with pytest.raises(ValueError, match=r"^Input sample_weight contains NaN"):
        model.fit(lazy(X), y, sample_weight=lazy(with_bad(np.ones(60), 27, np.nan)))
    with pytest.raises(ValueError, match="Sample weights must contain at least one non-zero"):
        model.fit(lazy(X), y, sample_weight=lazy(np.zeros(60)))


@each_supervised
def test_no_target_and_one_of_another_length(model: Any) -> None:
    with pytest.raises(ValueError, match="requires y to be passed, but the target y is None"):
        model.fit(lazy(X), None)
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[60, 50\]"):
        model.fit(lazy(X), good_y(model)[:50])


@each
def test_no_rows(model: Any) -> None:
    y = good_y(model)
    with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)|number of samples"):
        model.fit(da.ones((0, 3)), None if y is None else y[:0])


@each_classifier
def test_continuous_labels(model: Any) -> None:
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        model.fit(lazy(X), lazy(Y))


@each_classifier
@pytest.mark.parametrize(
    "labels",
    [
        np.where(CLASSES, "yes", "no"),
        CLASSES.astype(bool),
        7 * CLASSES - 3,
        CLASSES.astype(np.int8),
        CLASSES.astype(np.float64),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_labels_keep_their_type(model: Any, labels: np.ndarray) -> None:
    found = model.fit(lazy(X), lazy(labels))
    expected = model.to_sklearn().fit(X, labels)
    assert found.classes_.dtype == expected.classes_.dtype
    predicted = found.predict(lazy(X)).compute()
    assert predicted.dtype == expected.predict(X).dtype
    np.testing.assert_array_equal(predicted, expected.predict(X))
    score = found.score(lazy(X), lazy(labels))
    assert type(score) is float
    assert score == pytest.approx(expected.score(X, labels))


@pytest.mark.parametrize(
    ("model", "parameter"),
    [
        (RidgeCV(alphas="many"), "alphas"),
        (LassoCV(eps=-1), "eps"),
        (LarsCV(max_n_alphas=0), "max_n_alphas"),
        (BayesianRidge(max_iter=0), "max_iter"),
        (LinearDiscriminantAnalysis(solver="fast"), "solver"),
        (QuadraticDiscriminantAnalysis(reg_param=2), "reg_param"),
        (GaussianNB(var_smoothing=-1), "var_smoothing"),
        (PLSRegression(n_components=0), "n_components"),
        (ShrunkCovariance(shrinkage=2), "shrinkage"),
        (TruncatedSVD(n_components=0), "n_components"),
    ],
    ids=str,
)
def test_parameters(model: Any, parameter: str) -> None:
    with pytest.raises(InvalidParameterError, match=f"The '{parameter}' parameter of") as ours:
        model.fit(lazy(X), CLASSES)
    with pytest.raises(InvalidParameterError) as theirs:
        model.to_sklearn().fit(X, CLASSES)
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (QuadraticDiscriminantAnalysis(), 0 * CLASSES),
        (QuadraticDiscriminantAnalysis(), np.r_[2, CLASSES[1:]]),
        (LinearDiscriminantAnalysis(n_components=2), CLASSES),
        (LinearDiscriminantAnalysis(priors=[-1, 2]), CLASSES),
        (LinearDiscriminantAnalysis(), np.arange(60)),
        (GaussianNB(priors=[0.5]), CLASSES),
        (GaussianNB(priors=[0.5, 0.6]), CLASSES),
        (GaussianNB(priors=[-0.5, 1.5]), CLASSES),
        (PLSRegression(n_components=4), Y),
        (PLSCanonical(n_components=3), TWO),
        (PLSSVD(n_components=3), TWO),
        (TruncatedSVD(n_components=9), None),
        (RidgeCV(alphas=[0.0, 1.0]), Y),
        (RidgeCV(cv=3, alpha_per_target=True), Y),
    ],
    ids=lambda given: "" if given is None or isinstance(given, np.ndarray) else str(given),
)
def test_same_error(model: Any, y: Any) -> None:
    with pytest.raises(ValueError, match=r"\w") as theirs:
        model.to_sklearn().fit(X, y)
    with pytest.raises(ValueError, match=r"\w") as ours:
        model.fit(lazy(X), y)
    assert str(ours.value)[:30] == str(theirs.value)[:30]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (make_pipeline(RidgeCV(store_cv_results=True)), "fit it by itself, or leave it False"),
        (RidgeCV(scoring="neg_mean_absolute_error"), "cannot be computed for regressors"),
        (Lars(jitter=0.1), "leave jitter=None on blocks"),
    ],
    ids=str,
)
def test_what_blocks_cannot_do(model: Any, words: str) -> None:
    with pytest.raises(UnsupportedError, match=words):
        model.fit(lazy(X), Y)


def test_errors_of_data_are_data_errors() -> None:
    with pytest.raises(DataError):
        PLSRegression(n_components=4).fit(lazy(X), Y)
