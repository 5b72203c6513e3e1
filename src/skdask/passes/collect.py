"""Reports of all that runs within a `with` block, as one page."""

from __future__ import annotations

import os
import sys
import threading
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any

from skdask.passes.report import FitReport
from skdask.passes.report_page import page

_open: list[report] = []
_lock = threading.Lock()


def collect(found: FitReport) -> None:
    """A run is over: every `report` that is open keeps its report."""
    with _lock:
        for collected in _open:
            collected.reports.append(found)


def with_outcomes(found: FitReport, outcomes: tuple[str, ...]) -> FitReport:
    """The report of a run with how its solvers ended, also where it was collected."""
    told = replace(found, outcomes=outcomes)
    with _lock:
        for collected in _open:
            collected.reports[:] = [told if kept is found else kept for kept in collected.reports]
    return told


class report:
    """Write a page about all fits, searches and scores on blocks within a ``with`` block.

    Where a distributed client is active, Dask's own performance report is written beside it, as
    ``<name>-dask.html``, and linked (it needs bokeh). An error that leaves the block is on the
    page too.

    Parameters
    ----------
    path : path-like
        The page to write, an ``.html`` file; one that is there is replaced.

    Attributes
    ----------
    reports : list of FitReport
        Of the runs so far, whichever thread they ran in. A search is several runs.

    Examples
    --------
    >>> import dask.array as da, tempfile, pathlib, skdask
    >>> from skdask.preprocessing import StandardScaler
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with skdask.report(f"{folder}/fit.html") as collected:
    ...         _ = StandardScaler().fit(da.ones((100, 2), chunks=(25, 2)))
    ...     [found.what for found in collected.reports], pathlib.Path(folder, "fit.html").exists()
    (['StandardScaler'], True)
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path).expanduser()
        if self._path.is_dir() or not self._path.parent.is_dir():
            # before a long fit, not after it
            raise FileNotFoundError(
                f"{self._path} cannot be written: name a file in a folder that exists"
            )
        self.reports: list[FitReport] = []
        self._beside: Any = None
        self._links: list[tuple[str, str]] = []
        self._notes: list[str] = []

    def __enter__(self) -> report:
        beside = self._path.with_name(f"{self._path.stem}-dask.html")
        if _client_is_active():
            if find_spec("bokeh") is None:
                self._notes.append(
                    "Dask's own performance report needs bokeh: pip install 'scikit-dask[report]'"
                )
            else:
                from distributed import performance_report

                self._beside = performance_report(filename=str(beside))
                self._beside.__enter__()
                self._links = [("performance report of Dask", beside.name)]
        with _lock:
            _open.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _lock:
            # by identity: an equal one is another
            _open[:] = [collected for collected in _open if collected is not self]
        if self._beside is not None:
            try:
                self._beside.__exit__(kind, error, trace)
            except Exception as lost:
                # the cluster may be what broke; the page is wanted all the more
                self._links = []
                self._notes.append(f"Dask's own performance report could not be made: {lost}")
        said = "" if error is None else f"{type(error).__name__}: {error}"
        written = page(
            self.reports,
            f"Report {self._path.stem}",
            error=said,
            links=self._links,
            notes=self._notes,
        )
        self._path.write_text(written, "utf-8")


def _client_is_active() -> bool:
    if "distributed" not in sys.modules:
        return False
    from distributed import get_client

    try:
        get_client()
    except ValueError:
        return False
    return True
