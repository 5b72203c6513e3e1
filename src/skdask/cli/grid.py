"""`--grid name=values`: the values of one parameter, as a user writes them in a shell."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from skdask.cli.errors import UsageError

_WORDS = {"true": True, "false": False, "none": None}

_RANGES = {
    "logspace": "logspace:FIRST:LAST:COUNT (powers of ten)",
    "linspace": "linspace:FIRST:LAST:COUNT",
    "range": "range:FIRST:LAST or range:FIRST:LAST:STEP (LAST included)",
}


def grid_entry(text: str) -> tuple[str, list[Any]]:
    """The parameter and its values, of ``name=v1,v2,...``.

    Values are numbers, true, false, none, ranges such as ``logspace:-3:3:20``, or strings;
    quotes make a string of anything.

    Examples
    --------
    >>> grid_entry("ridge__alpha=0.1,1,10")
    ('ridge__alpha', [0.1, 1, 10])
    >>> grid_entry("lasso__positive=true,false")
    ('lasso__positive', [True, False])
    >>> grid_entry("ridge__alpha=logspace:-1:1:3")
    ('ridge__alpha', [0.1, 1.0, 10.0])
    >>> grid_entry("pca__n_components=range:10:30:10,none")
    ('pca__n_components', [10, 20, 30, None])
    """
    name, equals, rest = text.partition("=")
    name = name.strip()
    if not equals or not name or not rest.strip():
        raise argparse.ArgumentTypeError(
            f"{text!r} is not NAME=VALUES; write for example ridge__alpha=0.1,1,10 or "
            "ridge__alpha=logspace:-3:3:20"
        )
    values: list[Any] = []
    for item in rest.split(","):
        values += _values(item.strip(), text)
    return name, list(_unique(values))


def _values(item: str, text: str) -> list[Any]:
    if not item:
        raise argparse.ArgumentTypeError(f"{text!r} has an empty value; check the commas")
    kind, colon, rest = item.partition(":")
    if colon and kind in _RANGES:
        return _range(kind, rest.split(":"), item)
    return [_scalar(item)]


def _range(kind: str, bounds: list[str], item: str) -> list[Any]:
    wrong = argparse.ArgumentTypeError(f"{item!r} is no range; write {_RANGES[kind]}")
    try:
        numbers = [float(bound) for bound in bounds]
        if kind == "range":
            first, last, step = [int(bound) for bound in [*bounds, "1"][:3]]
            if len(bounds) > 3:
                raise wrong
            values: list[Any] = list(range(first, last + (1 if step > 0 else -1), step))
        else:
            first_value, last_value, count = numbers
            make = np.logspace if kind == "logspace" else np.linspace
            values = make(first_value, last_value, int(count)).tolist()
    except ValueError:
        raise wrong from None
    if not values:
        raise argparse.ArgumentTypeError(f"{item!r} holds no value")
    return values


def _scalar(item: str) -> Any:
    if len(item) > 1 and item[0] == item[-1] and item[0] in "'\"":
        return item[1:-1]
    if item.lower() in _WORDS:
        return _WORDS[item.lower()]
    for number in (int, float):
        try:
            return number(item)
        except ValueError:
            continue
    return item


def _unique(values: Iterable[Any]) -> Iterable[Any]:
    seen: list[tuple[type, Any]] = []
    for value in values:
        # 1, 1.0 and True are equal, and yet different values
        if (type(value), value) not in seen:
            seen.append((type(value), value))
            yield value


def joined_grid(entries: Sequence[tuple[str, list[Any]]]) -> dict[str, list[Any]]:
    """The grid of all ``--grid`` options."""
    grid: dict[str, list[Any]] = {}
    for name, values in entries:
        if name in grid:
            raise UsageError(f"--grid {name} is given twice; put all its values into one")
        grid[name] = values
    return grid


def check_grid(grid: dict[str, list[Any]], model: Any) -> None:
    """Raise if the model has no such parameter, with those that come close."""
    known = sorted(model.get_params(deep=True))
    for name in grid:
        if name in known:
            continue
        close = [other for other in known if other.endswith(f"__{name}")]
        close += difflib.get_close_matches(name, known, n=3)
        hint = f"; did you mean {' or '.join(dict.fromkeys(close))}?" if close else ""
        if not close:
            short = [other for other in known if "__" in other] or known
            hint = f"; it has {', '.join(short)}"
        raise UsageError(f"--grid {name}: the model has no such parameter{hint}")
