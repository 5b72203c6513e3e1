"""The penalties that LogisticRegressionCV chooses from, as scikit-learn reads its parameters."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Grid:
    """The penalties to choose from, as scikit-learn reads the parameters.

    Attributes
    ----------
    Cs : ndarray of shape (n_cs,)
    ratios : tuple of float or None
        As `l1_ratios_` has them.
    kind : str
        'l1', 'l2' or 'elasticnet'.
    with_ratios : bool
        Whether the legacy attributes have an axis for them.
    """

    Cs: Array
    ratios: tuple[Any, ...]
    kind: str
    with_ratios: bool

    def l1_ratio(self, ratio: float | None) -> float:
        fixed = {"l1": 1.0, "l2": 0.0}
        return fixed[self.kind] if self.kind in fixed else float(ratio or 0.0)

    @property
    def points(self) -> list[tuple[float, float]]:
        """C and l1 ratio, the ratios running faster."""
        return [(float(C), self.l1_ratio(ratio)) for C in self.Cs for ratio in self.ratios]


def grid_of(model: Any) -> Grid:
    """The penalties, with the warnings and the errors of scikit-learn."""
    Cs = np.logspace(-4, 4, model.Cs) if isinstance(model.Cs, int | np.integer) else model.Cs
    ratios = None if isinstance(model.l1_ratios, str) else model.l1_ratios
    _warn_of_changes(model)
    if model.penalty != "deprecated":
        kind = model.penalty
    elif ratios is None or np.all(np.asarray(ratios) == 0):
        kind = "l2"
    else:
        kind = "l1" if np.all(np.asarray(ratios) == 1) else "elasticnet"
    if kind == "elasticnet":
        if ratios is None or len(ratios) == 0 or any(not 0 <= ratio <= 1 for ratio in ratios):
            raise ValueError(
                "l1_ratios must be an array-like of numbers between 0 and 1; got "
                f"(l1_ratios={ratios!r})"
            )
    elif ratios is not None and model.penalty != "deprecated":
        warnings.warn(
            f"l1_ratios parameter is only used when penalty is 'elasticnet'. Got (penalty={kind})",
            stacklevel=2,
        )
    chosen = (None,) if ratios is None else tuple(ratios)
    return Grid(np.asarray(Cs), chosen, kind, ratios is not None)


def _warn_of_changes(model: Any) -> None:
    """What scikit-learn tells of the defaults that it will change."""
    told = []
    if isinstance(model.l1_ratios, str):
        told.append(
            "The default value for l1_ratios will change from None to (0.0,) in version 1.10. "
            "To avoid this warning, explicitly set a value, e.g. l1_ratios=(0,)."
        )
    elif model.l1_ratios is None and model.penalty == "deprecated":
        told.append(
            "'l1_ratios=None' was deprecated in version 1.8 and will trigger an error in 1.10. "
            "Use an array-like with values in [0, 1] instead."
        )
    if model.penalty != "deprecated":
        told.append(
            "'penalty' was deprecated in version 1.8 and will be removed in 1.10. Use "
            "l1_ratios instead."
        )
    if model.scoring == "warn":
        told.append(
            "The default value of the parameter 'scoring' will change from None, i.e. "
            "accuracy, to 'neg_log_loss' in version 1.11. To silence this warning, explicitly "
            "set the scoring parameter."
        )
    if model.use_legacy_attributes == "warn":
        told.append(
            "The fitted attributes of LogisticRegressionCV will be simplified in scikit-learn "
            "1.10. Set use_legacy_attributes=False to have them so now, or True to silence "
            "this warning."
        )
    for sentence in told:
        warnings.warn(sentence, FutureWarning, stacklevel=2)
