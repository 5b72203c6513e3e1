"""One property test for all statistics: the table grows by a line with every new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from inspect import isabstract
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from skdask.rows import Rows
from skdask.statistics import (
    Affine,
    Association,
    ClassColumns,
    ClassMoments,
    Codes,
    ColumnMoments,
    Extremes,
    Factor,
    FourthMoments,
    GlmGradient,
    GlmHessian,
    HuberProblem,
    Labels,
    LogisticProblem,
    Moments,
    ResponseScores,
    SquaredHinge,
    SquaredTube,
    Statistic,
    TargetMoments,
    TweedieProblem,
)
from skdask.statistics.balls import BallSums
from skdask.statistics.block_totals import BlockTotals, LargestError
from skdask.statistics.branch import Branch
from skdask.statistics.class_scores import ClassScores
from skdask.statistics.class_totals import ClassCategories, ClassTotals
from skdask.statistics.classes import ClassMomentsOfAny
from skdask.statistics.cluster_spread import CentreDistances, ClusterSpread
from skdask.statistics.coding import CodeStep, FarthestSides
from skdask.statistics.distinct import Distinct
from skdask.statistics.divergence import DivergenceStep
from skdask.statistics.document_frequencies import DocumentFrequencies
from skdask.statistics.ellipsoid import DistanceRanks, Distances, Ellipsoid, InnerMoments
from skdask.statistics.far_sample import FarSample
from skdask.statistics.gather import Gather, GatherWithGaps
from skdask.statistics.ica import ContrastStep, cube, gaussian, log_cosh
from skdask.statistics.kinked import Hinge, Pinball, Tube
from skdask.statistics.label_pairs import LabelPairs
from skdask.statistics.labels import LabelTables
from skdask.statistics.leave_one_out import (
    LeaveOneOutCards,
    LeaveOneOutErrors,
    LeaveOneOutMoments,
    RidgePath,
)
from skdask.statistics.levels import Levels, RankProducts
from skdask.statistics.lloyd import ClusterSpreads, Farthest, Inertia, LloydStep
from skdask.statistics.mapped import Mapped
from skdask.statistics.mixture import Mixture, MixtureLikelihood, MixtureStep
from skdask.statistics.near_kinks import NearKinks
from skdask.statistics.nmf import FactorStep, SignedParts
from skdask.statistics.power import PowerMoments
from skdask.statistics.products import ScatterProduct
from skdask.statistics.ranks import RankCells, Ranked, Ranks
from skdask.statistics.sample import Sample
from skdask.statistics.score_tables import ScoreTables
from skdask.statistics.series import Features, Series, Target
from skdask.statistics.stored import StoredEntries
from skdask.statistics.stream import Learner, Stream
from skdask.statistics.target import TargetColumns
from skdask.statistics.topics import TopicBound, Topics, TopicStep
from skdask.testing import check_statistic_laws
from skdask.testing.laws import assert_close

N_FEATURES = 3

Change = Callable[[Rows], Rows]


def as_is(rows: Rows) -> Rows:
    return rows


def with_gaps(rows: Rows) -> Rows:
    X = rows.X.copy()
    X[::3, 0] = np.nan
    X[1::2, 1] = np.nan
    X[:, 2] = np.nan
    return replace(rows, X=X)


def thinned(rows: Rows) -> Rows:
    X = rows.X.copy()
    X[::2, 0] = X[1::3, 1] = X[2::3, 2] = 0.0
    return replace(rows, X=sparse.csr_array(X))


def wide_and_thin(rows: Rows) -> Rows:
    """So few entries that products are taken entry by entry."""
    X = np.zeros((rows.n_rows, 40))
    X[np.arange(rows.n_rows), np.arange(rows.n_rows) % 40] = rows.X[:, 0]
    return replace(rows, X=sparse.csr_array(X))


def thinned_with_gaps(rows: Rows) -> Rows:
    return thinned(with_gaps(rows))


def thinned_with_two_classes(rows: Rows) -> Rows:
    return thinned(with_two_classes(rows))


def with_text_labels(rows: Rows) -> Rows:
    return replace(rows, y=np.array(["cat", "dog", "emu"])[rows.y])


def with_two_targets(rows: Rows) -> Rows:
    return replace(rows, y=np.column_stack([rows.y, rows.X[:, 0] - 1.0]))


def with_two_labels(rows: Rows) -> Rows:
    return replace(rows, y=np.column_stack([rows.y, rows.y % 2]))


def with_categories(rows: Rows) -> Rows:
    return replace(rows, X=np.abs(np.round(rows.X)) % 7)


def with_two_classes(rows: Rows) -> Rows:
    return replace(rows, y=rows.y % 2)


def without_features(rows: Rows) -> Rows:
    return replace(rows, X=None)


@dataclass(frozen=True)
class Case:
    statistic: Statistic[Any, Any]
    change: Change = as_is
    companions: tuple[Statistic[Any, Any], ...] = ()
    quick: bool = True
    equal: Callable[[Any, Any], None] | None = None

    def __str__(self) -> str:
        name = type(self.statistic).__name__
        flags = [f for f in ("with_target", "weighted") if getattr(self.statistic, f, False)]
        return "-".join([name, *flags, self.change.__name__])


def coefficients(n_outputs: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(N_FEATURES + 1, n_outputs))


TWO = LogisticProblem(np.array([0, 1]))
TWO_WEIGHTED = LogisticProblem(np.array([0, 1]), np.array([0.5, 3.0]), weighted=True)
THREE = LogisticProblem(np.array([0, 1, 2]))
THREE_WEIGHTED = LogisticProblem(np.array([0, 1, 2]), np.array([0.5, 3.0, 1.0]), weighted=True)
TEXT = LogisticProblem(np.array(["cat", "dog", "emu"]))
RIDGE = RidgePath(
    np.array([0.0, 1e4, -3.0, 1.0]),
    np.eye(3),
    np.full((3, 2), 1e-9) * [1, 2],
    np.ones((3, 1)),
    0.01,
    Affine.identity(3),
)
RIDGE_SIGNS = replace(RIDGE, classes=np.arange(3), centre=np.zeros(6), rotated=np.ones((3, 3)))
MIXING = Affine(np.arange(6.0).reshape(3, 2) - 2.0, np.array([1.0, -1.0]))


def gradient_case(problem: LogisticProblem, change: Change = as_is) -> Case:
    first, *others = (GlmGradient(problem, coefficients(problem.n_outputs, k)) for k in (1, 2, 3))
    unweighted = LogisticProblem(problem.classes)
    if not problem.weighted:
        others.append(GlmGradient(unweighted, coefficients(problem.n_outputs, 4)))
    return Case(first, change, tuple(others))


# some rows of those made below are next to each of them
CENTRES = np.array([[0.0, 1e4, -3.0], [1.0, 1e4 + 100.0, -3.0], [-1.0, 1e4 - 90.0, -3.0]])
CENTRES -= [0.0, 1e4, -3.0]
AS_THEY_ARE = Mapped(Affine.identity(3), np.array([0.0, 1e4, -3.0]))
WEIGHTED = Mapped(Affine.identity(3), np.array([0.0, 1e4, -3.0]), weighted=True)
SCALED = Mapped(Affine(np.array([1.0, -2.0, 0.5]), np.zeros(3)), np.zeros(3), weighted=True)
PROJECTED = Mapped(MIXING, np.zeros(2), weighted=True)


AROUND = Ellipsoid(AS_THEY_ARE, CENTRES[1], np.diag([1.0, 1e-4, 2.0]))
AROUND_PROJECTED = Ellipsoid(PROJECTED, np.zeros(2), np.eye(2))
FAR_FIRST = Series(Distances(AROUND_PROJECTED, negative=True))
HALF = Branch.root(WEIGHTED).half(CENTRES[:2], 0)

OFFSETS = np.array([-1.0, -2.0, -3.0])
FULL = np.triu(np.random.default_rng(5).normal(size=(3, 3, 3))) + 2 * np.eye(3)
FULL_MIXTURE = Mixture(AS_THEY_ARE, OFFSETS, CENTRES, FULL * [1.0, 0.01, 10.0])
TIED_MIXTURE = Mixture(AS_THEY_ARE, OFFSETS, CENTRES, np.diag([1.0, 0.01, 10.0]), shared=True)
DIAGONAL_MIXTURE = Mixture(PROJECTED, OFFSETS, CENTRES[:, :2], np.full((3, 2), 1e-4))
NEAREST = replace(FULL_MIXTURE, choice="nearest")
BY_CHANCE = replace(DIAGONAL_MIXTURE, choice="random", seed=3)


@dataclass(frozen=True)
class Sums(Learner):
    """Learns a moving average of the sums of batches, which follows their order."""

    batch_rows: int
    least_rows: int = 0
    takes_sparse: bool = False

    def begin(self) -> np.ndarray:
        return np.zeros(3)

    def learn(self, state: np.ndarray, X: Any) -> np.ndarray:
        sums = np.asarray(X.sum(axis=0))
        return 0.9 * state + np.pad(sums, (0, 3 - len(sums)))

    def state_bytes(self, n_columns: int) -> int:
        return 24


def positive(rows: Rows) -> Rows:
    return replace(rows, X=np.abs(rows.X - np.float32([0.0, 1e4, -3.0])) + np.float32(0.1))


def positive_and_thin(rows: Rows) -> Rows:
    return thinned(positive(rows))


def same_words(found: Any, expected: Any) -> None:
    """Topics of documents follow from where they begin, by blocks; their words do not."""
    assert found.count == expected.count
    np.testing.assert_allclose(found.words.sum(axis=0), expected.words.sum(axis=0), rtol=1e-9)


def roughly(found: Any, expected: Any) -> None:
    """Weights of rows settle tile by tile, each tile when its change is small."""
    assert_close(found, expected, rtol=2e-2, atol=1e-3)


SQUARED = Mapped(Affine.identity(3), np.zeros(3))
PARTS = np.array([[1.0, 2.0, 0.5], [0.1, 3.0, 1.0]])
TOPICS = Topics(Affine.identity(3), PARTS * 5.0, 0.5, 0.5, 100, 1e-3)


def score_case(problem: LogisticProblem, change: Change = as_is) -> Case:
    first, *others = (ClassScores(problem, coefficients(problem.n_outputs, k)) for k in (1, 2, 3))
    return Case(first, change, tuple(others))


def hessian_case(problem: LogisticProblem, change: Change = as_is) -> Case:
    return Case(GlmHessian(problem, coefficients(problem.n_outputs)), change)


POISSON = TweedieProblem(1.0, True, "HalfPoissonLoss")
POISSON_WEIGHTED = TweedieProblem(1.0, True, "HalfPoissonLoss", weighted=True)
HUBER = HuberProblem(1.35, weighted=True)


def small(problem: Any, seed: int = 0) -> np.ndarray:
    """Coefficients whose predictions have an exponential, and a positive scale."""
    found = coefficients(problem.n_outputs, seed) * 1e-4
    if problem.n_outputs == 2:
        found[:-1, 1], found[-1, 1] = 0.0, 2.0 + seed
    return found


def loss_cases(problem: Any, change: Change = as_is) -> list[Case]:
    first, *others = (GlmGradient(problem, small(problem, k)) for k in (1, 2, 3))
    return [
        Case(first, change, tuple(others)),
        Case(GlmHessian(problem, small(problem)), change),
    ]


def same_ranks(found: Ranked, expected: Ranked) -> None:
    """All but the points that were kept, whose bounds must not contradict each other."""
    for name in ("below", "upto"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    assert (found.summary is None) == (expected.summary is None)
    if found.summary is None or expected.summary is None:
        return
    np.testing.assert_allclose(found.summary.total, expected.summary.total)
    for row in range(len(found.summary.total)):
        one, other = (
            {
                value: (least, most)
                for value, least, most, mass in zip(
                    each.values[row], each.least[row], each.most[row], each.mass[row], strict=True
                )
                if mass > 0
            }
            for each in (found.summary, expected.summary)
        )
        assert {min(one, default=0), max(one, default=0)} == {
            min(other, default=0),
            max(other, default=0),
        }
        for value in one.keys() & other.keys():
            assert one[value][0] <= other[value][1]
            assert other[value][0] <= one[value][1]


EDGES = np.array([[-1.0, 0.0, np.inf], [9.9e3, 1e4, 1.01e4], [-3.0, np.inf, np.inf]])
WANTED = np.array([[True, False, False], [True, True, False], [False, False, False]])


def rank_cases() -> list[Case]:
    of_classes = Series(Features(), True, np.arange(3))
    mixing = Series(Features(Affine(np.array([1.0, -2.0, 0.5]), np.ones(3))))
    statistics = [
        (Ranks(), with_gaps),
        (Ranks(points=16), as_is),
        (Ranks(Series(weighted=True), points=16), as_is),
        (Ranks(Series(weighted=True), points=16), thinned_with_gaps),
        (Ranks(Series(Features(stored_only=True)), points=16), thinned),
        (Ranks(of_classes, points=16), as_is),
        (Ranks(Series(Target()), points=16), as_is),
        (Ranks(mixing, points=16), with_gaps),
        (DistanceRanks(Series(Distances(AROUND)), 16), as_is),
        (Ranks(FAR_FIRST, points=16), thinned),
        (RankCells(Series(), EDGES, WANTED, 16), with_gaps),
        (RankCells(Series(weighted=True), EDGES, WANTED, 16), as_is),
        (RankCells(Series(weighted=True), EDGES, WANTED, 16), thinned),
    ]
    return [Case(statistic, change, equal=same_ranks) for statistic, change in statistics]


# all that the first feature may be
VALUES = np.arange(-9.0, 10.0)
EXPONENTS = np.array([[-0.5, 0.0, 1.0], [1.0, 0.1, 2.0]])
POSITIVE = Affine(np.array([0.01, 1e-4, -1.0]), np.array([5.0, 0.0, 0.0]))
SLOPES = small(SquaredTube(0.5))


def one_column(rows: Rows) -> Rows:
    return replace(rows, X=rows.X[:, :1])


def two_labels(rows: Rows) -> Rows:
    labels = np.array(["cat", "dog", "emu"])[rows.y]
    return replace(rows, X=None, y=np.column_stack([labels, labels[::-1]]))


def mixed_labels(rows: Rows) -> Rows:
    return replace(rows, y=np.column_stack([rows.y, rows.y.astype(str)]).astype(object))


def mean_of_products(y: np.ndarray, X: np.ndarray, sample_weight: Any = None) -> Any:
    return np.average(y[:, np.newaxis] * X, axis=0, weights=sample_weight)


CASES = [
    *rank_cases(),
    Case(InnerMoments(AROUND, 5.0)),
    Case(InnerMoments(AROUND_PROJECTED, 1e9), with_text_labels),
    Case(PowerMoments(EXPONENTS), as_is),
    Case(PowerMoments(EXPONENTS), with_gaps),
    Case(PowerMoments(EXPONENTS, True, POSITIVE), as_is),
    Case(PowerMoments(EXPONENTS, True, POSITIVE, np.array([1.0, 0.0, -2.0])), as_is),
    Case(BlockTotals(mean_of_products)),
    Case(BlockTotals(mean_of_products, weighted=True)),
    Case(LargestError(), one_column),
    Case(LabelPairs(), two_labels),
    Case(LabelPairs(weighted=True), mixed_labels),
    Case(ScoreTables(3)),
    Case(ScoreTables(3, weighted=True), with_text_labels),
    Case(ScoreTables(3, with_labels=False)),
    Case(ScoreTables(3, edges=np.array([-3.0, 0.0, 1e4]), token="edges")),
    Case(ClusterSpread()),
    Case(ClusterSpread(), with_text_labels),
    Case(CentreDistances(np.arange(3), CENTRES)),
    *loss_cases(POISSON),
    *loss_cases(POISSON_WEIGHTED, thinned),
    *loss_cases(HUBER),
    *loss_cases(SquaredHinge(np.arange(3), 1, np.array([0.5, 3.0, 1.0]), weighted=True)),
    *loss_cases(SquaredHinge(np.array(["cat", "dog", "emu"]), 0), with_text_labels),
    *loss_cases(SquaredTube(0.5, weighted=True)),
    Case(GlmGradient(Tube(0.5, weighted=True), SLOPES)),
    Case(GlmGradient(Hinge(np.arange(3), 1, np.array([0.5, 3.0, 1.0]), weighted=True), SLOPES)),
    Case(NearKinks(Hinge(np.arange(3), 1, weighted=True), SLOPES, size=5, seed=1)),
    Case(NearKinks(Hinge(np.arange(3), 1, np.array([0.0, 3.0, 1.0])), SLOPES, 0.5, 6)),
    Case(NearKinks(Tube(0.5, weighted=True), SLOPES, 1.0, 4), thinned),
    Case(NearKinks(Pinball(0.3), SLOPES, 2.0, 1000)),
    Case(TargetMoments(POISSON_WEIGHTED)),
    Case(TargetMoments(SquaredTube(0.1)), without_features),
    Case(ResponseScores(POISSON, small(POISSON))),
    Case(ResponseScores(POISSON_WEIGHTED, small(POISSON)), thinned),
    Case(Moments()),
    Case(Moments(weighted=True)),
    Case(Moments(with_target=True)),
    Case(Moments(with_target=True, weighted=True)),
    Case(Moments(with_target=True), with_two_targets),
    Case(Factor()),
    Case(Factor(with_target=True)),
    Case(Factor(with_target=True, weighted=True), with_two_targets),
    Case(ColumnMoments()),
    Case(ColumnMoments(weighted=True)),
    Case(ColumnMoments(), with_gaps),
    Case(ColumnMoments(weighted=True), with_gaps),
    Case(Extremes()),
    Case(Extremes(), with_gaps),
    Case(Extremes(Affine(np.array([1.0, -2.0, 0.0]), np.ones(3))), with_gaps),
    Case(Extremes(MIXING)),
    Case(ColumnMoments(), thinned),
    Case(ColumnMoments(weighted=True), thinned_with_gaps),
    Case(Extremes(), thinned),
    Case(Extremes(), thinned_with_gaps),
    Case(Extremes(MIXING), thinned),
    Case(Moments(), thinned),
    Case(Moments(with_target=True, weighted=True), thinned),
    Case(Moments(), wide_and_thin),
    Case(Moments(with_target=True, weighted=True), wide_and_thin),
    Case(Factor(with_target=True), thinned),
    gradient_case(TWO_WEIGHTED, thinned_with_two_classes),
    gradient_case(THREE, thinned),
    hessian_case(TWO, thinned_with_two_classes),
    score_case(TWO, thinned_with_two_classes),
    score_case(THREE, thinned),
    Case(ClusterSpreads(WEIGHTED, CENTRES)),
    Case(ClusterSpreads(HALF, CENTRES[1:])),
    Case(LloydStep(HALF, CENTRES[1:])),
    Case(LloydStep(HALF.half(CENTRES[1:], 1), CENTRES[1:]), thinned),
    Case(FarSample(HALF, CENTRES[:1], size=4, seed=1)),
    Case(LloydStep(AS_THEY_ARE, CENTRES)),
    Case(LloydStep(WEIGHTED, CENTRES)),
    Case(LloydStep(SCALED, CENTRES * 3.0), thinned),
    Case(LloydStep(PROJECTED, CENTRES[:, :2])),
    Case(Farthest(WEIGHTED, CENTRES, size=3)),
    Case(Farthest(SCALED, CENTRES, size=3), thinned),
    Case(Inertia(WEIGHTED, CENTRES)),
    Case(Inertia(SCALED, CENTRES), thinned),
    Case(Sample(5, 0)),
    Case(Sample(5, 1, by_weight=True)),
    Case(Sample(1000, 1)),
    Case(Sample(5, 0), without_features),
    Case(Gather(40, limit=10**9)),
    Case(Gather(48, limit=200), with_text_labels),
    Case(GatherWithGaps(40, limit=10**9), with_gaps),
    Case(FarSample(WEIGHTED, CENTRES, size=4, seed=3)),
    Case(BallSums(AS_THEY_ARE, CENTRES, radius=80.0)),
    Case(ContrastStep(AS_THEY_ARE, CENTRES / 200.0, "logcosh", partial(log_cosh, alpha=1.5))),
    Case(ContrastStep(PROJECTED, CENTRES[:2, :2] / 1e5, "exp", gaussian), thinned),
    Case(ContrastStep(AS_THEY_ARE, CENTRES / 200.0, "cube", cube)),
    Case(Stream(Sums(batch_rows=4), MIXING)),
    Case(Stream(Sums(batch_rows=3, least_rows=2), Affine.identity(3))),
    Case(Stream(Sums(batch_rows=4, takes_sparse=True), Affine.identity(3)), thinned),
    Case(FactorStep(SQUARED, PARTS, l1=0.1, l2=0.3, tol=1e-13), positive, quick=False),
    Case(FactorStep(SQUARED, PARTS, tol=1e-13, with_residual=True), positive_and_thin, quick=False),
    Case(SignedParts(AS_THEY_ARE, CENTRES)),
    Case(SignedParts(SCALED, CENTRES), thinned),
    Case(DivergenceStep(SQUARED, PARTS, 1.0, 1.0, 0.7), positive, equal=roughly, quick=False),
    Case(
        DivergenceStep(SQUARED, PARTS, 1.0, 1.0, 0.7),
        positive_and_thin,
        equal=roughly,
        quick=False,
    ),
    Case(
        DivergenceStep(SQUARED, PARTS, 0.0, 0.5, 0.7, l1=0.1),
        positive,
        equal=roughly,
        quick=False,
    ),
    Case(CodeStep(AS_THEY_ARE, CENTRES / 100.0, "lasso_lars", 1.0, 1000), quick=False),
    Case(
        CodeStep(SCALED, CENTRES / 100.0 + 1.0, "lasso_cd", 1.0, 1000, positive=True), quick=False
    ),
    Case(FarthestSides(AS_THEY_ARE, CENTRES)),
    Case(TopicBound(TOPICS), positive, quick=False),
    Case(TopicBound(TOPICS), positive_and_thin, quick=False),
    Case(TopicStep(TOPICS, seed=3), positive, equal=same_words, quick=False),
    Case(ScatterProduct(AS_THEY_ARE, CENTRES.T)),
    Case(ScatterProduct(PROJECTED, CENTRES[:2, :2]), thinned),
    Case(ScatterProduct(Mapped(Affine.identity(3), np.zeros(3)), CENTRES.T), thinned),
    Case(Levels(10**9)),
    Case(Levels(10**9, weighted=True, through=MIXING)),
    Case(Levels(10**9, of_target=True)),
    Case(Distinct((0, 1), (10**4, 10**4))),
    Case(Distinct((1, 0), (3, 2))),
    Case(RankProducts(VALUES, VALUES**3, VALUES, VALUES - 1.0)),
    Case(MixtureStep(FULL_MIXTURE)),
    Case(MixtureStep(TIED_MIXTURE)),
    Case(MixtureStep(DIAGONAL_MIXTURE)),
    Case(MixtureStep(NEAREST)),
    Case(MixtureStep(BY_CHANCE)),
    Case(MixtureLikelihood(FULL_MIXTURE)),
    Case(LeaveOneOutErrors(RIDGE)),
    Case(LeaveOneOutErrors(RIDGE, by_weight=True)),
    Case(LeaveOneOutErrors(RIDGE_SIGNS, by_weight=True)),
    Case(LeaveOneOutCards(RIDGE_SIGNS, by_weight=True)),
    Case(LeaveOneOutMoments(RIDGE, by_weight=True)),
    Case(ClassMoments()),
    Case(ClassMoments(weighted=True), with_text_labels),
    Case(ClassColumns()),
    Case(ClassColumns(), thinned),
    Case(Association()),
    Case(Association(), thinned),
    Case(ClassMoments("pooled")),
    Case(ClassMoments("pooled", weighted=True)),
    Case(ClassMoments("each")),
    Case(ClassMoments("each", weighted=True), with_text_labels),
    Case(ClassMomentsOfAny(), thinned),
    Case(ClassTotals()),
    Case(ClassTotals(weighted=True, threshold=0.0), with_text_labels),
    Case(ClassTotals(weighted=True, through=MIXING)),
    Case(ClassTotals(weighted=True), thinned),
    Case(ClassCategories("", weighted=True), with_categories),
    Case(ClassCategories(""), with_categories),
    Case(DocumentFrequencies(), with_categories),
    Case(DocumentFrequencies(), thinned),
    Case(StoredEntries(), with_categories),
    Case(StoredEntries(), thinned),
    Case(FourthMoments(np.zeros((1, 3)), np.ones((1, 3)))),
    Case(FourthMoments(np.ones((3, 3)), np.ones((3, 3)), np.arange(3))),
    Case(Labels()),
    Case(Labels(weighted=True)),
    Case(Labels(), with_text_labels),
    Case(Labels(column=1), with_two_labels),
    Case(LabelTables(), with_two_labels),
    Case(LabelTables(weighted=True), with_text_labels),
    Case(TargetColumns(), with_two_labels),
    Case(TargetColumns(weighted=True)),
    Case(Labels(), without_features),
    Case(Codes()),
    Case(Codes(), with_text_labels),
    gradient_case(TWO, with_two_classes),
    gradient_case(TWO_WEIGHTED, with_two_classes),
    gradient_case(THREE),
    gradient_case(THREE_WEIGHTED),
    gradient_case(TEXT, with_text_labels),
    hessian_case(TWO, with_two_classes),
    hessian_case(TWO_WEIGHTED, with_two_classes),
    hessian_case(THREE),
    hessian_case(THREE_WEIGHTED),
    score_case(TWO, with_two_classes),
    score_case(TEXT, with_text_labels),
]


def made_rows(n_rows: int, dtype: str, order: str, seed: int) -> Rows:
    random = np.random.default_rng(seed)
    X = random.normal([0.0, 1e4, -3.0], [1.0, 100.0, 0.01], size=(n_rows, N_FEATURES))
    X[:, 0] = np.round(X[:, 0])
    # whole weights, some of them zero
    weight = random.integers(0, 3, n_rows).astype(np.float64)
    y = random.integers(0, 3, n_rows)
    numbers = range(17, 17 + n_rows)
    return Rows(n_rows, np.asarray(X, dtype=dtype, order=order), y, weight, numbers=numbers)


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_laws(case: Case, data: st.DataObject) -> None:
    n_rows = data.draw(st.integers(1, 40), label="n_rows")
    rows = made_rows(
        n_rows,
        data.draw(st.sampled_from(["f4", "f8"]), label="dtype"),
        data.draw(st.sampled_from("CF"), label="order"),
        data.draw(st.integers(0, 99), label="seed"),
    )
    cuts = data.draw(st.lists(st.integers(0, n_rows), max_size=4), label="cuts")
    check_statistic_laws(
        case.statistic,
        case.change(rows),
        equal=case.equal,
        cuts=cuts,
        companions=case.companions,
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_laws_over_several_tiles(case: Case) -> None:
    rows = made_rows(90_000 if case.quick else 1500, "f8", "C", 0)
    check_statistic_laws(
        case.statistic,
        case.change(rows),
        equal=case.equal,
        cuts=[1, rows.n_rows // 9 * 5],
        companions=case.companions,
    )


def test_every_statistic_has_its_line() -> None:
    def below(kind: type) -> set[type]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    shipped = {
        kind
        for kind in below(Statistic)
        if kind.__module__.startswith("skdask.statistics.") and not isabstract(kind)
    }
    assert shipped <= {type(case.statistic) for case in CASES}


def test_the_bound_of_a_condition_is_one():
    random = np.random.default_rng(0)
    for columns in (2, 5, 30):
        for penalty in (1e-6, 1.0, 1e4):
            X = random.normal(size=(50, columns)) * 10.0 ** random.uniform(-3, 3, columns)
            X[:, 0] = X[:, 1] * (1 + 1e-9)
            moments = Moments()
            summary = moments.value(moments.update(moments.zero(), Rows(50, X)))
            exact = summary.condition(penalty)
            assert summary.condition_at_most(penalty) >= exact * (1 - 1e-6)
    assert summary.condition_at_most(0.0) == np.inf
