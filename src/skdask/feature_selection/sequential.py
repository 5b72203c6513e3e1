"""SequentialFeatureSelector: every candidate feature in every fold, side by side.

A model of some of the features sees some of the moments, so for models of moments all candidates of
all steps, in all folds, follow from one pass. Models that iterate take the passes of one fit
for each step, whatever the number of candidates and folds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import feature_selection
from sklearn.base import clone, is_classifier

from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.feature_selection.models import (
    fold_metric,
    in_full_precision,
    model_of,
    of_columns,
    score_on_folds,
)
from skdask.feature_selection.selector import BlockSelector
from skdask.metrics.scoring import Metric
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import (
    first_requests_of,
    fit_on_blocks,
    fit_together,
    forget_report,
    remember_features,
)
from skdask.routes.fold_rows import check_folds
from skdask.routes.view import View


class SequentialFeatureSelector(BlockSelector, feature_selection.SequentialFeatureSelector):
    """Add, or leave out, one feature after the other by cross-validated scores.

    Subclasses :class:`sklearn.feature_selection.SequentialFeatureSelector` and has its parameters
    and attributes. In-memory data is handed to it. On blocks a linear regressor takes one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import SequentialFeatureSelector
    >>> from skdask.linear_model import Ridge
    >>> X = da.random.default_rng(0).normal(size=(100, 4), chunks=25)
    >>> selector = SequentialFeatureSelector(Ridge(), n_features_to_select=1)
    >>> selector.fit(X, X[:, 2] + 0.1 * X[:, 0]).get_support(), selector.fit_report_.passes
    (array([False, False,  True, False]), 1)
    """

    validates_on_folds = True

    def fit(self, X: Any, y: Any = None, **params: Any) -> SequentialFeatureSelector:
        """Choose the features.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column; None for Blocks that carry it.
        **params
            In memory only, as in scikit-learn.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, **params)
        if any(value is not None for value in params.values()):
            raise UnsupportedError(
                f"SequentialFeatureSelector.fit takes no {', '.join(params)} on blocks"
            )
        return fit_on_blocks(self, X, y)

    @property
    def validates_as_classifier(self) -> bool:
        """Whether folds are stratified."""
        return bool(is_classifier(self.estimator))

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        self.choose_form(view)
        return first_requests_of(model_of(self.estimator, self), view)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        name = type(self).__name__
        check_folds(view, name)
        self.choose_form(view)
        model = model_of(self.estimator, self)
        metric = fold_metric(model, self.scoring)
        n_features = view.n_features
        wanted = self._wanted(n_features)
        forward = self.direction == "forward"
        auto = self.n_features_to_select == "auto"
        precise = in_full_precision(view.weighing(False))
        folds = [precise.of_fold(fold, rest=True) for fold in range(view.n_folds)]
        taken, last = np.zeros(n_features, bool), -np.inf
        for _ in range(wanted if auto or forward else n_features - wanted):
            scores = yield from self._scores(model, metric, folds, taken)
            best = max(scores, key=lambda feature: scores[feature])
            if auto and self.tol is not None and scores[best] - last < self.tol:
                break
            taken[best], last = True, scores[best]
        self.support_ = taken if forward else ~taken
        self.n_features_to_select_ = self.support_.sum()
        remember_features(self, view)
        return ()

    def _scores(
        self, model: Any, metric: Metric, folds: list[View], taken: NDArray[np.bool_]
    ) -> Algorithm[dict[int, float]]:
        """The mean score with each of the features that are not taken."""
        candidates = np.flatnonzero(~taken).tolist()
        models, views = [], []
        for feature in candidates:
            mask = taken.copy()
            mask[feature] = True
            columns = np.flatnonzero(mask if self.direction == "forward" else ~mask)
            views += [of_columns(fold, columns) for fold in folds]
            models += [clone(model) for _ in folds]
        yield from fit_together(models, views)
        scores = yield from score_on_folds(models, views, metric, type(self).__name__)
        means = np.reshape(scores, (len(candidates), len(folds))).mean(axis=1)
        return dict(zip(candidates, means.tolist(), strict=True))

    def _wanted(self, n_features: int) -> int:
        if self.tol is not None and self.tol < 0 and self.direction == "forward":
            raise ValueError("tol must be strictly positive when doing forward selection")
        wanted = self.n_features_to_select
        if isinstance(wanted, str):
            return n_features // 2 if self.tol is None else n_features - 1
        if isinstance(wanted, float | np.floating):
            return int(n_features * wanted)
        if wanted >= n_features:
            raise ValueError("n_features_to_select must be < n_features.")
        return int(wanted)
