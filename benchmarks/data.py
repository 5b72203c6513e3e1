"""What the workloads run on: arrays and Parquet folders, named for how they are made.

A dataset is a recipe. Its rows are made once by `make_data` and loaded here before the clock
starts, so that no system pays for them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Arrays:
    """X and y from one of scikit-learn's generators, float64 and row by row.

    Attributes
    ----------
    generator : str
        A function of `sklearn.datasets`.
    n_rows, n_features : int
    options : tuple of (name, value)
        Further arguments of the generator.
    """

    generator: str
    n_rows: int
    n_features: int
    options: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        options = "".join(f"-{key}={value}" for key, value in self.options)
        return f"{self.generator}-{self.n_rows}x{self.n_features}{options}"

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_rows, self.n_features

    def scaled(self, fraction: float) -> Arrays:
        """The same columns with fewer rows."""
        return replace(self, n_rows=max(2000, round(self.n_rows * fraction)))

    def path(self, folder: Path, part: str) -> Path:
        return folder / f"{self.name}.{part}.npy"

    def ready(self, folder: Path) -> bool:
        return all(self.path(folder, part).exists() for part in "Xy")

    def load(self, folder: Path) -> tuple[Any, Any]:
        return np.load(self.path(folder, "X")), np.load(self.path(folder, "y"))


@dataclass(frozen=True)
class Table:
    """A Parquet folder `times` as large, decoded, as a memory budget.

    Columns `x0` ... are features, `value` is a number to predict, `label` one of two classes.
    Smaller folders hold the first files of the largest one.

    Attributes
    ----------
    budget : int
        Bytes.
    times : int
    n_features : int
    """

    budget: int
    times: int
    n_features: int = 50

    files_per_budget = 4
    largest = 16

    @property
    def name(self) -> str:
        return f"table-{self.budget >> 20}MiB-{self.times}x"

    @property
    def rows_per_file(self) -> int:
        return self.budget // (self.files_per_budget * 8 * (self.n_features + 2))

    @property
    def n_files(self) -> int:
        return self.times * self.files_per_budget

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_files * self.rows_per_file, self.n_features

    def scaled(self, fraction: float) -> Table:
        """A smaller budget; below 128 MiB it would hold one thread's blocks at most."""
        return replace(self, budget=max(128 << 20, int(self.budget * fraction)))

    def path(self, folder: Path) -> Path:
        return folder / self.name

    def sample_path(self, folder: Path) -> Path:
        """A folder with one small file, to warm up on."""
        return folder / f"{self.name}-sample"

    def ready(self, folder: Path) -> bool:
        if not list(self.sample_path(folder).glob("*.parquet")):
            return False
        return len(list(self.path(folder).glob("*.parquet"))) == self.n_files


@dataclass(frozen=True)
class Mixed:
    """A pandas frame of numbers, a tenth of them missing, and of words; and a number to predict.

    Attributes
    ----------
    n_rows, n_numbers, n_words : int
    n_levels : int
        Distinct words of a column.
    """

    n_rows: int
    n_numbers: int
    n_words: int
    n_levels: int

    @property
    def name(self) -> str:
        columns = f"{self.n_numbers}+{self.n_words}x{self.n_levels}"
        return f"mixed-{self.n_rows}x{columns}"

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_rows, self.n_numbers + self.n_words

    def scaled(self, fraction: float) -> Mixed:
        """The same columns with fewer rows."""
        return replace(self, n_rows=max(2000, round(self.n_rows * fraction)))

    def path(self, folder: Path) -> Path:
        return folder / f"{self.name}.parquet"

    def ready(self, folder: Path) -> bool:
        return self.path(folder).exists()

    def load(self, folder: Path) -> tuple[Any, Any]:
        import pandas as pd

        frame = pd.read_parquet(self.path(folder))
        y = frame.pop("value").to_numpy()
        return frame, y


Dataset = Arrays | Table | Mixed
