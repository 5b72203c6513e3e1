"""`skdask search` and `plan`: scikit-learn's scores, readable output, JSON."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.feather as feather
import pytest
from sklearn import linear_model, model_selection
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdask
from tests.cli.conftest import FEATURES, TEXT

SHARED_DATA = Path(__file__).parents[2].parent / "shared" / "data"
needs_shared_data = pytest.mark.skipif(
    not SHARED_DATA.is_dir(), reason="the real data are not beside the repository"
)


def oracle(frame, features, target, alphas, **fit_params):
    search = model_selection.GridSearchCV(
        make_pipeline(StandardScaler(), linear_model.Ridge()), {"ridge__alpha": alphas}, cv=5
    )
    return search.fit(frame[features], frame[target], **fit_params)


def check_scores(found, expected, names):
    """Every split's score of every candidate."""
    assert len(found["results"]) == len(expected.cv_results_["params"])
    for result in found["results"]:
        index = next(
            i
            for i, params in enumerate(expected.cv_results_["params"])
            if list(params.values()) == [result["params"][name] for name in names]
        )
        scores = [expected.cv_results_[f"split{fold}_test_score"][index] for fold in range(5)]
        np.testing.assert_allclose(result["scores"], scores, rtol=0, atol=1e-9)


@needs_shared_data
def test_flights_as_in_scikit_learn(run):
    path = SHARED_DATA / "flights-200k.arrow"
    done = run(
        "search",
        path,
        "--target",
        "delay",
        "--model",
        "ridge",
        "--grid",
        "ridge__alpha=0.1,1,10",
        "--json",
    )
    assert done.code == 0, done.err
    frame = feather.read_table(str(path)).to_pandas()
    # of float32 columns scikit-learn makes a float32 matrix, and rounds in the eighth digit
    expected = oracle(frame.astype(np.float64), ["distance", "time"], "delay", [0.1, 1, 10])
    check_scores(done.json, expected, ["ridge__alpha"])
    assert done.json["best_params"] == {"ridge__alpha": 10}
    assert done.json["report"]["passes"] == 1


@needs_shared_data
def test_diamonds_as_in_scikit_learn(run):
    path = SHARED_DATA / "diamonds.csv"
    done = run(
        "search",
        path,
        "--target",
        "price",
        "--drop",
        "cut,color,clarity",
        "--model",
        "ridge",
        "--grid",
        "ridge__alpha=logspace:-3:3:7",
        "--json",
    )
    assert done.code == 0, done.err
    frame = pd.read_csv(path)
    features = ["carat", "depth", "table", "x", "y", "z"]
    expected = oracle(frame, features, "price", np.logspace(-3, 3, 7).tolist())
    check_scores(done.json, expected, ["ridge__alpha"])


@pytest.mark.parametrize("kind", ["t.parquet", "t.csv", "t.arrow", "parts"])
def test_every_kind_of_table(kind, run, folder, frame, tmp_path):
    done = run(
        "search",
        folder / kind,
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "ridge",
        "--grid",
        "ridge__alpha=0.1,10",
        "--json",
        "--out",
        tmp_path / "m.skops",
    )
    assert done.code == 0, done.err
    features = [*FEATURES, "count"]
    expected = oracle(frame, features, "price", [0.1, 10])
    check_scores(done.json, expected, ["ridge__alpha"])
    loaded = skdask.load(tmp_path / "m.skops")
    np.testing.assert_allclose(
        loaded.predict(frame[features]), expected.predict(frame[features]), rtol=1e-9
    )


def test_what_people_see(run, folder, tmp_path):
    done = run(
        "search",
        folder / "t.parquet",
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "pca-ridge",
        "--grid",
        "pca__n_components=2,3",
        "--grid",
        "ridge__alpha=1,10,100",
        "--top",
        "4",
        "--out",
        tmp_path / "m.skops",
    )
    assert done.code == 0
    plan, table = done.out.index("6 candidates x 5 folds"), done.out.index("best 4 of 6")
    assert plan < table < done.out.index("FitReport of GridSearchCV") < done.out.index("saved")
    assert "passes over the data: 1" in done.out
    assert "pca__n_components" in done.out
    assert done.err == ""


def test_quiet_says_the_best_and_no_more(run, folder):
    done = run(
        "search",
        folder / "t.parquet",
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "ridge",
        "--grid",
        "ridge__alpha=1000,0.1",
        "--quiet",
    )
    assert done.code == 0
    (line,) = done.out.splitlines()
    score, setting = line.split()
    assert 0 < float(score) < 1
    assert setting == "ridge__alpha=0.1"


def test_weights_go_to_the_steps_that_take_them(run, folder, frame, tmp_path):
    done = run(
        "search",
        folder / "t.parquet",
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "ridge",
        "--weight",
        "count",
        "--grid",
        "ridge__alpha=1,10",
        "--json",
        "--out",
        tmp_path / "m.skops",
    )
    assert done.code == 0, done.err
    weights = {
        "ridge__sample_weight": frame["count"],
        "standardscaler__sample_weight": frame["count"],
    }
    expected = oracle(frame, FEATURES, "price", [1, 10], **weights)
    check_scores(done.json, expected, ["ridge__alpha"])
    np.testing.assert_allclose(
        skdask.load(tmp_path / "m.skops").predict(frame[FEATURES]),
        expected.predict(frame[FEATURES]),
        rtol=1e-9,
    )


def test_classes_scoring_and_shuffled_folds(run, folder, frame):
    done = run(
        "search",
        folder / "t.parquet",
        "--target",
        "sold",
        "--drop",
        "colour,id,price",
        "--model",
        "logistic",
        "--grid",
        "logistic__C=0.01,1",
        "--scoring",
        "neg_log_loss",
        "--cv",
        "4",
        "--shuffle",
        "--seed",
        "3",
        "--json",
    )
    assert done.code == 0, done.err
    folds = model_selection.StratifiedKFold(4, shuffle=True, random_state=3)
    expected = model_selection.GridSearchCV(
        make_pipeline(StandardScaler(), linear_model.LogisticRegression(tol=1e-8)),
        {"logisticregression__C": [0.01, 1]},
        cv=folds,
        scoring="neg_log_loss",
    ).fit(frame[[*FEATURES, "count"]], frame["sold"])
    assert done.json["best_params"] == {"logistic__C": 1}
    assert done.json["best_score"] == pytest.approx(expected.best_score_, abs=1e-4)


def test_random_combinations(run, folder):
    arguments = [
        "search",
        folder / "t.parquet",
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "ridge",
        "--grid",
        "ridge__alpha=logspace:-3:3:50",
        "--random",
        "4",
        "--json",
    ]
    tried = [
        [r["params"] for r in run(*arguments, *more).json["results"]]
        for more in ([], [], ["--seed", "1"])
    ]
    assert len(tried[0]) == 4
    assert tried[0] == tried[1] != tried[2]


def test_plan_reads_no_rows_and_says_what_would_be(run, folder):
    arguments = [
        "plan",
        folder / "t.parquet",
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "ridge",
        "--grid",
        "ridge__alpha=1,2,3",
        "--cv",
        "7",
        "--memory-limit",
        "1GiB",
    ]
    shown = run(*arguments)
    assert shown.code == 0
    assert "3 candidates x 7 folds = 21 fits" in shown.out
    assert "1.00 GiB" in shown.out
    record = run(*arguments, "--json").json
    assert (record["candidates"], record["folds"], record["passes"]) == (3, 7, 1)
    assert record["memory_limit"] == 2**30
    assert record["rows"] == 900


def test_model_of_a_python_file(run, folder, frame, tmp_path):
    (tmp_path / "neighbour.py").write_text("ALPHA = 7.0\n")
    (tmp_path / "mine.py").write_text(
        "from sklearn.linear_model import Ridge\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import MinMaxScaler\n"
        "from neighbour import ALPHA\n"
        "model = make_pipeline(MinMaxScaler(), Ridge(ALPHA))\n"
        "def factory():\n"
        "    return model\n"
    )
    for name in ("model", "factory"):
        done = run(
            "search",
            folder / "t.parquet",
            "--target",
            "price",
            "--drop",
            TEXT,
            "--model",
            f"{tmp_path / 'mine.py'}:{name}",
            "--grid",
            "ridge__alpha=1,2",
            "--json",
        )
        assert done.code == 0, done.err
        assert len(done.json["results"]) == 2
