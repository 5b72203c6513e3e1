"""RidgeClassifierCV by predictions: of rows that are left out one by one, and of folds."""

from __future__ import annotations

import pickle

import dask.array as da
import numpy as np
import pytest
from sklearn import linear_model
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import LeaveOneOut, cross_val_score

from skdask.exceptions import DataError, UnsupportedError
from skdask.linear_model import RidgeClassifierCV

ALPHAS = [0.1, 10.0, 1000.0]
X, y = make_classification(120, 6, n_informative=3, flip_y=0.3, random_state=3)
CHUNKS = da.from_array(X, chunks=(25, 6)), da.from_array(y, chunks=25)


def test_two_classes_are_scored_by_the_predictions_of_rows_left_out() -> None:
    ours = RidgeClassifierCV(ALPHAS, scoring="accuracy").fit(*CHUNKS)
    scores = [
        cross_val_score(linear_model.RidgeClassifier(alpha), X, y, cv=LeaveOneOut()).mean()
        for alpha in ALPHAS
    ]
    assert ours.best_score_ == pytest.approx(max(scores), rel=1e-12)
    assert ours.alpha_ == ALPHAS[int(np.argmax(scores))]
    assert ours.fit_report_.passes == 2


def test_folds_take_two_passes() -> None:
    ours = RidgeClassifierCV(ALPHAS, cv=5).fit(*CHUNKS)
    # one to count the labels of every block, for folds that have all of them
    assert ours.fit_report_.passes == 3
    theirs = linear_model.RidgeClassifierCV(ALPHAS, cv=5).fit(X, y)
    assert ours.best_score_ == pytest.approx(theirs.best_score_, rel=1e-12)


def test_a_class_that_one_fold_alone_has() -> None:
    labels = np.where(np.arange(120) < 10, 7, y)
    with pytest.raises(DataError, match="is in the test rows of one fold alone"):
        RidgeClassifierCV(ALPHAS, cv=[(np.arange(20, 120), np.arange(20)),
                                      (np.arange(20), np.arange(20, 120))]).fit(
            CHUNKS[0], da.from_array(labels, chunks=25)
        )  # fmt: skip


def test_probabilities_are_not_there_to_be_scored() -> None:
    with pytest.raises(UnsupportedError, match="no probabilities"):
        RidgeClassifierCV(ALPHAS, cv=3, scoring="neg_log_loss").fit(*CHUNKS)


def test_results_of_rows_are_lazy_and_forgotten() -> None:
    ours = RidgeClassifierCV(ALPHAS, store_cv_results=True).fit(*CHUNKS)
    theirs = linear_model.RidgeClassifierCV(ALPHAS, store_cv_results=True).fit(X, y)
    again = pickle.loads(pickle.dumps(ours))
    assert isinstance(again.cv_results_, da.Array)
    np.testing.assert_allclose(again.cv_results_.compute(), theirs.cv_results_, rtol=1e-9)
    assert not hasattr(clone(ours).set_params(store_cv_results=False).fit(*CHUNKS), "cv_results_")
    assert not hasattr(ours.set_params(store_cv_results=False).fit(*CHUNKS), "cv_results_")
