"""What was accelerated, what stayed with scikit-learn, and why: a table for people."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any

from skdask.accel.records import ACCELERATED, RECORDS, Record


@dataclass(frozen=True)
class Report:
    """What an accelerated process has called so far; prints as a table.

    Attributes
    ----------
    records : tuple of Record
        One for calls of one function with one outcome for one reason.
    notes : tuple of str
    """

    records: tuple[Record, ...]
    notes: tuple[str, ...] = ()

    @property
    def accelerated(self) -> int:
        """Calls that our routes ran."""
        return sum(each.calls for each in self.records if each.outcome == ACCELERATED)

    @property
    def calls(self) -> int:
        """All calls of functions that can be accelerated."""
        return sum(each.calls for each in self.records)

    @property
    def summary(self) -> str:
        """One sentence."""
        if not self.records:
            return "skdask.accel: nothing was called that can be accelerated"
        seconds = sum(each.seconds for each in self.records if " > " not in each.name)
        return (
            f"skdask.accel: {self.accelerated:,} of {self.calls:,} "
            f"call{'s' * (self.calls != 1)} accelerated, {seconds:.2f} s in all of them"
        )

    def rows(self) -> list[tuple[str, str, str, str, str, str]]:
        """The cells of the table: function, where, calls, ran by, seconds, why."""
        return [
            (
                each.name,
                _where(each.places),
                f"{each.calls:,}",
                each.outcome,
                f"{each.seconds:.3f}",
                each.reason,
            )
            for each in self.records
        ]

    def to_json(self) -> str:
        """The records for other programs."""
        facts = [
            {
                **asdict(each),
                "places": [
                    {"file": file, "line": line, "calls": calls}
                    for (file, line), calls in each.places.items()
                ],
            }
            for each in self.records
        ]
        return json.dumps({"records": facts, "notes": self.notes}, indent=2)

    def print(self, file: IO[str] | None = None) -> None:
        """Write the table: with lines and colours in a terminal, plain elsewhere.

        Parameters
        ----------
        file : text file, optional
            The standard error output unless given.
        """
        file = sys.stderr if file is None else file
        if not file.isatty():
            file.write(f"{self}\n")
            return
        from rich.console import Console

        console = Console(file=file)
        console.print(self.summary, style="bold", highlight=False)
        if self.records:
            console.print(self._table())
        for note in self.notes:
            console.print(note, style="dim", highlight=False)

    def _table(self) -> Any:
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(header_style="bold", box=SIMPLE_HEAD)
        # the reasons are the last column, and there may be none
        titles = _TITLES if any(each.reason for each in self.records) else _TITLES[:-1]
        for title in titles:
            right = title in ("calls", "seconds")
            justify: Any = "right" if right else "left"
            table.add_column(title, justify=justify, no_wrap=right, overflow="fold")
        for each, row in zip(self.records, self.rows(), strict=True):
            style = "green" if each.outcome == ACCELERATED else ""
            table.add_row(*(Text(cell, style=style) for cell in row[: len(titles)]))
        return table

    def __str__(self) -> str:
        lines = [self.summary]
        if self.records:
            rows: list[Sequence[str]] = [_TITLES, *self.rows()]
            widths = [max(len(row[place]) for row in rows) for place in range(len(_TITLES) - 1)]
            for row in rows:
                cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
                lines.append("  ".join([*cells, row[-1]]).rstrip())
        return "\n".join([*lines, *self.notes])

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{title}</th>" for title in _TITLES)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self.rows()
        )
        return f"<p>{escape(self.summary)}</p><table><tr>{head}</tr>{body}</table>"


_TITLES = ("function", "where", "calls", "ran by", "seconds", "why")


def report() -> Report:
    """What has been called since acceleration was installed.

    Examples
    --------
    >>> import skdask.accel
    >>> isinstance(skdask.accel.report().calls, int)
    True
    """
    return Report(tuple(RECORDS), tuple(RECORDS.notes))


def _where(places: Mapping[tuple[str, int], int]) -> str:
    """The first places of calls, a file's name once."""
    shown = []
    before = ""
    for file, line in list(places)[:3]:
        name = os.path.basename(file)
        shown.append(str(line) if name == before else f"{name}:{line}")
        before = name
    return ", ".join(shown) + (" ..." if len(places) > 3 else "")
