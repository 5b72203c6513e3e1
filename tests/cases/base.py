"""What a case is, and the rows that cases are fitted on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, clone

from skdask.routes.twins import to_sklearn


@dataclass(frozen=True)
class Data:
    """Rows in memory: what the oracle sees, and from which the arrangements are made."""

    X: np.ndarray
    y: np.ndarray | None = None
    sample_weight: np.ndarray | None = None

    def in_dtype(self, dtype: str) -> Data:
        return replace(self, X=self.X.astype(dtype))

    def thinned(self) -> Data:
        """Three of four values of X are zero."""
        kept = np.random.default_rng(3).random(self.X.shape) < 0.25
        return replace(self, X=np.where(kept, self.X, 0.0))

    def repeated(self) -> Data:
        """Every row as often as its weight says, without weights."""
        assert self.sample_weight is not None
        rows = np.repeat(np.arange(len(self.X)), self.sample_weight.astype(int))
        return Data(self.X[rows], None if self.y is None else self.y[rows])


@cache
def data(kind: str) -> Data:
    """The rows of a kind: small numbers that are whole in every dtype, but not round in y."""
    random = np.random.default_rng(7)
    X = random.integers(-40, 41, (203, 5)) * np.array([1, 2, 5, 1, 3]) + [0, 10, -300, 2, 0]
    X[:, 3] += X[:, 0]  # correlated columns
    X = X.astype(np.float64)
    standard = (X - X.mean(axis=0)) / X.std(axis=0)
    noise = random.standard_normal((203, 3))
    weight = random.integers(0, 4, 203).astype(np.float64)
    signal = standard @ random.standard_normal((5, 3)) + 0.4 * noise
    match kind:
        case "rows":
            y = None
        case "positive features":
            X = np.abs(X) + 1.0
            y = None
        case "words":
            X = np.random.default_rng(5).poisson(np.abs(X) / 30 + 0.1).astype(np.float64)
            y = None
        case "missing":
            X[random.random(X.shape) < 0.1] = np.nan
            y = None
        case "wide":
            X = random.standard_normal((20, 30))
            y = X[:, :3].sum(axis=1) + noise[:20, 0]
            weight = weight[:20] + 1.0
        case "wide classes":
            X = random.standard_normal((20, 30))
            y = (X[:, 0] + noise[:20, 0] > 0).astype(np.int64)
            weight = weight[:20] + 1.0
        case "far away":
            X += [1e7, 0, -1e6, 0, 1e8]
            y = signal[:, 0] * 10 + 1e6
        case "collinear":
            X[:, 4] = X[:, 0] + X[:, 1] + 1e-4 * noise[:, 2]
            y = signal[:, 0] * 10 + 100
        case "constant":
            X[:, 1] = 3.0
            X[:, 4] = 1e5
            y = signal[:, 0] * 10 + 100
        case "regression":
            y = signal[:, 0] * 10 + 100
        case "targets":
            y = signal * [1, 10, 100] + [0, 50, -20]
        case "one feature":
            y = np.round(signal[:, :2] * 10 + X[:, 3:] / 4).ravel()
            X, weight = X[:, 3:].reshape(-1, 1), np.repeat(weight, 2)
        case "one column":
            y = signal[:, :1]
        case "whole targets":
            y = np.round(signal[:, 0] * 10).astype(np.int64)
        case "counts":
            y = np.random.default_rng(1).poisson(np.exp(signal[:, 0] / 3 + 1)).astype(np.float64)
        case "counts of words":
            X = np.random.default_rng(2).poisson([0.5, 1, 2, 3, 4], (203, 5)).astype(np.float64)
            y = np.array(["low", "middle", "high"])[(signal + 2 * noise).argmax(axis=1)]
        case "counts of classes":
            X = np.random.default_rng(2).poisson([0.5, 1, 2, 3, 4], (203, 5)).astype(np.float64)
            y = (signal[:, 0] + 1.5 * noise[:, 1] > 0.3).astype(np.int64)
        case "positive":
            y = np.exp(signal[:, 0] / 2 + 0.5) + 0.01
        case "outliers":
            y = signal[:, 0] * 10 + 100 + np.where(np.arange(203) % 9 == 4, 300.0, 0.0)
        case "scaled outliers":
            X = standard
            y = signal[:, 0] * 10 + 20 + np.where(np.arange(203) % 9 == 4, 300.0, 0.0)
        case "scaled classes":
            X = standard
            y = (signal[:, 0] + 1.5 * noise[:, 1] > 0.3).astype(np.int64)
        case "scaled words":
            X = standard
            y = np.array(["low", "middle", "high"])[(signal + 2 * noise).argmax(axis=1)]
        case "two classes":
            y = (signal[:, 0] + 1.5 * noise[:, 1] > 0.3).astype(np.int64)
        case "two words":
            y = np.where(signal[:, 0] + 1.5 * noise[:, 1] > 0.3, "yes", "no")
        case "three classes":
            y = (2 * (signal + 2 * noise).argmax(axis=1) + 1).astype(np.int64)
        case "three words":
            y = np.array(["low", "middle", "high"])[(signal + 2 * noise).argmax(axis=1)]
        case "float classes":
            y = (signal + 2 * noise).argmax(axis=1).astype(np.float64)
        case _:
            raise ValueError(kind)
    return Data(X, y, weight)


@dataclass(frozen=True)
class Case:
    """An estimator of ours and the kind of data it is fitted on.

    Attributes
    ----------
    estimator : estimator
    kind : str
        Of `data`.
    oracle : dict
        Parameters of the scikit-learn estimator that differ, so that it finds the exact answer.
    weights : str or None
        The fit parameter that takes sample weights; None where there is none.
    skip : tuple of str
        Fitted attributes that depend on the solver's path.
    tol : float
        Largest relative difference of a fitted attribute.
    sparse : bool
        Whether it takes sparse rows too, as scikit-learn's does.
    absent : tuple of str
        Fitted attributes as long as the data, which a fit on blocks does not keep.
    counts_rows : bool
        Whether a row of weight two is still one row: to be left out, or to be put into a fold.
    in_order : bool
        Whether all of its passes meet one row after the other, on one thread.
    """

    estimator: Any
    kind: str
    oracle: dict[str, Any] = field(default_factory=dict)
    weights: str | None = "sample_weight"
    skip: tuple[str, ...] = ()
    tol: float = 1e-8
    sparse: bool = False
    absent: tuple[str, ...] = ()
    counts_rows: bool = False
    in_order: bool = False

    def __str__(self) -> str:
        short = " ".join(repr(self.estimator).split())
        short = re.sub(r" at 0x[0-9a-f]+", "", short)
        return f"{short} on {self.kind}"

    @property
    def is_transformer(self) -> bool:
        # a discriminant of the solver "lsqr" has a transform that it does not do
        params = self.estimator.get_params(deep=False)
        return hasattr(self.estimator, "transform") and params.get("solver") != "lsqr"

    def ours(self) -> Any:
        return clone(self.estimator)

    def theirs(self) -> BaseEstimator:
        """scikit-learn's own estimator, unfitted."""
        return to_sklearn(clone(self.estimator)).set_params(**self.oracle)

    def fit_params(self, weight: Any) -> dict[str, Any]:
        if weight is None or self.weights is None:
            return {}
        return dict.fromkeys(self.weights.split(), weight)
