"""One pass: from the requests that need the data to a state for each of them.

Equal requests are one already. Statistics of one kind are updated together, so that kinds with a
fused kernel can use it; which of them a stretch of rows concerns follows from its fold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from dask.utils import format_bytes

from skdask.blocks import raise_non_finite
from skdask.blocks.columns import matrix_of
from skdask.exceptions import DataError, KindError, MemoryBudgetError, SkdaskError, SparseDataError
from skdask.passes.folds import Folds
from skdask.passes.prefix import Prefix, mapped
from skdask.passes.request import Request
from skdask.rows import Block, Rows, is_frame, is_matrix, is_sparse
from skdask.statistics.base import Statistic

Rest = TypeVar("Rest")


@dataclass
class PassState:
    """The states of all statistics of a pass over some blocks.

    Attributes
    ----------
    kept : dict
        By (reusable statistic, prefix, fold).
    moving : dict
        By request, for statistics with parameters.
    """

    kept: dict[tuple[Statistic[Any, Any], Prefix | None, int], Any] = field(default_factory=dict)
    moving: dict[Request, Any] = field(default_factory=dict)


@dataclass
class _Group:
    """What is asked of the rows after one prefix."""

    kept: list[Statistic[Any, Any]] = field(default_factory=list)
    moving: dict[type, list[Request]] = field(default_factory=lambda: defaultdict(list))

    def of_fold(self, fold: int, folds: Folds) -> _Group:
        """What concerns the rows of a fold."""
        moving = {
            kind: active
            for kind, requests in self.moving.items()
            if (active := [request for request in requests if folds.includes(request.rows, fold)])
        }
        return _Group(self.kept, moving)

    def statistics(self) -> Iterator[Statistic[Any, Any]]:
        yield from self.kept
        for requests in self.moving.values():
            yield from (request.statistic for request in requests)


class Forms:
    """Rows as each statistic takes them: a frame, or the matrix of it, which is made once.

    Parameters
    ----------
    rows : Rows
    where : str
        For errors.
    """

    def __init__(self, rows: Rows, where: str) -> None:
        self._rows = rows
        self._where = where
        self._matrix = rows if rows.X is None or is_matrix(rows.X) else None

    def for_kind(self, kind: type[Statistic[Any, Any]], asked_by: str) -> Rows:
        """The rows for a kind of statistic; scikit-learn's error where it takes dense ones only."""
        if kind.takes_tables or not kind.needs_features:
            return self._rows
        if is_sparse(self._rows.X) and not kind.accepts_sparse:
            raise SparseDataError(
                "Sparse data was passed for X, but dense data is required. Use '.toarray()' to "
                f"convert to a dense numpy array. {asked_by or kind.__name__} takes dense rows "
                f"only, and {self._where} is sparse: for a Dask Array use X.map_blocks(lambda "
                "block: block.toarray()), where its chunks are small enough to be dense; in a "
                "pipeline let the step before make dense columns."
            )
        if self._matrix is None:
            self._matrix = replace(self._rows, X=matrix_of(self._rows.X))
        return self._matrix


class Scan:
    """What one pass computes.

    Parameters
    ----------
    requests : sequence of Request
        Distinct ones that need the data.
    folds : Folds
    feature_names : tuple of str, optional
        For errors.
    """

    def __init__(
        self,
        requests: Sequence[Request],
        folds: Folds,
        feature_names: tuple[str, ...] | None = None,
    ) -> None:
        self._feature_names = feature_names
        self._folds = folds
        self._asked_by = {request.statistic: request.asked_by for request in reversed(requests)}
        by_fold = [r for r in requests if r.statistic.reusable and r.rows.kept_by_fold]
        self.kept = _without_derivable(
            dict.fromkeys((request.statistic, request.rows.prefix) for request in by_fold)
        )
        alone = [r for r in requests if r.statistic.reusable and not r.rows.kept_by_fold]
        found = _without_derivable(
            dict.fromkeys((request.statistic, request.rows) for request in alone)
        )
        self.moving = [r for r in requests if not r.statistic.reusable]
        self.moving += [r for r in alone if (r.statistic, r.rows) in found]
        self._most_state: int | None = None
        self._groups = self._by_prefix()
        self._carried: dict[Request, Any] = {}

    def _by_prefix(self) -> dict[Prefix | None, _Group]:
        """What is asked of the rows after each prefix, those with the same beginning together."""
        groups: dict[Prefix | None, _Group] = {}
        for statistic, prefix in self.kept:
            groups.setdefault(prefix, _Group()).kept.append(statistic)
        for request in self.moving:
            group = groups.setdefault(request.rows.prefix, _Group())
            group.moving[type(request.statistic)].append(request)
        return groups

    @property
    def folds(self) -> Folds:
        return self._folds

    def state_bytes(self, n_columns: int) -> int:
        """Bytes of the states of all rows, for data of so many columns."""
        kept = sum(statistic.state_bytes(n_columns) for statistic, _ in self.kept)
        moving = sum(request.statistic.state_bytes(n_columns) for request in self.moving)
        return kept * self._folds.n_folds + moving

    @property
    def in_order(self) -> bool:
        """Whether blocks must be met one after the other."""
        return any(request.statistic.in_order for request in self.moving)

    def carried_to(self, state: PassState) -> PassState:
        """The state of all blocks, with what was carried from block to block."""
        return PassState(state.kept, state.moving | self._carried)

    def within(self, folds: Folds) -> Scan:
        """This scan for blocks of which these folds are known."""
        other = copy(self)
        other._folds = folds
        return other

    def bounded(self, most_state: int) -> Scan:
        """This scan, refusing states of a block that grow beyond so many bytes."""
        other = copy(self)
        other._most_state = most_state
        return other

    @property
    def needs_features(self) -> bool:
        return any(statistic.needs_features for statistic in self._statistics())

    @property
    def _accepts_nan(self) -> bool:
        # a prefix may well be there to fill what is missing
        raw = self._groups.get(None, _Group())
        return all(
            statistic.accepts_nan or not statistic.needs_features for statistic in raw.statistics()
        )

    def _statistics(self) -> Iterator[Statistic[Any, Any]]:
        for group in self._groups.values():
            yield from group.statistics()

    def describe(self) -> str:
        counts = Counter(type(request.statistic).__name__ for request in self.moving)
        names = [type(statistic).__name__ for statistic, _ in self.kept]
        names += [f"{count} x {name}" if count > 1 else name for name, count in counts.items()]
        return ", ".join(names)

    def leaf(self, block: Block) -> PassState:
        """The states of one block, less what goes on with the next."""
        state = PassState(moving=dict(self._carried))
        try:
            # `_check` looks for what these warnings would say, and names the place
            with np.errstate(invalid="ignore", over="ignore"):
                self._meet(state, block)
        except SkdaskError:
            raise
        except (ValueError, TypeError) as error:
            # bad rows are named before what they led to
            allow_nan = self._accepts_nan or (block.rows.X is not None and is_frame(block.rows.X))
            raise_non_finite(block, self._feature_names, self._name(), allow_nan=allow_nan)
            kind = KindError if isinstance(error, TypeError) else DataError
            raise kind(f"{str(error).rstrip('.')}. Found in {block.where}.") from error
        self._check(state, block)
        _check_weights(block)
        self._check_size(state, block)
        self._carried = {
            request: state.moving.pop(request)
            for request in tuple(state.moving)
            if request.statistic.in_order
        }
        return state

    def _meet(self, state: PassState, block: Block) -> None:
        for fold, rows in self._folds.segments(block.numbered()):
            memo: dict[Prefix, Rows] = {}
            for prefix, group in self._groups.items():
                active = group.of_fold(fold, self._folds)
                if not active.kept and not active.moving:
                    continue
                if prefix is None:
                    self._update(state, active, None, fold, rows, block)
                    continue
                for start in range(0, rows.n_rows, prefix.height):
                    part = rows
                    if rows.n_rows > prefix.height:
                        part, memo = rows.take(slice(start, start + prefix.height)), {}
                    after = mapped(prefix, part, memo)
                    self._update(state, active, prefix, fold, after, block)
                # only what another group begins with is worth its memory
                kept = {other.before for other in self._groups if other is not None}
                memo = {known: after for known, after in memo.items() if known in kept}
                if any(part.n_rows < rows.n_rows for part in memo.values()):
                    memo = {}

    def _update(
        self,
        state: PassState,
        group: _Group,
        prefix: Prefix | None,
        fold: int,
        rows: Rows,
        block: Block,
    ) -> None:
        """Update all states of a group with rows that have been through its prefix."""
        forms = Forms(rows, block.where)
        for statistic in group.kept:
            key = (statistic, prefix, fold)
            before = state.kept[key] if key in state.kept else statistic.zero()
            asked_by = self._asked_by.get(statistic, "")
            state.kept[key] = statistic.update(before, forms.for_kind(type(statistic), asked_by))
            if prefix is not None and statistic.suspect(state.kept[key]):
                self._check_one(statistic, state.kept[key], _after(block, rows))
        for kind, active in group.moving.items():
            self._update_moving(state, kind, active, forms)
            if prefix is not None:
                for request in active:
                    if request.statistic.suspect(state.moving[request]):
                        after = _after(block, rows)
                        self._check_one(request.statistic, state.moving[request], after)

    def _update_moving(
        self, state: PassState, kind: type, active: list[Request], forms: Forms
    ) -> None:
        statistics = [request.statistic for request in active]
        before = [
            state.moving[request] if request in state.moving else request.statistic.zero()
            for request in active
        ]
        rows = forms.for_kind(kind, active[0].asked_by)
        after = kind.update_many(statistics, before, rows)  # type: ignore[attr-defined]
        state.moving.update(zip(active, after, strict=True))

    def merge(self, left: PassState, right: PassState) -> PassState:
        kept = dict(left.kept)
        for key, state in right.kept.items():
            kept[key] = key[0].merge(kept[key], state) if key in kept else state
        moving = dict(left.moving)
        for request, state in right.moving.items():
            known = request in moving
            moving[request] = request.statistic.merge(moving[request], state) if known else state
        return PassState(kept, moving)

    def _check(self, state: PassState, block: Block) -> None:
        """Raise where a NaN or an infinity came into a state; costs nothing while all is well."""
        for (statistic, prefix, _), part in state.kept.items():
            if prefix is None:
                self._check_one(statistic, part, block)
        for request, part in state.moving.items():
            if request.rows.prefix is None:
                self._check_one(request.statistic, part, block)

    def _check_one(self, statistic: Statistic[Any, Any], state: Any, block: Block) -> None:
        if statistic.suspect(state):
            raise_non_finite(
                block,
                self._feature_names,
                self._asked_by.get(statistic, ""),
                allow_nan=statistic.accepts_nan,
            )
            if statistic.reusable:
                raise DataError(
                    f"{type(statistic).__name__} of {block.where} is not finite although its rows "
                    "are: values are too large to be squared in float64; scale them down."
                )

    def _check_size(self, state: PassState, block: Block) -> None:
        """Raise where the rows have made states larger than the memory limit allows for."""
        if self._most_state is None:
            return
        held = sum(key[0].held_bytes(part) for key, part in state.kept.items())
        held += sum(request.statistic.held_bytes(part) for request, part in state.moving.items())
        if held > self._most_state:
            raise MemoryBudgetError(
                f"{self._name() or self.describe()} needs {format_bytes(held)} for the classes of "
                f"{block.where} alone, and the memory limit leaves "
                f"{format_bytes(self._most_state)} for those of a block: there are too many "
                "classes for so many columns. Is the target one of classes? Use fewer columns, or "
                "raise skdask.config.set(memory_limit=...)."
            )

    def _name(self) -> str:
        return next((name for name in self._asked_by.values() if name), "")


def _after(block: Block, rows: Rows) -> Block:
    """The block as a prefix has made it, for an error about its rows."""
    return replace(block, rows=rows, first_row=None, where=f"{block.where}, after the steps before")


def _without_derivable(
    asked: dict[tuple[Statistic[Any, Any], Rest], None],
) -> list[tuple[Statistic[Any, Any], Rest]]:
    """Leave out what follows from another statistic of the same pass and the same rows."""
    return [
        (statistic, rows)
        for statistic, rows in asked
        if not any((source, rows) in asked for source in statistic.derivable_from())
    ]


def _check_weights(block: Block) -> None:
    """Raise where a weight is not finite, whatever the statistics make of it."""
    weight = block.rows.sample_weight
    if weight is not None and not np.isfinite(weight.sum()):
        raise_non_finite(replace(block, rows=Rows(block.rows.n_rows, sample_weight=weight)))
