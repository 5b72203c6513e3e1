"""What blocks are, in lines for people.

A description is text that a prompt and a notebook show as lines: the repr of a plain string would
be one long line in quotes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dask.utils import format_bytes

from skdask.blocks.cache import BlockCache
from skdask.blocks.schema import Target
from skdask.blocks.source import Source

if TYPE_CHECKING:
    from skdask.blocks.blocks import Blocks


class Description(str):
    """Text of several lines, shown as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def content_lines(blocks: Blocks, source: Source, y: Target | None) -> Iterator[str]:
    """How much there is, of what, and into how many blocks it was cut."""
    rows = "an unknown number of" if blocks.n_rows is None else f"{blocks.n_rows:,}"
    size = "unknown size" if blocks.n_bytes is None else format_bytes(blocks.n_bytes)
    kind = f"sparse {blocks.dtype}" if blocks.sparse else f"{blocks.dtype}"
    carried = [f"{blocks.n_features} features ({'of several types' if blocks.table else kind})"]
    if y is not None:
        what = "y" if y.name is None else f"y={y.name!r}"
        carried.append(f"{what} ({y.dtype}, {y.n_targets} target(s))")
    carried += ["sample_weight"] * blocks.has_weight + ["groups"] * blocks.has_groups
    yield f"{blocks.name}: {source.kind}, {rows} rows, {size} decoded"
    yield f"  columns: {', '.join(carried)}"
    yield (
        f"  {len(source.pieces)} {source.piece_name}(s) -> {blocks.n_blocks} block(s) in "
        f"{len(blocks.units)} unit(s)"
    )


def cache_sentence(source: Source, cache: BlockCache | None) -> str:
    """Whether decoded blocks are kept, and where."""
    if source.stamp() is None:
        return "not cached: reading them is no work that a copy would save"
    if cache is None:
        return "not cached: it is switched off, see skdask.config"
    return f"where passes repeat, decoded blocks are cached in {cache.folder}"
