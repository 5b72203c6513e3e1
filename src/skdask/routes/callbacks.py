"""scikit-learn's own callbacks (`set_callbacks`, from 1.9 on) for fits on blocks.

Tasks are those of scikit-learn: the fit, the steps of a pipeline, the candidates and folds of a
search. Below a fit the leaves are its passes, where scikit-learn's are iterations. Hooks are given
the Blocks as X where a task is fitted on them as they are, and no y, which is within them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from skdask._sklearn import callback_management
from skdask.blocks import Blocks

# Around every pass
AroundPass = Callable[[], AbstractContextManager[None]]

# Tells that a candidate was evaluated on a fold
Evaluated = Callable[[int, int], None]

# On an estimator while it is fitted
_TASKS = "_fit_tasks"


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """A task under way: who has its callbacks, where it is in the tree, and its rows."""

    estimator: Any
    context: Any
    X: Blocks | None

    def begin(self) -> _Task:
        self.context.call_on_fit_task_begin(estimator=self.estimator, X=self.X)
        return self

    def end(self) -> bool:
        """Whether a callback wishes to stop."""
        return bool(self.context.call_on_fit_task_end(estimator=self.estimator, X=self.X))

    def below(self, name: str, X: Blocks | None, **how: Any) -> _Task:
        """A part of this task."""
        return _Task(self.estimator, self.context.subcontext(task_name=name, **how), X)


class FitTasks:
    """The tasks of one fit; the last of those under way is the innermost."""

    def __init__(self) -> None:
        self._under_way: list[_Task] = []
        self._told = False

    @contextmanager
    def fit(
        self, estimator: Any, X: Blocks | None, max_subtasks: int | None = None
    ) -> Iterator[None]:
        """The fit of an estimator that supports callbacks, from their setup to their teardown."""
        with callback_management(estimator):
            context = estimator._init_callback_context(max_subtasks=max_subtasks)
            setattr(estimator, _TASKS, self)
            try:
                with self._during(_Task(estimator, context, X)):
                    yield
            finally:
                delattr(estimator, _TASKS)

    @contextmanager
    def part(self, name: str, inner: Any, X: Blocks | None) -> Iterator[None]:
        """A part of the fit under way; `inner` is fitted in it, None where nothing is."""
        above = self._under_way[-1]
        if inner is None:
            self._end(above.below(name, X).begin())
            yield
            return
        supports = hasattr(inner, "_init_callback_context")
        # passes go below the fit of the inner estimator, else below this task
        task = above.below(name, X, max_subtasks=0 if supports else None)
        with task.context.propagate_callback_context(inner):
            if supports:
                task.begin()
                with self.fit(inner, X, subtasks_of(inner)):
                    yield
                self._end(task)
            else:
                with self._during(task):
                    yield

    @contextmanager
    def search(self, n_candidates: int, n_folds: int) -> Iterator[Evaluated]:
        """The evaluations of a search, which begin together, since they share passes."""
        n_tasks = n_candidates * n_folds
        whole = self._under_way[-1].below(
            "search", None, max_subtasks=n_tasks, sequential_subtasks=False
        )
        whole.begin()
        # no X: each has rows of its own
        tasks = [
            whole.below("candidate-split-evaluation", None, task_id=number).begin()
            for number in range(n_tasks)
        ]
        yield lambda candidate, fold: self._end(tasks[candidate * n_folds + fold])
        self._end(whole)

    @property
    def rows(self) -> Blocks | None:
        """Those of the task under way."""
        return self._under_way[-1].X

    @contextmanager
    def around_pass(self) -> Iterator[None]:
        above = self._under_way[-1]
        if above.context.max_subtasks is not None:
            # of a pipeline within another, none of whose steps is under way
            yield
            return
        task = above.below("pass", above.X).begin()
        yield
        self._end(task)

    @contextmanager
    def _during(self, task: _Task) -> Iterator[None]:
        task.begin()
        self._under_way.append(task)
        try:
            yield
        finally:
            self._under_way.remove(task)
        self._end(task)

    def _end(self, task: _Task) -> None:
        if task.end() and not self._told:
            self._told = True
            warnings.warn(
                "a callback asks to stop, and the fit goes on to its end, as scikit-learn's own "
                "do (1.9). Raise an exception in the callback to end it; with a checkpoint folder "
                "the same call then goes on where it was.",
                stacklevel=2,
            )


def subtasks_of(estimator: Any) -> int | None:
    """How many parts a fit has: a pipeline its steps; None where they are passes."""
    steps = getattr(estimator, "steps", None)
    return None if steps is None else len(steps)


def has_callbacks(estimator: Any) -> bool:
    """Whether an estimator, or a step of it, has callbacks."""
    if getattr(estimator, "_skl_callbacks", None):
        return True
    return any(has_callbacks(step) for _, step in getattr(estimator, "steps", None) or ())


@contextmanager
def calling_back(estimator: Any, data: Blocks) -> Iterator[AroundPass | None]:
    """Call the callbacks of an estimator around its fit; gives what calls them around a pass."""
    if not has_callbacks(estimator):
        yield None
        return
    tasks = FitTasks()
    with tasks.fit(estimator, data, subtasks_of(estimator)):
        yield tasks.around_pass


@contextmanager
def searching(
    tasks: FitTasks | None, n_candidates: int, n_folds: int
) -> Iterator[Evaluated | None]:
    """Around the evaluations of a search, where callbacks want to know of them."""
    if tasks is None:
        yield None
        return
    with tasks.search(n_candidates, n_folds) as evaluated:
        yield evaluated


@contextmanager
def calling_back_from_search(search: Any, data: Blocks) -> Iterator[FitTasks | None]:
    """Call the callbacks of a search around it; gives what tells of its parts."""
    if not (has_callbacks(search) or has_callbacks(search.estimator)):
        yield None
        return
    tasks = FitTasks()
    with tasks.fit(search, data, 1 + (search.refit is not False)):
        yield tasks


def warn_of_callbacks(estimator: Any, what: str) -> None:
    """Warn where candidates have callbacks of their own."""
    if has_callbacks(estimator):
        warnings.warn(
            f"callbacks of the estimator within {what} are not called while its candidates and "
            "folds are fitted, since they share passes; a search calls its own, and an "
            "estimator's for the refit",
            stacklevel=3,
        )


@contextmanager
def refitting(tasks: FitTasks | None, best: Any, data: Blocks) -> Iterator[AroundPass | None]:
    """Around the refit of a search."""
    if tasks is None:
        yield None
        return
    with tasks.part("refit-with-best-params", best, data):
        yield tasks.around_pass


def step_task(pipeline: Any, number: int) -> AbstractContextManager[None]:
    """Around the fit of a pipeline's step, where callbacks want to know of it."""
    tasks: FitTasks | None = vars(pipeline).get(_TASKS)
    if tasks is None:
        return nullcontext()
    name, step = pipeline.steps[number]
    last = number == len(pipeline.steps) - 1
    idle = all(is_idle(before) for _, before in pipeline.steps[:number])
    X = tasks.rows if idle else None
    task = "fit-final-estimator" if last else f"fit-transform-{name}"
    return tasks.part(task, None if is_idle(step) else step, X)


def is_idle(step: Any) -> bool:
    """Whether a step of a pipeline does nothing."""
    return step is None or step == "passthrough"
