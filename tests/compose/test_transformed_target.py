"""TransformedTargetRegressor on blocks: passes, errors and warnings are scikit-learn's."""

from __future__ import annotations

import pickle
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import base

import skdask
from skdask.compose import TransformedTargetRegressor, make_column_transformer
from skdask.decomposition import PCA
from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model import LassoCV, LinearRegression, Ridge
from skdask.model_selection import GridSearchCV
from skdask.pipeline import make_pipeline
from skdask.preprocessing import (
    OneHotEncoder,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
)
from skdask.routes.twins import to_sklearn

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 4))
Y = np.exp(X[:, 0] + 0.3 * RANDOM.normal(size=120))
LOG = {"func": np.log, "inverse_func": np.exp}


def lazy(array: np.ndarray) -> da.Array:
    return da.from_array(array, chunks=(25, *array.shape[1:]))


def table() -> pd.DataFrame:
    frame = pd.DataFrame(X, columns=list("abcd"))
    return frame.assign(kind=np.tile(["u", "v", "w"], 40))


@pytest.mark.parametrize(
    ("model", "passes"),
    [
        (TransformedTargetRegressor(**LOG), 1),
        (TransformedTargetRegressor(make_pipeline(StandardScaler(), PCA(2), Ridge()), **LOG), 1),
        (make_pipeline(StandardScaler(), TransformedTargetRegressor(Ridge(), **LOG)), 1),
        (TransformedTargetRegressor(transformer=StandardScaler()), 2),
        (
            TransformedTargetRegressor(
                make_pipeline(SplineTransformer(), Ridge()),
                transformer=QuantileTransformer(n_quantiles=20),
            ),
            5,
        ),
    ],
    ids=["functions", "pipeline", "last step", "transformer", "slow"],
)
def test_passes(model: Any, passes: int) -> None:
    fitted = base.clone(model).fit(lazy(X), lazy(Y))
    assert fitted.fit_report_.passes <= passes
    expected = to_sklearn(base.clone(model)).fit(X, Y)
    predicted = fitted.predict(lazy(X))
    assert isinstance(predicted, da.Array)
    np.testing.assert_allclose(predicted.compute(), expected.predict(X), rtol=1e-8)
    assert fitted.score(lazy(X), lazy(Y)) == pytest.approx(expected.score(X, Y), rel=1e-9)


def test_a_table_with_text() -> None:
    columns = make_column_transformer(
        (OneHotEncoder(), ["kind"]), (StandardScaler(), ["a"]), sparse_threshold=0
    )
    model = TransformedTargetRegressor(make_pipeline(columns, Ridge()), **LOG)
    frame = table().assign(price=Y)
    ours = base.clone(model).fit(dd.from_pandas(frame, npartitions=4), "price")
    theirs = to_sklearn(base.clone(model)).fit(table(), Y)
    assert ours.feature_names_in_.tolist() == theirs.feature_names_in_.tolist()
    found = ours.predict(dd.from_pandas(table(), npartitions=3)).compute()
    np.testing.assert_allclose(found, theirs.predict(table()), rtol=1e-9)


def test_a_regressor_that_validates_within_its_fit() -> None:
    model = TransformedTargetRegressor(LassoCV(cv=3), **LOG)
    ours = base.clone(model).fit(lazy(X), lazy(Y))
    theirs = to_sklearn(base.clone(model)).fit(X, Y)
    np.testing.assert_allclose(ours.regressor_.alpha_, theirs.regressor_.alpha_)
    np.testing.assert_allclose(ours.regressor_.mse_path_, theirs.regressor_.mse_path_, rtol=1e-6)


@pytest.mark.parametrize(
    "model",
    [
        TransformedTargetRegressor(func=np.log),
        TransformedTargetRegressor(inverse_func=np.log),
        TransformedTargetRegressor(transformer=StandardScaler(), **LOG),
        TransformedTargetRegressor(regressor=3),
        TransformedTargetRegressor(Ridge(alpha=-1)),
    ],
    ids=["no inverse", "no function", "both", "no regressor", "parameter"],
)
def test_scikit_learns_errors(model: Any) -> None:
    with pytest.raises(ValueError, match=r"\w") as theirs:
        to_sklearn(base.clone(model)).fit(X, Y)
    with pytest.raises(ValueError, match=r"\w") as ours:
        model.fit(lazy(X), lazy(Y))
    assert str(ours.value) == str(theirs.value)


def test_functions_that_are_no_inverses() -> None:
    model = TransformedTargetRegressor(func=np.log, inverse_func=np.square)
    with pytest.warns(UserWarning, match="not strictly inverse of each other"):
        model.fit(lazy(X), lazy(Y))


def test_bad_targets() -> None:
    bad = Y.copy()
    bad[57] = np.nan
    with pytest.raises(DataError, match=r"Input y contains NaN[\s\S]*row 57"):
        TransformedTargetRegressor(**LOG).fit(lazy(X), lazy(bad))
    bad[57] = 0.0
    model = TransformedTargetRegressor(check_inverse=False, **LOG)
    with (
        np.errstate(divide="ignore"),
        pytest.raises(DataError, match=r"Input y contains infinity[\s\S]*after the steps before"),
    ):
        model.fit(lazy(X), lazy(bad))
    with pytest.raises(ValueError, match="requires y to be passed"):
        model.fit(lazy(X))
    words = np.where(Y > 1, "a", "b")
    with pytest.raises(DataError, match="a regressor needs numbers"):
        model.fit(lazy(X), lazy(words))


def test_what_cannot_run_is_named() -> None:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.manifold import Isomap

    with pytest.raises(UnsupportedError, match="regressor: GaussianProcessRegressor"):
        TransformedTargetRegressor(GaussianProcessRegressor()).fit(lazy(X), lazy(Y))
    with pytest.raises(UnsupportedError, match="branch 'transformer': Isomap"):
        TransformedTargetRegressor(transformer=Isomap()).fit(lazy(X), lazy(Y))
    with pytest.raises(TypeError, match=r"Lars\.fit takes no sample_weight"):
        TransformedTargetRegressor(skdask.linear_model.Lars()).fit(
            lazy(X), lazy(Y), sample_weight=Y
        )
    with pytest.raises(DataError, match="makes 6 columns of the one of the target"):
        TransformedTargetRegressor(
            transformer=SplineTransformer(n_knots=4), check_inverse=False
        ).fit(lazy(X), lazy(Y))


def test_in_memory_it_is_scikit_learns() -> None:
    model = TransformedTargetRegressor(LinearRegression(), **LOG)
    search = GridSearchCV(model, {"regressor__fit_intercept": [True, False]}, cv=3).fit(X, Y)
    assert type(search.best_estimator_.to_sklearn()).__module__.startswith("sklearn")
    again = pickle.loads(pickle.dumps(model.fit(lazy(X), lazy(Y))))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
