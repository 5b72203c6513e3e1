"""The timeline of a report as SVG, written here so that a page needs no plotting library."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from skdask.passes.report_lanes import (
    COMPUTE_COLOUR,
    PASS_COLOUR,
    READ_COLOUR,
    Lanes,
    labelled,
    shortened,
)

# Within the chart, so that it keeps its colours where it is taken out of the page, and light enough
# for pages that are dark
_STYLE = f"""<style>
.timeline {{ font: 11px system-ui, sans-serif; }}
.timeline text {{ fill: currentColor; fill-opacity: .7; }} .timeline .end {{ text-anchor: end; }}
.timeline .pass {{ text-anchor: middle; }} .timeline .axis {{ stroke: #888; }}
.timeline .band {{ fill: none; }} .timeline .odd {{ fill: #888; fill-opacity: .12; }}
.timeline .plain {{ fill: {PASS_COLOUR}; opacity: .5; }}
.timeline .read {{ fill: {READ_COLOUR}; }} .timeline .compute {{ fill: {COMPUTE_COLOUR}; }}
</style>"""

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 960, 170, 16, 22, 36
# that have room on the left
_NAME_CHARACTERS = 26


def chart(lanes: Lanes) -> str:
    """An ``<svg>`` element."""
    n_lanes = max(1, len(lanes.names))
    lane_height = max(5.0, min(22.0, 560 / n_lanes))
    bottom = _TOP + lane_height * n_lanes
    parts = [
        f'<svg class="timeline" viewBox="0 0 {_WIDTH} {bottom + _BOTTOM:.0f}" role="img" '
        f'aria-label="timeline: who read and computed when">{_STYLE}'
    ]
    parts += _bands(lanes, lane_height, bottom)
    parts += _bars(lanes, lane_height)
    for lane in labelled(range(len(lanes.names)), max(1, int(560 / 14))):
        middle = _TOP + (lane + 0.5) * lane_height + 4
        name = lanes.names[lane]
        parts.append(
            f'<text x="{_LEFT - 8}" y="{middle:.1f}" class="end"><title>{escape(name)}</title>'
            f"{escape(shortened(name, _NAME_CHARACTERS))}</text>"
        )
    parts += _axis(lanes.seconds, bottom)
    parts.append("</svg>")
    return "".join(parts)


def _at(seconds: float, lanes_seconds: float) -> float:
    return _LEFT + seconds / lanes_seconds * (_WIDTH - _LEFT - _RIGHT)


def _box(lanes: Lanes, start: float, end: float, top: float, height: float, kind: str) -> str:
    left, right = _at(start, lanes.seconds), _at(end, lanes.seconds)
    return (
        f'<rect class="{kind}" x="{left:.2f}" y="{top:.2f}" '
        f'width="{max(0.1, right - left):.2f}" height="{height:.2f}"/>'
    )


def _bands(lanes: Lanes, lane_height: float, bottom: float) -> Iterator[str]:
    last = -1e9
    for band in lanes.bands:
        kind = "plain" if band.plain else "band odd" if band.number % 2 else "band"
        yield _box(lanes, band.start, band.end, _TOP, bottom - _TOP, kind)
        middle = (_at(band.start, lanes.seconds) + _at(band.end, lanes.seconds)) / 2
        name = f"pass {band.number}" if len(lanes.bands) <= 8 else str(band.number)
        if middle - last > 8 * len(name) + 4:
            last = middle
            yield f'<text class="pass" x="{middle:.1f}" y="{_TOP - 7}">{name}</text>'


def _bars(lanes: Lanes, lane_height: float) -> Iterator[str]:
    height = 0.74 * lane_height
    for bar in lanes.bars:
        top = _TOP + bar.lane * lane_height + (lane_height - height) / 2
        yield f"<g><title>{escape(bar.what)}</title>"
        yield _box(lanes, bar.start, bar.read, top, height, "read")
        yield _box(lanes, bar.read, bar.computed, top, height, "compute")
        yield "</g>"


def _axis(seconds: float, bottom: float) -> Iterator[str]:
    yield (
        f'<line class="axis" x1="{_LEFT}" y1="{bottom:.1f}" x2="{_WIDTH - _RIGHT}" '
        f'y2="{bottom:.1f}"/>'
    )
    step = _round_step(seconds)
    for count in range(int(seconds / step) + 1):
        left = _at(count * step, seconds)
        yield f'<path class="axis" d="M{left:.1f} {bottom:.1f}v4"/>'
        yield f'<text class="pass" x="{left:.1f}" y="{bottom + 17:.0f}">{count * step:g} s</text>'


def _round_step(seconds: float) -> float:
    """Distance of at most ten ticks: one, two or five times a power of ten."""
    power = 10.0 ** _floor_log10(seconds / 10)
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if seconds / step <= 10)


def _floor_log10(value: float) -> int:
    return int(f"{value:e}".split("e")[1])
