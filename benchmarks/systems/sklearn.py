"""scikit-learn: searches on two processes, single fits with all threads of BLAS."""

from __future__ import annotations

from benchmarks.systems.base import MODULES, System


class ScikitLearn(System):
    modules = tuple(f"sklearn.{module}" for module in MODULES)
    distribution = "scikit-learn"
    jobs = {"n_jobs": 2}  # noqa: RUF012
