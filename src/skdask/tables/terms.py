"""The terms of documents: how often each occurs, and in how many documents.

A vocabulary is known when all documents have been read, since a term may be rare in every block and
common in all of them. So the state has every distinct term, in the order in which they are first
met, which is the order that scikit-learn meets them in; pruning comes after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from dask.utils import format_bytes
from numpy.typing import NDArray
from sklearn.feature_extraction import DictVectorizer

from skdask.exceptions import MemoryBudgetError
from skdask.rows import Rows, is_frame
from skdask.statistics.base import Statistic

# Bytes of a term: its text, its place in the dictionary, its number and its two counts
_TERM_BYTES = 160


@dataclass(frozen=True, slots=True)
class TermTable:
    """Distinct terms with their counts.

    Attributes
    ----------
    places : dict
        Of each term its number, in the order in which they are first met.
    occurrences : ndarray of shape (n_terms,)
    documents : ndarray of shape (n_terms,)
        In how many documents each term occurs.
    n_documents : int
    """

    places: dict[Any, int]
    occurrences: NDArray[np.int64]
    documents: NDArray[np.int64]
    n_documents: int


def _no_terms() -> TermTable:
    return TermTable({}, np.zeros(0, np.int64), np.zeros(0, np.int64), 0)


def _both(left: TermTable, right: TermTable) -> TermTable:
    if not left.n_documents or not right.n_documents:
        return left if left.n_documents else right
    places = dict(left.places)
    for term in right.places:
        if term not in places:
            places[term] = len(places)
    # in the order of their numbers on the right
    target = np.fromiter((places[term] for term in right.places), np.intp, len(right.places))

    def summed(mine: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.int64]:
        both = np.zeros(len(places), np.int64)
        both[: len(mine)] = mine
        both[target] += other
        return both

    return TermTable(
        places,
        summed(left.occurrences, right.occurrences),
        summed(left.documents, right.documents),
        left.n_documents + right.n_documents,
    )


@dataclass(frozen=True)
class Terms(Statistic[TermTable, TermTable]):
    """Distinct terms of a column of documents, how often and in how many documents they occur.

    Parameters
    ----------
    vectorizer : CountVectorizer
        Of scikit-learn's, that makes terms of a document.
    token : str
        Equal for vectorizers that make the same terms.
    only : frozenset or None
        The only terms that count; None for all.
    limit : int or None
        Most bytes that a state may take; None for any number.

    Notes
    -----
    **Passes** 1. **Cost** the analysis of every document, which is Python and so one thread a
    process; a state of some 160 bytes and the text for every distinct term. **Error** none.
    """

    accepts_nan: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    vectorizer: Any = field(compare=False, repr=False)
    token: str
    only: frozenset[Any] | None = None
    limit: int | None = None

    def zero(self) -> TermTable:
        return _no_terms()

    def update(self, state: TermTable, rows: Rows) -> TermTable:
        if rows.n_rows == 0:
            return state
        occurrences: Counter[Any] = Counter()
        documents: Counter[Any] = Counter()
        analyze = self.vectorizer.build_analyzer()
        for document in column_of(rows):
            terms = analyze(document)
            if self.only is not None:
                terms = [term for term in terms if term in self.only]
            elif not isinstance(terms, list):
                terms = list(terms)
            occurrences.update(terms)
            documents.update(set(terms))
        places = {term: number for number, term in enumerate(occurrences)}
        total = np.fromiter(occurrences.values(), np.int64, len(places))
        within = np.fromiter((documents[term] for term in places), np.int64, len(places))
        return self.merge(state, TermTable(places, total, within, rows.n_rows))

    def merge(self, left: TermTable, right: TermTable) -> TermTable:
        merged = _both(left, right)
        check_number_of_terms(len(merged.places), self.limit)
        return merged

    def value(self, state: TermTable) -> TermTable:
        return state

    def state_bytes(self, n_columns: int) -> int:
        # ten thousand terms; how many there are nobody knows before
        return 10_000 * _TERM_BYTES

    def held_bytes(self, state: TermTable) -> int:
        return len(state.places) * _TERM_BYTES


@dataclass(frozen=True)
class FeatureNames(Statistic[dict[Any, None], list[Any]]):
    """Names of the features of a column of dicts, in the order in which they are first met.

    Parameters
    ----------
    separator : str
    limit : int or None
        Most bytes that a state may take; None for any number.

    Notes
    -----
    **Passes** 1. **Cost** scikit-learn's own look at every dict; a state of some 160 bytes and
    the text for every name. **Error** none.
    """

    accepts_nan: ClassVar[bool] = True
    takes_tables: ClassVar[bool] = True
    separator: str
    limit: int | None = None

    def zero(self) -> dict[Any, None]:
        return {}

    def update(self, state: dict[Any, None], rows: Rows) -> dict[Any, None]:
        if rows.n_rows == 0:
            return state
        names = DictVectorizer(separator=self.separator, sort=False)
        found = names.fit(column_of(rows)).feature_names_
        return self.merge(state, dict.fromkeys(found))

    def merge(self, left: dict[Any, None], right: dict[Any, None]) -> dict[Any, None]:
        merged = left | right
        check_number_of_terms(len(merged), self.limit, "FeatureHasher")
        return merged

    def value(self, state: dict[Any, None]) -> list[Any]:
        return list(state)

    def state_bytes(self, n_columns: int) -> int:
        return 10_000 * _TERM_BYTES

    def held_bytes(self, state: dict[Any, None]) -> int:
        return len(state) * _TERM_BYTES


def column_of(rows: Rows) -> Iterable[Any]:
    """The documents of rows of one column."""
    if not is_frame(rows.X):
        return list(rows.X[:, 0])
    documents: list[Any] = rows.X.iloc[:, 0].tolist()
    return documents


def check_number_of_terms(
    count: int, limit: int | None, instead: str = "HashingVectorizer"
) -> None:
    """Raise where a vocabulary takes more memory than it may."""
    if limit is None or count * _TERM_BYTES <= limit:
        return
    fewer = (
        "make fewer distinct terms (a smaller ngram_range, lowercase, a stricter token_pattern; "
        "min_df and max_features are known only when all terms have been counted), give the "
        "vocabulary, "
        if instead == "HashingVectorizer"
        else "leave out names that hardly repeat, "
    )
    raise MemoryBudgetError(
        f"the vocabulary has more than {count:,} distinct terms, some {_TERM_BYTES} bytes each, "
        f"which is over the {format_bytes(limit)} that it may take, a part of the memory limit. "
        f"Use {instead}, which keeps none, {fewer}or raise skdask.config.set(memory_limit=...)."
    )
