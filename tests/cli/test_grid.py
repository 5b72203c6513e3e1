"""Values of `--grid`."""

from __future__ import annotations

import argparse

import pytest

from skdask.cli.grid import grid_entry


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,2.5,1e-3", [1, 2.5, 0.001]),
        ("true,False,none", [True, False, None]),
        ("lsqr,'1',\"none\"", ["lsqr", "1", "none"]),
        ("linspace:0:1:3", [0.0, 0.5, 1.0]),
        ("logspace:-1:1:3", [0.1, 1.0, 10.0]),
        ("range:1:4", [1, 2, 3, 4]),
        ("range:2:9:3,none", [2, 5, 8, None]),
        ("range:3:1:-1", [3, 2, 1]),
        ("1,1,1.0", [1, 1.0]),
        (" 1 , 2 ", [1, 2]),
        ("-1,-2.5", [-1, -2.5]),
    ],
)
def test_values(text, values):
    name, found = grid_entry(f"a__b={text}")
    assert name == "a__b"
    assert [(type(value), value) for value in found] == [(type(value), value) for value in values]


@pytest.mark.parametrize(
    "text",
    ["", "a", "a=", "=1", "a=1,", "a=logspace:1:2", "a=range:1", "a=range:1:2:3:4", "a=range:2:1",
     "a=range:1:2:0", "a=linspace:a:b:3"],
)  # fmt: skip
def test_what_is_no_grid(text):
    with pytest.raises(argparse.ArgumentTypeError):
        grid_entry(text)
