"""DictVectorizer from the names in all dicts: one pass. FeatureHasher learns nothing."""

from __future__ import annotations

from typing import Any

from sklearn import feature_extraction

from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.feature_extraction.vectorizer import (
    BlockVectorizer,
    StatelessVectorizer,
    check_one_column,
    most_bytes,
)
from skdask.passes import Algorithm, Request, ask
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.tables.terms import FeatureNames


class DictVectorizer(BlockVectorizer, feature_extraction.DictVectorizer):
    """Turn dicts of features into rows of a matrix, on data of any size.

    Subclasses :class:`sklearn.feature_extraction.DictVectorizer` and has its parameters and
    attributes. In-memory dicts are handed to it. A Dask Bag of dicts, or a column of them, is
    fitted in one pass and transformed lazily, into sparse chunks where ``sparse`` says so.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on Dask.

    Examples
    --------
    >>> import dask.bag as db
    >>> from skdask.feature_extraction import DictVectorizer
    >>> rows = db.from_sequence([{"city": "Paris", "size": 2}, {"city": "Rome"}], npartitions=2)
    >>> vectorizer = DictVectorizer(sparse=False).fit(rows)
    >>> vectorizer.get_feature_names_out()
    array(['city=Paris', 'city=Rome', 'size'], dtype=object)
    >>> vectorizer.transform(rows).compute()
    array([[1., 0., 2.],
           [0., 1., 0.]])
    """

    def fit(self, X: Any, y: Any = None) -> DictVectorizer:
        """Learn the names of the features.

        Parameters
        ----------
        X : mapping or iterable of mappings, Dask Bag, or Dask Series or table of one column
        y : Ignored

        Returns
        -------
        self
        """
        self._fit(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Fit, then transform the same dicts: lazily on Dask."""
        return self._fit_transform(X, y)

    def transform(self, X: Any) -> Any:
        """Rows of a matrix: lazily on Dask."""
        return self._transform_documents(X)

    def inverse_transform(self, X: Any, dict_type: type = dict) -> Any:
        """The dicts of rows in memory: their list is as long as the rows."""
        if is_big(X):
            raise UnsupportedError(
                "DictVectorizer.inverse_transform makes a list of dicts, which Dask does not hold; "
                "call it on a part in memory: inverse_transform(X[:1000].compute())"
            )
        return feature_extraction.DictVectorizer.inverse_transform(self, X, dict_type)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return (Request(FeatureNames(self.separator, most_bytes()), view.rows, "DictVectorizer"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the names in all dicts."""
        check_one_column(view, "DictVectorizer")
        (request,) = self.first_requests(view)
        names: list[Any] = yield from ask(request.statistic, view.rows, "DictVectorizer")
        # scikit-learn's own fit, on one dict with all names
        take_over(self, plain_copy(self).fit([dict.fromkeys(names)]))
        return ()


class FeatureHasher(StatelessVectorizer, feature_extraction.FeatureHasher):
    """Hash features of dicts, pairs or strings into columns, on data of any size.

    Subclasses :class:`sklearn.feature_extraction.FeatureHasher` and has its parameters. It
    learns nothing; a Dask Bag, or a column, of dicts or lists is transformed lazily, into sparse
    chunks.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost, which is nothing; only after a fit on Dask.

    Examples
    --------
    >>> import dask.bag as db
    >>> from skdask.feature_extraction import FeatureHasher
    >>> rows = db.from_sequence([{"dog": 1, "cat": 2}, {"dog": 2, "run": 5}], npartitions=2)
    >>> FeatureHasher(n_features=10).fit(rows).transform(rows).compute().toarray()
    array([[ 0.,  0.,  0., -1.,  0.,  0.,  0.,  0.,  0.,  2.],
           [ 0.,  0.,  0., -2., -5.,  0.,  0.,  0.,  0.,  0.]])
    """

    def fit(self, X: Any = None, y: Any = None) -> FeatureHasher:
        """Check the parameters.

        Parameters
        ----------
        X, y : Ignored

        Returns
        -------
        self
        """
        self._fit(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        """Transform: lazily on Dask."""
        return self.fit(X, y).transform(X)

    def transform(self, raw_X: Any) -> Any:
        """Rows of a sparse matrix: lazily on Dask."""
        return self._transform_documents(raw_X)
