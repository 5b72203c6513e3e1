"""partial_dependence: predictions at all points of a grid, averaged in one pass.

The grid comes from exact percentiles or all distinct values, in a pass or two before. What
scikit-learn makes of the arguments it says itself, of the first row; a tree's own recursion needs
no more rows than that. Curves of single rows are as long as the data, and so stay lazy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import inspection
from sklearn.base import is_regressor
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils import Bunch
from sklearn.utils.extmath import cartesian
from sklearn.utils.validation import check_is_fitted

from skdask.blocks import Blocks, is_big
from skdask.blocks.columns import matrix_of, plain_text
from skdask.exceptions import SparseDataError
from skdask.inspection.axes import Axes
from skdask.inspection.grid_means import Grid, GridMeans
from skdask.model_selection.chosen_rows import lengths_of
from skdask.passes import ask, run
from skdask.passes.checkpoint import count_rows
from skdask.routes.fitting import open_for
from skdask.routes.lazy import bare_predictor
from skdask.routes.steps import content_token
from skdask.routes.twins import settled, to_sklearn
from skdask.rows import is_frame

_NAME = "partial_dependence"
_BOOSTED = (GradientBoostingClassifier, GradientBoostingRegressor)
_RECURSIVE = (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    DecisionTreeRegressor,
    RandomForestRegressor,
)


def partial_dependence(
    estimator: Any,
    X: Any,
    features: Any,
    *,
    sample_weight: Any = None,
    categorical_features: Any = None,
    feature_names: Any = None,
    response_method: str = "auto",
    percentiles: tuple[float, float] = (0.05, 0.95),
    grid_resolution: int = 100,
    method: str = "auto",
    kind: str = "average",
    custom_values: Mapping[Any, Any] | None = None,
) -> Any:
    """What a fitted model predicts on average, depending on some features.

    Parameters
    ----------
    estimator : fitted estimator
        Ours, or any regressor or classifier of scikit-learn's.
    X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
    features, categorical_features, feature_names, response_method, percentiles, \
            grid_resolution, method, kind, custom_values
        As in :func:`sklearn.inspection.partial_dependence`.
    sample_weight : array-like, Dask collection or str, optional

    Returns
    -------
    Bunch
        As in scikit-learn. On blocks `individual`, which is as long as the data, is a lazy Dask
        Array of shape (n_outputs, n_rows, n_values, ...).

    Notes
    -----
    **Passes** One for the averages at all points of the grid, after one or two for the grid,
    which is that of all rows. None but for the grid where a tree's own recursion is used.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.inspection import partial_dependence
    >>> from skdask.linear_model import Ridge
    >>> X = da.random.default_rng(0).normal(size=(100, 2), chunks=25)
    >>> model = Ridge(alpha=1e-9).fit(X, 3 * X[:, 0])
    >>> found = partial_dependence(model, X, [0], custom_values={0: [0.0, 1.0]})
    >>> found.average.round(3)
    array([[0., 3.]])
    """
    options = {
        "categorical_features": categorical_features,
        "feature_names": feature_names,
        "response_method": response_method,
        "percentiles": percentiles,
        "grid_resolution": grid_resolution,
        "method": method,
    }
    if not is_big(X):
        return inspection.partial_dependence(
            estimator,
            X,
            features,
            sample_weight=sample_weight,
            kind=kind,
            custom_values=custom_values,
            **options,
        )
    asked = Asked(features, kind, custom_values or {})
    return Dependences(estimator, X, sample_weight, options).of([asked])[0]


@dataclass(frozen=True)
class Asked:
    """One set of features on which a model's predictions depend, and what is wanted of it."""

    features: Any
    kind: str
    custom_values: Mapping[Any, Any]

    def listed(self) -> list[Any]:
        """The features one by one."""
        if isinstance(self.features, str | int | np.integer):
            return [self.features]
        features = list(self.features)
        if features and all(isinstance(each, bool | np.bool_) for each in features):
            return np.flatnonzero(features).tolist()
        return features


class Dependences:
    """Partial dependences of a model on data, whose passes all that is asked shares.

    Parameters
    ----------
    estimator : fitted estimator
    X, sample_weight
        As `partial_dependence` takes them.
    options : dict
        What it takes beside the features, the kind and custom values.
    """

    def __init__(
        self, estimator: Any, X: Any, sample_weight: Any, options: Mapping[str, Any]
    ) -> None:
        check_is_fitted(estimator)
        data = open_for(estimator, X, None, sample_weight)
        if data.sparse:
            raise SparseDataError(
                "Sparse data was passed for X, but dense data is required: partial_dependence sets "
                "columns. For a Dask Array use X.map_blocks(lambda block: block.toarray())."
            )
        self.data, _ = count_rows(data)
        self._options = options
        self._first = _first_row(self.data, X)
        self._named = settled(to_sklearn(estimator), bare=not is_frame(self._first))
        self._plain = bare_predictor(estimator)
        self._method: Any = options["response_method"]
        if self._method == "auto":
            answers = ("predict_proba", "decision_function")
            self._method = "predict" if is_regressor(self._named) else answers
        self.deciles: dict[int, NDArray[np.float64]] = {}

    @property
    def names(self) -> list[Any]:
        """Names by which features may be asked for."""
        if is_frame(self._first):
            return list(self._first.columns)
        return [f"x{place}" for place in range(self.data.n_features)]

    def of(self, questions: Sequence[Asked], *, deciles: bool = False) -> list[Bunch]:
        """scikit-learn's answers to all of them.

        Parameters
        ----------
        questions : sequence of Asked
        deciles : bool
            Whether to keep the deciles of all features too.
        """
        # before anything is read, scikit-learn's own errors of what is asked
        said = [self._by_scikit_learn(asked, self._made_up(asked)) for asked in questions]
        axes = self._axes(questions, deciles)
        found, asked_grids = [], []
        for asked, example in zip(questions, said, strict=True):
            values = self._values(asked, axes)
            if self._recursive(asked):
                of_features = dict(zip(asked.listed(), values, strict=True))
                found.append(self._by_scikit_learn(asked, of_features))
                continue
            grid = Grid(self._places(asked), cartesian(values))
            if asked.kind != "individual":
                asked_grids.append((len(found), grid))
            found.append(self._bunch(asked, example, grid, values))
        self._average(found, asked_grids)
        return found

    def _made_up(self, asked: Asked) -> dict[Any, Any]:
        """A value for every feature, where there is none of its user's."""
        first = self._first
        row = first.iloc[0].tolist() if is_frame(first) else first[0].tolist()
        values: dict[Any, Any] = {}
        for feature in asked.listed():
            place = self._place(feature)
            known = place is not None and place < len(row)
            values[feature] = [row[place] if known and place is not None else 0.0]
        return {**values, **asked.custom_values}

    def _by_scikit_learn(self, asked: Asked, custom_values: dict[Any, Any]) -> Bunch:
        """What it makes of the question, of the first row and values of every feature."""
        return inspection.partial_dependence(
            self._named,
            self._first,
            asked.listed() if np.ndim(asked.features) else asked.features,
            sample_weight=np.ones(1) if self.data.has_weight else None,
            kind=asked.kind,
            custom_values=custom_values,
            **self._options,
        )

    def said_of_first_row(
        self, display: Callable[..., Any], features: Any, options: Mapping[str, Any]
    ) -> Any:
        """What scikit-learn makes of the arguments of a display, and its errors."""
        first = self._first
        row = first.iloc[0].tolist() if is_frame(first) else first[0].tolist()
        given = {
            **options,
            "custom_values": {place: [value] for place, value in enumerate(row)},
            "sample_weight": np.ones(1) if self.data.has_weight else None,
        }
        return display(self._named, first, features, **given)

    def _place(self, feature: Any) -> int | None:
        if isinstance(feature, str):
            return self.names.index(feature) if feature in self.names else None
        return int(feature)

    def _places(self, asked: Asked) -> tuple[int, ...]:
        return tuple(int(self._place(feature) or 0) for feature in asked.listed())

    @property
    def _categorical(self) -> frozenset[int]:
        given = self._options["categorical_features"]
        if given is None:
            return frozenset()
        given = np.asarray(given)
        if given.dtype.kind == "b":
            return frozenset(np.flatnonzero(given).tolist())
        names = self._options["feature_names"]
        names = self.names if names is None else list(names)
        return frozenset(
            names.index(each) if isinstance(each, str) else int(each) for each in given.tolist()
        )

    def _recursive(self, asked: Asked) -> bool:
        """Whether scikit-learn would walk the trees instead of asking for predictions."""
        method = self._options["method"]
        if asked.kind != "average" or self.data.has_weight or method == "brute":
            return False
        own = isinstance(self._named, _BOOSTED) and self._named.init is None
        return method == "recursion" or own or isinstance(self._named, _RECURSIVE)

    def _axes(self, questions: Sequence[Asked], deciles: bool) -> dict[int, NDArray[Any]]:
        """The values of all features that have none of their user's, and deciles."""
        wanted = []
        for asked in questions:
            features = zip(asked.listed(), self._places(asked), strict=True)
            wanted += [
                p for feature, p in features if deciles or feature not in asked.custom_values
            ]
        if not wanted:
            return {}
        options = self._options
        axes = Axes(
            tuple(sorted(set(wanted))),
            self._categorical,
            int(options["grid_resolution"]),
            options["percentiles"],
            deciles,
        )
        done = run([axes.algorithm(self.data, _NAME)], self.data, what=f"{_NAME}, grid")
        self.deciles = done.results[0].deciles
        return done.results[0].values

    def _values(self, asked: Asked, axes: Mapping[int, NDArray[Any]]) -> list[NDArray[Any]]:
        values = []
        for feature, place in zip(asked.listed(), self._places(asked), strict=True):
            if feature in asked.custom_values:
                own = asked.custom_values[feature]
                values.append(np.asarray(own, object if any(map(_is_text, own)) else None))
            else:
                values.append(axes[place])
        return values

    def _bunch(self, asked: Asked, example: Bunch, grid: Grid, values: list[NDArray[Any]]) -> Bunch:
        """The answer to a question, less its averages."""
        found = Bunch(grid_values=values)
        if asked.kind != "individual":
            # in the order and the type in which scikit-learn has them
            found["average"] = example.average.dtype
        if asked.kind != "average":
            shape = (example.individual.shape[0], *(len(axis) for axis in values))
            found["individual"] = self._curves(grid, shape, example.individual.dtype)
        return found

    def _average(self, found: list[Bunch], asked_grids: Sequence[tuple[int, Grid]]) -> None:
        if not asked_grids:
            return
        model = content_token(self._plain)
        weighted = self.data.has_weight
        means = [
            ask(GridMeans(self._plain, grid, self._method, weighted, model), asked_by=_NAME)
            for _, grid in asked_grids
        ]
        of = {"estimator": self._plain, "grids": [grid.token for _, grid in asked_grids]}
        done = run(means, self.data, what=_NAME, of=of, once=True)
        for (position, _), averages in zip(asked_grids, done.results, strict=True):
            bunch = found[position]
            shape = [len(axis) for axis in bunch.grid_values]
            averages = averages.T.reshape(-1, *shape)
            bunch["average"] = averages.astype(bunch["average"], copy=False)

    def _curves(self, grid: Grid, shape: tuple[int, ...], dtype: Any) -> da.Array:
        """Predictions of each row at each point, lazily, piece by piece."""
        rows = self.data.to_dask()
        framed = isinstance(rows, dd.DataFrame)
        if framed:
            rows = rows[list(self._first.columns)]
        elif rows.numblocks[1] > 1:
            rows = rows.rechunk({1: -1})
        (lengths,) = lengths_of([rows])
        curves = dask.delayed(_curves_of, pure=False)
        grid_and_more = dask.delayed((self._plain, grid, self._method, self.data.table, shape))
        pieces = rows.to_delayed() if framed else rows.to_delayed()[:, 0]
        parts = [
            da.from_delayed(curves(piece, grid_and_more), (shape[0], length, *shape[1:]), dtype)
            for piece, length in zip(pieces, lengths, strict=True)
        ]
        return da.concatenate(parts, axis=1)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _curves_of(piece: Any, more: Any) -> NDArray[Any]:
    """Of shape (n_outputs, n_rows, n_values, ...)."""
    plain, grid, method, as_table, shape = more
    n_rows = len(piece)
    if n_rows == 0:
        return np.empty((shape[0], 0, *shape[1:]))
    if is_frame(piece):
        piece = plain_text(piece) if as_table else matrix_of(piece)
    method = method if isinstance(method, str) else list(method)
    said = np.array(list(grid.predictions(plain, piece, method))).T
    curves: NDArray[Any] = said.reshape(-1, n_rows, *shape[1:])
    return curves


def _first_row(data: Blocks, X: Any) -> Any:
    """The first row as scikit-learn would meet it, by which it tells types and names."""
    first, _ = data.head(1)
    if is_frame(first):
        return plain_text(first.reset_index(drop=True))
    if data.feature_names is not None:
        first = pd.DataFrame(first, columns=list(data.feature_names))
        kinds = X.dtypes if isinstance(X, dd.DataFrame) else {}
        whole = {n: kinds[n] for n in first.columns if n in kinds and kinds[n].kind in "iu"}
        return first.astype(whole)
    if isinstance(X, da.Array) and X.dtype.kind in "iu":
        return first.astype(X.dtype)
    return first
