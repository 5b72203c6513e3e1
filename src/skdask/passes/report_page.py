"""Fit reports as one HTML page that needs no network: facts, passes, timeline."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from dask.utils import format_bytes, format_time

from skdask._version import __version__
from skdask.passes.report_chart import chart
from skdask.passes.report_lanes import COMPUTE_COLOUR, PASS_COLOUR, READ_COLOUR, lanes_of

if TYPE_CHECKING:
    from skdask.passes.report import FitReport, PassRecord

_STYLE = f"""
:root {{ color-scheme: light dark; --ink: #1b1b1b; --soft: #666; --line: #ddd; --paper: #fff;
  --band: #8881; }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e8e8e8; --soft: #a5a5a5; --line: #444;
  --paper: #16181b; --band: #fff1; }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1080px; margin: 2em auto; padding: 0 1em; }}
h1 {{ font-size: 1.5em; }} h2 {{ font-size: 1.2em; margin-top: 2em; }}
.soft {{ color: var(--soft); }}
.error {{ border-left: 4px solid #d55e00; padding: .4em 1em; white-space: pre-wrap; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: right; padding: .15em .7em; border-bottom: 1px solid var(--line); }}
th {{ font-weight: 600; color: var(--soft); }}
.facts th, .facts td, td.text, th.text {{ text-align: left; }}
.facts td, .facts th {{ border: 0; vertical-align: top; }}
.wide {{ overflow-x: auto; }}
.key span {{ display: inline-block; width: .9em; height: .9em; margin: 0 .3em 0 1em; }}
svg {{ width: 100%; height: auto; font: 11px system-ui, sans-serif; }}
svg text {{ fill: var(--soft); }} svg .end {{ text-anchor: end; }}
svg .pass {{ text-anchor: middle; }} svg .axis {{ stroke: var(--soft); }}
svg .band {{ fill: none; }} svg .odd {{ fill: var(--band); }}
svg .plain {{ fill: {PASS_COLOUR}; opacity: .5; }}
.read {{ fill: {READ_COLOUR}; background: {READ_COLOUR}; }}
.compute {{ fill: {COMPUTE_COLOUR}; background: {COMPUTE_COLOUR}; }}
.key .plain {{ background: {PASS_COLOUR}; opacity: .5; }}
"""

_HEADINGS = (
    *("pass", "computed", "requests", "rows", "read", "time", "rows/s", "read/s"),
    *("reading", "computing", "merging", "threads", "retries"),
)


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
    parts += [_section(report) for report in reports]
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _section(report: FitReport) -> str:
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in report.facts()
    )
    headings = "".join(
        f'<th class="text">{name}</th>' if name == "computed" else f"<th>{name}</th>"
        for name in _HEADINGS
    )
    rows = "".join(_row(number, record) for number, record in enumerate(report.log, 1))
    return (
        f"<section><h2>{escape(report.what)}</h2>"
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
        format_time(record.seconds),
        f"{record.rows / record.seconds:,.0f}" if record.seconds else "",
        format_bytes(int(record.bytes_read / record.seconds)) if record.seconds else "",
        *(f"{share:.0%}" for share in record.shares()),
        record.threads,
        len(record.retries) or "",
    ]
    numbers = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><td>{number}</td><td class="text">{escape(asked)}</td>{numbers}</tr>'
