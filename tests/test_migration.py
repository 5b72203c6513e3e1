"""The guides of migration run, and name what there is and what there is not."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

GUIDES = Path(__file__).parents[1] / "docs" / "migration"
ROW = re.compile(r"^\| `([\w.]+)` \| (?:`([\w.]+)`|(not yet)) \| (.*) \|$")

# what the pages of dask-ml 2025.1 document; it is not installed where these tests run
NAMES = """
cluster.KMeans cluster.SpectralClustering
compose.ColumnTransformer compose.make_column_transformer
datasets.make_blobs datasets.make_classification datasets.make_classification_df
datasets.make_counts datasets.make_regression
decomposition.IncrementalPCA decomposition.PCA decomposition.TruncatedSVD
ensemble.BlockwiseVotingClassifier ensemble.BlockwiseVotingRegressor
feature_extraction.text.CountVectorizer feature_extraction.text.FeatureHasher
feature_extraction.text.HashingVectorizer
impute.SimpleImputer
linear_model.LinearRegression linear_model.LogisticRegression linear_model.PoissonRegression
metrics.accuracy_score metrics.check_scoring metrics.euclidean_distances metrics.get_scorer
metrics.log_loss metrics.mean_absolute_error metrics.mean_absolute_percentage_error
metrics.mean_squared_error metrics.mean_squared_log_error metrics.pairwise_distances
metrics.pairwise_distances_argmin_min metrics.r2_score
metrics.pairwise.linear_kernel metrics.pairwise.pairwise_kernels metrics.pairwise.polynomial_kernel
metrics.pairwise.rbf_kernel metrics.pairwise.sigmoid_kernel
model_selection.GridSearchCV model_selection.HyperbandSearchCV model_selection.IncrementalSearchCV
model_selection.InverseDecaySearchCV model_selection.KFold model_selection.RandomizedSearchCV
model_selection.ShuffleSplit model_selection.SuccessiveHalvingSearchCV model_selection.check_cv
model_selection.compute_n_splits model_selection.train_test_split
naive_bayes.GaussianNB
preprocessing.BlockTransformer preprocessing.Categorizer preprocessing.DummyEncoder
preprocessing.LabelEncoder preprocessing.MinMaxScaler preprocessing.OneHotEncoder
preprocessing.OrdinalEncoder preprocessing.PolynomialFeatures preprocessing.QuantileTransformer
preprocessing.RobustScaler preprocessing.StandardScaler
wrappers.Incremental wrappers.ParallelPostFit
xgboost.XGBClassifier xgboost.XGBRegressor
"""
DASK_ML = NAMES.split()


def rows() -> dict[str, tuple[str | None, str]]:
    """Of every name of dask-ml, its equal in skdask or None, and what is said of it."""
    found = [ROW.match(line) for line in (GUIDES / "dask-ml.md").read_text().splitlines()]
    return {row[1]: (row[2], row[4]) for row in found if row is not None}


def has(name: str) -> bool:
    """Whether skdask has a name."""
    module, _, own = name.rpartition(".")
    try:
        return hasattr(import_module(f"skdask.{module}"), own)
    except ModuleNotFoundError:
        return False


def test_every_name_of_dask_ml_has_its_row() -> None:
    assert sorted(rows()) == sorted(DASK_ML)


@pytest.mark.parametrize("name", DASK_ML)
def test_what_is_said_of_a_name_holds(name: str) -> None:
    equal, instead = rows()[name]
    if equal is not None:
        assert has(equal), f"skdask.{equal} is not there"
    else:
        assert instead, "what is to be done instead?"
        assert not has(name), f"skdask.{name} is there by now: say so in the guide"


@pytest.mark.parametrize("guide", sorted(GUIDES.glob("*.md")), ids=lambda path: path.stem)
def test_python_of_the_guides_runs(guide: Path) -> None:
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", guide.read_text(), re.DOTALL)
    assert blocks
    for code in blocks:
        exec(code, names)
    assert names["X"].shape[0] >= 500
