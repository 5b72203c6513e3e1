"""What a model answers for rows, chosen as scikit-learn's inspection chooses it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._response import _get_response_values


def response_values(estimator: Any, X: Any, response_method: Any) -> NDArray[Any]:
    """Predictions by the first method that there is, of two classes those of the second."""
    return np.asarray(_get_response_values(estimator, X, response_method=response_method)[0])
