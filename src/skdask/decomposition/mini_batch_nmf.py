"""MiniBatchNMF: scikit-learn's own steps on batches cut by the rows, a pass an epoch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn import decomposition
from sklearn.exceptions import ConvergenceWarning

from skdask._sklearn import begin_nmf, nmf_batch
from skdask.blocks import is_big
from skdask.decomposition.nmf import LazyFactors, first_components
from skdask.mixins.transformer import refuse_partial_fit
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import as_dtype, fit_on_blocks, forget_report, remember_features
from skdask.routes.mini_batches import BatchSteps, epochs
from skdask.routes.partial_fit import attributes_of
from skdask.routes.twins import plain_copy
from skdask.routes.view import View
from skdask.statistics.divergence import DivergenceStep, DivergenceSums
from skdask.statistics.mapped import Mapped


class MiniBatchNMF(LazyFactors, decomposition.MiniBatchNMF):
    """Non-negative matrix factorisation by mini batches, on data of any size.

    Subclasses :class:`sklearn.decomposition.MiniBatchNMF` and has its parameters and attributes.
    In-memory data is handed to it. On blocks every epoch is a pass that meets the rows in their
    order, in scikit-learn's batches whatever the blocks. The weights of the rows, which are as
    long as the data, are not kept: each batch finds its own anew, as with ``fresh_restarts=True``,
    of which the result is scikit-learn's from the same components. `NMF` takes all rows for each
    step, in parallel.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import MiniBatchNMF
    >>> X = da.from_array([[1.0, 1.0], [2.0, 1.0], [3.0, 1.2], [6.0, 0.7]], chunks=(2, 2))
    >>> model = MiniBatchNMF(n_components=2, init="random", random_state=0).fit(X)
    >>> model.transform(X).shape
    (4, 2)
    """

    def fit(self, X: Any, y: Any = None, **params: Any) -> MiniBatchNMF:
        """Find the components.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.
        **params
            ``H``, with ``init="custom"``; ``W`` in memory.

        Returns
        -------
        self
        """
        forget_report(self)
        if not is_big(X):
            super().fit_transform(X, **params)
            return self
        self._given = params.get("H")
        return fit_on_blocks(self, X, y, needs_y=False)

    def partial_fit(self, X: Any, y: Any = None, W: Any = None, H: Any = None) -> MiniBatchNMF:
        """One step on rows in memory."""
        refuse_partial_fit(self, X)
        return super().partial_fit(X, y, W=W, H=H)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass: none."""
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        given = self.__dict__.pop("_given", None)
        columns = yield from view.weighing(False).column_moments("MiniBatchNMF")
        n_rows, mean = int(columns.count.max()), float(columns.mean.mean())
        mapped = Mapped(view.affine, np.zeros(view.n_features))
        start = yield from first_components(self, given, columns, mapped, view)
        plain = plain_copy(self, n_components=len(start))
        begin_nmf(plain, n_rows, start)
        steps = BatchSteps(
            plain, min(self.batch_size, n_rows), 4 * len(start), takes_sparse=True,
            one=nmf_batch, n_rows=n_rows, max_iter=self.max_iter,
        )  # fmt: skip
        plain, converged = yield from epochs(steps, view, "MiniBatchNMF")
        for name, value in attributes_of(plain).items():
            setattr(self, name, value)
        self.n_components_ = len(start)
        self.n_iter_ = int(np.ceil(self.n_steps_ / np.ceil(n_rows / self._batch_size)))
        weight = float(np.sqrt(mean / len(start)))
        l1, l2 = (
            view.n_features * self.alpha_W * share for share in (self.l1_ratio, 1 - self.l1_ratio)
        )
        found: DivergenceSums = yield from ask(
            DivergenceStep(mapped, plain.components_, self._beta_loss, self._gamma, weight, l1, l2),
            view.rows,
            "MiniBatchNMF",
        )
        self.reconstruction_err_ = as_dtype(np.sqrt(2.0 * max(found.divergence, 0.0)), view)
        self.components_ = as_dtype(plain.components_, view)
        remember_features(self, view)
        if converged:
            return (f"converged in {self.n_iter_} epochs",)
        if self.tol > 0:
            warnings.warn(
                f"Maximum number of iterations {self.max_iter} reached. Increase it to improve "
                "convergence.",
                ConvergenceWarning,
                stacklevel=2,
            )
        return (f"stopped at max_iter={self.max_iter} before the components had settled",)
