"""RFE and RFECV: models of fewer and fewer features.

Leaving features out is affine, so models that see moments are fitted on all of the sets without
another pass, in all folds; models that iterate take their passes for each set, and the folds share
them. The elimination on all rows runs beside those of the folds and is cut where they say.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import feature_selection
from sklearn.base import clone, is_classifier
from sklearn.utils.metaestimators import available_if

from skdask._sklearn import feature_importances
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
from skdask.metrics.scoring import Metric, default_score, score_with
from skdask.passes import Algorithm, Request, together
from skdask.routes.fitting import (
    algorithm_of,
    first_requests_of,
    fit_on_blocks,
    forget_report,
    remember_features,
)
from skdask.routes.fold_rows import check_folds
from skdask.routes.lazy import apply_lazily
from skdask.routes.view import View


@dataclass(frozen=True)
class _Set:
    """A set of features on the way down, and the model of them."""

    support: NDArray[np.bool_]
    ranking: NDArray[np.int64]
    model: Any
    score: float
    told: tuple[str, ...]


def _eliminate(
    selector: Any, view: View, least: int, metric: Metric | None = None
) -> Algorithm[list[_Set]]:
    """All sets from all features down to the least number of them."""
    n_features = view.n_features
    step = int(selector.step)
    if 0.0 < selector.step < 1.0:
        step = int(max(1, selector.step * n_features))
    support, ranking = np.ones(n_features, bool), np.ones(n_features, int)
    name = type(selector).__name__
    template = model_of(selector.estimator, selector)
    sets: list[_Set] = []
    while True:
        features, model = np.flatnonzero(support), clone(template)
        if selector.verbose > 0 and len(features) > least:
            print(f"Fitting estimator with {len(features)} features.")
        chosen = of_columns(view, features)
        told = yield from algorithm_of(model, chosen)
        score = np.nan
        if metric is not None:
            (score,) = yield from score_on_folds([model], [chosen], metric, name)
        sets.append(_Set(support.copy(), ranking.copy(), model, score, told))
        if len(features) <= least:
            return sets
        ranks = np.argsort(feature_importances(model, selector.importance_getter), kind="stable")
        out = min(step, len(features) - least)
        support[features[ranks][:out]] = False
        ranking[~support] += 1


def _estimator_has(method: str) -> Any:
    def check(self: Any) -> bool:
        getattr(getattr(self, "estimator_", self.estimator), method)
        return True

    return check


class _Eliminator(BlockSelector):
    """What RFE and RFECV share."""

    estimator: Any
    estimator_: Any

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        self.choose_form(view)
        return first_requests_of(model_of(self.estimator, self), view)

    def _take(self, chosen: _Set, view: View) -> None:
        self.support_, self.ranking_ = chosen.support, chosen.ranking
        self.n_features_, self.estimator_ = chosen.support.sum(), chosen.model
        remember_features(self, view)

    @available_if(_estimator_has("predict"))
    def predict(self, X: Any, **params: Any) -> Any:
        """Predict from the chosen features: lazily for Dask collections, Blocks and paths."""
        return self._apply("predict", X, params)

    @available_if(_estimator_has("predict_proba"))
    def predict_proba(self, X: Any) -> Any:
        """Class probabilities from the chosen features."""
        return self._apply("predict_proba", X, {})

    @available_if(_estimator_has("predict_log_proba"))
    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the class probabilities from the chosen features."""
        return self._apply("predict_log_proba", X, {})

    @available_if(_estimator_has("decision_function"))
    def decision_function(self, X: Any) -> Any:
        """Confidence scores of the classes from the chosen features."""
        return self._apply("decision_function", X, {})

    def _apply(self, method: str, X: Any, params: dict[str, Any]) -> Any:
        if is_big(X):
            return apply_lazily(self, method, X, **params)
        return getattr(super(), method)(X, **params)


def _refuse_others(selector: Any, fit_params: dict[str, Any]) -> None:
    others = sorted(set(fit_params) - {"sample_weight"})
    if others:
        raise UnsupportedError(
            f"{type(selector).__name__}.fit takes no {', '.join(others)} on blocks; leave it out"
        )


class RFE(_Eliminator, feature_selection.RFE):
    """Leave out the features that a model gives least weight, again and again.

    Subclasses :class:`sklearn.feature_selection.RFE` and has its parameters and attributes.
    In-memory data is handed to it. On blocks a model that sees moments is fitted on all sets of
    features in the first pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import RFE
    >>> from skdask.linear_model import LinearRegression
    >>> X = da.random.default_rng(0).normal(size=(100, 4), chunks=25)
    >>> selector = RFE(LinearRegression(), n_features_to_select=1).fit(X, X[:, 2] + 0.1 * X[:, 0])
    >>> selector.ranking_, selector.fit_report_.passes
    (array([2, ..., 1, ...]), 1)
    """

    def fit(self, X: Any, y: Any = None, **fit_params: Any) -> RFE:
        """Rank the features and fit the model on those that are chosen.

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
        _refuse_others(self, fit_params)
        return fit_on_blocks(self, X, y, **fit_params)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        self.choose_form(view)
        yield self.first_requests(view)
        sets = yield from _eliminate(self, view, self._wanted(view.n_features))
        self._take(sets[-1], view)
        return sets[-1].told

    def _wanted(self, n_features: int) -> int:
        wanted = self.n_features_to_select
        if wanted is None:
            return n_features // 2
        if isinstance(wanted, float | np.floating):
            return int(n_features * wanted)
        if wanted > n_features:
            warnings.warn(
                f"Found n_features_to_select={wanted} > {n_features=}. There will be no feature "
                "selection and all features will be kept.",
                UserWarning,
                stacklevel=2,
            )
        return int(wanted)

    @available_if(_estimator_has("score"))
    def score(self, X: Any, y: Any = None, **score_params: Any) -> float:
        """The model's score on the chosen features; one pass over data on blocks."""
        if is_big(X):
            return default_score(self, X, y, **score_params)
        return float(super().score(X, y, **score_params))


class RFECV(_Eliminator, feature_selection.RFECV):
    """RFE with the number of features chosen by cross-validation.

    Subclasses :class:`sklearn.feature_selection.RFECV` and has its parameters and attributes.
    In-memory data is handed to it. On blocks the eliminations of all folds and of all rows run
    side by side; a linear regressor takes one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_selection import RFECV
    >>> from skdask.linear_model import Ridge
    >>> X = da.random.default_rng(0).normal(size=(100, 4), chunks=25)
    >>> selector = RFECV(Ridge(), cv=3).fit(X, X[:, 2] + 0.1 * X[:, 0])
    >>> int(selector.n_features_), selector.fit_report_.passes
    (2, 1)
    """

    validates_on_folds = True

    def fit(self, X: Any, y: Any = None, **params: Any) -> RFECV:
        """Choose the number of features and fit the model on them.

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
        _refuse_others(self, params | {"sample_weight": None} if params else {})
        if params.get("sample_weight") is not None:
            raise UnsupportedError("RFECV.fit takes no sample_weight, as in scikit-learn")
        return fit_on_blocks(self, X, y)

    @property
    def validates_as_classifier(self) -> bool:
        """Whether folds are stratified."""
        return bool(is_classifier(self.estimator))

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        check_folds(view, "RFECV")
        self.choose_form(view)
        metric = fold_metric(model_of(self.estimator, self), self.scoring)
        n_features = view.n_features
        if self.min_features_to_select > n_features:
            warnings.warn(
                f"Found min_features_to_select={self.min_features_to_select} > {n_features=}. "
                "There will be no feature selection and all features will be kept.",
                UserWarning,
                stacklevel=2,
            )
        least = min(self.min_features_to_select, n_features)
        view = view.weighing(False)
        precise = in_full_precision(view)
        folds = [precise.of_fold(fold, rest=True) for fold in range(view.n_folds)]
        *by_fold, whole = yield from together(
            [
                *(_eliminate(self, fold, least, metric) for fold in folds),
                _eliminate(self, view, least),
            ]
        )
        # fewest features first, which win where scores are equal
        by_fold = [sets[::-1] for sets in by_fold]
        whole = whole[::-1]
        scores = np.array([[each.score for each in sets] for sets in by_fold])
        best = int(np.argmax(scores.sum(axis=0)))
        self._take(whole[best], view)
        self.cv_results_ = {
            "mean_test_score": scores.mean(axis=0),
            "std_test_score": scores.std(axis=0),
            **{f"split{fold}_test_score": own for fold, own in enumerate(scores)},
            **{
                f"split{fold}_ranking": np.array([each.ranking for each in sets])
                for fold, sets in enumerate(by_fold)
            },
            **{
                f"split{fold}_support": np.array([each.support for each in sets])
                for fold, sets in enumerate(by_fold)
            },
            "n_features": np.array([each.support.sum() for each in whole]),
        }
        return whole[best].told

    def score(self, X: Any, y: Any = None, **score_params: Any) -> float:
        """The `scoring` of the model on the chosen features; one pass over data on blocks."""
        if is_big(X):
            scorer = self._get_scorer()
            return score_with({"score": scorer}, self, X, y, **score_params)["score"]
        return float(super().score(X, y, **score_params))
