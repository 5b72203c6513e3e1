"""`skdask predict`: scikit-learn's predictions, streamed, all or nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdask
from tests.cli.conftest import FEATURES


@pytest.fixture(scope="module")
def regressor(frame: pd.DataFrame, tmp_path_factory):
    model = make_pipeline(StandardScaler(), Ridge()).fit(frame[FEATURES], frame["price"])
    path = tmp_path_factory.mktemp("models") / "r.skops"
    skdask.save(model, path)
    return model, path


@pytest.fixture(scope="module")
def classifier(frame: pd.DataFrame, tmp_path_factory):
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(frame[FEATURES], frame["sold"])
    path = tmp_path_factory.mktemp("models") / "c.skops"
    skdask.save(model, path)
    return model, path


@pytest.mark.parametrize("kind", ["t.parquet", "t.csv", "t.arrow", "parts"])
@pytest.mark.parametrize("limit", ["4GiB", "1MiB"])
def test_predictions_as_in_scikit_learn(kind, limit, run, folder, frame, regressor, tmp_path):
    model, path = regressor
    done = run(
        "predict",
        folder / kind,
        "--model-file",
        path,
        "--out",
        tmp_path / "p",
        "--keep",
        "id,colour",
        "--memory-limit",
        limit,
    )
    assert done.code == 0, done.err
    assert "900 predictions" in done.out
    found = pd.read_parquet(tmp_path / "p")
    assert list(found) == ["id", "colour", "prediction"]
    np.testing.assert_allclose(found["prediction"], model.predict(frame[FEATURES]), rtol=1e-12)
    assert found["id"].tolist() == frame["id"].tolist()
    assert found["colour"].fillna("").tolist() == frame["colour"].fillna("").tolist()
    assert [entry.name for entry in tmp_path.iterdir()] == ["p"]


def test_a_file_makes_a_file(run, folder, regressor, tmp_path):
    done = run(
        "predict", folder / "parts", "--model-file", regressor[1], "--out", tmp_path / "p", "--json"
    )
    assert done.json["files"] == 5
    assert sorted(entry.name for entry in (tmp_path / "p").iterdir()) == [
        f"part-{number:05d}.parquet" for number in range(5)
    ]


def test_probabilities_and_all_columns(run, folder, frame, classifier, tmp_path):
    model, path = classifier
    done = run(
        "predict",
        folder / "t.parquet",
        "--model-file",
        path,
        "--out",
        tmp_path / "p",
        "--proba",
        "--keep",
        "all",
    )
    assert done.code == 0, done.err
    found = pd.read_parquet(tmp_path / "p")
    assert list(found)[-3:] == ["prediction", "probability_no", "probability_yes"]
    assert list(found)[:-3] == list(frame)
    assert found["prediction"].tolist() == model.predict(frame[FEATURES]).tolist()
    np.testing.assert_allclose(
        found[["probability_no", "probability_yes"]], model.predict_proba(frame[FEATURES])
    )


def test_two_targets(run, folder, frame, tmp_path):
    model = Ridge().fit(frame[FEATURES], frame[["price", "count"]])
    skdask.save(model, tmp_path / "m.skops")
    run("predict", folder / "t.csv", "--model-file", tmp_path / "m.skops", "--out", tmp_path / "p")
    found = pd.read_parquet(tmp_path / "p")
    np.testing.assert_allclose(
        found[["prediction_0", "prediction_1"]], model.predict(frame[FEATURES])
    )


def test_no_overwriting_without_force(run, folder, regressor, tmp_path):
    arguments = ["predict", folder / "t.csv", "--model-file", regressor[1], "--out", tmp_path / "p"]
    assert run(*arguments).code == 0
    done = run(*arguments)
    assert done.code == 1
    assert done.err.startswith("skdask: error: ")
    assert "--force" in done.err
    assert run(*arguments, "--force", "--keep", "id").code == 0
    assert list(pd.read_parquet(tmp_path / "p")) == ["id", "prediction"]
    (tmp_path / "p" / "notes.txt").write_text("precious")
    done = run(*arguments, "--force")
    assert done.code == 1
    assert "more than Parquet files" in done.err
    assert (tmp_path / "p" / "notes.txt").exists()


def test_a_failure_leaves_nothing_and_keeps_the_old(run, frame, regressor, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for number in range(3):
        part = frame[FEATURES].copy()
        if number == 2:
            part.loc[77, "depth"] = np.nan
        part.to_parquet(data / f"{number}.parquet")
    out = tmp_path / "p"
    out.mkdir()
    pq.write_table(pa.table({"prediction": [1.0]}), out / "part-00000.parquet")
    done = run("predict", data, "--model-file", regressor[1], "--out", out, "--force")
    assert done.code == 1
    assert "Input X contains NaN. The first is in column 'depth', row 77" in done.err
    assert "2.parquet" in done.err
    assert pd.read_parquet(out)["prediction"].tolist() == [1.0]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data", "p"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="depth"), "no column 'depth'"),
        (lambda f: f.assign(depth=f["colour"]), "'depth'"),
        (lambda f: f.assign(prediction=1.0), "has a column 'prediction' already"),
    ],
)
def test_tables_that_do_not_fit_the_model(change, message, run, frame, regressor, tmp_path):
    change(frame).to_parquet(tmp_path / "t.parquet")
    done = run(
        "predict",
        tmp_path / "t.parquet",
        "--model-file",
        regressor[1],
        "--keep",
        "all",
        "--out",
        tmp_path / "p",
    )
    assert done.code == 1
    assert message in done.err
    assert len(done.err.splitlines()) == 1


def test_truncated_file(run, folder, regressor, tmp_path):
    whole = (folder / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(whole[: len(whole) // 2])
    done = run(
        "predict", tmp_path / "t.parquet", "--model-file", regressor[1], "--out", tmp_path / "p"
    )
    assert done.code == 1
    assert "t.parquet" in done.err
    assert "damaged" in done.err


def test_out_must_not_be_the_data(run, folder, regressor):
    done = run(
        "predict",
        folder / "parts",
        "--model-file",
        regressor[1],
        "--out",
        folder / "parts",
        "--force",
    )
    assert done.code == 2
    assert len(list((folder / "parts").iterdir())) == 5


def test_a_model_without_names_takes_the_numeric_columns(run, folder, frame, tmp_path):
    numeric = frame.select_dtypes("number")
    model = Ridge().fit(numeric.to_numpy(), frame["price"])
    skdask.save(model, tmp_path / "m.skops")
    done = run(
        "predict", folder / "t.arrow", "--model-file", tmp_path / "m.skops", "--out", tmp_path / "p"
    )
    assert done.code == 0, done.err
    found = pd.read_parquet(tmp_path / "p")["prediction"]
    np.testing.assert_allclose(found, model.predict(numeric.to_numpy()), rtol=1e-9)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_data(tmp_path):
    random = np.random.default_rng(0)
    names = [f"c{number}" for number in range(40)]
    X = pd.DataFrame(random.standard_normal((400_000, 40)), columns=names)
    skdask.save(
        make_pipeline(StandardScaler(), Ridge()).fit(X[:999], X["c0"][:999]), tmp_path / "m"
    )
    for number in range(8):
        X.to_parquet(tmp_path / f"x{number}.parquet", row_group_size=100_000)
    peaks = {}
    for count in (1, 8):
        data = tmp_path / f"data{count}"
        data.mkdir()
        for number in range(count):
            (data / f"x{number}.parquet").symlink_to(tmp_path / f"x{number}.parquet")
        peaks[count] = peak_of_predict(tmp_path / "m", data, tmp_path / f"out{count}")
    assert peaks[8] < 1.15 * peaks[1]


def peak_of_predict(model: Path, data: Path, out: Path) -> int:
    program = (
        "import resource, sys; from skdask.cli.main import main; assert main(sys.argv[1:]) == 0; "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    arguments = [
        "predict",
        data,
        "--model-file",
        model,
        "--out",
        out,
        "--quiet",
        "--threads",
        "1",
        "--memory-limit",
        "256MiB",
    ]
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.split()[-1])
