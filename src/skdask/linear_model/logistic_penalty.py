"""Which penalties the solvers of scikit-learn's logistic regressions take, and their strength.

On blocks every solver is the same, but a model that is refused in memory is refused here too, and
what a solver's name says of the optimum (liblinear penalises the intercept) holds.
"""

from __future__ import annotations

from typing import Any

from skdask.solvers.glm import Penalty


def check_solver(model: Any, n_classes: int, kind: str | None) -> None:
    """Refuse what scikit-learn refuses.

    Parameters
    ----------
    model : estimator
        With ``solver``, ``dual``, ``fit_intercept`` and ``intercept_scaling``.
    n_classes : int
    kind : {'l1', 'l2', 'elasticnet'} or None
    """
    solver = model.solver
    if solver not in ("liblinear", "saga") and kind not in ("l2", None):
        raise ValueError(
            f"Solver {solver} supports only 'l2' or None penalties, got {kind} penalty."
        )
    if solver != "liblinear" and model.dual:
        raise ValueError(f"Solver {solver} supports only dual=False, got dual={model.dual}")
    if kind == "elasticnet" and solver != "saga":
        raise ValueError(f"Only 'saga' solver supports elasticnet penalty, got solver={solver}.")
    if solver == "liblinear":
        _check_liblinear(model, n_classes, kind)


def _check_liblinear(model: Any, n_classes: int, kind: str | None) -> None:
    if kind is None:
        raise ValueError("C=np.inf is not supported for the liblinear solver")
    if n_classes > 2:
        raise ValueError(
            "The 'liblinear' solver does not support multiclass classification (n_classes >= "
            "3). Use another solver: on blocks they all give the same answer."
        )
    if model.dual and kind == "l1":
        raise ValueError(
            "Unsupported set of arguments: The combination of penalty='l1' and "
            "loss='logistic_regression' are not supported when dual=True"
        )
    if model.fit_intercept and model.intercept_scaling <= 0:
        raise ValueError(
            f"Intercept scaling is {model.intercept_scaling!r} but needs to be greater than 0. "
            "To disable fitting an intercept, set fit_intercept=False."
        )


def penalty_of(C: float, l1_ratio: float) -> Penalty:
    """The penalty of the sum of losses."""
    strength = 1.0 / float(C)
    return Penalty(strength * (1.0 - l1_ratio), strength * l1_ratio)
