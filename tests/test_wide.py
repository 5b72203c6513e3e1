"""Fifty thousand columns: every model fits, or says how many bytes it would take.

No model may take memory that was not projected: a raw MemoryError, or a process that is killed,
is what this is to keep out.
"""

from __future__ import annotations

import resource
from inspect import signature
from typing import Any

import dask.array as da
import numpy as np
import pytest
from sklearn.base import is_classifier, is_regressor

from skdask import config
from skdask.decomposition import NMF, MiniBatchNMF
from skdask.exceptions import MemoryBudgetError, UnsupportedError
from skdask.routes.twins import our_classes

N_ROWS, N_FEATURES = 45, 50_000
LIMIT = 2**30
MODULES = (
    "cluster", "covariance", "cross_decomposition", "decomposition", "discriminant_analysis",
    "dummy", "linear_model", "mixture", "naive_bayes", "neighbors", "svm",
)  # fmt: skip
# one iteration is as wide as the next
PARAMETERS: dict[str, dict[str, Any]] = {
    "CCA": {"n_components": 1},
    "LatentDirichletAllocation": {"max_iter": 1},
    "PLSCanonical": {"n_components": 1},
    "PLSSVD": {"n_components": 1},
    "SpectralBiclustering": {"method": "scale", "n_init": 1},
}
SEVERAL_TARGETS = ("MultiTask", "CCA", "PLS")
X = np.abs(np.random.default_rng(0).normal(size=(N_ROWS, N_FEATURES)))
NUMBERS = X[:, 0] + X[:, 1] + 0.1


def models() -> list[Any]:
    made = []
    for kind in our_classes().values():
        room = kind.__module__.split(".")[1]
        parameters = signature(kind).parameters.values()
        if room in MODULES and all(each.default is not each.empty for each in parameters):
            made.append(kind(**PARAMETERS.get(kind.__name__, {})))
    return made


def target(model: Any) -> np.ndarray | None:
    if type(model).__name__.startswith(SEVERAL_TARGETS):
        return np.column_stack([NUMBERS, X[:, 2] + X[:, 3]])
    if is_classifier(model):
        return (X[:, 0] > 0.6).astype(int)
    return NUMBERS if is_regressor(model) else None


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(15, *values.shape[1:]))


@pytest.mark.slow
@pytest.mark.parametrize("model", models(), ids=lambda model: type(model).__name__)
@pytest.mark.filterwarnings("ignore")
def test_a_model_fits_or_says_what_it_would_take(model: Any) -> None:
    y = target(model)
    before, said = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "iB memory_limit"
    with config.set(memory_limit=LIMIT):
        try:
            model.fit(lazy(X), *([] if y is None else [lazy(y)]))
        except MemoryBudgetError as error:
            said = str(error)
        except UnsupportedError as error:
            # a model whose matrices have a limit of their own says it
            assert "50,001 parameters on blocks" in str(error)  # noqa: PT017
    assert "iB" in said
    assert "memory_limit" in said
    grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
    assert grown < LIMIT


@pytest.mark.parametrize("kind", [NMF, MiniBatchNMF])
def test_as_many_components_as_columns_are_refused_with_their_bytes(kind: Any) -> None:
    with (
        config.set(memory_limit=LIMIT),
        pytest.raises(MemoryBudgetError, match=r"50,000 components .* takes 37.25 GiB .* smaller"),
    ):
        kind().fit(lazy(X))
