"""The fit report: what a run read, computed and cost, on every fitted object as `fit_report_`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dask.utils import format_bytes

from skdask.passes.durations import duration
from skdask.passes.report_lanes import lanes_of
from skdask.passes.timeline import Span

if TYPE_CHECKING:
    import pandas as pd

# An iterative search may take a hundred passes, of which people want the ends
_FIRST_PASSES, _LAST_PASSES = 7, 3
# At either end of a run, with spans of their blocks
_SPANS_OF_PASSES = 20


@dataclass(frozen=True)
class PassRecord:
    """One read of the data.

    Attributes
    ----------
    asked : str
        What was computed in it, for people.
    n_requests : int
        Requests that it answered, after equal ones were joined.
    rows, bytes_read : int
        Rows met, and their decoded bytes.
    seconds : float
        Wall time.
    began : float
        When, by the wall clock of the process that made the report; 0 where it was not noted.
    read_seconds, compute_seconds, merge_seconds : float
        Summed over threads.
    threads, blocks : int
    tasks : int
        Groups of blocks that were sent to workers; 0 for threads of this process.
    retries : tuple of str
        Causes for which blocks were read again.
    peak_rss : int
        Largest resident memory of one process, bytes.
    replayed : bool
        Whether the answers came from a checkpoint, without a read.
    spans : tuple of Span
        When which thread met which blocks; only of the first and the last passes of a long run.
    bytes_mapped, bytes_cached : int
        Decoded bytes that came from the block cache, and bytes that were written to it.
    """

    asked: str
    n_requests: int
    rows: int
    bytes_read: int
    seconds: float
    began: float = 0.0
    read_seconds: float = 0.0
    compute_seconds: float = 0.0
    merge_seconds: float = 0.0
    threads: int = 1
    blocks: int = 0
    retries: tuple[str, ...] = ()
    peak_rss: int = 0
    replayed: bool = False
    spans: tuple[Span, ...] = field(default=(), repr=False)
    bytes_mapped: int = 0
    bytes_cached: int = 0
    tasks: int = 0

    def shares(self) -> tuple[float, float, float]:
        """Of the threads' busy time, the parts of reading, computing and merging."""
        parts = (self.read_seconds, self.compute_seconds, self.merge_seconds)
        busy = sum(parts) or 1.0
        read, compute, merge = (part / busy for part in parts)
        return read, compute, merge

    @property
    def overhead(self) -> float:
        """The part of the threads' time that went into neither of these: starting, waiting."""
        available = self.threads * self.seconds
        busy = self.read_seconds + self.compute_seconds + self.merge_seconds
        return max(0.0, 1.0 - busy / available) if available and not self.replayed else 0.0


def without_inner_spans(log: list[PassRecord]) -> None:
    """Leave the spans of the first and the last passes, so that a report of hundreds is short."""
    inner = len(log) - _SPANS_OF_PASSES - 1
    if inner >= _SPANS_OF_PASSES and log[inner].spans:
        log[inner] = replace(log[inner], spans=())


@dataclass(frozen=True)
class FitReport:
    """What a fit or a search read, computed and cost.

    Attributes
    ----------
    what : str
        The estimator or the search.
    data : str
        Where the rows came from.
    passes : int
        Reads of the data, counting passes included.
    rows : int
        Rows of the data.
    bytes_read : int
        Decoded bytes over all passes.
    seconds : float
        Wall time of the run.
    read_seconds, compute_seconds, merge_seconds : float
        Time of the passes' parts, summed over threads and divided by their number.
    solve_seconds : float
        Wall time between the passes.
    peak_rss : int
        Largest resident memory of the process seen during the run, bytes.
    start_rss : int
        Resident memory before it, bytes: interpreter, libraries and the user's own data.
    budget : int
        Bytes that the run was allowed on top of ``start_rss``.
    projected : int
        Bytes that it was projected to need.
    threads, blocks : int
    log : tuple of PassRecord
    outcomes : tuple of str
        Sentences from the solvers: how they ended.
    notes : tuple of str
        What was decided on the way and is worth knowing.
    """

    what: str
    data: str
    rows: int
    seconds: float
    read_seconds: float
    compute_seconds: float
    merge_seconds: float
    solve_seconds: float
    peak_rss: int
    start_rss: int
    budget: int
    projected: int
    threads: int
    blocks: int
    log: tuple[PassRecord, ...] = field(default=(), repr=False)
    outcomes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def passes(self) -> int:
        return len(self.log)

    @property
    def bytes_read(self) -> int:
        return sum(record.bytes_read for record in self.log)

    @property
    def overhead(self) -> float:
        """The part of the threads' time in the passes that did nothing which was asked for."""
        available = [record.threads * record.seconds for record in self.log]
        lost = [
            record.overhead * all_of_it
            for record, all_of_it in zip(self.log, available, strict=True)
        ]
        return sum(lost) / (sum(available) or 1.0)

    def facts(self) -> Iterator[tuple[str, str]]:
        """What is worth saying, as (name, text)."""
        yield "data", f"{self.data}: {self.rows:,} rows in {_plural(self.blocks, 'block')}"
        replayed = sum(record.replayed for record in self.log)
        again = f", {replayed} of them from a checkpoint" if replayed else ""
        yield "passes", f"{self.passes} ({format_bytes(self.bytes_read)} read{again})"
        yield (
            "time",
            f"{duration(self.seconds)} on {_plural(self.threads, 'thread')}: "
            f"read {duration(self.read_seconds)}, compute {duration(self.compute_seconds)}, "
            f"merge {duration(self.merge_seconds)}, solve {duration(self.solve_seconds)}; "
            f"overhead {self.overhead:.1%} of the threads' time in the passes",
        )
        grown = max(0, self.peak_rss - self.start_rss)
        yield (
            "memory",
            f"peak {format_bytes(self.peak_rss)}, {format_bytes(grown)} above the start; "
            f"budget {format_bytes(self.budget)}, projected {format_bytes(self.projected)}",
        )
        cached = self._cached()
        if cached:
            yield "cache", cached
        for outcome in self.outcomes:
            yield "outcome", outcome
        for note in self.notes:
            yield "note", note

    def _cached(self) -> str:
        """What the block cache did, on all workers; empty where it did nothing."""
        written = sum(record.bytes_cached for record in self.log)
        mapped = sum(record.bytes_mapped for record in self.log)
        said = []
        if written:
            said.append(f"{format_bytes(written)} of decoded blocks were cached on disk")
        if mapped:
            passes = sum(record.bytes_mapped > 0 for record in self.log)
            said.append(
                f"{format_bytes(mapped)} ({mapped / self.bytes_read:.0%} of what was read) came "
                f"from the block cache, in {passes} of the passes"
            )
        return "; ".join(said)

    def __repr__(self) -> str:
        lines = [f"FitReport of {self.what}"]
        lines += [f"  {name:8} {text}" for name, text in self.facts()]
        passes = [
            f"  pass {number:<3} {record.asked} ({_plural(record.n_requests, 'request')}): "
            f"{format_bytes(record.bytes_read)}, {duration(record.seconds)}"
            for number, record in enumerate(self.log, 1)
        ]
        if len(passes) > _FIRST_PASSES + _LAST_PASSES + 1:
            between = self.log[_FIRST_PASSES:-_LAST_PASSES]
            seconds = sum(record.seconds for record in between)
            passes[_FIRST_PASSES:-_LAST_PASSES] = [
                f"  ...      {len(between)} more passes: {duration(seconds)}"
            ]
        return "\n".join(lines + passes)

    def table(self) -> pd.DataFrame:
        """A row for each pass: what it computed and what that cost.

        Returns
        -------
        DataFrame
            Index ``pass`` from 1 on; sizes in MB of 10**6 bytes; ``read``, ``compute`` and
            ``merge`` are parts of the threads' busy time, ``overhead`` of all of it, ``from
            cache`` of the bytes.

        Examples
        --------
        >>> import dask.array as da
        >>> from skdask.preprocessing import StandardScaler
        >>> scaler = StandardScaler().fit(da.ones((100, 2), chunks=(25, 2)))
        >>> scaler.fit_report_.table()["computed"].tolist()
        ['ColumnMoments']
        """
        import pandas as pd

        rows = []
        for record in self.log:
            seconds = record.seconds or float("nan")
            read, compute, merge = record.shares()
            rows.append(
                {
                    "computed": record.asked,
                    "requests": record.n_requests,
                    "rows": record.rows,
                    "blocks": record.blocks,
                    "MB": record.bytes_read / 1e6,
                    "seconds": record.seconds,
                    "rows/s": record.rows / seconds,
                    "MB/s": record.bytes_read / 1e6 / seconds,
                    "read": read,
                    "compute": compute,
                    "merge": merge,
                    "overhead": record.overhead,
                    "threads": record.threads,
                    "tasks": record.tasks,
                    "retries": len(record.retries),
                    "from cache": record.bytes_mapped / (record.bytes_read or 1),
                    "peak MB": record.peak_rss / 1e6,
                    "replayed": record.replayed,
                }
            )
        return pd.DataFrame(rows, index=pd.RangeIndex(1, len(rows) + 1, name="pass"))

    def plot(self, ax: Any = None) -> Any:
        """The timeline: a lane for each thread, when it read and when it computed.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            New ones by default.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ImportError
            Where matplotlib is not installed: ``pip install 'scikit-dask[plot]'``.
        """
        from skdask.passes.report_plot import draw

        return draw(lanes_of(self.log), f"{self.what}: {_plural_of(self.passes)}", ax)

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write a page with facts, passes and timeline; it opens without network.

        Parameters
        ----------
        path : path-like
            A file to write; one that is there is replaced.
        """
        from skdask.passes.report_page import page

        Path(path).expanduser().write_text(page([self], f"Fit report of {self.what}"), "utf-8")

    def _repr_html_(self) -> str:
        facts = "".join(
            f"<tr><th style='text-align:left'>{escape(name)}</th>"
            f"<td style='text-align:left'>{escape(text)}</td></tr>"
            for name, text in self.facts()
        )
        rows = [_html_row(number, record) for number, record in enumerate(self.log, 1)]
        if len(rows) > _FIRST_PASSES + _LAST_PASSES + 1:
            between = len(rows) - _FIRST_PASSES - _LAST_PASSES
            rows[_FIRST_PASSES:-_LAST_PASSES] = [
                f"<tr><td></td><td style='text-align:left'>{between} more passes</td></tr>"
            ]
        passes = "".join(rows)
        return (
            f"<div><strong>FitReport of {escape(self.what)}</strong><table>{facts}</table>"
            "<details><summary>passes</summary><table><tr><th>pass</th><th>computed</th>"
            "<th>requests</th><th>read</th><th>time</th></tr>"
            f"{passes}</table></details></div>"
        )


def _html_row(number: int, record: PassRecord) -> str:
    return (
        f"<tr><td>{number}</td><td style='text-align:left'>{escape(record.asked)}</td>"
        f"<td>{record.n_requests}</td><td>{format_bytes(record.bytes_read)}</td>"
        f"<td>{duration(record.seconds)}</td></tr>"
    )


def _plural_of(passes: int) -> str:
    return f"{passes:,} {'pass' if passes == 1 else 'passes'}"


def _plural(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
