"""Everything private of scikit-learn that we stand on, in one place.

`tests/test_sklearn_private.py` fails loudly when a release changes one of these.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.cluster._k_means_lloyd import lloyd_iter_chunked_dense, lloyd_iter_chunked_sparse
from sklearn.decomposition._pca import _infer_dimension
from sklearn.metrics._scorer import (
    _check_multimetric_scoring,
    _MultimetricScorer,
    _PassthroughScorer,
    _Scorer,
)
from sklearn.model_selection._search import BaseSearchCV
from sklearn.preprocessing._data import _handle_zeros_in_scale, _is_constant_feature
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from sklearn.utils._set_output import _get_output_config
from sklearn.utils._user_interface import _print_elapsed_time

__all__ = [
    "_PassthroughScorer",
    "_Scorer",
    "callback_management",
    "format_results",
    "infer_dimension",
    "lloyd_labels",
    "lloyd_means",
    "named_scorers",
    "openmp_threads",
    "output_container",
    "print_elapsed_time",
    "scale_of_columns",
    "search_scorers",
    "select_best_index",
    "validate_params",
]


def scale_of_columns(
    variance: NDArray[np.float64], mean: NDArray[np.float64], n_samples: Any
) -> NDArray[np.float64]:
    """Standard deviations, with one in the place of those of (nearly) constant columns."""
    constant = _is_constant_feature(variance, mean, n_samples)
    return _handle_zeros_in_scale(np.sqrt(variance), copy=False, constant_mask=constant)


def infer_dimension(explained_variance: NDArray[np.float64], n_samples: int) -> int:
    """Minka's maximum likelihood choice of the number of components."""
    return int(_infer_dimension(explained_variance, n_samples))


def lloyd_labels(X: Any, centres: NDArray[np.float64]) -> NDArray[np.int32]:
    """The nearest centre of each row: dense rows in C order or compressed ones, in float64."""
    labels = np.empty(X.shape[0], np.int32)
    unused = np.empty(len(centres))
    step = lloyd_iter_chunked_sparse if sparse.issparse(X) else lloyd_iter_chunked_dense
    # one thread: blocks are what runs in parallel
    step(X, np.ones(X.shape[0]), centres, None, None, labels, unused, 1, False)
    return labels


def lloyd_means(
    X: Any, weight: NDArray[np.float64], centres: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Labels, and the mean and weight of the rows of each centre.

    Where no row is next to a centre the kernel moves other rows to it: such means are not used.
    """
    labels = np.empty(X.shape[0], np.int32)
    means, weights, shift = np.zeros_like(centres), np.zeros(len(centres)), np.zeros(len(centres))
    step = lloyd_iter_chunked_sparse if sparse.issparse(X) else lloyd_iter_chunked_dense
    step(X, weight, centres, means, weights, labels, shift, 1, True)
    return labels, means, weights


def openmp_threads() -> int:
    """Threads that scikit-learn's own fit would leave in an estimator for its `predict`."""
    return int(_openmp_effective_n_threads())


def output_container(estimator: BaseEstimator) -> str:
    """The container that `set_output` chose for `transform`: "default", "pandas" or "polars"."""
    return str(_get_output_config("transform", estimator)["dense"])


def print_elapsed_time(source: str, message: str | None) -> AbstractContextManager[None]:
    """Print a step's time when it is over; nothing where the message is None."""
    return _print_elapsed_time(source, message)


def callback_management(estimator: BaseEstimator) -> AbstractContextManager[None]:
    """Tear the estimator's callbacks down at the end; only where it has some, so from 1.9 on."""
    from sklearn.callback._callback_support import callback_management_context

    return callback_management_context(estimator)


def validate_params(estimator: BaseEstimator) -> None:
    """Check the constructor's parameters as scikit-learn's `fit` does."""
    estimator._validate_params()


def named_scorers(estimator: BaseEstimator, scoring: Any) -> dict[str, Any]:
    """Scorers by name from a list of names or a mapping."""
    return dict(_check_multimetric_scoring(estimator, scoring))


def search_scorers(search: BaseSearchCV) -> tuple[Any, str]:
    """The scorer of a search, or a dict of several, and the metric that `refit` goes by."""
    scorers, refit_metric = search._get_scorers()
    if isinstance(scorers, _MultimetricScorer):
        return dict(scorers._scorers), refit_metric
    return scorers, refit_metric


def format_results(
    search: BaseSearchCV,
    candidates: list[dict[str, Any]],
    n_splits: int,
    outcomes: list[dict[str, Any]],
) -> dict[str, Any]:
    """`cv_results_` from the outcomes of all fits, candidate by candidate, split by split."""
    return dict(search._format_results(candidates, n_splits, outcomes))


def select_best_index(search: BaseSearchCV, refit_metric: str, results: dict[str, Any]) -> int:
    """The row of `cv_results_` that `refit` chooses."""
    return search._select_best_index(search.refit, refit_metric, results)
