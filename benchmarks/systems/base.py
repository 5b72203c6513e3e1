"""What an adapter offers, with defaults for systems that work in memory as scikit-learn does."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

# of scikit-learn and its likes, in which adapters look a class up
MODULES = (
    "cluster",
    "covariance",
    "decomposition",
    "discriminant_analysis",
    "linear_model",
    "mixture",
    "model_selection",
    "naive_bayes",
    "neighbors",
    "pipeline",
    "compose",
    "impute",
    "preprocessing",
    "svm",
)


class NotAvailableError(Exception):
    """The system has no such model, or takes no such data."""


class System:
    """A namespace of model classes.

    Attributes
    ----------
    modules : tuple of str
        Where classes are looked up, the first that has a name wins.
    distribution : str
        Whose version is reported.
    jobs : dict
        Arguments of searches.
    """

    modules: tuple[str, ...] = ()
    distribution: str = ""
    jobs: dict[str, Any] = {}  # noqa: RUF012

    def __getattr__(self, name: str) -> Any:
        for module in self.modules:
            try:
                found = getattr(import_module(module), name, None)
            except ModuleNotFoundError:
                continue
            if found is not None:
                return found
        raise NotAvailableError(f"there is no {name}")

    @property
    def steps(self) -> System:
        """The namespace of the models that a search of this system runs."""
        return self

    def hand_over(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Rows as the system takes them; not timed."""
        return X, y

    def read_table(self, path: Path, target: str, drop: str) -> tuple[Any, Any]:
        """X and y of a Parquet folder; timed."""
        import pandas as pd

        table = pd.read_parquet(path)
        y = table.pop(target).to_numpy()
        return table.drop(columns=drop).to_numpy(), y

    def memory(self, budget: int) -> AbstractContextManager[Any]:
        """A context that holds the system to a memory budget, if it has one."""
        return nullcontext()
