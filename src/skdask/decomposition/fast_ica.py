"""FastICA: whitening from the moments, then a pass an iteration."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from sklearn import decomposition
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skdask.blocks import is_big
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyProjector, LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import as_dtype, remember_features
from skdask.routes.steps import content_token
from skdask.routes.view import View, check_least_rows
from skdask.solvers.ica import IcaProblem, Unmixing, deflation, parallel
from skdask.statistics import Affine, MomentSummary
from skdask.statistics.ica import Contrast, cube, gaussian, log_cosh, user_contrast
from skdask.statistics.mapped import Mapped

Array = NDArray[np.float64]


class _LazySources(LazyTransformer):
    """transform and inverse_transform with scikit-learn's ``copy``, for arrays in memory."""

    def transform(self, X: Any, copy: bool = True) -> Any:
        """Sources of X: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return super().transform(X)
        return super(LazyProjector, self).transform(X, copy=copy)  # type: ignore[misc]

    def inverse_transform(self, X: Any, copy: bool = True) -> Any:
        """Undo transform: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return super().inverse_transform(X)
        return super(LazyTransformer, self).inverse_transform(X, copy=copy)  # type: ignore[misc]


class FastICA(FeaturesFit, _LazySources, decomposition.FastICA):
    """Independent component analysis on data of any size.

    Subclasses :class:`sklearn.decomposition.FastICA` and has its parameters and attributes.
    In-memory data is handed to it. On blocks one pass takes the moments, from which the whitening
    follows, and then a pass is an iteration: the same iterations as scikit-learn's from the same
    ``w_init`` or ``random_state``. With ``algorithm="deflation"`` each component has iterations
    of its own.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skdask.decomposition import FastICA
    >>> sources = np.random.default_rng(0).uniform(size=(500, 2))
    >>> X = da.from_array(sources @ [[1.0, 1.0], [0.5, 2.0]], chunks=(100, 2))
    >>> model = FastICA(random_state=0).fit(X)
    >>> model.components_.shape
    (2, 2)
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (view.weighing(False).moments_request(False, "FastICA"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        accurate = 0.0 if self.whiten and self.whiten_solver == "svd" else None
        moments = yield from view.weighing(False).moments(False, "FastICA", accurate, alike=False)
        check_least_rows(moments.count, view.n_features, 2, "FastICA")
        n_components = self._components(moments)
        whitening = self._whitening(moments)[:n_components]
        shift = moments.mean if self.whiten else np.zeros(view.n_features)
        kind, contrast = self._contrast()
        problem = IcaProblem(
            Mapped(view.affine, shift), view.rows,
            whitening * np.sqrt(moments.count) if self.whiten else whitening,
            kind, contrast, self.tol, self.max_iter, "FastICA",
        )  # fmt: skip
        solve = parallel if self._is_parallel else deflation
        unmixing = yield from solve(problem, self._start(n_components))
        self._set_from(unmixing, whitening, moments, view)
        if unmixing.converged:
            return (f"converged in {unmixing.n_iter} iterations",)
        return (f"stopped at max_iter={self.max_iter} before the components had settled",)

    @property
    def _is_parallel(self) -> bool:
        # the parameter, whose name a method of ours has too
        return bool(vars(self)["algorithm"] == "parallel")

    def _components(self, moments: MomentSummary) -> int:
        most = min(moments.count, len(moments.mean))
        wanted = self.n_components
        if not self.whiten and wanted is not None:
            warnings.warn("Ignoring n_components with whiten=False.", stacklevel=2)
            wanted = None
        if wanted is None:
            return most
        if wanted > most:
            warnings.warn(f"n_components is too large: it will be set to {most}", stacklevel=2)
        return int(min(wanted, most))

    def _whitening(self, moments: MomentSummary) -> Array:
        """Rows of K, by which centred rows of unit length in every direction are made."""
        if not self.whiten:
            return np.eye(len(moments.mean))
        if self.whiten_solver == "eigh":
            squares, vectors = linalg.eigh(moments.gram)
            order = np.argsort(squares)[::-1]
            least = np.finfo(squares.dtype).eps * 10
            if (squares < least).any():
                warnings.warn(
                    "There are some small singular values, using whiten_solver = 'svd' might lead "
                    "to more accurate results.",
                    stacklevel=2,
                )
            lengths = np.sqrt(np.maximum(squares, least))[order]
            vectors = vectors[:, order]
        else:
            vectors, lengths, _ = linalg.svd(moments.square_root().T, full_matrices=False)
        vectors = vectors * np.sign(vectors[0])
        whitening: Array = (vectors / lengths).T
        return whitening

    def _contrast(self) -> tuple[str, Contrast]:
        arguments = {} if self.fun_args is None else self.fun_args
        alpha = arguments.get("alpha", 1.0)
        if not 1 <= alpha <= 2:
            raise ValueError("alpha must be in [1,2]")
        if callable(self.fun):
            own = partial(user_contrast, function=self.fun, arguments=arguments)
            return content_token(self.fun, arguments), own
        known: dict[str, Contrast] = {
            "logcosh": partial(log_cosh, alpha=alpha),
            "exp": gaussian,
            "cube": cube,
        }
        return f"{self.fun} {alpha}", known[self.fun]

    def _start(self, n_components: int) -> Array:
        shape = (n_components, n_components)
        if self.w_init is None:
            random = check_random_state(self.random_state)
            return np.asarray(random.normal(size=shape), np.float64)
        start = np.asarray(self.w_init, np.float64)
        if start.shape != shape:
            raise ValueError(f"w_init has invalid shape -- should be {shape}")
        return start

    def _set_from(
        self, unmixing: Unmixing, whitening: Array, moments: MomentSummary, view: View
    ) -> None:
        matrix = unmixing.matrix
        if not unmixing.converged and self._is_parallel:
            warnings.warn(
                "FastICA did not converge. Consider increasing tolerance or the maximum number of "
                "iterations.",
                ConvergenceWarning,
                stacklevel=2,
            )
        self.n_iter_ = unmixing.n_iter
        if self.whiten:
            if self.whiten == "unit-variance":
                sources = matrix @ whitening
                variance = np.einsum("ij,jk,ik->i", sources, moments.gram, sources)
                matrix = matrix / np.sqrt(variance / moments.count)[:, np.newaxis]
            self.components_ = as_dtype(matrix @ whitening, view)
            self.mean_ = as_dtype(moments.mean, view)
            self.whitening_ = as_dtype(whitening, view)
            mixing = linalg.pinv(matrix @ whitening, check_finite=False)
        else:
            self.components_ = as_dtype(matrix, view)
            mixing = linalg.pinv(matrix, check_finite=False)
        self.mixing_ = as_dtype(mixing, view)
        self._unmixing = as_dtype(matrix, view)
        remember_features(self, view)

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        factor = self.components_.T.astype(np.float64)
        mean = self.mean_.astype(np.float64) if self.whiten else np.zeros(len(factor))
        return Affine(factor, -mean @ factor)
