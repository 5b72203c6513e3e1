"""TransformedTargetRegressor: the target goes through its transformer while a block is in memory.

The transformer is fitted on the targets as if they were features, in passes of its own; functions
learn nothing, so a regressor of them takes no pass more than the regressor itself. What tells
whether the transformation can be undone is a small sample of the targets.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import compose
from sklearn.base import clone

from skdask._sklearn import fit_target_transformer, validate_params
from skdask.blocks import is_big
from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model import LinearRegression
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request
from skdask.pipeline.weights import open_weighted, takes_weights
from skdask.routes.branches import branch_of
from skdask.routes.fitting import (
    algorithm_of,
    first_requests_of,
    fit_on,
    forget_report,
    takes_tables,
)
from skdask.routes.lazy import apply_lazily
from skdask.routes.steps import TransformTarget
from skdask.routes.twins import adopt, has_twin, plain_copy
from skdask.routes.view import View

# Targets by which it is judged whether the transformation can be undone
_CHECKED_ROWS = 100


class TransformedTargetRegressor(LazyPredictor, compose.TransformedTargetRegressor):
    """Regress on a transformed target, on data of any size.

    Subclasses :class:`sklearn.compose.TransformedTargetRegressor` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the regressor may be skdask's, a
    scikit-learn class that it stands for, or a pipeline that ends in one; so may the transformer.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    ``check_inverse`` looks at a sample of 100 targets. As in scikit-learn, the transformer is
    fitted without weights.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skdask.compose import TransformedTargetRegressor
    >>> from skdask.linear_model import LinearRegression
    >>> X = da.arange(4, chunks=2).reshape(4, 1)
    >>> model = TransformedTargetRegressor(LinearRegression(), func=np.log, inverse_func=np.exp)
    >>> model.fit(X, da.exp(2 * X[:, 0])).regressor_.coef_
    array([2.])
    >>> model.fit_report_.passes
    1
    """

    # no linear model, whose scores would follow from statistics
    scored_by_predictions = True

    def fit(self, X: Any, y: Any = None, **params: Any) -> TransformedTargetRegressor:
        """Fit the transformer on the target, and the regressor on what it makes of it.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column, or a list of them; None for Blocks that
            carry it.
        **params : dict
            The regressor's: ``sample_weight``, or ``<step>__sample_weight`` for a pipeline.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, **params)
        validate_params(self)
        data, weighted = open_weighted(self.inner_estimator, X, y, params)
        if not data.has_y:
            raise DataError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None. For a table, y may be the name of its target column."
            )
        self.check_steps(has_y=True)
        self._weighted_steps = weighted
        return fit_on(self, data, View.whole(data, weighted="" in weighted))

    def check_steps(self, has_y: bool) -> None:
        """Raise where the regressor or the transformer cannot run on blocks."""
        self._new_regressor()
        self._new_transformer()

    @property
    def inner_estimator(self) -> Any:
        """The regressor that is fitted, as a template."""
        return LinearRegression() if self.regressor is None else adopt(self.regressor)

    @property
    def takes_tables(self) -> bool:
        """Whether the regressor takes frames whose columns keep their types."""
        return takes_tables(self.inner_estimator)

    @property
    def takes_weights(self) -> bool:
        """Whether the regressor takes sample weights."""
        return takes_weights(self.inner_estimator)

    def _new_regressor(self) -> Any:
        template = self.inner_estimator
        if not has_twin(template):
            raise UnsupportedError(
                f"regressor: {type(template).__name__} cannot be fitted on blocks yet. Use one of "
                "skdask's, or fit on a sample of the rows that fits in memory."
            )
        ours = clone(template)
        validate_params(ours)
        if hasattr(ours, "check_steps"):
            ours.check_steps(has_y=True)
        return ours

    def _new_transformer(self) -> Any:
        """Our transformer of the targets, unfitted; None where functions are given instead."""
        if self.transformer is None or self.func is not None or self.inverse_func is not None:
            # raises where they are not given as they should be
            fit_target_transformer(plain_copy(self, check_inverse=False), np.ones((1, 1)))
            return None
        return branch_of("transformer", clone(self.transformer))

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return self._requests(view, self._new_regressor(), self._new_transformer())

    def _requests(self, view: View, regressor: Any, transformer: Any) -> tuple[Request, ...]:
        target = view.of_target()
        if transformer is not None:
            return (_sample_of(target), *first_requests_of(transformer, target))
        after = view.with_target(self._of_functions(target.n_features))
        return (_sample_of(target), *first_requests_of(regressor, after))

    def _of_functions(self, n_targets: int) -> TransformTarget:
        """The step of the functions, which is known before any pass."""
        plain = plain_copy(self, check_inverse=False)
        fit_target_transformer(plain, np.ones((1, n_targets)))
        return TransformTarget(plain.transformer_, fixed=True)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view.check_numeric_target()
        regressor, transformer = self._new_regressor(), self._new_transformer()
        weighted = self.__dict__.pop("_weighted_steps", frozenset()) - {""}
        if weighted:
            regressor.weigh_steps(weighted)
        target = view.of_target()
        outcomes: tuple[str, ...] = ()
        yield self._requests(view, regressor, transformer)
        (few,) = yield (_sample_of(target),)
        plain = plain_copy(self)
        if transformer is None:
            step = self._of_functions(target.n_features)
        else:
            outcomes += yield from algorithm_of(transformer, target)
            step = TransformTarget(transformer, fixed=False)
        # scikit-learn's own check of the inverse, and its warning
        fit_target_transformer(plain, few.rows.X, transformer)
        outcomes += yield from algorithm_of(regressor, view.with_target(step))
        self.transformer_ = plain.transformer_
        self.regressor_ = regressor
        self._training_dim = view.facts.y_ndim
        if hasattr(regressor, "feature_names_in_"):
            self.feature_names_in_ = regressor.feature_names_in_
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return outcomes

    def predict(self, X: Any, **predict_params: Any) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "predict", X, **predict_params)
        return compose.TransformedTargetRegressor.predict(self, X, **predict_params)


def _sample_of(target: View) -> Request:
    return target.sample_request(_CHECKED_ROWS, 0, "TransformedTargetRegressor")
