"""The one table of metrics and how each is computed from statistics."""

from __future__ import annotations

from skdask.metrics.judged import Recipes
from skdask.metrics.of_clusters import CLUSTER_RECIPES
from skdask.metrics.of_labels import LABEL_RECIPES
from skdask.metrics.of_numbers import NUMBER_RECIPES
from skdask.metrics.of_probabilities import PROBABILITY_RECIPES
from skdask.metrics.of_spread import SPREAD_RECIPES
from skdask.metrics.of_thresholds import THRESHOLD_RECIPES

RECIPES: Recipes = {
    **LABEL_RECIPES,
    **NUMBER_RECIPES,
    **PROBABILITY_RECIPES,
    **THRESHOLD_RECIPES,
    **CLUSTER_RECIPES,
    **SPREAD_RECIPES,
}
