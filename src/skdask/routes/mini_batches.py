"""Epochs of mini batches: streams one after the other, until a learner says that it has settled.

scikit-learn's own steps and its own tests of convergence are what is run, on batches that are
cut by the rows alone. Each epoch is an ordered pass.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sklearn import config_context

from skdask.passes import Algorithm, ask
from skdask.routes.partial_fit import PartialFit, attributes_of, with_attributes
from skdask.routes.view import View
from skdask.statistics.stream import Learnt, Stream

# What says in a state that nothing more is to be learnt
SETTLED = "settled"

Step = Callable[[Any, Any, int, int], bool]


@dataclass(frozen=True)
class BatchSteps(PartialFit):
    """Batches through a step of an estimator that tells when it has converged.

    Attributes
    ----------
    one : callable
        From (estimator, X, n_rows, max_iter) to whether it has converged; counts its steps in
        ``n_steps_``.
    n_rows : int
    max_iter : int
        Epochs.
    """

    one: Step = field(kw_only=True)
    n_rows: int = field(kw_only=True)
    max_iter: int = field(kw_only=True)

    def begin(self) -> dict[str, Any]:
        return attributes_of(self.plain) | {SETTLED: False}

    def learn(self, state: dict[str, Any], X: Any) -> dict[str, Any]:
        if state[SETTLED]:
            return state
        plain = with_attributes(self.plain, {k: v for k, v in state.items() if k != SETTLED})
        with config_context(assume_finite=True):
            settled = self.one(plain, X, self.n_rows, self.max_iter)
        return attributes_of(plain) | {SETTLED: bool(settled)}


def epochs(
    steps: BatchSteps, view: View, asked_by: str, shuffled: int | None = None
) -> Algorithm[tuple[Any, bool]]:
    """The estimator after as many epochs as it takes, and whether it has converged.

    Notes
    -----
    **Passes** one an epoch, its blocks in order.
    """
    plain = steps.plain
    for _ in range(steps.max_iter):
        # rows that are shuffled are in the same order in every epoch, as in scikit-learn
        stream = Stream(replace(steps, plain=plain), view.affine, shuffled)
        learnt: Learnt = yield from ask(stream, view.rows, asked_by)
        state = dict(learnt.state)
        settled = state.pop(SETTLED)
        plain = with_attributes(plain, state)
        if settled:
            return plain, True
    return plain, False
