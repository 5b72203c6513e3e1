"""EmpiricalCovariance and ShrunkCovariance from the moments: one pass."""

from __future__ import annotations

from sklearn import covariance

from skdask.covariance.moment_covariance import MomentCovariance


class EmpiricalCovariance(MomentCovariance, covariance.EmpiricalCovariance):
    """Maximum likelihood covariance of data of any size, in one pass.

    Subclasses :class:`sklearn.covariance.EmpiricalCovariance` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is
    read off the moments.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.covariance import EmpiricalCovariance
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> EmpiricalCovariance().fit(X).fit_report_.passes
    1
    """


class ShrunkCovariance(MomentCovariance, covariance.ShrunkCovariance):
    """Covariance shrunk by a given amount, of data of any size and in one pass.

    Subclasses :class:`sklearn.covariance.ShrunkCovariance` and has its parameters and
    attributes. In-memory data is handed to it. On blocks it is
    read off the moments.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.covariance import ShrunkCovariance
    >>> X = da.from_array([[0, 1.0], [1, 0], [2, 2], [3, 1], [4, 0], [5, 2]], chunks=(2, 2))
    >>> ShrunkCovariance().fit(X).fit_report_.passes
    1
    """
