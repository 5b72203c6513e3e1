"""What all vectorizers share: documents in memory go to scikit-learn, those on Dask take a pass."""

from __future__ import annotations

from typing import Any

from skdask import config
from skdask.blocks import is_big
from skdask.exceptions import DataError
from skdask.passes import Algorithm, Request
from skdask.routes.fitting import fit_on_blocks, forget_report
from skdask.routes.lazy import apply_lazily
from skdask.routes.twins import plain_copy, take_over, to_sklearn
from skdask.routes.view import View


class BlockVectorizer:
    """fit and transform that take documents on Dask too: a Series, a Bag or a table's column."""

    takes_tables = True

    def to_sklearn(self) -> Any:
        """The plain scikit-learn estimator, usable where skdask is not installed."""
        return to_sklearn(self)

    def _fit(self, documents: Any, y: Any) -> Any:
        if is_big(documents):
            return fit_on_blocks(self, documents, y, needs_y=False)
        forget_report(self)
        return super().fit(documents, y)  # type: ignore[misc]

    def _fit_transform(self, documents: Any, y: Any) -> Any:
        if is_big(documents):
            return self._fit(documents, y).transform(documents)
        forget_report(self)
        return super().fit_transform(documents, y)  # type: ignore[misc]

    def _transform_documents(self, documents: Any) -> Any:
        if is_big(documents):
            return apply_lazily(self, "transform", documents)
        return super().transform(documents)  # type: ignore[misc]


class StatelessVectorizer(BlockVectorizer):
    """One that learns nothing, so that a fit reads nothing."""

    stateless = True

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return ()

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Check the parameters, without a pass."""
        take_over(self, plain_copy(self).fit([]))
        return ()
        yield ()


def check_one_column(view: View, name: str) -> None:
    """Raise where the rows are no documents."""
    if view.n_features != 1:
        names = view.feature_names or ()
        listed = f" ({', '.join(map(repr, names[:10]))})" if names else ""
        raise DataError(
            f"{name} takes one column of documents, and X has {view.n_features} columns{listed}. "
            "Give it one of them, X['text'], or name one in a ColumnTransformer."
        )


def most_bytes() -> int:
    """Bytes that a vocabulary may take while it grows."""
    # states on several levels of the merge tree are there together, most of them small
    quarter = config.get().budget // 4
    # a power of two: what is free in the machine changes from one call to the next
    return 1 << (quarter.bit_length() - 1)
