"""Naive Bayes: nothing but reading, by class."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import Arrays
from benchmarks.workloads.base import Workload, reading_work

DATASET = Arrays("make_blobs", 1_000_000, 64, (("centers", 20),))
# whole numbers from 0
COUNTS = Arrays("make_multilabel_classification", 500_000, 64, (("n_labels", 3), ("length", 60)))


def _run(name: str, params: dict[str, Any], system: Any, X: Any, y: Any) -> Any:
    return getattr(system, name)(**params).fit(X, y if y.ndim == 1 else y[:, 0])


def _means_and_variances(model: Any, *_: Any) -> NDArray[np.float64]:
    parts = (model.theta_, model.var_, model.class_prior_)
    return np.concatenate([np.ravel(part) for part in parts]).astype(float)


def _probabilities(model: Any, *_: Any) -> NDArray[np.float64]:
    found = model.feature_log_prob_
    parts = found if isinstance(found, list) else [found]
    return np.concatenate([np.ravel(part) for part in (*parts, model.class_log_prior_)])


def workloads() -> Iterator[Workload]:
    yield Workload(
        "nb/GaussianNB",
        DATASET,
        partial(_run, "GaussianNB", {}),
        _means_and_variances,
        "means, variances, priors",
        relative=True,
        work=reading_work,
    )
    for name, dataset, params in (
        ("BernoulliNB", DATASET, {"binarize": 0.0}),
        ("MultinomialNB", COUNTS, {}),
        ("ComplementNB", COUNTS, {}),
        ("CategoricalNB", COUNTS, {"min_categories": 64}),
    ):
        yield Workload(
            f"nb/{name}",
            dataset,
            partial(_run, name, params),
            _probabilities,
            "log probabilities",
            relative=True,
            work=reading_work,
        )
