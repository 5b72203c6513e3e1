"""Bad input: scikit-learn's error types and words, the place in the data, and what to do."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import InvalidParameterError

from skdask import config
from skdask.cluster import KMeans
from skdask.decomposition import PCA
from skdask.exceptions import DataError, MemoryBudgetError, ReadError, UnsupportedError
from skdask.linear_model import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    TweedieRegressor,
)
from skdask.mixture import GaussianMixture
from skdask.pipeline import make_pipeline
from skdask.preprocessing import MinMaxScaler, StandardScaler
from skdask.svm import LinearSVC, LinearSVR
from tests.cases import data
from tests.oracle import assert_same_fit

RANDOM = np.random.default_rng(0)
X = RANDOM.standard_normal((60, 3))
Y = X[:, 0] * 2 + RANDOM.standard_normal(60)
CLASSES = (Y > 0).astype(np.int64)
ONES = np.ones(60)

REGRESSORS = [
    LinearRegression(),
    Ridge(),
    Lasso(alpha=0.01),
    ElasticNet(alpha=0.01),
    TweedieRegressor(),
    HuberRegressor(),
    LinearSVR(loss="squared_epsilon_insensitive"),
    make_pipeline(StandardScaler(), Ridge()),
]
CLASSIFIERS = [
    LogisticRegression(),
    LogisticRegression(l1_ratio=1, solver="saga"),
    LinearSVC(),
    make_pipeline(StandardScaler(), LogisticRegression()),
]
PREDICTORS = REGRESSORS + CLASSIFIERS
TRANSFORMERS = [
    StandardScaler(),
    MinMaxScaler(),
    PCA(),
    make_pipeline(StandardScaler(), PCA(2)),
    KMeans(2, random_state=0),
    GaussianMixture(2, random_state=0),
]

each_predictor = pytest.mark.parametrize("model", PREDICTORS, ids=str)
each_regressor = pytest.mark.parametrize("model", REGRESSORS, ids=str)
each_classifier = pytest.mark.parametrize("model", CLASSIFIERS, ids=str)


def lazy(values: np.ndarray) -> da.Array:
    return da.from_array(values, chunks=(10, *values.shape[1:]))


def with_bad(values: np.ndarray, place: Any, bad: float) -> np.ndarray:
    copy = values.astype(np.float64)
    copy[place] = bad
    return copy


def is_classifier(model: Any) -> bool:
    return "Logistic" in repr(model) or "SVC" in repr(model)


def good_y(model: Any) -> np.ndarray:
    return CLASSES if is_classifier(model) else Y


def last_name(model: Any) -> str:
    return type(getattr(model, "steps", [("", model)])[-1][1]).__name__


@pytest.fixture(autouse=True)
def _blocks_of_ten() -> Any:
    with config.set(block_bytes=8 * 4 * 10):
        yield


class TestNotFinite:
    @pytest.mark.parametrize("model", [*PREDICTORS, *TRANSFORMERS[2:]], ids=str)
    def test_nan_in_features(self, model: Any) -> None:
        y = None if model in TRANSFORMERS else lazy(good_y(model))
        with pytest.raises(ValueError, match=r"^Input X contains NaN\.\n") as error:
            model.fit(lazy(with_bad(X, (27, 1), np.nan)), y)
        message = str(error.value)
        assert isinstance(error.value, DataError)
        assert "The first is in column 1, row " in message
        assert "(chunk 2 of the Dask Array" in message
        assert "row 27 of the data" in message
        assert f"{last_name(model)} does not accept missing values encoded as NaN" in message
        assert "Leave the column out with drop=" in message

    @pytest.mark.parametrize("model", [*PREDICTORS, *TRANSFORMERS], ids=str)
    @pytest.mark.parametrize("bad", [np.inf, -np.inf])
    def test_infinity_in_features(self, model: Any, bad: float) -> None:
        y = None if model in TRANSFORMERS else lazy(good_y(model))
        with pytest.raises(ValueError, match=r"Input X contains infinity or a value too large for"):
            model.fit(lazy(with_bad(X, (27, 1), bad)), y)

    def test_scalers_leave_nan_out(self) -> None:
        bad = with_bad(X, (27, 1), np.nan)
        for scaler in (StandardScaler(), MinMaxScaler()):
            assert_same_fit(scaler.fit(lazy(bad)), scaler.to_sklearn().fit(bad), tol=1e-12)

    def test_a_column_of_nan(self) -> None:
        bad = X * [1, np.nan, 1]
        for scaler in (StandardScaler(), MinMaxScaler()):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = scaler.to_sklearn().fit(bad)
                assert_same_fit(scaler.fit(lazy(bad)), expected, tol=1e-12)

    @each_predictor
    @pytest.mark.parametrize(("bad", "word"), [(np.nan, "NaN"), (np.inf, "infinity")])
    def test_target(self, model: Any, bad: float, word: str) -> None:
        with pytest.raises(ValueError, match=f"^Input y contains {word}") as error:
            model.fit(lazy(X), lazy(with_bad(good_y(model), 27, bad)))
        assert "row 27 of the data. Replace or drop the rows where y is not a" in str(error.value)

    @each_predictor
    @pytest.mark.parametrize(
        ("bad", "match"),
        [
            (np.nan, "^Input sample_weight contains NaN"),
            (np.inf, "^Input sample_weight contains infinity"),
            (-1.0, "^Negative values in data passed to `sample_weight`. Found in chunk 2 of"),
        ],
    )
    def test_weights(self, model: Any, bad: float, match: str) -> None:
        name = "sample_weight"
        if hasattr(model, "steps"):
            name = f"{model.steps[-1][0]}__sample_weight"
        with pytest.raises(ValueError, match=match):
            model.fit(lazy(X), good_y(model), **{name: lazy(with_bad(ONES, 27, bad))})
        with pytest.raises(ValueError, match="Sample weights must contain at least one non-zero"):
            model.fit(lazy(X), good_y(model), **{name: lazy(0 * ONES)})

    def test_weights_of_a_scaler(self) -> None:
        with pytest.raises(ValueError, match="Sample weights must contain at least one non-zero"):
            StandardScaler().fit(lazy(X), sample_weight=lazy(0 * ONES))

    def test_column_names_and_files(self, tmp_path: Path) -> None:
        frame = pd.DataFrame(with_bad(X, (27, 1), np.nan), columns=["a", "b", "c"]).assign(y=Y)
        for part in range(3):
            rows = frame.iloc[part * 20 : part * 20 + 20]
            rows.to_parquet(tmp_path / f"part.{part}.parquet", row_group_size=5)
        with pytest.raises(ValueError, match="Input X contains NaN") as error:
            Ridge().fit(tmp_path, "y")
        message = str(error.value)
        assert "column 'b'" in message
        assert "part.1.parquet, row group 1" in message
        assert "row 27 of the data" in message

    def test_values_too_large_to_square(self) -> None:
        with pytest.raises(ValueError, match="values are too large to be squared in float64; scal"):
            Ridge().fit(lazy(X * 1e200), lazy(Y))


class TestLengths:
    @each_predictor
    def test_target(self, model: Any) -> None:
        y = good_y(model)
        for short in (lazy(y[:50]), y[:50], list(y[:50])):
            with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[60, 50\]"):
                model.fit(lazy(X), short)

    def test_unknown_lengths(self) -> None:
        frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=Y)
        unknown = dd.from_pandas(frame, npartitions=4)
        other = dd.from_pandas(frame.iloc[:50], npartitions=4)
        with pytest.raises(ValueError, match="inconsistent numbers of samples"):
            Ridge().fit(unknown[["a", "b"]].to_dask_array(), other["y"].to_dask_array())
        other = dd.from_pandas(frame, npartitions=5)
        with pytest.raises(ValueError, match="their lengths are not known; make both from"):
            Ridge().fit(unknown[["a", "b"]].to_dask_array(), other["y"].to_dask_array())


class TestNoRows:
    @pytest.mark.parametrize("model", [*PREDICTORS, *TRANSFORMERS], ids=str)
    def test_known(self, model: Any) -> None:
        with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\) \(shape=\(0, 3\)\)"):
            model.fit(da.ones((0, 3)), np.ones(0))

    @pytest.mark.parametrize("model", [*PREDICTORS, *TRANSFORMERS], ids=str)
    def test_unknown(self, model: Any) -> None:
        frame = dd.from_pandas(pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=0), npartitions=3)
        with pytest.raises(ValueError, match=r"Found array with 0 sample\(s\)"):
            model.fit(frame[frame["a"] > 99], "y")

    @pytest.mark.parametrize("model", [*PREDICTORS, *TRANSFORMERS], ids=str)
    def test_an_empty_block_between_others(self, model: Any) -> None:
        """It changes nothing."""
        parts = [X[:20], X[20:20], X[20:]]
        lengths = tuple(len(part) for part in parts)
        whole = da.concatenate([da.from_array(part, chunks=-1) for part in parts if len(part)])
        holed = da.from_array(X, chunks=(lengths, -1))
        y = None if model in TRANSFORMERS else good_y(model)
        expected = model.fit(whole.rechunk((20, -1)), y)
        for given in (holed, dd.from_dask_array(holed, columns=["a", "b", "c"])):
            found = type(model)(**model.get_params(deep=False)).fit(given, y)
            for name in ("coef_", "mean_", "scale_", "components_", "data_max_"):
                if hasattr(expected, name):
                    np.testing.assert_allclose(getattr(found, name), getattr(expected, name))

    def test_one_row(self) -> None:
        one = X[:1]
        for model in (StandardScaler(), MinMaxScaler(), LinearRegression(), Ridge(), Lasso()):
            found = model.fit(lazy(one), lazy(Y[:1]))
            expected = model.to_sklearn().fit(one, Y[:1])
            assert_same_fit(found, expected, tol=1e-12, skip=("singular_", "dual_gap_"))


class TestColumns:
    def test_text(self) -> None:
        frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(city="Rome", y=Y)
        with pytest.raises(ValueError, match=r"'city' \(.*drop=\['city'\], or encode them"):
            Ridge().fit(dd.from_pandas(frame, npartitions=2), "y")
        with pytest.raises(ValueError, match="could not convert string to float"):
            Ridge().fit(da.from_array(np.array([["a", "b"]] * 4), chunks=2), np.ones(4))

    def test_target_is_missing(self, tmp_path: Path) -> None:
        frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(price=Y)
        frame.to_parquet(tmp_path / "t.parquet")
        for given in (tmp_path / "t.parquet", dd.from_pandas(frame, npartitions=2)):
            with pytest.raises(ValueError, match=r"has no column 'Price'\. Did you mean 'price'\?"):
                Ridge().fit(given, "Price")

    def test_constant(self) -> None:
        rows = data("constant")
        for model in (StandardScaler(), MinMaxScaler(), LinearRegression(), Ridge(), Lasso()):
            with config.set(block_bytes=8 * 6 * 20):
                found = model.fit(lazy(rows.X), rows.y)
            expected = model.to_sklearn().fit(rows.X, rows.y)
            assert_same_fit(found, expected, tol=1e-8, skip=("dual_gap_",))
        model = LogisticRegression(tol=1e-10)
        y = (rows.y > 100).astype(int)
        scaled = StandardScaler().fit_transform(rows.X)
        found = model.fit(lazy(scaled), y)
        expected = model.to_sklearn().set_params(solver="newton-cholesky").fit(scaled, y)
        np.testing.assert_allclose(found.coef_, expected.coef_, rtol=1e-6, atol=1e-9)

    def test_dimensions(self) -> None:
        with pytest.raises(ValueError, match="Expected 2D array, got 1D array instead"):
            Ridge().fit(da.ones(10), np.ones(10))
        with pytest.raises(ValueError, match="y should be a 1d array, got an array of shape"):
            LogisticRegression().fit(lazy(X), np.column_stack([CLASSES, CLASSES]))


class TestTargets:
    @each_classifier
    def test_a_single_class(self, model: Any) -> None:
        for labels in (0 * CLASSES, np.full(60, "a")):
            with pytest.raises(ValueError, match="data contains only one class") as ours:
                model.fit(lazy(X), lazy(labels))
            with pytest.raises(ValueError, match="data contains only one class") as theirs:
                model.to_sklearn().fit(X, labels)
            assert str(ours.value) == str(theirs.value)

    @each_classifier
    def test_continuous(self, model: Any) -> None:
        with pytest.raises(ValueError, match=r"Unknown label type: continuous.*Found in chunk 0"):
            model.fit(lazy(X), lazy(Y))

    @each_regressor
    def test_words_for_a_regressor(self, model: Any) -> None:
        for labels in (np.where(CLASSES, "a", "b"), np.where(CLASSES, "a", "b").astype(object)):
            for y in (labels, lazy(labels)):
                with pytest.raises(ValueError, match="a regressor needs numbers; use a classifier"):
                    model.fit(lazy(X), y)

    @each_predictor
    def test_missing(self, model: Any) -> None:
        with pytest.raises(ValueError, match="requires y to be passed, but the target y is None"):
            model.fit(lazy(X), None)

    @each_predictor
    def test_missing_in_score(self, model: Any) -> None:
        model.fit(X, good_y(model))
        with pytest.raises(ValueError, match="scoring needs y; for a table, y may be the name of"):
            model.score(lazy(X), None)

    def test_labels_unknown_to_class_weight(self) -> None:
        with pytest.raises(ValueError, match=r"The classes, \[0, 1\], are not in class_weight"):
            LogisticRegression(class_weight={5: 1.0}).fit(lazy(X), lazy(CLASSES))
        with pytest.raises(ValueError, match=r"The classes, \[0, 1\], are not in class_weight"):
            LinearSVC(class_weight={5: 1.0}).fit(lazy(X), lazy(CLASSES))


class TestParameters:
    @pytest.mark.parametrize(
        ("model", "parameter"),
        [
            (Ridge(alpha=-1), "alpha"),
            (Ridge(solver="newton"), "solver"),
            (Lasso(alpha=-1), "alpha"),
            (ElasticNet(l1_ratio=2), "l1_ratio"),
            (LinearRegression(positive="yes"), "positive"),
            (LogisticRegression(C=-1), "C"),
            (LogisticRegression(max_iter=-1), "max_iter"),
            (LogisticRegression(solver="newton"), "solver"),
            (PoissonRegressor(alpha=-1), "alpha"),
            (HuberRegressor(epsilon=0.5), "epsilon"),
            (LinearSVC(loss="huber"), "loss"),
            (LinearSVR(C=0), "C"),
            (StandardScaler(with_mean="yes"), "with_mean"),
            (MinMaxScaler(feature_range=3), "feature_range"),
            (PCA(n_components=-1), "n_components"),
            (PCA(svd_solver="fast"), "svd_solver"),
            (make_pipeline(StandardScaler(), Ridge(alpha=-1)), "alpha"),
        ],
        ids=str,
    )
    def test_scikit_learns_check(self, model: Any, parameter: str) -> None:
        y = None if "Scaler" in last_name(model) else CLASSES
        with pytest.raises(InvalidParameterError, match=f"The '{parameter}' parameter of") as ours:
            model.fit(lazy(X), y)
        with pytest.raises(InvalidParameterError) as theirs:
            model.to_sklearn().fit(X, CLASSES)
        assert str(ours.value) == str(theirs.value)

    @pytest.mark.parametrize(
        "model",
        [
            PCA(n_components=7),
            PCA(n_components=0, svd_solver="randomized"),
            PCA(n_components=3, svd_solver="arpack"),
            PCA(n_components="mle", svd_solver="randomized"),
            PCA(n_components=7, svd_solver="full"),
        ],
        ids=str,
    )
    def test_n_components(self, model: Any) -> None:
        with pytest.raises(ValueError, match="n_components=") as ours:
            model.fit(lazy(X))
        with pytest.raises(ValueError, match="n_components=") as theirs:
            model.to_sklearn().fit(X)
        # which solver "auto" stands for is all that may differ
        assert str(ours.value).split("svd_solver")[0] == str(theirs.value).split("svd_solver")[0]

    @pytest.mark.parametrize(
        ("model", "y"),
        [
            (Ridge(alpha=[1, 2]), np.column_stack([Y, Y, Y])),
            (Ridge(alpha=[1, 2]), Y),
            (Ridge(solver="cholesky", positive=True), Y),
            (Ridge(solver="lbfgs"), Y),
            (MinMaxScaler(feature_range=(2, 1)), None),
            (LogisticRegression(dual=True), CLASSES),
            (LogisticRegression(l1_ratio=1), CLASSES),
            (LogisticRegression(l1_ratio=0.5, solver="liblinear"), CLASSES),
            (LogisticRegression(l1_ratio=1, solver="liblinear", dual=True), CLASSES),
            (LinearSVC(penalty="l1", loss="hinge"), CLASSES),
            (LinearSVC(penalty="l1", dual=True), CLASSES),
            (LogisticRegression(solver="liblinear", C=np.inf), CLASSES),
            (LogisticRegression(solver="liblinear"), np.arange(60) % 3),
        ],
        ids=lambda given: "" if isinstance(given, np.ndarray) else str(given),
    )
    def test_same_error(self, model: Any, y: Any) -> None:
        with pytest.raises(ValueError, match=r"\w") as theirs:
            model.to_sklearn().fit(X, y)
        with pytest.raises(ValueError, match=r"\w") as ours:
            model.fit(lazy(X), y)
        assert str(ours.value)[:8] == str(theirs.value)[:8]

    def test_what_blocks_cannot_do(self) -> None:
        wide = da.ones((20, 5000), chunks=(10, -1))
        with pytest.raises(UnsupportedError, match=r"l1 penalty and 5,001 parameters on blocks"):
            LogisticRegression(l1_ratio=1, solver="saga").fit(wide, np.arange(20) % 2)
        with pytest.raises(UnsupportedError, match=r"5,001 parameters on blocks.*squared_hinge"):
            LinearSVC(loss="hinge").fit(wide, np.arange(20) % 2)
        with pytest.raises(UnsupportedError, match=r"crammer_singer.*Use multi_class='ovr'"):
            LinearSVC(multi_class="crammer_singer").fit(lazy(X), CLASSES)

    @pytest.mark.parametrize(
        "model", [PoissonRegressor(), GammaRegressor(), TweedieRegressor(power=1.5)], ids=str
    )
    def test_target_out_of_range(self, model: Any) -> None:
        y = with_bad(np.abs(Y) + 1, 27, -2.0)
        with pytest.raises(ValueError, match="out of the valid range of the loss 'Half") as theirs:
            model.to_sklearn().fit(X, y)
        with pytest.raises(ValueError, match="Found in chunk 2") as ours:
            model.fit(lazy(X), lazy(y))
        assert str(ours.value).startswith(str(theirs.value).rstrip("."))

    def test_penalty_is_deprecated(self) -> None:
        with pytest.warns(FutureWarning, match="'penalty' was deprecated in version 1.8"):
            found = LogisticRegression(penalty=None, tol=1e-9).fit(lazy(X), CLASSES)
        expected = LogisticRegression(C=np.inf, tol=1e-9).fit(lazy(X), CLASSES)
        np.testing.assert_array_equal(found.coef_, expected.coef_)

    @pytest.mark.parametrize(
        "model", [LogisticRegression(max_iter=1), Lasso(alpha=1e-6, max_iter=1)], ids=str
    )
    def test_not_converged(self, model: Any) -> None:
        with pytest.warns(ConvergenceWarning) as caught:
            model.fit(lazy(X), CLASSES)
        assert len(caught) == 1
        if is_classifier(model):
            message = str(caught[0].message)
            assert "LogisticRegression failed to converge: stopped at the limit of max_iter=1" in (
                message
            )
            assert "You might increase max_iter, or scale the data" in message


class TestFiles:
    def folder(self, path: Path) -> Path:
        frame = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=Y)
        for part in range(3):
            frame.iloc[part * 20 : part * 20 + 20].to_parquet(path / f"part.{part}.parquet")
        return path

    def test_truncated(self, tmp_path: Path) -> None:
        folder = self.folder(tmp_path)
        whole = (folder / "part.1.parquet").read_bytes()
        (folder / "part.1.parquet").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ReadError, match=r"part\.1\.parquet") as error:
            Ridge().fit(folder, "y")
        assert isinstance(error.value, OSError)

    def test_damaged_within(self, tmp_path: Path) -> None:
        folder = self.folder(tmp_path)
        path = folder / "part.1.parquet"
        start = pq.ParquetFile(path).metadata.row_group(0).column(0).data_page_offset
        whole = bytearray(path.read_bytes())
        whole[start - 4 : start + 200] = bytes(204)
        path.write_bytes(whole)
        with pytest.raises(ReadError, match=r"part\.1\.parquet"):
            Ridge().fit(folder, "y")

    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match=r"none\.parquet"):
            Ridge().fit(tmp_path / "none.parquet", "y")

    def test_a_budget_too_small_for_a_row_group(self, tmp_path: Path) -> None:
        pd.DataFrame(RANDOM.standard_normal((50_000, 8))).rename(columns=str).to_parquet(
            tmp_path / "t.parquet"
        )
        with (
            config.set(memory_limit="200kiB"),
            pytest.raises(MemoryError, match=r"row group 0 of t\.parquet needs") as error,
        ):
            Ridge().fit(tmp_path / "t.parquet", "7")
        assert isinstance(error.value, MemoryBudgetError)
        assert "raise skdask.config.set(memory_limit=...)" in str(error.value)
        assert "smaller row_group_size" in str(error.value)

    def test_a_budget_too_small_for_the_statistics(self) -> None:
        wide = da.ones((100, 1500), chunks=(10, -1))
        with (
            config.set(memory_limit="64MiB", n_threads=1),
            pytest.raises(MemoryError, match=r"One pass over Dask Array .* needs about") as error,
        ):
            Ridge().fit(wide, np.arange(100.0))
        assert "of the 1,500 features" in str(error.value)
