"""The documentation is held to the code: examples run, tables are complete."""

from __future__ import annotations

import re
import shlex
from importlib import import_module
from pathlib import Path
from typing import Any

import dask.array as da
import numpy as np
import pandas as pd
import pytest
from sklearn import preprocessing

import skdask
from skdask._modules import INNER_MODULES
from skdask.cli.main import main

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
MODULES = (*skdask._MODULES, *INNER_MODULES, "testing")


def code_of(page: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


@pytest.fixture
def trips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data of the README, in the current folder."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.gamma(2, 3, (400, 2)), columns=["distance", "duration"])
    frame["passengers"] = random.integers(1, 5, 400)
    frame["fare"] = 3 + 2 * frame["distance"] + 0.5 * frame["duration"] + random.normal(size=400)
    frame["trip_id"] = np.arange(400)
    folder = tmp_path / "trips"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    frame.to_parquet(folder / "numbers.parquet")
    return folder


def test_python_of_the_readme_runs(trips: Path, capsys: pytest.CaptureFixture[str]):
    names: dict[str, Any] = {}
    blocks = code_of("README.md", "python")
    assert len(blocks) >= 3
    before = skdask.config.get()
    try:
        for code in blocks:
            exec(code, names)
    finally:
        skdask.config.set(memory_limit=before.memory_limit)
    assert Path("fare.skops").exists()
    assert "FitReport of GridSearchCV" in capsys.readouterr().out


def test_python_of_the_page_on_reading_runs(trips: Path):
    names: dict[str, Any] = {}
    blocks = code_of("docs/reading.md", "python")
    assert len(blocks) == 2
    for code in blocks:
        exec(code, names)
    assert 0 < names["model"].fit_report_.rows < 400


def test_python_of_the_page_on_clusters_runs(trips: Path, capsys: pytest.CaptureFixture[str]):
    names: dict[str, Any] = {}
    blocks = code_of("docs/cluster.md", "python")
    assert len(blocks) >= 5
    try:
        for code in blocks:
            exec(code, names)
    finally:
        names["client"].close()
        names["cluster"].close()
    assert "ran on 2 workers of tcp://127.0.0.1" in capsys.readouterr().out


def test_commands_of_the_page_on_clusters_are_of_the_parser():
    from skdask.cli.parser import build_parser

    (shell,) = code_of("docs/cluster.md", "sh")
    (command,) = shell.replace("\\\n", " ").strip().splitlines()
    assert build_parser().parse_args(shlex.split(command)[1:]).cluster == "tcp://scheduler:8786"


def test_python_of_the_page_on_metrics_runs(capsys: pytest.CaptureFixture[str]):
    (code,) = code_of("docs/metrics.md", "python")
    exec(code, {})
    assert "macro avg" in capsys.readouterr().out


def test_commands_of_the_readme_run(trips: Path):
    shell = "".join(code_of("README.md", "sh")).replace("\\\n", " ")
    commands = [line for line in shell.splitlines() if line.startswith("skdask ")]
    assert len(commands) >= 4
    for command in commands:
        assert main(shlex.split(command)[1:]) == 0, command
    assert list(pd.read_parquet("predictions")) == ["trip_id", "prediction"]


def test_estimator_of_the_contributing_page_is_scikit_learns():
    code = next(code for code in code_of("CONTRIBUTING.md", "python") if "MaxAbsScaler" in code)
    names: dict[str, Any] = {"__name__": "skdask.preprocessing.max_abs"}
    exec(code, names)
    X = np.random.default_rng(0).normal(size=(100, 3)) * [1, 10, 0]
    ours = names["MaxAbsScaler"]().fit(da.from_array(X, chunks=(30, 3)))
    theirs = preprocessing.MaxAbsScaler().fit(X)
    for name in ("max_abs_", "scale_", "n_samples_seen_", "n_features_in_"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    assert ours.fit_report_.passes == 1
    mapped = ours.affine()
    np.testing.assert_allclose(X * mapped.factor + mapped.offset, theirs.transform(X))


def test_every_public_name_is_in_the_table():
    listed = set(re.findall(r"^\| `([\w.]+)`", (ROOT / "docs/estimators.md").read_text(), re.M))
    public = {
        f"{name}.{member}" for name in MODULES for member in import_module(f"skdask.{name}").__all__
    }
    public |= {name for name in skdask.__all__ if name not in (*MODULES, "__version__")}
    assert listed == public


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_command_is_installed():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="skdask")
    assert script.load() is main
