"""Selectors that score each feature by itself: one pass, or none where moments are known."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import config_context, feature_selection

from skdask.exceptions import DataError
from skdask.feature_selection.scores import score_features, score_requests
from skdask.feature_selection.selector import BlockSelector
from skdask.mixins.fits import TargetFit
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View


class _UnivariateSelector(TargetFit, BlockSelector):
    """What they share: scores from statistics, and scikit-learn's own choice by them."""

    score_func: Any

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        self.choose_form(view)
        return score_requests(self.score_func, view, type(self).__name__)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        name = type(self).__name__
        if view.facts.y_ndim == 0:
            raise DataError(
                f"{name} requires y to be passed, but the target y is None. For a table, y may be "
                "the name of its target column."
            )
        self.choose_form(view)
        found, told = yield from score_features(self.score_func, view, name)
        # scikit-learn's own fit, with the scores at hand
        plain = plain_copy(self, score_func=lambda X, y: found)
        with config_context(skip_parameter_validation=True):
            plain.fit(np.zeros((2, view.n_features)), np.arange(2))
        plain.score_func = self.score_func
        take_over(self, plain)
        remember_features(self, view)
        return told


class SelectKBest(_UnivariateSelector, feature_selection.SelectKBest):
    """Keep the k features with the highest scores, on data of any size.

    Subclasses :class:`sklearn.feature_selection.SelectKBest` and has its parameters and
    attributes. In-memory data is handed to it; on blocks ``f_classif``, ``f_regression``,
    ``r_regression`` and ``chi2`` are exact in one pass, and any other ``score_func`` is computed on
    a uniform sample of ``config.set(sample_rows=...)`` rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import SelectKBest, f_regression
    >>> X = da.from_array([[0.0, 1.0], [1.0, 1.0], [0.0, 2.0], [1.0, 2.0]], chunks=2)
    >>> SelectKBest(f_regression, k=1).fit(X, X[:, 1] + 0.1 * X[:, 0]).get_support()
    array([False,  True])
    """


class SelectPercentile(_UnivariateSelector, feature_selection.SelectPercentile):
    """Keep a share of the features, those with the highest scores, on data of any size.

    Subclasses :class:`sklearn.feature_selection.SelectPercentile` and has its parameters and
    attributes; on blocks as :class:`SelectKBest`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import SelectPercentile, f_regression
    >>> X = da.from_array([[0.0, 1.0], [1.0, 1.0], [0.0, 2.0], [1.0, 2.0]], chunks=2)
    >>> y = X[:, 1] + 0.1 * X[:, 0]
    >>> SelectPercentile(f_regression, percentile=50).fit(X, y).get_support()
    array([False,  True])
    """


class SelectFpr(_UnivariateSelector, feature_selection.SelectFpr):
    """Keep features whose p-value is below a false positive rate, on data of any size.

    Subclasses :class:`sklearn.feature_selection.SelectFpr` and has its parameters and
    attributes; on blocks as :class:`SelectKBest`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import SelectFpr, f_regression
    >>> X = da.from_array([[0.0, 1.0], [1.0, 1.0], [0.0, 2.0], [1.0, 2.0]], chunks=2)
    >>> SelectFpr(f_regression).fit(X, X[:, 1] + 0.1 * X[:, 0]).get_support()
    array([False,  True])
    """


class SelectFdr(_UnivariateSelector, feature_selection.SelectFdr):
    """Keep features for an estimated false discovery rate, on data of any size.

    Subclasses :class:`sklearn.feature_selection.SelectFdr` and has its parameters and
    attributes; on blocks as :class:`SelectKBest`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import SelectFdr, f_regression
    >>> X = da.from_array([[0.0, 1.0], [1.0, 1.0], [0.0, 2.0], [1.0, 2.0]], chunks=2)
    >>> SelectFdr(f_regression).fit(X, X[:, 1] + 0.1 * X[:, 0]).get_support()
    array([False,  True])
    """


class SelectFwe(_UnivariateSelector, feature_selection.SelectFwe):
    """Keep features for a family-wise error rate, on data of any size.

    Subclasses :class:`sklearn.feature_selection.SelectFwe` and has its parameters and
    attributes; on blocks as :class:`SelectKBest`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import SelectFwe, f_regression
    >>> X = da.from_array([[0.0, 1.0], [1.0, 1.0], [0.0, 2.0], [1.0, 2.0]], chunks=2)
    >>> SelectFwe(f_regression).fit(X, X[:, 1] + 0.1 * X[:, 0]).get_support()
    array([False,  True])
    """


class GenericUnivariateSelect(_UnivariateSelector, feature_selection.GenericUnivariateSelect):
    """Keep features by their scores in a mode that can be searched, on data of any size.

    Subclasses :class:`sklearn.feature_selection.GenericUnivariateSelect` and has its parameters
    and attributes; on blocks as :class:`SelectKBest`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import GenericUnivariateSelect, f_regression
    >>> X = da.from_array([[0.0, 1.0], [1.0, 1.0], [0.0, 2.0], [1.0, 2.0]], chunks=2)
    >>> selector = GenericUnivariateSelect(f_regression, mode="k_best", param=1)
    >>> selector.fit(X, X[:, 1] + 0.1 * X[:, 0]).get_support()
    array([False,  True])
    """
