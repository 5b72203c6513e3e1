"""IterativeImputer: each regression is a pass over rows that the regressions before have filled.

Nothing as long as the rows is kept: within a pass every block is filled anew by all regressions so
far, which is what scikit-learn's `transform` does. What is regressed on what is then a set of rows
like any other, in which those without a value count nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import linear_model
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer as _IterativeImputer
from sklearn.utils.validation import has_fit_parameter

from skdask._sklearn import Rounds, change_of_rows, filled_rows, set_indicator
from skdask.exceptions import UnsupportedError
from skdask.impute.simple import SimpleImputer
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request, RowSet, ask, together
from skdask.passes.prefix import Prefix, Step
from skdask.routes.fitting import algorithm_of, remember_features
from skdask.routes.steps import content_token
from skdask.routes.twins import adopt, has_twin, plain_copy, settled, take_over, to_sklearn
from skdask.routes.view import View, refuse_sparse
from skdask.rows import Rows
from skdask.statistics import Affine, Extremes
from skdask.tables.missing import Gaps, MissingCounts


class _Filled(Step):
    """The other features, filled so far, with a feature as target; its gaps weigh nothing."""

    fixed = False

    def __init__(
        self, imputer: Any, steps: Sequence[Any], feature: int, others: NDArray[np.intp]
    ) -> None:
        self._imputer, self._steps = settled(imputer, bare=True), tuple(steps)
        self._feature, self._others = feature, others
        self.token = content_token("filled", imputer.initial_imputer_, self._steps, feature, others)

    def apply(self, rows: Rows) -> Rows:
        if rows.n_rows == 0:
            return rows
        filled, gaps = filled_rows(self._imputer, rows.X, self._steps)
        known = ~gaps[:, self._feature]
        y = np.asarray(filled[:, self._feature])
        return replace(
            rows,
            X=np.asarray(filled[:, self._others]),
            y=y,
            sample_weight=known.astype(np.float64),
        )


class _Change(Step):
    """One column: by how much a round has changed each row."""

    fixed = False

    def __init__(self, imputer: Any, before: Sequence[Any], after: Sequence[Any]) -> None:
        self._imputer = settled(imputer, bare=True)
        self._before, self._after = tuple(before), tuple(after)
        self.token = content_token("change", imputer.initial_imputer_, self._before, self._after)

    def apply(self, rows: Rows) -> Rows:
        if rows.n_rows == 0:
            return rows
        changes = change_of_rows(self._imputer, rows.X, self._before, self._after)
        return replace(rows, X=changes[:, np.newaxis])


class IterativeImputer(FeaturesFit, LazyProjector, _IterativeImputer):
    """Fill missing values by regressing each feature on the others in turn, on data of any size.

    Subclasses :class:`sklearn.impute.IterativeImputer` and has its parameters and attributes.
    In-memory data is handed to it. On Dask collections, files and blocks the regressions are
    scikit-learn's, one pass each: rounds times features (with ``skip_complete=True`` only those
    that miss values) and one more. The estimator is any of skdask's that takes sample weights,
    :class:`~skdask.linear_model.BayesianRidge` by default. ``sample_posterior`` and
    ``n_nearest_features`` are refused.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skdask.impute import IterativeImputer
    >>> X = da.from_array([[1.0, 2.0], [2.0, 4.0], [3.0, np.nan], [4.0, 8.0]], chunks=(2, 2))
    >>> IterativeImputer().fit(X).transform(X).compute().round(2)
    array([[1., 2.],
           [2., 4.],
           [3., 6.],
           [4., 8.]])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(MissingCounts(np.nan), view.rows, "IterativeImputer"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        refuse_sparse(view, "IterativeImputer")
        estimator = self._regressor()
        view = yield from self._as_rows(view)
        gaps, largest, initial = yield from self._start(view)
        plain = plain_copy(self)
        plain._estimator = to_sklearn(estimator)
        empty = gaps.missing == gaps.count
        rounds = Rounds(plain, initial, empty)
        set_indicator(plain, gaps.missing > 0)
        kept = np.ones(len(empty), np.bool_) if self.keep_empty_features else ~empty
        shares = np.where(empty, 0.0, gaps.missing / gaps.count)[kept]
        outcome: tuple[str, ...] = ()
        plain.n_iter_ = 0
        if self.max_iter > 0 and not empty.all() and kept.sum() > 1:
            outcome = yield from self._rounds(view, rounds, estimator, shares, largest)
        take_over(self, plain)
        remember_features(self, view)
        return outcome

    def _regressor(self) -> Any:
        """Our estimator that every feature is regressed with."""
        for name in ("sample_posterior", "n_nearest_features"):
            if getattr(self, name):
                raise UnsupportedError(
                    f"IterativeImputer({name}={getattr(self, name)!r}) cannot be fitted on blocks"
                )
        if self.missing_values == self.missing_values:
            raise UnsupportedError(
                f"IterativeImputer(missing_values={self.missing_values!r}) on blocks: only NaN is "
                "missing there; replace the others before, such as with a FunctionTransformer"
            )
        given = linear_model.BayesianRidge() if self.estimator is None else clone(self.estimator)
        if not has_twin(given) or not has_fit_parameter(given, "sample_weight"):
            raise UnsupportedError(
                f"IterativeImputer(estimator={type(given).__name__}) on blocks: the estimator "
                "must be one of skdask's that takes sample_weight, such as BayesianRidge, Ridge "
                "or LinearRegression"
            )
        return adopt(given)

    def _as_rows(self, view: View) -> Algorithm[View]:
        """The view with the affine steps before it gone through, so that rows can be filled."""
        if view.affine.is_identity:
            return view.weighing(False)
        chosen = list(range(view.n_features))
        yield self.first_requests(view)
        return view.selecting(chosen).weighing(False)

    def _start(self, view: View) -> Algorithm[tuple[Gaps, float, Any]]:
        """Gaps of the columns, the largest absolute value, and the fitted first imputer."""
        simple = SimpleImputer(
            missing_values=self.missing_values,
            strategy=self.initial_strategy,
            fill_value=self.fill_value,
            keep_empty_features=self.keep_empty_features,
        )
        ends = Request(Extremes(), view.rows, "IterativeImputer")
        yield (*self.first_requests(view), ends, *simple.first_requests(view))
        (gaps,) = yield self.first_requests(view)
        extremes = yield from ask(Extremes(), view.rows, "IterativeImputer")
        with warnings.catch_warnings():
            # a column without values is spoken of when rows are filled
            warnings.simplefilter("ignore")
            yield from simple.algorithm(view)
        plain = to_sklearn(simple).set_output(transform="default")
        vars(plain).pop("feature_names_in_", None)
        both = np.abs(np.concatenate([extremes.smallest, extremes.largest]))
        return gaps, float(np.nanmax(both, initial=0.0)), plain

    def _rounds(
        self,
        view: View,
        rounds: Rounds,
        estimator: Any,
        shares: NDArray[np.float64],
        largest: float,
    ) -> Algorithm[tuple[str, ...]]:
        plain = rounds.imputer
        order = rounds.order(shares)
        plain.n_features_with_missing_ = len(order)
        sequence = plain.imputation_sequence_
        features = np.arange(len(shares))
        fitted: Any = None
        for plain.n_iter_ in range(1, self.max_iter + 1):
            if self.imputation_order == "random":
                order = rounds.order(shares)
            start = len(sequence)
            for feature in order:
                others = np.delete(features, feature)
                if fitted is None:
                    fitted = yield from self._regress(view, plain, estimator, feature, others)
                rounds.add(feature, others, to_sklearn(fitted))
                fitted = None
            change = self._change(view, plain, sequence[:start], sequence[start:])
            if plain.n_iter_ < self.max_iter and order and self.imputation_order != "random":
                # in the same pass the next round begins, which is in vain at the end alone
                first = order[0]
                following = self._regress(view, plain, estimator, first, np.delete(features, first))
                size, fitted = yield from together([change, following])
            else:
                size = yield from change
            if size < self.tol * largest:
                return (f"converged after {plain.n_iter_} rounds",)
        warnings.warn(
            "[IterativeImputer] Early stopping criterion not reached.",
            ConvergenceWarning,
            stacklevel=2,
        )
        return (f"stopped at max_iter={self.max_iter}",)

    def _regress(
        self, view: View, plain: Any, estimator: Any, feature: int, others: NDArray[np.intp]
    ) -> Algorithm[Any]:
        """The estimator of a feature, fitted on the rows that have it."""
        step = _Filled(plain, plain.imputation_sequence_, feature, others)
        fitted = clone(estimator)
        yield from algorithm_of(fitted, _view_of(view, step, len(others)))
        return fitted

    def _change(
        self, view: View, plain: Any, before: Sequence[Any], after: Sequence[Any]
    ) -> Algorithm[float]:
        """The largest change of a row."""
        step = _Change(plain, before, after)
        rows = _view_of(view, step, 1).rows
        extremes = yield from ask(Extremes(), rows, "IterativeImputer")
        return float(extremes.largest[0])


def _view_of(view: View, step: Step, n_features: int) -> View:
    prefix = Prefix(step, view.rows.prefix, n_features, 8 * (n_features + 2))
    facts = replace(
        view.facts,
        n_features=n_features,
        feature_names=None,
        template=None,
        sparse=False,
        y_ndim=1,
        y_dtype=view.facts.dtype,
        weighted=True,
    )
    rows = RowSet(view.rows.fold, view.rows.rest, prefix)
    return View(facts, rows, Affine.identity(n_features), True)
