"""learning_curve, validation_curve and cross_val_predict: scikit-learn's results, in few passes."""

from __future__ import annotations

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import model_selection as theirs
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor

import skdask
from skdask.exceptions import UnsupportedError
from skdask.model_selection import cross_val_predict, learning_curve, validation_curve

N_ROWS = 150
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(N_ROWS, 4)) + [0, 5, 0, -3]
Y = X @ [1.0, -2.0, 0.0, 0.5] + RANDOM.normal(size=N_ROWS)
CLASSES = np.array(["ant", "bee", "cow"])[np.digitize(Y, np.quantile(Y, [0.3, 0.6]))]
GROUPS = RANDOM.integers(0, 7, N_ROWS)
LOGISTIC = LogisticRegression(C=0.3, tol=1e-9, max_iter=1000)


def lazy(values, chunks=40):
    return da.from_array(values, chunks=(chunks, *values.shape[1:]))


@pytest.mark.parametrize(
    "options",
    [
        {"cv": 4},
        {"cv": ShuffleSplit(3, test_size=0.3, random_state=0)},
        {"cv": 3, "train_sizes": [10, 60, 100]},
        {"cv": 3, "shuffle": True, "random_state": 4},
        {"cv": GroupKFold(3), "groups": GROUPS},
    ],
    ids=lambda options: " ".join(options),
)
def test_learning_curves(options):
    model = make_pipeline(StandardScaler(), Ridge(2.0))
    found = learning_curve(model, lazy(X), lazy(Y), **options)
    expected = theirs.learning_curve(model, X, Y, **options)
    for ours, other in zip(found, expected, strict=True):
        assert ours.shape == other.shape
        np.testing.assert_allclose(ours, other, rtol=1e-9)


def test_learning_curves_of_classes():
    options = {"cv": 3, "scoring": "neg_log_loss", "train_sizes": [60, 100], "shuffle": True}
    found = learning_curve(LOGISTIC, lazy(X), lazy(CLASSES), random_state=0, **options)
    expected = theirs.learning_curve(LOGISTIC, X, CLASSES, random_state=0, **options)
    for ours, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-5)


def test_times_and_what_is_refused():
    found = learning_curve(Ridge(), lazy(X), lazy(Y), return_times=True, cv=3)
    assert len(found) == 5
    assert found[3].shape == (5, 3)
    assert (found[3] > 0).all()
    with pytest.raises(UnsupportedError, match="share their passes"):
        learning_curve(Ridge(), lazy(X), lazy(Y), exploit_incremental_learning=True)


def test_validation_curves():
    model = make_pipeline(StandardScaler(), Ridge())
    options = {"param_name": "ridge__alpha", "param_range": [0.1, 10.0, 1e3], "cv": 4}
    table = dd.from_pandas(pd.DataFrame(X, columns=list("abcd")).assign(y=Y), npartitions=4)
    for data in ((lazy(X), lazy(Y)), (table, "y")):
        found = validation_curve(model, *data, **options)
        for ours, other in zip(found, theirs.validation_curve(model, X, Y, **options), strict=True):
            np.testing.assert_allclose(ours, other, rtol=1e-9)


def test_other_estimators_are_evaluated_on_rows_in_memory():
    tree = DecisionTreeRegressor(random_state=0)
    options = {"param_name": "max_depth", "param_range": [1, 3], "cv": 3}
    found = validation_curve(tree, lazy(X), lazy(Y), **options)
    for ours, other in zip(found, theirs.validation_curve(tree, X, Y, **options), strict=True):
        np.testing.assert_allclose(ours, other)
    found = learning_curve(tree, lazy(X), lazy(Y), cv=3, shuffle=True, random_state=0)
    expected = theirs.learning_curve(tree, X, Y, cv=3, shuffle=True, random_state=0)
    for ours, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(ours, other)


@pytest.mark.parametrize(
    ("model", "y", "method"),
    [
        (LinearRegression(), Y, "predict"),
        (make_pipeline(StandardScaler(), Ridge()), np.column_stack([Y, -Y]), "predict"),
        (LOGISTIC, CLASSES, "predict"),
        (LOGISTIC, CLASSES, "predict_proba"),
        (LOGISTIC, CLASSES, "decision_function"),
        (LOGISTIC, np.where(np.median(Y) < Y, "up", "down"), "decision_function"),
        (GaussianNB(), CLASSES, "predict_log_proba"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
@pytest.mark.parametrize("cv", [4, KFold(3, shuffle=True, random_state=0)], ids=["4", "shuffled"])
def test_rows_are_predicted_by_the_others(model, y, method, cv):
    found = cross_val_predict(model, lazy(X), lazy(y, 33), cv=cv, method=method)
    expected = theirs.cross_val_predict(model, X, y, cv=cv, method=method)
    assert isinstance(found, da.Array)
    assert found.shape == expected.shape
    computed = found.compute()
    assert computed.dtype == found.dtype
    if expected.dtype.kind == "f":
        np.testing.assert_allclose(computed, expected, rtol=1e-4, atol=1e-6)
    else:
        np.testing.assert_array_equal(computed, expected)


def test_predictions_of_tables_files_and_columns(tmp_path):
    frame = pd.DataFrame(X, columns=list("abcd")).assign(y=Y)
    frame.to_parquet(tmp_path / "rows.parquet", row_group_size=40)
    expected = theirs.cross_val_predict(Ridge(), X, Y, cv=GroupKFold(3), groups=GROUPS)
    for given in (dd.from_pandas(frame, npartitions=3), tmp_path / "rows.parquet"):
        found = cross_val_predict(Ridge(), given, "y", cv=GroupKFold(3), groups=GROUPS)
        np.testing.assert_allclose(found.compute(), expected, rtol=1e-9)
    labelled = dd.from_pandas(frame.assign(y=CLASSES), npartitions=3)
    found = cross_val_predict(LOGISTIC, labelled, "y", cv=3, method="predict_proba")
    expected_of_classes = theirs.cross_val_predict(
        LOGISTIC, X, CLASSES, cv=3, method="predict_proba"
    )
    np.testing.assert_allclose(found.compute(), expected_of_classes, rtol=1e-4)
    columns = da.from_array(X, chunks=(60, 2))
    found = cross_val_predict(Ridge(), columns, Y, cv=GroupKFold(3), groups=GROUPS)
    np.testing.assert_allclose(found.compute(), expected, rtol=1e-9)


def test_classes_that_a_fold_does_not_meet():
    order = np.argsort(CLASSES, kind="stable")
    rows, labels = X[order], CLASSES[order]
    with pytest.warns(RuntimeWarning, match="Number of classes in training fold"):
        found = cross_val_predict(
            LOGISTIC, lazy(rows), lazy(labels), cv=KFold(3), method="predict_proba"
        )
    with pytest.warns(RuntimeWarning):
        expected = theirs.cross_val_predict(
            LOGISTIC, rows, labels, cv=KFold(3), method="predict_proba"
        )
    np.testing.assert_allclose(found.compute(), expected, rtol=1e-4, atol=1e-6)


def test_what_cannot_be_predicted():
    with pytest.raises(ValueError, match="only works for partitions"):
        cross_val_predict(Ridge(), lazy(X), lazy(Y), cv=ShuffleSplit(3))
    with pytest.raises(UnsupportedError, match="DecisionTreeRegressor cannot be fitted"):
        cross_val_predict(DecisionTreeRegressor(), lazy(X), lazy(Y))


def test_in_memory_is_scikit_learns():
    np.testing.assert_array_equal(
        cross_val_predict(LOGISTIC, X, CLASSES, cv=StratifiedKFold(3)),
        theirs.cross_val_predict(LOGISTIC, X, CLASSES, cv=StratifiedKFold(3)),
    )


def test_displays():
    pytest.importorskip("matplotlib").use("Agg")
    options = {"cv": 3, "scoring": "neg_mean_squared_error", "negate_score": True}
    varied = {"param_name": "alpha", "param_range": [0.1, 10.0], **options}
    for kind, arguments in (
        ("LearningCurveDisplay", {"train_sizes": [20, 60], "score_type": "test", **options}),
        ("ValidationCurveDisplay", {"std_display_style": "errorbar", **varied}),
    ):
        ours = getattr(skdask.model_selection, kind)
        found = ours.from_estimator(Ridge(), lazy(X), lazy(Y), **arguments)
        expected = getattr(theirs, kind).from_estimator(Ridge(), X, Y, **arguments)
        assert isinstance(found, ours)
        assert isinstance(ours.from_estimator(Ridge(), X, Y, **arguments), ours)
        np.testing.assert_allclose(found.test_scores, expected.test_scores, rtol=1e-9)
        assert found.ax_.get_ylabel() == expected.ax_.get_ylabel() == "Mean squared error"
        assert found.ax_.get_xscale() == expected.ax_.get_xscale()
