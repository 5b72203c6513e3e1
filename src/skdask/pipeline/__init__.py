"""Pipelines and unions: steps one after the other, and transformers side by side, on blocks."""

from skdask.pipeline.feature_union import FeatureUnion, make_union
from skdask.pipeline.pipeline import Pipeline, make_pipeline

__all__ = ["FeatureUnion", "Pipeline", "make_pipeline", "make_union"]
