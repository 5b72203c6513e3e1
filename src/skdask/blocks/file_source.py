"""What sources of files have in common: columns that folders say, and rows that filters leave.

A source of one kind decodes record batches of some columns. Here the columns of a partitioned
data set (``year=2013/``) are added to them, and the rows that do not pass are dropped.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa

from skdask import config
from skdask.blocks.columns import arrow_column, arrow_rows
from skdask.blocks.cut import Span
from skdask.blocks.files import Files
from skdask.blocks.filters import RowFilter, row_filter
from skdask.blocks.freed import handed_out
from skdask.blocks.identity import stored_facts
from skdask.blocks.schema import Column, layout_of
from skdask.blocks.source import Source, Stamp, placed
from skdask.exceptions import DataError
from skdask.rows import Rows

# Requests of a remote store that are under way at a time
CONNECTIONS = 16


class FileSource(Source):
    """Files of the same columns.

    Attributes
    ----------
    paths, labels : tuples of str
    values : tuple of dict
        Of every file the values that its folders say.
    layout : Layout
    filter : RowFilter or None
    whole : frozenset of int
        Pieces of which every row is known to pass.
    notes : tuple of str
        What a filter left out, for people.
    """

    pooled = True
    filter: RowFilter | None = None
    whole: frozenset[int] = frozenset()
    notes: tuple[str, ...] = ()

    def __init__(self, files: Files) -> None:
        self.store = files.store
        self.name = files.name
        self.paths, self.labels = files.paths, files.labels
        self.waits = files.store.is_remote
        self._texts = files.partitions
        self.values: tuple[dict[str, Any], ...] = ()
        self._facts: list[Any] | None = None
        self.constants: list[Any] = []

    def identity(self) -> dict[str, str]:
        local = not self.store.is_remote
        found = {
            os.path.abspath(path) if local else path: stored_facts(self.store, path)
            for path in self.paths
        }
        if self.filter is not None:
            found["the filter"] = str(self.filter.expression)
        return found

    def take_partitions(self, names: Sequence[str]) -> None:
        """Make columns of what folders say and files (whose columns these are) do not."""
        keys = list(self._texts[0])
        for path, texts in zip(self.paths, self._texts, strict=True):
            if list(texts) != keys:
                raise DataError(
                    f"{path} lies in folders of {list(texts)}, and {self.paths[0]} in folders of "
                    f"{keys}; all files of a data set must be partitioned alike"
                )
        self.constants = [
            _constant(key, [texts[key] for texts in self._texts])
            for key in keys
            if key not in names
        ]
        whole = {field.name for field in self.constants if pa.types.is_integer(field.type)}
        self.values = tuple(
            {
                field.name: int(text) if field.name in whole and text is not None else text
                for field in self.constants
                for text in [texts[field.name]]
            }
            for texts in self._texts
        )

    def take_filter(self, filters: Any, schema: Any) -> None:
        """Leave out the files in which no row can pass."""
        if filters is None:
            return
        for field in self.constants:
            schema = schema.append(field)
        self.is_filtered = True
        self.filter = row_filter(filters, schema, self.name)
        kept = self.filter.files(self.values)
        if len(kept) < len(self.paths):
            self.notes = (f"filters leave {len(kept)} of {len(self.paths)} files",)
        self.paths = tuple(self.paths[file] for file in kept)
        self.labels = tuple(self.labels[file] for file in kept)
        self.values = tuple(self.values[file] for file in kept)

    def lay_out(self, columns: Sequence[Column], **how: Any) -> None:
        """Give every column of the files and their folders its part."""
        columns = [*columns, *(arrow_column(field) for field in self.constants)]
        self.layout, self.schema = layout_of(columns, self.name, **how)

    def file_columns(self, features: bool, names: Sequence[str], filtered: bool) -> list[str]:
        """What to read of a file for what is needed; one column where only rows count."""
        needed = [str(name) for name in self.layout.needed(features)]
        if self.filter is not None and filtered:
            needed += self.filter.columns
        constant = {field.name for field in self.constants}
        found = [name for name in dict.fromkeys(needed) if name not in constant]
        return found or ([names[0]] if needed else [])

    def count_columns(self, names: Sequence[str]) -> list[str]:
        """The columns from which the rows that pass are counted."""
        constant = {field.name for field in self.constants}
        looked_at = self.filter.columns if self.filter is not None else ()
        return [name for name in looked_at if name not in constant] or [names[0]]

    def completed(
        self, batches: Iterable[Any], file: int, filtered: bool
    ) -> Generator[Any, None, None]:
        """Batches of a file with the columns of its folders, without rows that do not pass."""
        for batch in batches:
            for field in self.constants:
                value = pa.scalar(self.values[file][field.name], field.type)
                batch = batch.append_column(field.name, pa.repeat(value, batch.num_rows))
            if self.filter is not None and filtered:
                batch = self.filter.passing(batch)
            yield batch
            del batch

    def stacked(
        self,
        spans: Sequence[Span],
        features: bool,
        batches_of: Callable[[int, bool], list[Any]],
    ) -> Iterator[Rows]:
        """Whole pieces as one block, which is filled by one piece after the other."""
        n_rows = sum(span.n_rows or 0 for span in spans)
        if not self.layout.needed(features):
            yield Rows(n_rows)
            return

        def batches() -> Iterator[Any]:
            for span in spans:
                found = handed_out(batches_of(span.piece, features))
                yield from placed(found, self.pieces[span.piece])

        yield from arrow_rows(batches(), [n_rows], self.layout, features)

    def files_stamp(self, *more: object) -> Stamp | None:
        """A name for what the files hold now and for what is taken of them.

        None where a store does not say when a file changed: an old answer would be worse than
        reading again. Stores are asked once, local files for every pass.
        """
        if self._facts is None or not self.waits:
            try:
                self._facts = self.side_by_side(self.store.version, self.paths)
            except OSError:
                return None  # reading will say why
        if None in self._facts:
            return None
        # an expression shows only the first of many values
        condition = b"" if self.filter is None else pickle.dumps(self.filter.expression)
        what = repr((self.kind, self.layout, self.paths, self._facts, more)).encode()
        return Stamp(hashlib.blake2b(what + condition, digest_size=16).hexdigest())

    def lengths(self) -> tuple[int, ...]:
        """The rows of every piece; several pieces are counted at a time."""
        unknown = [index for index, piece in enumerate(self.pieces) if piece.n_rows is None]
        counted = dict(zip(unknown, self.side_by_side(self.length, unknown), strict=True))
        return tuple(counted.get(i, piece.n_rows or 0) for i, piece in enumerate(self.pieces))

    def side_by_side(self, work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        """`work` of all items, over threads: one for each connection, or for each core."""
        threads = min(CONNECTIONS if self.waits else config.get().threads, len(items))
        if threads < 2:
            return [work(item) for item in items]
        with ThreadPoolExecutor(threads, thread_name_prefix="skdask-open") as pool:
            return list(pool.map(work, items))


def _constant(name: str, texts: Sequence[str | None]) -> Any:
    """The field of a column that folders say: whole numbers where all are, else text."""
    known = [text for text in texts if text is not None]
    if not known or not all(re.fullmatch(r"-?\d+", text) for text in known):
        return pa.field(name, pa.string())
    numbers = [int(text) for text in known]
    small = all(-(2**31) <= number < 2**31 for number in numbers)
    return pa.field(name, pa.int32() if small else pa.int64())
