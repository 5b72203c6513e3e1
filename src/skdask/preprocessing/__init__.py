"""Preprocessing: scikit-learn's scalers and encoders on blocks."""

from skdask.preprocessing.encoders import OneHotEncoder, OrdinalEncoder
from skdask.preprocessing.min_max import MinMaxScaler
from skdask.preprocessing.standard import StandardScaler
from skdask.preprocessing.stateless import (
    Binarizer,
    FunctionTransformer,
    Normalizer,
    PolynomialFeatures,
)

__all__ = [
    "Binarizer",
    "FunctionTransformer",
    "MinMaxScaler",
    "Normalizer",
    "OneHotEncoder",
    "OrdinalEncoder",
    "PolynomialFeatures",
    "StandardScaler",
]
