"""OptunaSearchCV: Optuna proposes candidates, batch by batch; each batch shares its passes.

A sampler learns from what was tried before, so it cannot propose all candidates at once; but it
can propose some at a time, which then cost as many passes as one of them.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.utils import check_random_state, get_tags

from skdask._sklearn import masked_parameters
from skdask.exceptions import UnsupportedError
from skdask.model_selection.incremental.base import of_best
from skdask.model_selection.search import GridSearchCV
from skdask.passes import FitReport

Results = dict[str, Any]


class OptunaSearchCV(MetaEstimatorMixin, BaseEstimator):
    """Search with Optuna's samplers, several trials in the same passes.

    Needs Optuna: ``pip install 'scikit-dask[optuna]'``.

    Parameters
    ----------
    estimator : estimator
        Whatever :class:`GridSearchCV` takes.
    param_distributions : dict of str to optuna distribution, or callable
        A callable takes a trial and returns parameters, by its ``suggest_...`` methods.
    n_trials : int, default=10
    batch_size : int, default=10
        Trials that are proposed, and fitted in shared passes, at a time. The sampler learns from
        whole batches: larger ones read the data less often, smaller ones are led better.
    study : optuna.Study or None, default=None
        With a sampler, a storage, or trials of its own; it must maximize. None makes one with a
        TPE sampler.
    timeout : float or None, default=None
        Seconds after which no batch is begun.
    cv, scoring, refit, error_score, return_train_score, verbose, share
        As in :class:`GridSearchCV`, with one scorer.
    random_state : int, RandomState instance or None, default=None
        For the sampler of a study that is made.

    Attributes
    ----------
    study_ : optuna.Study
    trials_ : list of optuna.trial.FrozenTrial
        Those of this search.
    cv_results_, best_estimator_, best_index_, best_params_, best_score_, n_splits_, scorer_
        As in :class:`GridSearchCV`.
    fit_reports_ : list of FitReport
        Of each batch that was shared or on blocks, and of the refit.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.model_selection import OptunaSearchCV
    >>> X = da.random.default_rng(0).normal(size=(100, 3), chunks=25)
    >>> def alphas(trial):
    ...     return {"alpha": trial.suggest_float("alpha", 1e-3, 1e3, log=True)}
    >>> search = OptunaSearchCV(Ridge(), alphas, n_trials=20, random_state=0)  # doctest: +SKIP
    >>> search.fit(X, X.sum(axis=1)).best_params_["alpha"] < 1  # doctest: +SKIP
    True
    """

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        *,
        n_trials: int = 10,
        batch_size: int = 10,
        study: Any = None,
        timeout: float | None = None,
        cv: Any = None,
        scoring: Any = None,
        refit: bool = True,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        random_state: Any = None,
        verbose: int = 0,
        share: bool = True,
    ) -> None:
        self.estimator = estimator
        self.param_distributions = param_distributions
        self.n_trials = n_trials
        self.batch_size = batch_size
        self.study = study
        self.timeout = timeout
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.error_score = error_score
        self.return_train_score = return_train_score
        self.random_state = random_state
        self.verbose = verbose
        self.share = share

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Run the search.

        Parameters
        ----------
        X, y, **params
            As for the `fit` of :class:`GridSearchCV`.

        Returns
        -------
        self
        """
        optuna = _optuna()
        if isinstance(self.scoring, list | tuple | set | dict):
            raise UnsupportedError("OptunaSearchCV goes by one score; give it one scorer")
        self.study_ = self._new_study(optuna) if self.study is None else self.study
        started = time.perf_counter()
        parts: list[Results] = []
        numbers: list[int] = []
        self.fit_reports_: list[FitReport] = []
        while len(numbers) < self.n_trials:
            if parts and self.timeout is not None and time.perf_counter() - started > self.timeout:
                break
            count = min(self.batch_size, self.n_trials - len(numbers))
            trials = [self._ask() for _ in range(count)]
            search = self._fitted([given for _, given in trials], False, X, y, params)
            scores = search.cv_results_["mean_test_score"]
            for (trial, _), score in zip(trials, scores, strict=True):
                failed = not np.isfinite(score)
                state = optuna.trial.TrialState.FAIL if failed else None
                self.study_.tell(trial, None if failed else float(score), state=state)
            parts.append(search.cv_results_)
            numbers += [trial.number for trial, _ in trials]
        self.trials_ = [self.study_.trials[number] for number in numbers]
        self.scorer_, self.n_splits_, self.multimetric_ = search.scorer_, search.n_splits_, False
        self.cv_results_ = _joined(parts)
        self.best_index_ = int(self.cv_results_["rank_test_score"].argmin())
        self.best_score_ = float(self.cv_results_["mean_test_score"][self.best_index_])
        self.best_params_ = self.cv_results_["params"][self.best_index_]
        if self.refit:
            best = self._fitted([self.best_params_], True, X, y, params)
            self.best_estimator_, self.refit_time_ = best.best_estimator_, best.refit_time_
            if hasattr(best, "feature_names_in_"):
                self.feature_names_in_ = best.feature_names_in_
        return self

    def _new_study(self, optuna: Any) -> Any:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        sampler = optuna.samplers.TPESampler(seed=seed)
        return optuna.create_study(direction="maximize", sampler=sampler)

    def _ask(self) -> tuple[Any, dict[str, Any]]:
        """A trial, and the parameters that it proposes."""
        if callable(self.param_distributions):
            trial = self.study_.ask()
            return trial, dict(self.param_distributions(trial))
        trial = self.study_.ask(self.param_distributions)
        return trial, dict(trial.params)

    def _fitted(
        self, candidates: list[dict[str, Any]], refit: bool, X: Any, y: Any, params: dict[str, Any]
    ) -> GridSearchCV:
        search = GridSearchCV(
            clone(self.estimator),
            [{name: [value] for name, value in given.items()} for given in candidates],
            scoring=self.scoring,
            refit=refit,
            cv=self.cv,
            verbose=self.verbose,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
            share=self.share,
        ).fit(X, y, **params)
        if hasattr(search, "fit_report_"):
            self.fit_reports_.append(search.fit_report_)
        return search

    predict = of_best("predict")
    predict_proba = of_best("predict_proba")
    predict_log_proba = of_best("predict_log_proba")
    decision_function = of_best("decision_function")
    transform = of_best("transform")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        inner = get_tags(self.estimator)
        tags.estimator_type = inner.estimator_type
        tags.classifier_tags, tags.regressor_tags = inner.classifier_tags, inner.regressor_tags
        return tags


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise ImportError(
            "OptunaSearchCV needs Optuna: pip install 'scikit-dask[optuna]'. RandomizedSearchCV "
            "needs nothing, and shares the passes of all of its candidates"
        ) from error
    return optuna


def _joined(parts: list[Results]) -> Results:
    """Results of batches as those of one search."""
    candidates = [given for part in parts for given in part["params"]]
    found: Results = {}
    for key in parts[0]:
        if not key.startswith("param"):
            found[key] = np.concatenate([part[key] for part in parts])
    found |= masked_parameters(candidates)
    found["params"] = candidates
    scores = found["mean_test_score"]
    known = np.where(np.isfinite(scores), scores, -np.inf)
    found["rank_test_score"] = rankdata(-known, method="min").astype(np.int32)
    return found
