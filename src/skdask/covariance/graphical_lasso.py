"""GraphicalLasso and GraphicalLassoCV from the moments: one pass."""

from __future__ import annotations

from typing import Any

from sklearn import covariance

from skdask.blocks import is_big
from skdask.covariance.moment_covariance import MomentCovariance
from skdask.exceptions import UnsupportedError
from skdask.passes import Algorithm
from skdask.routes.fitting import fit_on_blocks, forget_report, remember_features
from skdask.routes.fold_rows import check_folds, fold_moments, unweighted_fold_rows
from skdask.routes.lazy import refuse_parameters
from skdask.routes.twins import plain_copy
from skdask.routes.view import View


class GraphicalLasso(MomentCovariance, covariance.GraphicalLasso):
    """Sparse inverse covariance of data of any size, in one pass.

    Subclasses :class:`sklearn.covariance.GraphicalLasso` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on
    moment-equivalent rows.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.covariance import GraphicalLasso
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> GraphicalLasso().fit(X).fit_report_.passes
    1
    """

    least_rows = 2
    covariance: str | None

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.covariance == "precomputed":
            raise UnsupportedError(
                'GraphicalLasso(covariance="precomputed") on blocks: X is a covariance then, with '
                "a row for each column, and not rows of data. Give it as an array in memory."
            )
        return (yield from super().algorithm(view))


class GraphicalLassoCV(MomentCovariance, covariance.GraphicalLassoCV):
    """Sparse inverse covariance, its penalty chosen by cross-validation, in one pass.

    Subclasses :class:`sklearn.covariance.GraphicalLassoCV` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it runs on
    moment-equivalent rows of the folds, which one pass over the data gives.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.covariance import GraphicalLassoCV
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> GraphicalLassoCV(cv=2).fit(X).fit_report_.passes
    1
    """

    validates_on_folds = True

    def fit(self, X: Any, y: Any = None, **params: Any) -> GraphicalLassoCV:
        """Fit the covariance in every fold, then with the penalty that did best.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.
        **params : dict
            As in scikit-learn, for in-memory data.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return covariance.GraphicalLassoCV.fit(self, X, y, **params)
        refuse_parameters("fit", params)
        return fit_on_blocks(self, X, y, needs_y=False)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        name, view = type(self).__name__, view.weighing(False)
        check_folds(view, name)
        tests = yield from fold_moments(view, False, name, in_factors=False)
        trains = yield from fold_moments(view, False, name, in_factors=False, rest=True)
        whole = yield from view.moments(False, name)
        stand_in = unweighted_fold_rows(trains, tests, whole)
        shift = 0.0 if self.assume_centered else whole.mean
        self.fit_plain(plain_copy(self, cv=stand_in.splits), stand_in.rows - shift)
        self.locate(whole, view)
        remember_features(self, view)
        return ()
