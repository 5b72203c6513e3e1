"""Installed early or late, twice or not at all, scikit-learn's objects stay the same objects."""

from __future__ import annotations

import inspect
import io
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score

from skdask import accel
from skdask.accel.imports import ImportWatch
from skdask.accel.inside import Replaced, inner_cell
from skdask.accel.notebook import accel_report
from skdask.accel.records import RECORDS
from skdask.accel.targets import TARGETS

EARLIER = cross_val_score
METHOD = Ridge().fit


def rows() -> tuple[Any, Any]:
    X = np.random.default_rng(0).normal(size=(60, 3))
    return X, X.sum(axis=1)


def python(code: str, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, **more)


@pytest.mark.usefixtures("accelerated")
def test_names_that_were_imported_before_are_accelerated():
    EARLIER(Ridge(), *rows())
    METHOD(*rows())
    assert {each.name: each.outcome for each in RECORDS} == {
        "cross_val_score": "accelerated",
        "Ridge.fit": "accelerated",
    }


@pytest.mark.usefixtures("accelerated")
def test_objects_signatures_and_pickles_are_what_they_were():
    assert sklearn.model_selection.cross_val_score is EARLIER
    assert pickle.loads(pickle.dumps(EARLIER)) is EARLIER
    assert "scoring" in inspect.signature(EARLIER).parameters
    assert "evaluate" in inspect.getdoc(EARLIER).lower()
    assert GridSearchCV.fit.__module__ == "sklearn.model_selection._search"
    assert type(Ridge().fit(*rows())).__module__ == "sklearn.linear_model._ridge"


def test_installing_twice_and_uninstalling():
    cell = Ridge.fit.__closure__
    before = [part.cell_contents for part in cell]
    accel.install()
    accel.install(within_tolerance=True)
    assert accel.enabled()
    assert [part.cell_contents for part in cell] != before
    accel.uninstall()
    assert not accel.enabled()
    assert [part.cell_contents for part in cell] == before
    accel.uninstall()


def test_every_target_has_an_inside():
    accel.install()
    try:
        assert accel.report().notes == ()
    finally:
        accel.uninstall()
    for target in TARGETS:
        found: Any = sys.modules[target.module]
        for part in target.name.split("."):
            found = getattr(found, part)
        assert inner_cell(found).cell_contents is found.__wrapped__


def test_what_has_no_inside_says_so():
    with pytest.raises(LookupError, match="no inside to replace"):
        Replaced(rows, lambda original: original)


def test_a_watched_module_is_told_of_once_it_is_imported(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "a_watched_module.py").write_text("value = 3\n")
    monkeypatch.syspath_prepend(tmp_path)
    told: list[int] = []
    watch = ImportWatch(("a_watched_module",), lambda module: told.append(module.value))
    try:
        assert told == []
        import a_watched_module  # type: ignore[import-not-found]

        assert told == [3]
        assert "exec_module" not in vars(a_watched_module.__spec__.loader)
    finally:
        watch.stop()
        del sys.modules["a_watched_module"]


def test_installing_before_scikit_learn_imports_nothing_of_it():
    done = python(
        "import skdask.accel, sys; skdask.accel.install()\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & "
        "{'sklearn', 'numpy', 'dask', 'pandas', 'rich'}))\n"
        "skdask.accel.install(always=True)\n"
        "from sklearn.linear_model import Ridge\n"
        "Ridge().fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0])\n"
        "print(skdask.accel.report().records[0].reason)\n"
    )
    assert done.stdout == "[]\nX is a list, not a dense table\n", done.stderr


@pytest.mark.parametrize(
    ("value", "expected"), [("1", "True"), ("0", "False"), ("", "False"), ("off", "False")]
)
def test_the_line_of_the_pth_file(value: str, expected: str, monkeypatch: pytest.MonkeyPatch):
    import skdask

    path = skdask.__path__[0] + "/../skdask_accel.pth"
    with open(path) as file:
        line = file.read()
    assert line.count("\n") == 1
    assert line.startswith("import ")
    monkeypatch.setenv("SKDASK_ACCEL", value)
    done = python(f"{line}import skdask.accel; print(skdask.accel.enabled())")
    assert (done.stdout, done.stderr) == (f"{expected}\n", "")


def test_without_the_variable_the_line_imports_nothing(monkeypatch: pytest.MonkeyPatch):
    import skdask

    with open(skdask.__path__[0] + "/../skdask_accel.pth") as file:
        line = file.read()
    monkeypatch.delenv("SKDASK_ACCEL", raising=False)
    assert python(f"{line}import sys; print('skdask' in sys.modules)").stdout == "False\n"


class Shell:
    """What an extension sees of IPython."""

    def __init__(self) -> None:
        self.magics: dict[str, Any] = {}

    def register_magic_function(self, function: Any, kind: str, name: str) -> None:
        assert kind == "line"
        self.magics[name] = function


def test_the_extension_of_notebooks():
    shell = Shell()
    accel.load_ipython_extension(shell)
    try:
        assert accel.enabled()
        RECORDS.clear()
        Ridge().fit(*rows())
        assert shell.magics == {"accel_report": accel_report}
        found = accel_report("clear")
        assert "Ridge.fit" in found._repr_html_()
        assert accel_report("").calls == 0
    finally:
        accel.unload_ipython_extension(shell)
    assert not accel.enabled()


def test_the_line_may_be_read_twice(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SKDASK_ACCEL", "report")
    begin = "from skdask.accel.startup import begin; begin(); begin()"
    done = python(begin)
    assert done.stderr == "skdask.accel: nothing was called that can be accelerated\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("accelerated")
def test_the_report_in_a_terminal_is_a_table(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "120")
    Ridge().fit(*rows())
    accel.report().print(terminal := Terminal())
    assert "why" not in terminal.getvalue()
    Ridge(solver="lsqr").fit(*rows())
    accel.report().print(terminal := Terminal())
    lines = terminal.getvalue().splitlines()
    assert "1 of 2 calls accelerated" in lines[0]
    assert any("stops at a tolerance" in line and "scikit-learn" in line for line in lines)
