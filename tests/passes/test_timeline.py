"""Timelines: joined spans lose nothing of the counted; clocks are believed within reason."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from skdask.passes.meter import Cost, Meter
from skdask.passes.timeline import Span, Timeline, clock_offset


def span(block, lane="a", start=None):
    start = float(block) if start is None else start
    return Span(lane, block, 1, start, start + 0.9, 0.5, 0.25, 10, 80)


@pytest.mark.parametrize("n_blocks", [1, 8, 9, 100, 5000])
@pytest.mark.parametrize("n_lanes", [1, 3, 12])
def test_few_spans_tell_of_all_blocks(n_blocks, n_lanes):
    timeline = Timeline(most=8)
    for block in range(n_blocks):
        timeline.add(span(block, lane=str(block % n_lanes)))
    spans = timeline.spans()
    assert len(spans) <= max(8, n_lanes)
    assert len(spans) >= min(n_blocks, 4)
    assert sum(part.blocks for part in spans) == n_blocks
    assert sum(part.rows for part in spans) == 10 * n_blocks
    assert sum(part.bytes_read for part in spans) == 80 * n_blocks
    assert sum(part.read_seconds for part in spans) == 0.5 * n_blocks
    assert sum(part.compute_seconds for part in spans) == 0.25 * n_blocks
    for lane in {part.lane for part in spans}:
        own = [part for part in spans if part.lane == lane]
        for earlier, later in pairwise(own):
            assert earlier.end <= later.start


def test_a_clock_is_believed_unless_effects_precede_causes():
    assert clock_offset([], 100.0, 110.0) == 0.0
    assert clock_offset([span(0, start=102.0)], 100.0, 110.0) == 0.0
    # an hour behind, ten seconds ahead
    assert clock_offset([span(0, start=102.0 - 3600)], 100.0, 110.0) == -3598.0
    assert clock_offset([span(0, start=119.1)], 100.0, 110.0) == pytest.approx(10.0)


def cost(*spans, where):
    return Cost(len(spans), 10, 80, 0.5, 0.25, 0.0, 5, 1, ("again",), where, spans)


def test_costs_of_other_processes_are_absorbed():
    meter = Meter()
    begin = meter.began
    meter.absorb(cost(span(0, "t1", begin), span(1, "t2", begin), where="w1"))
    # a clock an hour behind: what is known of it holds for its later spans
    meter.absorb(cost(span(2, "t1", begin - 3600), where="w2"))
    meter.absorb(cost(span(3, "t1", begin - 3599), where="w2"))
    assert (meter.blocks, meter.rows, meter.retries) == (4, 30, ["again"] * 3)
    record = meter.record("Moments", 1, 2.0)
    lanes = [(part.lane, part.first_block) for part in record.spans]
    assert lanes == [
        ("w1, thread 1", 0),
        ("w1, thread 2", 1),
        ("w2, thread 1", 2),
        ("w2, thread 1", 3),
    ]
    starts = [part.start for part in record.spans[2:]]
    assert starts == pytest.approx([0.0, 1.0], abs=1e-3)
    assert record.began == begin


def test_a_meter_sends_what_it_counted(counted):
    here, there = Meter(), Meter(where="worker")
    (block, *_) = counted.read(0)
    there.add(block, 0.01, 0.02)
    here.absorb(there.cost())
    (only,) = here.spans()
    assert only == replace(
        only,
        lane="worker, thread 1",
        first_block=block.index,
        blocks=1,
        read_seconds=0.01,
        compute_seconds=0.02,
    )
    assert only.end - only.start == pytest.approx(0.03)
