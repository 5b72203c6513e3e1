"""Our estimators and scikit-learn's are the same to the eye, and turn into each other."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse
from sklearn import linear_model, manifold, pipeline, preprocessing
from sklearn.base import clone

from skdask.compose import ColumnTransformer
from skdask.covariance import EllipticEnvelope
from skdask.decomposition import SparseCoder
from skdask.feature_selection import RFE, RFECV, SelectFromModel, SequentialFeatureSelector
from skdask.linear_model import LogisticRegression, Ridge
from skdask.pipeline import FeatureUnion, Pipeline, make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes.twins import adopt, our_classes, parent_class, to_sklearn
from tests.arrangements import ARRANGEMENTS
from tests.cases import CASES, Case, data
from tests.oracle import OLD_SCIKIT_LEARN, fit_ours, fitted_attributes

each_case = pytest.mark.parametrize("case", CASES, ids=str)
each_class = pytest.mark.parametrize(
    "ours", our_classes().values(), ids=lambda found: found.__name__
)


@each_case
def test_parameters_and_tags_are_the_parents(case: Case) -> None:
    ours, theirs = case.ours(), to_sklearn(case.ours())
    assert type(theirs).__module__.startswith("sklearn.")
    assert repr(ours) == repr(theirs)
    # a mixin may be one of our own, all else that the tags say is the same
    assert ours.__sklearn_tags__() == theirs.__sklearn_tags__()
    found, expected = ours.get_params(), theirs.get_params()
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert repr(found[name]) == repr(value)
    copy = clone(ours)
    assert type(copy) is type(ours)
    assert repr(copy) == repr(ours)
    assert ours._repr_html_().count("sk-") > 10


@each_class
def test_signatures_are_the_parents(ours: type) -> None:
    parent = parent_class(ours)
    assert issubclass(ours, parent)
    assert ours.__name__ == parent.__name__
    # as text, since NaN is no equal of itself
    assert str(inspect.signature(ours)) == str(inspect.signature(parent))
    for name in dir(ours):
        member, theirs = getattr(ours, name), getattr(parent, name, None)
        if name.startswith("_") or not inspect.isfunction(theirs):
            continue
        if f"{ours.__name__}.{name}" in WITHOUT_WEIGHTS:
            member, theirs = without_weights(member), without_weights(theirs)
        assert named_parameters(member) == named_parameters(theirs), f"{ours.__name__}.{name}"


# what we weigh whichever scikit-learn is installed, and 1.8 did not
WITHOUT_WEIGHTS = {
    f"{name}.{method}"
    for method in ("fit", "set_fit_request")
    for name in (
        "MultiTaskElasticNet", "MultiTaskElasticNetCV", "MultiTaskLasso", "MultiTaskLassoCV",
    )
    if OLD_SCIKIT_LEARN
}  # fmt: skip


def without_weights(function: Any) -> Any:
    def bare() -> None: ...

    signature = inspect.signature(function)
    kept = [p for p in signature.parameters.values() if p.name != "sample_weight"]
    bare.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    return bare


def named_parameters(function: Any) -> list[str]:
    parameters = inspect.signature(function).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind != parameter.VAR_KEYWORD]


@each_class
def test_what_is_public_is_documented(ours: type) -> None:
    assert "Examples" in str(ours.__doc__)
    assert "fit_report_" in str(ours.__doc__)
    methods = [name for name in dir(ours) if not name.startswith("_")]
    bare = [
        name
        for name in methods
        if callable(getattr(ours, name)) and not (inspect.getdoc(getattr(ours, name)) or "").strip()
    ]
    assert bare == []


@each_class
def test_metadata_requests_are_the_parents(ours: Any) -> None:
    parent: Any = parent_class(ours)
    if f"{ours.__name__}.fit" in WITHOUT_WEIGHTS:
        return
    if issubclass(parent, linear_model.MultiTaskElasticNet):
        pytest.skip("scikit-learn's own raises: it inherits a request for check_input")
    for name in ("set_fit_request", "set_score_request", "set_partial_fit_request"):
        assert hasattr(ours, name) == hasattr(parent, name), name
    if ours in (Pipeline, FeatureUnion, ColumnTransformer, SparseCoder, EllipticEnvelope) or (
        ours in (RFE, RFECV, SelectFromModel, SequentialFeatureSelector)
    ):
        return  # which need an argument, or whose parent trips over its own score
    with sklearn.config_context(enable_metadata_routing=True):
        found, expected = ours(), parent()
        if "sample_weight" in inspect.signature(parent.fit).parameters:
            found.set_fit_request(sample_weight=True)
            expected.set_fit_request(sample_weight=True)
        methods = found.get_metadata_routing()._serialize()
        assert methods == expected.get_metadata_routing()._serialize()


@each_case
def test_pickles_and_clones_when_fitted(case: Case) -> None:
    rows = data(case.kind)
    model = fit_ours(case, ARRANGEMENTS[1].give(rows, Path()))
    again = pickle.loads(pickle.dumps(model))
    assert type(again) is type(model)
    assert fitted_attributes(again).keys() == fitted_attributes(model).keys()
    assert again.fit_report_ == model.fit_report_
    assert fitted_attributes(clone(model)) == {}


@each_case
def test_works_where_skdask_is_not_installed(case: Case, blocked: Blocked) -> None:
    rows = data(case.kind)
    model = fit_ours(case, ARRANGEMENTS[1].give(rows, Path()))
    plain = model.to_sklearn()
    method = "transform" if case.is_transformer else "predict"
    if not hasattr(model, method):
        pytest.skip("is not applied to rows")
    before = dense(getattr(model, method)(rows.X))
    after = dense(blocked.run(plain, method, rows.X))
    np.testing.assert_array_equal(after, before)
    assert type(plain) is parent_class(type(model))
    assert not hasattr(plain, "fit_report_")
    assert not any(name.startswith("_weighted") for name in vars(plain))


def dense(values: Any) -> np.ndarray:
    return values.toarray() if sparse.issparse(values) else np.asarray(values)


class Blocked:
    """A Python process in which skdask cannot be imported."""

    program = """
import pickle, sys
sys.modules["skdask"] = None
read, write = sys.stdin.buffer, sys.stdout.buffer
while True:
    try:
        plain, method, X = pickle.load(read)
    except EOFError:
        break
    pickle.dump(getattr(plain, method)(X), write)
    write.flush()
"""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def run(self, plain: Any, method: str, X: np.ndarray) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump((plain, method, X), self._process.stdin)
        self._process.stdin.flush()
        return pickle.load(self._process.stdout)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@pytest.fixture(scope="module")
def blocked() -> Any:
    process = Blocked()
    yield process
    process.end()


def test_adopt_and_back() -> None:
    theirs = pipeline.make_pipeline(
        preprocessing.StandardScaler(), pipeline.make_pipeline(linear_model.Ridge(alpha=3))
    )
    rows = data("regression")
    theirs.fit(rows.X, rows.y)
    ours = adopt(theirs)
    assert type(ours) is Pipeline
    assert type(ours[0]) is StandardScaler
    assert type(ours[1][0]) is Ridge
    np.testing.assert_array_equal(ours.predict(rows.X), theirs.predict(rows.X))
    assert type(theirs[0]) is preprocessing.StandardScaler
    back = to_sklearn(ours)
    assert type(back) is pipeline.Pipeline
    assert type(back[1][0]) is linear_model.Ridge
    np.testing.assert_array_equal(back.predict(rows.X), theirs.predict(rows.X))


def test_plain_twin_shares_no_settings() -> None:
    model = StandardScaler().set_output(transform="pandas")
    plain = model.to_sklearn().set_output(transform="default")
    frame = pd.DataFrame({"a": [1.0, 2.0]})
    assert isinstance(model.fit_transform(frame), pd.DataFrame)
    assert isinstance(plain.fit_transform(frame), np.ndarray)


def test_others_are_returned_as_they_are() -> None:
    for estimator in (manifold.Isomap(), linear_model.TheilSenRegressor()):
        assert adopt(estimator) is estimator
        assert to_sklearn(estimator) is estimator


def test_in_memory_fits_are_scikit_learns() -> None:
    rows = data("two classes")
    for case in CASES:
        if case.kind != "two classes":
            continue
        ours = case.ours().set_params(**case.oracle).fit(rows.X, rows.y)
        theirs = case.theirs().fit(rows.X, rows.y)
        assert not hasattr(ours, "fit_report_")
        for name, value in fitted_attributes(theirs).items():
            np.testing.assert_array_equal(fitted_attributes(ours)[name], value)


def test_an_in_memory_fit_forgets_the_report() -> None:
    rows = data("two classes")
    model = make_pipeline(StandardScaler(), LogisticRegression())
    for each in (model, model[0], model[1]):
        each.fit(*ARRANGEMENTS[1].give(rows, Path())[:2])
        assert each.fit_report_.passes > 0
        each.fit(rows.X, rows.y)
        assert not hasattr(each, "fit_report_")
