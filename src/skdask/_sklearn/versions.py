"""What is not the same in every release of scikit-learn that we support."""

from __future__ import annotations

import sklearn

_BEFORE_1_9 = tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 9)


# whether models of several targets weigh their rows
MULTI_TASK_WEIGHS = not _BEFORE_1_9


# `l1_ratio_` of a LogisticRegressionCV that takes means over folds and has no ratio to choose
RATIO_OF_MEANS: float | None = None if _BEFORE_1_9 else 0.0


def discriminant_weight(n_rows: int, n_stand_in: int, n_classes: int = 1) -> float:
    """The weight by which a few rows stand for others, to a discriminant's svd solver.

    Rows of the covariance that is the scatter over this weight. Before 1.9 the solver took the
    number of classes from the number of rows before it divided by it.
    """
    if not _BEFORE_1_9:
        return float(n_rows)
    return n_stand_in * (n_rows - n_classes) / (n_stand_in - n_classes)
