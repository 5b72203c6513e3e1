"""SelectFromModel: in the passes of its model."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import config_context, feature_selection

from skdask.blocks import is_big
from skdask.feature_selection.models import model_of, model_takes_tables
from skdask.feature_selection.selector import BlockSelector
from skdask.mixins.transformer import refuse_partial_fit
from skdask.passes import Algorithm, Request
from skdask.routes.example import Example
from skdask.routes.fitting import (
    algorithm_of,
    first_requests_of,
    fit_on_blocks,
    forget_report,
)
from skdask.routes.twins import plain_copy
from skdask.routes.view import View


class SelectFromModel(BlockSelector, feature_selection.SelectFromModel):
    """Keep the features that a model gives weight, on data of any size.

    Subclasses :class:`sklearn.feature_selection.SelectFromModel` and has its parameters and
    attributes. In-memory data is handed to it; on blocks the estimator is one of skdask's, or a
    scikit-learn class that one stands for.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import SelectFromModel
    >>> from skdask.linear_model import Lasso
    >>> X = da.from_array([[0.0, 1.0], [1.0, 1.0], [0.0, 2.0], [1.0, 2.0]], chunks=2)
    >>> SelectFromModel(Lasso(alpha=0.01)).fit(X, X[:, 1]).get_support()
    array([False,  True])
    """

    @property
    def takes_tables(self) -> bool:
        """Whether its model takes frames."""
        return model_takes_tables(self)

    def fit(self, X: Any, y: Any = None, **fit_params: Any) -> SelectFromModel:
        """Fit the model.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column; None for Blocks that carry it.
        **fit_params
            On blocks ``sample_weight``, where the model takes it.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, **fit_params)
        return fit_on_blocks(self, X, y, **fit_params, needs_y=y is not None)

    def partial_fit(self, X: Any, y: Any = None, **fit_params: Any) -> SelectFromModel:
        """Fit the model on one more batch of rows in memory."""
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y, **fit_params)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        self.choose_form(view)
        if self.prefit:
            return (Request(Example(), view.rows, "SelectFromModel"),)
        return first_requests_of(model_of(self.estimator, self), view)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        self.choose_form(view)
        told: tuple[str, ...] = ()
        model = self.estimator
        if not self.prefit:
            model = model_of(self.estimator, self)
            told = yield from algorithm_of(model, view)
        # what scikit-learn checks of a model that is fitted
        plain = plain_copy(self, prefit=True)
        plain.estimator = model
        with config_context(skip_parameter_validation=True):
            plain.fit(np.zeros((1, view.n_features)))
        self.estimator_ = plain.estimator_ if self.prefit else model
        if self.max_features is not None:
            self.max_features_ = plain.max_features_
        if view.feature_names is not None:
            self.feature_names_in_ = np.asarray(view.feature_names, dtype=object)
        else:
            self.__dict__.pop("feature_names_in_", None)
        return told
