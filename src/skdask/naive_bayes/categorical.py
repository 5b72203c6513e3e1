"""CategoricalNB from counts of categories within classes: one pass."""

from __future__ import annotations

from sklearn import naive_bayes

from skdask._sklearn import set_category_counts
from skdask.naive_bayes.methods import NaiveBayes, sorted_labels
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import remember_features
from skdask.routes.view import View, check_weight
from skdask.statistics.class_totals import CategorySums, ClassCategories


class CategoricalNB(NaiveBayes, naive_bayes.CategoricalNB):
    """Naive Bayes of categories, numbered from 0, on data of any size.

    Subclasses :class:`sklearn.naive_bayes.CategoricalNB` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted from how often each category occurs
    within each class, in one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.naive_bayes import CategoricalNB
    >>> X = da.from_array([[1, 0], [1, 2], [0, 1], [0, 1]], chunks=(2, 2))
    >>> y = da.from_array([0, 0, 1, 1], chunks=2)
    >>> CategoricalNB().fit(X, y).predict(X).compute()
    array([0, 0, 1, 1])
    """

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        through = None if view.affine.is_identity else view.affine
        statistic = ClassCategories("CategoricalNB (input X)", view.weighted, through)
        found: CategorySums = yield from ask(statistic, view.rows, "CategoricalNB")
        check_weight(found.weights.sum())
        remember_features(self, view)
        classes = sorted_labels(found.classes)
        set_category_counts(self, classes, found.weights, found.columns, found.counts)
        return ()
