"""Which passes write the block cache: those after which the same rows are likely read again.

Writing a block costs a fraction of decoding it, and mapping it costs next to nothing; so it pays
once another pass comes, and is waste if none does. Nobody knows, but two signs are good ones. A
statistic with parameters (a gradient at some coefficients) is an iteration, and iterations go on:
the first such pass writes. And what this process decodes for the second time it will decode for a
third. So a fit of moments alone writes nothing, and a logistic regression decodes twice at most
where a scaler comes before it, once where none does.

Once a pass was measured, reading must also have been a tenth of its work and slower than a map.
"""

from __future__ import annotations

from collections.abc import Iterable

from skdask.blocks import Blocks
from skdask.blocks.cache import decoded_passes
from skdask.passes.meter import Meter
from skdask.passes.request import Request

# Before anything was measured: decoding less than this takes no time worth a folder on disk
SMALL_BYTES = 64 * 2**20

# Seconds of reading in a pass, summed over threads, that are worth a folder on disk
SHORT_SECONDS = 0.2

# Reading must be this share of the work
WORTH_SHARE = 0.1

# Bytes a second and thread at which a source is about as fast as a map would be
MAP_RATE = 2 * 2**30


class Caching:
    """The decisions of one run, and what came of them.

    Parameters
    ----------
    blocks : Blocks
    once : bool
        Whether the run is known to take one pass, which is then no sign of another.
    """

    def __init__(self, blocks: Blocks, *, once: bool = False) -> None:
        self._blocks = blocks
        self._once = once
        self._measured: bool | None = None
        self._not_cached = ""
        if blocks.cache is not None:
            # what an earlier run wrote is not of this one
            blocks.cache.newly_written()

    def begin_pass(self, requests: Iterable[Request], *, features: bool) -> None:
        """Tell the blocks whether the pass that begins writes."""
        cache = self._blocks.cache
        if cache is None:
            return
        self._blocks.begin_pass(write=False)
        if cache.token is None or not features or not self._is_worth_it():
            return
        iterates = any(not request.statistic.reusable for request in requests)
        if (iterates and not self._once) or decoded_passes[cache.token]:
            self._blocks.begin_pass(write=True)

    def _is_worth_it(self) -> bool:
        if self._measured is not None:
            return self._measured
        n_bytes = self._blocks.n_bytes
        return n_bytes is not None and n_bytes >= SMALL_BYTES

    def end_pass(self, meter: Meter, *, features: bool) -> None:
        """Learn from a pass what reading costs."""
        cache = self._blocks.cache
        meter.look_at(cache)
        self._not_cached = self._not_cached or meter.not_cached
        if cache is None or cache.token is None:
            return
        decoded = meter.bytes_read - meter.bytes_mapped
        if not features or decoded <= meter.bytes_mapped:
            return
        decoded_passes[cache.token] += 1
        work = meter.read_seconds + meter.compute_seconds
        self._measured = (
            meter.read_seconds >= max(SHORT_SECONDS, WORTH_SHARE * work)
            and decoded <= MAP_RATE * meter.read_seconds
        )

    def notes(self) -> tuple[str, ...]:
        """Sentences for the fit report."""
        if not self._not_cached:
            return ()
        return (f"not every block was cached: {self._not_cached}",)
