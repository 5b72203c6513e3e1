"""RidgeClassifierCV: its penalty chosen by leaving rows out one by one, or on folds.

Two passes either way: the moments within each class give the models for all penalties, and, on
folds, those of every fold; the second pass tells what each is worth to rows that it has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context, linear_model
from sklearn.metrics import check_scoring
from sklearn.utils.class_weight import compute_class_weight

from skdask.blocks import is_big
from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model.ridge_classifier import class_rows
from skdask.linear_model.ridge_cv import LeavesOneOut, ridge_models
from skdask.metrics.scoring import Metric, score_of_card
from skdask.mixins.predictor import LazyPredictor
from skdask.passes import Algorithm, Request, together
from skdask.passes.request import ask
from skdask.routes.fitting import as_dtype, forget_report, remember_features
from skdask.routes.fold_rows import check_folds
from skdask.routes.lazy import apply_lazily, refuse_parameters
from skdask.routes.view import View
from skdask.statistics import ClassMoments, ClassSummary, LogisticProblem, MomentSummary
from skdask.statistics.class_scores import ClassScores, Scorecard
from skdask.statistics.leave_one_out import LeaveOneOutCards, LeaveOneOutErrors, RidgePath, signs_of

Matrix = NDArray[np.float64]
_NAME = "RidgeClassifierCV"


class RidgeClassifierCV(LeavesOneOut, LazyPredictor, linear_model.RidgeClassifierCV):
    """Ridge regression on class labels, its penalty chosen by cross-validation.

    Subclasses :class:`sklearn.linear_model.RidgeClassifierCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks two passes serve all penalties, with
    folds too. Where rows are left out one by one and ``scoring`` is given, two classes are scored
    by their predictions; scikit-learn takes all of these for right.

    Attributes
    ----------
    cv_results_ : dask.array.Array of shape (n_rows, n_targets, n_alphas)
        With ``store_cv_results=True``, lazy after a fit on blocks.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import RidgeClassifierCV
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> y = (X[:, 0] > 4).astype(int)
    >>> RidgeClassifierCV().fit(X, y).predict(X[3:7]).compute()
    array([0, 0, 1, 1])
    """

    alpha_per_target = False

    def fit(
        self, X: Any, y: Any = None, sample_weight: Any = None, **params: Any
    ) -> RidgeClassifierCV:
        """Fit the model with the penalty that does best.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
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
            return linear_model.RidgeClassifierCV.fit(self, X, y, sample_weight, **params)
        refuse_parameters("fit", params)
        self.fit_and_store(X, y, sample_weight)
        return self

    @property
    def _spread(self) -> Any:
        return "pooled" if self.class_weight is None else "each"

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(ClassMoments(self._spread, view.weighted), view.rows, _NAME),)

    @property
    def validates_on_folds(self) -> bool:
        """Whether the fit is given folds of its own."""
        return self.cv is not None

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        alphas, metric = self._check(), self._metric()
        if self.cv is not None:
            check_folds(view, _NAME)
            found = yield from self._on_folds(view, alphas, metric)
        else:
            found = yield from self._leaving_out(view, alphas, metric)
        self._binarize(found.classes)
        self.coef_ = as_dtype(self.coef_, view)
        if self.fit_intercept:
            self.intercept_ = as_dtype(self.intercept_, view)
        remember_features(self, view)
        return ()

    def _metric(self) -> Metric | None:
        """How predictions are scored; None for the squared error."""
        if self.cv is None and self.scoring is None:
            return None
        metric = Metric(check_scoring(self, scoring=self.scoring), True)
        if metric.of_probabilities:
            raise UnsupportedError(f"{_NAME} gives no probabilities to be scored by")
        return metric

    def _leaving_out(
        self, view: View, alphas: Sequence[float], metric: Metric | None
    ) -> Algorithm[ClassSummary]:
        found = yield from view.class_moments(self._spread, _NAME)
        factors = self._factors(found)
        X, labels, weight = _weighed(found, found.classes, factors)
        columns = np.column_stack([X, signs_of(labels, found.classes)])
        total = weight.sum()
        mean = weight @ columns / total
        centred = (columns - mean) * np.sqrt(weight)[:, np.newaxis]
        count = int(found.counts.sum())
        moments = MomentSummary(count, float(total), mean, scatter=centred.T @ centred)
        target = {"classes": found.classes, "class_weight": factors}
        path = ridge_models(moments, view, alphas, self.fit_intercept, **target)
        if metric is None:
            squares = yield from ask(LeaveOneOutErrors(path, view.weighted), view.rows, _NAME)
            scores = -squares.mean(axis=1) / count
        else:
            cards = yield from ask(LeaveOneOutCards(path, view.weighted), view.rows, _NAME)
            scores = _scores_of(metric, cards, path)
        self._choose(path, alphas, scores)
        if path.n_targets == 1:
            self.coef_ = self.coef_.ravel()
        return found

    def _on_folds(
        self, view: View, alphas: Sequence[float], metric: Metric | None
    ) -> Algorithm[ClassSummary]:
        """Choose as a grid search over RidgeClassifier does, whose scores weigh rows too."""
        assert metric is not None
        folds = [view.of_fold(fold, rest=True) for fold in range(view.n_folds)]
        whole, *rests = yield from together(
            [each.class_moments(self._spread, _NAME) for each in (view, *folds)]
        )
        factors = self._factors(whole)
        problem = LogisticProblem(whole.classes, weighted=view.weighted)
        models = [[self._model(rest, whole, factors, alpha) for alpha in alphas] for rest in rests]
        cards = yield tuple(
            Request(
                ClassScores(problem, _raw_coefficients(model, view)), view.of_fold(fold).rows, _NAME
            )
            for fold, own in enumerate(models)
            for model in own
        )
        scores = np.array(
            [
                metric.sign * score_of_card(metric, _by_class(card, factors), whole.classes)
                for card in cards
            ]
        )
        by_alpha = scores.reshape(len(rests), len(alphas)).mean(axis=0)
        best = int(by_alpha.argmax())
        fitted = self._model(whole, whole, factors, alphas[best])
        self.alpha_, self.best_score_ = alphas[best], by_alpha[best]
        self.coef_, self.intercept_ = fitted.coef_, fitted.intercept_
        return whole

    def _factors(self, found: ClassSummary) -> Matrix | None:
        """The weights of the classes, by the counts of their rows."""
        if self.class_weight is None:
            return None
        return np.asarray(
            compute_class_weight(
                self.class_weight,
                classes=found.classes,
                y=found.classes,
                sample_weight=found.counts,
            )
        )

    def _model(
        self, rows: ClassSummary, whole: ClassSummary, factors: Matrix | None, alpha: float
    ) -> Any:
        """scikit-learn's RidgeClassifier of some rows, which must have all classes."""
        if len(rows.classes) < len(whole.classes):
            lacking = np.setdiff1d(whole.classes, rows.classes)[0]
            raise DataError(
                f"{_NAME}: class {lacking!r} is in the test rows of one fold alone, so a model "
                "of the other folds does not know it. Use stratified folds, or leave it out."
            )
        X, y, weight = _weighed(rows, whole.classes, factors)
        model = linear_model.RidgeClassifier(alpha, fit_intercept=self.fit_intercept)
        with config_context(assume_finite=True):
            return model.fit(X, y, sample_weight=weight)

    def _binarize(self, classes: NDArray[Any]) -> None:
        """What scikit-learn's predict turns signs into labels with."""
        few = np.zeros((len(classes), 1))
        plain = linear_model.RidgeClassifier().fit(few, classes)
        for name in ("_label_binarizer", "classes_"):
            if name in vars(plain):
                setattr(self, name, vars(plain)[name])

    def decision_function(self, X: Any) -> Any:
        """Confidence scores of the classes: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X)
        return super().decision_function(X)


def _weighed(
    found: ClassSummary, classes: NDArray[Any], factors: Matrix | None
) -> tuple[Any, Any, Any]:
    """Moment-equivalent rows of each class, whose weights have those of the classes in them."""
    X, labels, weight = class_rows(found)
    if factors is not None:
        weight = weight * factors[np.searchsorted(classes, labels)]
    return X, labels, weight


def _by_class(card: Scorecard, factors: Matrix | None) -> Scorecard:
    """Rows weighed by their class too."""
    if factors is None:
        return card
    confusion = card.confusion * factors[:, np.newaxis]
    return Scorecard(confusion, 0.0, float(confusion.sum()))


def _raw_coefficients(model: Any, view: View) -> Matrix:
    """Coefficients of a model for raw rows, intercepts last: (n_features + 1, n_outputs)."""
    coef = np.atleast_2d(model.coef_).T
    intercept = np.broadcast_to(model.intercept_, coef.shape[1])
    raw, moved = view.affine.pull_back(coef, intercept)
    return np.vstack([raw, moved])


def _scores_of(metric: Metric, cards: Sequence[Scorecard], path: RidgePath) -> Matrix:
    """Scores by penalty; scikit-learn's scorer knows classes by their numbers."""
    assert path.classes is not None
    numbers = np.arange(len(path.classes))
    return np.array([metric.sign * score_of_card(metric, card, numbers) for card in cards])
