"""Pipelines of steps and a final estimator, fitted on blocks in their slowest step's passes.

No step's output is ever stored: after affine steps the statistics follow from those of the raw
rows by algebra, and through any other step a block's rows go while they are in memory. What steps
ask of the same rows shares a pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sklearn import pipeline
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if

from skdask._sklearn import print_elapsed_time, validate_params
from skdask.blocks import is_big
from skdask.exceptions import DataError, UnsupportedError
from skdask.metrics.scoring import default_score
from skdask.passes import Algorithm, Request
from skdask.pipeline.weights import open_weighted
from skdask.routes.callbacks import is_idle, step_task
from skdask.routes.example import Example
from skdask.routes.fit_transform import fit_transform_lazily
from skdask.routes.fitting import (
    after_step,
    algorithm_of,
    first_requests_of,
    fit_on,
    forget_report,
    is_stateless,
    maps_rows,
    takes_tables,
)
from skdask.routes.lazy import apply_lazily, output_names, refuse_parameters
from skdask.routes.twins import adopt, has_twin, to_sklearn
from skdask.routes.view import View
from skdask.statistics import Affine


def _final_has(method: str) -> Any:
    def check(self: Pipeline) -> bool:
        getattr(self._final_estimator, method)
        return True

    return check


class Pipeline(pipeline.Pipeline):
    """A sequence of transformers with an optional final predictor, on data of any size.

    Subclasses :class:`sklearn.pipeline.Pipeline` and has its parameters and attributes.
    In-memory data is handed to it. On blocks the steps may be skdask's estimators or the
    scikit-learn classes they stand for, which are replaced by skdask's.

    Attributes
    ----------
    fit_report_ : FitReport
        What the fit read and cost; only after a fit on blocks.

    Examples
    --------
    >>> import dask.array as da
    >>> from skdask.linear_model import Ridge
    >>> from skdask.pipeline import make_pipeline
    >>> from skdask.preprocessing import StandardScaler
    >>> X = da.arange(6, chunks=2).reshape(6, 1)
    >>> model = make_pipeline(StandardScaler(), Ridge()).fit(X, X[:, 0])
    >>> model.fit_report_.passes
    1
    """

    steps: list[tuple[str, Any]]

    def fit(self, X: Any, y: Any = None, **params: Any) -> Pipeline:
        """Fit all steps.

        Parameters
        ----------
        X : array-like, Dask Array or DataFrame, Blocks or path, of shape (n_rows, n_features)
        y : array-like or Dask collection, or str, default=None
            For a table, the name of its target column.
        **params : dict
            ``<step>__sample_weight``, the same weights for every step that is given them, or
            ``sample_weight`` where metadata routing is enabled and steps request it. True stands
            for the weights that Blocks carry.

        Returns
        -------
        self
        """
        if not is_big(X):
            forget_report(self)
            return super().fit(X, y, **params)
        data, weighted = open_weighted(self, X, y, params)
        self.check_steps(data.has_y)
        self.weigh_steps(weighted)
        return fit_on(self, data, View.whole(data, weighted=False))

    @property
    def takes_tables(self) -> bool:
        """Whether the first step takes frames whose columns keep their types."""
        return any(takes_tables(step) for _, step in list(self.active_steps())[:1])

    def weigh_steps(self, names: frozenset[str]) -> None:
        """Name the steps that the next fit on blocks gives the sample weights to."""
        self._weighted_steps = names

    def check_steps(self, has_y: bool) -> None:
        """Raise where a step cannot run on blocks; replace scikit-learn's classes by ours."""
        self.steps = list(self.steps)  # as scikit-learn does: the user's own list stays as it is
        self._validate_steps()
        for position, (name, step) in enumerate(self.steps):
            if is_idle(step):
                continue
            if not has_twin(step) and not is_stateless(step):
                raise UnsupportedError(
                    f"step {name!r}: {type(step).__name__} cannot be fitted on blocks yet. "
                    "Leave it out, or fit the pipeline on a sample of the rows that fits in memory."
                )
            if has_twin(step):
                validate_params(step)
            ours = adopt(step)
            if hasattr(ours, "check_steps"):
                ours.check_steps(has_y)
            self.steps[position] = (name, ours)
        final = self._final_estimator
        if not has_y and hasattr(final, "predict") and get_tags(final).target_tags.required:
            raise DataError(
                f"This {type(final).__name__} estimator requires y to be passed, but the target "
                "y is None. For a table, y may be the name of its target column."
            )

    def active_steps(self) -> Iterator[tuple[str, Any]]:
        """The steps that do something."""
        for name, step in self.steps:
            if not is_idle(step):
                yield name, step

    def first_requests(self, view: View) -> tuple[Request, ...]:
        """Requests on the raw rows that can share a pipeline's first pass."""
        return self._first_requests(view, getattr(self, "_weighted_steps", frozenset()))

    def _first_requests(self, view: View, weighted: frozenset[str]) -> tuple[Request, ...]:
        return _requests_of(list(self.active_steps()), view, weighted)

    def algorithm(self, view: View) -> Algorithm[tuple[str, ...]]:
        """Fit from the statistics of a view of the rows."""
        weighted = self.__dict__.pop("_weighted_steps", frozenset())
        outcomes: tuple[str, ...] = ()
        # asked for with the first step, so that all share the pass; each finds its part known
        asked = self._first_requests(view, weighted)
        left = list(self.active_steps())
        for number, (name, step) in enumerate(self.steps):
            with step_task(self, number):
                if is_idle(step):
                    continue
                yield asked
                del left[0]
                seen = (view.applying() if left else view).weighing(name in weighted)
                with print_elapsed_time("Pipeline", self._log_message(number)):
                    outcomes += yield from algorithm_of(step, seen)
                if not left:
                    continue
                names = None if maps_rows(step) else output_names(step, view.feature_names)
                view = yield from after_step(step, view, names)
                # after a step that is not affine what follows sees other rows, and shares a pass
                # over them
                asked = _requests_of(left, view, weighted) if maps_rows(step) else ()
        return outcomes

    @property
    def maps_rows(self) -> bool:
        """Whether rows must go through it, as one of its steps is not affine."""
        return any(maps_rows(step) for _, step in self.active_steps())

    def affine(self) -> Affine:
        """What transform does, once fitted."""
        steps = [step.affine() for _, step in self.active_steps()]
        whole = steps[0]
        for step in steps[1:]:
            whole = whole.then(step)
        return whole

    @available_if(_final_has("predict"))
    def predict(self, X: Any, **params: Any) -> Any:
        """Predict for X: a lazy Dask Array for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "predict", X, **params)
        return super().predict(X, **params)

    @available_if(_final_has("predict_proba"))
    def predict_proba(self, X: Any, **params: Any) -> Any:
        """Class probabilities: a lazy Dask Array for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "predict_proba", X, **params)
        return super().predict_proba(X, **params)

    @available_if(_final_has("predict_log_proba"))
    def predict_log_proba(self, X: Any, **params: Any) -> Any:
        """Logarithms of the class probabilities."""
        if is_big(X):
            return apply_lazily(self, "predict_log_proba", X, **params)
        return super().predict_log_proba(X, **params)

    @available_if(_final_has("decision_function"))
    def decision_function(self, X: Any, **params: Any) -> Any:
        """Confidence scores of the classes."""
        if is_big(X):
            return apply_lazily(self, "decision_function", X, **params)
        return super().decision_function(X, **params)

    @available_if(pipeline.Pipeline._can_transform)
    def transform(self, X: Any, **params: Any) -> Any:
        """Transform X: lazily for Dask collections, Blocks and paths."""
        if is_big(X):
            return apply_lazily(self, "transform", X, **params)
        return super().transform(X, **params)

    @available_if(pipeline.Pipeline._can_fit_transform)
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """Fit, then transform the same rows."""
        if is_big(X):
            return fit_transform_lazily(self, X, lambda: self.fit(X, y, **params))
        forget_report(self)
        return super().fit_transform(X, y, **params)

    @available_if(_final_has("score"))
    def score(self, X: Any, y: Any = None, sample_weight: Any = None, **params: Any) -> float:
        """The final estimator's score; one pass over data on blocks."""
        if is_big(X):
            refuse_parameters("score", params)
            return default_score(self, X, y, sample_weight)
        return float(super().score(X, y, sample_weight=sample_weight, **params))

    def to_sklearn(self) -> pipeline.Pipeline:
        """The plain scikit-learn pipeline, usable where skdask is not installed."""
        return to_sklearn(self)


def _requests_of(
    steps: Sequence[tuple[str, Any]], view: View, weighted: frozenset[str]
) -> tuple[Request, ...]:
    """What steps ask of the same rows: those up to the first after which rows are others."""
    requests: list[Request] = []
    for position, (name, step) in enumerate(steps):
        is_last = position + 1 == len(steps)
        seen = (view if is_last else view.applying()).weighing(name in weighted)
        requests += first_requests_of(step, seen)
        if maps_rows(step):
            if not is_last:
                requests.append(Request(Example(), view.rows, type(step).__name__))
            break
    return tuple(requests)


def make_pipeline(
    *steps: Any, memory: Any = None, transform_input: Any = None, verbose: bool = False
) -> Pipeline:
    """Build a :class:`Pipeline` whose steps are named for their classes.

    Parameters
    ----------
    *steps : estimators
    memory, transform_input, verbose
        As in scikit-learn, for in-memory data.

    Returns
    -------
    Pipeline

    Examples
    --------
    >>> from skdask.linear_model import Ridge
    >>> from skdask.pipeline import make_pipeline
    >>> [name for name, _ in make_pipeline(Ridge()).steps]
    ['ridge']
    """
    named = pipeline.make_pipeline(*steps).steps
    return Pipeline(named, memory=memory, transform_input=transform_input, verbose=verbose)
