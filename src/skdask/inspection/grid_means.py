"""What a model predicts on average where some columns have given values instead of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask._sklearn import response_values
from skdask.routes.steps import content_token
from skdask.rows import Rows, is_frame
from skdask.statistics import Statistic
from skdask.statistics.tiles import feature_array, weights_of


@dataclass(frozen=True)
class Grid:
    """Points at which some columns are set; equal by contents.

    Attributes
    ----------
    places : tuple of int
        The columns.
    points : ndarray of shape (n_points, n_places)
    """

    places: tuple[int, ...]
    points: NDArray[Any] = field(compare=False, repr=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", content_token(self.points))

    def predictions(self, estimator: Any, X: Any, response_method: Any) -> Any:
        """What the estimator says of rows at each point, one after the other."""
        X = X.copy()
        for point in self.points:
            for place, value in zip(self.places, point, strict=True):
                if is_frame(X):
                    X.iloc[:, place] = value
                else:
                    X[:, place] = value
            yield response_values(estimator, X, response_method)


@dataclass(frozen=True, slots=True)
class Totals:
    """Weight of all rows and weighted sums of predictions, of shape (n_points, ...)."""

    weight: float
    sums: NDArray[np.float64] | None


@dataclass(frozen=True)
class GridMeans(Statistic[Totals, NDArray[np.float64]]):
    """Means of a fitted estimator's predictions at each point of a grid.

    Parameters
    ----------
    estimator : fitted scikit-learn estimator
    grid : Grid
    response_method : str or tuple of str
    weighted : bool
    model : str
        A digest of the estimator.

    Notes
    -----
    **Passes** 1. **Cost** a prediction of every row at every point; a number a point and output.
    **Error** that of sums in float64.
    """

    reusable: ClassVar[bool] = False
    accepts_nan: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    estimator: Any = field(compare=False, repr=False)
    grid: Grid
    response_method: str | tuple[str, ...]
    weighted: bool
    model: str = field(repr=False)

    def zero(self) -> Totals:
        return Totals(0.0, None)

    def update(self, state: Totals, rows: Rows) -> Totals:
        if rows.n_rows == 0:
            return state
        weight = weights_of(rows, self.weighted)
        method = self.response_method
        if not isinstance(method, str):
            method = list(method)  # type: ignore[assignment]
        said = self.grid.predictions(self.estimator, feature_array(rows), method)
        if weight is None:
            sums = np.array([found.sum(axis=0, dtype=np.float64) for found in said])
            return self.merge(state, Totals(float(rows.n_rows), sums))
        sums = np.array([weight @ found.astype(np.float64, copy=False) for found in said])
        return self.merge(state, Totals(float(weight.sum()), sums))

    def merge(self, left: Totals, right: Totals) -> Totals:
        if left.sums is None or right.sums is None:
            return left if right.sums is None else right
        return Totals(left.weight + right.weight, left.sums + right.sums)

    def value(self, state: Totals) -> NDArray[np.float64]:
        if state.sums is None:
            return np.full(len(self.grid.points), np.nan)
        if state.weight == 0.0:
            raise ZeroDivisionError("Weights sum to zero, can't be normalized")
        means: NDArray[np.float64] = state.sums / state.weight
        return means

    def state_bytes(self, n_columns: int) -> int:
        n_outputs = np.size(getattr(self.estimator, "classes_", 1))
        return 8 * len(self.grid.points) * max(1, n_outputs)
