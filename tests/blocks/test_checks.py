"""NaN and infinity: found in any part, named with their place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from skdask.blocks import raise_non_finite
from skdask.exceptions import DataError
from skdask.rows import Block, Rows


def block(**parts: Any) -> Block:
    X = parts.pop("X", np.zeros((5, 2)))
    return Block(2, 100, Rows(5, X, **parts), "t.parquet, row group 7")


def bad(value: Any, dtype: str = "float64", order: Any = "C") -> np.ndarray:
    X = np.zeros((5, 2), dtype=dtype, order=order)
    X[3, 1] = value
    return X


def test_finite_blocks_pass() -> None:
    y = np.array(["a", "b"] * 2 + ["c"], dtype=object)
    raise_non_finite(block(y=y, sample_weight=np.ones(5), groups=np.arange(5)))
    raise_non_finite(block(y=np.arange(5)))
    raise_non_finite(block(X=None, y=np.array(list("abcde"))))
    # the sum overflows although every value is finite
    raise_non_finite(block(X=np.full((5, 2), 1e308)))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_features(dtype: str, order: str) -> None:
    with pytest.raises(DataError, match=r"^Input X contains NaN\.") as error:
        raise_non_finite(block(X=bad(np.nan, dtype, order)), ["a", "b"], "Ridge")
    message = str(error.value)
    for part in ("column 'b'", "row 3 of block 2", "t.parquet, row group 7", "row 103 of the data"):
        assert part in message
    assert "Ridge does not accept missing values encoded as NaN natively." in message
    assert "SimpleImputer" in message
    infinite = rf"^Input X contains infinity or a value too large for dtype\('{dtype}'\)\."
    for allow_nan in (False, True):
        with pytest.raises(DataError, match=infinite):
            raise_non_finite(block(X=bad(-np.inf, dtype, order)), allow_nan=allow_nan)
    raise_non_finite(block(X=bad(np.nan, dtype, order)), allow_nan=True)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"y": np.array([0, np.nan, 1, 1, 1])}, "Input y contains NaN"),
        ({"y": np.array(["a", None, "b", "b", "b"], dtype=object)}, "Input y contains NaN"),
        ({"y": bad(np.inf)}, "Input y contains infinity"),
        ({"sample_weight": np.array([0, np.nan, 1, 1, 1])}, "Input sample_weight contains NaN"),
    ],
)
def test_companions(parts: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        raise_non_finite(block(**parts), allow_nan=True)
