"""Searches over estimators that learn block by block."""

from __future__ import annotations

import pickle
import warnings
from collections import Counter
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier

import skdask
from skdask.exceptions import MemoryBudgetError, UnsupportedError
from skdask.model_selection import (
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    SuccessiveHalvingSearchCV,
)
from skdask.model_selection.incremental.course import Course
from skdask.model_selection.incremental.on_threads import OnThreads

N_ROWS, BLOCK = 400, 40
SEEN: list[tuple[float, frozenset[int]]] = []


class Listening(RegressorMixin, BaseEstimator):
    """Notes the blocks that it is given, by the numbers that are its first column."""

    def __init__(self, worth: float = 0.0) -> None:
        self.worth = worth

    def fit(self, X: Any, y: Any) -> Listening:
        raise NotImplementedError

    def partial_fit(self, X: Any, y: Any) -> Listening:
        assert X.flags.c_contiguous or X.ndim == 2
        SEEN.append((self.worth, frozenset(X[:, 0].astype(int).tolist())))
        self.calls_ = getattr(self, "calls_", 0) + 1
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.worth)

    def score(self, X: Any, y: Any) -> float:
        SEEN.append((-1.0, frozenset(X[:, 0].astype(int).tolist())))
        return self.worth


@pytest.fixture
def numbered() -> Any:
    X = np.column_stack([np.arange(N_ROWS), np.ones(N_ROWS)]).astype(float)
    SEEN.clear()
    with skdask.config.set(block_bytes=8 * 3 * BLOCK):
        yield da.from_array(X, chunks=(BLOCK, 2)), da.from_array(X[:, 0], chunks=BLOCK)


@pytest.fixture(scope="module")
def classes() -> Any:
    X, y = make_classification(1200, 8, n_informative=5, flip_y=0.1, random_state=0)
    return X, np.array(["no", "yes"])[y]


def test_every_model_meets_every_block_and_no_test_row(numbered: Any) -> None:
    search = IncrementalSearchCV(
        Listening(), {"worth": [1.0, 2.0]}, "grid", max_iter=23, test_size=0.2, random_state=3
    )
    search.fit(*numbered)
    (test,) = {rows for worth, rows in SEEN if worth == -1.0}
    assert 50 < len(test) < 110
    for worth in (1.0, 2.0):
        met = [rows for each, rows in SEEN if each == worth]
        assert len(met) == 23
        # two times through ten blocks, and three blocks more
        for epoch in (met[:10], met[10:20]):
            assert sorted(row for rows in epoch for row in rows) == sorted(
                set(range(N_ROWS)) - test
            )
        assert met[:10] != met[10:20]
    # both learn from the same blocks at the same time
    assert met == [rows for each, rows in SEEN if each == 1.0]
    assert search.best_params_ == {"worth": 2.0}
    assert search.best_estimator_.calls_ == 23
    assert "46 calls of partial_fit for 2 models; 46 made, in 23 reads" in repr(search.fit_report_)


def test_brackets_share_reads(numbered: Any) -> None:
    search = HyperbandSearchCV(
        Listening(), {"worth": np.linspace(0, 1, 500)}, max_iter=9, random_state=0
    ).fit(*numbered)
    expected = search.metadata
    assert expected == search.metadata_
    assert (expected["n_models"], expected["partial_fit_calls"]) == (17, 69)
    # as many as one model of 9 calls needs
    assert "69 made, in 9 reads of a block" in repr(search.fit_report_)
    made = Counter(worth for worth, _ in SEEN if worth >= 0)
    by_model = dict(
        zip(
            [params["worth"] for params in search.cv_results_["params"]],
            search.cv_results_["partial_fit_calls"],
            strict=True,
        )
    )
    assert made == by_model
    assert search.best_score_ == search.cv_results_["test_score"].max()
    assert {record["bracket"] for record in search.history_} == {0, 1, 2}


def test_the_same_as_training_by_hand(classes: Any) -> None:
    X, y = classes
    with skdask.config.set(block_bytes=8 * 9 * 200):
        lazy = da.from_array(X, chunks=(300, -1)), da.from_array(y, chunks=300)
        for model in (SGDClassifier(random_state=0), MLPClassifier((5,), random_state=0)):
            search = IncrementalSearchCV(
                model, {"alpha": [1e-4, 1e-2]}, "grid", max_iter=12, random_state=1
            ).fit(*lazy)
            data = skdask.blocks.open(*lazy)
            by_hand = Course(data, 0.2, _seed(1), "by hand")
            expected = clone(model).set_params(**search.best_params_)
            for _, rows in by_hand.blocks_of(list(range(12))):
                expected.partial_fit(rows.X, rows.y, classes=["no", "yes"])
            np.testing.assert_array_equal(search.predict(X), expected.predict(X))
            assert search.best_score_ == search.scorer_(expected, by_hand.test.X, by_hand.test.y)


def _seed(random_state: int) -> int:
    return int(np.random.RandomState(random_state).randint(2**31 - 1))


@pytest.mark.parametrize("how", ["arrays", "frame", "memory", "parquet"])
def test_kinds_of_data(how: str, classes: Any, tmp_path: Any) -> None:
    X, y = classes
    table = pd.DataFrame(X, columns=[f"x{j}" for j in range(8)])
    given: Any = {
        "arrays": (da.from_array(X, chunks=(200, -1)), da.from_array(y, chunks=300)),
        "frame": (dd.from_pandas(table.assign(y=y), npartitions=4), "y"),
        "memory": (X, y),
        "parquet": (str(tmp_path / "t.parquet"), "y"),
    }[how]
    table.assign(y=y).to_parquet(tmp_path / "t.parquet", row_group_size=200)
    warnings.simplefilter("error")
    search = SuccessiveHalvingSearchCV(
        SGDClassifier(random_state=0, loss="log_loss"),
        {"alpha": loguniform(1e-5, 1.0)},
        n_initial_parameters=9,
        n_initial_iter=2,
        random_state=0,
        scoring="neg_log_loss",
    )
    with skdask.config.set(block_bytes=8 * 9 * 100):
        search.fit(*given)
        assert search.cv_results_["partial_fit_calls"].tolist().count(2) == 6
        assert search.classes_.tolist() == ["no", "yes"]
        rows = given[0].drop(columns="y") if how == "frame" else given[0]
        predicted = np.asarray(search.predict(rows))
        truth = y if how != "frame" else np.asarray(given[0]["y"])
        assert (predicted == truth).mean() > 0.7
        assert np.isfinite(search.score(*given))
    if how in ("frame", "parquet"):
        assert search.best_estimator_.feature_names_in_.tolist() == list(table.columns)
    again = pickle.loads(pickle.dumps(search))
    assert again.best_params_ == search.best_params_


def test_threads_and_repetition_change_nothing(classes: Any) -> None:
    X, y = classes
    found = []
    for threads in (1, 2, 4):
        with skdask.config.set(n_threads=threads, block_bytes=8 * 9 * 100):
            search = HyperbandSearchCV(
                SGDClassifier(random_state=0), {"alpha": loguniform(1e-5, 1.0)}, 9, random_state=5
            ).fit(da.from_array(X, chunks=(100, -1)), y)
        found.append((search.cv_results_["test_score"].tobytes(), search.best_params_))
    assert found[0] == found[1] == found[2]


def test_patience_stops_what_has_levelled_off(numbered: Any) -> None:
    options: dict[str, Any] = {"patience": 4, "fits_per_score": 2, "max_iter": 50}
    search = IncrementalSearchCV(Listening(), {"worth": [1.0, 2.0]}, "grid", **options)
    assert search.fit(*numbered).cv_results_["partial_fit_calls"].max() < 10
    halving = HyperbandSearchCV(Listening(), {"worth": np.linspace(0, 1, 300)}, 27, patience=True)
    halving.fit(*numbered)
    assert halving.metadata_["partial_fit_calls"] < halving.metadata["partial_fit_calls"]


def test_inverse_decay(numbered: Any) -> None:
    search = InverseDecaySearchCV(
        Listening(), {"worth": np.arange(12.0).tolist()}, "grid", random_state=0
    ).fit(*numbered)
    assert sorted(search.cv_results_["partial_fit_calls"].tolist()) == [1] * 8 + [2, 3, 4, 6]
    assert search.best_params_ == {"worth": 11.0}


def test_resumes_from_its_scores(classes: Any, tmp_path: Any, monkeypatch: Any) -> None:
    X, y = classes
    search = HyperbandSearchCV(
        SGDClassifier(random_state=0), {"alpha": loguniform(1e-5, 1.0)}, 9, random_state=5
    )
    given = da.from_array(X, chunks=(100, -1), name="rows"), y

    with skdask.config.set(block_bytes=8 * 9 * 100):
        expected = clone(search).fit(*given)
        rounds = []
        advance = OnThreads.advance

        def interrupted(*arguments: Any) -> Any:
            if len(rounds) == 2:
                raise KeyboardInterrupt
            rounds.append(1)
            return advance(*arguments)

        monkeypatch.setattr(OnThreads, "advance", interrupted)
        with skdask.config.set(checkpoint=str(tmp_path)), pytest.raises(KeyboardInterrupt):
            clone(search).fit(*given)
        monkeypatch.setattr(OnThreads, "advance", advance)
        with skdask.config.set(checkpoint=str(tmp_path)):
            resumed = clone(search).fit(*given)
        with skdask.config.set(checkpoint=str(tmp_path)):
            replayed = clone(search).fit(*given)
    for found in (resumed, replayed):
        assert found.best_params_ == expected.best_params_
        np.testing.assert_array_equal(
            found.cv_results_["test_score"], expected.cv_results_["test_score"]
        )
        np.testing.assert_array_equal(found.best_estimator_.coef_, expected.best_estimator_.coef_)
        assert "came from the checkpoint" in repr(found.fit_report_)
    assert "69 calls of partial_fit for 17 models; 69 made" in repr(expected.fit_report_)
    # what models had learnt before it was interrupted they do not learn again
    assert "30 made" in repr(resumed.fit_report_)
    # and of a finished search nothing is learnt again
    assert "0 made, in 0 reads" in repr(replayed.fit_report_)


def test_what_is_refused(numbered: Any) -> None:
    with pytest.raises(
        UnsupportedError, match=r"LinearRegression has no partial_fit.*GridSearchCV"
    ):
        HyperbandSearchCV(LinearRegression(), {}).fit(*numbered)
    with pytest.raises(TypeError, match=r"Listening\.partial_fit takes no sample_weight"):
        HyperbandSearchCV(Listening(), {}).fit(*numbered, sample_weight=np.ones(N_ROWS))
    search = IncrementalSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, 1, test_size=0.9)
    with (
        skdask.config.set(memory_limit="100MiB", block_bytes=2**20),
        pytest.raises(MemoryBudgetError, match=r"Dask Array \(60000, 128\) needs about"),
    ):
        search.fit(da.zeros((60_000, 128), chunks=(2000, -1)), np.arange(60_000) % 2)


def test_verbose(numbered: Any, capsys: Any) -> None:
    IncrementalSearchCV(
        Listening(), {"worth": [1.0]}, "grid", max_iter=2, verbose=True, prefix="mine"
    ).fit(*numbered)
    assert "[mine] IncrementalSearchCV: 1 models with up to 2 calls, best score 1" in (
        capsys.readouterr().out
    )
