"""Models as skops files: what is kept, and what is refused."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import dask.array as da
import numpy as np
import pandas as pd
import pytest
from sklearn import linear_model, pipeline
from sklearn.base import BaseEstimator, TransformerMixin

import skdask
from skdask.decomposition import PCA
from skdask.exceptions import ReadError
from skdask.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from skdask.persistence import UntrustedTypeError
from skdask.pipeline import Pipeline, make_pipeline
from skdask.preprocessing import MinMaxScaler, StandardScaler


@pytest.fixture(scope="module")
def rows() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    X = random.standard_normal((200, 4))
    return X, X @ [1.0, -2.0, 0.0, 3.0] + random.standard_normal(200)


MODELS = [
    LinearRegression(),
    Ridge(alpha=3.0),
    Lasso(alpha=0.01),
    ElasticNet(alpha=0.01),
    make_pipeline(StandardScaler(), PCA(2), Ridge()),
    make_pipeline(MinMaxScaler(), "passthrough", LinearRegression()),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: type(model).__name__)
def test_loaded_model_predicts_the_same_bits(model, rows, tmp_path: Path):
    X, y = rows
    model.fit(da.from_array(X, chunks=(50, 4)), da.from_array(y, chunks=50))
    skdask.save(model, tmp_path / "m.skops")
    loaded = skdask.load(tmp_path / "m.skops")
    assert type(loaded) is type(model)
    assert not hasattr(loaded, "fit_report_")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert repr(loaded) == repr(model)


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array(["no", "yes"]), [False, True]])
def test_classes_keep_their_type(labels, rows, tmp_path: Path):
    X, y = rows
    target = np.asarray(labels)[(y > 0).astype(int)]
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(da.from_array(X, chunks=(50, 4)), da.from_array(target, chunks=50))
    skdask.save(model, tmp_path / "m.skops")
    loaded = skdask.load(tmp_path / "m.skops")
    np.testing.assert_array_equal(loaded.classes_, model.classes_)
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_feature_names_are_kept(rows, tmp_path: Path):
    X, y = rows
    frame = pd.DataFrame(X, columns=list("abcd"))
    skdask.save(Ridge().fit(frame, y), tmp_path / "m.skops")
    assert list(skdask.load(tmp_path / "m.skops").feature_names_in_) == list("abcd")


def test_the_file_holds_plain_scikit_learn(rows, tmp_path: Path):
    import skops.io

    X, y = rows
    skdask.save(make_pipeline(StandardScaler(), Ridge()).fit(X, y), tmp_path / "m.skops")
    plain = skops.io.load(tmp_path / "m.skops")
    assert type(plain) is pipeline.Pipeline
    assert type(plain[-1]) is linear_model.Ridge


def test_steps_of_ours_in_a_plain_pipeline(rows, tmp_path: Path):
    X, y = rows
    mixed = pipeline.make_pipeline(StandardScaler(), Ridge()).fit(X, y)
    skdask.save(mixed, tmp_path / "m.skops")
    assert type(skdask.load(tmp_path / "m.skops")) is Pipeline


class Centred(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.mean_ = np.mean(X, axis=0)
        return self

    def transform(self, X):
        return X - self.mean_


def test_types_of_others_are_refused_and_named(rows, tmp_path: Path):
    X, y = rows
    skdask.save(pipeline.make_pipeline(Centred(), Ridge()).fit(X, y), tmp_path / "m.skops")
    with pytest.raises(UntrustedTypeError, match=r"Centred.*trusted=\["):
        skdask.load(tmp_path / "m.skops")
    name = f"{Centred.__module__}.Centred"
    loaded = skdask.load(tmp_path / "m.skops", trusted=[name])
    assert loaded.predict(X).shape == (200,)


def test_what_is_no_skops_file(tmp_path: Path):
    (tmp_path / "text.skops").write_text("not a model")
    with pytest.raises(ReadError, match=r"text\.skops.*no skops file"):
        skdask.load(tmp_path / "text.skops")
    with zipfile.ZipFile(tmp_path / "other.skops", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(ReadError, match=r"other\.skops"):
        skdask.load(tmp_path / "other.skops")
    with pytest.raises(FileNotFoundError, match=r"absent\.skops"):
        skdask.load(tmp_path / "absent.skops")


def test_a_failed_save_leaves_the_old_file(rows, tmp_path: Path, monkeypatch):
    import skops.io

    X, y = rows
    path = tmp_path / "m.skops"
    skdask.save(Ridge(alpha=5).fit(X, y), path)

    def broken(_model, file, **_options):
        Path(file).write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(skops.io, "dump", broken)
    with pytest.raises(OSError, match="No space left"):
        skdask.save(Ridge().fit(X, y), path)
    assert skdask.load(path).alpha == 5
    assert [file.name for file in tmp_path.iterdir()] == ["m.skops"]


def test_without_skops_the_error_says_what_to_install(monkeypatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "skops", None)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    with pytest.raises(ImportError, match=r"pip install 'scikit-dask\[skops\]'"):
        skdask.save(Ridge(), tmp_path / "m.skops")
