"""Preprocessing: scikit-learn's scalers and encoders on blocks."""

from sklearn.preprocessing import (
    add_dummy_feature,
    binarize,
    label_binarize,
    maxabs_scale,
    minmax_scale,
    normalize,
    power_transform,
    quantile_transform,
    robust_scale,
    scale,
)

from skdask.preprocessing.discretize import KBinsDiscretizer
from skdask.preprocessing.encoders import OneHotEncoder, OrdinalEncoder
from skdask.preprocessing.kernels import KernelCenterer
from skdask.preprocessing.labels import LabelBinarizer, LabelEncoder, MultiLabelBinarizer
from skdask.preprocessing.max_abs import MaxAbsScaler
from skdask.preprocessing.min_max import MinMaxScaler
from skdask.preprocessing.power import PowerTransformer
from skdask.preprocessing.quantile import QuantileTransformer
from skdask.preprocessing.robust import RobustScaler
from skdask.preprocessing.splines import SplineTransformer
from skdask.preprocessing.standard import StandardScaler
from skdask.preprocessing.stateless import (
    Binarizer,
    FunctionTransformer,
    Normalizer,
    PolynomialFeatures,
)
from skdask.preprocessing.target import TargetEncoder

__all__ = [
    "Binarizer",
    "FunctionTransformer",
    "KBinsDiscretizer",
    "KernelCenterer",
    "LabelBinarizer",
    "LabelEncoder",
    "MaxAbsScaler",
    "MinMaxScaler",
    "MultiLabelBinarizer",
    "Normalizer",
    "OneHotEncoder",
    "OrdinalEncoder",
    "PolynomialFeatures",
    "PowerTransformer",
    "QuantileTransformer",
    "RobustScaler",
    "SplineTransformer",
    "StandardScaler",
    "TargetEncoder",
    "add_dummy_feature",
    "binarize",
    "label_binarize",
    "maxabs_scale",
    "minmax_scale",
    "normalize",
    "power_transform",
    "quantile_transform",
    "robust_scale",
    "scale",
]
