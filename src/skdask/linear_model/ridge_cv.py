"""RidgeCV: a penalty chosen in two passes by leaving rows out one by one, or in one on folds.

The first pass gives the moments and so the models for all penalties, the second every row's error
had it been left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn import config_context, linear_model
from sklearn.metrics import check_scoring
from sklearn.utils import check_scalar

from skdask.blocks import Blocks, is_big
from skdask.blocks.lazy import rows_of_units
from skdask.exceptions import UnsupportedError
from skdask.linear_model.moment_regressor import MomentRegressor
from skdask.metrics.from_moments import METRICS, ResidualMoments
from skdask.metrics.scoring import Metric
from skdask.passes import Algorithm
from skdask.passes.request import ask
from skdask.routes.fitting import fit_on, forget_report, open_to_fit
from skdask.routes.fold_rows import check_folds, fold_moments, weighted_fold_rows
from skdask.routes.lazy import refuse_parameters
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.rows import Rows
from skdask.statistics import MomentSummary
from skdask.statistics.leave_one_out import (
    LeaveOneOutErrors,
    LeaveOneOutMoments,
    RidgePath,
)

Matrix = NDArray[np.float64]


class LeavesOneOut:
    """What both classes share: the choice among penalties by leave-one-out scores."""

    alphas: Any
    cv: Any
    scoring: Any
    store_cv_results: bool
    alpha_per_target: bool
    fit_intercept: bool
    # whether its own fit asks, which knows the rows that results are of
    _stores = False

    def fit_and_store(self, X: Any, y: Any, sample_weight: Any) -> Any:
        """Fit on blocks; with ``store_cv_results`` what is of every row is lazy."""
        data = open_to_fit(self, X, y, sample_weight)
        self.__dict__.pop("cv_results_", None)
        self._stores = True
        try:
            fit_on(self, data, View.whole(data))
        finally:
            del self._stores
        path = self.__dict__.pop("_path", None)
        if self.store_cv_results and path is not None:
            self.cv_results_ = left_out(data, path, self.coef_.dtype, self.scoring is None)
        return self

    def _check(self) -> list[float]:
        """The penalties, after scikit-learn's checks and ours."""
        if self.store_cv_results and not self._stores and self.cv is None:
            raise UnsupportedError(
                f"{type(self).__name__}(store_cv_results=True) as a step of a pipeline on blocks: "
                "fit it by itself, or leave it False: best_score_ tells the mean."
            )
        if self.cv is not None:
            if self.store_cv_results:
                raise ValueError("cv!=None and store_cv_results=True are incompatible")
            if getattr(self, "alpha_per_target", False):
                raise ValueError("cv!=None and alpha_per_target=True are incompatible")
        include: Any = "neither" if self.cv is None else "left"
        alphas = np.atleast_1d(np.asarray(self.alphas, dtype=np.float64)).tolist()
        for index, alpha in enumerate(alphas):
            name = f"alphas[{index}]" if len(alphas) > 1 else "alphas"
            check_scalar(alpha, name, target_type=float, min_val=0.0, include_boundaries=include)
        return alphas

    def _choose(self, path: RidgePath, alphas: Sequence[float], scores: Matrix) -> None:
        """Set the best penalty, its score and its model; scores by penalty, and by target."""
        self._path = path
        best = scores.argmax(axis=0)
        coefficients = path.coefficients()
        if scores.ndim == 2 and scores.shape[1] > 1:
            self.alpha_: Any = np.asarray(alphas)[best]
            self.best_score_: Any = scores[best, np.arange(len(best))]
            self.coef_: Any = coefficients[best, np.arange(len(best))]
        else:
            self.alpha_ = alphas[int(np.squeeze(best))]
            self.best_score_ = scores[best] if scores.ndim == 1 else scores[best[0]]
            self.coef_ = coefficients[int(np.squeeze(best))]
        n_features = self.coef_.shape[1]
        self.intercept_: Any = 0.0
        if self.fit_intercept:
            self.intercept_ = path.centre[n_features:] - self.coef_ @ path.centre[:n_features]


def ridge_models(
    moments: MomentSummary, view: View, alphas: Sequence[float], fit_intercept: bool, **target: Any
) -> RidgePath:
    """Ridge models for several penalties from the moments of [X, y]."""
    n_features = view.n_features
    centre = moments.mean if fit_intercept else np.zeros_like(moments.mean)
    if moments.factor is not None:
        rows = moments.factor
        if not fit_intercept:
            rows = np.vstack([rows, np.sqrt(moments.weight) * moments.mean])
        U, roots, Vt = linalg.svd(rows[:, :n_features], full_matrices=False)
        eigenvalues, vectors = np.square(roots), Vt.T
        rotated = roots[:, np.newaxis] * (U.T @ rows[:, n_features:])
    else:
        products = moments.gram
        if not fit_intercept:
            products = products + moments.weight * np.outer(moments.mean, moments.mean)
        eigenvalues, vectors = linalg.eigh(products[:n_features, :n_features])
        rotated = vectors.T @ products[:n_features, n_features:]
    inverse = 1.0 / (np.maximum(eigenvalues, 0.0)[:, np.newaxis] + np.asarray(alphas))
    share = 1.0 / moments.weight if fit_intercept else 0.0
    return RidgePath(centre, vectors, inverse, rotated, share, view.affine, **target)


def left_out(data: Blocks, path: RidgePath, dtype: Any, as_errors: bool) -> Any:
    """Squared errors of all rows had they been left out, or predictions: lazily, by penalty."""
    many = data.y_ndim > 1 or path.classes is not None
    n_penalties = path.inverse.shape[1]
    shape = (path.n_targets, n_penalties) if many else (n_penalties,)
    meta = np.empty((0, *shape), dtype)
    told = partial(_left_out, path=path, weighted=data.has_weight, meta=meta, as_errors=as_errors)
    return rows_of_units(data, told, meta)


def _left_out(rows: Rows, path: RidgePath, weighted: bool, meta: Any, as_errors: bool) -> Any:
    found = np.empty((rows.n_rows, path.n_targets, path.inverse.shape[1]), meta.dtype)
    start = 0
    for tile in path.tiles(rows):
        weight = path.weights(tile, weighted)
        errors = np.swapaxes(path.errors(tile, weight), 1, 2)
        if as_errors:
            told = np.square(errors)
            told *= 1.0 if weight is None else weight[:, np.newaxis, np.newaxis]
        else:
            told = path.target(tile)[:, :, np.newaxis] - errors
        found[start : start + tile.n_rows] = told
        start += tile.n_rows
    return found.reshape(rows.n_rows, *meta.shape[1:])


class RidgeCV(LeavesOneOut, MomentRegressor, linear_model.RidgeCV):
    """Ridge regression, its penalty chosen by cross-validation, on data of any size.

    Subclasses :class:`sklearn.linear_model.RidgeCV` and has its parameters and attributes.
    In-memory data is handed to it. On blocks leaving out rows one by one takes two passes for all
    penalties, and folds take one.

    Attributes
    ----------
    cv_results_ : dask.array.Array of shape (n_rows, n_alphas) or (n_rows, n_targets, n_alphas)
        With ``store_cv_results=True``, lazy after a fit on blocks.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import RidgeCV
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> RidgeCV().fit(X, 2 * X[:, 0] + 1).alpha_
    0.1
    """

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **params: Any) -> RidgeCV:
        """Fit the model with the penalty that does best.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column; None for Blocks that carry it.
        sample_weight : array-like of shape (n_rows,) or str
        **params : dict
            As in scikit-learn, for in-memory data.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return linear_model.RidgeCV.fit(self, X, y, sample_weight, **params)
        refuse_parameters("fit", params)
        self.fit_and_store(X, y, sample_weight)
        return self

    @property
    def validates_on_folds(self) -> bool:
        """Whether the fit is given folds of its own."""
        return self.cv is not None

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        alphas = self._check()
        metric = None
        if self.scoring is not None or self.cv is not None:
            metric = Metric(check_scoring(self, scoring=self.scoring), False)
        if self.cv is not None:
            yield from self._on_folds(view)
            return ()
        if view.feature_names is not None:
            # as scikit-learn, to which a frame has no simple dtype
            view = replace(view, facts=replace(view.facts, dtype=np.dtype(np.float64)))
        # a spectrum loses the small columns beside large ones: there the QR form is read
        moments = yield from view.moments(True, "RidgeCV", min(alphas), alike=False)
        path = ridge_models(moments, view, alphas, self.fit_intercept)
        if metric is None:
            asked = LeaveOneOutErrors(path, view.weighted)
            squares = yield from ask(asked, view.rows, "RidgeCV")
            scores = -squares / moments.count
            scores = scores if self.alpha_per_target else scores.mean(axis=1)
        else:
            told = LeaveOneOutMoments(path, view.weighted)
            predicted = yield from ask(told, view.rows, "RidgeCV")
            scores = _scores_of(metric, predicted, path.n_targets, self.alpha_per_target)
        self._choose(path, alphas, scores)
        if path.n_targets == 1:
            self.coef_ = self.coef_.ravel()
            if view.facts.y_ndim == 1 and self.fit_intercept:
                self.intercept_ = self.intercept_[0]
        self.finish(view)
        return ()

    def _on_folds(self, view: View) -> Algorithm[None]:
        check_folds(view, "RidgeCV")
        whole = yield from view.moments(True, "RidgeCV", float(np.min(self.alphas)))
        exact = whole.factor is not None
        tests = yield from fold_moments(view, True, "RidgeCV", in_factors=exact)
        stand_in = weighted_fold_rows(tests)
        X, y = stand_in.rows[:, : view.n_features], stand_in.rows[:, view.n_features :]
        y = y.ravel() if view.facts.y_ndim == 1 else y
        fitted = plain_copy(self, cv=stand_in.splits)
        with config_context(assume_finite=True):
            fitted.fit(X, y, sample_weight=stand_in.weight)
        take_over(self, fitted)
        self.finish(view)


def _scores_of(metric: Metric, predicted: MomentSummary, n_targets: int, each: bool) -> Matrix:
    """Scores by penalty, or by penalty and target where each is scored alone."""
    score = METRICS[metric.function]
    n_predicted = len(predicted.mean) - n_targets
    n_penalties = n_predicted // n_targets
    if not each or n_targets == 1:
        picks = np.eye(n_predicted).reshape(n_predicted, n_penalties, n_targets)
        none = np.zeros((n_penalties, n_targets))
        return np.asarray(metric.sign * score(ResidualMoments(predicted, picks, none)))
    found = []
    for target in range(n_targets):
        kept = [*range(target, n_predicted, n_targets), n_predicted + target]
        own = MomentSummary(
            predicted.count,
            predicted.weight,
            predicted.mean[kept],
            scatter=predicted.gram[np.ix_(kept, kept)],
        )
        found.append(_scores_of(metric, own, 1, False))
    return np.stack(found, axis=1)
