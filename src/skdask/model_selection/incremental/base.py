"""What the searches over block-wise learning have in common: sampling, rounds, results, resuming.

Decisions go on side by side: each says how far its models are to be trained, all models move along
the blocks together, and a decision is sent its scores as soon as its models are there. So however
many models there are, blocks are read as often as the one that is trained longest needs.

A checkpoint holds the scores of every round and no model: from them the decisions are replayed,
and the models that are still needed learn again from the blocks.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone, is_classifier
from sklearn.metrics import check_scoring
from sklearn.model_selection import ParameterGrid, ParameterSampler
from sklearn.utils import check_random_state, get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skdask import blocks as block_room
from skdask import config
from skdask._sklearn import masked_parameters
from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.metrics.scoring import score_with
from skdask.model_selection.incremental.decisions import Decision, Targets, has_levelled_off
from skdask.model_selection.incremental.training import BlockTraining, Model
from skdask.passes.checkpoint import count_rows, resumable
from skdask.passes.codec import decode, encode
from skdask.passes.log_file import DamagedError, read_whole, write_whole
from skdask.routes.fitting import in_form
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import adopt, to_sklearn

# Of the rows where that is less than one block's
_MOST_TEST = 0.2


# A decision, and what it waits for
Live = tuple[Decision, Targets]


@dataclass
class Rounds:
    """The log of a search: scores of models by their calls, in rounds.

    Attributes
    ----------
    history : dict of int to list of (calls, score)
    seconds : list of (model, calls, seconds since the start)
    """

    folder: Path | None
    history: dict[int, list[tuple[int, float]]] = field(default_factory=dict)
    order: list[tuple[int, int, float]] = field(default_factory=list)
    number: int = 0
    replayed: int = 0

    def made(self, model: int) -> int:
        """Calls after which a model was scored last; 0 for none."""
        return self.history[model][-1][0] if model in self.history else 0

    def known(self, targets: Targets) -> dict[int, float] | None:
        """The scores of this round from a checkpoint; None where it has none."""
        self.number += 1
        if self.folder is None:
            return None
        try:
            asked, scores = decode(read_whole(self.folder / f"round-{self.number:05d}"))
        except (DamagedError, FileNotFoundError, ValueError):
            return None
        if asked != targets:
            return None
        self.replayed += 1
        return dict(scores)

    def add(self, targets: Targets, scores: dict[int, float], since: float, new: bool) -> None:
        """Keep the scores of this round."""
        if new and self.folder is not None:
            path = self.folder / f"round-{self.number:05d}"
            write_whole(path, encode((dict(targets), dict(scores))))
        for model, score in scores.items():
            self.history.setdefault(model, []).append((targets[model], score))
            self.order.append((model, targets[model], since))


def of_best(name: str) -> Any:
    """A method of the best estimator, lazy on Dask collections and files."""

    def method(self: Any, X: Any) -> Any:
        check_is_fitted(self)
        best = self.best_estimator_
        if is_big(X) and type(best).__module__.split(".")[0] != "skdask":
            return apply_lazily(best, name, X)
        return getattr(best, name)(X)

    def is_there(self: Any) -> bool:
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

    def _plan(self) -> list[tuple[int, int]]:
        """Brackets by name, and how many models each has."""
        raise NotImplementedError

    def _decide(self, bracket: int, models: Sequence[int]) -> Decision:
        raise NotImplementedError

    def _patience(self) -> int:
        """Calls without a better score after which a model stops; 0 for none."""
        return int(self.patience)

    def _step(self) -> int:
        """Calls between two scores where patience looks at them."""
        return max(1, self._patience() // 3)

    def fit(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Search for the best parameters.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection of shape (n_rows,), or str
            For a table, the name of its target column.
        **fit_params : dict
            Given to every call of ``partial_fit``. The ``classes`` of a classifier are found
            where they are not among them.

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
        if "sample_weight" in fit_params:
            raise UnsupportedError(f"{type(self).__name__} takes no sample_weight yet")
        started = time.perf_counter()
        what = type(self).__name__
        self.scorer_ = check_scoring(self.estimator, self.scoring)
        data, _ = count_rows(in_form(self.estimator, block_room.open(X, y)))
        share = self.test_size if self.test_size is not None else 1.0 / data.n_blocks
        share = share if self.test_size is not None else min(_MOST_TEST, share)
        candidates, seed = self._draw()
        of = {"search": self, "candidates": candidates, "fit parameters": fit_params}
        with ExitStack() as stack:
            log = stack.enter_context(resumable(config.get(), f"{what}, rounds", of, data))
            training = BlockTraining(
                data, share, seed, what, is_classifier(self.estimator), fit_params
            )
            rounds = Rounds(None if log is None else log.folder)
            models = self._models(candidates)
            self._train(models, training, rounds, started)
            self._conclude(models, candidates, training, rounds, started)
        return self

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
        self, models: dict[int, Model], training: BlockTraining, rounds: Rounds, started: float
    ) -> None:
        stopped: set[int] = set()
        live: list[Live] = []
        for bracket in dict.fromkeys(self._bracket_of):
            members = [n for n in models if self._bracket_of[n] == bracket]
            decision = self._decide(bracket, members)
            live.append((decision, next(decision)))
        while live:
            live = self._answered(live, rounds, stopped)
            stops = self._next_stops(live, rounds, stopped)
            if stops:
                self._one_round(stops, models, training, rounds, started)
                self._stop_level(stops, rounds, stopped)

    def _answered(self, live: list[Live], rounds: Rounds, stopped: set[int]) -> list[Live]:
        """Decisions and what they ask for, each sent the scores that it waited for, if all are."""
        following = []
        for decision, targets in live:
            if any(self._lacks(n, goal, rounds, stopped) for n, goal in targets.items()):
                following.append((decision, targets))
                continue
            scores = {number: rounds.history[number][-1][1] for number in targets}
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

    def _one_round(
        self,
        stops: Targets,
        models: dict[int, Model],
        training: BlockTraining,
        rounds: Rounds,
        started: float,
    ) -> None:
        # all move on to where the first is to be scored, so that they stay on the same blocks
        near = min(stops.values())
        targets = {number: near for number, stop in stops.items() if stop == near}
        scores = rounds.known(targets)
        new = scores is None
        if scores is None:
            training.train(models, dict.fromkeys(stops, near))
            scores = training.score({n: models[n] for n in targets}, self.scorer_)
        since = time.perf_counter() - started
        rounds.add(targets, scores, since, new)
        if self.verbose:
            best = max(scores.values())
            begin = f"[{self.prefix}] " if self.prefix else ""
            print(
                f"{begin}{type(self).__name__}: {len(targets)} models with up to "
                f"{near} calls, best score {best:.4g}, {since:.1f} s"
            )

    def _stop_level(self, targets: Targets, rounds: Rounds, stopped: set[int]) -> None:
        patience = self._patience()
        if not patience:
            return
        for number in targets:
            history = rounds.history.get(number, ())
            if history and has_levelled_off(history, patience, self.tol):
                stopped.add(number)

    def _conclude(
        self,
        models: dict[int, Model],
        candidates: list[dict[str, Any]],
        training: BlockTraining,
        rounds: Rounds,
        started: float,
    ) -> None:
        calls = {n: history[-1][0] for n, history in rounds.history.items()}
        scores = np.array([rounds.history[n][-1][1] for n in models])
        comparable = np.where(np.isnan(scores), -np.inf, scores)
        self.best_index_ = int(np.argmax(comparable))
        best = models[self.best_index_]
        # of a search that was replayed, the one model that is wanted
        training.train(models, {self.best_index_: calls[self.best_index_]})
        self.best_score_ = float(scores[self.best_index_])
        self.best_params_ = candidates[self.best_index_]
        self.best_estimator_ = adopt(best.estimator)
        self.n_splits_, self.multimetric_ = 1, False
        self.cv_results_ = self._results(models, candidates, calls, scores, comparable)
        self._remember(models, candidates, rounds)
        report = training.report
        made = sum(model.calls for model in models.values())
        notes = [
            f"{sum(calls.values()):,} calls of partial_fit for {len(models):,} models; "
            f"{made:,} made, in {training.reads:,} reads of a block"
        ]
        if rounds.replayed:
            notes.append(f"scores of {rounds.replayed} rounds came from the checkpoint")
        self.fit_report_ = replace(
            report,
            what=type(self).__name__,
            seconds=time.perf_counter() - started,
            log=(*report.log, *training.log),
            notes=(*report.notes, *notes),
        )
        if hasattr(best.estimator, "n_features_in_"):
            self.n_features_in_ = best.estimator.n_features_in_
        if hasattr(best.estimator, "feature_names_in_"):
            self.feature_names_in_ = best.estimator.feature_names_in_
        if hasattr(best.estimator, "classes_"):
            self.classes_ = best.estimator.classes_

    def _results(
        self,
        models: dict[int, Model],
        candidates: list[dict[str, Any]],
        calls: dict[int, int],
        scores: Any,
        comparable: Any,
    ) -> dict[str, Any]:
        results: dict[str, Any] = {
            "params": candidates,
            "test_score": scores,
            "mean_test_score": scores.copy(),
            "rank_test_score": rankdata(-comparable, method="min").astype(np.int32),
            "model_id": np.arange(len(candidates)),
            "partial_fit_calls": np.array([calls[n] for n in models]),
        }
        for name in ("fit", "score"):
            seconds = [getattr(model, f"{name}_seconds") or [0.0] for model in models.values()]
            key = f"{'partial_' if name == 'fit' else ''}{name}_time"
            results[f"mean_{key}"] = np.array([np.mean(each) for each in seconds])
            results[f"std_{key}"] = np.array([np.std(each) for each in seconds])
        results["bracket"] = np.array(self._bracket_of)
        return results | masked_parameters(candidates)

    def _remember(
        self, models: dict[int, Model], candidates: list[dict[str, Any]], rounds: Rounds
    ) -> None:
        """`history_` in the order of time, `model_history_` by model."""
        scores = {(n, calls): s for n, h in rounds.history.items() for calls, s in h}
        self.history_ = [
            {
                "model_id": number,
                "params": candidates[number],
                "partial_fit_calls": calls,
                "score": scores[number, calls],
                "elapsed_wall_time": since,
                "bracket": self._bracket_of[number],
            }
            for number, calls, since in rounds.order
        ]
        self.model_history_ = {
            number: [record for record in self.history_ if record["model_id"] == number]
            for number in models
        }
        del self._bracket_of

    def score(self, X: Any, y: Any = None) -> float:
        """The best estimator's score by the search's scorer."""
        check_is_fitted(self)
        if is_big(X):
            return score_with({"score": self.scorer_}, self.best_estimator_, X, y)["score"]
        return float(self.scorer_(self.best_estimator_, X, y))

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
