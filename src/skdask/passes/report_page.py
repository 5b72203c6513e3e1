"""Fit reports as one HTML page that needs no network: facts, passes, timeline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from dask.utils import format_bytes

from skdask._version import __version__
from skdask.passes.durations import duration
from skdask.passes.report_chart import chart
from skdask.passes.report_lanes import COMPUTE_COLOUR, PASS_COLOUR, READ_COLOUR, lanes_of

if TYPE_CHECKING:
    from skdask.passes.report import FitReport, PassRecord

_STYLE = f"""
:root {{ color-scheme: light dark; --ink: #1b1b1b; --soft: #666; --line: #ddd; --paper: #fff; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e8e8e8; --soft: #a5a5a5; --line: #444;
  --paper: #16181b; }} }}
a {{ color: {READ_COLOUR}; }}
@media (prefers-color-scheme: dark) {{ a {{ color: #56b4e9; }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1200px; margin: 2em auto; padding: 0 1em; }}
h1 {{ font-size: 1.5em; }} h2 {{ font-size: 1.2em; margin-top: 2em; }}
.soft {{ color: var(--soft); }}
.error {{ border-left: 4px solid #d55e00; padding: .4em 1em; white-space: pre-wrap; }}
.passes {{ font-size: .9em; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: right; padding: .15em .6em; border-bottom: 1px solid var(--line);
  white-space: nowrap; }}
th {{ font-weight: 600; color: var(--soft); }}
.facts th, .facts td, td.text, th.text {{ text-align: left; }}
.facts td, .facts th {{ border: 0; vertical-align: top; white-space: normal; }}
td.text {{ white-space: normal; min-width: 11em; }}
.wide {{ overflow-x: auto; }}
.key span {{ display: inline-block; width: .9em; height: .9em; margin: 0 .3em 0 1em; }}
svg {{ width: 100%; height: auto; margin-top: 1em; }}
.key .read {{ background: {READ_COLOUR}; }}
.key .compute {{ background: {COMPUTE_COLOUR}; }}
.key .plain {{ background: {PASS_COLOUR}; opacity: .5; }}
"""

_TEXT = ' class="text"'

_BUSY = "part of the threads' busy time"

# With what they mean, for those who point at them
_HEADINGS = {
    "pass": "one read of the data",
    "computed": "the statistics that were asked for",
    "requests": "what they answer: folds and candidates share them",
    "rows": "rows met",
    "data": "their bytes once decoded",
    "time": "wall time",
    "rows/s": "over all threads",
    "data/s": "over all threads",
    "read": _BUSY,
    "compute": _BUSY,
    "merge": _BUSY,
    "from cache": "part of the data that came from the block cache",
    "threads": "blocks at work at once, on all workers",
    "retries": "reads that failed and were repeated",
}


def page(
    reports: Sequence[FitReport],
    title: str,
    *,
    error: str = "",
    links: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
) -> str:
    """The page of some reports.

    Parameters
    ----------
    reports : sequence of FitReport
    title : str
    error : str
        What ended the work before its end.
    links : sequence of (text, address)
    notes : sequence of str
    """
    made = time.strftime("%Y-%m-%d %H:%M:%S")
    parts = [
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(title)}</h1>"
        f'<p class="soft">written {made} by scikit-dask {escape(__version__)}</p>'
    ]
    if error:
        parts.append(f'<p class="error">{escape(error)}</p>')
    parts += [f'<p><a href="{escape(where)}">{escape(text)}</a></p>' for text, where in links]
    parts += [f'<p class="soft">{escape(note)}</p>' for note in notes]
    if not reports:
        parts.append("<p>Nothing was fitted or scored on blocks.</p>")
    if len(reports) > 1:
        parts.append(_contents(reports))
    parts += [_section(number, report) for number, report in enumerate(reports, 1)]
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _contents(reports: Sequence[FitReport]) -> str:
    """All runs at a glance."""
    names = ("run", "data", "rows", "passes", "time")
    headings = "".join(
        f'<th class="text">{name}</th>' if name in ("run", "data") else f"<th>{name}</th>"
        for name in names
    )
    rows = "".join(
        f'<tr><td class="text"><a href="#run-{number}">{escape(report.what)}</a></td>'
        f'<td class="text">{escape(report.data)}</td><td>{report.rows:,}</td>'
        f"<td>{report.passes:,}</td><td>{escape(duration(report.seconds))}</td></tr>"
        for number, report in enumerate(reports, 1)
    )
    return (
        f'<div class="wide"><table><thead><tr>{headings}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _section(number: int, report: FitReport) -> str:
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in report.facts()
    )
    headings = "".join(
        f'<th title="{escape(meaning)}"{_TEXT if name == "computed" else ""}>{name}</th>'
        for name, meaning in _HEADINGS.items()
    )
    rows = "".join(_row(number, record) for number, record in enumerate(report.log, 1))
    return (
        f'<section id="run-{number}"><h2>{escape(report.what)}</h2>'
        f'<table class="facts">{facts}</table>{_timeline(report)}'
        f'<div class="wide"><table class="passes"><thead><tr>{headings}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _timeline(report: FitReport) -> str:
    lanes = lanes_of(report.log)
    if not lanes.bars:
        return ""
    key = '<span class="read"></span>read<span class="compute"></span>compute'
    if any(band.plain for band in lanes.bands):
        key += '<span class="plain"></span>pass without details'
    return f'{chart(lanes)}<p class="key soft">{key}</p>'


def _row(number: int, record: PassRecord) -> str:
    asked = f"{record.asked} (from the checkpoint)" if record.replayed else record.asked
    cells: list[Any] = [
        f"{record.n_requests:,}",
        f"{record.rows:,}",
        format_bytes(record.bytes_read),
        escape(duration(record.seconds)),
        f"{record.rows / record.seconds:,.0f}" if record.seconds else "",
        format_bytes(int(record.bytes_read / record.seconds)) if record.seconds else "",
        *(f"{share:.0%}" for share in record.shares()),
        f"{record.bytes_mapped / record.bytes_read:.0%}" if record.bytes_mapped else "",
        record.threads,
        len(record.retries) or "",
    ]
    numbers = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><td>{number}</td><td class="text">{escape(asked)}</td>{numbers}</tr>'
