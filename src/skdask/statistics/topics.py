"""One expectation step of latent Dirichlet allocation, and its bound: sums over documents.

What is known of a document is found anew in every pass by scikit-learn's own iterations, and is
added to the words of the topics at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from skdask._sklearn import topic_bound, topic_words
from skdask.rows import Rows, is_sparse
from skdask.statistics.affine import Affine
from skdask.statistics.base import Statistic, array_token
from skdask.statistics.nmf import nonnegative_rows

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Topics:
    """Topics, and how documents are met.

    Attributes
    ----------
    affine : Affine
        What rows go through first.
    components : ndarray of shape (n_topics, n_features)
    doc_prior, word_prior : float
    updates : int
        Of a document, at most.
    tol : float
        Mean change of a document's topics that ends its updates.
    """

    affine: Affine
    components: Array = field(compare=False)
    doc_prior: float
    word_prior: float
    updates: int
    tol: float
    token: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", array_token(self.components))

    def documents(self, rows: Rows, asked_by: str) -> Any:
        """The rows as counts in float64, sparse where they are."""
        X: Any = rows.X
        if is_sparse(X) and self.affine.keeps_zeros:
            X = sparse.csr_matrix(X, dtype=np.float64)
            if not self.affine.is_identity:
                X = sparse.csr_matrix(X.multiply(self.affine.factor))
        else:
            X = np.asarray(X.toarray() if is_sparse(X) else X, np.float64)
            X = X if self.affine.is_identity else self.affine.apply(X)
        nonnegative_rows(X, asked_by)
        return X


@dataclass(frozen=True, slots=True)
class WordSums:
    """Words that documents give to topics, (n_topics, n_features), and how many documents."""

    count: int
    words: Array


@dataclass(frozen=True)
class TopicStep(Statistic[WordSums, WordSums]):
    """The words of all documents, shared among topics.

    Parameters
    ----------
    topics : Topics
    seed : int
        Documents begin with random topics, by this and the number of the first row that is met
        with them.

    Notes
    -----
    **Passes** 1. **Cost** some tens of updates of n_topics multiply-adds a word; the state is as
    large as the topics. **Error** ``tol`` of a document's topics. **Source** Hoffman, Blei, Bach
    (2010), Online learning for latent Dirichlet allocation.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    topics: Topics
    seed: int
    asked_by: str = "LatentDirichletAllocation.fit"

    def zero(self) -> WordSums:
        return WordSums(0, np.zeros(self.topics.components.shape))

    def update(self, state: WordSums, rows: Rows) -> WordSums:
        if rows.n_rows == 0:
            return state
        topics = self.topics
        X = topics.documents(rows, self.asked_by)
        first = 0 if rows.numbers is None else int(rows.numbers[0])
        random = np.random.RandomState(np.random.SeedSequence([self.seed, first]).generate_state(4))
        words = topic_words(
            X, topics.components, topics.doc_prior, topics.updates, topics.tol, random
        )
        return self.merge(state, WordSums(rows.n_rows, words))

    def merge(self, left: WordSums, right: WordSums) -> WordSums:
        return WordSums(left.count + right.count, left.words + right.words)

    def value(self, state: WordSums) -> WordSums:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 8 * self.topics.components.size

    def suspect(self, state: WordSums) -> bool:
        return not np.isfinite(state.words).all()


@dataclass(frozen=True, slots=True)
class BoundSums:
    """Of documents: how many, their words, and their share of the bound."""

    count: int
    words: float
    bound: float


@dataclass(frozen=True)
class TopicBound(Statistic[BoundSums, BoundSums]):
    """The variational bound of documents, less what the topics add to it.

    Notes
    -----
    **Passes** 1. **Cost** and **Source** as `TopicStep`. **Error** a few ulp of the bound.
    """

    reusable: ClassVar[bool] = False
    accepts_sparse: ClassVar[bool] = True
    topics: Topics
    asked_by: str = "LatentDirichletAllocation.fit"

    def zero(self) -> BoundSums:
        return BoundSums(0, 0.0, 0.0)

    def update(self, state: BoundSums, rows: Rows) -> BoundSums:
        if rows.n_rows == 0:
            return state
        topics = self.topics
        X = topics.documents(rows, self.asked_by)
        bound = topic_bound(
            X, topics.components, topics.doc_prior, topics.word_prior, topics.updates, topics.tol
        )
        return self.merge(state, BoundSums(rows.n_rows, float(X.sum()), bound))

    def merge(self, left: BoundSums, right: BoundSums) -> BoundSums:
        return BoundSums(
            left.count + right.count, left.words + right.words, left.bound + right.bound
        )

    def value(self, state: BoundSums) -> BoundSums:
        return state

    def state_bytes(self, n_columns: int) -> int:
        return 24

    def suspect(self, state: BoundSums) -> bool:
        return not np.isfinite(state.words)
