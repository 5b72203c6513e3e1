"""When our route is faster: a few constants, measured, and one comparison.

Seconds in scikit-learn are fits times elements times a rate by estimator; ours are those of
loading our rooms (once), of starting, of a pass over the elements, and of a small solve a fit. All
of it is rough, so our route has to be expected to take two thirds of the time at most.

Measured on two cores of an Intel Xeon at 100,000 x 30 and 1,000,000 x 50 (`benchmarks/accel.py`,
`python -m benchmarks linear`); the rates of scikit-learn are taken low, so that what is doubtful
stays there.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import log2
from typing import Any

from skdask.accel.rules import parts_of
from skdask.accel.settings import settings
from skdask.accel.stay import Small

# ours: importing what a search needs beside scikit-learn; a run; a pass; a solve of moments
LOADING = 1.0
START = 0.03
PASS = 4e-9  # an element
SOLVE = 4e-4
SOLVE_CUBED = 3e-10  # a column to the third
ADVANTAGE = 1.5

# scikit-learn's: of any fit, of picking rows of a fold an element, of a fit an element
FIT = 5e-4
PICK = 3e-9
ELEMENT = {
    "BayesianRidge": 150e-9,
    "ElasticNet": 15e-9,
    "ElasticNetCV": 500e-9,
    "GaussianNB": 12e-9,
    "GraphicalLassoCV": 300e-9,
    "Lars": 25e-9,
    "LarsCV": 150e-9,
    "Lasso": 15e-9,
    "LassoCV": 500e-9,
    "LassoLars": 25e-9,
    "LassoLarsCV": 150e-9,
    "LedoitWolf": 80e-9,
    "LinearDiscriminantAnalysis": 150e-9,
    "LinearRegression": 50e-9,
    "LogisticRegression": 50e-9,
    "LogisticRegressionCV": 1000e-9,
    "OrthogonalMatchingPursuit": 30e-9,
    "OrthogonalMatchingPursuitCV": 100e-9,
    "PCA": 10e-9,
    "RidgeCV": 150e-9,
    "RidgeClassifierCV": 150e-9,
}
OTHER_ELEMENT = 10e-9
# of a tree and row, of a round of boosting and element, of a document
TREE_ROW = 1e-6
ROUND_ELEMENT = 20e-9
HISTOGRAM_ELEMENT = 1e-9
PAIR_OF_ROWS = 2e-10
DOCUMENT = 5e-5


@dataclass(frozen=True)
class Work:
    """What scikit-learn would do.

    Attributes
    ----------
    estimator : estimator
        One of the candidates.
    n_rows, n_features : int
    fits : int
    folds : bool
        Whether rows are picked for each fit.
    jobs : int
        Fits at once.
    """

    estimator: Any
    n_rows: int
    n_features: int
    fits: int = 1
    folds: bool = False
    jobs: int = 1

    @property
    def theirs(self) -> float:
        """Seconds in scikit-learn."""
        elements = self.n_rows * self.n_features
        one = FIT + sum(_seconds(part, self.n_rows, elements) for part in parts_of(self.estimator))
        return self.fits * (one + PICK * elements * self.folds) / self.jobs

    @property
    def ours(self) -> float:
        """Seconds in a shared pass."""
        solving = self.fits * (SOLVE + SOLVE_CUBED * self.n_features**3)
        return loading() + START + PASS * self.n_rows * self.n_features + solving


def loading() -> float:
    """Seconds until our route can begin."""
    return 0.0 if "skdask.model_selection.lent" in sys.modules else LOADING


def require_advantage(work: Work, ours: float | None = None) -> None:
    """Leave what our route is not expected to be faster at.

    Raises
    ------
    Small
    """
    ours = work.ours if ours is None else ours
    if settings().always or work.theirs >= ADVANTAGE * ours:
        return
    first = f", {_text(loading())} of them to load it" if loading() else ""
    raise Small(f"small: {_text(work.theirs)} in scikit-learn, {_text(ours)} in ours{first}")


def _text(seconds: float) -> str:
    """A rounded time: alike calls then have one reason."""
    if seconds < 0.095:
        return "less than 0.1 s"
    digits = 1 if seconds < 10 else 0
    return f"about {seconds:.{digits}f} s"


def _seconds(model: Any, n_rows: int, elements: int) -> float:
    name = type(model).__name__
    trees = getattr(model, "n_estimators", 1)
    if not isinstance(trees, int):
        trees = 1
    if "Forest" in name or "ExtraTree" in name or name.startswith("DecisionTree"):
        return TREE_ROW * trees * n_rows * max(1.0, log2(max(2, n_rows)) / 10)
    if name.startswith("HistGradientBoosting"):
        return HISTOGRAM_ELEMENT * elements * int(model.max_iter)
    if name.startswith("GradientBoosting"):
        return ROUND_ELEMENT * elements * trees
    if name.startswith("KNeighbors"):
        return PAIR_OF_ROWS * n_rows * n_rows
    if name in ("CountVectorizer", "TfidfVectorizer", "HashingVectorizer"):
        return DOCUMENT * n_rows
    return ELEMENT.get(name, OTHER_ELEMENT) * elements
