"""`--model`: a pipeline by its short name, or any object of a Python file."""

from __future__ import annotations

import difflib
import importlib.util
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from skdask.blocks import Blocks
from skdask.cli.errors import ModelError, UsageError

# Each scales first; a step is named for what it is, so that --grid ridge__alpha=... reads well
SHORT_NAMES: dict[str, str] = {
    "linear": "StandardScaler, LinearRegression",
    "ridge": "StandardScaler, Ridge",
    "lasso": "StandardScaler, Lasso",
    "elasticnet": "StandardScaler, ElasticNet",
    "logistic": "StandardScaler, LogisticRegression",
    "pca-ridge": "StandardScaler, PCA, Ridge",
    "pca-logistic": "StandardScaler, PCA, LogisticRegression",
}


def build_model(name: str) -> Any:
    """The pipeline of a short name, or the object of ``FILE.py:NAME``."""
    if name in SHORT_NAMES:
        return _short(name)
    path, colon, attribute = name.rpartition(":")
    if colon and path.endswith(".py"):
        return _from_file(path, attribute)
    if name.endswith(".py"):
        raise UsageError(f"--model {name}: say which object of it, as in {name}:model")
    close = difflib.get_close_matches(name, SHORT_NAMES, n=2)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    raise UsageError(
        f"--model {name} is neither FILE.py:NAME nor one of {', '.join(SHORT_NAMES)}{hint}"
    )


def _short(name: str) -> Any:
    from skdask import decomposition, linear_model, preprocessing
    from skdask.pipeline import Pipeline

    steps: dict[str, Callable[[], Any]] = {
        "pca": decomposition.PCA,
        "linear": linear_model.LinearRegression,
        "ridge": linear_model.Ridge,
        "lasso": linear_model.Lasso,
        "elasticnet": linear_model.ElasticNet,
        "logistic": linear_model.LogisticRegression,
    }
    scale = ("scale", preprocessing.StandardScaler())
    return Pipeline([scale, *((step, steps[step]()) for step in name.split("-"))])


def for_table(model: Any, data: Blocks) -> Any:
    """A short name's model for data with columns that are no numbers: they are prepared first.

    The step that scales is then among what prepares the columns.
    """
    from skdask.pipeline import Pipeline
    from skdask.tabular import tabular_pipeline

    steps = [step for step in model.steps if step[0] != "scale"]
    return tabular_pipeline(Pipeline(steps), data)


def _from_file(path: str, attribute: str) -> Any:
    module = _run(path)
    if not hasattr(module, attribute):
        found = [name for name, value in vars(module).items() if _is_model(value)]
        hint = f"; it has {', '.join(found)}" if found else ""
        raise ModelError(f"{path} has no {attribute!r}{hint}")
    made = getattr(module, attribute)
    if not _is_model(made) and callable(made):
        with _blamed_on(path):
            made = made()
    if not _is_model(made):
        raise ModelError(
            f"{path}:{attribute} is a {type(made).__name__}, not an estimator (or a function "
            "without arguments that returns one)"
        )
    return made


def _run(path: str) -> ModuleType:
    if not os.path.isfile(path):
        raise ModelError(f"{path} does not exist (looked from {os.getcwd()})")
    folder, file = os.path.split(os.path.abspath(path))
    name = os.path.splitext(file)[0]
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # classes defined in the file are found again by their module's name
    sys.modules.setdefault(name, module)
    # the file may import its neighbours, as it could when run by itself
    sys.path.insert(0, folder)
    with _blamed_on(path):
        spec.loader.exec_module(module)
    return module


@contextmanager
def _blamed_on(path: str) -> Iterator[None]:
    """Say at which line of the user's file something failed."""
    try:
        yield
    except SyntaxError as error:
        raise ModelError(f"{path}, line {error.lineno}: {error.msg}") from error
    except Exception as error:
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if os.path.abspath(frame.filename) == os.path.abspath(path)
        ]
        where = f"{path}, line {lines[-1]}" if lines else path
        raise ModelError(f"{where}: {type(error).__name__}: {error}") from error


def _is_model(value: Any) -> bool:
    return not isinstance(value, type) and hasattr(value, "fit") and hasattr(value, "get_params")
