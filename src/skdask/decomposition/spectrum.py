"""One decomposition for any number of components: PCAs of the same rows differ in where they stop.

So the candidates of a search that differ in `n_components` cost one decomposition a fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skdask._sklearn import infer_dimension
from skdask.decomposition.leading import few_of_many, set_leading_components
from skdask.routes.twins import plain_copy
from skdask.statistics import MomentSummary


class Spectrum:
    """What scikit-learn's PCA finds in some rows.

    Parameters
    ----------
    model : PCA
        Of ours, as a template.
    moments : MomentSummary
        Of the rows.
    wanted : sequence
        The numbers of components that will be asked for.
    """

    def __init__(self, model: Any, moments: MomentSummary, wanted: Sequence[Any]) -> None:
        self._model, self._moments = model, moments
        self._few = max((each for each in wanted if few_of_many(each, moments)), default=0)
        self._found: dict[bool, Any] = {}

    def give(self, plain: Any) -> None:
        """Set the fitted attributes of a plain PCA for the components that it wants."""
        few = few_of_many(plain.n_components, self._moments)
        if few not in self._found:
            self._found[few] = self._leading() if few else self._whole()
        whole, n_rows = self._found[few], self._moments.count
        kept = _count(plain.n_components, whole, n_rows)
        n_features, found = len(self._moments.mean), len(whole.components_)
        plain.n_components_ = kept
        plain.components_ = whole.components_[:kept].copy()
        plain.explained_variance_ = whole.explained_variance_[:kept].copy()
        plain.explained_variance_ratio_ = whole.explained_variance_ratio_[:kept].copy()
        left_out = whole.noise_variance_ * (n_features - found)
        left_out += whole.explained_variance_[kept:].sum()
        plain.noise_variance_ = left_out / (n_features - kept) if kept < n_features else 0.0
        plain._fit_svd_solver = whole._fit_svd_solver

    def _leading(self) -> Any:
        plain = plain_copy(self._model, n_components=self._few)
        set_leading_components(plain, self._moments, int(self._few))
        return plain

    def _whole(self) -> Any:
        moments = self._moments
        # centred rows: scikit-learn's covariance solver would lose digits to a large mean
        rows = moments.equivalent_rows() - moments.mean
        # from n rows with covariance S / (n - 1) to m rows with the same
        n_rows = moments.count
        rows *= np.sqrt((len(rows) - 1) / len(rows) * n_rows / max(n_rows - 1, 1))
        solver = "full" if moments.factor is not None else "covariance_eigh"
        return plain_copy(self._model, n_components=None, svd_solver=solver).fit(rows)


def _count(wanted: Any, whole: Any, n_rows: int) -> int:
    """How many components a setting stands for, as in scikit-learn."""
    if wanted == "mle":
        return int(infer_dimension(whole.explained_variance_, n_rows))
    if 0.0 < wanted < 1.0:
        share = np.cumsum(whole.explained_variance_ratio_)
        return int(np.searchsorted(share, wanted, side="right")) + 1
    return int(wanted)
