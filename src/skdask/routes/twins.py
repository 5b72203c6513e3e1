"""Pairs of classes: ours and the scikit-learn class that it subclasses.

A fitted estimator of ours is scikit-learn's estimator with a few methods more, so turning one
into the other moves its attributes and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from dask import is_dask_collection
from sklearn.base import BaseEstimator, clone

from skdask._modules import ESTIMATOR_MODULES, INNER_MODULES
from skdask._sklearn import by_levels, output_container
from skdask.exceptions import UnsupportedError
from skdask.routes.documents import of_column

# Attributes of ours that a scikit-learn object has no use for
_OURS_ONLY = ("fit_report_", "_weighted_steps", "_applied", "share", "_maps_rows", "_path")

# What callbacks are and leave on an estimator; it stays here, with their threads and files
_OF_CALLBACKS = (
    *("_skl_callbacks", "_skl_callbacks_to_teardown", "_callback_fit_ctx"),
    *("_parent_callback_ctx", "_fit_tasks"),
)

# Where an estimator keeps the blocks that it reads for every answer
ON_BLOCKS = "_training_blocks"

Estimator = TypeVar("Estimator", bound=BaseEstimator)


def parent_class(estimator_class: type) -> type:
    """The scikit-learn class that this one is or subclasses."""
    for ancestor in estimator_class.__mro__:
        if ancestor.__module__.split(".")[0] == "sklearn":
            return ancestor
    raise TypeError(f"{estimator_class.__name__} has no scikit-learn parent")


@cache
def our_classes() -> dict[type, type]:
    """Our class for each scikit-learn class that has one."""
    found = {}
    for name in (*ESTIMATOR_MODULES, *INNER_MODULES):
        module = import_module(f"skdask.{name}")
        for public in module.__all__:
            member = getattr(module, public)
            if isinstance(member, type) and issubclass(member, BaseEstimator):
                found[parent_class(member)] = member
    return found


def has_twin(estimator: Any) -> bool:
    """Whether the estimator is ours, or exactly a scikit-learn class that has one of ours."""
    return type(estimator) in our_classes() or type(estimator) in our_classes().values()


def adopt(estimator: Any) -> Any:
    """Our estimator with the same parameters and fitted attributes; ours is returned as it is."""
    ours = our_classes().get(type(estimator))
    if ours is None:
        return estimator
    return _recast(estimator, ours, adopt)


def to_sklearn(estimator: Any) -> Any:
    """The plain scikit-learn estimator, with its parameters and fitted attributes.

    Works where skdask is not installed. Estimators inside (steps, a search's best) are turned
    too; anything else is returned as it is.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    estimator
        Of scikit-learn's class.
    """
    if type(estimator).__module__.split(".")[0] != "skdask":
        return estimator
    return _recast(estimator, parent_class(type(estimator)), to_sklearn)


def _recast(estimator: Any, target: Any, inner: Callable[[Any], Any]) -> Any:
    if vars(estimator).get(ON_BLOCKS) is not None:
        raise UnsupportedError(
            f"this {type(estimator).__name__} reads its training rows from blocks for every "
            "answer, which scikit-learn's cannot: they are more than a quarter of the memory "
            "limit. Raise skdask.config.set(memory_limit=...) and fit again."
        )
    twin = target.__new__(target)
    for name, value in vars(estimator).items():
        # lazy labels of all rows would drag the data along
        if name not in _OURS_ONLY and not is_dask_collection(value):
            twin.__dict__[name] = _recast_value(value, inner)
    return twin


def _recast_value(value: Any, inner: Callable[[Any], Any]) -> Any:
    if isinstance(value, BaseEstimator):
        return inner(value)
    if isinstance(value, list):
        return [_recast_value(item, inner) for item in value]
    if isinstance(value, dict):
        return {key: _recast_value(item, inner) for key, item in value.items()}
    if isinstance(value, tuple) and any(isinstance(item, BaseEstimator) for item in value):
        items = [_recast_value(item, inner) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value


def with_inner(plain: Any, inner: Callable[[Any], Any]) -> Any:
    """A copy of an estimator in which `inner` has taken the place of each one right within it."""
    return _recast(plain, type(plain), inner)


def without_questions(plain: Any) -> Any:
    """A copy whose encoders, however deep within, let unknown categories pass."""
    kind: Any = type(plain)
    twin = kind.__new__(kind)
    for name, value in vars(plain).items():
        twin.__dict__[name] = _recast_value(value, without_questions)
    if twin.__dict__.get("handle_unknown") == "error":
        twin.handle_unknown = "ignore"
    return twin


def plain_copy(estimator: Estimator, **changes: Any) -> Any:
    """A new, unfitted scikit-learn estimator with the same parameters, some of them changed."""
    plain = parent_class(type(estimator))(**estimator.get_params(deep=False))
    return clone(plain).set_params(**changes)


def take_over(estimator: BaseEstimator, fitted: BaseEstimator) -> None:
    """Give an estimator the fitted attributes of another one."""
    parameters = fitted.get_params(deep=False)
    for name, value in vars(fitted).items():
        if name not in parameters:
            setattr(estimator, name, value)


def _inner_by_levels(plain: Any) -> Any:
    twin = _without_callbacks(_recast(plain, type(plain), _inner_by_levels))
    return of_column(by_levels(twin))


def _without_callbacks(twin: Any) -> Any:
    for name in _OF_CALLBACKS:
        twin.__dict__.pop(name, None)
    return twin


def settled(plain: Any, *, bare: bool) -> Any:
    """A copy that does the same in any thread, whatever scikit-learn is configured to there.

    It has no callbacks. Encoders in it look up each distinct value once, vectorizers take the
    column of a frame. A bare one takes and gives
    arrays: it does not miss the column names, for which one warning is enough.
    """
    kind: Any = type(plain)
    twin = kind.__new__(kind)
    for name, value in vars(plain).items():
        twin.__dict__[name] = _recast_value(value, _inner_by_levels)
    twin = of_column(by_levels(_without_callbacks(twin)))
    for kept in ("steps", "transformer_list"):
        parts = twin.__dict__.get(kept)
        if parts is not None:
            twin.__dict__[kept] = [
                (name, settled(part, bare=bare) if isinstance(part, BaseEstimator) else part)
                for name, part in parts
            ]
    if "steps" in twin.__dict__:
        return twin
    if isinstance(twin.__dict__.get("regressor_"), BaseEstimator):
        twin.regressor_ = settled(twin.regressor_, bare=bare)
    if bare:
        twin.__dict__.pop("feature_names_in_", None)
    if hasattr(twin, "set_output"):
        twin.set_output(transform="default" if bare else output_container(plain))
    return twin
