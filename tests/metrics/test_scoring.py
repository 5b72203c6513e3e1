"""Scores from statistics equal scikit-learn's on all rows, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.model_selection import cross_val_score

import skdask.blocks
from skdask import config
from skdask.exceptions import UnsupportedError
from skdask.linear_model import LinearRegression, LogisticRegression, Ridge
from skdask.metrics.scoring import score_with
from skdask.passes import FitReport
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.testing import CountingBlocks
from tests.cases import Data, data

REGRESSION = [
    "r2",
    "neg_mean_squared_error",
    "neg_root_mean_squared_error",
    "explained_variance",
]
CLASSIFICATION = [
    "accuracy",
    "balanced_accuracy",
    "f1_macro",
    "f1_micro",
    "f1_weighted",
    "precision_macro",
    "recall_weighted",
    "jaccard_macro",
    "matthews_corrcoef",
    "neg_log_loss",
]


def scorers_of(names: list[str]) -> dict[str, Any]:
    return {name: metrics.get_scorer(name) for name in names}


def check(model: Any, rows: Data, names: list[str], weighted: bool) -> None:
    weight = rows.sample_weight if weighted else None
    with config.set(block_bytes=8 * 7 * 20):
        blocks = CountingBlocks(skdask.blocks.open(rows.X, rows.y, weight))
        found = score_with(scorers_of(names), model, blocks)
    assert blocks.passes == 1
    assert blocks.n_blocks > 8
    for name, scorer in scorers_of(names).items():
        given = {} if weight is None else {"sample_weight": weight}
        expected = scorer(model.to_sklearn(), rows.X, rows.y, **given)
        np.testing.assert_allclose(found[name], expected, rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["regression", "targets", "whole targets", "far away"])
@pytest.mark.parametrize(
    "model", [LinearRegression(), make_pipeline(StandardScaler(), Ridge())], ids=str
)
def test_regressors(model: Any, kind: str, weighted: bool) -> None:
    rows = data(kind)
    check(model.fit(rows.X, rows.y), rows, REGRESSION, weighted)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["two words", "two classes", "three classes", "three words"])
def test_classifiers(kind: str, weighted: bool) -> None:
    rows = data(kind)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(rows.X, rows.y)
    names = CLASSIFICATION + (["f1", "precision", "recall"] if kind == "two classes" else [])
    check(model, rows, names, weighted)


def test_a_constant_target() -> None:
    rows = Data(data("regression").X, np.full(203, 3.0), data("regression").sample_weight)
    check(LinearRegression().fit(rows.X, rows.y), rows, REGRESSION, weighted=False)


def test_a_label_that_the_model_does_not_know() -> None:
    rows = data("three words")
    two = np.where(rows.y == "low", "low", "high")
    model = LogisticRegression().fit(rows.X, two)
    check(model, rows, ["accuracy", "f1_macro"], weighted=False)
    with pytest.raises(ValueError, match=r"\[?'?middle'?"):
        score_with(scorers_of(["neg_log_loss"]), model, skdask.blocks.open(rows.X, rows.y))


ANY = ["roc_auc", "average_precision", "neg_brier_score", "neg_log_loss", "d2_log_loss_score"]
SEVERAL = ["roc_auc_ovr", "roc_auc_ovo_weighted", "top_k_accuracy", "neg_log_loss"]
MORE = ["neg_mean_absolute_error", "neg_median_absolute_error", "max_error", "neg_max_error"]


@pytest.mark.parametrize("kind", ["two classes", "two words"])
def test_probabilities_and_decisions(kind: str) -> None:
    rows = data(kind)
    names = ANY if kind == "two classes" else ["roc_auc", "neg_log_loss"]
    check(LogisticRegression().fit(rows.X, rows.y), rows, names, weighted=False)


@pytest.mark.parametrize("kind", ["three classes", "three words"])
def test_several_classes(kind: str) -> None:
    rows = data(kind)
    check(LogisticRegression().fit(rows.X, rows.y), rows, SEVERAL, weighted=False)


def test_losses_of_regressors() -> None:
    rows = data("regression")
    names = [name for name in MORE if name in metrics.get_scorer_names()]
    check(Ridge().fit(rows.X, rows.y), rows, names, weighted=False)


def test_a_metric_of_our_own_is_refused() -> None:
    rows = data("regression")
    scorer = metrics.make_scorer(lambda y, predicted: 0.0)
    with pytest.raises(UnsupportedError, match="none of the metrics that are sums over rows"):
        score_with({"mine": scorer}, Ridge().fit(rows.X, rows.y), rows.X, rows.y)


def test_a_callable_is_refused() -> None:
    rows = data("regression")
    model = Ridge().fit(rows.X, rows.y)
    with pytest.raises(UnsupportedError, match="needs all rows at once"):
        score_with({"mine": lambda *_: 0.0}, model, skdask.blocks.open(rows.X, rows.y))


def test_in_memory_scores_are_scikit_learns() -> None:
    rows = data("regression")
    model = make_pipeline(StandardScaler(), Ridge()).fit(rows.X, rows.y)
    assert model.score(rows.X, rows.y) == model.to_sklearn().score(rows.X, rows.y)
    assert len(cross_val_score(model, rows.X, rows.y)) == 5


def test_scoring_leaves_the_report_of_the_fit() -> None:
    rows = data("regression")
    blocks = skdask.blocks.open(rows.X, rows.y)
    model = Ridge().fit(blocks)
    report = model.fit_report_
    model.score(blocks)
    assert isinstance(report, FitReport)
    assert model.fit_report_ is report
