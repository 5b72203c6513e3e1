"""Vectorizers of text under the names of sklearn.feature_extraction.text.

A vocabulary and its document frequencies are counted in one pass, exactly: every distinct term of
the data is in the state, and pruning comes after. So min_df, max_df and max_features mean what they
mean in scikit-learn, and candidates that differ in them, or in the weighting, share the pass.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction import text

from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.feature_extraction.vectorizer import (
    BlockVectorizer,
    StatelessVectorizer,
    check_one_column,
    most_bytes,
)
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request, ask
from skdask.routes.example import Example
from skdask.routes.fitting import fit_stateless, remember_features
from skdask.routes.lazy import apply_lazily
from skdask.routes.steps import content_token
from skdask.routes.view import View
from skdask.statistics.document_frequencies import DocumentFrequencies
from skdask.tables.terms import Terms, TermTable

__all__ = ["CountVectorizer", "HashingVectorizer", "TfidfTransformer", "TfidfVectorizer"]

# By which documents become terms; all other parameters say what is made of the terms
_ANALYSIS = (
    *("input", "encoding", "decode_error", "strip_accents", "lowercase", "preprocessor"),
    *("tokenizer", "stop_words", "token_pattern", "ngram_range", "analyzer"),
)


class _Vocabulary(BlockVectorizer):
    """What CountVectorizer and TfidfVectorizer share: terms, counted in a pass and then pruned."""

    min_df: float
    max_df: float
    max_features: int | None
    binary: bool
    dtype: Any
    vocabulary: Any

    def fit(self, raw_documents: Any, y: Any = None) -> Any:
        """Learn the vocabulary.

        Parameters
        ----------
        raw_documents : iterable, Dask Bag, or Dask Series or table of one column, or path
            Documents, or what `input` says of them: a Bag of file names for "filename".
        y : Ignored

        Returns
        -------
        self
        """
        return self._fit(raw_documents, y)

    def fit_transform(self, raw_documents: Any, y: Any = None) -> Any:
        """Fit, then transform the same documents: lazily on Dask, into sparse chunks."""
        return self._fit_transform(raw_documents, y)

    def transform(self, raw_documents: Any) -> Any:
        """Rows of a sparse matrix: lazily on Dask, in sparse chunks."""
        return self._transform_documents(raw_documents)

    def inverse_transform(self, X: Any) -> Any:
        """The terms of rows in memory: their list is as long as the rows."""
        if is_big(X):
            raise UnsupportedError(
                f"{type(self).__name__}.inverse_transform makes a list of arrays, which Dask does "
                "not hold; call it on a part in memory: inverse_transform(X[:1000].compute())"
            )
        return super().inverse_transform(X)  # type: ignore[misc]

    @property
    def _needs_counts(self) -> bool:
        return self.vocabulary is None

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        if not self._needs_counts:
            return ()
        return (Request(self._terms(), view.rows, type(self).__name__),)

    def _analysis(self) -> text.CountVectorizer:
        """scikit-learn's vectorizer that makes the same terms, in all but the vocabulary."""
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        plain: Any = text.CountVectorizer(**{name: params[name] for name in _ANALYSIS})
        return plain

    def _terms(self) -> Terms:
        plain = self._analysis()
        only = None if self.vocabulary is None else frozenset(self._given_vocabulary())
        token = content_token("terms", [plain.get_params()[name] for name in _ANALYSIS])
        return Terms(plain, token, only, most_bytes())

    def _given_vocabulary(self) -> dict[Any, int]:
        """The vocabulary of the parameters, as scikit-learn takes it."""
        plain: Any = self._analysis()
        plain.vocabulary = self.vocabulary
        # it checks the parameters, and meets no documents
        return dict(plain.fit([]).vocabulary_)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the terms of all documents."""
        check_one_column(view, type(self).__name__)
        checked = self._analysis()
        checked.vocabulary = {"a": 0}
        checked.fit([])
        self.fixed_vocabulary_ = self.vocabulary is not None
        if self.fixed_vocabulary_:
            self.vocabulary_ = self._given_vocabulary()
        if not self._needs_counts:
            return ()
        table: TermTable = yield from ask(self._terms(), view.rows, type(self).__name__)
        if not self.fixed_vocabulary_:
            self.vocabulary_ = pruned(table, self)
        self._weigh(table)
        return ()

    def _weigh(self, table: TermTable) -> None:
        """Set what else follows from the counts."""


def pruned(table: TermTable, vectorizer: Any) -> dict[Any, int]:
    """The terms that min_df, max_df and max_features leave, numbered in their order."""
    if not table.places:
        raise ValueError("empty vocabulary; perhaps the documents only contain stop words")
    most, least = (
        _number_of(bound, table.n_documents) for bound in (vectorizer.max_df, vectorizer.min_df)
    )
    if most < least:
        raise ValueError("max_df corresponds to < documents than min_df")
    terms = sorted(table.places)
    places = np.fromiter((table.places[term] for term in terms), np.intp, len(terms))
    documents = table.documents[places]
    kept = np.flatnonzero((documents <= most) & (documents >= least))
    limit = vectorizer.max_features
    if limit is not None and len(kept) > limit:
        counts = documents if vectorizer.binary else table.occurrences[places]
        # in the type of scikit-learn's sums, and by its sort: which of equal counts stay is its say
        counts = counts[kept].astype(np.zeros(1, vectorizer.dtype).sum().dtype)
        kept = np.sort(kept[(-counts).argsort()[:limit]])
    if not len(kept):
        raise ValueError("After pruning, no terms remain. Try a lower min_df or a higher max_df.")
    numbers = {terms[place]: number for number, place in enumerate(kept.tolist())}
    return {term: numbers[term] for term in table.places if term in numbers}


def _number_of(bound: Any, n_documents: int) -> float:
    """A bound on the number of documents, which a share of them stands for."""
    return int(bound) if isinstance(bound, Integral) else float(bound * n_documents)


def inverse_frequencies(
    documents: NDArray[np.int64], n_documents: int, *, smooth: bool, dtype: Any
) -> NDArray[Any]:
    """The weights of terms, in scikit-learn's order of operations."""
    frequencies = documents.astype(dtype) + dtype.type(smooth)
    found = np.full_like(frequencies, n_documents + int(smooth), dtype=dtype)
    found /= frequencies
    np.log(found, out=found)
    found += 1.0
    return found


class CountVectorizer(_Vocabulary, text.CountVectorizer):
    """Count the terms of documents, on data of any size.

    Subclasses :class:`sklearn.feature_extraction.text.CountVectorizer` and has its parameters and
    attributes. In-memory documents are handed to it. A Dask Bag or Series of text, or a table of
    one column, is fitted in one pass and transformed lazily into sparse chunks.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on Dask.

    Notes
    -----
    All distinct terms of the data are counted before ``min_df``, ``max_df`` and ``max_features``
    leave some out, so they must fit into memory, some 160 bytes each. Where there are too many, an
    error says how many; :class:`HashingVectorizer` keeps none.

    Examples
    --------
    >>> import dask.bag as db
    >>> from skdask.feature_extraction.text import CountVectorizer
    >>> documents = db.from_sequence(["a good day", "a bad day"], npartitions=2)
    >>> counts = CountVectorizer().fit(documents)
    >>> counts.get_feature_names_out()
    array(['bad', 'day', 'good'], dtype=object)
    >>> counts.transform(documents).compute().toarray()
    array([[0, 1, 1],
           [1, 1, 0]])
    """


class TfidfVectorizer(_Vocabulary, text.TfidfVectorizer):
    """Weigh the terms of documents by how rare they are, on data of any size.

    Subclasses :class:`sklearn.feature_extraction.text.TfidfVectorizer` and has its parameters and
    attributes. In-memory documents are handed to it. A Dask Bag or Series of text, or a table of
    one column, is fitted in one pass and transformed lazily into sparse chunks; the memory that
    the vocabulary takes is that of :class:`CountVectorizer`.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on Dask.

    Examples
    --------
    >>> import dask.bag as db
    >>> from skdask.feature_extraction.text import TfidfVectorizer
    >>> documents = db.from_sequence(["a good day", "a bad day"], npartitions=2)
    >>> weights = TfidfVectorizer().fit(documents)
    >>> weights.idf_
    array([1.40546511, 1.        , 1.40546511])
    >>> weights.fit_report_.passes
    1
    """

    @property
    def _needs_counts(self) -> bool:
        return self.vocabulary is None or self.use_idf

    def _weigh(self, table: TermTable) -> None:
        inner = {"norm", "use_idf", "smooth_idf", "sublinear_tf"}
        params = self.get_params(deep=False)
        self._tfidf = text.TfidfTransformer(**{name: params[name] for name in inner})
        self._tfidf.n_features_in_ = len(self.vocabulary_)
        if not self.use_idf:
            return
        documents = np.zeros(len(self.vocabulary_), np.int64)
        for term, number in self.vocabulary_.items():
            if term in table.places:
                documents[number] = table.documents[table.places[term]]
        dtype = np.dtype(self.dtype if self.dtype in (np.float32, np.float64) else np.float64)
        self._tfidf.idf_ = inverse_frequencies(
            documents, table.n_documents, smooth=self.smooth_idf, dtype=dtype
        )


class HashingVectorizer(StatelessVectorizer, text.HashingVectorizer):
    """Hash the terms of documents into columns, on data of any size.

    Subclasses :class:`sklearn.feature_extraction.text.HashingVectorizer` and has its parameters.
    It learns nothing and keeps no vocabulary; a Dask Bag or Series of text, or a table of one
    column, is transformed lazily into sparse chunks.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost, which is nothing; only after a fit on Dask.

    Examples
    --------
    >>> import dask.bag as db
    >>> from skdask.feature_extraction.text import HashingVectorizer
    >>> documents = db.from_sequence(["a good day", "a bad day"], npartitions=2)
    >>> HashingVectorizer(n_features=16).fit_transform(documents).compute().shape
    (2, 16)
    """

    def fit(self, X: Any, y: Any = None) -> HashingVectorizer:
        """Check the parameters.

        Parameters
        ----------
        X, y : Ignored

        Returns
        -------
        self
        """
        self._fit(X, y)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        """Transform: lazily on Dask, into sparse chunks."""
        return self._fit_transform(X, y)

    def transform(self, X: Any) -> Any:
        """Rows of a sparse matrix: lazily on Dask, in sparse chunks."""
        return self._transform_documents(X)


class TfidfTransformer(FeaturesFit, LazyProjector, text.TfidfTransformer):
    """Weigh counts of terms by how rare the terms are, on data of any size.

    Subclasses :class:`sklearn.feature_extraction.text.TfidfTransformer` and has its parameters and
    attributes. In-memory data is handed to it; blocks, sparse ones too, are fitted in one pass.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.feature_extraction.text import TfidfTransformer
    >>> counts = da.from_array([[0, 1, 1], [1, 1, 0]], chunks=(1, 3))
    >>> TfidfTransformer().fit(counts).idf_
    array([1.40546511, 1.        , 1.40546511])
    """

    def transform(self, X: Any, copy: bool = True) -> Any:
        """Weigh counts: lazily for Dask collections, Blocks and paths, else as scikit-learn."""
        if is_big(X):
            return apply_lazily(self, "transform", X)
        return text.TfidfTransformer.transform(self, X, copy=copy)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        asked = DocumentFrequencies() if self.use_idf else Example()
        return (Request(asked, view.rows, "TfidfTransformer"),)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the number of rows in which each column is not zero."""
        if not self.use_idf:
            return (yield from fit_stateless(self, view))
        if not view.affine.is_identity:
            raise UnsupportedError(
                "TfidfTransformer takes counts, and a step before it scales or mixes them; put it "
                "first, or right after a CountVectorizer"
            )
        found = yield from ask(DocumentFrequencies(), view.rows, "TfidfTransformer")
        self.idf_ = inverse_frequencies(
            found.rows, found.count, smooth=self.smooth_idf, dtype=view.facts.dtype
        )
        remember_features(self, view)
        return ()
