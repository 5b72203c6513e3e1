"""scikit-learn: searches on two processes, single fits with all threads of BLAS."""

from __future__ import annotations

from benchmarks.systems.base import System


class ScikitLearn(System):
    modules = (
        "sklearn.linear_model",
        "sklearn.decomposition",
        "sklearn.preprocessing",
        "sklearn.pipeline",
        "sklearn.model_selection",
    )
    distribution = "scikit-learn"
    jobs = {"n_jobs": 2}  # noqa: RUF012
