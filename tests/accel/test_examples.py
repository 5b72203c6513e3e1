"""Programs such as scikit-learn's gallery has print the same with and without acceleration."""

from __future__ import annotations

import importlib.util
import io
import runpy
import warnings
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import pytest

from skdask import accel
from skdask.accel.records import RECORDS

FOLDER = Path(__file__).parent / "examples"
EXAMPLES = sorted(path.stem for path in FOLDER.glob("*.py"))


def printed(path: Path) -> str:
    output = io.StringIO()
    np.random.seed(0)  # noqa: NPY002 - as of a process that has just begun
    with warnings.catch_warnings(), redirect_stdout(output):
        warnings.simplefilter("ignore")
        runpy.run_path(str(path), run_name="__main__")
    return output.getvalue()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_prints_the_same(name: str):
    path = FOLDER / f"{name}.py"
    if "matplotlib" in path.read_text() and not importlib.util.find_spec("matplotlib"):
        pytest.skip("matplotlib is not installed")
    expected = printed(path)
    RECORDS.clear()
    accel.install(always=True)
    try:
        found = printed(path)
    finally:
        accel.uninstall()
    assert expected
    assert found == expected


def test_most_of_them_are_accelerated_somewhere():
    assert len(EXAMPLES) >= 15
    accelerated = 0
    accel.install(always=True)
    try:
        for name in ("grid_search_of_a_pipeline", "cross_validated_scores", "text_features"):
            RECORDS.clear()
            printed(FOLDER / f"{name}.py")
            accelerated += accel.report().accelerated > 0
    finally:
        accel.uninstall()
    assert accelerated == 3
