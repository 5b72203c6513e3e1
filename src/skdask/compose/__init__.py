"""Composition: columns by their own transformers, targets through one, on blocks."""

from sklearn.compose import make_column_selector

from skdask.compose.column_transformer import ColumnTransformer, make_column_transformer
from skdask.compose.transformed_target import TransformedTargetRegressor

__all__ = [
    "ColumnTransformer",
    "TransformedTargetRegressor",
    "make_column_selector",
    "make_column_transformer",
]
