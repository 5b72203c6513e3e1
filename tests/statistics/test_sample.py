"""Samples: uniform or in proportion, the same whatever the blocks, sparse rows too."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from skdask.rows import Block, Rows
from skdask.statistics import Affine
from skdask.statistics.far_sample import FarSample
from skdask.statistics.mapped import Mapped
from skdask.statistics.sample import Sample, SampledRows

N = 2000
X = np.arange(2.0 * N).reshape(N, 2)
WEIGHT = (np.arange(N) % 4).astype(np.float64)


def drawn(statistic: Sample | FarSample, rows: Rows, height: int = 300) -> SampledRows:
    state = statistic.zero()
    for start in range(0, rows.n_rows, height):
        part = statistic.update(statistic.zero(), rows.take(slice(start, start + height)))
        state = statistic.merge(state, part)
    return statistic.value(state)


def numbered(values: object = X) -> Rows:
    return Rows(N, values, sample_weight=WEIGHT, numbers=range(N))


def test_every_row_is_as_likely():
    hits = np.zeros(N)
    for seed in range(300):
        hits[np.asarray(drawn(Sample(200, seed), numbered()).rows.numbers)] += 1
    assert hits.sum() == 300 * 200
    # 30 times each, give or take 5.2
    assert abs(hits.mean() - 30) < 1e-9
    assert 4.5 < hits.std() < 6.0
    # neighbouring rows and seeds have nothing to do with each other
    assert abs(np.corrcoef(hits[:-1], hits[1:])[0, 1]) < 0.1


def test_rows_in_proportion_to_their_weight():
    hits = np.zeros(4)
    for seed in range(200):
        rows = drawn(Sample(20, seed, by_weight=True), numbered()).rows
        hits += np.bincount(rows.sample_weight.astype(int), minlength=4)
    np.testing.assert_allclose(hits / hits.sum(), [0, 1 / 6, 2 / 6, 3 / 6], atol=0.02)


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_blocks_do_not_matter(kind):
    one, other = (drawn(Sample(50, 7), numbered(kind(X)), height).rows for height in (N, 13))
    np.testing.assert_array_equal(one.numbers, other.numbers)
    found = one.X.toarray() if sparse.issparse(one.X) else one.X
    np.testing.assert_array_equal(found, X[np.asarray(one.numbers)])
    assert (np.diff(np.asarray(one.numbers)) > 0).all()


def test_all_rows_where_there_are_no_more():
    found = drawn(Sample(N, 0), numbered())
    assert found.is_whole
    np.testing.assert_array_equal(found.rows.X, X)
    assert not drawn(Sample(N - 1, 0), numbered()).is_whole


def test_far_rows_are_likelier():
    values = np.where(np.arange(N) % 2, 1.0, 3.0)[:, np.newaxis]
    values[0] = 0.0
    mapped = Mapped(Affine.identity(1), np.zeros(1))
    hits = []
    for seed in range(200):
        statistic = FarSample(mapped, np.zeros((1, 1)), size=10, seed=seed)
        hits.append(drawn(statistic, Rows(N, values, numbers=range(N))).rows.X.ravel())
    values = np.concatenate(hits)
    assert (values == 0.0).sum() == 0
    np.testing.assert_allclose((values == 3.0).mean(), 0.9, atol=0.03)


def test_rows_are_numbered_by_their_block_where_counts_are_unknown():
    blocks = [Block(index, None, Rows(3, X[:3]), "").numbered() for index in (0, 1)]
    assert [block.rows.numbers[0] for block in blocks] == [0, 2**40]
    assert list(Block(1, 5, Rows(3), "").numbered().rows.numbers) == [5, 6, 7]
    with pytest.raises(ValueError, match="needs numbered rows"):
        Sample(1, 0).update(Sample(1, 0).zero(), Rows(3, X[:3]))
