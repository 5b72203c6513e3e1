"""The table of results, for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from benchmarks.results import Row

HEAD = (
    "workload",
    "system",
    "seconds",
    "times as fast",
    "peak MB",
    "passes",
    "difference",
    "of limit",
    "runs",
)


def cells(row: Row) -> tuple[str, ...]:
    """The texts of one line; what makes no sense is a dash, what failed says why."""
    if row.failed:
        return (row.workload, row.system, row.failed, *"–" * 6)
    return (
        row.workload,
        row.system,
        _number(row.seconds),
        _number(row.ratio),
        "–" if row.peak_mb is None else f"{row.peak_mb:,.0f}",
        "–" if row.passes is None else str(row.passes),
        "–" if row.difference is None else f"{row.difference:.1e}",
        "–" if row.share_of_limit is None else f"{row.share_of_limit:.0%}",
        str(row.runs),
    )


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:,.0f}"


def terminal(rows: Sequence[Row], title: str) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD)
    for name in HEAD:
        text = name in ("workload", "system")
        table.add_column(name, justify="left" if text else "right", no_wrap=name != "seconds")
    before = ""
    for row in rows:
        first, *rest = cells(row)
        table.add_row("" if first == before else first, *rest)
        before = first
    return table


def markdown(rows: Sequence[Row]) -> str:
    lines = ["| " + " | ".join(HEAD) + " |", "|---|---|" + "---:|" * (len(HEAD) - 2)]
    for row in rows:
        texts = [text.replace("|", "\\|") for text in cells(row)]
        lines.append("| " + " | ".join(texts) + " |")
    return "\n".join(lines)
