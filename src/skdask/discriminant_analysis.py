"""Linear and quadratic discriminants from the moments within each class.

scikit-learn's own solvers run on a few rows that have each class's mean, and are told each class's
covariance where they ask an estimator for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn import config_context, covariance, discriminant_analysis

from skdask._sklearn import discriminant_weight, scale_of_columns
from skdask.exceptions import DataError, UnsupportedError
from skdask.mixins.fits import TargetFit
from skdask.mixins.predictor import LazyClassifier
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.twins import parent_class, plain_copy, take_over
from skdask.routes.view import View, check_least_rows
from skdask.statistics import Affine, ClassMoments, ClassSummary, FourthMoments, MomentSummary
from skdask.statistics.shrinkage import ledoit_wolf_shrinkage

__all__ = ["LinearDiscriminantAnalysis", "QuadraticDiscriminantAnalysis"]

Matrix = NDArray[np.float64]

# estimators that see their rows through the covariance alone, whatever their number
_FROM_COVARIANCE = (
    covariance.EmpiricalCovariance,
    covariance.ShrunkCovariance,
    covariance.GraphicalLasso,
)


class _Told:
    """A covariance estimator that says what it was told, one covariance a fit."""

    def __init__(self, covariances: Sequence[Matrix]) -> None:
        self._left = list(covariances)

    def fit(self, X: Any) -> _Told:
        self.covariance_ = self._left.pop(0)
        return self


class _Discriminant(TargetFit, LazyClassifier):
    """What both discriminants share: covariances of classes, shrunk as they are asked to be."""

    solver: str
    shrinkage: Any
    covariance_estimator: Any

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(ClassMoments(self._spread, False), view.rows, type(self).__name__),)

    @property
    def _spread(self) -> Any:
        return "each"

    def _check_estimator(self) -> None:
        """scikit-learn's errors, and ours for an estimator that needs the rows."""
        estimator, shrinkage = self.covariance_estimator, self.shrinkage
        if self.solver == "svd":
            if shrinkage is not None:
                raise NotImplementedError("shrinkage not supported with 'svd' solver.")
            if estimator is not None:
                raise DataError(
                    "covariance estimator is not supported with svd solver. Try another solver"
                )
        if estimator is None:
            return
        if shrinkage is not None and shrinkage != 0:
            raise DataError(
                "covariance_estimator and shrinkage parameters are not None. Only one of the two "
                "can be set."
            )
        try:
            known = parent_class(type(estimator)) in _FROM_COVARIANCE
        except TypeError:
            known = False
        if not known:
            raise UnsupportedError(
                f"covariance_estimator={estimator!r} needs the rows of each class. On blocks use "
                "EmpiricalCovariance, ShrunkCovariance or GraphicalLasso, or shrinkage='auto'."
            )

    def _shrunk(
        self, parts: Sequence[MomentSummary], view: View, classes: NDArray[Any] | None
    ) -> Algorithm[list[Matrix]]:
        """The covariance of each part, shrunk; "auto" takes a pass for all of them."""
        if self.shrinkage != "auto":
            return [self._of_part(part) for part in parts]
        scales = np.stack([_scale(part) for part in parts])
        centres = np.stack([part.mean for part in parts])
        name = type(self).__name__
        fourth = FourthMoments(centres, scales, classes, view.affine)
        (sums,) = yield (Request(fourth, view.rows, name),)
        found = []
        for part, scale, total in zip(parts, scales, sums.tolist(), strict=True):
            both = np.outer(scale, scale)
            correlation = part.gram / part.weight / both
            by = ledoit_wolf_shrinkage(correlation, total, part.count)
            found.append(covariance.shrunk_covariance(correlation, by) * both)
        return found

    def _of_part(self, part: MomentSummary) -> Matrix:
        if self.covariance_estimator is not None:
            rows = part.equivalent_rows()
            return np.asarray(self.covariance_estimator.fit(rows).covariance_)
        empirical = part.gram / part.weight
        if self.shrinkage is None:
            return empirical
        return np.asarray(covariance.shrunk_covariance(empirical, self.shrinkage))


class LinearDiscriminantAnalysis(
    LazyProjector, _Discriminant, discriminant_analysis.LinearDiscriminantAnalysis
):
    """Linear discriminant analysis on data of any size, in one pass.

    Subclasses :class:`sklearn.discriminant_analysis.LinearDiscriminantAnalysis` and has its
    parameters and attributes. In-memory data is handed to it. On blocks its solvers run on the
    moments within each class; ``shrinkage="auto"`` takes a second pass. The signs of the columns
    of ``scalings_``, and so of what `transform` gives, may be the other ones.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.discriminant_analysis import LinearDiscriminantAnalysis
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> y = (X[:, 0] > 4).astype(int)
    >>> LinearDiscriminantAnalysis().fit(X, y).predict(X[3:7]).compute()
    array([0, 0, 1, 1])
    """

    @property
    def _spread(self) -> Any:
        # with the classes' own shares for priors, their covariances only ever come pooled
        if self.priors is None and self.shrinkage != "auto" and self.covariance_estimator is None:
            return "pooled"
        return "each"

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view = view.weighing(False)
        self._check_estimator()
        found = yield from view.class_moments(self._spread, type(self).__name__)
        n_rows = int(found.counts.sum())
        check_least_rows(n_rows, view.n_features, 2, type(self).__name__)
        if n_rows == len(found.classes):
            raise DataError("The number of samples must be more than the number of classes.")
        priors = found.counts / n_rows if self.priors is None else self.priors
        changes: dict[str, Any] = {"priors": np.asarray(priors, np.float64)}
        if self.solver == "svd":
            changes["store_covariance"] = False
            X, y = _pooled_rows(found)
        else:
            told = yield from self._shrunk(list(found.summaries()), view, found.classes)
            if self.solver == "eigen":
                told += yield from self._shrunk([_total(found)], view, None)
            changes |= {"covariance_estimator": _Told(told), "shrinkage": None}
            X, y = np.repeat(found.means, 2, axis=0), np.repeat(found.classes, 2)
        plain = plain_copy(self, **changes)
        with config_context(skip_parameter_validation=True, assume_finite=True):
            plain.fit(X, y)
        take_over(self, plain)
        self._finish(found, view)
        return ()

    def _finish(self, found: ClassSummary, view: View) -> None:
        self.means_ = found.means
        if self.solver == "svd" and self.store_covariance:
            parts = zip(self.priors_, found.summaries(), strict=True)
            self.covariance_ = sum(prior * part.gram / part.weight for prior, part in parts)
        names: tuple[str, ...] = ("means_", "xbar_", "priors_")
        if self.solver == "svd":
            names += ("scalings_", "coef_", "intercept_", "explained_variance_ratio_")
        elif len(self.classes_) == 2:
            names += ("coef_", "intercept_")
        for name in names:
            if hasattr(self, name):
                setattr(self, name, as_dtype(getattr(self, name), view))
        remember_features(self, view)

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        if self.solver == "lsqr":
            raise NotImplementedError(
                "transform not implemented for 'lsqr' solver (use 'svd' or 'eigen')."
            )
        factor = self.scalings_[:, : self._max_components].astype(np.float64)
        if self.solver == "eigen":
            return Affine(factor, np.zeros(factor.shape[1]))
        return Affine(factor, -self.xbar_.astype(np.float64) @ factor)


class QuadraticDiscriminantAnalysis(
    _Discriminant, discriminant_analysis.QuadraticDiscriminantAnalysis
):
    """Quadratic discriminant analysis on data of any size, in one pass.

    Subclasses :class:`sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis` and has its
    parameters and attributes. In-memory data is handed to it. On blocks its solvers run on the
    moments within each class; ``shrinkage="auto"`` takes a second pass. The signs of the columns
    of ``rotations_`` may be the other ones.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.discriminant_analysis import QuadraticDiscriminantAnalysis
    >>> X = da.arange(10, chunks=5).reshape(10, 1)
    >>> y = (X[:, 0] > 4).astype(int)
    >>> QuadraticDiscriminantAnalysis().fit(X, y).predict(X[3:7]).compute()
    array([0, 0, 1, 1])
    """

    # no linear model, whose scores would follow from statistics
    scored_by_predictions = True
    solver: str

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view = view.weighing(False)
        self._check_estimator()
        found = yield from view.class_moments("each", type(self).__name__)
        _check_classes(found, self.solver, view.n_features)
        priors = found.counts / found.counts.sum() if self.priors is None else self.priors
        changes: dict[str, Any] = {"priors": priors}
        if self.solver == "svd":
            parts = [_rows_of_class(part) for part in found.summaries()]
            X, y = np.vstack(parts), np.repeat(found.classes, [len(part) for part in parts])
        else:
            told = yield from self._shrunk(list(found.summaries()), view, found.classes)
            changes |= {"covariance_estimator": _Told(told), "shrinkage": None}
            X, y = np.repeat(found.means, 2, axis=0), np.repeat(found.classes, 2)
        plain = plain_copy(self, **changes)
        with config_context(skip_parameter_validation=True, assume_finite=True):
            plain.fit(X, y)
        take_over(self, plain)
        self.means_ = as_dtype(found.means, view)
        for name in ("scalings_", "rotations_", "covariance_"):
            if hasattr(self, name) and self.solver == "svd":
                setattr(self, name, [as_dtype(each, view) for each in getattr(self, name)])
        remember_features(self, view)
        return ()


def _check_classes(found: ClassSummary, solver: str, n_features: int) -> None:
    """scikit-learn's errors for classes that have too few rows."""
    if len(found.classes) < 2:
        raise DataError(
            f"The number of classes has to be greater than one. Got {len(found.classes)} class."
        )
    for label, count in zip(found.classes, found.counts, strict=True):
        if count == 1:
            raise DataError(f"y has only 1 sample in class {label}, covariance is ill defined.")
        if solver == "svd" and count <= n_features:
            raise linalg.LinAlgError(
                f"The covariance matrix of class {label} is not full rank. When using "
                "`solver='svd'` the number of samples in each class should be more than the "
                f"number of features, but class {label} has {count} samples and {n_features} "
                "features. Try using `solver='eigen'` and setting the parameter `shrinkage` for "
                "regularization."
            )


def _pooled_rows(found: ClassSummary) -> tuple[Matrix, NDArray[Any]]:
    """As many rows of each class, with its mean and the covariance within all classes."""
    n_rows = int(found.counts.sum())
    within = found.spread if found.form == "pooled" else found.spread.sum(axis=0)
    n_classes, n_columns = found.means.shape
    weight = discriminant_weight(n_rows, n_classes * (n_columns + 1), n_classes)
    rows = MomentSummary(n_rows, weight, np.zeros(n_columns), scatter=within).equivalent_rows()
    X = (found.means[:, np.newaxis, :] + rows).reshape(-1, len(within))
    return X, np.repeat(found.classes, len(rows))


def _rows_of_class(part: MomentSummary) -> Matrix:
    """A few rows with the mean and covariance of those of a class."""
    weight = discriminant_weight(part.count, len(part.mean) + 1)
    return replace(part, weight=weight).equivalent_rows()


def _total(found: ClassSummary) -> MomentSummary:
    """The moments of all rows."""
    weight = float(found.weights.sum())
    mean = found.weights @ found.means / weight
    gaps = (found.means - mean) * np.sqrt(found.weights)[:, np.newaxis]
    within = found.spread if found.form == "pooled" else found.spread.sum(axis=0)
    return MomentSummary(int(found.counts.sum()), weight, mean, scatter=within + gaps.T @ gaps)


def _scale(part: MomentSummary) -> Matrix:
    return np.asarray(scale_of_columns(part.variance, part.mean, part.count))
