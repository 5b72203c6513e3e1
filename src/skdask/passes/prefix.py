"""What rows go through before a statistic sees them: fitted steps that are not affine.

An affine step needs no rows, since statistics follow it by algebra. One-hot columns, filled gaps or
products of columns do not follow from anything: the rows of a block are mapped by the step itself
while they are in memory, once for all statistics that ask for them, and then forgotten. A prefix
is a value: two that do the same are the same, whoever made them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any

from skdask.rows import Rows, is_frame

# Bytes of mapped rows that are held at once: of a block that becomes much wider, some rows at a
# time are mapped
MAPPED_BYTES = 2**25


class Step(ABC):
    """A map of rows to as many rows.

    Attributes
    ----------
    token : str
        Equal for steps that do the same.
    fixed : bool
        Whether it is the same whatever rows it was fitted on, and so in every fold.
    """

    token: str
    fixed: bool

    @abstractmethod
    def apply(self, rows: Rows) -> Rows:
        """The rows after the step."""

    def of_new_rows(self) -> Step:
        """What it does to rows that it was not fitted on, where that is something else."""
        return self


@dataclass(frozen=True)
class Prefix:
    """Steps one after the other; equal by what they do.

    Attributes
    ----------
    step : Step
        The last of them.
    before : Prefix or None
    n_outputs : int
        Columns of the mapped rows.
    row_bytes : int
        Bytes of a mapped row, estimated.
    """

    step: Step = field(compare=False, repr=False)
    before: Prefix | None
    n_outputs: int = field(compare=False)
    row_bytes: int = field(compare=False)
    token: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", self.step.token)

    @property
    def fixed(self) -> bool:
        return self.step.fixed and (self.before is None or self.before.fixed)

    def of_new_rows(self) -> Prefix:
        """What the steps do to rows that they were not fitted on."""
        before = None if self.before is None else self.before.of_new_rows()
        step = self.step.of_new_rows()
        same = step is self.step and before is self.before
        return self if same else replace(self, step=step, before=before)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Tokens of all steps, the first one first."""
        return (*(() if self.before is None else self.before.tokens), self.token)

    @property
    def chain_bytes(self) -> int:
        """Bytes of a row in all the forms that it takes on its way."""
        return self.row_bytes + (0 if self.before is None else self.before.chain_bytes)

    @property
    def height(self) -> int:
        """Rows to map at a time."""
        return max(64, MAPPED_BYTES // max(1, self.chain_bytes))


def mapped(prefix: Prefix | None, rows: Rows, memo: dict[Prefix, Rows]) -> Rows:
    """The rows after a prefix; what `memo` holds of these rows is not made again."""
    if prefix is None:
        return rows
    if prefix not in memo:
        memo[prefix] = prefix.step.apply(mapped(prefix.before, rows, memo))
    return memo[prefix]


def bytes_of_row(X: Any) -> int:
    """Bytes that one row takes, judged by few: of text what it is long, of a matrix its width."""
    if is_frame(X):
        deep = int(X.memory_usage(index=False, deep=True).sum())
        return -(-deep // max(1, len(X)))
    n_rows, n_columns = X.shape
    if hasattr(X, "indptr"):
        return 12 * (-(-X.nnz // max(1, n_rows))) + 4
    return int(n_columns) * 8
