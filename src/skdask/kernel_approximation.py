"""Kernel approximations: features whose products are a kernel, from a seed or a sample of rows.

All but Nystroem learn nothing of the rows, or one number. Nystroem's basis is a sample of the rows
by its definition: of data that the sample holds whole it is scikit-learn's own choice of them.
"""

from __future__ import annotations

from sklearn import kernel_approximation

from skdask import config
from skdask.exceptions import UnsupportedError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.stateless import SeededTransformer, StatelessTransformer
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import fit_stateless, remember_features
from skdask.routes.sampling import fitted_on, sampled_rows
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View

__all__ = [
    "AdditiveChi2Sampler",
    "Nystroem",
    "PolynomialCountSketch",
    "RBFSampler",
    "SkewedChi2Sampler",
]


class RBFSampler(SeededTransformer, kernel_approximation.RBFSampler):
    """Random Fourier features of the Gaussian kernel, on data of any size.

    Subclasses :class:`sklearn.kernel_approximation.RBFSampler` and has its parameters and
    attributes. In-memory data is handed to it; on blocks a fit looks at one row, and for
    ``gamma="scale"`` at the variance of all values: one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.kernel_approximation import RBFSampler
    >>> X = da.ones((100, 4), chunks=(25, 4))
    >>> RBFSampler(n_components=8, random_state=0).fit(X).transform(X).shape
    (100, 8)
    """

    @property
    def stateless(self) -> bool:  # type: ignore[override]
        """Whether it is the same whatever rows it is fitted on."""
        return self.gamma != "scale" and super().stateless

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        requests = super().first_requests(view)
        if self.gamma != "scale":
            return requests
        return (*requests, view.weighing(False).column_request("RBFSampler"))

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.gamma != "scale":
            return (yield from fit_stateless(self, view))
        if view.affine.by_column:
            yield self.first_requests(view)
        columns = yield from view.weighing(False).column_moments("RBFSampler")
        seen = yield from view.example("RBFSampler")
        assert seen.first is not None
        if columns.count.min() < seen.count:
            raise ValueError("Input X contains NaN.\nRBFSampler does not accept missing values")
        between = (columns.mean - columns.mean.mean()) ** 2
        variance = float((columns.scatter / columns.weight + between).mean())
        gamma = 1.0 / (view.n_features * variance) if variance != 0.0 else 1.0
        fitted = plain_copy(self, gamma=gamma).fit(view.show(seen.first.X[:1]))
        take_over(self, fitted)
        remember_features(self, view)
        return ()


class SkewedChi2Sampler(SeededTransformer, kernel_approximation.SkewedChi2Sampler):
    """Random features of the skewed chi-squared kernel, on data of any size.

    Subclasses :class:`sklearn.kernel_approximation.SkewedChi2Sampler` and has its parameters and
    attributes. In-memory data is handed to it; on blocks a fit looks at one row.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.kernel_approximation import SkewedChi2Sampler
    >>> X = da.ones((100, 4), chunks=(25, 4))
    >>> SkewedChi2Sampler(n_components=8, random_state=0).fit(X).transform(X).shape
    (100, 8)
    """


class AdditiveChi2Sampler(StatelessTransformer, kernel_approximation.AdditiveChi2Sampler):
    """Features of the additive chi-squared kernel, on data of any size.

    Subclasses :class:`sklearn.kernel_approximation.AdditiveChi2Sampler` and has its parameters
    and attributes. In-memory data is handed to it; on blocks a fit looks at one row, and negative
    values are found when a block is transformed.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.kernel_approximation import AdditiveChi2Sampler
    >>> X = da.ones((100, 4), chunks=(25, 4))
    >>> AdditiveChi2Sampler(sample_steps=2).fit(X).transform(X).shape
    (100, 12)
    """


class PolynomialCountSketch(SeededTransformer, kernel_approximation.PolynomialCountSketch):
    """A tensor sketch of the polynomial kernel, on data of any size.

    Subclasses :class:`sklearn.kernel_approximation.PolynomialCountSketch` and has its parameters
    and attributes. In-memory data is handed to it; on blocks a fit looks at one row.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.kernel_approximation import PolynomialCountSketch
    >>> X = da.ones((100, 4), chunks=(25, 4))
    >>> PolynomialCountSketch(n_components=8, random_state=0).fit(X).transform(X).shape
    (100, 8)
    """


class Nystroem(FeaturesFit, LazyProjector, kernel_approximation.Nystroem):
    """Features of any kernel from a basis of some rows, on data of any size.

    Subclasses :class:`sklearn.kernel_approximation.Nystroem` and has its parameters and
    attributes. In-memory data is handed to it. On blocks the basis is drawn from a uniform sample
    of ``skdask.config.set(sample_rows=...)`` rows, in one pass; data of no more rows get
    scikit-learn's own basis. The fit report names the size of the sample.

    Attributes
    ----------
    component_indices_ : ndarray of shape (n_components,)
        Where the sample holds all rows, which of them are the basis; else their places in the
        sample.
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.kernel_approximation import Nystroem
    >>> X = da.random.default_rng(0).normal(size=(100, 4), chunks=(25, 4))
    >>> Nystroem(n_components=8, random_state=0).fit(X).transform(X).shape
    (100, 8)
    """

    @property
    def _most(self) -> int:
        return max(config.get().sample_rows, self.n_components)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (view.sample_request(self._most, self.random_state, "Nystroem"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        if self.kernel == "precomputed":
            raise UnsupportedError(
                "Nystroem on blocks takes rows, not a precomputed kernel of all pairs of them."
            )
        rows = view.weighing(False)
        sample = yield from sampled_rows(rows, self._most, self.random_state, "Nystroem")
        take_over(self, plain_copy(self).fit(sample.rows.X))
        remember_features(self, view)
        return fitted_on(sample)
