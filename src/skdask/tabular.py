"""A pipeline for any table: its columns by what they are, then an estimator.

The types of the columns are the schema's. One cheap pass tells the rest: where values are missing,
and which columns of text have few values, which have many and which are names of single rows. What
comes of it is an ordinary Pipeline with the names of the columns in it, to be read and changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn import pipeline
from sklearn.compose import make_column_selector

from skdask import blocks as block_room
from skdask.blocks import Blocks
from skdask.compose import ColumnTransformer
from skdask.impute import SimpleImputer
from skdask.passes import ask, run
from skdask.pipeline import Pipeline, make_pipeline
from skdask.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from skdask.routes.twins import adopt
from skdask.tables import ColumnProfile, Profile

__all__ = ["date_names", "date_parts", "tabular_pipeline"]

# Columns of that many different values get one column each; of more, the most frequent do
MOST_LEVELS = 50
# A larger share of values that differ from all others is that of a name, not of a category
_NAMES = 0.5

_NUMBERS = "number"
_DATES = ["datetime", "datetimetz"]
_SPANS = "timedelta"

_PARTS = ("days", "month", "day", "weekday", "hour")


def tabular_pipeline(estimator: Any, X: Any = None, y: Any = None) -> Pipeline:
    """A pipeline of a table's columns by what they are, and an estimator.

    Numbers are scaled, after gaps are filled by their mean; of dates their parts are numbers too;
    text, categories and truth values become indicator columns. Text of more than 50 values keeps
    the most frequent ones, and what is all names or all missing is left out.

    Parameters
    ----------
    estimator : estimator
        A pipeline's steps come after the columns'.
    X : Dask DataFrame, Blocks, path of a table or DataFrame, default=None
        What it will be fitted to: the columns are named in the pipeline, after one pass over them.
        Without it they are chosen by type when the pipeline is fitted.
    y : Dask collection, array-like or str, default=None
        The target, or the name of its column.

    Returns
    -------
    Pipeline
        Of a ColumnTransformer, ``columns``, and the estimator under its class's name.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> from skdask import tabular_pipeline
    >>> from skdask.linear_model import Ridge
    >>> table = pd.DataFrame({"size": [1.0, None, 2.0], "city": ["a", "b", "a"]})
    >>> table["price"] = [3.0, 1.0, 2.0]
    >>> lazy = dd.from_pandas(table, npartitions=2)
    >>> model = tabular_pipeline(Ridge(), lazy, "price")
    >>> [(name, columns) for name, _, columns in model["columns"].transformers]
    [('numbers with gaps', ['size']), ('categories', ['city'])]
    >>> model.fit(lazy, "price").predict(lazy).shape
    (nan,)
    """
    branches = _by_type() if X is None else _by_profile(_opened(X, y))
    columns = ColumnTransformer(branches, verbose_feature_names_out=False)
    ours = adopt(estimator)
    if isinstance(ours, pipeline.Pipeline):
        return Pipeline([("columns", columns), *ours.steps])
    return Pipeline([("columns", columns), (type(ours).__name__.lower(), ours)])


def _opened(X: Any, y: Any) -> Blocks:
    return X.as_tables() if isinstance(X, Blocks) else block_room.open(X, y).as_tables()


def _by_type() -> list[tuple[str, Any, Any]]:
    others = [_NUMBERS, *_DATES, _SPANS]
    return [
        ("numbers", _filled(), make_column_selector(dtype_include=_NUMBERS)),
        ("dates", _dates(), make_column_selector(dtype_include=_DATES)),
        ("categories", _frequent(), make_column_selector(dtype_exclude=others)),
    ]


def _by_profile(data: Blocks) -> list[tuple[str, Any, Any]]:
    done = run([ask(Profile(), asked_by="tabular_pipeline")], data, what="tabular_pipeline")
    chosen: dict[str, list[Any]] = {}
    for (name, column), profile in zip(data.template.items(), done.results[0], strict=True):  # type: ignore[union-attr]
        chosen.setdefault(_kind_of(column.dtype, profile), []).append(name)
    made = {
        "numbers": StandardScaler(),
        "numbers with gaps": _filled(),
        "dates": _dates(),
        "categories": OneHotEncoder(handle_unknown="ignore", sparse_output=False),
        "frequent values": _frequent(),
        "left out": "drop",
    }
    return [(kind, how, chosen[kind]) for kind, how in made.items() if kind in chosen]


def _kind_of(dtype: Any, profile: ColumnProfile) -> str:
    known = profile.count - profile.missing
    is_number = pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)
    if not known or pd.api.types.is_timedelta64_dtype(dtype):
        return "left out"
    if is_number:
        return "numbers with gaps" if profile.missing else "numbers"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "dates"
    if profile.distinct <= MOST_LEVELS:
        return "categories"
    return "left out" if profile.distinct > _NAMES * known else "frequent values"


def _filled() -> Pipeline:
    return make_pipeline(SimpleImputer(), StandardScaler())


def _frequent() -> OneHotEncoder:
    return OneHotEncoder(
        max_categories=MOST_LEVELS, handle_unknown="infrequent_if_exist", sparse_output=False
    )


def _dates() -> Pipeline:
    parts = FunctionTransformer(date_parts, feature_names_out=date_names)
    return make_pipeline(parts, SimpleImputer(), StandardScaler())


def date_parts(X: Any) -> Any:
    """Numbers of each date: days since 1970, month, day of the month, day of the week and hour.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_features)
        Of dates, with or without a time zone.

    Returns
    -------
    DataFrame of shape (n_rows, 5 * n_features)
        Missing dates have missing parts.

    Examples
    --------
    >>> import pandas as pd
    >>> from skdask.tabular import date_parts
    >>> date_parts(pd.DataFrame({"at": pd.to_datetime(["2026-03-01 12:00"])})).iloc[0].tolist()
    [20513.5, 3.0, 1.0, 6.0, 12.0]
    """
    found: dict[str, Any] = {}
    for name, column in X.items():
        dates = pd.to_datetime(column)
        start = pd.Timestamp(0, tz=dates.dt.tz)
        numbers = {
            "days": (dates - start) / pd.Timedelta(days=1),
            "month": dates.dt.month,
            "day": dates.dt.day,
            "weekday": dates.dt.day_of_week,
            "hour": dates.dt.hour,
        }
        found |= {f"{name}_{part}": np.asarray(numbers[part], np.float64) for part in _PARTS}
    return pd.DataFrame(found, index=X.index)


def date_names(transformer: Any, names: Sequence[str]) -> list[str]:
    """Names of what `date_parts` makes of columns of these names."""
    return [f"{name}_{part}" for name in names for part in _PARTS]
