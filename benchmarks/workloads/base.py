"""What a workload is: data, a model, and what must agree with scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Dataset


class Work(NamedTuple):
    """The least that a fit has to do: float64 operations, and bytes to read from memory."""

    flops: float
    n_bytes: float


@dataclass(frozen=True)
class Workload:
    """One model on one dataset.

    Attributes
    ----------
    name : str
        Its group first, then the shape and the model: `linear/1Mx50/Ridge`.
    dataset : Dataset
    run : callable
        From a system, X and y to a fitted model or scores. This is what is timed.
    answer : callable
        From what `run` returned, X and y to the numbers that must agree.
    agrees_in : str
        What these numbers are, for people.
    relative : bool
        Whether they are compared relative to the largest of them.
    warm_up : callable, optional
        A cheaper `run` for the few rows that load libraries and start threads.
    work : callable, optional
        From rows, features and passes to the least work of a fit.
    """

    name: str
    dataset: Dataset
    run: Callable[[Any, Any, Any], Any]
    answer: Callable[[Any, Any, Any], NDArray[np.float64]]
    agrees_in: str
    relative: bool = False
    warm_up: Callable[[Any, Any, Any], Any] | None = None
    work: Callable[[int, int, int], Work] | None = None


def difference(ours: NDArray[np.float64], theirs: NDArray[np.float64], *, relative: bool) -> float:
    """The largest difference of any number, relative to the largest number if asked for."""
    if ours.shape != theirs.shape:
        return float("inf")
    scale = float(np.abs(theirs).max(initial=0.0)) if relative else 1.0
    return float(np.abs(ours - theirs).max(initial=0.0)) / (scale or 1.0)


def plain(model: Any) -> Any:
    """scikit-learn's model where the system has one of its own."""
    return model.to_sklearn() if hasattr(model, "to_sklearn") else model


def coefficients(model: Any, *_: Any) -> NDArray[np.float64]:
    return np.append(np.ravel(model.coef_), np.ravel(model.intercept_)).astype(float)


def split_scores(search: Any, *_: Any) -> NDArray[np.float64]:
    """Every test score of every candidate and fold."""
    results = search.cv_results_
    keys = sorted(key for key in results if key.startswith("split") and "_test_" in key)
    return np.concatenate([np.asarray(results[key], dtype=float) for key in keys])


def class_scores(model: Any, X: NDArray[Any], y: NDArray[Any]) -> NDArray[np.float64]:
    """Accuracy and mean log loss, by the system's own coefficients and plain NumPy."""
    coef = np.atleast_2d(model.coef_)
    classes = np.unique(y)
    if coef.shape[1] != X.shape[1] or len(coef) != (1 if len(classes) == 2 else len(classes)):
        raise ValueError(f"coefficients have shape {coef.shape}")
    loss = hits = 0.0
    for start in range(0, len(X), 50_000):
        rows = slice(start, start + 50_000)
        eta = X[rows] @ coef.T + np.ravel(model.intercept_)
        if eta.shape[1] == 1:
            eta = np.hstack([np.zeros_like(eta), eta])
        eta -= eta.max(axis=1, keepdims=True)
        log_total = np.log(np.exp(eta).sum(axis=1))
        codes = np.searchsorted(classes, y[rows])
        loss += float((log_total - eta[np.arange(len(eta)), codes]).sum())
        hits += float((eta.argmax(axis=1) == codes).sum())
    return np.array([hits, loss]) / len(X)


def moments_work(n_rows: int, n_features: int, _passes: int) -> Work:
    """The scatter of all columns, by symmetry half a matrix product, and one read."""
    return Work(float(n_rows) * n_features**2, 8.0 * n_rows * n_features)


def reading_work(n_rows: int, n_features: int, passes: int) -> Work:
    """Reading the rows once a pass."""
    return Work(0.0, 8.0 * n_rows * n_features * passes)
