"""scikit-learn's metric functions, on Dask collections too."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from skdask.blocks.dask_collections import is_dask
from skdask.exceptions import UnsupportedError
from skdask.metrics.collections import judge
from skdask.metrics.recipes import RECIPES

_DOC = """{summary}

    As :func:`sklearn.metrics.{name}`, which it calls where everything is in memory. With a Dask
    Array, Series or DataFrame among its data it takes {passes} over them and gives the number
    that scikit-learn gives for all rows.

    Parameters
    ----------
    {data} : array-like or Dask collection
        One may be in memory beside a Dask collection of known lengths.
    {rest} :
        As in scikit-learn.

    Returns
    -------
    As in scikit-learn, in memory.

    Raises
    ------
    UnsupportedError
        For an argument whose result would be as long as the data.
    """


def on_collections(function: Callable[..., Any]) -> Callable[..., Any]:
    """A metric function of scikit-learn's that takes Dask collections."""
    signature = inspect.signature(function)
    true, predicted = list(signature.parameters)[:2]

    @wraps(function)
    def metric(*args: Any, **kwargs: Any) -> Any:
        if not any(is_dask(value) for value in (*args, *kwargs.values())):
            return function(*args, **kwargs)
        given = dict(signature.bind(*args, **kwargs).arguments)
        data = given.pop(true), given.pop(predicted, None)
        weight = given.pop("sample_weight", None)
        if data[1] is None:
            raise UnsupportedError(
                f"{function.__name__} on Dask collections needs {predicted}, the argument that "
                "replaces deprecated ones"
            )
        return judge(function, RECIPES[function], *data, weight, given)

    rest = [name for name in signature.parameters if name not in (true, predicted)]
    summary = (inspect.getdoc(function) or "").split("\n")[0]
    metric.__doc__ = _DOC.format(
        summary=summary,
        name=function.__name__,
        passes="a pass",
        data=f"{true}, {predicted}",
        rest=", ".join(rest) or "no others",
    )
    metric.__module__ = "skdask.metrics"
    del metric.__wrapped__
    metric.__signature__ = signature  # type: ignore[attr-defined]
    return metric
