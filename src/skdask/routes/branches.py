"""Transformers side by side: each is fitted on its own view, all in the passes of the slowest.

scikit-learn's own class then puts the fitted branches together, on one row: which columns they
make, under which names, and whether the whole is sparse, is its to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn import config_context
from sklearn.frozen import FrozenEstimator

from skdask._sklearn import validate_params
from skdask.exceptions import UnsupportedError
from skdask.passes import Algorithm, Request, together
from skdask.routes.fitting import algorithm_of, first_requests_of, is_stateless
from skdask.routes.twins import adopt, has_twin
from skdask.routes.view import View


def branch_of(name: str, transformer: Any) -> Any:
    """Our transformer in the place of a branch's own, checked.

    Raises
    ------
    UnsupportedError
        Where it cannot run on blocks, naming the branch.
    """
    if not has_twin(transformer) and not is_stateless(transformer):
        raise UnsupportedError(
            f"branch {name!r}: {type(transformer).__name__} cannot be fitted on blocks yet. Leave "
            "it out, or fit on a sample of the rows that fits in memory."
        )
    ours = adopt(transformer)
    if has_twin(transformer):
        validate_params(ours)
    if hasattr(ours, "check_steps"):
        ours.check_steps(has_y=True)
    return ours


def requests_of_branches(transformers: Sequence[Any], views: Sequence[View]) -> tuple[Request, ...]:
    """What all branches ask of the rows as they are."""
    return tuple(
        request
        for transformer, view in zip(transformers, views, strict=True)
        for request in first_requests_of(transformer, view)
    )


def fit_branches(transformers: Sequence[Any], views: Sequence[View]) -> Algorithm[tuple[str, ...]]:
    """Fit all branches; the sentences of all of them."""
    outcomes = yield from together(
        [
            algorithm_of(transformer, view)
            for transformer, view in zip(transformers, views, strict=True)
        ]
    )
    return tuple(sentence for told in outcomes for sentence in told)


def put_together(whole: Any, X: Any) -> Any:
    """The fit of a plain whole whose parts are frozen, on one row."""
    with config_context(assume_finite=True, skip_parameter_validation=True):
        return whole.fit(X)


def frozen(transformer: Any) -> FrozenEstimator:
    """A fitted transformer that another fit leaves as it is."""
    return FrozenEstimator(transformer)


def thawed(part: Any) -> Any:
    """The fitted transformer itself."""
    return part.estimator if isinstance(part, FrozenEstimator) else part
