"""What the searches over block-wise learning have in common: sampling, rounds, results, resuming.

Decisions go on side by side: each says how far its models are to be trained, and is sent their
scores as soon as all of its models are there. On the threads of one process models move along the
blocks together, so that blocks are read as often as the one that is trained longest needs; on a
cluster every model goes on by itself, from block to block.

A checkpoint holds every score and the models that can be written: from the scores the decisions
are replayed, and models go on where they were scored last.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from inspect import signature
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skdask import blocks as block_room
from skdask import config
from skdask._sklearn import (
    named_scorers,
    scorer_names,
    settle_failures,
    takes_weights_to_score,
)
from skdask.blocks import Blocks, is_big
from skdask.blocks.clients import active_client
from skdask.exceptions import UnsupportedError
from skdask.metrics.scoring import score_with
from skdask.model_selection.incremental.course import Course, share_of_test_rows
from skdask.model_selection.incremental.decisions import (
    Decision,
    Targets,
    best_of,
    has_levelled_off,
)
from skdask.model_selection.incremental.lesson import Lesson, Model, Scores
from skdask.model_selection.incremental.on_threads import OnThreads
from skdask.model_selection.incremental.planning import OnPaper, seconds_of
from skdask.model_selection.incremental.results import comparable, history_of, results_of
from skdask.model_selection.incremental.rounds import Rounds
from skdask.model_selection.plan import StagedPlan
from skdask.passes.checkpoint import count_rows, resumable
from skdask.routes.fitting import in_form
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import adopt, to_sklearn

# A decision, and what it waits for
Live = tuple[Decision, Targets]


def of_best(name: str) -> Any:
    """A method of the best estimator, lazy on Dask collections and files."""

    def method(self: Any, X: Any) -> Any:
        check_is_fitted(self)
        best = self.best_estimator_
        if is_big(X) and type(best).__module__.split(".")[0] != "skdask":
            return apply_lazily(best, name, X)
        return getattr(best, name)(X)

    def is_there(self: Any) -> bool:
        if not self.refit:
            raise AttributeError(
                f"This {type(self).__name__} instance was initialized with `refit=False`. {name} "
                "is available only after refitting on the best parameters."
            )
        getattr(getattr(self, "best_estimator_", self.estimator), name)
        return True

    method.__name__ = name
    method.__doc__ = f"`{name}` of the best estimator, lazily on Dask collections and files."
    return available_if(is_there)(method)


class BlockwiseSearch(MetaEstimatorMixin, BaseEstimator):
    """The base of the searches; it says nothing of who is trained for how long."""

    estimator: Any
    parameters: Any
    test_size: float | None
    patience: Any
    tol: float
    random_state: Any
    scoring: Any
    verbose: Any
    prefix: str
    refit: Any
    error_score: Any
    return_train_score: bool

    def _plan(self) -> list[tuple[int, int]]:
        """Brackets by name, and how many models each has."""
        raise NotImplementedError

    def _decide(self, bracket: int, models: Sequence[int]) -> Decision:
        raise NotImplementedError

    def _decisions(self, bracket: int, models: Sequence[int]) -> list[Decision]:
        """Decisions that wait for none of each other's scores."""
        return [self._decide(bracket, models)]

    def _patience(self) -> int:
        """Calls without a better score after which a model stops; 0 for none."""
        return int(self.patience)

    def _step(self) -> int:
        """Calls between two scores where patience looks at them."""
        return max(1, self._patience() // 3)

    def fit(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Search for the best parameters.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column.
        **params : dict
            ``sample_weight``, for ``partial_fit`` and for the scorer as scikit-learn's searches
            pass it, or as metadata routing says; ``groups``, of which each is held out to score as
            a whole or not at all. Others are given to every call of ``partial_fit``. The
            ``classes`` of a classifier are found where they are not among them.

        Returns
        -------
        self
        """
        if not hasattr(self.estimator, "partial_fit"):
            raise UnsupportedError(
                f"{type(self.estimator).__name__} has no partial_fit, by which "
                f"{type(self).__name__} trains block by block. Search it with GridSearchCV or "
                "HalvingGridSearchCV."
            )
        started = time.perf_counter()
        what = type(self).__name__
        scorer = self._settle_scorers()
        data, given, weighted, weighted_scores = self._opened(X, y, params, scorer)
        share = share_of_test_rows(self.test_size, data)
        candidates, seed = self._draw()
        of = {"search": self, "candidates": candidates, "fit parameters": given}
        classes = is_classifier(self.estimator) and "classes" not in given
        with ExitStack() as stack:
            log = stack.enter_context(resumable(config.get(), f"{what}, rounds", of, data))
            course = Course(data, share, seed, what, classes, self.return_train_score)
            if classes:
                given["classes"] = course.classes
            lesson = Lesson(
                given,
                weighted,
                scorer,
                weighted_scores,
                self.error_score,
                get_config(),
                course.test,
                course.train,
            )
            rounds = Rounds(None if log is None else log.folder)
            models = self._models(candidates)
            keep = None if log is None else rounds.keep_models
            trainer = stack.enter_context(closing(self._trainer(course, lesson, models, keep)))
            self._train(models, trainer, rounds, started)
            self._conclude(models, candidates, trainer, course, rounds, started)
        return self

    def plan(self, X: Any, y: Any = None, **params: Any) -> StagedPlan:
        """What `fit` would train, in which rounds, and about how long it would take.

        Parameters
        ----------
        X, y, **params
            As for `fit`. One block is read.

        Returns
        -------
        StagedPlan
            Prints as a tree. Candidates that `patience` would stop are taken to go on.
        """
        search = clone(self).set_params(patience=False, verbose=False)
        scorer = search._settle_scorers()
        data, *_ = search._opened(X, y, params, scorer)
        # drawn as numbers of no meaning: a shared random state stays as it is
        search.random_state = 0
        candidates, _ = search._draw()
        models = {number: Model(None) for number in range(len(candidates))}
        paper = OnPaper(models, search._main)
        search._train(models, paper, Rounds(None), 0.0)
        most = max(model.calls for model in models.values())
        seconds, calibration = seconds_of(paper.rounds, data, self.estimator)
        reads = sum(each.last - each.first for each in paper.rounds)
        rules = [
            f"models that are at the same block share its read: {reads:,} reads, "
            f"{reads / data.n_blocks:.3g} times through the data, beside the pass for the test rows"
        ]
        if any(model.calls < most for model in models.values()):
            rules.append("candidates that score worse stop early")
        return StagedPlan(
            type(self).__name__,
            len(candidates),
            tuple(each.sentence() for each in paper.rounds),
            "visits of a block",
            sum(each.calls for each in paper.rounds),
            most * len(candidates),
            tuple(rules),
            f"{data.name}, {data.n_blocks:,} blocks",
            data.n_bytes,
            seconds,
            calibration,
        )

    def _settle_scorers(self) -> Any:
        """The one callable that scores; sets `scorer_`, and by which metric models go on."""
        several = isinstance(self.scoring, list | tuple | set | dict)
        raises = self.error_score == "raise"
        scorer = check_scoring(self.estimator, scoring=self.scoring, raise_exc=raises)
        names = scorer_names(scorer) or ["score"]
        self.scorer_ = named_scorers(self.estimator, self.scoring) if several else scorer
        self.multimetric_ = several
        if several and self.refit is True:
            raise ValueError(
                "For multi-metric scoring, the parameter refit must be set to a scorer key or a "
                "callable to refit an estimator with the best parameter setting on the whole data "
                f"and make the best_* attributes available for that metric. True was passed; the "
                f"metrics are {', '.join(names)}."
            )
        if isinstance(self.refit, str) and several and self.refit not in names:
            raise ValueError(f"refit={self.refit!r} names none of the metrics: {', '.join(names)}")
        named = several and isinstance(self.refit, str)
        self._main = f"test_{self.refit if named else names[0]}"
        return scorer

    def _opened(
        self, X: Any, y: Any, params: dict[str, Any], scorer: Any
    ) -> tuple[Blocks, dict[str, Any], bool, bool]:
        """The data, parameters of every call, and whether calls and scores are weighted."""
        given = dict(params)
        groups, weight = given.pop("groups", None), given.get("sample_weight")
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **given)
            given = dict(routed.estimator.partial_fit)
            weighted_scores = routed.scorer.score.get("sample_weight") is not None
        else:
            weighted_scores = weight is not None and takes_weights_to_score(scorer)
        weighted = given.pop("sample_weight", None) is not None
        carried = weight is True or (weight is None and getattr(X, "has_weight", False))
        data = in_form(
            self.estimator, block_room.open(X, y, None if weight is True else weight, groups)
        )
        if carried and data.has_weight:
            weighted, weighted_scores = True, takes_weights_to_score(scorer)
        if weighted and "sample_weight" not in signature(self.estimator.partial_fit).parameters:
            raise TypeError(
                f"{type(self.estimator).__name__}.partial_fit takes no sample_weight; leave it out"
            )
        return count_rows(data)[0], given, weighted, weighted_scores

    def get_metadata_routing(self) -> MetadataRouter:
        """Where parameters of `fit` and `score` go, as in scikit-learn's searches."""
        router = MetadataRouter(owner=self)
        router.add(
            estimator=self.estimator,
            method_mapping=MethodMapping().add(caller="fit", callee="partial_fit"),
        )
        scorer = check_scoring(self.estimator, scoring=self.scoring)
        router.add(
            scorer=scorer,
            method_mapping=MethodMapping()
            .add(caller="score", callee="score")
            .add(caller="fit", callee="score"),
        )
        return router

    def _trainer(self, course: Course, lesson: Lesson, models: dict[int, Model], keep: Any) -> Any:
        """What moves models along the blocks: the workers of a cluster, or threads."""
        client = active_client(config.get())
        if client is None:
            return OnThreads(course, lesson, models, keep)
        # whoever has a client has imported distributed; others are spared the second it takes
        from skdask.model_selection.incremental.on_cluster import OnCluster

        return OnCluster(client, course, lesson, models, keep, type(self).__name__)

    def _draw(self) -> tuple[list[dict[str, Any]], int]:
        """Candidates of all brackets, and a seed for test rows and the order of blocks."""
        random = check_random_state(self.random_state)
        seed = int(random.randint(2**31 - 1))
        candidates: list[dict[str, Any]] = []
        self._bracket_of: list[int] = []
        for bracket, count in self._plan():
            if count < 0:
                drawn = list(ParameterGrid(self.parameters))
            else:
                drawn = list(ParameterSampler(self.parameters, count, random_state=random))
            candidates += drawn
            self._bracket_of += [bracket] * len(drawn)
        return candidates, seed

    def _models(self, candidates: Sequence[dict[str, Any]]) -> dict[int, Model]:
        plain = to_sklearn(clone(self.estimator))
        return {
            number: Model(clone(plain).set_params(**clone(params, safe=False)))
            for number, params in enumerate(candidates)
        }

    def _train(
        self, models: dict[int, Model], trainer: Any, rounds: Rounds, started: float
    ) -> None:
        stopped: set[int] = set()
        live: list[Live] = []
        for bracket in dict.fromkeys(self._bracket_of):
            members = [n for n in models if self._bracket_of[n] == bracket]
            for decision in self._decisions(bracket, members):
                live.append((decision, next(decision)))
        restored: set[int] = set()
        while live:
            live = self._answered(live, rounds, stopped)
            stops = self._next_stops(live, rounds, stopped)
            scores = rounds.known(stops)
            if stops and not scores:
                rounds.forget_models(self._gone(live, rounds))
                self._restore(models, {n: s for n, s in stops.items() if n not in restored}, rounds)
                restored |= set(stops)
                scores = trainer.advance(stops)
                rounds.write(stops, scores)
            if stops:
                since = time.perf_counter() - started
                rounds.add(stops, scores, since)
                self._say(stops, scores, since)
                self._stop_level(scores, rounds, stopped)

    def _gone(self, live: list[Live], rounds: Rounds) -> set[int]:
        """Models that are out and not the best of these, which need not be kept."""
        wanted = {number for _, targets in live for number in targets}
        out = set(rounds.history) - wanted
        last = {number: rounds.history[number][-1][1][self._main] for number in out}
        return out - set(best_of(last, last, 1))

    def _restore(self, models: dict[int, Model], stops: Targets, rounds: Rounds) -> None:
        """Take models from the checkpoint, as far as it has them."""
        for number, stop in stops.items():
            kept = rounds.kept_model(number, stop, models[number].estimator)
            if kept is not None and kept.calls > models[number].calls:
                models[number].__dict__.update(vars(kept))

    def _answered(self, live: list[Live], rounds: Rounds, stopped: set[int]) -> list[Live]:
        """Decisions and what they ask for, each sent the scores that it waited for, if all are."""
        following = []
        for decision, targets in live:
            if any(self._lacks(n, goal, rounds, stopped) for n, goal in targets.items()):
                following.append((decision, targets))
                continue
            scores = {number: rounds.history[number][-1][1][self._main] for number in targets}
            try:
                following.append((decision, decision.send(scores)))
            except StopIteration:
                continue
        return following

    def _lacks(self, number: int, goal: int, rounds: Rounds, stopped: set[int]) -> bool:
        return number not in stopped and rounds.made(number) < goal

    def _next_stops(self, live: list[Live], rounds: Rounds, stopped: set[int]) -> Targets:
        """After how many calls each model that is trained is to be scored next."""
        patience, step = self._patience(), self._step()
        stops: Targets = {}
        for _, targets in live:
            for number, goal in targets.items():
                if self._lacks(number, goal, rounds, stopped):
                    near = min(goal, rounds.made(number) + step)
                    stops[number] = near if patience else goal
        return stops

    def _say(self, stops: Targets, scores: dict[int, Scores], since: float) -> None:
        if self.verbose:
            best = max(found[self._main] for found in scores.values())
            most = max(stops[number] for number in scores)
            begin = f"[{self.prefix}] " if self.prefix else ""
            print(
                f"{begin}{type(self).__name__}: {len(scores)} models with up to "
                f"{most} calls, best score {best:.4g}, {since:.1f} s"
            )

    def _stop_level(self, scores: dict[int, Scores], rounds: Rounds, stopped: set[int]) -> None:
        patience = self._patience()
        for number in scores if patience else ():
            history = [(calls, found[self._main]) for calls, found in rounds.history[number]]
            if has_levelled_off(history, patience, self.tol):
                stopped.add(number)

    def _conclude(
        self,
        models: dict[int, Model],
        candidates: list[dict[str, Any]],
        trainer: Any,
        course: Course,
        rounds: Rounds,
        started: float,
    ) -> None:
        outcomes = [{"fit_error": model.failure or None} for model in models.values()]
        settle_failures(outcomes, None, self.error_score)
        results = results_of(models, candidates, self._bracket_of, rounds, self._main)
        self.cv_results_, self.n_splits_ = results, 1
        self._choose(results, candidates)
        if self.refit:
            calls = int(results["partial_fit_calls"][self.best_index_])
            # of a search that was replayed, the one model that is wanted
            self._restore(models, {self.best_index_: calls}, rounds)
            best = trainer.trained(self.best_index_, calls).estimator
            self._take_best(best, course.data.feature_names)
        self.history_ = history_of(candidates, self._bracket_of, rounds, self._main)
        self.model_history_: dict[int, list[dict[str, Any]]] = {number: [] for number in models}
        for record in self.history_:
            self.model_history_[record["model_id"]].append(record)
        self.fit_report_ = self._report(models, trainer, course, rounds, started)
        del self._bracket_of, self._main

    def _choose(self, results: dict[str, Any], candidates: list[dict[str, Any]]) -> None:
        if self.multimetric_ and not self.refit:
            return
        scores = results[f"mean_{self._main}"]
        if callable(self.refit):
            self.best_index_ = int(self.refit(results))
            if not 0 <= self.best_index_ < len(candidates):
                raise IndexError("best_index_ index out of range")
        else:
            self.best_index_ = int(np.argmax(comparable(scores)))
            self.best_score_ = float(scores[self.best_index_])
        self.best_params_ = candidates[self.best_index_]

    def _take_best(self, fitted: Any, names: tuple[str, ...] | None) -> None:
        if names is not None and not hasattr(fitted, "feature_names_in_"):
            # it learnt from matrices, whose columns are those of a table
            fitted.feature_names_in_ = np.asarray(names, dtype=object)
        self.best_estimator_ = adopt(fitted)
        for name in ("n_features_in_", "feature_names_in_", "classes_"):
            if hasattr(fitted, name):
                setattr(self, name, getattr(fitted, name))

    def _report(
        self,
        models: dict[int, Model],
        trainer: Any,
        course: Course,
        rounds: Rounds,
        started: float,
    ) -> Any:
        counted = int(self.cv_results_["partial_fit_calls"].sum())
        made = sum(len(model.fit_seconds) for model in models.values())
        notes = [
            f"{counted:,} calls of partial_fit for {len(models):,} models; "
            f"{made:,} made, in {trainer.reads:,} reads of a block"
        ]
        if trainer.where:
            notes.append(f"ran on {trainer.where}")
        if rounds.replayed:
            notes.append(f"{rounds.replayed} scores came from the checkpoint")
        report = course.report
        return replace(
            report,
            what=type(self).__name__,
            seconds=time.perf_counter() - started,
            log=(*report.log, *trainer.log),
            notes=(*dict.fromkeys((*report.notes, *notes)),),
        )

    def score(self, X: Any, y: Any = None, **params: Any) -> float:
        """The best estimator's score by the search's scorer, of several the one of `refit`."""
        check_is_fitted(self)
        if not self.refit:
            raise ValueError(f"{type(self).__name__} was given refit=False: no estimator is fitted")
        scorer: Any = self.scorer_
        if self.multimetric_:
            named = isinstance(self.refit, str)
            scorer = scorer[self.refit if named else next(iter(scorer))]
        if is_big(X):
            return score_with({"score": scorer}, self.best_estimator_, X, y, **params)["score"]
        return float(scorer(self.best_estimator_, X, y, **params))

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
