"""The laws of a mergeable statistic, as one check that every statistic passes.

Split invariance, associativity, the empty state and empty rows as identities, weights as
repetition, purity, fusion, derivation, the projected size of a state, and being a value.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from functools import partial, reduce
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skdask.passes.codec import decode, encode, fingerprint
from skdask.rows import Rows, is_sparse
from skdask.statistics import Statistic

Equal = Callable[[Any, Any], None]


def check_statistic_laws(
    statistic: Statistic[Any, Any],
    rows: Rows,
    *,
    equal: Equal | None = None,
    cuts: Sequence[int] | None = None,
    companions: Sequence[Statistic[Any, Any]] = (),
) -> None:
    """Raise AssertionError where a statistic breaks a law on these rows.

    Parameters
    ----------
    statistic : Statistic
    rows : Rows
        With at least one row; its arrays are made read-only copies.
    equal : callable, optional
        Raises AssertionError unless two values agree; :func:`assert_close` by default.
    cuts : sequence of int, optional
        Where the rows are split into blocks; thirds by default. Equal cuts make empty blocks.
    companions : sequence of Statistic
        Others of the same kind that `update_many` gets beside it.
    """
    agree = equal or assert_close
    rows = read_only(rows)
    bounds = cuts if cuts is not None else (rows.n_rows // 3, rows.n_rows // 3 * 2)
    parts = [
        rows.take(slice(start, stop)) for start, stop in pairwise([0, *sorted(bounds), rows.n_rows])
    ]
    _check_value(statistic)
    if statistic.in_order:
        check_stream_laws(statistic, rows, parts, agree)
        return
    _check_splits(statistic, rows, parts, agree)
    _check_identity(statistic, rows)
    _check_purity(statistic, parts)
    _check_fusion(statistic, companions, rows, agree)
    _check_derivation(statistic, rows, agree)
    _check_size(statistic, rows, parts)
    _check_codec(statistic, parts)
    _check_weights(statistic, rows, agree)


def check_stream_laws(
    statistic: Statistic[Any, Any], rows: Rows, parts: Sequence[Rows], agree: Equal
) -> None:
    """The laws that hold of what learns in an order, whose states have no merge."""
    trusted = {type(statistic).__module__}
    expected = statistic.value(whole(statistic, rows))
    state = statistic.zero()
    for part in [rows.take(slice(0, 0)), *parts]:
        before = encode(state, trusted)
        after = statistic.update(state, part)
        written = encode(after, trusted)
        statistic.value(after)
        assert encode(state, trusted) == before, f"{statistic!r} writes to its states"
        assert encode(after, trusted) == written, f"{statistic!r} writes to its states"
        state = decode(written, trusted)
        taken = sum(array.nbytes for array in arrays_of(state))
        assert taken <= statistic.state_bytes(rows.X.shape[1])
    agree(statistic.value(state), expected)
    assert fingerprint(statistic) == fingerprint(deepcopy(statistic))


def whole(statistic: Statistic[Any, Any], rows: Rows) -> Any:
    """The state of rows taken at once."""
    return statistic.update(statistic.zero(), rows)


def _check_value(statistic: Statistic[Any, Any]) -> None:
    for copy in (pickle.loads(pickle.dumps(statistic)), deepcopy(statistic)):
        assert copy == statistic, f"{statistic!r} does not equal its copy"
        assert hash(copy) == hash(statistic), f"{statistic!r} hashes otherwise than its copy"
    assert statistic != object()


def _check_splits(
    statistic: Statistic[Any, Any], rows: Rows, parts: Sequence[Rows], agree: Equal
) -> None:
    expected = statistic.value(whole(statistic, rows))
    states = [whole(statistic, part) for part in parts]
    from_left = reduce(statistic.merge, states)
    from_right = reduce(lambda right, left: statistic.merge(left, right), reversed(states))
    in_order = reduce(statistic.update, parts, statistic.zero())
    for state in (from_left, from_right, in_order):
        agree(statistic.value(state), expected)


def _check_identity(statistic: Statistic[Any, Any], rows: Rows) -> None:
    state = whole(statistic, rows)
    expected = statistic.value(state)
    none = whole(statistic, rows.take(slice(0, 0)))
    exactly = partial(assert_close, rtol=0.0, atol=0.0)
    for empty in (statistic.zero(), none, statistic.merge(statistic.zero(), none)):
        exactly(statistic.value(statistic.merge(empty, state)), expected)
        exactly(statistic.value(statistic.merge(state, empty)), expected)
    exactly(statistic.value(statistic.update(state, rows.take(slice(0, 0)))), expected)


def _check_purity(statistic: Statistic[Any, Any], parts: Sequence[Rows]) -> None:
    left, right = whole(statistic, parts[0]), whole(statistic, parts[-1])
    before = deepcopy((left, right))
    statistic.merge(left, right)
    statistic.update(left, parts[-1])
    statistic.value(left)
    statistic.suspect(left)
    assert_close((left, right), before, rtol=0.0, atol=0.0)


def _check_fusion(
    statistic: Statistic[Any, Any],
    companions: Sequence[Statistic[Any, Any]],
    rows: Rows,
    agree: Equal,
) -> None:
    several = [*companions, statistic]
    begun = [whole(one, rows.take(slice(0, rows.n_rows // 2))) for one in several]
    rest = rows.take(slice(rows.n_rows // 2, None))
    together = type(statistic).update_many(several, begun, rest)
    for one, state, found in zip(several, begun, together, strict=True):
        agree(one.value(found), one.value(one.update(state, rest)))


def _check_derivation(statistic: Statistic[Any, Any], rows: Rows, agree: Equal) -> None:
    assert rows.X is None or statistic.needs_features or not statistic.derivable_from()
    n_features = 0 if rows.X is None else rows.X.shape[1]
    for source in statistic.derivable_from():
        state = source.update(source.zero(), rows)
        if source.suspect(state):
            continue  # it does not take what this one takes: missing values
        derived = statistic.derive(source, state, n_features)
        agree(statistic.value(derived), statistic.value(whole(statistic, rows)))
        empty = statistic.derive(source, source.zero(), n_features)
        agree(statistic.value(statistic.merge(empty, derived)), statistic.value(derived))


def _check_size(statistic: Statistic[Any, Any], rows: Rows, parts: Sequence[Rows]) -> None:
    n_columns = 0 if rows.X is None else rows.X.shape[1]
    if rows.y is not None:
        n_columns += 1 if rows.y.ndim == 1 else rows.y.shape[1]
    merged = reduce(statistic.merge, [whole(statistic, part) for part in parts])
    allowed = statistic.state_bytes(n_columns) + statistic.row_bytes * rows.n_rows
    for state in (whole(statistic, rows), merged):
        taken = sum(array.nbytes for array in arrays_of(state))
        assert taken <= allowed, f"a state of {statistic!r} takes {taken} bytes of {allowed}"


def _check_codec(statistic: Statistic[Any, Any], parts: Sequence[Rows]) -> None:
    """The state survives a checkpoint to the bit, and goes on from there to the bit."""
    trusted = {type(statistic).__module__}
    for state in (statistic.zero(), whole(statistic, parts[0])):
        written = encode(state, trusted)
        again = decode(written, trusted)
        assert type(again) is type(state), f"{type(again)} instead of {type(state)}"
        assert encode(again, trusted) == written, f"a state of {statistic!r} is not kept exactly"
        if parts[-1].n_rows:
            merged = statistic.merge(state, whole(statistic, parts[-1]))
            resumed = statistic.merge(again, whole(statistic, parts[-1]))
            assert encode(resumed, trusted) == encode(merged, trusted)
    assert fingerprint(statistic) == fingerprint(deepcopy(statistic))


def _check_weights(statistic: Statistic[Any, Any], rows: Rows, agree: Equal) -> None:
    """Weights 0, 1, 2 ... act as so many rows, for a statistic that has weights."""
    if not is_weighted(statistic):
        return
    times = np.arange(rows.n_rows) % 4
    if rows.y is None or rows.y.dtype.kind == "f":
        times[-1] = 1
    else:
        # a class stays a class at weight zero, but not without rows
        _, first = np.unique([str(label) for label in rows.y.tolist()], return_index=True)
        times[first] = 1
    weighted = read_only(replace(rows, sample_weight=times.astype(np.float64)))
    repeated = rows.take(np.repeat(np.arange(rows.n_rows), times))
    repeated = read_only(replace(repeated, sample_weight=np.ones(repeated.n_rows)))
    agree(
        _without_counts(statistic.value(whole(statistic, weighted))),
        _without_counts(statistic.value(whole(statistic, repeated))),
    )


def is_weighted(statistic: Statistic[Any, Any]) -> bool:
    """Whether rows count by their weight: its `weighted`, or that of its problem."""
    owner = getattr(statistic, "problem", statistic)
    return bool(getattr(owner, "weighted", False))


def _without_counts(value: Any) -> Any:
    """The value less how many rows there were, which weights do not change."""
    if type(value) is tuple:
        return tuple(map(_without_counts, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    bare = {
        field.name: 0 if field.name in ("count", "counts") else _without_counts(inner)
        for field in fields(value)
        if field.init
        for inner in [getattr(value, field.name)]
    }
    return replace(value, **bare)


def read_only(rows: Rows) -> Rows:
    """A copy whose arrays cannot be written to; memory order is kept."""
    return Rows(rows.n_rows, *[_frozen(getattr(rows, field.name)) for field in fields(rows)[1:]])


def _frozen(array: Any) -> Any:
    if array is None or isinstance(array, range):
        return array
    if is_sparse(array):
        copy = array.copy()
        for part in (copy.data, copy.indices, copy.indptr):
            part.flags.writeable = False
        return copy
    copy = array.copy(order="K")
    copy.flags.writeable = False
    return copy


def arrays_of(state: Any) -> Iterator[NDArray[Any]]:
    """All arrays of a state."""
    if isinstance(state, np.ndarray):
        yield state
    elif is_dataclass(state):
        for field in fields(state):
            yield from arrays_of(getattr(state, field.name))
    elif isinstance(state, (list, tuple)):
        for part in state:
            yield from arrays_of(part)


def assert_close(found: Any, expected: Any, rtol: float = 1e-9, atol: float = 1e-9) -> None:
    """Raise AssertionError unless two values agree: numbers closely, all else exactly.

    ``atol`` is relative to the largest entry of an array. Triangular factors, whose signs are
    free, are compared by what they factor.
    """
    if is_sparse(expected):
        assert_close(found.toarray(), expected.toarray(), rtol, atol)
        return
    if hasattr(expected, "gram"):
        names = ("count", "weight", "mean", "gram")
        pairs = [(getattr(found, name), getattr(expected, name)) for name in names]
    elif is_dataclass(expected):
        pairs = [(getattr(found, f.name), getattr(expected, f.name)) for f in fields(expected)]
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected), f"{len(found)} values, expected {len(expected)}"
        pairs = list(zip(found, expected, strict=True))
    else:
        _assert_arrays_close(np.asarray(found), np.asarray(expected), rtol, atol)
        return
    assert type(found) is type(expected), f"{type(found)} instead of {type(expected)}"
    for one, other in pairs:
        assert_close(one, other, rtol, atol)


def _assert_arrays_close(
    found: NDArray[Any], expected: NDArray[Any], rtol: float, atol: float
) -> None:
    if expected.dtype.kind != "f" or rtol == atol == 0.0:
        np.testing.assert_array_equal(found, expected)
        return
    finite = np.abs(expected[np.isfinite(expected)])
    scale = float(finite.max()) if finite.size else 0.0
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol * scale)
