"""Rows for searches, in memory; each test arranges them as it needs."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_classification, make_regression

import skdask

N_ROWS = 317


@pytest.fixture(scope="session")
def regression():
    X, y = make_regression(N_ROWS, 6, n_informative=4, noise=15.0, random_state=3)
    return X * [1, 10, 1, 0.1, 1, 3] + [0, 5, -7, 1, 0, 100], y + 3.0


@pytest.fixture(scope="session")
def classification():
    X, y = make_classification(
        N_ROWS, 6, n_informative=4, n_redundant=0, n_classes=3, flip_y=0.2, random_state=1
    )
    return X + [0, 5, -7, 1, 0, 3], np.array(["red", "green", "blue"])[y]


ARRANGEMENTS = ["memory", "array", "columns", "frame", "parquet", "unknown"]


def arranged(how: str, X: np.ndarray, y: np.ndarray, folder=None):
    """(X, y) as the user of that kind of data would hand them over."""
    table = pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(target=y)
    match how:
        case "memory":
            return X, y
        case "array":
            return da.from_array(X, chunks=(50, -1)), da.from_array(y, chunks=70)
        case "columns":
            return da.from_array(X, chunks=(100, 2)), da.from_array(y, chunks=100)
        case "frame":
            return dd.from_pandas(table, npartitions=5), "target"
        case "parquet":
            path = folder / "table.parquet"
            table.to_parquet(path, row_group_size=60)
            return str(path), "target"
        case "unknown":
            frame = dd.from_pandas(table, npartitions=4)
            return frame.drop(columns="target").values, frame["target"].values
    raise ValueError(how)


@pytest.fixture(params=ARRANGEMENTS)
def how(request):
    return request.param


@pytest.fixture(params=[1, 7, 1000])
def block_rows(request):
    """Blocks of so many rows, whatever the data."""
    with skdask.config.set(block_bytes=8 * 7 * request.param):
        yield request.param
