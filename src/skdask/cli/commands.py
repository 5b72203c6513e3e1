"""What the commands do, with what a Python user would call."""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sklearn.base import is_classifier
from sklearn.metrics import get_scorer_names
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import has_fit_parameter

from skdask.blocks import Blocks
from skdask.cli.data import open_data
from skdask.cli.errors import UsageError
from skdask.cli.grid import check_grid, joined_grid
from skdask.cli.models import SHORT_NAMES, build_model, for_table
from skdask.cli.predict import predict_table
from skdask.cli.show import Screen, fit_record, prediction_record, search_record
from skdask.cli.tables import open_table
from skdask.exceptions import DataError, UnsupportedError
from skdask.model_selection import GridSearchCV, KFold, RandomizedSearchCV, StratifiedKFold
from skdask.passes.checkpoint import count_rows
from skdask.persistence import load, require_skops, save
from skdask.routes.fitting import takes_tables
from skdask.routes.twins import adopt, has_twin


def plan(arguments: argparse.Namespace) -> None:
    """Print what a search would compute."""
    screen = Screen(arguments)
    search = _search(arguments)
    data = _open(arguments, search.estimator)
    search.estimator = _for_data(search.estimator, arguments, data)
    planned = search.plan(data, **_fit_parameters(search.estimator, arguments))
    screen.plan(planned, data)


def fit(arguments: argparse.Namespace) -> None:
    """Fit a model on all rows, and save it."""
    screen = Screen(arguments)
    model = build_model(arguments.model)
    settings = joined_grid(arguments.grid)
    check_grid(settings, model)
    several = [name for name, values in settings.items() if len(values) > 1]
    if several:
        raise UsageError(f"--set {several[0]} takes one value; search tries several")
    model.set_params(**{name: values[0] for name, values in settings.items()})
    _check_out_model(arguments.out)
    data = _open(arguments, model)
    model = adopt(_for_data(model, arguments, data))
    if not has_twin(model):
        raise UnsupportedError(
            f"{type(model).__name__} cannot be fitted on blocks yet; fit it with scikit-learn on a "
            "sample of the rows that fits in memory"
        )
    model.fit(data, **_fit_parameters(model, arguments))
    _save(model, arguments.out)
    screen.fitted(model, fit_record(model, arguments))


def search(arguments: argparse.Namespace) -> None:
    """Search candidates, and save the best."""
    screen = Screen(arguments)
    search = _search(arguments)
    _check_out_model(arguments.out)
    data = _open(arguments, search.estimator)
    search.estimator = _for_data(search.estimator, arguments, data)
    parameters = _fit_parameters(search.estimator, arguments)
    if not (arguments.quiet or arguments.json):
        # lengths are wanted twice, and finding them may be a read of all the data
        data, _ = count_rows(data)
        screen.plan(search.plan(data, **parameters), data)
    search.fit(data, **parameters)
    _save(search.best_estimator_, arguments.out)
    screen.searched(search, search_record(search, arguments), arguments.top)


def predict(arguments: argparse.Namespace) -> None:
    """Write the predictions for a table."""
    screen = Screen(arguments)
    if "://" in arguments.out:
        raise UsageError(
            f"--out {arguments.out} is a URL; write to a folder here and copy it to the store"
        )
    out, data = Path(arguments.out).expanduser(), Path(arguments.data).expanduser()
    if "://" not in arguments.data and out.resolve() in (data.resolve(), *data.resolve().parents):
        raise UsageError(f"--out {out} holds the data; write to another folder")
    model = load(arguments.model_file)
    written = predict_table(
        model,
        open_table(arguments.data),
        out,
        keep=arguments.keep,
        proba=arguments.proba,
        force=arguments.force,
    )
    screen.predicted(prediction_record(written, arguments))


COMMANDS: dict[str, Callable[[argparse.Namespace], None]] = {
    "plan": plan,
    "fit": fit,
    "search": search,
    "predict": predict,
}


def _search(arguments: argparse.Namespace) -> Any:
    model = build_model(arguments.model)
    grid = joined_grid(arguments.grid)
    check_grid(grid, model)
    _check_scoring(arguments.scoring)
    common = {"cv": _folds(model, arguments), "scoring": arguments.scoring}
    if arguments.random is None:
        return GridSearchCV(model, grid, **common)
    return RandomizedSearchCV(
        model, grid, n_iter=arguments.random, random_state=arguments.seed, **common
    )


def _check_scoring(name: str | None) -> None:
    if name is not None and name not in get_scorer_names():
        close = difflib.get_close_matches(name, get_scorer_names(), n=3)
        hint = f"; did you mean {' or '.join(close)}?" if close else ""
        raise UsageError(f"--scoring {name} is no score of scikit-learn{hint}")


def _folds(model: Any, arguments: argparse.Namespace) -> Any:
    if not arguments.shuffle:
        return arguments.cv
    splitter = StratifiedKFold if is_classifier(model) else KFold
    return splitter(arguments.cv, shuffle=True, random_state=arguments.seed)


def _open(arguments: argparse.Namespace, model: Any) -> Blocks:
    return open_data(
        arguments.data,
        arguments.target,
        arguments.weight,
        arguments.drop,
        known_target=arguments.known_target,
        with_text=arguments.model in SHORT_NAMES or takes_tables(model),
    )


def _for_data(model: Any, arguments: argparse.Namespace, data: Blocks) -> Any:
    """The model, which prepares columns that are no numbers where it has a short name."""
    return for_table(model, data) if arguments.model in SHORT_NAMES and data.table else model


def _fit_parameters(model: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    """The weights that the blocks carry, for every step that takes weights."""
    if arguments.weight is None:
        return {}
    if not isinstance(model, Pipeline):
        return {"sample_weight": True}
    return {
        f"{name}__sample_weight": True
        for name, step in model.steps
        if hasattr(step, "fit") and has_fit_parameter(step, "sample_weight")
    }


def _check_out_model(out: str | None) -> None:
    """Raise before a long fit, not after it, where the model could not be saved."""
    if out is None:
        return
    if "://" in out:
        raise UsageError(f"--out {out} is a URL; save the model here and copy it to the store")
    path = Path(out).expanduser()
    if path.is_dir():
        raise DataError(f"--out: {out} is a folder; name a file, such as {out.rstrip('/')}/m.skops")
    if not path.parent.is_dir():
        raise DataError(f"--out: the folder {path.parent} does not exist; make it first")
    if not os.access(path.parent, os.W_OK):
        raise DataError(f"--out: the folder {path.parent} cannot be written to")
    require_skops()


def _save(model: Any, out: str | None) -> None:
    if out is not None:
        save(model, out)
