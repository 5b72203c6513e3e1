"""MultinomialNB, ComplementNB and BernoulliNB from the totals of features within classes."""

from __future__ import annotations

from sklearn import naive_bayes

from skdask._sklearn import set_discrete_counts
from skdask.naive_bayes.methods import NaiveBayes, sorted_labels
from skdask.passes import Algorithm, Request, ask
from skdask.routes.fitting import remember_features
from skdask.routes.view import View, check_weight
from skdask.statistics.class_totals import ClassSums, ClassTotals


class FromTotals(NaiveBayes):
    """Fitted from the weighted total of each feature within each class."""

    def totals(self, view: View) -> ClassTotals:
        """What is asked of the rows."""
        through = None if view.affine.is_identity else view.affine
        whom = f"{type(self).__name__} (input X)"
        return ClassTotals(view.weighted, for_counts=whom, through=through)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        # none: it may be a step before that takes negative values away
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        # counts are not negative and bits are what is above a threshold, to the last digit
        view = view.by_rows()
        found: ClassSums = yield from ask(self.totals(view), view.rows, type(self).__name__)
        check_weight(found.weights.sum())
        remember_features(self, view)
        classes = sorted_labels(found.classes)
        set_discrete_counts(self, classes, found.weights, found.totals)
        return ()


class MultinomialNB(FromTotals, naive_bayes.MultinomialNB):
    """Naive Bayes of counts, such as words of a text, on data of any size.

    Subclasses :class:`sklearn.naive_bayes.MultinomialNB` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted from the totals of each column within
    each class, in one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.naive_bayes import MultinomialNB
    >>> X = da.from_array([[3.0, 0.0], [2.0, 1.0], [0.0, 4.0], [1.0, 5.0]], chunks=(2, 2))
    >>> y = da.from_array([0, 0, 1, 1], chunks=2)
    >>> MultinomialNB().fit(X, y).predict(X).compute()
    array([0, 0, 1, 1])
    """


class ComplementNB(FromTotals, naive_bayes.ComplementNB):
    """Naive Bayes from the complement of each class, on data of any size.

    Subclasses :class:`sklearn.naive_bayes.ComplementNB` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted from the totals of each column within
    each class, in one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.naive_bayes import ComplementNB
    >>> X = da.from_array([[3.0, 0.0], [2.0, 1.0], [0.0, 4.0], [1.0, 5.0]], chunks=(2, 2))
    >>> y = da.from_array([0, 0, 1, 1], chunks=2)
    >>> ComplementNB().fit(X, y).predict(X).compute()
    array([0, 0, 1, 1])
    """


class BernoulliNB(FromTotals, naive_bayes.BernoulliNB):
    """Naive Bayes of features that are there or not, on data of any size.

    Subclasses :class:`sklearn.naive_bayes.BernoulliNB` and has its parameters and attributes.
    In-memory data is handed to it. On blocks it is fitted from how often each column is above
    ``binarize`` within each class, in one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.naive_bayes import BernoulliNB
    >>> X = da.from_array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], chunks=(2, 2))
    >>> y = da.from_array([0, 0, 1, 1], chunks=2)
    >>> BernoulliNB().fit(X, y).predict(X).compute()
    array([0, 0, 1, 1])
    """

    def totals(self, view: View) -> ClassTotals:
        """What is asked of the rows."""
        through = None if view.affine.is_identity else view.affine
        return ClassTotals(view.weighted, threshold=self.binarize, through=through)
