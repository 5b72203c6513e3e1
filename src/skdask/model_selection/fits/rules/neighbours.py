"""Neighbours that differ in `n_neighbors`: the fewer are the first of the more.

One query for the most of them serves all. Which of two equally distant neighbours is the last to
be taken is left to chance in scikit-learn, so a number at which any row has such a tie is searched
for by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from skdask._sklearn import known_neighbours
from skdask.model_selection.fits.rules.base import Rule


class NeighbourCounts(Rule):
    """`n_neighbors` of classifiers and regressors."""

    parameters = dict.fromkeys((KNeighborsClassifier, KNeighborsRegressor), "n_neighbors")

    def lead(self, values: Sequence[Any]) -> int:
        return max(values)

    def models(self, fitted: Any, values: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        # one more, which tells whether the last one is tied
        most = min(max(values) + 1, fitted.n_samples_fit_)
        distances, neighbours = fitted.kneighbors(X, n_neighbors=most)
        for position, value in enumerate(values):
            if value > most or (
                value < most and (distances[:, value - 1] == distances[:, value]).any()
            ):
                continue
            known = known_neighbours(fitted, value, distances[:, :value], neighbours[:, :value])
            yield position, known
