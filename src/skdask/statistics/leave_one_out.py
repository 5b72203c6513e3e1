"""Leave-one-out errors of ridge regression, for many penalties at once.

A row's error had it been left out is its residual divided by one minus its leverage, so no model
is fitted again. In the eigenvectors of the scatter, a row's leverages for all penalties are one
product of its squared coordinates with a small matrix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.class_scores import Scorecard
from skdask.statistics.labels import codes_of, label_array
from skdask.statistics.moments import Moments, MomentState
from skdask.statistics.summary import MomentSummary
from skdask.statistics.tiles import feature_array, float64_tile, tile_height, weights_of

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class RidgePath:
    """Ridge models for several penalties, in the eigenvectors of the scatter.

    Attributes
    ----------
    centre : ndarray of shape (n_features + n_targets,)
        What is taken off X and y; zero without an intercept.
    vectors : ndarray of shape (n_features, n_components)
    inverse : ndarray of shape (n_components, n_penalties)
        One over eigenvalue plus penalty.
    rotated : ndarray of shape (n_components, n_targets)
        The products of X and y.
    share : float
        One over the total weight with an intercept, else 0: the leverage of the mean.
    through : Affine
        A map that is applied to the rows first.
    classes : ndarray or None
        Of a classifier: the target is then 1 in a row's own class and -1 in the others.
    class_weight : ndarray or None
    """

    centre: Matrix = field(compare=False)
    vectors: Matrix = field(compare=False)
    inverse: Matrix = field(compare=False)
    rotated: Matrix = field(compare=False)
    share: float
    through: Affine
    classes: NDArray[Any] | None = field(default=None, compare=False)
    class_weight: Matrix | None = field(default=None, compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        arrays = (self.centre, self.vectors, self.inverse, self.rotated)
        token = array_token(*arrays, self.classes, self.class_weight)
        object.__setattr__(self, "token", token)

    @property
    def n_targets(self) -> int:
        return self.rotated.shape[1]

    def coefficients(self) -> Matrix:
        """Of shape (n_penalties, n_targets, n_features)."""
        weighted = self.inverse.T[:, :, np.newaxis] * self.rotated
        return np.asarray(np.swapaxes(self.vectors @ weighted, 1, 2))

    def target(self, rows: Rows) -> Matrix:
        """The target of shape (n_rows, n_targets)."""
        if self.classes is None:
            assert rows.y is not None
            return np.asarray(rows.y, np.float64).reshape(rows.n_rows, -1)
        return signs_of(label_array(rows), self.classes)

    def weights(self, rows: Rows, weighted: bool) -> Matrix | None:
        """The weight of each row, its class's included."""
        weight = weights_of(rows, weighted)
        if self.class_weight is None or self.classes is None:
            return weight
        own = self.class_weight[codes_of(label_array(rows), self.classes)]
        return own if weight is None else own * weight

    def errors(self, rows: Rows, weight: Matrix | None) -> Matrix:
        """y less its prediction by the rows but its own: (n_rows, n_penalties, n_targets)."""
        n_features = len(self.vectors)
        X = self.through.apply(float64_tile(feature_array(rows), slice(None)))
        z = (X - self.centre[:n_features]) @ self.vectors
        y = self.target(rows) - self.centre[n_features:]
        leverage = np.square(z) @ self.inverse + self.share
        if weight is not None:
            leverage *= weight[:, np.newaxis]
        n_penalties = self.inverse.shape[1]
        models = (self.inverse[:, :, np.newaxis] * self.rotated[:, np.newaxis, :]).reshape(
            len(self.inverse), -1
        )
        residuals = y[:, np.newaxis, :] - (z @ models).reshape(len(z), n_penalties, -1)
        return np.asarray(residuals / (1.0 - leverage)[:, :, np.newaxis])

    def tiles(self, rows: Rows) -> Any:
        """The rows in stretches that stay in cache."""
        widest = max(self.vectors.shape[0], self.inverse.shape[1] * self.n_targets)
        height = tile_height(widest)
        for start in range(0, rows.n_rows, height):
            yield rows.take(slice(start, start + height))


def signs_of(labels: NDArray[Any], classes: NDArray[Any]) -> Matrix:
    """1 in the column of the own class and -1 in the others; one column for two classes.

    A single class is -1, as for `sklearn.preprocessing.LabelBinarizer`.
    """
    codes = codes_of(labels, classes)
    signs = np.where(codes[:, np.newaxis] == np.arange(len(classes)), 1.0, -1.0)
    if len(classes) == 1:
        return -signs
    return signs[:, 1:] if len(classes) == 2 else signs


@dataclass(frozen=True)
class LeaveOneOutErrors(Statistic[Matrix, Matrix]):
    """Sums over rows of the weighted squared leave-one-out errors: (n_penalties, n_targets).

    Parameters
    ----------
    path : RidgePath
    by_weight : bool
        Whether rows are weighed; one of weight two is one row all the same, left out at once.

    Notes
    -----
    **Passes** 1, after the one that finds the path. **Cost** p**2 multiply-adds a row and p for
    each penalty and target. **Error** that of the path's solution.
    **Source** Rifkin, Lippert (2007), Notes on regularized least squares.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    path: RidgePath
    by_weight: bool = False

    def zero(self) -> Matrix:
        return np.zeros((self.path.inverse.shape[1], self.path.n_targets))

    def update(self, state: Matrix, rows: Rows) -> Matrix:
        for tile in self.path.tiles(rows):
            weight = self.path.weights(tile, self.by_weight)
            squares = np.square(self.path.errors(tile, weight))
            if weight is not None:
                squares *= weight[:, np.newaxis, np.newaxis]
            state = state + squares.sum(axis=0)
        return state

    def merge(self, left: Matrix, right: Matrix) -> Matrix:
        return left + right

    def value(self, state: Matrix) -> Matrix:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * self.path.inverse.shape[1] * self.path.n_targets


@dataclass(frozen=True)
class LeaveOneOutMoments(Statistic[MomentState, MomentSummary]):
    """Moments of [leave-one-out predictions, y], predictions by penalty and then by target.

    Parameters
    ----------
    path : RidgePath
    by_weight : bool
        Whether rows are weighed; one of weight two is one row all the same, left out at once.

    Notes
    -----
    **Passes**, **Cost** and **Source** as `LeaveOneOutErrors`, and the square of the number of
    predictions a row.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    path: RidgePath
    by_weight: bool = False

    @property
    def _moments(self) -> Moments:
        return Moments(True, self.by_weight)

    def zero(self) -> MomentState:
        return self._moments.zero()

    def update(self, state: MomentState, rows: Rows) -> MomentState:
        for tile in self.path.tiles(rows):
            weight = self.path.weights(tile, self.by_weight)
            y = self.path.target(tile)
            predicted = y[:, np.newaxis, :] - self.path.errors(tile, weight)
            columns = predicted.reshape(len(y), -1)
            state = self._moments.update(state, Rows(len(y), columns, y, weight))
        return state

    def merge(self, left: MomentState, right: MomentState) -> MomentState:
        return self._moments.merge(left, right)

    def value(self, state: MomentState) -> MomentSummary:
        return self._moments.value(state)

    def state_bytes(self, n_columns: int) -> int:
        return self._moments.state_bytes((self.path.inverse.shape[1] + 1) * self.path.n_targets)


@dataclass(frozen=True)
class LeaveOneOutCards(Statistic[Matrix, tuple[Scorecard, ...]]):
    """For each penalty, the weight of rows by true and by predicted class, each row left out.

    Parameters
    ----------
    path : RidgePath
        Of a classifier.
    by_weight : bool
        Whether rows are weighed.

    Notes
    -----
    **Passes**, **Cost** and **Source** as `LeaveOneOutErrors`. **Error** none but of ties.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    path: RidgePath
    by_weight: bool = False

    @property
    def _shape(self) -> tuple[int, int, int]:
        assert self.path.classes is not None
        n_classes = len(self.path.classes)
        return self.path.inverse.shape[1], n_classes, n_classes

    def zero(self) -> Matrix:
        return np.zeros(self._shape)

    def update(self, state: Matrix, rows: Rows) -> Matrix:
        assert self.path.classes is not None
        n_penalties, n_classes, _ = self._shape
        found = state.copy()
        for tile in self.path.tiles(rows):
            weight = self.path.weights(tile, self.by_weight)
            errors = self.path.errors(tile, weight)
            own = codes_of(label_array(tile), self.path.classes)
            if errors.shape[2] == 1:
                # the target is -1 or 1, a prediction that much less its error
                predicted = (2.0 * own - 1.0)[:, np.newaxis] - errors[:, :, 0] > 0.0
            else:
                predicted = (self.path.target(tile)[:, np.newaxis, :] - errors).argmax(axis=2)
            for penalty in range(n_penalties):
                cells = own * n_classes + predicted[:, penalty]
                counts = np.bincount(cells, weight, n_classes * n_classes)
                found[penalty] += counts.reshape(n_classes, n_classes)
        return found

    def merge(self, left: Matrix, right: Matrix) -> Matrix:
        return left + right

    def value(self, state: Matrix) -> tuple[Scorecard, ...]:
        return tuple(Scorecard(cells, 0.0, float(cells.sum())) for cells in state)

    def state_bytes(self, n_columns: int) -> int:
        return 8 * int(np.prod(self._shape))
