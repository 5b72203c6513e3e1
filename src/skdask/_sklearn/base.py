"""What every estimator has: its settings of output, messages, callbacks and parameters."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils._set_output import _get_output_config
from sklearn.utils._user_interface import _print_elapsed_time


def output_container(estimator: BaseEstimator) -> str:
    """The container that `set_output` chose for `transform`: "default", "pandas" or "polars"."""
    return str(_get_output_config("transform", estimator)["dense"])


def print_elapsed_time(source: str, message: str | None) -> AbstractContextManager[None]:
    """Print a step's time when it is over; nothing where the message is None."""
    return _print_elapsed_time(source, message)


def callback_management(estimator: BaseEstimator) -> AbstractContextManager[None]:
    """Tear the estimator's callbacks down at the end; only where it has some, so from 1.9 on."""
    from sklearn.callback._callback_support import callback_management_context

    return callback_management_context(estimator)


def validate_params(estimator: Any) -> None:
    """Check the constructor's parameters as scikit-learn's `fit` does."""
    if hasattr(estimator, "_parameter_constraints"):  # which those without parameters have not
        estimator._validate_params()
