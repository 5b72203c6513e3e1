"""`fit` of single estimators: a pass over the rows in the place of a decomposition of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skdask.accel.cost import Work, require_advantage
from skdask.accel.random_states import check_splitter, draws, put_back_on_failure
from skdask.accel.rules import settle_call, shape_of, why_inexact
from skdask.accel.stay import Stay

# what the fits of some classes take beside rows, and what it is where it is not given
_DEFAULTS: dict[str, Any] = {"check_input": True, "Xy": None, "params": {}, "fit_params": {}}


def fit(arguments: Mapping[str, Any]) -> Any:
    """Fit an estimator of scikit-learn's, which it returns."""
    own, X, y = arguments["self"], arguments["X"], arguments.get("y")
    n_rows, n_features = shape_of(X)
    if reason := why_inexact(own):
        raise Stay(reason)
    require_advantage(Work(own, n_rows, n_features))
    for name, default in _DEFAULTS.items():
        if arguments.get(name, default) != default:
            raise Stay(f"fit is given {name}")
    settle_call(own)
    if getattr(own, "verbose", False):
        raise Stay(f"verbose={own.verbose}")
    cv = getattr(own, "cv", None)
    check_splitter(cv)
    if draws(cv):
        raise Stay("its folds are drawn from a random state that goes on")
    with put_back_on_failure(own):
        fitted = _fitted(own, X, y, arguments.get("sample_weight"))
    vars(own).pop("feature_names_in_", None)
    vars(own).update(fitted)
    return own


def _fitted(own: Any, X: Any, y: Any, sample_weight: Any) -> dict[str, Any]:
    from skdask import config
    from skdask.blocks import open as open_blocks
    from skdask.routes.twins import our_classes, to_sklearn

    parameters = own.get_params(deep=False)
    ours = our_classes()[type(own)](**parameters)
    with config.set(client=False):
        ours.fit(open_blocks(X, y, sample_weight))
    fitted = {
        name: value for name, value in vars(to_sklearn(ours)).items() if name not in parameters
    }
    if fitted.get("rank_", X.shape[1]) < X.shape[1]:
        raise Stay("columns are linearly dependent, so that rounding chooses the coefficients")
    return fitted
