"""Row filters: which rows of a file are read at all.

As pandas and PyArrow write them: ``[("year", ">", 2013), ("origin", "in", ["LAX", "SFO"])]`` for
all of these, a list of such lists for any of them, or an expression of `pyarrow.compute`. Rows are
filtered exactly while they are decoded. Before that, files and row groups in which no row can pass
are left out by what their folders and statistics say, where those are sure: the smallest and the
largest value of a column do not tell of NaN, which passes ``!=``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import acero

from skdask.blocks.schema import raise_missing_columns
from skdask.exceptions import DataError

OPERATIONS = ("=", "==", "!=", "<", ">", "<=", ">=", "in", "not in")


@dataclass(frozen=True)
class RowFilter:
    """A condition on rows.

    Attributes
    ----------
    expression : pyarrow.compute.Expression
    columns : tuple of str
        The columns it looks at.
    schema : pyarrow.Schema
        Of a file, with what its folders say.
    """

    expression: Any
    columns: tuple[str, ...]
    schema: Any

    def passing(self, batch: Any) -> Any:
        """The rows of a record batch that pass; a null is no."""
        if batch.num_rows == 0:
            return batch
        return batch.filter(_mask(batch.select(list(self.columns)), self.expression))

    @property
    def _sees_nan(self) -> bool:
        """Whether a row could pass for a NaN, of which statistics say nothing."""
        floats = any(pa.types.is_floating(self.schema.field(name).type) for name in self.columns)
        plain = re.sub(r'"(?:[^"\\]|\\.)*"', "", str(self.expression)).replace("is_in(", "")
        return floats and ("!=" in plain or re.search(r"\w\(", plain) is not None)

    def files(self, partitions: Sequence[Mapping[str, Any]]) -> list[int]:
        """The files in which rows may pass, by what their folders say."""
        if not any(name in self.columns for values in partitions for name in values):
            return list(range(len(partitions)))
        dataset = ds.FileSystemDataset.from_paths(
            [f"{number}" for number in range(len(partitions))],
            schema=self.schema,
            format=ds.ParquetFileFormat(),
            filesystem=pa.fs.LocalFileSystem(),
            partitions=[self._known(values) for values in partitions],
        )
        return [int(part.path) for part in dataset.get_fragments(filter=self.expression)]

    def row_groups(self, metadata: Any, values: Mapping[str, Any]) -> tuple[list[int], set[int]]:
        """The row groups in which rows may pass, and those of them in which all do."""
        groups = range(metadata.num_row_groups)
        if self._sees_nan or not groups:
            return list(groups), set()
        sink = pa.BufferOutputStream()
        metadata.write_metadata_file(sink)
        footer = sink.getvalue()
        some = self._possible(footer, self.expression, values)
        if any(pa.types.is_floating(self.schema.field(name).type) for name in self.columns):
            return some, set()
        others = set(self._possible(footer, ~self.expression, values))
        named = {name for name in self.columns if name not in values}
        return some, {
            group
            for group in some
            if group not in others and _without_nulls(metadata.row_group(group), named)
        }

    def _possible(self, footer: Any, expression: Any, values: Mapping[str, Any]) -> list[int]:
        fragment = ds.ParquetFileFormat().make_fragment(
            pa.BufferReader(footer), partition_expression=self._known(values)
        )
        return sorted(
            info.id
            for part in fragment.split_by_row_group(expression, self.schema)
            for info in part.row_groups
        )

    def _known(self, values: Mapping[str, Any]) -> Any:
        known = pc.scalar(True)
        for name, value in values.items():
            kind = self.schema.field(name).type
            one = (
                pc.field(name).is_null()
                if value is None
                else pc.field(name) == pa.scalar(value, kind)
            )
            known = known & one
        return known


def row_filter(filters: Any, schema: Any, source: str) -> RowFilter:
    """The filter that a user wrote, for files of a schema.

    Raises
    ------
    DataError
        It names a column that is not there, or is no filter.
    """
    if not isinstance(filters, pc.Expression):
        _check_conditions(filters, schema, source)
    try:
        expression = pq.filters_to_expression(filters)
        columns = _columns(expression, schema)
    except (pa.ArrowException, TypeError, ValueError) as error:
        missing = re.search(r"No match for FieldRef\.Name\((.*?)\) in", str(error))
        if missing:
            raise_missing_columns([missing[1]], schema.names, "filters", source)
        raise DataError(f"filters: {error}. {_HOW}") from error
    return RowFilter(expression, columns, schema)


_HOW = (
    "Write for example [('year', '>', 2013), ('origin', 'in', ['LAX', 'SFO'])], or "
    "pyarrow.compute.field('year') > 2013, with values of the column's type"
)


def _check_conditions(filters: Any, schema: Any, source: str) -> None:
    if not isinstance(filters, list | tuple) or not filters:
        raise DataError(f"filters: {filters!r} is no list of conditions. {_HOW}")
    conditions = filters if isinstance(filters[0], tuple) else [c for some in filters for c in some]
    for condition in conditions:
        if not isinstance(condition, tuple) or len(condition) != 3:
            raise DataError(f"filters: {condition!r} is no (column, operation, value). {_HOW}")
        operation = condition[1]
        if operation not in OPERATIONS:
            listed = ", ".join(OPERATIONS)
            raise DataError(f"filters: {operation!r} is none of the operations {listed}. {_HOW}")
    missing = [name for name, _, _ in conditions if name not in schema.names]
    if missing:
        raise_missing_columns(list(dict.fromkeys(missing)), schema.names, "filters", source)


def _columns(expression: Any, schema: Any) -> tuple[str, ...]:
    """The columns without which an expression makes no sense; an error where one is missing."""
    text = str(expression)
    empty = schema.empty_table()
    _mask(empty, expression)
    named = [name for name in schema.names if name in text]
    needed = []
    for name in named:
        try:
            _mask(empty.drop_columns([name]), expression)
        except pa.ArrowException:
            needed.append(name)
    return tuple(needed)


def _mask(rows: Any, expression: Any) -> Any:
    """Whether rows pass, as an Arrow column; on this thread alone."""
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
    plan = acero.Declaration.from_sequence(
        [
            acero.Declaration("table_source", acero.TableSourceNodeOptions(table)),
            acero.Declaration("project", acero.ProjectNodeOptions([expression], ["passes"])),
        ]
    )
    passes = plan.to_table(use_threads=False).column("passes")
    if not pa.types.is_boolean(passes.type):
        raise DataError(f"filters: the expression is {passes.type}, not true or false. {_HOW}")
    return passes.combine_chunks()


def _without_nulls(row_group: Any, names: set[str]) -> bool:
    """Whether statistics promise that columns have no null."""
    for index in range(row_group.num_columns):
        column = row_group.column(index)
        if column.path_in_schema in names:
            known = column.statistics
            if known is None or not known.has_null_count or known.null_count:
                return False
    return True
