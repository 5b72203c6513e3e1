"""`skdask fit`."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import linear_model
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skdask
from skdask.cli.models import SHORT_NAMES
from tests.cli.conftest import FEATURES, TEXT


@pytest.mark.parametrize("name", SHORT_NAMES)
def test_every_short_name_fits_and_predicts(name, run, folder, frame, tmp_path):
    target, drop = ("sold", "colour,id,price") if "logistic" in name else ("price", TEXT)
    done = run(
        "fit",
        folder / "parts",
        "--target",
        target,
        "--drop",
        drop,
        "--model",
        name,
        "--out",
        tmp_path / "m.skops",
    )
    assert done.code == 0, done.err
    assert "FitReport" in done.out
    assert f"saved {tmp_path / 'm.skops'}" in done.out
    model = skdask.load(tmp_path / "m.skops")
    assert model.steps[-1][0] == name.split("-")[-1]
    assert len(model.predict(frame[[*FEATURES, "count"]])) == 900


def test_set_gives_parameters(run, folder, frame, tmp_path):
    done = run(
        "fit",
        folder / "t.parquet",
        "--target",
        "price",
        "--drop",
        TEXT,
        "--model",
        "ridge",
        "--set",
        "ridge__alpha=100",
        "--set",
        "scale__with_std=false",
        "--out",
        tmp_path / "m.skops",
        "--json",
    )
    assert done.code == 0, done.err
    assert done.json["report"]["passes"] == 1
    assert done.json["model_file"] == str(tmp_path / "m.skops")
    features = [*FEATURES, "count"]
    expected = make_pipeline(StandardScaler(with_std=False), linear_model.Ridge(100))
    expected.fit(frame[features], frame["price"])
    np.testing.assert_allclose(
        skdask.load(tmp_path / "m.skops").predict(frame[features]),
        expected.predict(frame[features]),
        rtol=1e-9,
    )


def test_nothing_is_saved_without_out(run, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run("fit", folder / "t.csv", "--target", "price", "--drop", TEXT, "--model", "linear")
    assert done.code == 0
    assert "not saved" in done.out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["fit", "search"])
def test_report_writes_a_page(command, run, folder, tmp_path):
    page = tmp_path / "page.html"
    options = ["--target", "price", "--drop", TEXT, "--model", "ridge", "--report", page]
    done = run(command, folder / "parts", *options)
    assert done.code == 0, done.err
    assert "<svg" in page.read_text("utf-8")


def test_report_in_a_folder_that_is_not_there(run, folder, tmp_path):
    options = ["--target", "price", "--model", "ridge", "--report", tmp_path / "no" / "page.html"]
    done = run("fit", folder / "parts", *options)
    assert done.code == 1
    assert "name a file in a folder that exists" in done.err
