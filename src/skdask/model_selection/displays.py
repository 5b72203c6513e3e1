"""Plots of learning and validation curves, whose scores come from shared passes.

scikit-learn's own displays in everything but where the scores come from.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import model_selection

from skdask._sklearn import named_score
from skdask.blocks import is_big
from skdask.model_selection.curves import learning_curve, validation_curve

# What `plot` takes beside its axes
_STYLE = (
    "ax",
    "score_type",
    "std_display_style",
    "line_kw",
    "fill_between_kw",
    "errorbar_kw",
)


class LearningCurveDisplay(model_selection.LearningCurveDisplay):
    """Plot of scores for growing training sets, on data of any size.

    Subclasses :class:`sklearn.model_selection.LearningCurveDisplay`.

    Examples
    --------
    >>> import numpy as np
    >>> from skdask.model_selection import LearningCurveDisplay
    >>> display = LearningCurveDisplay(
    ...     train_sizes=np.array([10, 20]),
    ...     train_scores=np.ones((2, 3)),
    ...     test_scores=np.ones((2, 3)),
    ... )
    >>> display.test_scores.shape
    (2, 3)
    """

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, y: Any, **options: Any) -> Any:
        """Make the display from an estimator and data.

        Parameters
        ----------
        estimator, X, y
            As :func:`skdask.model_selection.learning_curve` takes them.
        **options : dict
            As in scikit-learn, where all of them are named.

        Returns
        -------
        LearningCurveDisplay
        """
        if not is_big(X):
            return super().from_estimator(estimator, X, y, **options)
        style, name, rest = _told(options)
        sizes, train, test = learning_curve(estimator, X, y, **rest)
        display = cls(train_sizes=sizes, train_scores=train, test_scores=test, score_name=name)
        return display.plot(**style)


class ValidationCurveDisplay(model_selection.ValidationCurveDisplay):
    """Plot of scores for values of a parameter, on data of any size.

    Subclasses :class:`sklearn.model_selection.ValidationCurveDisplay`.

    Examples
    --------
    >>> import numpy as np
    >>> from skdask.model_selection import ValidationCurveDisplay
    >>> display = ValidationCurveDisplay(
    ...     param_name="alpha",
    ...     param_range=np.array([0.1, 1.0]),
    ...     train_scores=np.ones((2, 3)),
    ...     test_scores=np.ones((2, 3)),
    ... )
    >>> display.param_name
    'alpha'
    """

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any, *, param_name: str, param_range: Any, **options: Any
    ) -> Any:
        """Make the display from an estimator and data.

        Parameters
        ----------
        estimator, X, y, param_name, param_range
            As :func:`skdask.model_selection.validation_curve` takes them.
        **options : dict
            As in scikit-learn, where all of them are named.

        Returns
        -------
        ValidationCurveDisplay
        """
        varied = {"param_name": param_name, "param_range": param_range}
        if not is_big(X):
            return super().from_estimator(estimator, X, y, **varied, **options)
        style, name, rest = _told(options)
        train, test = validation_curve(estimator, X, y, **varied, **rest)
        display = cls(
            param_name=param_name,
            param_range=np.asarray(param_range),
            train_scores=train,
            test_scores=test,
            score_name=name,
        )
        return display.plot(**style)


def _told(options: dict[str, Any]) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """How to plot, what the score is called, and how to compute it."""
    style = {key: options[key] for key in _STYLE if key in options}
    rest = {key: value for key, value in options.items() if key not in style}
    negate = style["negate_score"] = rest.pop("negate_score", False)
    name = named_score(rest.pop("score_name", None), rest.get("scoring"), negate)
    if "fit_params" in rest:
        rest["params"] = rest.pop("fit_params")
    return style, name, rest
