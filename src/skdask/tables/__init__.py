"""Statistics of columns in their own types: text, categories, truth values, missing ones.

They meet frames, so they know pandas and scikit-learn's idea of a category, which the statistics
of numbers do not.
"""

from skdask.tables.categories import Categories, ColumnCategories

__all__ = ["Categories", "ColumnCategories"]
