"""Requests as values, and algorithms side by side."""

from __future__ import annotations

import pytest

from skdask.passes import ALL_ROWS, Request, RowSet, ask, together
from skdask.statistics import Labels, Moments


def rounds(name, count):
    """An algorithm of so many passes that keeps what it was sent."""
    seen = []
    for number in range(count):
        seen += yield (Request(Moments(), RowSet(number), f"{name}{number}"),)
    return name, seen


def drive(algorithm):
    """Answer requests with who asked; the rounds and the result."""
    asked = []
    try:
        requests = next(algorithm)
        while True:
            asked.append([request.asked_by for request in requests])
            requests = algorithm.send(tuple(request.asked_by for request in requests))
    except StopIteration as stop:
        return asked, stop.value


def test_passes_are_shared_and_the_finished_drop_out():
    asked, results = drive(
        together([rounds("a", 1), rounds("b", 3), rounds("c", 0), rounds("d", 2)])
    )
    assert asked == [["a0", "b0", "d0"], ["b1", "d1"], ["b2"]]
    assert results == [("a", ["a0"]), ("b", ["b0", "b1", "b2"]), ("c", []), ("d", ["d0", "d1"])]


def test_several_requests_in_one_pass_come_back_in_order():
    def pair(name):
        values = yield tuple(Request(Moments(), ALL_ROWS, f"{name}{k}") for k in range(3))
        last = yield ()
        return values, last

    asked, results = drive(together([pair("a"), pair("b")]))
    assert asked == [["a0", "a1", "a2", "b0", "b1", "b2"], []]
    assert results == [(("a0", "a1", "a2"), ()), (("b0", "b1", "b2"), ())]


def test_nested():
    asked, results = drive(together([together([rounds("a", 1), rounds("b", 2)]), rounds("c", 2)]))
    assert asked == [["a0", "b0", "c0"], ["b1", "c1"]]
    assert [name for name, _ in results[0]] == ["a", "b"]


def test_none_at_all():
    assert drive(together([])) == ([], [])


def test_ask_gives_the_value():
    _, value = drive(ask(Labels(), asked_by="me"))
    assert value == "me"


def test_an_error_in_one_comes_out():
    def broken():
        yield (Request(Moments()),)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        drive(together([rounds("a", 3), broken()]))


def test_equal_whoever_asks():
    assert Request(Moments(), asked_by="Ridge") == Request(Moments(), asked_by="Lasso")
    assert hash(Request(Moments(), asked_by="a")) == hash(Request(Moments(), asked_by="b"))
    assert Request(Moments()) != Request(Moments(), RowSet(0))
    assert Request(Moments()) != Request(Moments(True))


def test_row_sets():
    assert [RowSet(1).includes(fold) for fold in range(3)] == [False, True, False]
    assert [RowSet(1, rest=True).includes(fold) for fold in range(3)] == [True, False, True]
    assert all(ALL_ROWS.includes(fold) for fold in range(3))
    assert [str(rows) for rows in (ALL_ROWS, RowSet(1), RowSet(1, True))] == [
        "all rows",
        "fold 1",
        "all but fold 1",
    ]
