"""Candidates that one fit serves: a rule for every parameter that only cuts a fit short.

Each rule is a file: which estimators it is for, the parameter, the one fit that is made, and how
the models of all values come from it. Such a model answers for the rows it was made for and for
no others, which is all that scoring asks.
"""

from skdask.model_selection.fits.rules.adaptive_boosting import AdaptiveRounds
from skdask.model_selection.fits.rules.base import Rule
from skdask.model_selection.fits.rules.boosting import BoostingRounds
from skdask.model_selection.fits.rules.forests import ForestSizes
from skdask.model_selection.fits.rules.neighbours import NeighbourCounts
from skdask.model_selection.fits.rules.pruned_forests import PrunedForests
from skdask.model_selection.fits.rules.pruning import PruningPath

# Where two rules are for an estimator, candidates are grouped by the one that leaves fewer fits
RULES: tuple[Rule, ...] = (
    ForestSizes(),
    PrunedForests(),
    BoostingRounds(),
    AdaptiveRounds(),
    NeighbourCounts(),
    PruningPath(),
)

__all__ = ["RULES", "Rule"]
