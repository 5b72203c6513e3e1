"""SimpleImputer from means, medians or most frequent values of the columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn import config_context, impute

from skdask.exceptions import DataError, SparseDataError, UnsupportedError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyTransformer
from skdask.passes import Algorithm, Request
from skdask.routes.categories import category_request
from skdask.routes.example import Example
from skdask.routes.fitting import remember_features
from skdask.routes.quantiles import quantile_request, quantiles_of
from skdask.routes.twins import plain_copy, take_over
from skdask.routes.view import View
from skdask.rows import is_sparse


class SimpleImputer(FeaturesFit, LazyTransformer, impute.SimpleImputer):
    """Fill missing values with a statistic of their column, on data of any size.

    Subclasses :class:`sklearn.impute.SimpleImputer` and has its parameters and attributes.
    In-memory data is handed to it; Dask collections, files and blocks are fitted in one pass, and
    in two mostly with the strategy "median", which is exact. Sparse rows are taken but for
    "most_frequent".

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> import numpy as np
    >>> from skdask.impute import SimpleImputer
    >>> X = da.from_array([[1.0], [np.nan], [3.0]], chunks=1)
    >>> SimpleImputer().fit(X).statistics_
    array([2.])
    """

    takes_tables = True

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        self._check(view)
        own = category_request(view, "SimpleImputer")
        if self._by_mean(view):
            own = view.weighing(False).column_request("SimpleImputer")
        elif self.strategy == "median":
            own = quantile_request(view.weighing(False), 2, "SimpleImputer")
        return (own, Request(Example(), view.rows, "SimpleImputer"))

    def _by_mean(self, view: View) -> bool:
        """Whether column moments tell enough: of a constant, only where values are missing."""
        return self.strategy == "mean" or (self.strategy == "constant" and view.facts.sparse)

    def _check(self, view: View) -> None:
        if view.facts.sparse and self.strategy == "most_frequent":
            raise SparseDataError(
                "SimpleImputer(strategy='most_frequent') on blocks takes dense rows and tables "
                "only; of sparse rows the most frequent value is mostly zero"
            )
        template = view.facts.template
        if template is not None and self.strategy in ("mean", "median"):
            text = [name for name in template if pd.api.types.is_string_dtype(template[name].dtype)]
            text = [name for name in text if template[name].dtype != object]
            if text:
                raise DataError(
                    f"Cannot use {self.strategy} strategy with non-numeric data: column "
                    f"{text[0]!r} is text. Impute it by itself, such as with a ColumnTransformer "
                    "and the strategy 'most_frequent'."
                )
        if callable(self.strategy):
            raise UnsupportedError(
                "SimpleImputer with a callable strategy sees whole columns, which blocks do not "
                "give; use 'mean', 'median', 'most_frequent' or 'constant'"
            )
        missing = self.missing_values
        if not (missing is None or missing is pd.NA or missing != missing):
            raise UnsupportedError(
                f"SimpleImputer(missing_values={missing!r}) on blocks: only NaN, None and NA are "
                "missing there; replace the others before, such as with a FunctionTransformer"
            )

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        yield self.first_requests(view)
        seen = yield from view.example("SimpleImputer")
        assert seen.first is not None
        if self._by_mean(view):
            columns = yield from view.weighing(False).column_moments("SimpleImputer")
            values = np.where(columns.count > 0, columns.mean, np.nan).tolist()
            gaps = (columns.count < seen.count).tolist()
        elif self.strategy == "median":
            middle = yield from quantiles_of(
                view.weighing(False), [0.5, 0.5], "SimpleImputer", method="median"
            )
            values, gaps = middle.values[0].tolist(), (middle.missing > 0).tolist()
        else:
            (kinds,) = yield (category_request(view, "SimpleImputer"),)
            values = [column.most_frequent() for column in kinds]
            gaps = [column.n_none + column.n_nan > 0 for column in kinds]
        # scikit-learn's own fit, on two rows that say all it needs to know
        plain = plain_copy(self)
        with config_context(assume_finite=True):
            plain.fit(_two_rows(seen.first.X, values, gaps, self.missing_values))
        take_over(self, plain)
        remember_features(self, view)
        return ()


def _two_rows(first: Any, values: list[Any], gaps: list[bool], missing: Any) -> Any:
    """The values twice, with a gap in the second row of each column that has one."""
    if is_sparse(first):
        return type(first)(_two_rows(first.toarray(), values, gaps, missing))
    if not isinstance(first, pd.DataFrame):
        text = first.dtype.kind == "O"
        kind = first.dtype if first.dtype.kind == "f" else np.dtype(object if text else np.float64)
        rows = np.empty((2, len(values)), kind)
        for position, (value, gap) in enumerate(zip(values, gaps, strict=True)):
            rows[:, position] = np.nan if value is None else value
            if gap:
                rows[1, position] = np.nan
        return rows
    columns = {}
    for name, value, gap in zip(first.columns, values, gaps, strict=True):
        known = None if value is None or value != value else value
        is_number = pd.api.types.is_numeric_dtype(first[name].dtype)
        dtype = first[name].dtype
        if is_number and not isinstance(dtype, pd.api.extensions.ExtensionDtype):
            dtype = dtype if dtype.kind == "f" else np.dtype(np.float64)
        elif isinstance(dtype, pd.CategoricalDtype):
            dtype = np.dtype(object)
        elif is_number:
            dtype = pd.Float64Dtype()
        # among objects None is missing only where it is said to be
        hole = missing if isinstance(dtype, np.dtype) and dtype.kind == "O" else None
        known = hole if known is None else known
        columns[name] = pd.Series([known, hole if gap else known], dtype=dtype)
    return pd.DataFrame(columns, columns=first.columns)
