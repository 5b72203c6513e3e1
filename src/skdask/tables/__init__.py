"""Statistics of columns in their own types: text, categories, truth values, missing ones.

They meet frames, so they know pandas and scikit-learn's idea of a category, which the statistics
of numbers do not.
"""

from skdask.tables.categories import Categories, ColumnCategories
from skdask.tables.profile import ColumnProfile, Profile
from skdask.tables.row_folds import NumberedRows, RowFolds, RowNumbers
from skdask.tables.targets import (
    CategoryMoments,
    TargetKinds,
    TargetsOfCategories,
    TargetsOfFolds,
)

__all__ = [
    "Categories",
    "CategoryMoments",
    "ColumnCategories",
    "ColumnProfile",
    "NumberedRows",
    "Profile",
    "RowFolds",
    "RowNumbers",
    "TargetKinds",
    "TargetsOfCategories",
    "TargetsOfFolds",
]
