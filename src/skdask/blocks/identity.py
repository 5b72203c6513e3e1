"""What tells one data set from another without reading it: files by size and time, arrays by
contents, Dask collections by their name."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skdask.blocks.stores import Store

# Bytes that are hashed at a time
_STRIDE = 2**24


def digest_of(values: Any) -> str:
    """A digest of the contents of an array or frame in memory."""
    digest = hashlib.blake2b(digest_size=12)
    if isinstance(values, sparse.csr_array | sparse.csr_matrix | sparse.csc_array):
        for part in (values.data, values.indices, values.indptr):
            _add(digest, part)
    elif isinstance(values, pd.DataFrame):
        for column in values.columns:
            digest.update(repr(column).encode())
            _add(digest, pd.util.hash_pandas_object(values[column], index=False).to_numpy())
    else:
        _add(digest, values)
    return digest.hexdigest()


def _add(digest: Any, array: Any) -> None:
    digest.update(f"{array.dtype.str}{array.shape}".encode())
    if array.dtype.hasobject:
        digest.update(repr(array.tolist()).encode())
        return
    # slices of rows, so that what is not contiguous, or lies in a file, is never copied as a whole
    rows = max(1, _STRIDE * len(array) // max(1, array.nbytes)) if array.ndim else 1
    for start in range(0, len(array) if array.ndim else 1, rows):
        part = np.ascontiguousarray(array[start : start + rows] if array.ndim else array)
        digest.update(part.reshape(-1).view(np.uint8).data)


def file_facts(path: str) -> str:
    """Size and time of a local file, in words."""
    found = os.stat(path)
    when = datetime.fromtimestamp(found.st_mtime_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return f"{found.st_size:,} bytes of {when}.{found.st_mtime_ns % 10**9:09d}"


def stored_facts(store: Store, path: str) -> str:
    """What tells a file from an earlier one under the same name."""
    if not store.is_remote:
        return file_facts(path)
    size = store.size(path)  # type: ignore[attr-defined]
    version = store.ask(path, lambda filesystem, inner: filesystem.ukey(inner))  # type: ignore[attr-defined]
    return f"{size:,} bytes of version {version}"
