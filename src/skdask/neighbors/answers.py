"""What a fitted estimator of neighbours says of rows in memory, of blocks, and lazily.

Where the training rows are held in memory an answer is scikit-learn's own. Where they stay on
blocks it costs a pass over them for each set of queries: rows in memory are one set, and of a
lazy collection as many rows are as the memory limit lets be answered together.
"""

from __future__ import annotations

from typing import Any

import dask.array as da
import numpy as np
from sklearn.utils.validation import check_is_fitted

from skdask._sklearn import with_search
from skdask.blocks import Blocks
from skdask.exceptions import UnsupportedError
from skdask.neighbors.search import EXPECTED_WITHIN, BlockSearch, MadeUp
from skdask.passes.blas import one_openmp_thread
from skdask.routes.fitting import open_for
from skdask.routes.lazy import predict_lazily
from skdask.routes.twins import ON_BLOCKS, parent_class, settled, to_sklearn

# The methods that look at the neighbours' targets
_OF_TARGETS = ("predict", "predict_proba")


class Answers:
    """A method of a fitted estimator with its arguments, for rows in memory.

    Parameters
    ----------
    plain : fitted scikit-learn estimator
    blocks : Blocks or None
        The training rows where they stay there.
    method : str
    params : dict
    alone : bool
        Whether it is asked in many tasks at once, each of which then takes one thread.
    """

    def __init__(
        self,
        plain: Any,
        blocks: Blocks | None,
        method: str,
        params: dict[str, Any],
        alone: bool = False,
    ) -> None:
        self.plain = plain
        self.blocks = blocks
        self.method = method
        self.params = params
        self.alone = alone
        if hasattr(plain, "feature_names_in_"):
            self.feature_names_in_ = plain.feature_names_in_

    def __call__(self, X: Any) -> Any:
        """The answer as scikit-learn gives it."""
        return self._ask(self.method, self._model(self.method), X)

    def predict(self, X: Any) -> Any:
        """The answer as one array, for Dask."""
        return in_one_array(self(X))

    def predict_proba(self, X: Any) -> Any:
        """Class probabilities, for scores."""
        return self._ask("predict_proba", self._model("predict_proba"), X)

    @property
    def classes_(self) -> Any:
        return self.plain.classes_

    def __sklearn_tags__(self) -> Any:
        return self.plain.__sklearn_tags__()

    def example(self, X: Any) -> Any:
        """An answer of the right type for a made-up row, without a pass."""
        if self.blocks is None:
            try:
                return self.predict(X)
            except ValueError as error:
                if "No neighbors found" not in str(error):
                    raise
                # where the made-up row lies far from all, a row of its own has itself
                plain = settled(self.plain, bare=True)
                return in_one_array(self._ask(self.method, plain, plain._fit_X[:1]))
        y = getattr(self.plain, "_y", None)
        if hasattr(self.plain, "classes_"):
            several = self.plain.outputs_2d_
            classes = self.plain.classes_ if several else [self.plain.classes_]
            y = np.array([own[0] for own in classes], dtype=classes[0].dtype)[np.newaxis]
        elif y is not None:
            y = y.reshape(len(y), -1)[:1]
        plain = self._named()
        made_up = MadeUp(plain, y if self.method in _OF_TARGETS else None)
        return in_one_array(self._ask(self.method, with_search(plain, made_up), X))

    def _ask(self, method: str, model: Any, X: Any) -> Any:
        if not self.alone:
            return getattr(model, method)(X, **self.params)
        with one_openmp_thread():
            return getattr(model, method)(X, **self.params)

    def _named(self) -> Any:
        """The estimator, which expects names where this object does."""
        return settled(self.plain, bare=not hasattr(self, "feature_names_in_"))

    def _model(self, method: str) -> Any:
        plain = self._named()
        if self.blocks is None:
            return plain
        what = f"{type(plain).__name__}.{method}"
        search = BlockSearch(plain, self.blocks, method in _OF_TARGETS, what, self.alone)
        return with_search(plain, search)


def training_blocks(estimator: Any) -> Blocks | None:
    """The rows that an estimator was fitted on, where they stay on blocks."""
    found: Blocks | None = vars(estimator).get(ON_BLOCKS)
    return found


def plain_of(estimator: Any) -> Any:
    """The plain scikit-learn estimator, less its rows where they stay on blocks."""
    if training_blocks(estimator) is None:
        return to_sklearn(estimator)
    kind: Any = parent_class(type(estimator))
    plain = kind.__new__(kind)
    ours = ("fit_report_", ON_BLOCKS)
    vars(plain).update({k: v for k, v in vars(estimator).items() if k not in ours})
    return plain


def answer(estimator: Any, method: str, X: Any, **params: Any) -> Any:
    """What a method says of rows in memory by a pass over the training rows."""
    check_is_fitted(estimator)
    return Answers(plain_of(estimator), training_blocks(estimator), method, params)(X)


def answer_lazily(estimator: Any, method: str, X: Any, **params: Any) -> Any:
    """What a method says of a Dask collection, Blocks or a path, as lazy Dask arrays.

    Several where the method gives several.
    """
    check_is_fitted(estimator)
    if method == "predict_proba" and getattr(estimator, "outputs_2d_", False):
        raise UnsupportedError(
            "predict_proba of several targets is a list of arrays, which is not lazy: call it on "
            "rows in memory, such as X.partitions or X.blocks one by one"
        )
    if not hasattr(X, "dask"):
        X = open_for(estimator, X).to_dask()
    blocks = training_blocks(estimator)
    answers = Answers(plain_of(estimator), blocks, method, params)
    answers.alone = X.npartitions > 1
    chunks = None
    if blocks is not None:
        count = params.get("n_neighbors") or getattr(answers.plain, "n_neighbors", None)
        search = BlockSearch(answers.plain, blocks, method in _OF_TARGETS, "", alone=True)
        chunks, X = in_sets(X, search.queries_a_pass(count or EXPECTED_WITHIN))
        answers.alone = X.npartitions > 1
    result = predict_lazily(answers, estimator, X)
    if isinstance(result, da.Array) and chunks is not None and result.chunks[0] != chunks:
        # as the queries were, so that both can be used together
        result = result.rechunk({0: chunks})
    return _apart(result, method, params)


def in_sets(X: Any, height: int) -> tuple[Any, Any]:
    """The queries in as large chunks as a pass can answer, and their own chunks.

    Those of a frame, or of unknown length, are left as they are; then there are none.
    """
    if not isinstance(X, da.Array) or np.isnan(X.shape[0]):
        return None, X
    height = max(height, *X.chunks[0])
    return X.chunks[0], X.rechunk({0: -1 if height >= X.shape[0] else height, 1: -1})


def in_one_array(found: Any) -> Any:
    """Distances and indices side by side: as fields, or as columns of arrays."""
    if not isinstance(found, tuple):
        return found
    distances, indices = found
    if distances.dtype == object:
        return np.column_stack([distances, indices])
    fields = [
        (name, part.dtype, part.shape[1:])
        for name, part in (("distances", distances), ("indices", indices))
    ]
    both = np.empty(len(distances), dtype=fields)
    both["distances"], both["indices"] = distances, indices
    return both


def _apart(result: Any, method: str, params: dict[str, Any]) -> Any:
    """The arrays that `in_one_array` has joined."""
    if method not in ("kneighbors", "radius_neighbors") or not params.get("return_distance", True):
        return result
    if not isinstance(result, da.Array):
        result = result.to_dask_array()
    if result.dtype == object:
        return result[:, 0], result[:, 1]
    return result["distances"], result["indices"]
