"""Exit codes, and errors in one line that say what to do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

import skdask
from tests.cli.conftest import TEXT


def one_error_line(done, code: int = 1) -> str:
    assert done.code == code
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert line.startswith("skdask: error: ")
    return line


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_missing_target_shows_what_leaves_its_rows_out(kind, run, frame, tmp_path):
    frame = frame.assign(price=frame["price"].where(frame["price"] > frame["price"].median()))
    getattr(frame, f"to_{kind}")(tmp_path / f"t.{kind}", index=False)
    given = ["search", tmp_path / f"t.{kind}", "--target", "price", "--model", "ridge"]
    done = run(*given)
    assert done.code == 1
    assert "Input y contains NaN" in done.err
    assert "--known-target leaves out the rows without price." in done.err
    done = run(*given, "--known-target", "--json")
    assert done.code == 0, done.err
    known = frame[frame["price"].notna()]
    getattr(known, f"to_{kind}")(tmp_path / f"known.{kind}", index=False)
    given[1] = tmp_path / f"known.{kind}"
    score = json.loads(done.out)["best_score"]
    assert score == pytest.approx(json.loads(run(*given, "--json").out)["best_score"], rel=1e-9)


@pytest.mark.parametrize("kind", ["t.parquet", "t.csv", "t.arrow", "parts"])
@pytest.mark.parametrize("drop", [None, "colour"])
def test_text_among_the_features_shows_the_drop_to_give(kind, drop, run, folder, tmp_path):
    (tmp_path / "m.py").write_text("from skdask.linear_model import Ridge\nmodel = Ridge()")
    model = f"{tmp_path / 'm.py'}:model"
    given = [] if drop is None else ["--drop", drop]
    line = one_error_line(
        run("search", folder / kind, "--target", "price", "--model", model, *given)
    )
    wanted = "--drop sold,colour" if drop is None else "--drop colour,sold"
    assert line.endswith(wanted)
    done = run("fit", folder / kind, "--target", "price", "--model", model, *wanted.split())
    assert done.code == 0


def test_a_target_that_is_not_there(run, folder):
    line = one_error_line(
        run("search", folder / "t.csv", "--target", "pric", "--drop", TEXT, "--model", "ridge")
    )
    assert "Did you mean 'price'?" in line


def test_data_that_are_not_there(run, tmp_path):
    line = one_error_line(run("fit", tmp_path / "no.csv", "--target", "y", "--model", "ridge"))
    assert "no.csv does not exist" in line


def test_missing_values_name_the_column(run, folder, frame, tmp_path):
    frame = frame.copy()
    frame.loc[5, "height"] = np.nan
    frame.to_parquet(tmp_path / "t.parquet")
    line = one_error_line(
        run(
            "search",
            tmp_path / "t.parquet",
            "--target",
            "price",
            "--drop",
            TEXT,
            "--model",
            "ridge",
            "--quiet",
        )
    )
    assert "column 'height', row 5" in line


def test_too_small_a_budget(run, folder):
    line = one_error_line(
        run(
            "fit",
            folder / "t.parquet",
            "--target",
            "price",
            "--drop",
            TEXT,
            "--model",
            "ridge",
            "--memory-limit",
            "10kB",
        )
    )
    assert "budget" in line or "memory limit" in line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model = 1 +\n", r"bad.py, line 1"),
        ("x = 1\nmodel = undefined\n", r"bad.py, line 2: NameError"),
        ("model = 3\n", "is a int, not an estimator"),
        ("other = 3\n", "has no 'model'"),
        ("def model():\n    raise ValueError('oh\\nno')\n", "bad.py, line 2: ValueError: oh no"),
    ],
)
def test_model_files_that_fail(text, message, run, folder, tmp_path):
    (tmp_path / "bad.py").write_text(text)
    line = one_error_line(
        run("fit", folder / "t.csv", "--target", "price", "--model", f"{tmp_path}/bad.py:model")
    )
    assert message in line


def test_a_step_that_blocks_cannot_have(run, folder, tmp_path):
    (tmp_path / "m.py").write_text(
        "from sklearn.ensemble import RandomForestRegressor\n"
        "model = RandomForestRegressor(3, random_state=0)\n"
    )
    given = (folder / "t.csv", "--target", "price", "--drop", TEXT)
    model = ("--model", f"{tmp_path}/m.py:model")
    assert "RandomForestRegressor" in one_error_line(run("fit", *given, *model))
    # a search brings rows to memory where these fit, and says so
    done = run("search", *given, *model)
    assert done.code == 0
    assert "run fit by fit: RandomForestRegressor" in done.out


@pytest.mark.parametrize("out", ["no/folder/m.skops", "."])
def test_where_no_model_can_be_saved_nothing_is_fitted(out, run, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    line = one_error_line(
        run(
            "fit",
            folder / "t.csv",
            "--target",
            "price",
            "--drop",
            TEXT,
            "--model",
            "ridge",
            "--out",
            out,
        )
    )
    assert "--out" in line


def test_model_file_that_is_none(run, folder, tmp_path):
    (tmp_path / "m.skops").write_text("?")
    line = one_error_line(
        run(
            "predict",
            folder / "t.csv",
            "--model-file",
            tmp_path / "m.skops",
            "--out",
            tmp_path / "p",
        )
    )
    assert "no skops file" in line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "COMMAND"),
        (["serach"], "serach"),
        (["fit", "t.csv", "--model", "ridge"], "--target"),
        (["fit", "t.csv", "--target", "y", "--model", "rigde"], "did you mean ridge"),
        (["fit", "t.csv", "--target", "y", "--model", "m.py"], "m.py:model"),
        (
            ["search", "t.csv", "--target", "y", "--model", "ridge", "--grid", "alpha=1"],
            "did you mean ridge__alpha?",
        ),
        (
            ["search", "t.csv", "--target", "y", "--model", "ridge", "--grid", "ridge__alpha"],
            "NAME=VALUES",
        ),
        (
            ["search", "t.csv", "--target", "y", "--model", "ridge", "--grid", "ridge__alpha=1,,2"],
            "empty value",
        ),
        (
            [
                "search",
                "t.csv",
                "--target",
                "y",
                "--model",
                "ridge",
                "--grid",
                "ridge__alpha=logspace:1",
            ],
            "logspace:FIRST:LAST:COUNT",
        ),
        (
            ["search", "t.csv", "--target", "y", "--model", "ridge", "--memory-limit", "much"],
            "no size",
        ),
        (["search", "t.csv", "--target", "y", "--model", "ridge", "--cv", "1"], "from 2 on"),
        (
            ["search", "t.csv", "--target", "y", "--model", "ridge", "--scoring", "acuracy"],
            "did you mean accuracy",
        ),
        (
            ["fit", "t.csv", "--target", "y", "--model", "ridge", "--set", "ridge__alpha=1,2"],
            "one value",
        ),
    ],
)
def test_wrong_usage(arguments, message, run):
    done = run(*arguments)
    assert done.code == 2
    assert message in done.err
    assert done.out == ""


def test_version_and_help(run):
    assert run("--version").out == f"skdask {skdask.__version__}\n"
    assert "predict" in run("--help").out
    for command in ("plan", "fit", "search", "predict"):
        done = run(command, "--help")
        assert done.code == 0
        assert "--memory-limit" in done.out


def test_debug_shows_the_traceback(run, tmp_path):
    done = run("fit", tmp_path / "no.csv", "--target", "y", "--model", "ridge", "--debug")
    assert done.code == 1
    assert "Traceback" in done.err


def test_settings_end_with_the_command(run, folder):
    before = skdask.config.get()
    run(
        "fit",
        folder / "t.csv",
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "ridge",
        "--memory-limit",
        "1GiB",
        "--threads",
        "1",
        "--quiet",
    )
    assert skdask.config.get() == before


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_interrupted_predictions_leave_nothing(tmp_path, frame):
    from sklearn.linear_model import Ridge

    names = [f"c{number}" for number in range(30)]
    X = pd.DataFrame(np.random.default_rng(0).standard_normal((200_000, 30)), columns=names)
    skdask.save(Ridge().fit(X[:100], X["c0"][:100]), tmp_path / "m.skops")
    data = tmp_path / "data"
    data.mkdir()
    X.to_parquet(data / "0.parquet")
    for number in range(1, 400):
        (data / f"{number}.parquet").symlink_to(data / "0.parquet")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "skdask.cli",
            "predict",
            str(data),
            "--model-file",
            str(tmp_path / "m.skops"),
            "--out",
            str(tmp_path / "p"),
        ],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".p.*/part-*")) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.strip().endswith("skdask: error: interrupted")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["data", "m.skops"]


def test_a_reader_that_has_seen_enough(folder):
    command = [
        sys.executable,
        "-m",
        "skdask.cli",
        "search",
        str(folder / "t.parquet"),
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "ridge",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert process.wait() == 0
