"""The timeline of a report as a matplotlib plot."""

from __future__ import annotations

from typing import Any

from skdask.passes.report_lanes import (
    COMPUTE_COLOUR,
    PASS_COLOUR,
    READ_COLOUR,
    Lanes,
    labelled,
    shortened,
)

_HEIGHT = 0.72
# of a lane; more would leave too little of the plot
_NAME_CHARACTERS = 30


def draw(lanes: Lanes, title: str, ax: Any = None) -> Any:
    """Draw lanes into axes, new ones by default.

    Raises
    ------
    ImportError
        Where matplotlib is not installed.
    """
    try:
        from matplotlib import pyplot
        from matplotlib.collections import PolyCollection
        from matplotlib.patches import Patch
    except ImportError as error:
        raise ImportError(
            "report.plot() needs matplotlib: pip install 'scikit-dask[plot]'; or write a page "
            "with report.to_html(path), which needs nothing"
        ) from error
    n_lanes = max(1, len(lanes.names))
    if ax is None:
        height = 1.7 + min(7.0, 0.32 * n_lanes)
        _, ax = pyplot.subplots(figsize=(9.0, height), layout="constrained")
    drawn = [("read", READ_COLOUR, [(bar.lane, bar.start, bar.read) for bar in lanes.bars])]
    drawn += [("compute", COMPUTE_COLOUR, [(b.lane, b.read, b.computed) for b in lanes.bars])]
    plain = [
        (lane, band.start, band.end)
        for band in lanes.bands
        if band.plain
        for lane in range(n_lanes)
    ]
    if plain:
        drawn += [("pass without details", PASS_COLOUR, plain)]
    for band in lanes.bands:
        if band.number % 2:
            ax.axvspan(band.start, band.end, color="0.5", alpha=0.10, linewidth=0, zorder=0)
    for label, colour, boxes in drawn:
        corners = [_corners(*box) for box in boxes]
        ax.add_collection(
            PolyCollection(
                corners, facecolors=colour, linewidths=0, antialiaseds=False, label=label
            )
        )
    _label(ax, lanes, n_lanes)
    ax.set_title(title, loc="left", fontsize="medium", pad=16)
    handles = [Patch(color=colour, label=label) for label, colour, _ in drawn]
    ax.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=3,
        frameon=False,
        borderaxespad=1.1,
        fontsize="small",
    )
    return ax


def _corners(lane: int, start: float, end: float) -> list[tuple[float, float]]:
    low, high = lane - _HEIGHT / 2, lane + _HEIGHT / 2
    return [(start, low), (end, low), (end, high), (start, high)]


def _label(ax: Any, lanes: Lanes, n_lanes: int) -> None:
    ax.set_xlim(0.0, lanes.seconds)
    ax.set_ylim(n_lanes - 0.4, -0.6)
    ax.set_xlabel("seconds")
    shown = labelled(range(len(lanes.names)))
    ax.set_yticks(
        shown, [shortened(lanes.names[lane], _NAME_CHARACTERS) for lane in shown], fontsize="small"
    )
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right", "left"]].set_visible(False)
    chosen = labelled(range(len(lanes.bands)))
    # room for a number; the first says what is counted
    room, last = lanes.seconds / 22, -lanes.seconds
    for position in chosen:
        band = lanes.bands[position]
        middle = (band.start + band.end) / 2
        if middle - last < room:
            continue
        name = str(band.number) if last >= 0 else f"pass {band.number}"
        last = middle
        ax.annotate(
            name,
            (middle, 1.0),
            xycoords=ax.get_xaxis_transform(),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize="x-small",
            color="0.4",
            annotation_clip=False,
        )
