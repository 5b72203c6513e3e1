"""Sample weights among the parameters of a fit: whose they are, and the data opened with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sklearn import get_config, pipeline
from sklearn.utils.metadata_routing import process_routing
from sklearn.utils.validation import has_fit_parameter

from skdask import blocks as block_room
from skdask.exceptions import DataError, UnsupportedError
from skdask.routes.documents import as_table
from skdask.routes.fitting import in_form, one_target
from skdask.routes.twins import adopt


def open_weighted(
    model: Any, X: Any, y: Any, params: dict[str, Any], groups: Any = None
) -> tuple[block_room.Blocks, frozenset[str]]:
    """Open data with the sample weights among fit parameters, and the steps that take them.

    A plain estimator's name is the empty string; it takes the weights that Blocks carry without
    being told.

    Raises
    ------
    DataError
        Where Blocks carry weights that no step of a pipeline is told to use, or the reverse.
    """
    weight, weighted = _step_weights(model, params)
    X, y = as_table(model, X, y)
    y = one_target(model, X, y)
    data = in_form(model, block_room.open(X, y, weight, groups))
    if data.has_weight and not weighted:
        if isinstance(model, pipeline.Pipeline):
            last = model.steps[-1][0]
            raise DataError(
                f"{data.name} carries sample weights, and no step of the pipeline is told to use "
                f"them: give fit {last}__sample_weight=True, and the same for other steps that "
                "should, or open the data without sample_weight"
            )
        weighted = frozenset({""})
    if weighted and not data.has_weight:
        raise DataError(f"sample_weight=True stands for weights that {data.name} does not carry")
    return data, weighted


def _step_weights(model: Any, params: dict[str, Any]) -> tuple[Any, frozenset[str]]:
    """The sample weights among fit parameters, and the names of the steps that take them.

    A plain estimator takes ``sample_weight``; its name is then the empty string. True stands
    for the weights that Blocks carry themselves.
    """
    given = {step: value for step, value in _given_weights(model, params) if value is not None}
    weights = list(given.values())
    if any(weight is not weights[0] for weight in weights):
        raise UnsupportedError(
            "the steps of a pipeline on blocks must be given the same sample_weight object"
        )
    carried = not weights or weights[0] is True
    return (None if carried else weights[0]), frozenset(given)


def _given_weights(model: Any, params: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    is_pipeline = isinstance(model, pipeline.Pipeline)
    if is_pipeline and get_config()["enable_metadata_routing"]:
        for step, methods in process_routing(model, "fit", **params).items():
            given = {
                name: value for metadata in methods.values() for name, value in metadata.items()
            }
            yield from ((step, _only_weights(name, value)) for name, value in given.items())
        return
    for key, value in params.items():
        step, _, parameter = key.rpartition("__")
        if is_pipeline and not step:
            raise ValueError(
                f"Pipeline.fit does not accept the {key} parameter. You can pass parameters to "
                "specific steps of your pipeline using the stepname__parameter format, e.g. "
                f"`Pipeline.fit(X, y, logisticregression__{key}={key})`."
            )
        if is_pipeline and step not in model.named_steps:
            raise UnsupportedError(
                f"fit parameter {key!r}: the pipeline has no step {step!r}, only "
                f"{', '.join(model.named_steps)}; steps of a pipeline within it cannot be weighted "
                "on blocks, so write all steps into one pipeline"
            )
        taker = model.named_steps[step] if is_pipeline else model
        if not takes_weights(taker):
            raise TypeError(f"{type(taker).__name__}.fit takes no sample_weight; leave {key} out")
        yield step, _only_weights(parameter if is_pipeline else key, value)


def _only_weights(parameter: str, value: Any) -> Any:
    if parameter != "sample_weight":
        raise UnsupportedError(
            f"fit parameter {parameter!r} cannot be used on blocks; only sample_weight can, as "
            "<step>__sample_weight for a pipeline"
        )
    return value


def takes_weights(estimator: Any) -> bool:
    """Whether an estimator's fit takes sample weights, or those of all that it hands them to do."""
    ours = adopt(estimator)
    if hasattr(type(ours), "takes_weights"):
        return bool(ours.takes_weights)
    return bool(has_fit_parameter(estimator, "sample_weight"))
