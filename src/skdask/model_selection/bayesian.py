"""OptunaSearchCV: Optuna proposes candidates, batch by batch; each batch shares its passes.

A sampler learns from what was tried before, so it cannot propose all candidates at once; but it
can propose some at a time, which then cost as many passes as one of them. Where a pruner is to
stop trials early, their folds are evaluated one after the other, all trials of a batch that are
still in it together.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state, get_tags

from skdask._sklearn import masked_parameters
from skdask.blocks import is_big
from skdask.model_selection.incremental.base import of_best
from skdask.model_selection.plan import StagedPlan
from skdask.model_selection.plan.calibrate import seconds_of_fits, seconds_of_moments
from skdask.model_selection.search import GridSearchCV
from skdask.passes import FitReport
from skdask.passes.checkpoint import count_rows
from skdask.pipeline.weights import open_weighted
from skdask.routes.splits import split_positions

Results = dict[str, Any]


class OptunaSearchCV(MetaEstimatorMixin, BaseEstimator):
    """Search with Optuna's samplers and pruners, several trials in the same passes.

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
    pruner : optuna.pruners.BasePruner or None, default=None
        Stops trials between folds, by the mean score of the folds so far. Folds then come one
        after the other: as many times the passes, where all folds would have shared them, but
        fewer fits, where each fit is one by itself.
    timeout : float or None, default=None
        Seconds after which no batch is begun.
    cv, scoring, refit, error_score, return_train_score, verbose, share
        As in :class:`GridSearchCV`. Of several metrics the study goes by that of `refit`, without
        one by the first.
    random_state : int, RandomState instance or None, default=None
        For the sampler of a study that is made.

    Attributes
    ----------
    study_ : optuna.Study
    trials_ : list of optuna.trial.FrozenTrial
        Those of this search.
    cv_results_, best_estimator_, best_index_, best_params_, best_score_, n_splits_, scorer_
        As in :class:`GridSearchCV`. With a pruner ``cv_results_["pruned"]`` says which trials were
        stopped; what they were not scored by is NaN.
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
        pruner: Any = None,
        timeout: float | None = None,
        cv: Any = None,
        scoring: Any = None,
        refit: Any = True,
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
        self.pruner = pruner
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
        self.study_ = self._new_study(optuna) if self.study is None else self.study
        if self.pruner is not None:
            self.study_.pruner = self.pruner
        started = time.perf_counter()
        parts: list[Results] = []
        numbers: list[int] = []
        self.fit_reports_: list[FitReport] = []
        main = self._main_metric()
        splits = None if self.pruner is None else self._splits(X, y, params)
        while len(numbers) < self.n_trials:
            if parts and self.timeout is not None and time.perf_counter() - started > self.timeout:
                break
            count = min(self.batch_size, self.n_trials - len(numbers))
            trials = [self._ask() for _ in range(count)]
            if splits is None:
                proposed = [given for _, given in trials]
                found = dict(self._fitted(proposed, False, X, y, params).cv_results_)
            else:
                found = self._fold_by_fold(trials, splits, main, X, y, params)
            pruned = found.get("pruned", np.zeros(count, bool))
            scores = found[f"mean_test_{main}"]
            for (trial, _), score, stopped in zip(trials, scores, pruned, strict=True):
                self._tell(optuna, trial, score, stopped)
            parts.append(found)
            numbers += [trial.number for trial, _ in trials]
        self.trials_ = [self.study_.trials[number] for number in numbers]
        self.cv_results_ = _joined(parts)
        self.n_splits_ = sum(
            key.startswith("split") and key.endswith(f"_test_{main}") for key in self.cv_results_
        )
        self.scorer_, self.multimetric_ = self._search.scorer_, self._search.multimetric_
        self._choose(main)
        if self.refit:
            best = self._fitted([self.best_params_], True, X, y, params)
            self.best_estimator_, self.refit_time_ = best.best_estimator_, best.refit_time_
            if hasattr(best, "feature_names_in_"):
                self.feature_names_in_ = best.feature_names_in_
        del self._search
        return self

    def plan(self, X: Any, y: Any = None, **params: Any) -> StagedPlan:
        """What `fit` would do, batch by batch, for trials such as a random sampler proposes.

        Parameters
        ----------
        X, y, **params
            As for `fit`. The target alone is read where folds depend on it.

        Returns
        -------
        StagedPlan
            Prints as a tree.
        """
        optuna = _optuna()
        example = clone(self)
        example.study_ = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
        count = min(self.batch_size, self.n_trials)
        given = [example._ask()[1] for _ in range(count)]
        inner = self._grid(given, False, self.cv).plan(X, y, **params)
        sizes = [
            min(self.batch_size, self.n_trials - first)
            for first in range(0, self.n_trials, self.batch_size)
        ]
        each = max(1, inner.passes + (inner.more_passes is not None) * _PASSES_OF_ITERATION)
        steps = inner.n_folds if self.pruner is not None else 1
        rules = ["trials of a batch share their passes, and the sampler learns from whole batches"]
        if steps > 1:
            rules.append(
                f"the {steps} folds come one after the other, so that the pruner can stop trials "
                "between them"
            )
        alone = inner.alone // count if inner.alone else inner.n_folds
        passes = each * steps * len(sizes) + bool(self.refit)
        rows = {name: value for name, value in params.items() if name != "groups"}
        data = open_weighted(self.estimator, X, y, rows, params.get("groups"))[0].counted()
        n_rows = data.n_rows or 0
        if inner.fallback:
            seconds, calibration = seconds_of_fits(
                self.estimator,
                given[0],
                data,
                self.n_trials * (inner.n_folds - 1) * n_rows,
                n_rows,
            )
        else:
            seconds, calibration = seconds_of_moments(data, 1, passes)
        return StagedPlan(
            type(self).__name__,
            self.n_trials,
            tuple(f"{size} trials x {inner.n_folds} folds" for size in sizes),
            "passes over the data" if inner.passes else "times through the rows in memory",
            passes,
            alone * self.n_trials,
            tuple(rules),
            inner.data,
            inner.n_bytes,
            seconds,
            calibration,
            inner=inner.tree(),
        )

    def _main_metric(self) -> str:
        """The metric by which the study goes."""
        if not isinstance(self.scoring, list | tuple | set | dict):
            return "score"
        names = list(self.scoring)
        if self.refit is True or (isinstance(self.refit, str) and self.refit not in names):
            raise ValueError(
                "For multi-metric scoring, the parameter refit must be the name of a metric, a "
                f"callable or False; got {self.refit!r}, and the metrics are {', '.join(names)}"
            )
        return self.refit if isinstance(self.refit, str) else names[0]

    def _tell(self, optuna: Any, trial: Any, score: float, stopped: bool) -> None:
        states = optuna.trial.TrialState
        if stopped:
            self.study_.tell(trial, state=states.PRUNED)
        elif np.isfinite(score):
            self.study_.tell(trial, float(score))
        else:
            self.study_.tell(trial, state=states.FAIL)

    def _choose(self, main: str) -> None:
        if self.multimetric_ and not self.refit:
            return
        results = self.cv_results_
        if callable(self.refit):
            self.best_index_ = int(self.refit(results))
        else:
            self.best_index_ = int(results[f"rank_test_{main}"].argmin())
            self.best_score_ = float(results[f"mean_test_{main}"][self.best_index_])
        self.best_params_ = results["params"][self.best_index_]

    def _new_study(self, optuna: Any) -> Any:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        sampler = optuna.samplers.TPESampler(seed=seed)
        return optuna.create_study(
            direction="maximize", sampler=sampler, pruner=optuna.pruners.NopPruner()
        )

    def _ask(self) -> tuple[Any, dict[str, Any]]:
        """A trial, and the parameters that it proposes."""
        if callable(self.param_distributions):
            trial = self.study_.ask()
            return trial, dict(self.param_distributions(trial))
        trial = self.study_.ask(self.param_distributions)
        return trial, dict(trial.params)

    def _splits(self, X: Any, y: Any, params: dict[str, Any]) -> list[Any]:
        """The rows of all folds."""
        groups, classifier = params.get("groups"), is_classifier(self.estimator)
        if not is_big(X):
            return list(check_cv(self.cv, y, classifier=classifier).split(X, y, groups))
        given = {name: value for name, value in params.items() if name != "groups"}
        data, _ = open_weighted(self.estimator, X, y, given, groups)
        return list(split_positions(self.cv, count_rows(data)[0], classifier))

    def _fold_by_fold(
        self, trials: list[Any], splits: list[Any], main: str, X: Any, y: Any, params: Any
    ) -> Results:
        """Results of trials of which the pruner stops some between folds."""
        params = {name: value for name, value in params.items() if name != "groups"}
        found: Results = {}
        alive = list(range(len(trials)))
        seen = np.zeros(len(trials), int)
        for fold, split in enumerate(splits):
            search = self._fitted([trials[n][1] for n in alive], False, X, y, params, [split])
            for key, values in search.cv_results_.items():
                if key.startswith("split0_") or key in ("mean_fit_time", "mean_score_time"):
                    column = np.full(len(trials), np.nan)
                    column[alive] = values
                    found[key.replace("split0_", f"split{fold}_").replace("mean_", f"{fold}_")] = (
                        column
                    )
            seen[alive] += 1
            for number in tuple(alive):
                trial = trials[number][0]
                scores = [found[f"split{k}_test_{main}"][number] for k in range(fold + 1)]
                if np.isfinite(scores).all():
                    trial.report(float(np.mean(scores)), fold)
                if fold + 1 < len(splits) and trial.should_prune():
                    alive.remove(number)
            if not alive:
                break
        return _summed_up(found, [given for _, given in trials], seen, len(splits))

    def _grid(self, candidates: list[dict[str, Any]], refit: bool, cv: Any) -> GridSearchCV:
        several = isinstance(self.scoring, list | tuple | set | dict)
        return GridSearchCV(
            clone(self.estimator),
            [{name: [value] for name, value in given.items()} for given in candidates],
            scoring=self.scoring,
            refit=(self._main_metric() if several else True) if refit else False,
            cv=cv,
            verbose=self.verbose,
            error_score=self.error_score,
            return_train_score=self.return_train_score,
            share=self.share,
        )

    def _fitted(
        self,
        candidates: list[dict[str, Any]],
        refit: bool,
        X: Any,
        y: Any,
        params: dict[str, Any],
        cv: Any = None,
    ) -> GridSearchCV:
        search = self._grid(candidates, refit, self.cv if cv is None else cv).fit(X, y, **params)
        if hasattr(search, "fit_report_"):
            self.fit_reports_.append(search.fit_report_)
        self._search = search
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


# Of candidates that iterate together, about
_PASSES_OF_ITERATION = 10


def _optuna() -> Any:
    try:
        import optuna
    except ImportError as error:
        raise ImportError(
            "OptunaSearchCV needs Optuna: pip install 'scikit-dask[optuna]'. RandomizedSearchCV "
            "needs nothing, and shares the passes of all of its candidates"
        ) from error
    return optuna


def _summed_up(
    found: Results, candidates: list[dict[str, Any]], seen: Any, n_folds: int
) -> Results:
    """Results of single folds with their means; of trials that were stopped these are NaN."""
    names = {key.partition("_")[2] for key in found if key.startswith("split")}
    stopped = seen < n_folds
    empty = np.full(len(candidates), np.nan)
    results: Results = {}
    for name in sorted(names):
        folds = [found.get(f"split{fold}_{name}", empty) for fold in range(n_folds)]
        results |= {f"split{fold}_{name}": values for fold, values in enumerate(folds)}
        results[f"mean_{name}"] = np.mean(folds, axis=0)
        results[f"std_{name}"] = np.std(folds, axis=0)
        if name.startswith("test_"):
            results[f"rank_{name}"] = empty
    for name in ("fit_time", "score_time"):
        folds = [found.get(f"{fold}_{name}", empty) for fold in range(n_folds)]
        count = np.maximum(np.isfinite(folds).sum(axis=0), 1)
        results[f"mean_{name}"] = np.nansum(folds, axis=0) / count
        results[f"std_{name}"] = np.sqrt(
            np.nansum((np.array(folds) - results[f"mean_{name}"]) ** 2, axis=0) / count
        )
    return results | {"pruned": stopped, "n_folds": seen.copy(), "params": candidates}


def _joined(parts: list[Results]) -> Results:
    """Results of batches as those of one search."""
    candidates = [given for part in parts for given in part["params"]]
    found: Results = {}
    for key in parts[0]:
        if not key.startswith("param"):
            found[key] = np.concatenate([part[key] for part in parts])
    found |= masked_parameters(candidates)
    found["params"] = candidates
    for key in [key for key in found if key.startswith("rank_")]:
        scores = found[key.replace("rank_", "mean_", 1)]
        known = np.where(np.isfinite(scores), scores, -np.inf)
        found[key] = rankdata(-known, method="min").astype(np.int32)
    return found
