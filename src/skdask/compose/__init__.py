"""Composition: columns by their own transformers, on blocks."""

from sklearn.compose import make_column_selector

from skdask.compose.column_transformer import ColumnTransformer, make_column_transformer

__all__ = ["ColumnTransformer", "make_column_selector", "make_column_transformer"]
