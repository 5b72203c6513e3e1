"""Bad input to every estimator: scikit-learn's error types and how its messages begin, and a place.

The same rows, with the same thing wrong, go to scikit-learn's estimator in memory. What the checks
of scikit-learn try (NaN in X, complex numbers, no rows ...) is in `tests/conformance`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from skdask import config
from skdask.routes.twins import to_sklearn
from tests.conformance.estimators import ESTIMATORS

RANDOM = np.random.default_rng(0)
ROWS = np.abs(RANDOM.standard_normal((30, 3))) + 0.1
NAMES = ["a", "b", "c"]
# of so many characters a message begins as scikit-learn's
HEAD = 20
OF_KERNELS = {"KernelCenterer"}
# estimators that look at neither X nor y, nor the number of their columns
BLIND = {"DummyClassifier", "DummyRegressor", "FunctionTransformer"}
OF_CLASSES = {"NeighborhoodComponentsAnalysis"}

Given = Callable[[Any], Any]


def name_of(estimator: Any) -> str:
    return type(estimator).__name__


def takes_matrices(estimator: Any) -> bool:
    tags = get_tags(estimator).input_tags
    return bool(tags.two_d_array) and not tags.one_d_array and name_of(estimator) not in OF_KERNELS


MODELS = [estimator for estimator in ESTIMATORS if takes_matrices(estimator)]
SUPERVISED = [model for model in MODELS if get_tags(model).target_tags.required]
WEIGHTED = [model for model in MODELS if has_fit_parameter(model, "sample_weight")]
LAZY = [model for model in MODELS if hasattr(model, "predict") or hasattr(model, "transform")]


def rows_for(model: Any) -> np.ndarray:
    return (ROWS * 2).astype(int) if name_of(model) == "CategoricalNB" else ROWS


def target_for(model: Any) -> Any:
    last = getattr(model, "steps", [(None, model)])[-1][1]
    y = rows_for(model)[:, 0] * 2.0 + 1
    if name_of(model).startswith("MultiTask"):
        return np.column_stack([y, y**2])
    # what selects features tells classes apart by default
    classes = is_classifier(last) or "Select" in name_of(model) or name_of(model) in OF_CLASSES
    return (y > 2.5).astype(int) if classes else y


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(10, *values.shape[1:]))


def lazy_frame(frame: pd.DataFrame) -> Any:
    return dd.from_pandas(frame, npartitions=3)


def with_value(values: np.ndarray, value: Any, dtype: Any = np.float64) -> np.ndarray:
    copy = values.astype(dtype)
    copy.reshape(len(copy), -1)[17, 0] = value
    return copy


def error_of(call: Callable[[], Any]) -> Exception | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = call()
            if hasattr(found, "compute"):
                found.compute()
    except Exception as error:
        return error
    return None


def assert_same_error(ours: Exception | None, theirs: Exception | None, head: int = HEAD) -> None:
    assert theirs is not None
    assert ours is not None, f"no error; scikit-learn has {theirs!r}"
    assert isinstance(ours, type(theirs)), (ours, theirs)
    assert str(ours)[:head] == str(theirs)[:head]


each = pytest.mark.parametrize("model", MODELS, ids=name_of)
each_supervised = pytest.mark.parametrize("model", SUPERVISED, ids=name_of)
each_weighted = pytest.mark.parametrize("model", WEIGHTED, ids=name_of)
each_lazy = pytest.mark.parametrize("model", LAZY, ids=name_of)


@pytest.fixture(autouse=True)
def _blocks_of_ten() -> Any:
    with config.set(block_bytes=8 * 4 * 10):
        yield


@each
def test_a_word_among_numbers(model: Any) -> None:
    mixed = with_value(rows_for(model), "word", object)
    error = error_of(lambda: clone(model).fit(lazy(mixed), target_for(model)))
    if name_of(model) in BLIND or reads_nothing(model):
        return
    assert isinstance(error, ValueError)
    assert str(error).startswith("could not convert string to float: 'word'")
    assert "column 0, row 7 of chunk 1 of the Dask Array" in str(error)


def reads_nothing(model: Any) -> bool:
    """Whether fit learns nothing of the values, so that it does not read them."""
    return clone(model).fit(lazy(rows_for(model)), target_for(model)).fit_report_.passes == 0


@each_supervised
def test_target_of_another_length(model: Any) -> None:
    X, y = rows_for(model), target_for(model)
    theirs = error_of(lambda: to_sklearn(clone(model)).fit(X, y[:20]))
    assert_same_error(error_of(lambda: clone(model).fit(lazy(X), lazy(y[:20]))), theirs)
    assert_same_error(error_of(lambda: clone(model).fit(lazy(X), y[:20])), theirs)


@each_supervised
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_target_that_is_not_finite(model: Any, value: float) -> None:
    X, y = rows_for(model), with_value(target_for(model), value)
    theirs = error_of(lambda: to_sklearn(clone(model)).fit(X, y))
    if theirs is None:  # a dummy
        return
    ours = error_of(lambda: clone(model).fit(lazy(X), lazy(y)))
    assert_same_error(ours, theirs, 7)
    # whose target is that of a sample
    if name_of(model) not in OF_CLASSES:
        assert "chunk 1 of the Dask Array" in str(ours)


@each_weighted
def test_weights(model: Any) -> None:
    X, y = rows_for(model), target_for(model)
    weight = with_value(np.ones(len(X)), np.nan)
    ours = error_of(lambda: clone(model).fit(lazy(X), y, sample_weight=lazy(weight)))
    theirs = error_of(lambda: to_sklearn(clone(model)).fit(X, y, sample_weight=weight))
    assert_same_error(ours, theirs)
    assert "chunk 1 of the Dask Array" in str(ours)
    short = error_of(lambda: clone(model).fit(lazy(X), y, sample_weight=lazy(np.ones(20))))
    assert isinstance(short, ValueError)
    assert "X has 30 rows and sample_weight has 20" in str(short)


@each_lazy
def test_other_columns_than_in_the_fit(model: Any) -> None:
    X, y = rows_for(model), target_for(model)
    method = "predict" if hasattr(model, "predict") else "transform"
    wide = np.column_stack([X, X])
    ours, theirs = clone(model).fit(lazy(X), y), to_sklearn(clone(model)).fit(X, y)
    expected = error_of(lambda: getattr(theirs, method)(wide))
    assert (expected is None) == (name_of(model) in BLIND)
    if expected is not None:
        assert_same_error(error_of(lambda: getattr(ours, method)(lazy(wide))), expected)
    if hasattr(ours, "score") and expected is not None and name_of(model) != "EllipticEnvelope":
        message = str(error_of(lambda: ours.score(lazy(wide), y)))
        assert f"X has 6 features, but {name_of(model)} is expecting 3 features" in message


@each_lazy
def test_a_lazy_result_names_the_chunk(model: Any) -> None:
    X, y = rows_for(model), target_for(model)
    method = "predict" if hasattr(model, "predict") else "transform"
    bad = with_value(X, np.nan)
    ours, theirs = clone(model).fit(lazy(X), y), to_sklearn(clone(model)).fit(X, y)
    expected = error_of(lambda: getattr(theirs, method)(bad))
    if expected is None:
        return
    found = error_of(lambda: getattr(ours, method)(lazy(bad)))
    assert_same_error(found, expected, 5)
    assert "chunk 1 of the Dask Array" in str(found)


class TestFrames:
    frame = pd.DataFrame(ROWS, columns=NAMES)
    y = frame["a"] * 2

    def fitted(self) -> Any:
        (model,) = [model for model in MODELS if name_of(model) == "Ridge"]
        return clone(model).fit(lazy_frame(self.frame), self.y)

    def test_partition_and_column_of_a_lazy_result(self) -> None:
        bad = lazy_frame(self.frame.assign(b=with_value(ROWS[:, 1], np.nan)))
        with pytest.raises(ValueError, match=r"^Input X contains NaN") as error:
            self.fitted().predict(bad).compute()
        place = "column 'b', row 7 of block 1 (partition 1 of the Dask DataFrame, index 10 to 19"
        assert place in str(error.value)
        # also of some of the partitions
        with pytest.raises(ValueError, match=r"row 7 of block 1 \(partition 1 of the Dask DataF"):
            self.fitted().predict(bad).partitions[1].compute()

    def test_names(self) -> None:
        model, other = self.fitted(), lazy_frame(self.frame.rename(columns={"b": "z"}))
        for call in (lambda: model.predict(other), lambda: model.score(other, self.y)):
            with pytest.raises(ValueError, match="The feature names should match those that were"):
                call()
