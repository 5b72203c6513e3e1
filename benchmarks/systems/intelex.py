"""scikit-learn-intelex: scikit-learn with Intel's kernels in the place of its own."""

from __future__ import annotations

from benchmarks.systems.sklearn import ScikitLearn


class Intelex(ScikitLearn):
    distribution = "scikit-learn-intelex"

    def __init__(self) -> None:
        from sklearnex import patch_sklearn

        patch_sklearn(verbose=False)
