"""scikit-learn's callbacks are called around a fit on blocks and its passes."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from skdask.linear_model import LogisticRegression
from skdask.model_selection import GridSearchCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler

callback = pytest.importorskip("sklearn.callback")


class Recorder:
    def __init__(self):
        self.calls = []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(self, estimator, context, *, X=None):
        self.calls.append(("begin", context.task_name, context.task_id, X.n_rows))

    def on_fit_task_end(self, estimator, context):
        self.calls.append(("end", context.task_name, context.task_id))


@pytest.fixture
def rows():
    X = np.random.default_rng(0).normal(size=(200, 3))
    return da.from_array(X, chunks=(50, 3)), da.from_array(X[:, 0] > 0.1, chunks=50)


@pytest.mark.parametrize(
    "model", [StandardScaler(), LogisticRegression(), make_pipeline(StandardScaler())]
)
def test_tasks_are_passes(model, rows):
    recorder = Recorder()
    model.set_callbacks(recorder).fit(*rows)
    passes = model.fit_report_.passes
    expected = ["setup", ("begin", "fit", 0, 200)]
    for number in range(passes):
        expected += [("begin", "pass", number, 200), ("end", "pass", number)]
    assert recorder.calls == [*expected, ("end", "fit", 0), "teardown"]
    assert not hasattr(model, "_callback_fit_ctx")


def test_teardown_after_a_failed_fit(rows):
    X, y = rows
    recorder = Recorder()
    with pytest.raises(ValueError, match="NaN"):
        LogisticRegression().set_callbacks(recorder).fit(da.where(X > 2, np.nan, X), y)
    assert recorder.calls[-1] == "teardown"


def test_a_wish_to_stop_is_answered(rows):
    recorder = Recorder()
    recorder.on_fit_task_end = lambda estimator, context: True
    with pytest.warns(UserWarning, match="goes on to its end"):
        StandardScaler().set_callbacks(recorder).fit(*rows)


def test_progress_bar_of_scikit_learn(rows, capsys):
    LogisticRegression().set_callbacks(callback.ProgressBar()).fit(*rows)
    assert "LogisticRegression - fit" in capsys.readouterr().out


def test_searches_say_that_they_do_not_call_them(rows):
    recorder = Recorder()
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2).set_callbacks(recorder)
    with pytest.warns(UserWarning, match="are not called"):
        search.fit(*rows)
    assert recorder.calls == []
