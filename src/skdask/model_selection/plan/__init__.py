"""The compiler from (estimator, candidates, folds, scorers) to passes.

`chain` takes a candidate apart into steps; `tree` puts all candidates into one tree whose equal
beginnings are one branch; `execute` runs the tree as one algorithm; `describe` prints it.
"""

from skdask.model_selection.plan.compile import compile_plan
from skdask.model_selection.plan.describe import Plan
from skdask.model_selection.plan.staged import StagedPlan

__all__ = ["Plan", "StagedPlan", "compile_plan"]
