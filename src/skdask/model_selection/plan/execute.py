"""Running the tree of a search as one algorithm that shares every pass.

Each step is fitted for all folds side by side, then everything below it. Final estimators of one
class that see the same rows are fitted together, so that their class can share more than passes:
one eigendecomposition for all penalties, one Hessian for all folds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from skdask.metrics.deviance import problem_of
from skdask.metrics.from_moments import METRICS, ResidualMoments
from skdask.metrics.linear_scores import raw_coefficients_of
from skdask.metrics.scoring import has_deviance, score_of_card
from skdask.model_selection.plan.by_predictions import Prediction, prediction_scores
from skdask.model_selection.plan.compile import CompiledSearch
from skdask.model_selection.plan.templates import fresh_copy
from skdask.model_selection.plan.tree import Final, Node
from skdask.passes import Algorithm, Request, RowSet, together
from skdask.routes.example import Example
from skdask.routes.fitting import (
    BlockTransformer,
    after_step,
    first_requests_of,
    fit_together,
    maps_rows,
)
from skdask.routes.view import Facts, View
from skdask.statistics import Affine, LogisticProblem, Moments, ResponseScores
from skdask.statistics.class_scores import ClassScores


@dataclass
class Scores:
    """Scores of all candidates, by metric, each of shape (n_candidates, n_folds).

    ``train`` is empty unless training rows were scored; ``fitted`` holds the fitted steps by
    (candidate, fold) where they were asked for; ``iterated`` the final estimators of each
    candidate that iterates, one a fold, for a refit to start near.
    """

    test: dict[str, NDArray[np.float64]]
    train: dict[str, NDArray[np.float64]]
    fitted: dict[tuple[int, int], list[tuple[str, Any]]] = field(default_factory=dict)
    iterated: dict[int, list[Any]] = field(default_factory=dict)

    @classmethod
    def empty(cls, search: CompiledSearch, n_folds: int) -> Scores:
        """Scores of so many folds, none of them known."""
        shape, names = (search.n_candidates, n_folds), search.score_names
        train = names if search.train_scores else ()
        return cls(
            {name: np.full(shape, np.nan) for name in names},
            {name: np.full(shape, np.nan) for name in train},
        )

    def take_in(self, other: Scores, candidate: int, fold: int) -> None:
        """Fill in those of one candidate in one fold."""
        for own, found in ((self.test, other.test), (self.train, other.train)):
            for name, table in found.items():
                own[name][candidate, fold] = table[0, 0]
        for steps in other.fitted.values():
            self.fitted[candidate, fold] = steps
        for estimators in other.iterated.values():
            self.iterated.setdefault(candidate, []).extend(estimators)


@dataclass(frozen=True)
class _Branch:
    """How far down the tree: a view a fold, and the fitted steps that led there."""

    views: list[View]
    steps: list[list[tuple[str, Any]]]

    def below(
        self, name: str, transformers: Sequence[BlockTransformer], views: list[View]
    ) -> _Branch:
        steps = [
            [*before, (name, transformer)]
            for before, transformer in zip(self.steps, transformers, strict=True)
        ]
        return _Branch(views, steps)


class SearchAlgorithm:
    """Fits and scores every candidate in every fold.

    Parameters
    ----------
    search : CompiledSearch
    facts : Facts
    tests : sequence of int
        The fold that is the test set of each split.
    keep_fitted : bool
        Whether the fitted estimators are wanted too.
    sets : dict of RowSet to RowSet, optional
        Training rows of each split and their test rows, where these are not a fold and the rest.
    """

    def __init__(
        self,
        search: CompiledSearch,
        facts: Facts,
        tests: Sequence[int],
        keep_fitted: bool = False,
        sets: Mapping[RowSet, RowSet] | None = None,
    ) -> None:
        if not keep_fitted:
            # scores in full precision: coefficients rounded to float32 cost them their ninth digit
            facts = replace(facts, dtype=np.dtype(np.float64))
        self._search = search
        self._evaluated: Callable[[int, int], None] | None = None
        self._keep_fitted = keep_fitted
        if sets is None:
            sets = {RowSet(fold, rest=True): RowSet(fold) for fold in tests}
        self._sets = sets
        self._scores = Scores.empty(search, len(sets))
        whole = Affine.identity(facts.n_features)
        views = [View(facts, rows, whole, False) for rows in sets]
        self._root = _Branch(views, [[] for _ in views])

    def run(self, evaluated: Callable[[int, int], None] | None = None) -> Algorithm[Scores]:
        """Its algorithm; calls `evaluated` with candidate and fold once they have scores."""
        self._evaluated = evaluated
        # what any step will ask of the raw rows shares the first pass
        yield self.first_requests()
        yield from self._descend(self._search.root, self._root)
        return self._scores

    def first_requests(self) -> tuple[Request, ...]:
        """Everything that is asked of the raw rows whatever the steps before give."""
        return self._requests_of(self._search.root, self._root.views[:1])

    def _requests_of(self, node: Node, views: Sequence[View]) -> tuple[Request, ...]:
        """What is asked of the rows of views, by all down to where rows become others."""
        asked: dict[Request, None] = {}
        for view in views:
            asked.update(dict.fromkeys(self._requests_below(node, view, set())))
        return tuple(asked)

    def _requests_below(self, node: Node, view: View, met: set[int]) -> Iterator[Request]:
        for child in node.children.values():
            yield from first_requests_of(child.transformer, self._weigh(view, child.name))
            if maps_rows(child.transformer):
                yield Request(Example(), view.rows, type(child.transformer).__name__)
            else:
                yield from self._requests_below(child, view, met)
        for final in node.finals:
            # candidates share estimators, which ask of the same rows for the same
            if id(final.estimator) in met:
                continue
            met.add(id(final.estimator))
            yield from first_requests_of(final.estimator, self._weigh(view, final.name))
            of_moments = not is_classifier(final.estimator) and not has_deviance(final.estimator)
            if of_moments and not self._by_rows(final.estimator):
                for _, rows in self._row_sets(view):
                    yield Request(self._scoring_moments, rows)

    def _by_rows(self, estimator: Any) -> bool:
        """Whether an estimator's scores need a look at the rows once it is fitted."""
        return bool(self._search.own_scores) or self._search.by_predictions(estimator)

    @property
    def _scoring_moments(self) -> Moments:
        return Moments(True, self._search.weighted_scores)

    def _weigh(self, view: View, step: str) -> View:
        return view.weighing(step in self._search.weighted_steps)

    def _descend(self, node: Node, branch: _Branch) -> Algorithm[None]:
        steps: dict[type, list[Node]] = {}
        for child in node.children.values():
            steps.setdefault(type(child.transformer), []).append(child)
        jobs = [self._fit_steps(children, branch) for children in steps.values()]
        by_class: dict[type, list[Final]] = {}
        for final in node.finals:
            by_class.setdefault(type(final.estimator), []).append(final)
        jobs += [self._fit_finals(finals, branch) for finals in by_class.values()]
        yield from together(jobs)

    def _fit_steps(self, nodes: Sequence[Node], branch: _Branch) -> Algorithm[None]:
        """Fit transformers of one class for all folds, then everything below each of them."""
        # one view a fold for all nodes of the step, so that what they derive from it is shared
        weighed = {
            name: [self._weigh(view, name).applying() for view in branch.views]
            for name in {node.name for node in nodes}
        }
        n_folds = len(branch.views)
        places = [(node, fold) for node in nodes for fold in range(n_folds)]
        transformers = [fresh_copy(node.transformer) for node, _ in places]
        views = [weighed[node.name][fold] for node, fold in places]
        yield from fit_together(transformers, views)
        yield from together(
            [
                self._go_on(node, transformers[start : start + n_folds], branch)
                for node, start in zip(nodes, range(0, len(places), n_folds), strict=True)
            ]
        )

    def _go_on(self, node: Node, transformers: Sequence[Any], branch: _Branch) -> Algorithm[None]:
        after = yield from together(
            [
                after_step(transformer, view)
                for transformer, view in zip(transformers, branch.views, strict=True)
            ]
        )
        below = branch.below(node.name, transformers, after)
        if maps_rows(node.transformer):
            yield self._requests_of(node, after)
        yield from self._descend(node, below)

    def _fit_finals(self, finals: Sequence[Final], branch: _Branch) -> Algorithm[None]:
        # one view a fold for all finals of the step, so that what they derive from it is shared
        weighed = {
            name: [self._weigh(view, name) for view in branch.views]
            for name in {final.name for final in finals}
        }
        places = [(final, fold) for final in finals for fold in range(len(branch.views))]
        estimators = [fresh_copy(final.estimator) for final, _ in places]
        views = [weighed[final.name][fold] for final, fold in places]
        yield from fit_together(estimators, views)
        if self._keep_fitted:
            for (final, fold), estimator in zip(places, estimators, strict=True):
                steps = [*branch.steps[fold], (final.name, estimator)]
                self._scores.fitted[final.candidate, fold] = steps
        for (final, _), estimator in zip(places, estimators, strict=True):
            if hasattr(estimator, "start_near"):
                self._scores.iterated.setdefault(final.candidate, []).append(estimator)
        if self._search.own_scores:
            yield from self._score_by_themselves(places, estimators, views)
            self._tell(places)
            return
        if self._search.by_predictions(estimators[0]):
            yield from self._score_predictions(places, estimators, views)
            self._tell(places)
            return
        score: Callable[[list[_Models]], Algorithm[None]] = self._score_moments
        if is_classifier(estimators[0]):
            score = self._score_classes
        elif has_deviance(estimators[0]):
            score = self._score_responses
        yield from score(_by_view(places, estimators, views))
        self._tell(places)

    def _tell(self, places: Sequence[tuple[Final, int]]) -> None:
        for final, fold in places:
            if self._evaluated is not None:
                self._evaluated(final.candidate, fold)

    def _row_sets(self, view: View) -> list[tuple[dict[str, NDArray[np.float64]], RowSet]]:
        """Tables of scores and the rows that they are of, seen as the view sees its rows."""
        tests = self._sets[replace(view.rows, prefix=None)]
        wanted = [(self._scores.test, replace(tests, prefix=view.rows.prefix))]
        if self._scores.train:
            # a fitted pipeline scores its training rows like any others
            prefix = view.rows.prefix
            rows = replace(view.rows, prefix=None if prefix is None else prefix.of_new_rows())
            wanted.append((self._scores.train, rows))
        return wanted

    def _score_by_themselves(
        self, places: list[tuple[Final, int]], models: list[Any], views: list[View]
    ) -> Algorithm[None]:
        targets, jobs = [], []
        for (final, fold), model, view in zip(places, models, views, strict=True):
            for scores, rows in self._row_sets(view):
                targets.append((scores, final.candidate, fold))
                scored = replace(view, rows=rows, weighted=self._search.weighted_scores, _kept={})
                jobs.append(model.score_view(scored))
        values = yield from together(jobs)
        for (scores, candidate, fold), value in zip(targets, values, strict=True):
            for name in self._search.own_scores:
                scores[name][candidate, fold] = value

    def _score_predictions(
        self, places: list[tuple[Final, int]], models: list[Any], views: list[View]
    ) -> Algorithm[None]:
        targets, predictions = [], []
        for (final, fold), model, view in zip(places, models, views, strict=True):
            for scores, rows in self._row_sets(view):
                targets.append((scores, final.candidate, fold))
                weighted = self._search.weighted_scores
                predictions.append(Prediction.of(model, view, rows, weighted))
        search = self._search
        found = yield from prediction_scores(predictions, search.recipes, search.scorers)
        for (scores, candidate, fold), values in zip(targets, found, strict=True):
            for name, value in values.items():
                scores[name][candidate, fold] = value

    def _score_moments(self, models: list[_Models]) -> Algorithm[None]:
        for of_fold in models:
            for scores, rows in self._row_sets(of_fold.view):
                (moments,) = yield (Request(self._scoring_moments, rows),)
                residuals = ResidualMoments(moments, of_fold.coef, of_fold.intercept)
                for name, metric in self._search.metrics.items():
                    value = metric.sign * METRICS[metric.function](residuals)
                    scores[name][of_fold.candidates, of_fold.fold] = value

    def _score_classes(self, models: list[_Models]) -> Algorithm[None]:
        targets, requests = [], []
        for of_fold in models:
            for candidate, model, form in of_fold:
                problem = LogisticProblem(model.classes_, None, self._search.weighted_scores)
                statistic = ClassScores(problem, form)
                for scores, rows in self._row_sets(of_fold.view):
                    targets.append((scores, candidate, of_fold.fold, model.classes_))
                    requests.append(Request(statistic, rows, type(model).__name__))
        cards = yield tuple(requests)
        for (scores, candidate, fold, classes), card in zip(targets, cards, strict=True):
            for name, metric in self._search.metrics.items():
                scores[name][candidate, fold] = metric.sign * score_of_card(metric, card, classes)

    def _score_responses(self, models: list[_Models]) -> Algorithm[None]:
        targets, requests = [], []
        for of_fold in models:
            for candidate, model, form in of_fold:
                problem = problem_of(model._base_loss, self._search.weighted_scores)
                statistic = ResponseScores(problem, form)
                for scores, rows in self._row_sets(of_fold.view):
                    targets.append((scores, candidate, of_fold.fold, problem))
                    requests.append(Request(statistic, rows, type(model).__name__))
        found = yield tuple(requests)
        for (scores, candidate, fold, problem), totals in zip(targets, found, strict=True):
            for name, metric in self._search.metrics.items():
                scores[name][candidate, fold] = metric.of_response(problem, totals)


@dataclass(frozen=True)
class _Models:
    """Fitted linear models of a class that see the same rows, as they are on raw rows.

    ``coef`` has shape (n_features, n_models, n_outputs), ``intercept`` (n_models, n_outputs).
    """

    candidates: list[int]
    fold: int
    estimators: list[Any]
    view: View
    coef: NDArray[np.float64]
    intercept: NDArray[np.float64]

    def __iter__(self) -> Iterator[tuple[int, Any, NDArray[np.float64]]]:
        """Candidate, estimator, and its coefficients above its intercepts."""
        for position, candidate in enumerate(self.candidates):
            form = np.vstack([self.coef[:, position], self.intercept[position]])
            yield candidate, self.estimators[position], form


def _by_view(
    places: Sequence[tuple[Final, int]], estimators: Sequence[Any], views: Sequence[View]
) -> list[_Models]:
    groups: dict[int, list[int]] = {}
    for position, view in enumerate(views):
        groups.setdefault(id(view), []).append(position)
    found = []
    for positions in groups.values():
        models = [estimators[position] for position in positions]
        fold, view = places[positions[0]][1], views[positions[0]]
        candidates = [places[position][0].candidate for position in positions]
        forms = raw_coefficients_of(models, view)
        found.append(_Models(candidates, fold, models, view, *forms))
    return found


def assemble(template: Any, steps: Sequence[tuple[str, Any]]) -> Any:
    """The candidate's estimator with its fitted steps in place."""
    if not isinstance(template, Pipeline):
        return steps[-1][1]
    fitted = dict(steps)
    template.steps = [(name, fitted.get(name, step)) for name, step in template.steps]
    return template
