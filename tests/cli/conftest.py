"""A table with text in it, as files, and a way to run the command."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pytest

from skdask.cli.main import main

FEATURES = ["width", "height", "depth"]


@dataclass(frozen=True)
class Outcome:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    def run(*arguments: Any) -> Outcome:
        code = main([str(argument) for argument in arguments])
        return Outcome(code, *capfd.readouterr())

    return run


@pytest.fixture(scope="session")
def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.standard_normal((900, 3)) * [1, 10, 0.1] + 5, columns=FEATURES)
    noise = random.standard_normal(900)
    frame["price"] = frame["width"] - frame["height"] + 30 * frame["depth"] + noise
    frame["sold"] = np.where(noise + frame["width"] > 5, "yes", "no")
    frame["count"] = random.integers(1, 4, 900)
    frame["colour"] = random.choice(["red", "green, light", None], 900)
    frame["id"] = np.arange(900)
    return frame


@pytest.fixture(scope="session")
def folder(frame: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tables")
    frame.to_parquet(folder / "t.parquet", row_group_size=130)
    frame.to_csv(folder / "t.csv", index=False)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    feather.write_feather(table, str(folder / "t.arrow"), chunksize=250, compression="uncompressed")
    parts = folder / "parts"
    parts.mkdir()
    for number, start in enumerate(range(0, 900, 200)):
        frame.iloc[start : start + 200].to_parquet(parts / f"part.{number}.parquet")
    return folder


TEXT = "colour,sold,id"
