"""Columns by their distinct values: every value is found again where it was."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from skdask.levels import first_positions, level_codes, level_rows

COLUMNS: dict[str, Any] = {
    "text": pd.Series(["b", "a", "b", np.nan, "c", np.nan], dtype="str"),
    "categories": pd.Series(pd.Categorical(["b", None, "b", "d", "d", "b"], list("abcd"))),
    "objects": pd.Series(["b", None, np.nan, "b", 3, None], dtype=object),
    "floats": pd.Series([2.0, np.nan, 1.0, 2.0, np.nan, -0.5]),
    "nullable": pd.Series([2, None, 1, 2, None, 7], dtype="Int64"),
    "flags": pd.Series([True, False, True, True, True, True]),
    "dates": pd.to_datetime(pd.Series(["2026-01-02", None] * 3)),
    "one": pd.Series([7] * 6),
}


def same(left: Any, right: Any) -> bool:
    both_missing = (left is None) == (right is None) and bool(pd.isna(left) and pd.isna(right))
    return both_missing or bool(left == right)


@pytest.mark.parametrize("name", COLUMNS)
def test_codes_number_the_values(name: str) -> None:
    column = COLUMNS[name]
    codes, count = level_codes(column)
    assert sorted(set(codes.tolist())) == list(range(count))
    first = first_positions(codes, count)
    assert all(same(column[first[code]], value) for code, value in zip(codes, column, strict=True))
    assert all(codes[: first[code]].tolist().count(code) == 0 for code in range(count))


def test_rows_of_levels() -> None:
    frame = pd.DataFrame(COLUMNS)
    levels, codes = level_rows(frame)
    assert list(levels.columns) == list(frame.columns)
    assert (levels.dtypes == frame.dtypes).all()
    for position, code in enumerate(codes):
        found = levels.iloc[code, position].tolist()
        assert all(map(same, found, frame.iloc[:, position].tolist()))


def test_rows_of_levels_of_an_array() -> None:
    X = np.random.default_rng(0).integers(0, 4, (50, 3)).astype(np.float32)
    levels, codes = level_rows(X)
    assert levels.shape == (4, 3)
    assert levels.dtype == X.dtype
    found = np.column_stack([levels[code, column] for column, code in enumerate(codes)])
    np.testing.assert_array_equal(found, X)
