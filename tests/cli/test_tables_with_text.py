"""A short name is enough for a table with text, categories and gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

import skdask

SHARED_DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.parametrize("kind", ["t.parquet", "t.csv", "t.arrow", "parts"])
def test_search_and_predict(kind, run, folder, frame, tmp_path):
    out = tmp_path / "m.skops"
    done = run(
        "search", folder / kind, "--target", "price", "--model", "ridge", "--out", out,
        "--grid", "ridge__alpha=0.1,1", "--json",
    )  # fmt: skip
    assert done.code == 0, done.err
    model = skdask.load(out)
    kinds = {name: columns for name, _, columns in model["columns"].transformers}
    assert kinds["categories"] == ["sold", "colour"]
    done = run(
        "predict", folder / kind, "--model-file", out, "--out", tmp_path / "predicted", "--json"
    )
    assert done.code == 0, done.err
    found = pd.read_parquet(tmp_path / "predicted")["prediction"]
    plain = clone(model.to_sklearn())
    expected = plain.fit(frame.drop(columns="price"), frame["price"])
    np.testing.assert_allclose(found, expected.predict(frame.drop(columns="price")), rtol=1e-8)


def test_an_unknown_type_at_predict_time(run, folder, frame, tmp_path):
    out = tmp_path / "m.skops"
    assert run(
        "fit", folder / "t.csv", "--target", "price", "--model", "ridge", "--out", out
    ).code == 0  # fmt: skip
    frame.drop(columns="colour").to_csv(tmp_path / "less.csv", index=False)
    done = run("predict", tmp_path / "less.csv", "--model-file", out, "--out", tmp_path / "p")
    assert done.code == 1
    assert "no column 'colour'" in done.err


@pytest.mark.skipif(not SHARED_DATA.exists(), reason="the real data are not beside the repository")
@pytest.mark.parametrize(
    ("table", "target", "model"),
    [
        ("diamonds.csv", "price", "ridge"),
        ("taxis.csv", "total", "pca-ridge"),
        ("nyc-weather-2013.csv", "wind_gust", "ridge"),
    ],
)
def test_real_tables(table, target, model, run):
    done = run(
        "search", SHARED_DATA / table, "--target", target, "--model", model, "--json",
        "--known-target",
    )  # fmt: skip
    assert done.code == 0, done.err
