"""Plots of inspection, whose numbers come from passes over data of any size.

scikit-learn's own displays in everything but where the numbers come from: what it makes of the
arguments is asked of itself, on the first row, and what is plotted is of all rows.
"""

from __future__ import annotations

from math import ceil
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import inspection
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.inspection.dependence import Asked, Dependences
from skdask.passes import ask, run
from skdask.routes.fitting import open_for
from skdask.routes.twins import to_sklearn
from skdask.statistics import Extremes

# What `partial_dependence` takes, beside features, kinds and custom values
_COMPUTING = {
    "categorical_features": None,
    "feature_names": None,
    "response_method": "auto",
    "percentiles": (0.05, 0.95),
    "grid_resolution": 100,
    "method": "auto",
}


class _Told(inspection.PartialDependenceDisplay):
    """A display that plots nothing and keeps how it would have been plotted."""

    def plot(self, **style: Any) -> Any:
        self.style = style
        return self


class PartialDependenceDisplay(inspection.PartialDependenceDisplay):
    """Plot of partial dependence, on data of any size.

    Subclasses :class:`sklearn.inspection.PartialDependenceDisplay`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.utils import Bunch
    >>> from skdask.inspection import PartialDependenceDisplay
    >>> display = PartialDependenceDisplay(
    ...     [Bunch(grid_values=[np.array([0.0, 1.0])], average=np.array([[0.0, 3.0]]))],
    ...     features=[(0,)],
    ...     feature_names=["age"],
    ...     target_idx=0,
    ...     deciles={0: np.linspace(0.1, 0.9, 9)},
    ... )
    >>> display.feature_names
    ['age']
    """

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, features: Any, **options: Any) -> Any:
        """Make the display from a fitted estimator and data.

        Parameters
        ----------
        estimator, X, features
            As :func:`skdask.inspection.partial_dependence` takes them; several sets of features
            share its passes.
        **options : dict
            As in scikit-learn, where all of them are named. Of single rows those alone are
            looked at that are plotted, which are scikit-learn's for the same `random_state`; so
            the display's `pd_results` hold no others.

        Returns
        -------
        PartialDependenceDisplay
        """
        if not is_big(X):
            return super().from_estimator(estimator, X, features, **options)
        computing = {name: options.get(name, value) for name, value in _COMPUTING.items()}
        asker = Dependences(estimator, X, options.get("sample_weight"), computing)
        told = asker.said_of_first_row(_Told.from_estimator, features, options)
        kinds = told.kind if isinstance(told.kind, list) else [told.kind] * len(told.features)
        custom = options.get("custom_values") or {}
        asked = [
            Asked(list(places), kind, _of_places(custom, places))
            for places, kind in zip(told.features, kinds, strict=True)
        ]
        results = asker.of(asked, deciles=True)
        for found in results:
            if "individual" in found:
                curves = found["individual"]
                found["individual"] = curves[:, _plotted(told, curves.shape[1])].compute()
        return cls(
            results,
            features=told.features,
            feature_names=told.feature_names,
            target_idx=told.target_idx,
            deciles=asker.deciles,
            kind=told.kind,
            subsample=None if "individual" in kinds or "both" in kinds else told.subsample,
            random_state=told.random_state,
            is_categorical=told.is_categorical,
        ).plot(**told.style)


def _of_places(custom: Any, places: Any) -> dict[Any, Any]:
    return {place: custom[place] for place in places if place in custom}


def _plotted(told: Any, n_rows: int) -> NDArray[np.intp]:
    """The rows whose curves scikit-learn plots, in the order of the data."""
    most: Any = told.subsample
    if most is None:
        count = n_rows
    else:
        count = min(int(most), n_rows) if _is_count(most) else ceil(n_rows * most)
    chosen = check_random_state(told.random_state).choice(n_rows, count, replace=False)
    return np.sort(chosen)


def _is_count(most: Any) -> bool:
    return isinstance(most, Integral)


class DecisionBoundaryDisplay(inspection.DecisionBoundaryDisplay):
    """Plot of decision boundaries over the range of two features, on data of any size.

    Subclasses :class:`sklearn.inspection.DecisionBoundaryDisplay`.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.inspection import DecisionBoundaryDisplay
    >>> from skdask.linear_model import LogisticRegression
    >>> X = da.random.default_rng(0).normal(size=(100, 2), chunks=25)
    >>> model = LogisticRegression().fit(X, X[:, 0] > 0)
    >>> display = DecisionBoundaryDisplay.from_estimator(model, X, grid_resolution=5)
    >>> display.response.shape
    (5, 5)
    """

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, **options: Any) -> Any:
        """Make the display from a fitted estimator and data.

        Parameters
        ----------
        estimator : fitted estimator
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, 2)
            Of which the range of each feature is looked at, in a pass.
        **options : dict
            As in scikit-learn, where all of them are named.

        Returns
        -------
        DecisionBoundaryDisplay
        """
        if not is_big(X):
            return super().from_estimator(estimator, X, **options)
        check_is_fitted(estimator)
        data = open_for(estimator, X).as_matrices()
        if data.n_features != 2:
            raise DataError(
                f"n_features must be equal to 2. Got {data.n_features} instead. Choose the two "
                "features that the estimator was fitted with."
            )
        asked = ask(Extremes(), asked_by=cls.__name__)
        found = run([asked], data, what=cls.__name__, once=True).results[0]
        corners: Any = np.vstack([found.smallest, found.largest]).astype(data.dtype)
        if data.feature_names is not None:
            corners = pd.DataFrame(corners, columns=list(data.feature_names))
        return super().from_estimator(to_sklearn(estimator), corners, **options)
