"""scikit-learn's callbacks are called around fits, steps, searches and passes on blocks."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from sklearn import linear_model, model_selection, pipeline, preprocessing

from skdask.linear_model import LogisticRegression, Ridge
from skdask.model_selection import GridSearchCV, cross_validate
from skdask.pipeline import make_pipeline
from skdask.preprocessing import StandardScaler
from skdask.routes.steps import Transform

callback = pytest.importorskip("sklearn.callback")

# scikit-learn's leaves are iterations, ours are passes
LEAVES = ("pass", "lbfgs-iter")


class Recorder:
    """Keeps what it is called with; fails, or wishes to stop, at the end of a task of some name."""

    def __init__(self, fail_at=None, stop_at=None):
        self.calls = []
        self.rows = {}
        self._fail_at, self._stop_at = fail_at, stop_at

    def setup(self, estimator, context):
        self.calls.append(("setup", ""))

    def teardown(self, estimator, context):
        self.calls.append(("teardown", ""))

    def on_fit_task_begin(self, estimator, context, *, X=None):
        self.calls.append(("begin", *described(estimator, context)))
        self.rows[context.task_name] = X

    def on_fit_task_end(self, estimator, context):
        self.calls.append(("end", *described(estimator, context)))
        if context.task_name == self._fail_at:
            raise KeyError("enough")
        return context.task_name == self._stop_at

    def tasks(self):
        return [task for kind, task, *_ in self.calls if kind == "begin"]

    def without_leaves(self):
        return [call for call in self.calls if call[1] not in LEAVES]

    def places(self, kind, leaves=False):
        """Paths of tasks, where a task and the fit of an estimator that it is are one."""
        found = self.calls if leaves else self.without_leaves()
        return [
            tuple((source or task, number) for task, number, source in path)
            for what, _, _, *path in (call for call in found if len(call) > 2)
            if what == kind
        ]


class Propagated(Recorder):
    """One that is set on the outermost estimator and called by those within too."""

    max_propagation_depth = None


def described(estimator, context):
    path = []
    while context is not None:
        path.insert(0, (context.task_name, context.task_id, context.source_task_name))
        context = context.parent
    return path[-1][0], type(estimator).__name__, *path


@pytest.fixture
def rows():
    X = np.random.default_rng(0).normal(size=(200, 3))
    return da.from_array(X, chunks=(50, 3)), da.from_array(X[:, 0] > 0.1, chunks=50)


def in_memory(rows):
    return [part.compute() for part in rows]


def leftovers(estimator):
    """What a fit with callbacks has left on an estimator or on its steps."""
    left = [name for name in vars(estimator) if "callback" in name or name == "_fit_tasks"]
    for _, step in getattr(estimator, "steps", ()):
        left += leftovers(step) if hasattr(step, "fit") else []
    return left


@pytest.mark.parametrize("model", [StandardScaler(), LogisticRegression()])
def test_tasks_are_passes(model, rows):
    recorder = Recorder()
    model.set_callbacks(recorder).fit(*rows)
    assert recorder.tasks() == ["fit"] + ["pass"] * model.fit_report_.passes
    assert recorder.calls[0] == ("setup", "")
    assert recorder.calls[-1] == ("teardown", "")
    assert recorder.rows["fit"].n_rows == 200
    assert leftovers(model) == ["_skl_callbacks"]


ours, theirs = preprocessing.StandardScaler, linear_model.LogisticRegression
PIPELINES = {
    "steps": lambda make: make(ours(), theirs()),
    "idle steps": lambda make: make("passthrough", ours(), None),
    "a step without callbacks": lambda make: make(ours(), linear_model.Ridge()),
}


@pytest.mark.filterwarnings("ignore:The estimator Ridge does not support callbacks")
@pytest.mark.parametrize("kind", [Recorder, Propagated])
@pytest.mark.parametrize("name", PIPELINES)
def test_steps_of_a_pipeline_are_tasks_as_in_scikit_learn(name, kind, rows):
    recorder, expected = kind(), kind()
    model = PIPELINES[name](make_pipeline).set_callbacks(recorder).fit(*rows)
    PIPELINES[name](pipeline.make_pipeline).set_callbacks(expected).fit(*in_memory(rows))
    assert recorder.without_leaves() == expected.without_leaves()
    assert leftovers(model) == ["_skl_callbacks"]


def test_steps_of_a_pipeline_within_are_tasks(rows):
    recorder = Propagated()
    inner = make_pipeline(StandardScaler(), StandardScaler())
    make_pipeline(inner, LogisticRegression()).set_callbacks(recorder).fit(*rows)
    within = [place[1:] for place in recorder.places("begin") if len(place) > 2]
    assert within == [
        (("fit-transform-pipeline", 0), ("fit-transform-standardscaler-1", 0)),
        (("fit-transform-pipeline", 0), ("fit-final-estimator", 1)),
    ]


def test_passes_are_tasks_of_the_step_that_needs_them(rows):
    recorder = Propagated()
    model = make_pipeline(StandardScaler(), LogisticRegression()).set_callbacks(recorder)
    model.fit(*rows)
    passes = [call for call in recorder.calls if call[:2] == ("begin", "pass")]
    assert len(passes) == model.fit_report_.passes
    assert [call[2] for call in passes[:2]] == ["StandardScaler", "LogisticRegression"]


def test_only_what_is_fitted_on_the_rows_is_given_them(rows):
    recorder = Recorder()
    make_pipeline(StandardScaler(), Ridge()).set_callbacks(recorder).fit(*rows)
    assert recorder.rows["fit-transform-standardscaler"].n_rows == 200
    assert recorder.rows["fit-final-estimator"] is None


def test_callbacks_of_a_step_are_called(rows):
    recorder = Recorder()
    model = make_pipeline(StandardScaler(), LogisticRegression().set_callbacks(recorder))
    model.fit(*rows)
    assert recorder.tasks()[0] == "fit"
    assert recorder.tasks().count("pass") == model.fit_report_.passes - 1
    assert recorder.calls[-1] == ("teardown", "")


@pytest.mark.filterwarnings("ignore:The estimator Ridge does not support callbacks")
@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("kind", [Recorder, Propagated])
@pytest.mark.parametrize(
    "settings",
    [
        (linear_model.LogisticRegression(), {"C": [0.1, 1.0, 10.0]}),
        (linear_model.Ridge(), {"alpha": [0.1, 1.0]}),
    ],
    ids=["logistic", "ridge"],
)
def test_candidates_and_folds_of_a_search_are_tasks_as_in_scikit_learn(settings, kind, refit, rows):
    recorder, expected = kind(), kind()
    search = GridSearchCV(*settings, cv=4, refit=refit).set_callbacks(recorder).fit(*rows)
    plain = model_selection.GridSearchCV(*settings, cv=4, refit=refit).set_callbacks(expected)
    plain.fit(*in_memory(rows))
    assert recorder.places("begin") == expected.places("begin")
    # ours are fitted together: they have all begun before the first of them ends
    assert sorted(recorder.places("end")) == sorted(expected.places("end"))
    assert recorder.places("end")[-1] == (("fit", 0),)
    assert recorder.calls[-1] == ("teardown", "")
    assert recorder.rows["candidate-split-evaluation"] is None
    assert leftovers(search) == ["_skl_callbacks"]
    if refit:
        assert leftovers(search.best_estimator_) == []


def test_evaluations_in_a_plain_loop_are_the_same_tasks(rows):
    settings = LogisticRegression(), {"C": [0.1, 1.0]}
    shared, looped = Recorder(), Recorder()
    GridSearchCV(*settings, cv=2).set_callbacks(shared).fit(*rows)
    GridSearchCV(*settings, cv=2, share=False).set_callbacks(looped).fit(*rows)
    assert looped.calls == shared.calls


def test_passes_of_a_refit_are_tasks(rows):
    recorder = Propagated()
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2).set_callbacks(recorder)
    search.fit(*rows)
    places = [place for place in recorder.places("begin", leaves=True) if "pass" in place[-1]]
    assert places[0] == (("fit", 0), ("refit-with-best-params", 1), ("pass", 0))


def test_searches_in_memory_with_callbacks_are_scikit_learns(rows):
    recorder, expected = Propagated(), Propagated()
    settings = linear_model.LogisticRegression(), {"C": [1.0]}
    search = GridSearchCV(*settings, cv=2).set_callbacks(recorder)
    assert search.plan(*in_memory(rows)).fallback == "the search has callbacks"
    search.fit(*in_memory(rows))
    plain = model_selection.GridSearchCV(*settings, cv=2).set_callbacks(expected)
    plain.fit(*in_memory(rows))
    assert recorder.calls == expected.calls


def test_callbacks_of_what_is_searched_are_not_called_silently(rows):
    model = LogisticRegression().set_callbacks(recorder := Recorder())
    with pytest.warns(UserWarning, match="within GridSearchCV are not called while"):
        GridSearchCV(model, {"C": [1.0]}, cv=2).fit(*rows)
    assert recorder.tasks()[0] == "fit"
    with pytest.warns(UserWarning, match="within cross_validate are not called while"):
        cross_validate(model, *rows, cv=2)


@pytest.mark.filterwarnings("ignore:callbacks of the estimator within GridSearchCV")
def test_propagated_callbacks_belong_to_the_outermost(rows):
    model = LogisticRegression().set_callbacks(Propagated())
    for outer in (make_pipeline(StandardScaler(), model), GridSearchCV(model, {"C": [1.0]}, cv=2)):
        with pytest.raises(TypeError, match="can't have auto-propagated callbacks"):
            outer.set_callbacks(Recorder()).fit(*rows)


@pytest.mark.parametrize("name", ["fit", "pass", "fit-transform-standardscaler"])
def test_an_exception_of_a_callback_ends_the_fit(name, rows):
    recorder = Recorder(fail_at=name)
    model = make_pipeline(StandardScaler(), LogisticRegression()).set_callbacks(recorder)
    model.named_steps["logisticregression"].set_callbacks(within := Recorder())
    if name == "pass":
        recorder.max_propagation_depth = None
    with pytest.raises(KeyError, match="enough"):
        model.fit(*rows)
    assert recorder.calls[-1] == ("teardown", "")
    assert not within.calls or within.calls[-1] == ("teardown", "")
    assert leftovers(model) == ["_skl_callbacks"] * 2
    # nothing is left that another fit would fall over
    model.set_callbacks(Recorder()).fit(*rows)


def test_teardown_after_a_failed_fit(rows):
    X, y = rows
    recorder = Propagated()
    model = make_pipeline(StandardScaler(), LogisticRegression()).set_callbacks(recorder)
    with pytest.raises(ValueError, match="NaN"):
        model.fit(da.where(X > 2, np.nan, X), y)
    assert recorder.calls[-1] == ("teardown", "")
    assert leftovers(model) == ["_skl_callbacks"]


def test_a_wish_to_stop_is_answered_once(rows):
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.named_steps["logisticregression"].set_callbacks(Recorder(stop_at="pass"))
    with pytest.warns(UserWarning, match="goes on to its end, as scikit-learn's") as caught:
        model.fit(*rows)
    assert len(caught) == 1


def test_steps_travel_without_callbacks(rows):
    scaler = preprocessing.StandardScaler().fit(*in_memory(rows))
    alike = Transform(scaler, False, False)
    scaler.set_callbacks(Recorder())
    with_callbacks = Transform(scaler, False, False)
    assert leftovers(with_callbacks.transformer) == []
    assert with_callbacks.token == alike.token


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        (LogisticRegression(), "LogisticRegression - fit"),
        (make_pipeline(StandardScaler(), LogisticRegression()), "fit-final-estimator | Logistic"),
        (GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}, cv=2), "GridSearchCV - search"),
    ],
    ids=["fit", "pipeline", "search"],
)
def test_progress_bar_of_scikit_learn(model, shown, rows, capsys):
    model.set_callbacks(callback.ProgressBar()).fit(*rows)
    assert shown in capsys.readouterr().out
