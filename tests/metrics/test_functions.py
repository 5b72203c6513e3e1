"""Every metric function: scikit-learn's number for all rows, from Dask collections."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference

from skdask import metrics
from skdask.exceptions import UnsupportedError
from skdask.metrics.recipes import RECIPES

N_ROWS = 203
RANDOM = np.random.default_rng(5)
TWO = RANDOM.integers(0, 2, N_ROWS)
GUESSED_TWO = np.where(RANDOM.random(N_ROWS) < 0.8, TWO, 1 - TWO)
# scores with ties
SCORE = np.round(np.clip(0.3 * TWO + 0.7 * RANDOM.random(N_ROWS), 0, 1), 2)
FOUR = RANDOM.integers(0, 4, N_ROWS)
GUESSED_FOUR = np.where(RANDOM.random(N_ROWS) < 0.7, FOUR, RANDOM.integers(0, 4, N_ROWS))
PROBABILITIES = RANDOM.dirichlet(np.ones(4), N_ROWS) + 0.7 * np.eye(4)[FOUR]
PROBABILITIES /= PROBABILITIES.sum(axis=1, keepdims=True)
AMOUNT = RANDOM.gamma(2.0, 1.0, N_ROWS)
ESTIMATE = AMOUNT * RANDOM.gamma(5.0, 0.2, N_ROWS)
SETS = RANDOM.integers(0, 2, (N_ROWS, 3))
GUESSED_SETS = np.where(RANDOM.random((N_ROWS, 3)) < 0.8, SETS, 1 - SETS)
SET_SCORES = 0.3 * SETS + RANDOM.random((N_ROWS, 3))
AMOUNTS = np.column_stack([AMOUNT, ESTIMATE])
ESTIMATES = np.column_stack([ESTIMATE, AMOUNT**0.9])
POINTS = RANDOM.normal(size=(N_ROWS, 3)) + FOUR[:, np.newaxis]
WEIGHT = RANDOM.random(N_ROWS)
WORDS = np.array(["ant", "bee", "cat", "dog"])

LABELS = [
    "accuracy_score",
    "balanced_accuracy_score",
    "cohen_kappa_score",
    "confusion_matrix",
    "hamming_loss",
    "matthews_corrcoef",
    "multilabel_confusion_matrix",
    "zero_one_loss",
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "completeness_score",
    "fowlkes_mallows_score",
    "homogeneity_score",
    "homogeneity_completeness_v_measure",
    "mutual_info_score",
    "normalized_mutual_info_score",
    "pair_confusion_matrix",
    "rand_score",
    "v_measure_score",
]
AVERAGED = ["f1_score", "jaccard_score", "precision_score", "recall_score"]
NUMBERS = [
    "explained_variance_score",
    "r2_score",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_log_error",
    "median_absolute_error",
    "root_mean_squared_error",
    "root_mean_squared_log_error",
    "d2_absolute_error_score",
]
RANKINGS = [
    "coverage_error",
    "dcg_score",
    "ndcg_score",
    "label_ranking_loss",
    "label_ranking_average_precision_score",
]
CURVES = ["roc_curve", "precision_recall_curve", "det_curve", "confusion_matrix_at_thresholds"]


@dataclass(frozen=True)
class Case:
    name: str
    true: Any
    predicted: Any
    arguments: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        given = "-".join(f"{key}={value}" for key, value in self.arguments.items())
        return f"{self.name}-{given}-{np.ndim(self.predicted)}"


def of(names: Any, true: Any, predicted: Any, **arguments: Any) -> list[Case]:
    names = [names] if isinstance(names, str) else names
    return [Case(name, true, predicted, arguments) for name in names]


CASES = [
    *of(LABELS, FOUR, GUESSED_FOUR),
    *of(LABELS, WORDS[FOUR], WORDS[GUESSED_FOUR]),
    *of(["accuracy_score", "zero_one_loss"], FOUR, GUESSED_FOUR, normalize=False),
    *of("confusion_matrix", FOUR, GUESSED_FOUR, normalize="true", labels=[3, 1, 0]),
    *of("classification_report", WORDS[FOUR], WORDS[GUESSED_FOUR], output_dict=True),
    *of("class_likelihood_ratios", TWO, GUESSED_TWO),
    *of([*AVERAGED, "precision_recall_fscore_support"], TWO, GUESSED_TWO, average="binary"),
    *of([*AVERAGED, "precision_recall_fscore_support"], FOUR, GUESSED_FOUR, average="macro"),
    *of(["f1_score", "precision_recall_fscore_support"], FOUR, GUESSED_FOUR, average=None),
    *of("fbeta_score", FOUR, GUESSED_FOUR, beta=2.0, average="weighted"),
    *of(AVERAGED, SETS, GUESSED_SETS, average="macro"),
    *of(AVERAGED, SETS, GUESSED_SETS, average="samples", zero_division=0),
    *of(["accuracy_score", "hamming_loss", "multilabel_confusion_matrix"], SETS, GUESSED_SETS),
    *of([*NUMBERS, "mean_pinball_loss", "d2_pinball_score"], AMOUNT, ESTIMATE),
    *of(["max_error", "mean_gamma_deviance", "mean_poisson_deviance"], AMOUNT, ESTIMATE),
    *of(["mean_tweedie_deviance", "d2_tweedie_score"], AMOUNT, ESTIMATE, power=1.5),
    *of("mean_pinball_loss", AMOUNT, ESTIMATE, alpha=0.1),
    *of(NUMBERS, AMOUNTS, ESTIMATES, multioutput="raw_values"),
    *of(NUMBERS, AMOUNTS, ESTIMATES, multioutput=[0.3, 0.7]),
    *of("r2_score", AMOUNTS, ESTIMATES, multioutput="variance_weighted"),
    *of(["log_loss", "brier_score_loss", "d2_log_loss_score", "d2_brier_score"], TWO, SCORE),
    *of(["log_loss", "hinge_loss", "top_k_accuracy_score"], FOUR, PROBABILITIES),
    *of(["d2_log_loss_score", "d2_brier_score"], FOUR, PROBABILITIES),
    *of("log_loss", WORDS[FOUR], PROBABILITIES, normalize=False),
    *of("hinge_loss", TWO, 4 * SCORE - 2),
    *of(RANKINGS, SETS, SET_SCORES),
    *of("ndcg_score", SETS, SET_SCORES, k=2),
    *of(["roc_auc_score", "average_precision_score", *CURVES], TWO, SCORE),
    *of("roc_auc_score", TWO, SCORE, max_fpr=0.3),
    *of("roc_auc_score", WORDS[TWO], SCORE),
    *of("average_precision_score", WORDS[TWO], SCORE, pos_label="bee"),
    *of("roc_curve", WORDS[TWO], SCORE.astype(np.float32), pos_label="ant"),
    *of("roc_auc_score", FOUR, PROBABILITIES, multi_class="ovr", average="weighted"),
    *of("roc_auc_score", FOUR, PROBABILITIES, multi_class="ovr", average=None),
    *of("roc_auc_score", FOUR, PROBABILITIES, multi_class="ovo"),
    *of("roc_auc_score", FOUR, PROBABILITIES, multi_class="ovo", average="weighted"),
    *of("average_precision_score", FOUR, PROBABILITIES),
    *[
        case
        for average in ("micro", "macro", "weighted", "samples")
        for case in of(
            ["roc_auc_score", "average_precision_score"], SETS, SET_SCORES, average=average
        )
        if (case.name, average) != ("roc_auc_score", "samples")
    ],
    *of(["calinski_harabasz_score", "davies_bouldin_score"], POINTS, FOUR),
]


def there(case: Case) -> bool:
    """Whether the installed scikit-learn has it."""
    return hasattr(reference, case.name) or hasattr(reference.cluster, case.name)


CASES = [case for case in CASES if there(case)]


def both(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    theirs = getattr(reference, name, None) or getattr(reference.cluster, name)
    return getattr(metrics, name), theirs


def chunked(values: Any, rows: int = 37) -> Any:
    return da.from_array(values, chunks=(rows, *values.shape[1:]))


def flat(value: Any) -> list[Any]:
    """The numbers of a result, in order."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in (key, *flat(value[key]))]
    if isinstance(value, tuple | list):
        return [leaf for part in value for leaf in flat(part)]
    return [value]


def check_equal(found: Any, expected: Any) -> None:
    assert type(found) is type(expected) or isinstance(found, float | np.floating)
    for one, other in zip(flat(found), flat(expected), strict=True):
        if other is None or isinstance(other, str):
            assert one == other
        else:
            assert np.asarray(one).dtype.kind == np.asarray(other).dtype.kind
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_scikit_learns_number(case: Case, weighted: bool) -> None:
    ours, theirs = both(case.name)
    arguments = dict(case.arguments)
    if weighted:
        if "sample_weight" not in inspect.signature(theirs).parameters:
            pytest.skip("takes no weights")
        if arguments.get("multi_class") == "ovo":
            pytest.skip("one against one takes no weights")
        arguments["sample_weight"] = WEIGHT
    expected = theirs(case.true, case.predicted, **arguments)
    if weighted:
        arguments["sample_weight"] = chunked(WEIGHT)
    found = ours(chunked(case.true), chunked(case.predicted), **arguments)
    check_equal(found, expected)
    if not weighted:
        check_equal(ours(case.true, case.predicted, **case.arguments), expected)


def test_every_metric_has_a_case() -> None:
    missing = {function.__name__ for function in RECIPES} - {case.name for case in CASES}
    assert missing == {"silhouette_score"}


def test_every_name_of_scikit_learns_is_here() -> None:
    left_to_scikit_learn = {name for name in reference.__all__ if name.endswith("Display")}
    left_to_scikit_learn |= {"cluster", "silhouette_samples", "metric_at_thresholds"}
    assert set(reference.__all__) - set(metrics.__all__) - set(vars(metrics)) == (
        left_to_scikit_learn & set(reference.__all__)
    )


def test_the_text_of_a_report() -> None:
    expected = reference.classification_report(FOUR, GUESSED_FOUR)
    assert metrics.classification_report(chunked(FOUR), chunked(GUESSED_FOUR)) == expected


def series(values: Any, n_partitions: int = 4) -> Any:
    return dd.from_pandas(pd.Series(values), npartitions=n_partitions)


@pytest.mark.parametrize("labels", [TWO, TWO.astype(bool), WORDS[TWO], pd.Categorical(WORDS[TWO])])
def test_series_of_labels_of_any_kind(labels: Any) -> None:
    values = np.asarray(labels)
    expected = reference.accuracy_score(values, values[::-1])
    assert metrics.accuracy_score(series(labels), series(labels[::-1])) == expected


def test_series_of_scores() -> None:
    expected = reference.roc_auc_score(TWO, SCORE)
    assert metrics.roc_auc_score(series(TWO), series(SCORE)) == pytest.approx(expected, rel=1e-12)


def test_one_of_the_collections_may_be_in_memory() -> None:
    expected = reference.accuracy_score(FOUR, GUESSED_FOUR)
    assert metrics.accuracy_score(FOUR, chunked(GUESSED_FOUR)) == expected
    assert metrics.accuracy_score(chunked(FOUR), GUESSED_FOUR.tolist()) == expected
    with pytest.raises(UnsupportedError, match="partitions of unknown lengths"):
        metrics.accuracy_score(FOUR, series(GUESSED_FOUR))


def test_chunks_need_not_be_alike() -> None:
    expected = reference.mean_squared_error(AMOUNT, ESTIMATE)
    found = metrics.mean_squared_error(chunked(AMOUNT, 50), chunked(ESTIMATE, 31))
    assert found == pytest.approx(expected, rel=1e-12)


def test_an_empty_partition() -> None:
    true = da.concatenate([chunked(TWO)[:0], chunked(TWO)])
    predicted = da.concatenate([chunked(SCORE)[:0], chunked(SCORE)])
    expected = reference.roc_auc_score(TWO, SCORE)
    assert metrics.roc_auc_score(true, predicted) == pytest.approx(expected, rel=1e-12)


def test_lengths_that_differ() -> None:
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[203, 202\]"):
        metrics.accuracy_score(chunked(FOUR), chunked(FOUR[1:]))


def test_missing_values() -> None:
    gaps = np.where(np.arange(N_ROWS) == 100, np.nan, ESTIMATE)
    for name in ("mean_squared_error", "max_error", "median_absolute_error"):
        with pytest.raises(ValueError, match="NaN"):
            getattr(metrics, name)(chunked(AMOUNT), chunked(gaps))
    with pytest.raises(ValueError, match="NaN"):
        metrics.roc_auc_score(chunked(TWO), chunked(np.where(np.isnan(gaps), gaps, SCORE)))
    with pytest.raises(ValueError, match="NaN"):
        metrics.accuracy_score(chunked(np.where(np.isnan(gaps), gaps, 1.0)), chunked(TWO))


@pytest.mark.parametrize(
    ("name", "true", "predicted", "arguments"),
    [
        ("roc_auc_score", FOUR, PROBABILITIES, {}),
        ("roc_auc_score", FOUR, PROBABILITIES[:, :3], {"multi_class": "ovr"}),
        ("f1_score", FOUR, GUESSED_FOUR, {}),
        ("f1_score", WORDS[FOUR], GUESSED_FOUR, {"average": "macro"}),
        ("mean_absolute_error", AMOUNT, ESTIMATE, {"multioutput": "none such"}),
        ("v_measure_score", FOUR, GUESSED_FOUR, {"beta": -1.0}),
        ("mean_poisson_deviance", AMOUNT, -ESTIMATE, {}),
        ("calinski_harabasz_score", POINTS, np.zeros(N_ROWS, dtype=int), {}),
    ],
)
def test_scikit_learns_errors(name: str, true: Any, predicted: Any, arguments: Any) -> None:
    ours, theirs = both(name)
    with pytest.raises(ValueError, match=r"\w") as expected:
        theirs(true, predicted, **arguments)
    with pytest.raises(ValueError, match=re.escape(str(expected.value)[:40])):
        ours(chunked(true), chunked(predicted), **arguments)


@pytest.mark.parametrize("name", ["roc_auc_score", "average_precision_score"])
def test_scores_that_do_not_fit_are_rounded_and_the_error_is_stated(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("skdask.metrics.of_thresholds._SHARE", 1e9)
    monkeypatch.setattr("skdask.metrics.of_thresholds._SAMPLED", 60)
    scores = SCORE + 1e-6 * np.arange(N_ROWS)
    ours, theirs = both(name)
    with pytest.warns(UserWarning, match="it is off by") as said:
        found = ours(chunked(TWO), chunked(scores))
    bound = float(str(said[0].message).split("off by ")[1].split()[0])
    assert 0.0 < abs(found - theirs(TWO, scores)) <= bound * 1.1 < 0.2


def test_a_silhouette_is_of_a_sample() -> None:
    with pytest.raises(UnsupportedError, match="sample_size=10_000"):
        metrics.silhouette_score(chunked(POINTS), chunked(FOUR))
    # all rows: the order of a sample does not matter
    found = metrics.silhouette_score(chunked(POINTS), chunked(FOUR), sample_size=N_ROWS)
    assert found == pytest.approx(reference.silhouette_score(POINTS, FOUR), rel=1e-9)
    some = metrics.silhouette_score(chunked(POINTS), chunked(FOUR), sample_size=150, random_state=3)
    assert some == pytest.approx(found, abs=0.1)


@pytest.mark.parametrize("name", ["euclidean_distances", "pairwise_distances", "pairwise_kernels"])
def test_distances_are_lazy(name: str) -> None:
    ours, theirs = both(name)
    found = ours(chunked(POINTS), POINTS[:11])
    assert isinstance(found, da.Array)
    assert found.shape == (N_ROWS, 11)
    np.testing.assert_allclose(found.compute(), theirs(POINTS, POINTS[:11]), atol=1e-12)
    frame = dd.from_pandas(pd.DataFrame(POINTS), npartitions=3)
    np.testing.assert_allclose(
        ours(frame, POINTS[:11]).compute(), theirs(POINTS, POINTS[:11]), atol=1e-12
    )
    with pytest.raises(UnsupportedError, match="give Y, rows in memory"):
        ours(chunked(POINTS))
    with pytest.raises(UnsupportedError, match=r"Y\.compute\(\)"):
        ours(chunked(POINTS), chunked(POINTS))


def test_the_nearest_rows() -> None:
    expected, distances = reference.pairwise_distances_argmin_min(POINTS, POINTS[:11])
    found, how_far = metrics.pairwise_distances_argmin_min(chunked(POINTS), POINTS[:11])
    np.testing.assert_array_equal(found.compute(), expected)
    np.testing.assert_allclose(how_far.compute(), distances, atol=1e-12)
    alone = metrics.pairwise_distances_argmin(chunked(POINTS), POINTS[:11])
    np.testing.assert_array_equal(alone.compute(), expected)
