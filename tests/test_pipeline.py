"""Pipelines on blocks: passes, weights, steps and what is refused."""

from __future__ import annotations

from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn import linear_model, manifold, preprocessing

import skdask.blocks
from skdask import config
from skdask.decomposition import PCA
from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from skdask.passes import run
from skdask.pipeline import Pipeline, make_pipeline
from skdask.preprocessing import MinMaxScaler, StandardScaler
from skdask.routes.view import View
from skdask.testing import CountingBlocks
from tests.cases import data


@pytest.mark.parametrize(
    ("model", "kind", "passes"),
    [
        (StandardScaler(), "rows", 1),
        (MinMaxScaler(), "rows", 1),
        (PCA(), "rows", 1),
        (LinearRegression(), "regression", 1),
        (LinearRegression(), "collinear", 2),
        (Ridge(), "targets", 1),
        (Ridge(), "collinear", 1),
        (Lasso(), "regression", 1),
        (make_pipeline(StandardScaler(), Ridge()), "regression", 1),
        (make_pipeline(StandardScaler(), PCA(3), Lasso()), "regression", 1),
        (make_pipeline(MinMaxScaler(), StandardScaler(), Ridge()), "regression", 1),
        (make_pipeline(StandardScaler(), PCA(2), StandardScaler(), Ridge()), "regression", 1),
        # the extremes of projected rows need the projection
        (make_pipeline(PCA(2), MinMaxScaler(), Ridge()), "regression", 2),
    ],
    ids=str,
)
def test_passes_are_counted(model: Any, kind: str, passes: int) -> None:
    rows = data(kind)
    with config.set(block_bytes=8 * 6 * 20):
        blocks = CountingBlocks(skdask.blocks.open(rows.X, rows.y))
        assert model.fit(blocks).fit_report_.passes == passes
    assert blocks.passes == passes
    assert blocks.n_blocks >= 9


def test_scoring_is_one_pass() -> None:
    rows = data("two words")
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows.X, rows.y)
    blocks = CountingBlocks(skdask.blocks.open(rows.X, rows.y))
    model.score(blocks)
    assert blocks.passes == 1


def test_logistic_passes_read_features_once_each() -> None:
    rows = data("two classes")
    with config.set(block_bytes=8 * 6 * 20):
        blocks = CountingBlocks(skdask.blocks.open(rows.X, rows.y))
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(blocks)
    assert blocks.passes == model.fit_report_.passes <= 8


def test_steps_of_scikit_learn_are_adopted() -> None:
    rows = data("regression")
    X = da.from_array(rows.X, chunks=(50, -1))
    steps = [("scale", preprocessing.StandardScaler()), ("model", linear_model.Ridge())]
    model = Pipeline(steps).fit(X, rows.y)
    assert type(model["scale"]) is StandardScaler
    assert type(model["model"]) is Ridge
    assert type(steps[0][1]) is preprocessing.StandardScaler


def test_steps_are_fitted_in_place() -> None:
    rows = data("regression")
    scaler, ridge = StandardScaler(), Ridge()
    make_pipeline(scaler, ridge).fit(da.from_array(rows.X, chunks=(50, -1)), rows.y)
    assert scaler.n_features_in_ == ridge.n_features_in_ == 5


def test_unknown_steps_are_named() -> None:
    X = da.ones((4, 2))
    with pytest.raises(UnsupportedError, match=r"step 'unrolled': Isomap cannot be fitted on"):
        Pipeline([("unrolled", manifold.Isomap()), ("ridge", Ridge())]).fit(X, X[:, 0])
    with pytest.raises(TypeError, match="All intermediate steps should be transformers"):
        make_pipeline(Ridge(), Ridge()).fit(X, X[:, 0])


def test_parameters_of_steps_are_checked_before_a_pass() -> None:
    X = da.ones((4, 2))
    with pytest.raises(ValueError, match="The 'alpha' parameter of Ridge must be") as error:
        make_pipeline(StandardScaler(), Ridge(alpha=-1)).fit(X, X[:, 0])
    assert type(error.value).__name__ == "InvalidParameterError"


class TestWeights:
    rows = data("regression")
    X = da.from_array(rows.X, chunks=(50, -1))

    def model(self) -> Any:
        return make_pipeline(StandardScaler(), Ridge())

    def test_without_a_step(self) -> None:
        with pytest.raises(ValueError, match="does not accept the sample_weight parameter") as ours:
            self.model().fit(self.X, self.rows.y, sample_weight=self.rows.sample_weight)
        with pytest.raises(ValueError, match="does not accept the sample_weight parameter") as sk:
            self.model().fit(self.rows.X, self.rows.y, sample_weight=self.rows.sample_weight)
        assert str(ours.value)[:90] == str(sk.value)[:90]

    def test_of_a_step_that_is_not_there(self) -> None:
        with pytest.raises(UnsupportedError, match="has no step 'lasso', only standardscaler, rid"):
            self.model().fit(self.X, self.rows.y, lasso__sample_weight=self.rows.sample_weight)

    def test_of_a_nested_step(self) -> None:
        model = make_pipeline(self.model())
        with pytest.raises(UnsupportedError, match="write all steps into one pipeline"):
            model.fit(self.X, self.rows.y, pipeline__ridge__sample_weight=np.ones(203))

    def test_of_a_step_that_takes_none(self) -> None:
        model = make_pipeline(PCA(2), Ridge())
        with pytest.raises(TypeError, match="sample_weight"):
            model.fit(self.rows.X, self.rows.y, pca__sample_weight=np.ones(203))
        with pytest.raises(TypeError, match=r"PCA.*takes no sample_weight"):
            model.fit(self.X, self.rows.y, pca__sample_weight=np.ones(203))

    def test_that_differ(self) -> None:
        with pytest.raises(UnsupportedError, match="the same sample_weight object"):
            self.model().fit(
                self.X,
                self.rows.y,
                ridge__sample_weight=np.ones(203),
                standardscaler__sample_weight=np.ones(203),
            )

    def test_other_parameters(self) -> None:
        with pytest.raises(UnsupportedError, match="'check_input' cannot be used on blocks"):
            make_pipeline(Lasso()).fit(self.X, self.rows.y, lasso__check_input=False)

    def test_carried_by_blocks(self) -> None:
        blocks = skdask.blocks.open(self.rows.X, self.rows.y, self.rows.sample_weight)
        found = self.model().fit(blocks, ridge__sample_weight=True)
        weights = {"ridge__sample_weight": self.rows.sample_weight}
        expected = self.model().fit(self.rows.X, self.rows.y, **weights)
        np.testing.assert_allclose(found[-1].coef_, expected[-1].coef_)
        with pytest.raises(DataError, match="ridge__sample_weight=True"):
            self.model().fit(blocks)

    def test_routed(self) -> None:
        with sklearn.config_context(enable_metadata_routing=True):
            model = make_pipeline(
                StandardScaler().set_fit_request(sample_weight=False),
                Ridge().set_fit_request(sample_weight=True),
            )
            weights = {"sample_weight": self.rows.sample_weight}
            found = sklearn.clone(model).fit(self.X, self.rows.y, **weights)
            expected = model.fit(self.rows.X, self.rows.y, **weights)
            np.testing.assert_allclose(found[-1].coef_, expected[-1].coef_)
            np.testing.assert_allclose(found[0].mean_, expected[0].mean_)
            unset = make_pipeline(StandardScaler(), Ridge())
            with pytest.raises(ValueError, match="not explicitly set as requested or not"):
                unset.fit(self.X, self.rows.y, **weights)


def test_a_pipeline_without_y() -> None:
    X = da.ones((4, 2))
    with pytest.raises(DataError, match="Ridge estimator requires y to be passed, but the target"):
        make_pipeline(StandardScaler(), Ridge()).fit(X)


def test_all_steps_passthrough() -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0]})
    X = dd.from_pandas(frame, npartitions=2)
    model = make_pipeline("passthrough").fit(X)
    np.testing.assert_array_equal(model.transform(X).compute(), frame)


def test_report_and_repr() -> None:
    rows = data("two classes")
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(da.from_array(rows.X, chunks=(50, -1)), rows.y)
    report = model.fit_report_
    assert report.what == "Pipeline"
    assert report.rows == 203
    assert "converged after" in report.outcomes[0]
    assert "passes" in repr(report)
    assert "<table>" in report._repr_html_()
    assert "LogisticRegression" in model._repr_html_()


def test_algorithms_run_side_by_side() -> None:
    """Two pipelines share the pass that both need."""
    rows = data("regression")
    blocks = CountingBlocks(skdask.blocks.open(rows.X, rows.y))
    models = [make_pipeline(StandardScaler(), Ridge(alpha)) for alpha in (1.0, 100.0)]
    run([model.algorithm(View.whole(blocks)) for model in models], blocks, what="both")
    assert blocks.passes == 1
    for model in models:
        expected = model.to_sklearn().fit(rows.X, rows.y)
        np.testing.assert_allclose(model[-1].coef_, expected[-1].coef_)


def test_verbose_names_the_steps_as_scikit_learn_does(capsys):
    X = np.random.default_rng(0).normal(size=(60, 3))
    steps = [("scaler", StandardScaler()), ("none", "passthrough"), ("ridge", Ridge())]
    printed = []
    for rows, y in (
        (da.from_array(X, chunks=(20, 3)), da.from_array(X[:, 0], chunks=20)),
        (X, X[:, 0]),
    ):
        Pipeline(steps, verbose=True).fit(rows, y)
        out = capsys.readouterr().out
        printed.append([line.split(" total=")[0] for line in out.splitlines()])
    ours, theirs = printed
    assert [line for line in theirs if " none," not in line] == ours
