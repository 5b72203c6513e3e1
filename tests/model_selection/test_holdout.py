"""train_test_split: scikit-learn's rows, in their order, of every kind of collection."""

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import model_selection
from sklearn.model_selection import GroupShuffleSplit

import skdask
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.model_selection import train_test_split

N_ROWS = 103
X = np.arange(N_ROWS * 3.0).reshape(N_ROWS, 3)
LABELS = np.array(["dog", "cat", "emu"])[np.random.default_rng(0).integers(0, 3, N_ROWS)]
GROUPS = np.random.default_rng(1).integers(0, 9, N_ROWS) * 7
ROWS = np.arange(N_ROWS)


def frame(**columns):
    return dd.from_pandas(pd.DataFrame({"a": X[:, 0], "t": LABELS, **columns}), npartitions=4)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"test_size": 0.4},
        {"test_size": 10, "train_size": 20},
        {"train_size": 0.5, "random_state": 7},
        {"shuffle": False},
        {"stratify": LABELS},
        {"stratify": da.from_array(LABELS, chunks=17)},
        {"stratify": da.from_array(np.column_stack([LABELS, LABELS]), chunks=(17, 1))},
        {"stratify": frame()["t"]},
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_rows_are_scikit_learns(arguments):
    theirs = {"random_state": 0, **arguments}
    if "stratify" in theirs:
        theirs["stratify"] = np.asarray(theirs["stratify"])
    expected = model_selection.train_test_split(ROWS, **theirs)
    found = train_test_split(
        da.from_array(X, chunks=(25, 2)),
        da.from_array(ROWS, chunks=40),
        frame(),
        frame()["a"],
        ROWS,
        **{"random_state": 0, **arguments},
    )
    for side in (0, 1):
        kept = np.sort(expected[side])
        features, target, table, series, in_memory = found[side::2]
        assert features.shape == (len(kept), 3)
        np.testing.assert_array_equal(features.compute(), X[kept])
        np.testing.assert_array_equal(target.compute(), kept)
        np.testing.assert_array_equal(in_memory, kept)
        np.testing.assert_array_equal(series.compute(), X[kept, 0])
        pd.testing.assert_frame_equal(table.compute(), frame().compute().iloc[kept])
        assert table.divisions == frame().divisions


def test_groups_stay_together():
    splitter = GroupShuffleSplit(1, test_size=0.25, random_state=3)
    train, test = next(splitter.split(X, groups=GROUPS))
    for groups in (GROUPS, da.from_array(GROUPS, chunks=10), frame(g=GROUPS)["g"]):
        one, other = train_test_split(da.from_array(ROWS, chunks=30), groups=groups, random_state=3)
        np.testing.assert_array_equal(one.compute(), train)
        np.testing.assert_array_equal(other.compute(), test)
    in_memory, _ = train_test_split(ROWS, groups=GROUPS, random_state=3)
    np.testing.assert_array_equal(in_memory, train)


def test_unknown_lengths_are_counted():
    values = frame().drop(columns="t").values
    train, test = train_test_split(values, random_state=0)
    expected = model_selection.train_test_split(ROWS, random_state=0)
    np.testing.assert_array_equal(test.compute()[:, 0], X[np.sort(expected[1]), 0])
    assert train.shape[0] == len(expected[0])


def test_sparse_chunks_stay_sparse():
    rows = da.from_array(X, chunks=(30, 3)).map_blocks(sparse.csr_array)
    _, test = train_test_split(rows, random_state=0)
    kept = np.sort(model_selection.train_test_split(ROWS, random_state=0)[1])
    parts = [part.compute() for part in test.to_delayed().ravel()]
    np.testing.assert_array_equal(sparse.vstack(parts).toarray(), X[kept])


def test_files_and_blocks(tmp_path):
    path = tmp_path / "rows.parquet"
    frame().compute().to_parquet(path, row_group_size=20)
    kept = np.sort(model_selection.train_test_split(ROWS, random_state=0)[1])
    for given in (path, str(path), skdask.blocks.open(path)):
        _, test = train_test_split(given, random_state=0)
        np.testing.assert_array_equal(test["a"].compute(), X[kept, 0])


def test_in_memory_is_scikit_learns():
    ours = train_test_split(X, LABELS, stratify=LABELS, random_state=5)
    theirs = model_selection.train_test_split(X, LABELS, stratify=LABELS, random_state=5)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(one, other)


def test_texts_in_a_list_are_rows():
    _, _, _, test = train_test_split(da.from_array(ROWS, chunks=50), LABELS.tolist())
    assert set(test) <= {"dog", "cat", "emu"}


def test_what_cannot_be_split():
    lazy = da.from_array(X, chunks=(30, 3))
    with pytest.raises(ValueError, match="At least one array"):
        train_test_split()
    with pytest.raises(DataError, match=r"inconsistent numbers of samples: \[103, 102\]"):
        train_test_split(lazy, ROWS[1:])
    with pytest.raises(UnsupportedError, match="StratifiedGroupKFold"):
        train_test_split(lazy, groups=GROUPS, stratify=LABELS)
    with pytest.raises(ValueError, match="least populated class"):
        train_test_split(lazy, stratify=ROWS)
    with pytest.raises(ValueError, match="NaN"):
        train_test_split(lazy, stratify=np.where(ROWS > 3, ROWS, np.nan))
    with skdask.config.set(memory_limit=1000), pytest.raises(MemoryBudgetError, match="choose"):
        train_test_split(lazy)
