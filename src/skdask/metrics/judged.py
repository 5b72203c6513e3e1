"""What a metric judges: a target beside predictions, given as a collection or made by a model.

A metric is an algorithm that asks for statistics of judged rows. It does not know whether the
predictions come with the data or from an estimator within the pass, so one definition serves the
functions of this module and every scorer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skdask.passes import Algorithm, Request
from skdask.statistics import Statistic
from skdask.statistics.labels import Labels

# labels are compared, numbers are computed with, and labels of rows say where these belong
Kind = Literal["labels", "numbers", "rows"]


@dataclass(frozen=True)
class Judged:
    """Rows that a metric can ask about.

    Attributes
    ----------
    request : callable
        Makes the request for a statistic of rows whose X is the prediction; for kind "labels",
        the target's two columns are the true and the predicted label.
    weighted : bool
    n_rows : int or None
    n_columns : int
        Of the predictions.
    n_targets : int
    dtype : dtype of the predictions
    classes : ndarray or None
        All labels, where they are known before the pass.
    """

    request: Callable[[Statistic[Any, Any]], Request]
    weighted: bool
    n_rows: int | None
    n_columns: int
    n_targets: int
    dtype: np.dtype[Any]
    classes: NDArray[Any] | None = None

    @property
    def flat(self) -> bool:
        """Whether there is one prediction a row."""
        return self.n_columns == 1

    def ask(self, *statistics: Statistic[Any, Any]) -> Algorithm[tuple[Any, ...]]:
        """The values of statistics, all of one pass."""
        values = yield tuple(self.request(statistic) for statistic in statistics)
        return values

    def labels(self, given: Any) -> Algorithm[NDArray[Any]]:
        """All labels: those given, those known, or those found by a pass over the target."""
        if given is not None:
            return np.asarray(given)
        if self.classes is not None:
            return self.classes
        (found,) = yield from self.ask(Labels())
        classes: NDArray[Any] = found.classes
        return classes


MetricAlgorithm = Callable[[Judged, Mapping[str, Any]], Algorithm[Any]]


@dataclass(frozen=True)
class Recipe:
    """How a metric is computed.

    Attributes
    ----------
    kind : "labels", "numbers" or "rows"
    algorithm : callable
        Takes what is judged and the metric's own arguments.
    """

    kind: Kind
    algorithm: MetricAlgorithm


Recipes = dict[Callable[..., Any], Recipe]
