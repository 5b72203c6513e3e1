"""LatentDirichletAllocation: a pass an iteration, or scikit-learn's own batches in their order."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import decomposition
from sklearn.utils.validation import check_is_fitted

from skdask._sklearn import begin_topics, set_topics, topic_bound
from skdask.blocks import is_big
from skdask.exceptions import UnsupportedError
from skdask.mixins.fits import FeaturesFit
from skdask.mixins.transformer import LazyProjector
from skdask.passes import Algorithm, Request, ask, run
from skdask.routes.fitting import (
    as_dtype,
    fit_on_blocks,
    forget_report,
    open_for,
    remember_features,
)
from skdask.routes.lazy import apply_lazily, fitted_columns
from skdask.routes.partial_fit import PartialFit, attributes_of, with_attributes
from skdask.routes.twins import plain_copy, to_sklearn
from skdask.routes.view import View
from skdask.statistics import Affine
from skdask.statistics.stream import Learnt, Stream
from skdask.statistics.topics import BoundSums, TopicBound, Topics, TopicStep, WordSums

Array = NDArray[np.float64]


class _LazyTopics(LazyProjector):
    """transform with scikit-learn's ``normalize``, which is always done on blocks."""

    def transform(self, X: Any, *, normalize: bool = True) -> Any:
        """Topics of documents: lazily for Dask collections, Blocks and paths."""
        if not is_big(X):
            return super(LazyProjector, self).transform(X, normalize=normalize)  # type: ignore[misc]
        if not normalize:
            raise UnsupportedError(
                "transform(normalize=False) takes rows in memory: on blocks topics are normalised."
            )
        return apply_lazily(self, "transform", X)

    def fit_transform(  # type: ignore[override]
        self, X: Any, y: Any = None, *, normalize: bool = True
    ) -> Any:
        """Fit, then the topics of the same documents: lazily for Dask collections and paths."""
        fitted = self.fit(X, y)  # type: ignore[attr-defined]
        return fitted.transform(fitted_columns(self, X), normalize=normalize)


class LatentDirichletAllocation(FeaturesFit, _LazyTopics, decomposition.LatentDirichletAllocation):
    """Topics of documents, on data of any size.

    Subclasses :class:`sklearn.decomposition.LatentDirichletAllocation` and has its parameters and
    attributes. In-memory data is handed to it. On blocks ``learning_method="batch"`` takes a pass
    an iteration; documents begin with random topics by block, so that the result is
    scikit-learn's up to ``mean_change_tol``. ``"online"`` meets the documents in their order, in
    scikit-learn's batches whatever the blocks, and gives its result.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.decomposition import LatentDirichletAllocation
    >>> X = da.from_array([[4.0, 0.0, 1.0], [3.0, 1.0, 0.0], [0.0, 5.0, 6.0]], chunks=(2, 3))
    >>> model = LatentDirichletAllocation(n_components=2, random_state=0).fit(X)
    >>> first, second, third = model.transform(X).compute().argmax(axis=1)
    >>> bool(first == second != third)
    True
    """

    def partial_fit(self, X: Any, y: Any = None) -> LatentDirichletAllocation:
        """Go on with more documents, in batches of ``batch_size``.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : Ignored
            A column that it names is no feature.

        Returns
        -------
        self
        """
        forget_report(self)
        if not is_big(X):
            return super().partial_fit(X, y)
        self._resumed = attributes_of(to_sklearn(self)) if hasattr(self, "components_") else {}
        return fit_on_blocks(self, X, y, needs_y=False)

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass: none."""
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        resumed = self.__dict__.pop("_resumed", None)
        if resumed is not None:
            plain = with_attributes(plain_copy(self), resumed)
            plain, _ = yield from self._epoch(plain, view)
            self._take(plain, view)
            return ()
        plain = plain_copy(self, n_jobs=None)
        if self.learning_method == "online":
            n_rows = view.facts.n_rows
            if n_rows is None or view.rows.fold is not None:
                n_rows = (yield from view.example("LatentDirichletAllocation")).count
            plain.set_params(total_samples=n_rows)
        begin_topics(plain, view.n_features)
        last, outcome = None, f"stopped at max_iter={self.max_iter}"
        for n_iter in range(1, self.max_iter + 1):
            if self.learning_method == "online":
                plain, _ = yield from self._epoch(plain, view)
            else:
                yield from self._expect(plain, view)
            if self.evaluate_every > 0 and n_iter % self.evaluate_every == 0:
                perplexity = yield from self._perplexity(plain, view)
                if self.verbose:
                    print(
                        f"iteration: {n_iter} of max_iter: {self.max_iter}, "
                        f"perplexity: {perplexity:.4f}"
                    )
                if last and abs(last - perplexity) < self.perp_tol:
                    outcome = f"converged in {n_iter} iterations"
                    break
                last = perplexity
            elif self.verbose:
                print(f"iteration: {n_iter} of max_iter: {self.max_iter}")
            plain.n_iter_ += 1
        plain.bound_ = yield from self._perplexity(plain, view)
        self._take(plain, view)
        return (outcome,)

    def _epoch(self, plain: Any, view: View) -> Algorithm[tuple[Any, int]]:
        """All batches once, in their order."""
        wide = 2 * self.n_components
        steps = PartialFit(plain, self.batch_size, wide, takes_sparse=True)
        learnt: Learnt = yield from ask(
            Stream(steps, view.affine), view.rows, "LatentDirichletAllocation"
        )
        return with_attributes(plain, learnt.state), learnt.count

    def _expect(self, plain: Any, view: View) -> Algorithm[None]:
        """One iteration of all documents at once."""
        seed = int(plain.random_state_.randint(np.iinfo(np.int32).max))
        step = TopicStep(self._topics(plain, view.affine), seed)
        sums: WordSums = yield from ask(step, view.rows, "LatentDirichletAllocation")
        set_topics(plain, plain.topic_word_prior_ + sums.words)
        plain.n_batch_iter_ += 1

    def _topics(self, plain: Any, affine: Affine) -> Topics:
        return Topics(
            affine,
            np.asarray(plain.components_, np.float64),
            float(plain.doc_topic_prior_),
            float(plain.topic_word_prior_),
            self.max_doc_update_iter,
            self.mean_change_tol,
        )

    def _perplexity(self, plain: Any, view: View) -> Algorithm[Any]:
        topics = self._topics(plain, view.affine)
        sums = yield from ask(TopicBound(topics), view.rows, "LatentDirichletAllocation")
        return np.exp(-1.0 * _whole_bound(topics, sums) / sums.words)

    def _take(self, plain: Any, view: View) -> None:
        for name, value in attributes_of(plain).items():
            if not name.startswith("random_state"):
                setattr(self, name, value)
        self.random_state_ = plain.random_state_
        self.components_ = as_dtype(plain.components_, view)
        self.exp_dirichlet_component_ = as_dtype(plain.exp_dirichlet_component_, view)
        remember_features(self, view)

    def score(self, X: Any, y: Any = None) -> float:
        """The bound of the log-likelihood of documents; one pass over data on blocks."""
        if not is_big(X):
            return float(super().score(X, y))
        topics, sums = self._bound_on_blocks(X)
        return _whole_bound(topics, sums)

    def perplexity(self, X: Any, sub_sampling: bool = False) -> float:
        """Perplexity of documents; one pass over data on blocks.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        sub_sampling : bool
            Whether the documents stand for ``total_samples`` of them.
        """
        if not is_big(X):
            return float(super().perplexity(X, sub_sampling))
        topics, sums = self._bound_on_blocks(X)
        share = float(self.total_samples) / sums.count if sub_sampling else 1.0
        sums = BoundSums(sums.count, sums.words * share, sums.bound * share)
        return float(np.exp(-1.0 * _whole_bound(topics, sums) / sums.words))

    def _bound_on_blocks(self, X: Any) -> tuple[Topics, BoundSums]:
        check_is_fitted(self)
        data = open_for(self, X)
        topics = self._topics(self, Affine.identity(data.n_features))
        done = run([ask(TopicBound(topics))], data, what="score", once=True)
        return topics, done.results[0]


def _whole_bound(topics: Topics, sums: BoundSums) -> float:
    """The bound of all documents and of the topics."""
    none = np.zeros((0, topics.components.shape[1]))
    own = topic_bound(
        none, topics.components, topics.doc_prior, topics.word_prior, topics.updates, topics.tol,
        with_topics=True,
    )  # fmt: skip
    return sums.bound + own
