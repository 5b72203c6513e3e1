"""Transformers side by side: each is fitted on its own view, all in the passes of the slowest.

scikit-learn's own class then puts the fitted branches together, on one row: which columns they
make, under which names, and whether the whole is sparse, is its to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sklearn import config_context
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import OneHotEncoder

from skdask._sklearn import validate_params
from skdask.exceptions import UnsupportedError
from skdask.passes import Algorithm, Request, ask, together
from skdask.routes.fitting import algorithm_of, first_requests_of, is_stateless
from skdask.routes.twins import adopt, has_twin, settled, to_sklearn
from skdask.routes.view import View
from skdask.rows import Rows, is_frame, is_sparse
from skdask.statistics.stored import StoredEntries


def branch_of(name: str, transformer: Any) -> Any:
    """Our transformer in the place of a branch's own, checked.

    Raises
    ------
    UnsupportedError
        Where it cannot run on blocks, naming the branch.
    """
    if not has_twin(transformer) and not is_stateless(transformer):
        raise UnsupportedError(
            f"branch {name!r}: {type(transformer).__name__} cannot be fitted on blocks yet. Leave "
            "it out, or fit on a sample of the rows that fits in memory."
        )
    ours = adopt(transformer)
    if has_twin(transformer):
        validate_params(ours)
    if hasattr(ours, "check_steps"):
        ours.check_steps(has_y=True)
    return ours


def requests_of_branches(transformers: Sequence[Any], views: Sequence[View]) -> tuple[Request, ...]:
    """What all branches ask of the rows as they are."""
    return tuple(
        request
        for transformer, view in zip(transformers, views, strict=True)
        for request in first_requests_of(transformer, view)
    )


def fit_branches(transformers: Sequence[Any], views: Sequence[View]) -> Algorithm[tuple[str, ...]]:
    """Fit all branches; the sentences of all of them."""
    outcomes = yield from together(
        [
            algorithm_of(transformer, view)
            for transformer, view in zip(transformers, views, strict=True)
        ]
    )
    return tuple(sentence for told in outcomes for sentence in told)


@dataclass(frozen=True, slots=True)
class Entries:
    """How many entries a row of a branch's output stores: at least and at most.

    Attributes
    ----------
    transformer : fitted transformer or None
        None where the columns stay as they came.
    view : View
        Of what goes into the branch.
    width : int
        Columns of the output.
    is_sparse : bool
    least, most : int
    first : Rows
        The row that goes into the branch first.
    """

    transformer: Any
    view: View
    width: int
    is_sparse: bool
    least: int
    most: int
    first: Rows

    def counted(self) -> Algorithm[int]:
        """How many there are in all rows, from a pass."""
        after = self.view
        if self.transformer is not None:
            name = type(self.transformer).__name__
            after = yield from self.view.mapped(self.transformer, name, first=self.first)
        stored: int = yield from ask(StoredEntries(), after.rows, "ColumnTransformer")
        return stored


def entries_of(transformer: Any, view: View, width: int, first: Rows) -> Entries:
    """What is known of them without a pass, from the kind of transformer and the first row.

    The row is that of all columns, from which those of the branch are selected.
    """
    if transformer is None:
        as_they_came = view.facts.sparse
        return Entries(None, view, width, as_they_came, 0 if as_they_came else width, width, first)
    assert view.rows.prefix is not None
    first = view.rows.prefix.step.apply(first)
    X = first.X
    made = settled(to_sklearn(transformer), bare=not is_frame(X)).transform(X)
    found = Entries(transformer, view, width, is_sparse(made), width, width, first)
    if not found.is_sparse:
        return found
    last = transformer.steps[-1][1] if hasattr(transformer, "steps") else transformer
    if not isinstance(last, OneHotEncoder):
        return replace(found, least=0)
    # one of each column that is encoded, unless a category is dropped or was not given
    each = last.n_features_in_
    whole = last.drop is None and isinstance(last.categories, str)
    return replace(found, least=each if whole else 0, most=each)


def put_together(whole: Any, X: Any) -> Any:
    """The fit of a plain whole whose parts are frozen, on one row."""
    with config_context(assume_finite=True, skip_parameter_validation=True):
        return whole.fit(X)


def frozen(transformer: Any) -> FrozenEstimator:
    """A fitted transformer that another fit leaves as it is."""
    return FrozenEstimator(transformer)


def thawed(part: Any) -> Any:
    """The fitted transformer itself."""
    return part.estimator if isinstance(part, FrozenEstimator) else part
