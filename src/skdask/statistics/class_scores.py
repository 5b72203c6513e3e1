"""How well linear classifiers separate the classes: confusion counts and log loss.

Every metric of predicted labels follows from the confusion matrix. The predictions of all
candidates on a tile of rows are one matrix product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from skdask.rows import Rows
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.link import binary_link, softmax_link
from skdask.statistics.logistic import LogisticProblem
from skdask.statistics.tiles import (
    feature_array,
    linear_height,
    linear_tile,
    predictions,
    weights_of,
)

# scikit-learn's log_loss keeps probabilities this far from 0 and 1
_CLIP = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """What the predictions for some rows were worth.

    Attributes
    ----------
    confusion : ndarray of shape (n_classes, n_classes)
        Weight of the rows by true class and predicted class: their count without weights.
    log_loss : float
        Weighted sum over rows of minus the logarithm of the true class's probability.
    weight : float
        Of all rows.
    """

    confusion: NDArray[np.float64]
    log_loss: float
    weight: float


@dataclass(frozen=True)
class ClassScores(Statistic[Scorecard, Scorecard]):
    """Confusion counts and log loss of a linear classifier.

    Parameters
    ----------
    problem : LogisticProblem
        Its class weights do not count here.
    coefficients : ndarray of shape (n_features + 1, n_outputs)
        For raw rows, intercept last.

    Notes
    -----
    **Passes** 1. **Cost** one multiply-add a value and output. **Error** none in the counts, a
    few ulp in the log loss.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    problem: LogisticProblem
    coefficients: NDArray[np.float64] = field(compare=False)
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.coefficients))

    def zero(self) -> Scorecard:
        n_classes = len(self.problem.classes)
        return Scorecard(np.zeros((n_classes, n_classes)), 0.0, 0.0)

    def update(self, state: Scorecard, rows: Rows) -> Scorecard:
        return self.update_many([self], [state], rows)[0]

    @classmethod
    def update_many(
        cls, statistics: Sequence[Self], states: Sequence[Scorecard], rows: Rows
    ) -> list[Scorecard]:
        updated = list(states)
        alike: dict[Any, list[int]] = defaultdict(list)
        for position, statistic in enumerate(statistics):
            problem = statistic.problem
            alike[array_token(problem.classes), problem.weighted].append(position)
        for positions in alike.values():
            cards = _fused_scores([statistics[position] for position in positions], rows)
            for position, card in zip(positions, cards, strict=True):
                updated[position] = statistics[position].merge(updated[position], card)
        return updated

    def merge(self, left: Scorecard, right: Scorecard) -> Scorecard:
        return Scorecard(
            left.confusion + right.confusion,
            left.log_loss + right.log_loss,
            left.weight + right.weight,
        )

    def value(self, state: Scorecard) -> Scorecard:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * len(self.problem.classes) ** 2 + 16

    def suspect(self, state: Scorecard) -> bool:
        return not np.isfinite(state.log_loss)


def _fused_scores(statistics: Sequence[ClassScores], rows: Rows) -> list[Scorecard]:
    problem = statistics[0].problem
    n_outputs, n_classes = problem.n_outputs, len(problem.classes)
    stacked = np.hstack([statistic.coefficients for statistic in statistics])
    X, codes = feature_array(rows), problem.target(rows)
    link = binary_link if n_outputs == 1 else softmax_link
    weight = weights_of(rows, problem.weighted)
    confusion = np.zeros((len(statistics), n_classes * n_classes))
    log_loss = np.zeros(len(statistics))
    height = linear_height(X, stacked)
    for start in range(0, rows.n_rows, height):
        tile = slice(start, min(start + height, rows.n_rows))
        eta = predictions(linear_tile(X, tile), stacked)
        if n_outputs == 1:
            predicted = (eta > 0.0).astype(np.intp)
        else:
            predicted = eta.reshape(-1, n_outputs, eta.shape[1]).argmax(axis=1)
        cells = predicted + n_classes * codes[tile]
        for position in range(len(statistics)):
            confusion[position] += np.bincount(
                cells[position],
                None if weight is None else weight[tile],
                minlength=n_classes**2,
            )
        loss, _ = link(eta, codes[tile], n_outputs)
        np.clip(loss, -np.log1p(-_CLIP), -np.log(_CLIP), out=loss)
        log_loss += loss.sum(axis=1) if weight is None else loss @ weight[tile]
    total = float(rows.n_rows if weight is None else weight.sum())
    return [
        Scorecard(confusion[position].reshape(n_classes, n_classes), loss_sum, total)
        for position, loss_sum in enumerate(log_loss.tolist())
    ]
