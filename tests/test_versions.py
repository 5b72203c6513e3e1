"""`skdask.show_versions` says what a report of a bug needs."""

from __future__ import annotations

import sys
from importlib.metadata import version

import pytest

import skdask
from skdask import versions


def test_what_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    skdask.show_versions()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["scikit-dask", skdask.__version__] in lines
    for name in ("scikit-learn", "dask", "numpy", "pyarrow"):
        assert [name, version(name)] in lines
    assert ["executable", sys.executable] in lines
    titles = [line for line in lines if line in (["System"], ["Packages"], ["Linear", "algebra"])]
    assert len(titles) == 3
    assert any("threads" in line for line in lines[lines.index(titles[2]) :])


def test_what_is_not_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "_PACKAGES", ("no-such-package",))
    skdask.show_versions()
    assert "no-such-package  not installed" in capsys.readouterr().out
