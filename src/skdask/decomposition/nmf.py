"""NMF: components over passes, the weights of the rows found again wherever they are needed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from scipy import linalg
from sklearn import decomposition
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skdask import config
from skdask._sklearn import nmf_beta
from skdask.blocks import is_big
from skdask.decomposition.wide import Search, find_leading, too_wide
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import as_dtype, fit_on_blocks, forget_report, remember_features
from skdask.routes.lazy import fitted_columns
from skdask.routes.view import View
from skdask.solvers.nmf import NmfProblem, divergence_of, factorise
from skdask.statistics import ColumnSummary, MomentSummary
from skdask.statistics.mapped import Mapped
from skdask.statistics.nmf import SignedParts, SignedSquares

Array = NDArray[np.float64]

_LEAST = 1e-6
# Directions beside those of the components, as in scikit-learn
_OVERSAMPLES = 10


class LazyFactors(LazyTransformer):
    """fit and fit_transform that take components to begin with."""

    def fit_transform(  # type: ignore[override]
        self, X: Any, y: Any = None, W: Any = None, H: Any = None
    ) -> Any:
        """Fit, then the weights of the same rows: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            fitted = self.fit(X, y, W=W, H=H)  # type: ignore[attr-defined]
            return fitted.transform(fitted_columns(self, X))
        forget_report(self)
        return super(LazyTransformer, self).fit_transform(X, y, W=W, H=H)


class NMF(LazyFactors, decomposition.NMF):
    """Non-negative matrix factorisation of data of any size.

    Subclasses :class:`sklearn.decomposition.NMF` and has its parameters and attributes. In-memory
    data is handed to it. On blocks the weights ``W``, which are as long as the data, are not kept:
    each pass finds the best ones for the components at hand and improves the components by them,
    and ``transform`` gives them lazily. Both solvers are one for squared distances, alternating
    least squares with extrapolation, which takes fewer iterations than scikit-learn's; other
    divergences take multiplicative updates. The objective has many local minima: from the same
    start another one may be found than scikit-learn's.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Notes
    -----
    Of a custom start only ``H`` counts, since weights follow from it. ``shuffle`` changes
    nothing: whole least squares problems are solved.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import NMF
    >>> X = da.from_array([[1.0, 1.0], [2.0, 1.0], [3.0, 1.2], [6.0, 0.7]], chunks=(2, 2))
    >>> model = NMF(n_components=2, init="random", random_state=0).fit(X)
    >>> model.transform(X).shape
    (4, 2)
    """

    def fit(self, X: Any, y: Any = None, **params: Any) -> NMF:
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

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        beta = nmf_beta(self.beta_loss)
        given = self.__dict__.pop("_given", None)
        if self.solver == "cd" and beta != 2:
            raise ValueError(
                f"Invalid beta_loss parameter: solver 'cd' does not handle beta_loss = "
                f"{self.beta_loss!r}"
            )
        columns = yield from view.weighing(False).column_moments("NMF")
        mean = float(columns.mean.mean())
        mapped = Mapped(view.affine, np.zeros(view.n_features))
        start = yield from first_components(self, given, columns, mapped, view)
        alpha_H = self.alpha_W if self.alpha_H == "same" else self.alpha_H
        shares = (self.l1_ratio, 1.0 - self.l1_ratio)
        problem = NmfProblem(
            mapped,
            view.rows,
            (
                view.n_features * self.alpha_W * shares[0],
                view.n_features * self.alpha_W * shares[1],
            ),
            (alpha_H * shares[0], alpha_H * shares[1]),
            self.tol,
            self.max_iter,
            "NMF",
        )
        if beta == 2:
            found = yield from factorise(problem, start)
        else:
            found = yield from divergence_of(problem, start, beta, mean)
        self.components_ = as_dtype(found.components, view)
        self.n_components_ = self._n_components = len(start)
        self.reconstruction_err_ = as_dtype(np.sqrt(found.residual), view)
        self.n_iter_ = found.n_iter
        self._beta_loss = beta
        remember_features(self, view)
        if found.converged or self.tol == 0:
            return (f"converged in {found.n_iter} iterations",)
        warnings.warn(
            f"Maximum number of iterations {self.max_iter} reached. Increase it to improve "
            "convergence.",
            ConvergenceWarning,
            stacklevel=2,
        )
        return (f"stopped at max_iter={self.max_iter} before the components had settled",)


def first_components(
    estimator: Any, given: Any, columns: ColumnSummary, mapped: Mapped, view: View
) -> Algorithm[Array]:
    """The components that scikit-learn begins with, of rows with such columns.

    ``given`` are those of the user, which count with ``init="custom"``.
    """
    name = type(estimator).__name__
    shape = (_n_components(estimator, given, view), view.n_features)
    _check_have_room(shape, name)
    if estimator.init == "custom":
        return _checked(given, shape, name)
    if given is not None:
        warnings.warn(
            "When init!='custom', provided W or H are ignored. Set  init='custom' to use them as "
            "initialization.",
            RuntimeWarning,
            stacklevel=2,
        )
    n_rows, mean = int(columns.count.max()), float(columns.mean.mean())
    few = shape[0] <= min(n_rows, view.n_features)
    init = estimator.init or ("nndsvda" if few else "random")
    random = check_random_state(estimator.random_state)
    if init == "random":
        return np.asarray(np.abs(np.sqrt(mean / shape[0]) * random.standard_normal(shape)))
    if not few:
        raise DataError(
            f"init = '{init}' can only be used when n_components <= min(n_samples, n_features)"
        )
    if too_wide(view):
        # as scikit-learn, whose start is of a randomised solver
        search = Search(shape[0], _OVERSAMPLES, "auto", False, 0.0, random)
        found, _ = yield from find_leading(search, columns, view, name, centred=False)
        lengths, directions = np.sqrt(found.values), np.ascontiguousarray(found.vectors.T)
    else:
        moments = yield from view.weighing(False).moments(False, name)
        lengths, directions = leading_rows(moments, shape[0])
    parts: SignedSquares = yield from ask(SignedParts(mapped, directions), view.rows, name)
    components = _one_sided(lengths, directions, parts)
    empty = components == 0.0
    if init == "nndsvda":
        components[empty] = mean
    elif init == "nndsvdar":
        components[empty] = np.abs(mean * random.standard_normal(int(empty.sum())) / 100)
    return components


def _n_components(estimator: Any, given: Any, view: View) -> int:
    if estimator.n_components == "auto":
        custom = estimator.init == "custom" and given is not None
        return len(given) if custom else view.n_features
    return int(view.n_features if estimator.n_components is None else estimator.n_components)


def _check_have_room(shape: tuple[int, int], name: str) -> None:
    """Raise where components of this shape, and what a pass sums for them, have no room."""
    needed, budget = 2 * 8 * shape[0] * shape[1], config.get().budget
    if needed > budget:
        raise MemoryBudgetError(
            f"{name} with {shape[0]:,} components of {shape[1]:,} columns takes "
            f"{format_bytes(needed)} for them and for the sums of a pass, but the memory limit is "
            f"{format_bytes(budget)}. Give a smaller n_components, which is all columns unless "
            "set, or raise skdask.config.set(memory_limit=...)."
        )


def leading_rows(moments: MomentSummary, n_components: int) -> tuple[Array, Array]:
    """The leading singular values of all rows and their directions, from uncentred moments."""
    n_features = len(moments.mean)
    products = moments.gram + moments.count * np.outer(moments.mean, moments.mean)
    squares, vectors = linalg.eigh(
        products, subset_by_index=(n_features - n_components, n_features - 1)
    )
    return np.sqrt(np.maximum(squares[::-1], 0.0)), np.ascontiguousarray(vectors[:, ::-1].T)


def _one_sided(lengths: Array, directions: Array, parts: SignedSquares) -> Array:
    """Of each singular pair the side that is the larger, as components."""
    scale = np.maximum(lengths, np.finfo(np.float64).tiny)
    of_rows = np.sqrt([parts.positive, parts.negative]) / scale
    components = np.empty_like(directions)
    components[0] = np.sqrt(lengths[0]) * np.abs(directions[0])
    for k in range(1, len(directions)):
        sides = np.maximum(directions[k], 0.0), np.maximum(-directions[k], 0.0)
        norms = [float(np.linalg.norm(side)) for side in sides]
        sizes = [of_rows[0, k] * norms[0], of_rows[1, k] * norms[1]]
        side = 0 if sizes[0] > sizes[1] else 1
        components[k] = np.sqrt(lengths[k] * sizes[side]) * sides[side] / norms[side]
    components[components < _LEAST] = 0.0
    return components


def _checked(given: Any, shape: tuple[int, int], name: str) -> Array:
    if given is None:
        raise UnsupportedError(f'{name} with init="custom" needs H: fit(X, H=...) on blocks.')
    components = np.asarray(given, np.float64)
    if components.shape != shape:
        raise ValueError(
            f"Array with wrong shape passed to {name} (input H). Expected {shape}, but got "
            f"{components.shape}"
        )
    if (components < 0).any():
        raise ValueError(f"Negative values in data passed to {name} (input H)")
    if not components.any():
        raise ValueError(f"Array passed to {name} (input H) is full of zeros.")
    return components
