"""The main job, end to end: search a pipeline on data eight times the memory budget.

Run by `make demo` after `make_data.py`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from dask.utils import format_bytes
from rich import box
from rich.console import Console
from rich.table import Table
from sklearn import model_selection
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

import skdask
from skdask.model_selection import GridSearchCV

BUDGET = "512MiB"
# a hundredth of the budget a copy; more would fit, and the demo would wait minutes for it
SAMPLE_ROWS = 25_000
GRID = {"pca__n_components": [5, 10, 20, 30, 50], "ridge__alpha": np.logspace(-2, 6, 20)}
console = Console(highlight=False)


def pipeline() -> Pipeline:
    """Any scikit-learn pipeline of supported steps; nothing of it is skdask's."""
    return Pipeline([("scale", StandardScaler()), ("pca", PCA()), ("ridge", Ridge())])


def best_candidates(results: dict, n: int = 5) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="best candidates", title_justify="left")
    for name in ("rank", "components", "alpha", "mean R²", "std"):
        table.add_column(name, justify="right")
    for index in np.argsort(results["rank_test_score"], kind="stable")[:n]:
        table.add_row(
            str(results["rank_test_score"][index]),
            str(results["params"][index]["pca__n_components"]),
            f"{results['params'][index]['ridge__alpha']:.3g}",
            f"{results['mean_test_score'][index]:.6f}",
            f"{results['std_test_score'][index]:.1e}",
        )
    return table


def search_all(rows: Path) -> tuple[GridSearchCV, float]:
    search = GridSearchCV(pipeline(), GRID, cv=5)
    console.rule("[bold]plan")
    console.print(search.plan(rows, "target"))
    console.rule("[bold]search")
    started = time.perf_counter()
    search.fit(rows, "target")
    seconds = time.perf_counter() - started
    console.print(best_candidates(search.cv_results_))
    console.print(repr(search.fit_report_), markup=False, soft_wrap=True)
    return search, seconds


def search_sample(rows: Path) -> tuple[model_selection.GridSearchCV, float]:
    console.rule("[bold]the same search by scikit-learn, on a sample that fits")
    X, y = skdask.blocks.open(rows, "target").head(SAMPLE_ROWS)
    console.print(f"the first {SAMPLE_ROWS:,} rows, n_jobs=2 ...")
    search = model_selection.GridSearchCV(pipeline(), GRID, cv=5, n_jobs=2)
    started = time.perf_counter()
    search.fit(X, y)
    return search, time.perf_counter() - started


def comparison(
    ours: GridSearchCV, our_seconds: float, theirs: model_selection.GridSearchCV, seconds: float
) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("", "rows", "time", "R², ± of folds", "components", "alpha"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for name, search, n_rows, took in (
        ("skdask", ours, ours.fit_report_.rows, our_seconds),
        ("scikit-learn", theirs, SAMPLE_ROWS, seconds),
    ):
        spread = search.cv_results_["std_test_score"][search.best_index_]
        table.add_row(
            name,
            f"{n_rows:,}",
            f"{took:.1f} s",
            f"{search.best_score_:.5f} ± {spread:.5f}",
            str(search.best_params_["pca__n_components"]),
            f"{search.best_params_['ridge__alpha']:.3g}",
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", type=Path, default=Path("demo-data"))
    folder = parser.parse_args().folder
    names = ("sensors", "model.skops", "predictions")
    rows, model_file, predictions = (folder / name for name in names)
    started = time.perf_counter()
    skdask.config.set(memory_limit=BUDGET, progress=True)

    ours, our_seconds = search_all(rows)
    report = ours.fit_report_
    grown = report.peak_rss - report.start_rss
    console.print(
        f"\n[bold]peak memory {format_bytes(report.peak_rss)}[/] ({format_bytes(grown)} of it for "
        f"the search), budget {format_bytes(report.budget)}, data "
        f"{format_bytes(report.bytes_read // report.passes)}",
        soft_wrap=True,
    )
    theirs, seconds = search_sample(rows)
    console.print(comparison(ours, our_seconds, theirs, seconds))

    console.rule("[bold]save, and predict from the command line")
    skdask.save(ours.best_estimator_, model_file)
    command = ["predict", str(rows), "--model-file", str(model_file), "--out", str(predictions)]
    command += ["--keep", "target", "--force", "--memory-limit", BUDGET]
    console.print(f"$ skdask {' '.join(command)}", markup=False, soft_wrap=True)
    subprocess.run([sys.executable, "-m", "skdask.cli", *command], check=True)
    console.rule(f"[bold]done in {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
