"""DictionaryLearning: a pass an iteration, codes found again wherever they are needed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import decomposition
from sklearn.utils import check_random_state

from skdask._sklearn import check_positive_coding, next_dictionary
from skdask.blocks import is_big
from skdask.decomposition.nmf import leading_rows
from skdask.exceptions import UnsupportedError
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, fit_on_blocks, forget_report, remember_features
from skdask.routes.view import View
from skdask.solvers.dictionary import DictionaryProblem, learn_dictionary
from skdask.statistics.coding import FarthestSides, Sides
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import SampledRows

Array = NDArray[np.float64]


class DictionaryLearning(LazyTransformer, decomposition.DictionaryLearning):
    """A dictionary in which rows have sparse codes, on data of any size.

    Subclasses :class:`sklearn.decomposition.DictionaryLearning` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the codes, which are as long as the
    data, are not kept: a pass finds them, and the next dictionary follows from two products.
    One pass takes the moments, from which scikit-learn's start follows, a second the signs of
    it, and then a pass is an iteration: scikit-learn's, up to the tolerance of its coding.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    An atom that no row uses is drawn anew among a sample of the rows.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import DictionaryLearning
    >>> X = da.from_array([[0.0, 9.0], [2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], chunks=(2, 2))
    >>> DictionaryLearning(n_components=1, random_state=0).fit(X).components_.shape
    (1, 2)
    """

    def fit(self, X: Any, y: Any = None) -> DictionaryLearning:
        """Learn a dictionary.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            super().fit_transform(X)
            return self
        return fit_on_blocks(self, X, y, needs_y=False)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (
            view.weighing(False).moments_request(False, "DictionaryLearning"),
            self._sample_request(view),
        )

    def _sample_request(self, view: View) -> Request:
        size = self.n_components or view.facts.n_features
        return view.sample_request(size, self.random_state, "DictionaryLearning")

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        check_positive_coding(self.fit_algorithm, self.positive_code)
        if self.code_init is not None:
            raise UnsupportedError(
                "DictionaryLearning on blocks takes no code_init, which is as long as the rows: "
                "leave it out."
            )
        if self.callback is not None:
            raise UnsupportedError(
                "DictionaryLearning on blocks takes no callback, which would look at all codes."
            )
        moments = view.weighing(False).moments_request(False, "DictionaryLearning")
        # one pass for both
        _, sample = yield (moments, self._sample_request(view))
        mapped = Mapped(view.affine, np.zeros(view.n_features))
        start = yield from self._start(mapped, view)
        drawn: SampledRows = sample
        rows = view.affine.apply(np.asarray(drawn.rows.X, np.float64))
        random = check_random_state(self.random_state)

        def update(dictionary: Array, gram: Array, cross: Array) -> Array:
            return next_dictionary(dictionary, rows, gram, cross, random, self.positive_dict)

        problem = DictionaryProblem(
            mapped, view.rows, f"lasso_{self.fit_algorithm}", self.alpha, self.tol,
            self.max_iter, self.transform_max_iter, self.positive_code, update,
            "DictionaryLearning",
        )  # fmt: skip
        found = yield from learn_dictionary(problem, start)
        self.components_ = as_dtype(found.dictionary, view)
        self.error_ = [as_dtype(cost, view) for cost in found.costs]
        self.n_iter_ = len(found.costs)
        remember_features(self, view)
        if found.converged:
            return (f"converged in {self.n_iter_} iterations",)
        return (f"stopped at max_iter={self.max_iter} before the cost had settled",)

    def _start(self, mapped: Mapped, view: View) -> Algorithm[Array]:
        """scikit-learn's start: singular vectors times their values, then nothing."""
        moments = yield from view.weighing(False).moments(False, "DictionaryLearning")
        wanted = self.n_components or view.n_features
        # there are as many as rows or columns; columns without any are zero in both
        found = min(wanted, view.n_features, moments.count)
        lengths, directions = leading_rows(moments, found)
        sides: Sides = yield from _ask_sides(mapped, directions, view)
        signs = np.where(sides.farthest < 0.0, -1.0, 1.0)
        dictionary = np.zeros((wanted, view.n_features))
        dictionary[:found] = (lengths * signs)[:, np.newaxis] * directions
        return dictionary


def _ask_sides(mapped: Mapped, directions: Array, view: View) -> Algorithm[Sides]:
    (sides,) = yield (Request(FarthestSides(mapped, directions), view.rows, "DictionaryLearning"),)
    return sides
