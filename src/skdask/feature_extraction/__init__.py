"""Features of documents, dicts and their like, under the names of sklearn.feature_extraction."""

from skdask.feature_extraction.dicts import DictVectorizer, FeatureHasher

__all__ = ["DictVectorizer", "FeatureHasher"]
