"""What every search over block-wise learning takes, class by class."""

from __future__ import annotations

import warnings
from typing import Any

import dask.array as da
import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import FitFailedWarning
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import get_scorer, make_scorer, recall_score

import skdask
from skdask.model_selection import (
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    SuccessiveHalvingSearchCV,
)
from skdask.model_selection.incremental.course import Course, share_of_test_rows

SEARCHES: dict[str, Any] = {
    "hyperband": (HyperbandSearchCV, {"max_iter": 9}),
    "halving": (SuccessiveHalvingSearchCV, {"n_initial_parameters": 6, "n_initial_iter": 2}),
    "incremental": (IncrementalSearchCV, {"n_initial_parameters": 4, "max_iter": 7}),
    "decay": (InverseDecaySearchCV, {"n_initial_parameters": 6, "max_iter": 8}),
}
MODEL = SGDClassifier(random_state=0, loss="log_loss")


def search_of(kind: str, **options: Any) -> Any:
    search, given = SEARCHES[kind]
    return search(MODEL, {"alpha": loguniform(1e-5, 1.0)}, random_state=2, **given, **options)


def assert_same(ours: Any, theirs: Any) -> None:
    """Equal to the bit."""
    assert ours.best_params_ == theirs.best_params_
    for name in ("test_score", "partial_fit_calls", "model_id"):
        np.testing.assert_array_equal(ours.cv_results_[name], theirs.cv_results_[name])
    mine, other = vars(ours.best_estimator_), vars(theirs.best_estimator_)
    for name in ("coef_", "intercept_", "coefs_"):
        if name in mine:
            for left, right in zip(mine[name], other[name], strict=True):
                np.testing.assert_array_equal(left, right)


@pytest.fixture(autouse=True)
def small_blocks() -> Any:
    with skdask.config.set(block_bytes=8 * 9 * 100):
        yield


@pytest.fixture(scope="module")
def rows() -> Any:
    X, y = make_classification(1200, 8, n_informative=5, flip_y=0.1, random_state=0)
    return da.from_array(X, chunks=(100, -1)), da.from_array(y, chunks=100)


@pytest.mark.parametrize("kind", SEARCHES)
def test_several_metrics(kind: str, rows: Any) -> None:
    by_name = search_of(kind, scoring=["accuracy", "neg_log_loss"], refit="neg_log_loss")
    by_name.fit(*rows)
    alone = search_of(kind, scoring="neg_log_loss").fit(*rows)
    assert_same(alone, by_name)
    results = by_name.cv_results_
    np.testing.assert_array_equal(results["mean_test_neg_log_loss"], results["test_score"])
    assert by_name.best_score_ == results["mean_test_neg_log_loss"].max()
    assert set(by_name.scorer_) == {"accuracy", "neg_log_loss"}
    assert by_name.multimetric_
    assert not alone.multimetric_
    assert by_name.score(*rows) == pytest.approx(
        get_scorer("neg_log_loss")(by_name.best_estimator_, *map(np.asarray, rows))
    )
    assert {"score", "test_accuracy", "test_neg_log_loss"} <= set(by_name.history_[0])
    with pytest.raises(ValueError, match="refit must be set to a scorer key"):
        search_of(kind, scoring=["accuracy", "f1"]).fit(*rows)
    with pytest.raises(ValueError, match="names none of the metrics: accuracy"):
        search_of(kind, scoring=["accuracy"], refit="f1").fit(*rows)


@pytest.mark.parametrize("kind", SEARCHES)
def test_refit(kind: str, rows: Any) -> None:
    def second(results: Any) -> int:
        return int(np.argsort(results["mean_test_score"])[-2])

    chosen = search_of(kind, refit=second).fit(*rows)
    plain = search_of(kind).fit(*rows)
    assert chosen.best_index_ == second(plain.cv_results_)
    assert not hasattr(chosen, "best_score_")
    assert chosen.best_estimator_.alpha == chosen.best_params_["alpha"]
    calls = chosen.cv_results_["partial_fit_calls"][chosen.best_index_]
    assert chosen.best_estimator_.t_ > calls
    none = search_of(kind, refit=False).fit(*rows)
    assert none.best_params_ == plain.best_params_
    assert not hasattr(none, "best_estimator_")
    with pytest.raises(AttributeError) as refused:
        none.predict(rows[0])
    assert "refit=False" in str(refused.value.__cause__)
    several = search_of(kind, scoring=["f1", "accuracy"], refit=False).fit(*rows)
    assert not hasattr(several, "best_index_")
    assert "mean_test_f1" in several.cv_results_


@pytest.mark.parametrize("kind", SEARCHES)
def test_train_scores(kind: str, rows: Any) -> None:
    search = search_of(kind, return_train_score=True).fit(*rows)
    found = search.cv_results_["mean_train_score"]
    assert np.isfinite(found).all()
    assert (found != search.cv_results_["mean_test_score"]).any()
    assert_same(search, search_of(kind).fit(*rows))


@pytest.mark.parametrize("kind", SEARCHES)
def test_what_fails_is_out(kind: str, rows: Any) -> None:
    # a candidate that scikit-learn refuses when it is trained
    parameters = {"alpha": [1e-4, 1e-3, 1e-2, -1.0, 1e-1, 1.0]}
    if kind != "hyperband":
        search = search_of(kind).set_params(n_initial_parameters="grid")
    else:
        search = search_of(kind).set_params(max_iter=3)
    search.set_params(parameters=parameters)
    with pytest.warns(FitFailedWarning, match=r"fits failed out of"):
        search.fit(*rows)
    failed = [params["alpha"] < 0 for params in search.cv_results_["params"]]
    assert any(failed)
    np.testing.assert_array_equal(np.isnan(search.cv_results_["mean_test_score"]), failed)
    with pytest.raises(ValueError, match="'alpha' parameter of SGDClassifier"):
        clone(search).set_params(error_score="raise").fit(*rows)
    with pytest.warns(FitFailedWarning):
        low = clone(search).set_params(error_score=-7.0).fit(*rows)
    assert (low.cv_results_["mean_test_score"][failed] == -7.0).all()
    assert low.best_params_ == search.best_params_


@pytest.mark.parametrize("kind", SEARCHES)
def test_weights(kind: str, rows: Any) -> None:
    X, y = rows
    weight = np.where(np.asarray(y) == 1, 20.0, 1.0)
    plain = search_of(kind, refit=False).fit(X, y)
    scorer = make_scorer(recall_score)
    for given in (weight, da.from_array(weight, chunks=70)):
        search = search_of(kind).fit(X, y, sample_weight=given)
        assert scorer(search, *map(np.asarray, rows)) > 0.9
    carried = search_of(kind).fit(skdask.blocks.open(X, y, sample_weight=weight))
    assert_same(carried, search)
    assert (search.cv_results_["mean_test_score"] != plain.cv_results_["mean_test_score"]).any()
    # scores are weighted as scikit-learn's searches weigh them
    seed = int(np.random.RandomState(2).randint(2**31 - 1))
    data = skdask.blocks.open(X, y, sample_weight=weight)
    test = Course(data, 1 / 12, seed, "test").test
    weighted = search_of(kind, test_size=1 / 12).fit(X, y, sample_weight=weight)
    assert weighted.best_score_ == pytest.approx(
        weighted.scorer_(weighted.best_estimator_, test.X, test.y, sample_weight=test.sample_weight)
    )


@pytest.mark.parametrize("kind", SEARCHES)
def test_metadata_routing(kind: str, rows: Any) -> None:
    X, y = rows
    weight = np.where(np.asarray(y) == 1, 20.0, 1.0)
    with config_context(enable_metadata_routing=True):
        search = search_of(kind)
        with pytest.raises(ValueError, match=r"sample_weight"):
            search.fit(X, y, sample_weight=weight)
        asked = clone(MODEL).set_partial_fit_request(sample_weight=True)
        scorer = get_scorer("accuracy").set_score_request(sample_weight=False)
        routed = clone(search).set_params(estimator=asked, scoring=scorer)
        routed.fit(X, y, sample_weight=weight)
        both = clone(routed).set_params(
            scoring=get_scorer("accuracy").set_score_request(sample_weight=True)
        )
        both.fit(X, y, sample_weight=weight)
    assert_same(search_of(kind).fit(X, y, sample_weight=weight), both)
    assert (routed.cv_results_["mean_test_score"] != both.cv_results_["mean_test_score"]).any()


@pytest.mark.parametrize("kind", SEARCHES)
def test_groups_are_held_out_as_a_whole(kind: str, rows: Any) -> None:
    X, y = rows
    groups = np.array([f"g{number % 40}" for number in range(1200)])
    search = search_of(kind, test_size=0.2).fit(X, y, groups=groups)
    assert np.isfinite(search.best_score_)
    course = Course(skdask.blocks.open(X, y, groups=groups), 0.2, 5, "test")
    test = set(course.test.groups)
    assert 1 < len(test) < 20
    trained = [set(block.groups) for _, block in course.blocks_of(list(range(12)))]
    assert not test & set().union(*trained)
    assert test | set().union(*trained) == set(groups)


@pytest.mark.parametrize("kind", SEARCHES)
def test_verbose_and_fit_parameters(kind: str, rows: Any, capsys: Any) -> None:
    X, y = rows
    search = search_of(kind, verbose=True, prefix="mine").fit(X, y, classes=[0, 1, 2])
    assert search.classes_.tolist() == [0, 1, 2]
    assert "[mine] " in capsys.readouterr().out


def test_few_rows_of_a_block_are_not_all_that_is_scored() -> None:
    with skdask.config.set(block_bytes=8 * 3 * 100):
        data = skdask.blocks.open(
            da.zeros((60_000, 2), chunks=(100, 2)), da.zeros(60_000, chunks=100)
        )
        assert share_of_test_rows(None, data) == pytest.approx(1 / 6)
        assert share_of_test_rows(0.01, data) == 0.01


def test_no_warnings_where_nothing_is_wrong(rows: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search_of("hyperband").fit(*rows)


@pytest.mark.parametrize("kind", SEARCHES)
def test_plan(kind: str, rows: Any) -> None:
    search = search_of(kind)
    plan = search.plan(*rows)
    search.fit(*rows)
    calls = search.cv_results_["partial_fit_calls"]
    assert (plan.n_candidates, plan.cost) == (len(calls), calls.sum())
    assert plan.alone == calls.max() * len(calls)
    assert f" {calls.max()} reads, " in str(plan)
    assert f"in {calls.max()} reads of a block" in repr(search.fit_report_)
    assert plan.seconds is not None
    assert 0 < plan.seconds < 60
    assert "a call with the first block" in str(plan)
    assert "<details" in plan._repr_html_()
    pyplot = pytest.importorskip("matplotlib.pyplot")
    axes = plan.plot()
    assert [bar.get_width() for bar in axes.patches] == [plan.cost, plan.alone]
    pyplot.close(axes.figure)


def test_a_plan_leaves_the_random_state_alone(rows: Any) -> None:
    random = np.random.RandomState(3)
    search = search_of("hyperband").set_params(random_state=random)
    search.plan(*rows)
    again = search_of("hyperband").set_params(random_state=np.random.RandomState(3))
    assert_same(search.fit(*rows), again.fit(*rows))
