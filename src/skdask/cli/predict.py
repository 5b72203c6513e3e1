"""`skdask predict`: a table in, a folder of Parquet with its predictions out, in flat memory.

Threads take parts of the table; a part becomes one file, batch by batch. All is written to a
folder beside the wanted one, which gets its name when everything is there.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from dask.dataframe.utils import meta_nonempty
from numpy.typing import NDArray

from skdask import config
from skdask.blocks import raise_non_finite
from skdask.blocks.columns import arrow_columns, arrow_rows, plain_text, template
from skdask.blocks.cut import block_rows
from skdask.blocks.schema import Layout, matrix_dtype, raise_missing_columns
from skdask.cli.tables import Part, Table
from skdask.exceptions import DataError
from skdask.passes.blas import one_blas_thread
from skdask.passes.meter import Meter
from skdask.passes.progress import PassProgress
from skdask.routes.fitting import takes_tables
from skdask.routes.lazy import bare_predictor
from skdask.routes.twins import without_questions
from skdask.rows import Block

# Of a batch a thread holds the decoded columns, the matrix, what each step makes of it, the answer
_BATCH_COPIES = 6


@dataclass(frozen=True)
class Written:
    """What a prediction wrote."""

    rows: int
    files: int
    columns: tuple[str, ...]
    seconds: float


class _Output:
    """The columns that are written: those kept, then what the model says of each row."""

    def __init__(self, model: Any, table: Table, keep: Sequence[str], proba: bool) -> None:
        self.plain = bare_predictor(model)
        self.proba = proba
        if proba and not hasattr(self.plain, "predict_proba"):
            raise DataError(f"--proba: {_name(model)} gives no probabilities; leave it out")
        self.features = _features(model, table)
        known = {column.name: column for column in arrow_columns(table.schema, {})}
        columns = tuple(known[name] for name in self.features)
        numbers = [c.feature_dtype for c in columns if c.feature_dtype is not None]
        self.layout = Layout(
            tuple(self.features), matrix_dtype(numbers), columns, as_table=takes_tables(model)
        )
        self.classes = getattr(self.plain, "classes_", None)
        made = self._made(*self._example())
        self.kept = _kept(table, keep, set(made))
        self.model_name = _name(model)
        kept_fields = [table.schema.field(name) for name in self.kept]
        self.schema = pa.schema(
            [
                field.with_type(pa.string()) if pa.types.is_null(field.type) else field
                for field in kept_fields
            ]
            + [pa.field(name, pa.array(values).type) for name, values in made.items()]
        )

    def _example(self) -> tuple[Any, Any]:
        """A made-up row, and the model that takes it whatever its categories."""
        if self.layout.as_table:
            row = plain_text(meta_nonempty(template(self.layout)).iloc[:1])
            return row, without_questions(self.plain)
        return np.ones((1, len(self.features)), self.layout.dtype), self.plain

    def batch(self, batch: Any, where: str, index: int, first_row: int) -> Any:
        """A written batch of a read one."""
        (rows,) = arrow_rows([batch], [batch.num_rows], self.layout, True)
        if not self.layout.as_table:  # which may well have steps that fill what is missing
            raise_non_finite(Block(index, first_row, rows, where), self.features, self.model_name)
        try:
            made = self._made(rows.X, self.plain)
        except ValueError as error:
            raise DataError(f"{str(error).rstrip('.')}. Found in {where}.") from error
        columns = [
            column if column.type == field.type else column.cast(field.type)
            for field, column in zip(
                self.schema, (batch.column(name) for name in self.kept), strict=False
            )
        ]
        columns += [pa.array(values) for values in made.values()]
        return pa.record_batch(columns, schema=self.schema)

    def _made(self, X: Any, plain: Any) -> dict[str, NDArray[Any]]:
        if not hasattr(plain, "predict"):
            raise DataError(f"{type(plain).__name__} has no predict: its last step transforms")
        values = np.asarray(plain.predict(X))
        if values.ndim == 1:
            made = {"prediction": values}
        else:
            made = {f"prediction_{k}": column for k, column in enumerate(values.T)}
        if self.proba:
            chances = np.asarray(plain.predict_proba(X))
            made |= {
                f"probability_{label}": column
                for label, column in zip(self.classes, chances.T, strict=True)  # type: ignore[arg-type]
            }
        return made


def predict_table(
    model: Any,
    table: Table,
    out: Path,
    *,
    keep: Sequence[str] = (),
    proba: bool = False,
    force: bool = False,
) -> Written:
    """Write the predictions for a table into a folder.

    Parameters
    ----------
    model : fitted estimator
    table : Table
        May have more columns than the model knows.
    out : path
        Appears when all is written.
    keep : sequence of column names
        Columns of the table to write beside the prediction; ``["all"]`` for all of them.
    proba : bool
        Write a column of probabilities for each class.
    force : bool
        Replace an earlier output.

    Returns
    -------
    Written
    """
    check_out(out, force)
    started = time.perf_counter()
    output = _Output(model, table, keep, proba)
    threads, rows = _within_budget(len(output.features) + len(output.kept), len(table.parts))
    with _appearing(out) as folder:
        written = _write_parts(output, table, folder, threads, rows)
    names = tuple(output.schema.names)
    return Written(written, len(table.parts), names, time.perf_counter() - started)


def _write_parts(output: _Output, table: Table, folder: Path, threads: int, rows: int) -> int:
    progress = PassProgress("predict")
    meter = Meter()
    n_blocks = sum(-(-(part.n_rows or 0) // rows) for part in table.parts)
    progress.begin_pass(1, n_blocks, meter, threads)
    stop = threading.Event()

    def write(number: int, part: Part) -> int:
        done = 0
        path = folder / f"part-{number:05d}.parquet"
        text = [f.name for f in output.schema if not pa.types.is_floating(f.type)]
        with pq.ParquetWriter(path, output.schema, use_dictionary=text) as writer:
            batches = table.read(part, output.features, output.kept, rows)
            for index, batch in enumerate(batches):
                if stop.is_set():
                    break
                first = part.first_row + done
                where = (
                    f"{os.path.basename(part.path)}, rows {first} to {first + batch.num_rows - 1}"
                )
                writer.write_batch(output.batch(batch, where, index, first))
                done += batch.num_rows
                meter.count(batch.num_rows, batch.nbytes)
        return done

    with one_blas_thread(), ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(write, number, part) for number, part in enumerate(table.parts)]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
            return sum(future.result() for future in futures if future.done())
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
            progress.end()


def _within_budget(n_columns: int, n_parts: int) -> tuple[int, int]:
    """Threads, and rows of a batch, so that what they hold fits the budget."""
    settings = config.get()
    threads = max(1, min(settings.threads, n_parts))
    share = settings.budget // (threads * _BATCH_COPIES)
    return threads, block_rows(min(settings.block_bytes, max(share, 2**16)), n_columns)


def _features(model: Any, table: Table) -> list[str]:
    names = getattr(model, "feature_names_in_", None)
    text = {} if takes_tables(model) else table.not_numeric()
    if names is not None:
        wanted = [str(name) for name in names]
        missing = [name for name in wanted if name not in table.schema.names]
        if missing:
            raise_missing_columns(missing, table.schema.names, "features of the model", table.name)
    else:
        wanted = [name for name in table.schema.names if name not in text]
        expected = getattr(model, "n_features_in_", len(wanted))
        if len(wanted) != expected:
            raise DataError(
                f"the model was fitted on {expected} columns without names, and {table.name} has "
                f"{len(wanted)} numeric columns; give a table with just those"
            )
    bad = [f"{name!r} ({text[name]})" for name in wanted if name in text]
    if bad:
        raise DataError(
            f"the model needs numbers, but {table.name} has {', '.join(bad)}; write the columns "
            "as the numbers that it was fitted on"
        )
    return wanted


def _kept(table: Table, keep: Sequence[str], made: set[str]) -> list[str]:
    available = list(table.schema.names)
    if list(keep) == ["all"] and "all" not in available:
        keep = available
    missing = [name for name in keep if name not in available]
    if missing:
        raise_missing_columns(missing, available, "--keep", table.name)
    twice = [name for name in keep if name in made]
    if twice:
        raise DataError(
            f"--keep: {table.name} has a column {twice[0]!r} already, which is what predictions "
            "are called; keep other columns"
        )
    return list(dict.fromkeys(keep))


def _name(model: Any) -> str:
    steps = getattr(model, "steps", None)
    return type(steps[-1][1] if steps else model).__name__


def check_out(out: Path, force: bool) -> None:
    """Raise unless the folder may be written."""
    if not out.parent.is_dir():
        raise DataError(f"--out: the folder {out.parent} does not exist; make it first")
    if not (out.exists() or out.is_symlink()):
        return
    if not force:
        raise DataError(f"{out} exists already; choose another --out, or replace it with --force")
    if not out.is_dir() or any(entry.suffix != ".parquet" for entry in out.iterdir()):
        raise DataError(
            f"{out} holds more than Parquet files, so that --force does not remove it; choose "
            "another --out, or remove it yourself"
        )


@contextmanager
def _appearing(out: Path) -> Iterator[Path]:
    """A folder beside the wanted one that takes its place at the end, or vanishes."""
    folder = out.with_name(f".{out.name}.{os.getpid()}.unfinished")
    before = out.with_name(f".{out.name}.{os.getpid()}.replaced")
    folder.mkdir()
    try:
        yield folder
        if out.exists():
            out.rename(before)
        try:
            folder.rename(out)
        except OSError:
            if before.exists():
                before.rename(out)
            raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(before, ignore_errors=True)
