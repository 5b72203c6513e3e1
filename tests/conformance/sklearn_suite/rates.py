"""The rates that `docs/conformance.md` tells, kept beside it with their date and versions."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sklearn

import skdask
from tests.conformance.sklearn_suite.outcomes import Rate

KEPT = Path(__file__).with_name("rates.json")
PAGE = Path(__file__).parents[3] / "docs" / "conformance.md"


def keep(module: str, mode: str, found: Rate, path: Path = KEPT) -> None:
    """Keep the rate of a module in a mode."""
    kept = read(path)
    kept.setdefault(mode, {})[module] = {
        **asdict(found),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "scikit-learn": sklearn.__version__,
        "skdask": skdask.__version__,
    }
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


def read(path: Path = KEPT) -> dict[str, dict[str, dict[str, Any]]]:
    """What is kept, by mode and module."""
    found: dict[str, dict[str, dict[str, Any]]] = (
        json.loads(path.read_text()) if path.exists() else {}
    )
    return found


_INTRODUCTION = """# Conformance

What scikit-learn's own tests say of our classes. The suite ships with scikit-learn; a pytest plugin
binds scikit-learn's public names to ours and runs it, in two ways:

- **in memory**: as the tests are;
- **on Dask collections**: the rows of every call that a test itself makes on our classes and
  functions are handed over as a Dask collection of three chunks, and what comes back is computed.
  What cannot be one stays in memory: lists, ragged and empty data, arrays of objects.

Counted are the tests that pass without us; on Dask collections, those of them in which a call was
given one. *Refused* are tests in which an `UnsupportedError` of ours says that something is not
done on blocks, and what to do instead: they count as not passed. *Expected* failures are in
[lists](../tests/conformance/sklearn_suite/expected), each with its reason; they are strict.
*Failing* ones are in no list yet: a bug of ours, of the plugin, or a difference without a reason
given. Modules that are not in a table have not been run.

```
python -m tests.conformance.sklearn_suite --mode dask linear_model -n 2
```

This page is made from what such runs have recorded (`--record`).
"""


def page(kept: dict[str, dict[str, dict[str, Any]]]) -> str:
    """The page, from what is kept."""
    lines = [_INTRODUCTION]
    if "substituted" in kept:
        lines += ["## In memory", "", *_table(kept["substituted"], on_dask=False), ""]
    if "dask" in kept:
        lines += ["## On Dask collections", "", *_table(kept["dask"], on_dask=True), ""]
    return "\n".join(lines)


def write_page() -> None:
    """Write `docs/conformance.md`."""
    PAGE.write_text(page(read()))


def _table(kept: dict[str, dict[str, Any]], *, on_dask: bool) -> list[str]:
    names = [
        "module",
        "tests",
        "pass",
        "rate",
        "refused",
        "rate of the others",
        "expected",
        "failing",
    ]
    names += ["without Dask input"] * on_dask + ["scikit-learn", "date"]
    lines = ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]
    for module in sorted(kept):
        row = kept[module]
        found = _rate(row)
        lines.append(_line(module, found, on_dask, row["scikit-learn"], row["date"]))
    total = _sum([_rate(row) for row in kept.values()])
    lines.append(_line("**all**", total, on_dask, "", ""))
    return lines


def _line(module: str, found: Rate, on_dask: bool, version: str, date: str) -> str:
    cells = [module, str(found.tests), str(found.passed), f"{found.share:.1%}"]
    cells += [str(found.refused), f"{found.share_of_accepted:.1%}", str(found.expected)]
    cells += [str(found.failed)]
    cells += [str(found.without)] * on_dask + [version, date]
    return "| " + " | ".join(cells) + " |"


def _rate(row: dict[str, Any]) -> Rate:
    names = ("tests", "passed", "refused", "expected", "failed", "without")
    return Rate(**{name: row[name] for name in names})


def _sum(rates: list[Rate]) -> Rate:
    names = ("tests", "passed", "refused", "expected", "failed", "without")
    return Rate(**{name: sum(getattr(rate, name) for rate in rates) for name in names})
