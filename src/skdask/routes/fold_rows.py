"""Moment-equivalent rows of folds, on which scikit-learn's own ``*CV`` classes validate.

A class that fits a path of penalties in every fold sees each fold through its moments only. So it
is given, unmodified, a few rows in the place of each fold and told which they are: one pass over
the data, whatever the number of folds and penalties.

Two forms. Where it takes sample weights, each fold's rows weigh as much as the fold, and the rows
of the other folds together are its training rows. Where it takes none, every fold gets training
and test rows of its own, and more rows are added so that all of them together have the moments of
all of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from skdask.exceptions import UnsupportedError
from skdask.passes import Algorithm, together
from skdask.routes.view import View
from skdask.statistics import MomentSummary

Matrix = NDArray[np.float64]
Splits = list[tuple[NDArray[np.intp], NDArray[np.intp]]]


@dataclass(frozen=True)
class FoldRows:
    """Rows that stand for all folds.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, n_columns)
        Of [X, y] or of X.
    weight : ndarray of shape (n_rows,)
    splits : list of (train, test)
        Numbers of the rows, as a parameter `cv` takes them.
    """

    rows: Matrix
    weight: Matrix
    splits: Splits


def check_folds(view: View, asked_by: str) -> None:
    """Raise where the run has other folds than those of the estimator itself."""
    if view.n_folds == 0:
        raise UnsupportedError(
            f"{asked_by} validates on folds of its own, which cannot lie within the folds of a "
            "search on blocks. Search over the estimator that it chooses a penalty for instead: "
            "all penalties and folds share one pass."
        )


def fold_moments(
    view: View, with_target: bool, asked_by: str, *, in_factors: bool, rest: bool = False
) -> Algorithm[list[MomentSummary]]:
    """Moments of the test rows, or of the training rows, of each fold.

    In their QR form where that of all rows is needed: a fold alone may be ill-conditioned merely
    because it has few rows.
    """
    views = [view.of_fold(fold, rest=rest) for fold in range(view.n_folds)]
    if in_factors:
        return (yield from together([each.factor(with_target, asked_by) for each in views]))
    return (yield from together([each.moments(with_target, asked_by) for each in views]))


def weighted_fold_rows(tests: Sequence[MomentSummary]) -> FoldRows:
    """Rows for a class that takes sample weights, from the moments of each fold's test rows."""
    parts = [each.equivalent_rows() for each in tests]
    weights = [
        np.full(len(rows), each.weight / len(rows)) for rows, each in zip(parts, tests, strict=True)
    ]
    numbers = _numbered(parts)
    every = np.concatenate(numbers)
    splits: Splits = [(np.setdiff1d(every, own), own) for own in numbers]
    return FoldRows(np.vstack(parts), np.concatenate(weights), splits)


def unweighted_fold_rows(
    trains: Sequence[MomentSummary], tests: Sequence[MomentSummary], whole: MomentSummary
) -> FoldRows:
    """Rows for a class that takes no sample weights, and fits all rows at last."""
    parts = [each.equivalent_rows() for each in (*trains, *tests)]
    numbers = _numbered(parts)
    n_folds = len(trains)
    splits: Splits = list(zip(numbers[:n_folds], numbers[n_folds:], strict=True))
    stacked = np.vstack(parts)
    rows = np.vstack([stacked, _completing(stacked, whole)])
    return FoldRows(rows, np.ones(len(rows)), splits)


def _completing(rows: Matrix, whole: MomentSummary) -> Matrix:
    """More rows, such that with the given ones mean and covariance are those of the whole.

    In coordinates in which the covariance of the whole is the identity, the scatter that they
    must have is (number of all rows) I - (scatter of the given ones); with enough of them that
    has no negative eigenvalue.
    """
    covariance = whole.gram / whole.weight
    spread = np.sqrt(np.diagonal(covariance))
    spread = np.where(spread > 0.0, spread, 1.0)
    eigenvalues, vectors = linalg.eigh(covariance / np.outer(spread, spread))
    kept = eigenvalues > len(spread) * np.finfo(np.float64).eps * eigenvalues[-1]
    root = np.sqrt(eigenvalues[kept])
    white = ((rows - whole.mean) / spread) @ vectors[:, kept] / root
    total = white.sum(axis=0)
    count = len(rows)
    while True:
        lacking = (len(rows) + count) * np.eye(len(root)) - white.T @ white
        lacking -= np.outer(total, total) / count
        missing, axes = linalg.eigh(lacking)
        if missing.min(initial=0.0) >= 0.0:
            break
        count *= 2
    factor = np.sqrt(missing)[:, np.newaxis] * axes.T
    factor = ((factor * root) @ vectors[:, kept].T) * spread
    shift = ((-total / count * root) @ vectors[:, kept].T) * spread
    needed = MomentSummary(count, float(count), whole.mean + shift, factor=factor)
    return needed.equivalent_rows(count)


def _numbered(parts: Sequence[Matrix]) -> list[NDArray[np.intp]]:
    bounds = np.cumsum([0, *(len(rows) for rows in parts)])
    return [np.arange(start, stop) for start, stop in pairwise(bounds)]
