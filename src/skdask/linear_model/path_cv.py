"""Penalties chosen by cross-validation along a path: one pass for all folds and penalties.

scikit-learn's own class is fitted, unmodified, on moment-equivalent rows of the folds.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn import config_context, linear_model

from skdask._sklearn import MULTI_TASK_WEIGHS
from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.linear_model.least_angle import PATH_ATTRIBUTES
from skdask.linear_model.moment_regressor import (
    MomentRegressor,
    without_gram,
)
from skdask.linear_model.multi_task import check_several_targets
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import fit_on_blocks, forget_report
from skdask.routes.fold_rows import (
    FoldRows,
    check_folds,
    fold_moments,
    unweighted_fold_rows,
    weighted_fold_rows,
)
from skdask.routes.lazy import refuse_parameters
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View


class ValidatedRegressor(MomentRegressor):
    """Fits its scikit-learn parent on moment-equivalent rows of the folds."""

    validates_on_folds = True
    # whether the parent's fit takes sample weights
    weighs_rows = True
    # whether the parent is for several targets
    several = False
    cv: Any

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        view = self.seen(view)
        self.check_target(view)
        check_folds(view, type(self).__name__)
        stand_in = yield from self.fold_rows(view)
        plain = plain_copy(self, **{"cv": stand_in.splits, **self.gram_change()})
        X, y = stand_in.rows[:, : view.n_features], stand_in.rows[:, view.n_features :]
        y = y.ravel() if view.facts.y_ndim == 1 or (y.shape[1] == 1 and not self.several) else y
        with config_context(skip_parameter_validation=True, assume_finite=True):
            if self.weighs_rows:
                plain.fit(X, y, sample_weight=stand_in.weight)
            else:
                plain.fit(X, y)
        take_over(self, plain)
        self.finish(view)
        return ()

    def check_target(self, view: View) -> None:
        """scikit-learn's error for a target of the other kind."""
        if view.facts.y_ndim == 2 and not self.several:
            raise DataError(f"For multi-task outputs, use MultiTask{type(self).__name__}")

    def gram_change(self) -> dict[str, Any]:
        """Parameters to change so that no Gram matrix of a few rows is made."""
        return without_gram(self) if hasattr(self, "precompute") else {}

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        self.check_target(view)
        return super().first_requests(view)

    def fold_rows(self, view: View) -> Algorithm[FoldRows]:
        """Rows that stand for the folds."""
        name = type(self).__name__
        whole = yield from view.moments(True, name, self.ridge_penalty())
        exact = whole.factor is not None
        tests = yield from fold_moments(view, True, name, in_factors=exact)
        if self.weighs_rows:
            return weighted_fold_rows(tests)
        trains = yield from fold_moments(view, True, name, in_factors=exact, rest=True)
        return unweighted_fold_rows(trains, tests, whole)


class _WeightedPath(ValidatedRegressor):
    in_data_dtype: ClassVar[tuple[str, ...]] = ("coef_", "intercept_", "dual_gap_")

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None, **params: Any) -> Any:
        """Fit the path in every fold, then the model with the penalty that did best.

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
            return super().fit(X, y, sample_weight, **params)  # type: ignore[misc]
        refuse_parameters("fit", params)
        return fit_on_blocks(self, X, y, sample_weight)


class _UnweightedPath(ValidatedRegressor):
    in_data_dtype: ClassVar[tuple[str, ...]] = PATH_ATTRIBUTES
    weighs_rows = False

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit the path in every fold, then the model with the penalty that did best.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,) or (n_rows, n_targets), or str
            For a table, the name of its target column; None for Blocks that carry it.
        **params : dict
            As in scikit-learn, for in-memory data.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, **params)  # type: ignore[misc]
        refuse_parameters("fit", params)
        return fit_on_blocks(self, X, y)

    def seen(self, view: View) -> View:
        return view.weighing(False)


# as the installed scikit-learn has it
_Path: Any = _WeightedPath if MULTI_TASK_WEIGHS else _UnweightedPath


class _MultiTaskPath(_Path):
    in_data_dtype = _WeightedPath.in_data_dtype
    several = True

    def check_target(self, view: View) -> None:
        check_several_targets(self, view)


class _LeastAnglePath(_UnweightedPath):
    def ridge_penalty(self) -> float:
        return 0.0


class ElasticNetCV(_WeightedPath, linear_model.ElasticNetCV):
    """Least squares with l1 and l2 penalties, its penalty chosen by cross-validation, in one pass.

    Subclasses :class:`sklearn.linear_model.ElasticNetCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on moment-equivalent rows of the
    folds, which one pass over the data gives.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import ElasticNetCV
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> ElasticNetCV(cv=3).fit(X, 2 * X[:, 0] + 1).fit_report_.passes
    1
    """


class LassoCV(_WeightedPath, linear_model.LassoCV):
    """Least squares with an l1 penalty, its penalty chosen by cross-validation, in one pass.

    Subclasses :class:`sklearn.linear_model.LassoCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on moment-equivalent rows of the
    folds, which one pass over the data gives.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LassoCV
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> LassoCV(cv=3).fit(X, 2 * X[:, 0] + 1).fit_report_.passes
    1
    """


class MultiTaskElasticNetCV(_MultiTaskPath, linear_model.MultiTaskElasticNetCV):
    """ElasticNet for several targets, its penalty chosen by cross-validation, in one pass.

    Subclasses :class:`sklearn.linear_model.MultiTaskElasticNetCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on moment-equivalent rows of the
    folds, which one pass over the data gives.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import MultiTaskElasticNetCV
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> MultiTaskElasticNetCV(cv=3).fit(X, 2 * X[:, :1] + [[1, 0]]).fit_report_.passes
    1
    """


class MultiTaskLassoCV(_MultiTaskPath, linear_model.MultiTaskLassoCV):
    """Lasso for several targets, its penalty chosen by cross-validation, in one pass.

    Subclasses :class:`sklearn.linear_model.MultiTaskLassoCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on moment-equivalent rows of the
    folds, which one pass over the data gives.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import MultiTaskLassoCV
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> MultiTaskLassoCV(cv=3).fit(X, 2 * X[:, :1] + [[1, 0]]).fit_report_.passes
    1
    """


class LarsCV(_LeastAnglePath, linear_model.LarsCV):
    """Least angle regression, its penalty chosen by cross-validation, in one pass.

    Subclasses :class:`sklearn.linear_model.LarsCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on moment-equivalent rows of the
    folds, which one pass over the data gives.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LarsCV
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> LarsCV(cv=3).fit(X, 2 * X[:, 0] + 1).fit_report_.passes
    1
    """


class LassoLarsCV(_LeastAnglePath, linear_model.LassoLarsCV):
    """Lasso by least angle regression, its penalty chosen by cross-validation, in one pass.

    Subclasses :class:`sklearn.linear_model.LassoLarsCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on moment-equivalent rows of the
    folds, which one pass over the data gives.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import LassoLarsCV
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> LassoLarsCV(cv=3).fit(X, 2 * X[:, 0] + 1).fit_report_.passes
    1
    """


class OrthogonalMatchingPursuitCV(_LeastAnglePath, linear_model.OrthogonalMatchingPursuitCV):
    """Orthogonal matching pursuit, its penalty chosen by cross-validation, in one pass.

    Subclasses :class:`sklearn.linear_model.OrthogonalMatchingPursuitCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on moment-equivalent rows of the
    folds, which one pass over the data gives.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import OrthogonalMatchingPursuitCV
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> OrthogonalMatchingPursuitCV(cv=3).fit(X, 2 * X[:, 0] + 1).fit_report_.passes
    1
    """
