"""scikit-learn's own partial_fit as a learner of a stream.

What an estimator has learnt is its fitted attributes, so they are the state that goes from batch
to batch, and to a checkpoint: plain values, no objects. An estimator that has been fitted already
goes on from there.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn import config_context

from skdask.routes.steps import content_token
from skdask.routes.twins import plain_copy
from skdask.statistics.stream import Learner

_RANDOM = "RandomState"
# what a generator of random numbers and a few numbers take
_SMALL_BYTES = 8192


@dataclass(frozen=True)
class PartialFit(Learner):
    """Batches through `partial_fit` of scikit-learn's estimator; equal by contents.

    Attributes
    ----------
    plain : estimator
        scikit-learn's, with the attributes that it begins with.
    batch_rows, least_rows, takes_sparse
        As in `Learner`.
    wide : int
        How many times as many values as a row has there are in a state.
    """

    plain: Any = field(compare=False)
    batch_rows: int = field()
    wide: int = field(compare=False)
    least_rows: int = 0
    takes_sparse: bool = False
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", content_token(self.plain, attributes_of(self.plain)))

    def begin(self) -> dict[str, Any]:
        return attributes_of(self.plain)

    def learn(self, state: dict[str, Any], X: Any) -> dict[str, Any]:
        plain = with_attributes(self.plain, state)
        # a batch is checked with the rows of its block
        with config_context(assume_finite=True):
            self.step(plain, X)
        return attributes_of(plain)

    def step(self, plain: Any, X: Any) -> None:
        """Let the estimator learn from a batch."""
        plain.partial_fit(X)

    def state_bytes(self, n_columns: int) -> int:
        return 8 * self.wide * n_columns + _SMALL_BYTES


def attributes_of(estimator: Any) -> dict[str, Any]:
    """What a fit has set, as plain values that share nothing with it."""
    parameters = estimator.get_params(deep=False)
    return {
        name: _plain_value(value)
        for name, value in vars(estimator).items()
        if name not in parameters
    }


def with_attributes(estimator: Any, attributes: dict[str, Any]) -> Any:
    """A new estimator with the same parameters, and with these attributes."""
    made = plain_copy(estimator)
    for name, value in attributes.items():
        setattr(made, name, _value(value))
    return made


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.random.RandomState):
        return (_RANDOM, *value.get_state(legacy=True))
    return deepcopy(value)


def _value(value: Any) -> Any:
    if isinstance(value, tuple) and value and isinstance(value[0], str) and value[0] == _RANDOM:
        random = np.random.RandomState()
        random.set_state(value[1:])
        return random
    return deepcopy(value)
