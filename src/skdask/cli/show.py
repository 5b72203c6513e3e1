"""What a command prints: tables for people, or one JSON object for scripts."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from skdask.blocks import Blocks
from skdask.cli.predict import Written
from skdask.passes import FitReport
from skdask.passes.durations import duration

# Lines that go into a file or a pipe are not cut at a terminal's edge
_WIDE = 200


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # rich would exit with 1, which says that something is wrong
        raise BrokenPipeError


class Screen:
    """Where a command prints, and how much."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._json: bool = arguments.json
        self._quiet: bool = arguments.quiet
        self._model_file: str | None = getattr(arguments, "out", None)
        width = None if sys.stdout.isatty() else _WIDE
        self._console = _Console(width=width, highlight=False, markup=False, soft_wrap=False)

    def plan(self, plan: Any, data: Blocks) -> None:
        if self._json:
            self._dump(plan_record(plan, data))
            return
        self._console.print(plan)
        self._console.print()

    def fitted(self, model: Any, record: dict[str, Any]) -> None:
        if self._json:
            self._dump(record)
            return
        self._report(model.fit_report_)
        self._saved()

    def searched(self, search: Any, record: dict[str, Any], top: int) -> None:
        if self._json:
            self._dump(record)
            return
        if self._quiet:
            best = record["results"][0]
            self._console.print(f"{_number(best['mean'])} {_settings(best['params'])}".rstrip())
        else:
            self._console.print(candidates_table(search.cv_results_, top))
            self._console.print()
        self._report(getattr(search, "fit_report_", None))
        self._saved()

    def predicted(self, record: dict[str, Any]) -> None:
        if self._json:
            self._dump(record)
        elif not self._quiet:
            rate = record["rows"] / max(record["seconds"], 1e-9)
            self._console.print(
                f"{record['rows']:,} predictions in {record['files']} file"
                f"{'s' if record['files'] > 1 else ''} of {record['out']}: "
                f"{', '.join(record['columns'])}; "
                f"{duration(record['seconds'])}, {rate:,.0f} rows/s"
            )

    def _report(self, report: FitReport | None) -> None:
        if report is not None and not self._quiet:
            self._console.print(repr(report))

    def _saved(self) -> None:
        if self._quiet:
            return
        if self._model_file is None:
            self._console.print("the model was not saved; --out MODEL.skops would")
        else:
            self._console.print(f"saved {self._model_file}")

    def _dump(self, record: dict[str, Any]) -> None:
        print(json.dumps(plain(record), indent=2, allow_nan=False))


def candidates_table(results: dict[str, Any], top: int) -> Table:
    """The best candidates of a search, best first."""
    names = [name for name in results if name.startswith("param_")]
    order = np.argsort(results["rank_test_score"], kind="stable")
    count = len(order)
    shown = "" if count <= top else f", best {top} of {count}"
    table = Table(
        title=f"candidates{shown}", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    table.add_column("rank", justify="right")
    table.add_column("mean score", justify="right")
    table.add_column("std", justify="right")
    for name in names:
        table.add_column(name.removeprefix("param_"), justify="right")
    for index in order[:top]:
        values = (results["params"][index].get(name.removeprefix("param_"), "") for name in names)
        table.add_row(
            str(results["rank_test_score"][index]),
            _number(results["mean_test_score"][index]),
            f"{results['std_test_score'][index]:.2g}",
            *(_value(value) for value in values),
        )
    return table


def plan_record(plan: Any, data: Blocks) -> dict[str, Any]:
    """A plan for scripts."""
    return {
        "command": "plan",
        "data": data.name,
        "rows": data.n_rows,
        "features": data.n_features,
        "candidates": plan.n_candidates,
        "folds": plan.n_folds,
        "passes": plan.passes,
        "more_passes": plan.more_passes,
        "bytes_a_pass": plan.n_bytes,
        "memory": plan.memory,
        "memory_limit": plan.budget,
        "reasons": plan.reasons,
    }


def fit_record(model: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    """A fit for scripts."""
    return {**_asked(arguments), "report": _report_record(model.fit_report_)}


def search_record(search: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    """A search for scripts: all candidates, best first."""
    results = search.cv_results_
    order = np.argsort(results["rank_test_score"], kind="stable")
    splits = [results[f"split{fold}_test_score"] for fold in range(search.n_splits_)]
    return {
        **_asked(arguments),
        "folds": search.n_splits_,
        "best_score": search.best_score_,
        "best_params": search.best_params_,
        "results": [
            {
                "rank": results["rank_test_score"][index],
                "mean": results["mean_test_score"][index],
                "std": results["std_test_score"][index],
                "scores": [split[index] for split in splits],
                "params": results["params"][index],
            }
            for index in order
        ],
        "report": _report_record(search.fit_report_),
    }


def prediction_record(written: Written, arguments: argparse.Namespace) -> dict[str, Any]:
    """Predictions for scripts."""
    return {
        "command": "predict",
        "data": arguments.data,
        "model_file": arguments.model_file,
        "out": arguments.out,
        "rows": written.rows,
        "files": written.files,
        "columns": written.columns,
        "seconds": written.seconds,
    }


def _asked(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "command": arguments.command,
        "data": arguments.data,
        "target": arguments.target,
        "model": arguments.model,
        "model_file": arguments.out,
    }


def _report_record(report: FitReport) -> dict[str, Any]:
    return {
        "rows": report.rows,
        "passes": report.passes,
        "bytes_read": report.bytes_read,
        "seconds": report.seconds,
        "peak_rss": report.peak_rss,
        "start_rss": report.start_rss,
        "memory_limit": report.budget,
        "threads": report.threads,
        "outcomes": report.outcomes,
        "notes": report.notes,
    }


def plain(value: Any) -> Any:
    """A value as JSON has it: no NumPy types, null for what is not finite."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | type(None)) else repr(value)


def _number(value: float) -> str:
    return f"{value:.6g}"


def _value(value: Any) -> str:
    if isinstance(value, bool | np.bool_ | None):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float | np.floating) else str(value)


def _settings(params: Iterable[Any]) -> str:
    return " ".join(f"{name}={_value(value)}" for name, value in dict(params).items())
