"""MiniBatchDictionaryLearning: scikit-learn's own steps on batches of rows, a pass an epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import decomposition
from sklearn.utils import check_random_state

from skdask._sklearn import begin_dictionary, dictionary_batch
from skdask.decomposition.nmf import leading_rows
from skdask.exceptions import UnsupportedError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer, refuse_partial_fit
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.mini_batches import BatchSteps, epochs
from skdask.routes.partial_fit import attributes_of
from skdask.routes.twins import plain_copy
from skdask.routes.view import View


class MiniBatchDictionaryLearning(
    FeaturesFit, LazyTransformer, decomposition.MiniBatchDictionaryLearning
):
    """A dictionary in which rows have sparse codes, by mini batches, on data of any size.

    Subclasses :class:`sklearn.decomposition.MiniBatchDictionaryLearning` and has its parameters
    and attributes. In-memory data is handed to it. On blocks one pass takes the moments, of which
    the first dictionary is made, and every epoch is a pass that meets the rows in their order, in
    batches whatever the blocks. With ``shuffle=True`` the rows of each block are shuffled, not
    all rows; without, the result is scikit-learn's from the same ``dict_init``.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import MiniBatchDictionaryLearning
    >>> X = da.from_array([[0.0, 9.0], [2.0, 1.0], [4.0, 2.0], [6.0, 3.0]], chunks=(2, 2))
    >>> model = MiniBatchDictionaryLearning(n_components=1, batch_size=2, random_state=0)
    >>> model.fit(X).components_.shape
    (1, 2)
    """

    def partial_fit(self, X: Any, y: Any = None) -> MiniBatchDictionaryLearning:
        """One step on rows in memory."""
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (view.weighing(False).moments_request(False, "MiniBatchDictionaryLearning"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.callback is not None:
            raise UnsupportedError(
                "MiniBatchDictionaryLearning on blocks takes no callback, which would look into "
                "scikit-learn's own loop."
            )
        moments = yield from view.weighing(False).moments(False, "MiniBatchDictionaryLearning")
        plain = plain_copy(self, n_jobs=None)
        start = self.dict_init
        if start is None:
            wanted = self.n_components or view.n_features
            kept = min(wanted, view.n_features, moments.count)
            lengths, directions = leading_rows(moments, kept)
            start = lengths[:, np.newaxis] * directions
        random = check_random_state(self.random_state)
        seed = int(random.randint(np.iinfo(np.int32).max)) if self.shuffle else None
        begin_dictionary(plain, moments.count, view.n_features, start, random)
        steps = BatchSteps(
            plain, min(self.batch_size, moments.count), 4 * len(plain.components_),
            one=dictionary_batch, n_rows=moments.count, max_iter=self.max_iter,
        )  # fmt: skip
        plain, converged = yield from epochs(steps, view, "MiniBatchDictionaryLearning", seed)
        for name, value in attributes_of(plain).items():
            if name != "_random_state":
                setattr(self, name, value)
        self._random_state = plain._random_state
        self.components_ = as_dtype(plain.components_, view)
        self.n_iter_ = np.ceil(self.n_steps_ / np.ceil(moments.count / self._batch_size))
        remember_features(self, view)
        if converged:
            return (f"converged in {int(self.n_iter_)} epochs",)
        return (f"stopped at max_iter={self.max_iter} before the dictionary had settled",)
