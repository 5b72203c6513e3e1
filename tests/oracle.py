"""Comparing a fit on blocks with scikit-learn's fit on the same rows in memory."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import sklearn
from dask import is_dask_collection
from scipy.interpolate import BSpline
from scipy.sparse.linalg import svds
from sklearn.base import BaseEstimator

from tests.arrangements import Arrangement, columns_of
from tests.cases import Case, Data

OLD_SCIKIT_LEARN = tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 9)
_NUMERIC = np.ndarray | np.generic | int | float
OURS_ONLY = {"fit_report_"}
# generators of random numbers have no contents to compare; functions are made of other attributes
NOT_COMPARED = {"random_state_", "f_"}
# rows of the data, which come in floating numbers from blocks
ROWS = {"X_fit_"}
# as long as the rows, so not set by a fit on blocks
THEIRS_ONLY = {"outliers_"}


def fitted_attributes(estimator: Any) -> dict[str, Any]:
    """Public attributes that a fit has set, those of a pipeline's steps among them."""
    found = {
        name: value.compute() if is_dask_collection(value) else value
        for name, value in vars(estimator).items()
        if name.endswith("_")
        and not name.startswith("_")
        and name not in OURS_ONLY | THEIRS_ONLY | NOT_COMPARED
    }
    parts = {name: value for name, value in found.items() if isinstance(value, BaseEstimator)}
    parts |= {
        name: part
        for kept in ("steps", "transformer_list", "transformers_")
        for name, part, *_ in getattr(estimator, kept, ())
        if isinstance(part, BaseEstimator)
    }
    for name, part in parts.items():
        own = fitted_attributes(part)
        found |= {f"{name}.{key}": value for key, value in own.items()}
    return {
        name: value
        for name, value in found.items()
        if name not in parts and name != "transformers_"
    }


@lru_cache
def svds_takes_integers() -> bool:
    """Whether SciPy, and so scikit-learn, decomposes whole numbers; it does from 1.14 or so on."""
    try:
        svds(np.eye(3, dtype=int), 1)
    except ValueError:
        return False
    return True


def fit_oracle(case: Case, rows: Data, arrangement: Arrangement) -> Any:
    """scikit-learn's fit on the same rows in memory."""
    if "TruncatedSVD" in str(case) and not svds_takes_integers():
        rows = rows.in_dtype("float64")
    X = pd.DataFrame(rows.X, columns=columns_of(rows)) if arrangement.named else rows.X
    params = case.fit_params(rows.sample_weight)
    y = rows.y
    from_frame = arrangement.named or arrangement.by_partition
    if from_frame and y is not None and y.dtype.kind == "U":
        y = y.astype(object)  # as a frame keeps text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of float32, where scikit-learn cannot do better
        fitted = case.theirs().fit(X, y, **params)
    for name in case.absent:
        delattr(fitted, name)
    return fitted


def fit_ours(case: Case, given: tuple[Any, Any, Any]) -> Any:
    X, y, weight = given
    if weight is True and case.weights == "sample_weight":
        weight = None  # Blocks carry them, and only a pipeline must be told for which steps
    return case.ours().fit(X, y, **case.fit_params(weight))


def data_for(case: Case, arrangement: Arrangement, rows: Data) -> Data:
    """What the arrangement hands over: X in its dtype, weights where it has them."""
    weight = rows.sample_weight if arrangement.weighted and case.weights else None
    dtype = arrangement.dtype
    if np.isnan(rows.X).any() and dtype == "int64":
        dtype = "float64"
    return Data(rows.X.astype(dtype), rows.y, weight)


def assert_same_fit(
    ours: Any, theirs: Any, *, tol: float, skip: tuple[str, ...] = (), dtypes_of: Any = None
) -> None:
    """All public fitted attributes: names, types, dtypes, shapes and values."""
    found, expected = fitted_attributes(ours), fitted_attributes(theirs)
    typed = fitted_attributes(dtypes_of or theirs)
    assert set(found) == set(expected)
    for name, value in expected.items():
        skipped = name.rpartition(".")[2] in skip
        assert_same(name, found[name], value, typed[name], np.inf if skipped else tol)


def assert_same(name: str, found: Any, expected: Any, typed: Any, tol: float) -> None:
    if isinstance(expected, dict):
        assert list(found) == list(expected), name
        for key, value in expected.items():
            assert_same(f"{name}[{key}]", found[key], value, typed[key], tol)
        return
    if isinstance(expected, list | tuple) and expected and not isinstance(expected[0], str):
        # of one target each, or of one iteration each
        assert len(found) == len(expected), name
        for part, other, kind in zip(found, expected, typed, strict=tol < 1e-7):
            assert_same(name, part, other, kind, tol)
        return
    if isinstance(expected, BSpline):
        for part in ("t", "c"):
            assert_same(
                f"{name}.{part}", *(getattr(each, part) for each in (found, expected, typed)), tol
            )
        return
    if _is_ragged(expected):
        assert found.dtype == object, name
        assert_same(name, list(found), list(expected), list(typed), tol)
        return
    if not isinstance(expected, _NUMERIC):
        assert type(found) is type(expected), name
        assert found == expected, name
        return
    if isinstance(found, np.ndarray) or isinstance(typed, np.ndarray):
        assert type(found) is type(typed), f"{name} is a {type(found)}, expected {type(typed)}"
    found, expected, typed = np.asarray(found), np.asarray(expected), np.asarray(typed)
    if OLD_SCIKIT_LEARN and found.dtype == np.float32:
        typed = found  # it made float64 coefficients of float32 rows; we follow the newer one
    if OLD_SCIKIT_LEARN and expected.dtype.kind == "f" and typed.dtype.kind == "i":
        typed = expected  # its RidgeCV rounded the coefficients of whole rows, which none wants
    assert found.dtype == typed.dtype or name in ROWS, (
        f"{name} has {found.dtype}, expected {typed.dtype}"
    )
    if tol == np.inf:
        return
    assert found.shape == expected.shape, f"{name} has shape {found.shape}, not {expected.shape}"
    if expected.dtype.kind != "f":
        np.testing.assert_array_equal(found, expected, err_msg=name)
        return
    scale = np.abs(expected).max(initial=0.0, where=np.isfinite(expected))
    # columns that a step before has centred are about one, not about their mean
    scale = max(scale, 10.0 if tol > 1e-6 else 1e-3)
    np.testing.assert_allclose(found, expected, rtol=tol, atol=tol * scale, err_msg=name)


def _is_ragged(value: Any) -> bool:
    """Whether it is an array of arrays."""
    ragged = isinstance(value, np.ndarray) and value.dtype == object and len(value) > 0
    return ragged and isinstance(value[0], np.ndarray)
