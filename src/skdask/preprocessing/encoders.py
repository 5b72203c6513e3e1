"""OneHotEncoder and OrdinalEncoder from the categories of the columns: one pass."""

from __future__ import annotations

from sklearn import preprocessing

from skdask._sklearn import fit_encoder
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.categories import category_request, category_values
from skdask.routes.example import Example
from skdask.routes.fitting import remember_features
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View


class _CategoryEncoder(FeaturesFit, LazyTransformer):
    """What both encoders share: their fit from the categories and their counts."""

    takes_tables = True

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        name = type(self).__name__
        return (self._category_request(view), Request(Example(), view.rows, name))

    def _category_request(self, view: View) -> Request:
        # what is given needs no order
        uniform = isinstance(self.categories, str)  # type: ignore[attr-defined]
        return category_request(view, type(self).__name__, uniform=uniform)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        name = type(self).__name__
        yield self.first_requests(view)
        (columns,) = yield (self._category_request(view),)
        seen = yield from view.example(name)
        assert seen.first is not None
        plain = plain_copy(self)
        fit_encoder(
            plain,
            seen.first.X,
            category_values(view, columns),
            lambda column, kinds: columns[column].count_of(kinds),
            seen.count,
        )
        take_over(self, plain)
        remember_features(self, view)
        return ()


class OneHotEncoder(_CategoryEncoder, preprocessing.OneHotEncoder):
    """Encode categories as indicator columns, on data of any size.

    Subclasses :class:`sklearn.preprocessing.OneHotEncoder` and has its parameters and attributes.
    In-memory data is handed to it; Dask collections, files and blocks are fitted in one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> from skdask.preprocessing import OneHotEncoder
    >>> table = dd.from_pandas(pd.DataFrame({"city": ["b", "a", "b"]}), npartitions=2)
    >>> OneHotEncoder().fit(table).get_feature_names_out()
    array(['city_a', 'city_b'], dtype=object)
    """


class OrdinalEncoder(_CategoryEncoder, preprocessing.OrdinalEncoder):
    """Encode categories as whole numbers, on data of any size.

    Subclasses :class:`sklearn.preprocessing.OrdinalEncoder` and has its parameters and
    attributes. In-memory data is handed to it; Dask collections, files and blocks are fitted in
    one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> from skdask.preprocessing import OrdinalEncoder
    >>> table = dd.from_pandas(pd.DataFrame({"city": ["b", "a", "b"]}), npartitions=2)
    >>> OrdinalEncoder().fit(table).transform(table).compute().ravel()
    array([1., 0., 1.])
    """
