"""The plan says what fit will do, and fit does it."""

from __future__ import annotations

import io
from dataclasses import asdict, replace

import numpy as np
import pytest
from rich.console import Console
from sklearn.ensemble import RandomForestRegressor

import skdask
from skdask.decomposition import PCA
from skdask.exceptions import MemoryBudgetError, UnsupportedError
from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.model_selection.plan import compile_plan
from skdask.model_selection.plan.predict import Work, rates
from skdask.pipeline import Pipeline
from skdask.preprocessing import StandardScaler
from skdask.testing import CountingBlocks
from tests.model_selection.conftest import arranged

STEPS = Pipeline([("scale", StandardScaler()), ("reduce", PCA()), ("model", Ridge())])
GRID = {"reduce__n_components": [1, 2, 3], "model__alpha": [0.1, 1.0]}


def test_equal_prefixes_are_one_branch():
    candidates = [
        {"reduce__n_components": n, "model__alpha": alpha} for n in (1, 2) for alpha in (1, 2, 3)
    ]
    search = compile_plan(STEPS, candidates, {})
    (scaler,) = search.root.children.values()
    assert [len(node.finals) for node in scaler.children.values()] == [3, 3]
    assert sum(1 for _ in search.root.nodes()) == 4


def test_plan_of_moments_reads_nothing_and_holds(regression):
    X, y = regression
    blocks = CountingBlocks(skdask.blocks.open(X, y))
    search = GridSearchCV(STEPS, GRID)
    plan = search.plan(blocks)
    assert blocks.passes == 0
    assert (plan.passes, plan.more_passes, plan.n_candidates, plan.n_folds) == (1, None, 6, 5)
    search.fit(blocks)
    assert search.fit_report_.passes == plan.passes
    assert search.fit_report_.projected == plan.memory
    text = str(plan)
    for expected in ("6 candidates x 5 folds = 30 fits", "PCA(n_components=2)", "a pass", "budget"):
        assert expected in text
    console = Console(width=80, file=io.StringIO())
    console.print(plan)
    assert "30 fits" in console.file.getvalue()


def test_plan_of_iterations(classification):
    X, y = arranged("array", *classification)
    plan = GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}).plan(X, y)
    assert plan.more_passes == 100
    assert "class of every row" in str(plan)
    assert "gradients" in str(plan)


def test_long_plans_are_summed_up(regression):
    X, y = arranged("array", *regression)
    grid = {"reduce__whiten": [True, False], "reduce__n_components": list(range(1, 7))}
    assert "... and 4 more like these" in str(GridSearchCV(STEPS, grid).plan(X, y))


def test_a_search_that_does_not_fit_is_refused_before_it_reads(regression):
    X, y = regression
    blocks = CountingBlocks(skdask.blocks.open(np.tile(X, (10, 5)), np.tile(y, 10)))
    with (
        skdask.config.set(memory_limit="1MiB"),
        pytest.raises(MemoryBudgetError, match=r"memory limit is 1\.00 MiB"),
    ):
        GridSearchCV(Ridge(), {}, cv=100).fit(blocks)
    assert blocks.passes == 0


def test_what_candidates_would_cost_alone(regression):
    X, y = arranged("array", *regression)
    plan = GridSearchCV(STEPS, GRID).plan(X, y)
    assert plan.alone == 6 * 5
    assert "fit by fit it would be 30 passes, 5 a candidate" in str(plan)
    alone = GridSearchCV(STEPS, GRID, share=False, refit=False).fit(X, y)
    assert alone.fit_report_.passes == plan.alone


def test_html_and_plot(regression):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    X, y = arranged("array", *regression)
    plan = GridSearchCV(STEPS, GRID).plan(X, y)
    html = plan._repr_html_()
    assert html.count("<details") == html.count("</details>") > 3
    assert "PCA(n_components=2)" in html
    axes = plan.plot()
    assert [bar.get_width() for bar in axes.patches] == [1, 30]
    pyplot.close(axes.figure)
    forest = GridSearchCV(RandomForestRegressor(), {"n_estimators": [2, 3]}).plan(X, y)
    assert "5 fits for 10" in forest._repr_html_()
    with pytest.raises(UnsupportedError, match="no shared passes to draw"):
        forest.plot()


def test_time_is_predicted(regression, classification):
    X, y = arranged("array", *regression)
    few = GridSearchCV(STEPS, GRID).plan(X, y)
    many = GridSearchCV(STEPS, {**GRID, "model__alpha": np.logspace(-2, 2, 300)}).plan(X, y)
    assert 0 < few.seconds < many.seconds < many.seconds_alone
    assert few.seconds_alone < many.seconds_alone
    assert "time: about" in str(few)
    iterated = GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]})
    assert iterated.plan(*arranged("array", *classification)).seconds > 0
    in_memory = GridSearchCV(RandomForestRegressor(), {"n_estimators": [1, 2]}).plan(*regression)
    assert in_memory.seconds is None


def test_predictions_grow_with_the_work():
    work = Work(10**6, 50, 5, 4 * 10**8, True, 10, 0, 0, 0, True, 2)
    alone = work.seconds_alone()
    for more in (
        replace(work, n_rows=10**7, n_bytes=4 * 10**9),
        replace(work, iterating=100),
        replace(work, threads=1),
        replace(work, n_features=500),
        replace(work, n_folds=10),
    ):
        assert more.seconds() > work.seconds()
        assert more.seconds_alone() > alone
    assert all(rate > 0 for rate in asdict(rates()).values())
