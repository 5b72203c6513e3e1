"""What the mixtures have in common on blocks: fitting by passes, lazy predictions, scores."""

from __future__ import annotations

import warnings
from copy import copy
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from skdask._sklearn import check_mixture, set_first_components, set_mixture_parameters
from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.metrics.own_score import own_score
from skdask.mixins.fits import FeaturesFit
from skdask.mixture.starts import first_moments
from skdask.passes import Algorithm, Request, ask, run, together
from skdask.routes.fitting import (
    as_dtype,
    forget_report,
    open_for,
    remember_features,
)
from skdask.routes.kmeans_starts import FirstLook, first_look, sample_request
from skdask.routes.lazy import apply_lazily, fitted_columns
from skdask.routes.twins import plain_copy, take_over, to_sklearn
from skdask.routes.view import View, check_least_rows
from skdask.solvers.expectation import (
    FittedMixture,
    MixtureProblem,
    expectation_maximisation,
    mixture_at,
)
from skdask.statistics import MomentSummary
from skdask.statistics.mapped import Mapped
from skdask.statistics.mixture import Likelihood, MixtureLikelihood


class MixtureOnBlocks(FeaturesFit):
    """A mixture's methods on Dask collections, Blocks and paths."""

    def fit_predict(self, X: Any, y: Any = None) -> Any:
        """Fit, then the likeliest component of each row: lazily on blocks."""
        if is_big(X):
            return self.fit(X, y).predict(fitted_columns(self, X))
        forget_report(self)
        return super().fit_predict(X, y)  # type: ignore[misc]

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        name = type(self).__name__
        sample = self._sample_request(view)
        moments = view.weighing(False).moments_request(False, name)
        return (moments, *([] if sample is None else [sample]))

    def _sample_request(self, view: View) -> Request | None:
        estimator: Any = self
        if self._goes_on or _is_given(estimator):
            return None
        return sample_request(view, estimator.random_state, type(self).__name__)

    def _in_data_dtype(self) -> tuple[str, ...]:
        """Fitted attributes that have the data's precision."""
        raise NotImplementedError

    @property
    def _goes_on(self) -> bool:
        """Whether the next fit starts where the last one ended."""
        return bool(self.warm_start and hasattr(self, "converged_"))  # type: ignore[attr-defined]

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        estimator: Any = self
        name, view = type(self).__name__, view.weighing(False)
        algorithms: list[Algorithm[Any]] = [
            view.moments(False, name),
            first_look(view, name, self._sample_request(view)),
        ]
        found = yield from together(algorithms)
        moments: MomentSummary = found[0]
        look: FirstLook = found[1]
        _check_count(estimator, moments.count, view.n_features)
        mapped = Mapped.around(
            view.affine, moments.mean, moments.variance, weighted=False, keep_zeros=False
        )
        problem = MixtureProblem(mapped, view.rows, moments.mean, moments.gram, name)
        begun, bound = yield from self._begun(problem, moments, look, view)
        runs: list[FittedMixture] = yield from together(
            [
                expectation_maximisation(problem, plain, bound, number)
                for number, plain in enumerate(begun)
            ]
        )
        best = runs[0]
        for other in runs[1:]:
            if other.bound > best.bound:
                best = other
        self._set_from(best, begun[0], view)
        return (best.outcome,)

    def _begun(
        self, problem: MixtureProblem, moments: MomentSummary, look: FirstLook, view: View
    ) -> Algorithm[tuple[list[Any], Any]]:
        """scikit-learn's estimator with the first components of each run, and their bound."""
        estimator: Any = self
        plain = plain_copy(estimator)
        # rows by which scikit-learn sees the mean and the covariance of all rows
        rows = moments.equivalent_rows() - moments.mean
        n_rows = moments.count
        rows *= np.sqrt((len(rows) - 1) / len(rows) * n_rows / (n_rows - 1))
        check_mixture(plain, rows + moments.mean)
        if self._goes_on:
            take_over(plain, to_sklearn(self))
            return [plain], estimator.lower_bound_
        random = check_random_state(estimator.random_state)
        firsts: list[Any] = [None] * estimator.n_init
        if not _is_given(estimator):
            firsts = yield from first_moments(plain, estimator.n_init, random, problem, look, view)
        begun = []
        for first in firsts:
            one = copy(plain)
            set_first_components(one, first, n_rows)
            begun.append(one)
        return begun, -np.inf

    def _set_from(self, best: FittedMixture, plain: Any, view: View) -> None:
        estimator: Any = self
        plain.converged_ = best.converged
        if not best.converged and estimator.max_iter > 0:
            warnings.warn(
                "Best performing initialization did not converge. Try different init parameters, "
                "or increase max_iter, tol, or check for degenerate data.",
                ConvergenceWarning,
                stacklevel=2,
            )
        set_mixture_parameters(plain, best.parameters)
        plain.n_iter_ = best.n_iter
        plain.lower_bound_ = best.bound
        plain.lower_bounds_ = best.bounds
        take_over(estimator, plain)
        for attribute in self._in_data_dtype():
            setattr(self, attribute, _in_dtype(getattr(self, attribute), view))
        remember_features(estimator, view)

    def predict(self, X: Any) -> Any:
        """The likeliest component of each row: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "predict", X)
        return super().predict(X)  # type: ignore[misc]

    def predict_proba(self, X: Any) -> Any:
        """The share of each component in each row, lazily on blocks."""
        if is_big(X):
            return apply_lazily(self, "predict_proba", X)
        return super().predict_proba(X)  # type: ignore[misc]

    def score_samples(self, X: Any) -> Any:
        """Log-likelihood of each row, lazily on blocks."""
        if is_big(X):
            return apply_lazily(self, "score_samples", X)
        return super().score_samples(X)  # type: ignore[misc]

    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-likelihood of the rows; one pass over data on blocks."""
        if is_big(X):
            return own_score(self, X)
        return float(super().score(X, y))  # type: ignore[misc]

    def score_view(self, view: View) -> Algorithm[float]:
        """Mean log-likelihood of the rows of a view."""
        found = yield from self._likelihood_of(view)
        return found.log_likelihood / found.count

    def _likelihood_of(self, view: View) -> Algorithm[Likelihood]:
        mapped = Mapped(view.affine, np.zeros(view.n_features))
        statistic = MixtureLikelihood(mixture_at(to_sklearn(self), mapped))
        found: Likelihood = yield from ask(statistic, view.rows, type(self).__name__)
        return found

    def _likelihood(self, X: Any) -> Likelihood:
        check_is_fitted(self)
        data = open_for(self, X)
        algorithm = self._likelihood_of(View.whole(data, weighted=False))
        return run([algorithm], data, what=f"{type(self).__name__}.score").results[0]

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)


def _is_given(estimator: Any) -> bool:
    """Whether the user has given all that a run starts from."""
    given = ("weights_init", "means_init", "precisions_init")
    return all(getattr(estimator, name, None) is not None for name in given)


def _check_count(estimator: Any, n_rows: int, n_features: int) -> None:
    check_least_rows(n_rows, n_features, 2, type(estimator).__name__)
    if n_rows < estimator.n_components:
        raise DataError(
            "Expected n_samples >= n_components but got n_components = "
            f"{estimator.n_components}, n_samples = {n_rows}"
        )


def _in_dtype(value: Any, view: View) -> Any:
    if isinstance(value, list):
        return [as_dtype(part, view) for part in value]
    return as_dtype(value, view)
