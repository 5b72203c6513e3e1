"""The searches over estimators with `partial_fit`, under dask-ml's names and parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skdask.model_selection.incremental.base import BlockwiseSearch
from skdask.model_selection.incremental.decisions import (
    Decision,
    hyperband_brackets,
    inverse_decay,
    successive_halving,
    train_all,
)


class IncrementalSearchCV(BlockwiseSearch):
    """Train sampled candidates block by block, all on the same read of each block.

    Parameters
    ----------
    estimator : estimator with partial_fit
    parameters : dict or list of dict
        As in :class:`sklearn.model_selection.RandomizedSearchCV`.
    n_initial_parameters : int or "grid", default=10
        Candidates to sample; all of the grid of `parameters` otherwise.
    decay_rate : float or None, default=None
        How fast the number of candidates falls, see :class:`InverseDecaySearchCV`; None trains
        all of them to the end.
    test_size : float or None, default=None
        Share of the rows that scores are of; None is that of one block, 10,000 rows at least, and a
        fifth at most.
    patience : bool or int, default=False
        Calls after which a candidate whose score has not risen by `tol` stops; True is a third
        of `max_iter`.
    tol : float, default=0.001
    fits_per_score : int, default=1
        Calls of ``partial_fit`` between two scores.
    max_iter : int, default=100
        Calls of ``partial_fit`` of a candidate at most; each call is one block.
    random_state : int, RandomState instance or None, default=None
        For candidates, test rows and the order of blocks.
    scoring : str, callable, list, tuple, dict or None, default=None
        Of several metrics that of `refit` decides who goes on, without one the first.
    verbose : bool, default=False
    prefix : str, default=""
        Printed before what `verbose` prints.
    refit : bool, str or callable, default=True
        As in scikit-learn: the name of the metric that chooses the best candidate, or what finds
        its index in `cv_results_`. The best estimator is the model as it was trained, nothing is
        fitted again; False keeps none.
    error_score : "raise" or number, default=np.nan
        Score of a candidate whose ``partial_fit`` fails, after which it learns no more.
    return_train_score : bool, default=False
        Whether as many training rows as test rows are scored too.

    Attributes
    ----------
    cv_results_ : dict of ndarray
        By candidate: ``params``, ``test_score``, ``rank_test_score``, ``partial_fit_calls``, and
        times.
    history_ : list of dict
        Every score, in the order of time.
    model_history_ : dict of int to list of dict
        The same by candidate.
    best_estimator_ : estimator
        The candidate with the best last score, as it was then.
    best_index_, best_params_, best_score_, scorer_
        As in scikit-learn.
    fit_report_ : FitReport
        Rounds, reads of blocks, calls.

    Examples
    --------
    >>> import dask.array as da
    >>> from sklearn.linear_model import SGDRegressor
    >>> from skdask.model_selection import IncrementalSearchCV
    >>> X = da.random.default_rng(0).normal(size=(400, 3), chunks=50)
    >>> model, parameters = SGDRegressor(random_state=0), {"alpha": [1e-4, 1.0]}
    >>> search = IncrementalSearchCV(model, parameters, n_initial_parameters="grid", max_iter=8)
    >>> search.fit(X, X.sum(axis=1)).best_params_
    {'alpha': 0.0001}
    """

    def __init__(
        self,
        estimator: Any,
        parameters: Any,
        n_initial_parameters: Any = 10,
        decay_rate: float | None = None,
        test_size: float | None = None,
        patience: Any = False,
        tol: float = 0.001,
        fits_per_score: int = 1,
        max_iter: int = 100,
        random_state: Any = None,
        scoring: Any = None,
        verbose: Any = False,
        prefix: str = "",
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.parameters = parameters
        self.n_initial_parameters = n_initial_parameters
        self.decay_rate = decay_rate
        self.test_size = test_size
        self.patience = patience
        self.tol = tol
        self.fits_per_score = fits_per_score
        self.max_iter = max_iter
        self.random_state = random_state
        self.scoring = scoring
        self.verbose = verbose
        self.prefix = prefix
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score

    def _plan(self) -> list[tuple[int, int]]:
        return [(0, _count(self.n_initial_parameters))]

    def _decide(self, bracket: int, models: Sequence[int]) -> Decision:
        if self.decay_rate:
            return inverse_decay(models, self.decay_rate, self.fits_per_score, self.max_iter)
        return train_all(models, self.fits_per_score, self.max_iter)

    def _decisions(self, bracket: int, models: Sequence[int]) -> list[Decision]:
        if self.decay_rate:
            return [self._decide(bracket, models)]
        # nobody goes out for the scores of others
        return [self._decide(bracket, [model]) for model in models]

    def _patience(self) -> int:
        return _calls(self.patience, self.max_iter)

    def _step(self) -> int:
        return self.fits_per_score


class InverseDecaySearchCV(IncrementalSearchCV):
    """Keep n / (1 + t)^decay_rate of n candidates after t blocks, those with the best scores.

    Parameters
    ----------
    estimator, parameters, n_initial_parameters, test_size, patience, tol, fits_per_score, \\
            max_iter, random_state, scoring, verbose, prefix, \\
            refit, error_score, return_train_score
        As in :class:`IncrementalSearchCV`.
    decay_rate : float, default=1.0

    Attributes
    ----------
    cv_results_, history_, model_history_, best_estimator_, best_params_, best_score_, fit_report_
        As in :class:`IncrementalSearchCV`.

    Examples
    --------
    >>> import dask.array as da
    >>> from sklearn.linear_model import SGDRegressor
    >>> from skdask.model_selection import InverseDecaySearchCV
    >>> X = da.random.default_rng(0).normal(size=(400, 3), chunks=50)
    >>> model, parameters = SGDRegressor(random_state=0), {"alpha": [1e-4, 1e-2, 1.0, 10.0]}
    >>> search = InverseDecaySearchCV(model, parameters, n_initial_parameters="grid", max_iter=8)
    >>> search.fit(X, X.sum(axis=1)).cv_results_["partial_fit_calls"].tolist()
    [2, 1, 1, 1]
    """

    def __init__(
        self,
        estimator: Any,
        parameters: Any,
        n_initial_parameters: Any = 10,
        test_size: float | None = None,
        patience: Any = False,
        tol: float = 0.001,
        fits_per_score: int = 1,
        max_iter: int = 100,
        random_state: Any = None,
        scoring: Any = None,
        verbose: Any = False,
        prefix: str = "",
        decay_rate: float = 1.0,
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        super().__init__(
            estimator,
            parameters,
            n_initial_parameters=n_initial_parameters,
            decay_rate=decay_rate,
            test_size=test_size,
            patience=patience,
            tol=tol,
            fits_per_score=fits_per_score,
            max_iter=max_iter,
            random_state=random_state,
            scoring=scoring,
            verbose=verbose,
            prefix=prefix,
            refit=refit,
            error_score=error_score,
            return_train_score=return_train_score,
        )


class SuccessiveHalvingSearchCV(BlockwiseSearch):
    """Train all candidates a little, the best third three times as long, and so on.

    Parameters
    ----------
    estimator, parameters, n_initial_parameters, test_size, tol, random_state, scoring, verbose, \\
            prefix, refit, error_score, return_train_score
        As in :class:`IncrementalSearchCV`.
    n_initial_iter : int, default=9
        Calls of ``partial_fit`` before candidates are first compared.
    max_iter : int or None, default=None
        Calls of a candidate at most; None goes on until one is left.
    aggressiveness : float, default=3
        One in so many candidates goes on, for so many times as long.
    patience : bool or int, default=False

    Attributes
    ----------
    cv_results_, history_, model_history_, best_estimator_, best_params_, best_score_, fit_report_
        As in :class:`IncrementalSearchCV`.

    Examples
    --------
    >>> import dask.array as da
    >>> from sklearn.linear_model import SGDRegressor
    >>> from skdask.model_selection import SuccessiveHalvingSearchCV
    >>> X = da.random.default_rng(0).normal(size=(400, 3), chunks=50)
    >>> parameters = {"alpha": [1e-4, 1e-2, 1.0], "power_t": [0.1, 0.25, 0.5]}
    >>> search = SuccessiveHalvingSearchCV(
    ...     SGDRegressor(random_state=0), parameters, n_initial_parameters="grid", n_initial_iter=2
    ... ).fit(X, X.sum(axis=1))
    >>> sorted(search.cv_results_["partial_fit_calls"].tolist())
    [2, 2, 2, 2, 2, 2, 6, 6, 18]
    """

    def __init__(
        self,
        estimator: Any,
        parameters: Any,
        n_initial_parameters: Any = 10,
        n_initial_iter: int = 9,
        max_iter: int | None = None,
        aggressiveness: float = 3,
        test_size: float | None = None,
        patience: Any = False,
        tol: float = 0.001,
        random_state: Any = None,
        scoring: Any = None,
        verbose: Any = False,
        prefix: str = "",
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.parameters = parameters
        self.n_initial_parameters = n_initial_parameters
        self.n_initial_iter = n_initial_iter
        self.max_iter = max_iter
        self.aggressiveness = aggressiveness
        self.test_size = test_size
        self.patience = patience
        self.tol = tol
        self.random_state = random_state
        self.scoring = scoring
        self.verbose = verbose
        self.prefix = prefix
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score

    def _plan(self) -> list[tuple[int, int]]:
        return [(0, _count(self.n_initial_parameters))]

    def _decide(self, bracket: int, models: Sequence[int]) -> Decision:
        return successive_halving(models, self.n_initial_iter, self.aggressiveness, self.max_iter)

    def _patience(self) -> int:
        return _calls(self.patience, self.max_iter or 3 * self.n_initial_iter)


class HyperbandSearchCV(BlockwiseSearch):
    """Successive halvings side by side, from many candidates tried briefly to few tried fully.

    Hyperband has one real parameter: `max_iter`, the calls of ``partial_fit`` (blocks seen) that
    the best candidate should have. All brackets learn from the same read of a block.

    Parameters
    ----------
    estimator, parameters, test_size, patience, tol, random_state, scoring, verbose, prefix, \\
            refit, error_score, return_train_score
        As in :class:`IncrementalSearchCV`.
    max_iter : int, default=81
    aggressiveness : float, default=3
        One in so many candidates goes on, for so many times as long.

    Attributes
    ----------
    metadata : dict
        Models and calls that a search without `patience` takes; there before `fit`.
    metadata_ : dict
        What they were.
    cv_results_, history_, model_history_, best_estimator_, best_params_, best_score_, fit_report_
        As in :class:`IncrementalSearchCV`, and the bracket of each candidate.

    Notes
    -----
    Li, Jamieson, DeSalvo, Rostamizadeh and Talwalkar, JMLR 18 (2018).

    Examples
    --------
    >>> import dask.array as da
    >>> from scipy.stats import loguniform
    >>> from sklearn.linear_model import SGDRegressor
    >>> from skdask.model_selection import HyperbandSearchCV
    >>> X = da.random.default_rng(0).normal(size=(400, 3), chunks=50)
    >>> parameters = {"alpha": loguniform(1e-5, 10.0)}
    >>> search = HyperbandSearchCV(
    ...     SGDRegressor(random_state=0), parameters, max_iter=9, random_state=0
    ... )
    >>> search.metadata["n_models"], search.metadata["partial_fit_calls"]
    (17, 69)
    >>> search.fit(X, X.sum(axis=1)).best_score_ > 0.99
    True
    """

    def __init__(
        self,
        estimator: Any,
        parameters: Any,
        max_iter: int = 81,
        aggressiveness: float = 3,
        patience: Any = False,
        tol: float = 1e-3,
        test_size: float | None = None,
        random_state: Any = None,
        scoring: Any = None,
        verbose: Any = False,
        prefix: str = "",
        refit: Any = True,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        self.estimator = estimator
        self.parameters = parameters
        self.max_iter = max_iter
        self.aggressiveness = aggressiveness
        self.patience = patience
        self.tol = tol
        self.test_size = test_size
        self.random_state = random_state
        self.scoring = scoring
        self.verbose = verbose
        self.prefix = prefix
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score

    @property
    def metadata(self) -> dict[str, Any]:
        """Models and calls of ``partial_fit`` that the search takes, by bracket and in all."""
        found = []
        for each in hyperband_brackets(self.max_iter, self.aggressiveness):
            decision = successive_halving(
                range(each.n_models), each.calls, self.aggressiveness, self.max_iter
            )
            calls, targets = dict.fromkeys(range(each.n_models), 0), next(decision)
            while True:
                calls |= targets
                try:
                    targets = decision.send(dict.fromkeys(targets, 0.0))
                except StopIteration:
                    break
            found.append(
                {
                    "bracket": each.bracket,
                    "n_models": each.n_models,
                    "partial_fit_calls": sum(calls.values()),
                }
            )
        return {
            "n_models": sum(each["n_models"] for each in found),
            "partial_fit_calls": sum(each["partial_fit_calls"] for each in found),
            "brackets": found,
        }

    @property
    def metadata_(self) -> dict[str, Any]:
        """Models and calls of ``partial_fit`` that the search took."""
        brackets, calls = self.cv_results_["bracket"], self.cv_results_["partial_fit_calls"]
        found = [
            {
                "bracket": each.bracket,
                "n_models": int((brackets == each.bracket).sum()),
                "partial_fit_calls": int(calls[brackets == each.bracket].sum()),
            }
            for each in hyperband_brackets(self.max_iter, self.aggressiveness)
        ]
        return {
            "n_models": len(calls),
            "partial_fit_calls": int(calls.sum()),
            "brackets": found,
        }

    def _plan(self) -> list[tuple[int, int]]:
        brackets = hyperband_brackets(self.max_iter, self.aggressiveness)
        return [(each.bracket, each.n_models) for each in brackets]

    def _decide(self, bracket: int, models: Sequence[int]) -> Decision:
        brackets = hyperband_brackets(self.max_iter, self.aggressiveness)
        (calls,) = (each.calls for each in brackets if each.bracket == bracket)
        return successive_halving(models, calls, self.aggressiveness, self.max_iter)

    def _patience(self) -> int:
        return _calls(self.patience, self.max_iter)


def _count(n_initial_parameters: Any) -> int:
    """How many candidates to sample; -1 for all of the grid."""
    return -1 if n_initial_parameters == "grid" else int(n_initial_parameters)


def _calls(patience: Any, max_iter: int) -> int:
    return max(1, max_iter // 3) if patience is True else int(patience)
