"""The engine: how many passes it takes, and that every request gets its own value."""

from __future__ import annotations

import numpy as np
import pytest

from skdask import config
from skdask.exceptions import DataError
from skdask.passes import (
    FoldNumbers,
    FoldRanges,
    Knowledge,
    Request,
    RowSet,
    ask,
    run,
    together,
)
from skdask.statistics import (
    Codes,
    ColumnMoments,
    Extremes,
    GlmGradient,
    Labels,
    LogisticProblem,
    Moments,
)
from skdask.statistics.summary import MomentSummary

PROBLEM = LogisticProblem(np.array([0, 1]))


def gradient(value):
    return GlmGradient(PROBLEM, np.full((5, 1), float(value)))


def descend(count, rows=None, start=0.0):
    """So many passes, each for a gradient that nobody else asks for."""
    losses = []
    for number in range(count):
        answer = yield from ask(gradient(start + number), rows or RowSet())
        losses.append(answer.loss)
    return losses


def test_the_longest_algorithm_sets_the_passes(counted):
    done = run([descend(2), descend(5, start=0.5), ask(Moments())], counted, what="test")
    assert counted.passes == done.report.passes == 5
    assert [len(part) for part in done.results[:2]] == [2, 5]
    assert done.report.log[0].asked == "Moments, 2 x GlmGradient"


def test_equal_requests_are_computed_once(counted):
    done = run([descend(3) for _ in range(4)], counted, what="test")
    assert counted.passes == 3
    assert [record.n_requests for record in done.report.log] == [1, 1, 1]
    assert all(losses == done.results[0] for losses in done.results)


def test_everyone_gets_the_value_asked_for(counted, X, y):
    def algorithm(shift):
        a, b = yield (Request(gradient(shift)), Request(Labels()))
        moments, c = yield (Request(Moments()), Request(gradient(shift + 10)))
        return a, b, moments, c

    results = run([algorithm(0.0), algorithm(1.0), algorithm(0.0)], counted, what="test").results
    assert counted.passes == 2
    for shift, (a, b, moments, c) in zip((0.0, 1.0, 0.0), results, strict=True):
        for statistic, found in ((gradient(shift), a), (gradient(shift + 10), c)):
            eta = X @ statistic.coefficients[:-1, 0] + statistic.coefficients[-1, 0]
            loss = np.logaddexp(0.0, np.where(y == 0, eta, -eta)).sum()
            assert found.loss == pytest.approx(loss)
        np.testing.assert_array_equal(b.counts, np.bincount(y))
        np.testing.assert_allclose(moments.mean, X.mean(axis=0))


def test_what_is_known_costs_no_pass(counted):
    def again():
        first = yield from ask(Moments())
        second = yield from ask(Moments())
        columns = yield from ask(ColumnMoments())
        assert second is first
        return columns

    run([again()], counted, what="test")
    assert counted.passes == 1


def test_what_follows_from_the_same_pass_is_not_computed(counted, X):
    def algorithm():
        return (yield tuple(map(Request, (ColumnMoments(), Moments(), Moments(True), Labels()))))

    done = run([algorithm()], counted, what="test")
    assert done.report.log[0].asked == "Moments, Labels"
    columns, moments, _, _ = done.results[0]
    np.testing.assert_allclose(columns.scatter, X.var(axis=0) * len(X))
    np.testing.assert_array_equal(np.diagonal(moments.scatter), columns.scatter)
    assert counted.passes == 1


def test_an_algorithm_with_known_requests_does_not_fall_behind(counted):
    def knowing():
        yield from ask(Moments())
        yield from ask(ColumnMoments())
        yield from ask(Moments())
        return (yield from descend(3))

    run([knowing(), descend(4, start=0.5)], counted, what="test")
    assert counted.passes == 4


def test_knowledge_outlives_a_run(counted):
    knowledge = Knowledge(counted.n_features, 1)
    first = run([ask(Moments(True))], counted, what="one", knowledge=knowledge)
    second = run([ask(ColumnMoments())], counted, what="two", knowledge=knowledge)
    assert counted.passes == first.report.passes == 1
    assert second.report.passes == 0
    assert second.report.rows == counted.n_rows
    with pytest.raises(ValueError, match="1 fold"):
        run(
            [ask(Moments())],
            counted,
            what="x",
            knowledge=knowledge,
            folds=FoldRanges((0, 500, 1000)),
        )


def test_targets_are_read_without_features(counted, y):
    def algorithm():
        labels = yield from ask(Labels())
        codes = yield from ask(Codes())
        moments = yield from ask(Moments())
        return labels, codes, moments

    labels, coded, _ = run([algorithm()], counted, what="test").results[0]
    np.testing.assert_array_equal(coded.classes, labels.classes)
    np.testing.assert_array_equal(coded.classes[coded.codes], y)
    assert counted.passes == 3
    assert counted.feature_passes == 1


def test_no_algorithms_and_no_requests_read_nothing(counted):
    def idle():
        return (yield ())

    assert run([], counted, what="nothing").results == []
    assert run([idle()], counted, what="nothing").results == [()]
    assert counted.passes == 0


@pytest.mark.parametrize("kind", ["ranges", "numbers"])
def test_folds_are_a_group_by(counted, X, y, kind):
    if kind == "ranges":
        folds = FoldRanges((0, 100, 450, 450, 1000))
        number = np.repeat([0, 1, 3], [100, 350, 550])
    else:
        number = np.random.default_rng(0).choice([0, 1, 3], len(X)).astype(np.uint8)
        folds = FoldNumbers(number, 4)
    everywhere = [RowSet(), *(RowSet(k, rest) for k in range(4) for rest in (False, True))]

    def algorithm(rows):
        both = yield (Request(Moments(), rows), Request(gradient(1.0), rows))
        columns = yield from ask(ColumnMoments(), rows)
        return *both, columns

    results = run([algorithm(rows) for rows in everywhere], counted, what="t", folds=folds).results
    assert counted.passes == 1
    for rows, (moments, loss, columns) in zip(everywhere, results, strict=True):
        chosen = np.array([rows.includes(fold) for fold in number])
        assert moments.count == loss.weight == chosen.sum()
        if not chosen.any():
            assert columns.count.size == 0
            continue
        np.testing.assert_allclose(moments.mean, X[chosen].mean(axis=0), rtol=1e-9)
        covariance = np.cov(X[chosen].T, bias=True)
        np.testing.assert_allclose(moments.scatter / chosen.sum(), covariance, rtol=1e-9)
        np.testing.assert_allclose(columns.mean, moments.mean)
        eta = X[chosen].sum(axis=1) + 1.0
        expected = np.logaddexp(0.0, np.where(y[chosen] == 0, eta, -eta)).sum()
        assert loss.loss == pytest.approx(expected)


def test_training_sets_come_from_parts(counted):
    """One pass for the folds, then nothing: neither the training sets nor all rows are read."""
    folds = FoldRanges((0, 300, 600, 1000))

    def algorithm():
        first = yield from ask(Moments(), RowSet(0))
        rest = yield from ask(Moments(), RowSet(0, rest=True))
        everything = yield from ask(ColumnMoments())
        return first, rest, everything

    first, rest, everything = run([algorithm()], counted, what="t", folds=folds).results[0]
    assert counted.passes == 1
    assert first.count + rest.count == everything.count[0] == 1000


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("statistic", [Moments(), gradient(1.0), Extremes()], ids=str)
@pytest.mark.parametrize("n_threads", [1, 2])
@pytest.mark.filterwarnings("error")
def test_bad_values_are_named_with_their_place(cut, X, y, bad, statistic, n_threads):
    X = X.copy()
    X[503, 2] = bad
    data = cut(X, y)
    with config.set(n_threads=n_threads):
        if np.isnan(bad) and statistic == Extremes():
            run([ask(statistic)], data, what="t")
            return
        what = "NaN" if np.isnan(bad) else "infinity"
        with pytest.raises(
            DataError, match=f"(?s)Input X contains {what}.*column 2.*row 503 of the"
        ):
            run([ask(statistic, asked_by="Ridge")], data, what="t")


def test_errors_of_a_statistic_name_the_block(cut, X):
    y = np.zeros(len(X))
    y[700] = 0.5
    with pytest.raises(DataError, match="Unknown label type") as caught:
        run([ask(Labels())], cut(X, y), what="t")
    assert "Found in NumPy array" in str(caught.value)
    # missing values are not to blame where they are allowed
    X = X.copy()
    X[700, 0] = np.nan
    with pytest.raises(DataError, match="Unknown label type"):
        run([ask(Labels()), ask(ColumnMoments())], cut(X, y), what="t")


@pytest.mark.filterwarnings("error")
def test_sums_that_overflow_are_errors(cut, X):
    with pytest.raises(DataError, match=r"Moments of .* is not finite although"):
        run([ask(Moments())], cut(X * 1e200), what="t")
    weight = np.ones(len(X))
    weight[5] = -1.0
    with pytest.raises(DataError, match="Negative values in data passed to `sample_weight`"):
        run([ask(Moments(weighted=True))], cut(X, sample_weight=weight), what="t")


def test_errors_of_an_algorithm_come_out(counted):
    def broken():
        yield from ask(Moments())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run([broken(), descend(5)], counted, what="t")
    assert counted.passes == 1


def test_same_bits_alone_and_together(counted):
    """Statistics that do not fuse do not feel each other."""
    alone = run([ask(Moments())], counted, what="t").results[0]
    beside = run([ask(Moments()), descend(2), ask(Extremes())], counted, what="t").results[0]
    assert isinstance(alone, MomentSummary)
    np.testing.assert_array_equal(alone.scatter, beside.scatter)


def test_a_value_waits_with_its_algorithm(counted):
    """Of two requests one is known from the pass before: it is neither lost nor read again."""

    def first():
        yield from ask(gradient(0.0))
        return (yield (Request(gradient(1.0)), Request(gradient(0.0))))

    results = run([first(), descend(1)], counted, what="t").results
    assert counted.passes == 2
    assert results[0][1].loss == results[1][0]


def test_nested_algorithms_do_not_wait_for_each_other(counted):
    def knowing(count):
        yield from ask(Moments())
        yield from together([ask(ColumnMoments()), ask(Moments())])
        return (yield from descend(count))

    def search(count):
        results = yield from together([knowing(count), together([descend(4, start=0.5)])])
        more = yield from together([])
        return results, more

    done = run([search(3), descend(4, start=0.5), search(2)], counted, what="t")
    assert counted.passes == 4
    (three, (four,)), nothing = done.results[0]
    assert (len(three), len(four), nothing) == (3, 4, [])


def test_nested_algorithms_share_as_well(counted):
    run([together([descend(3), descend(2, start=0.5)]), descend(3)], counted, what="t")
    assert counted.passes == 3
