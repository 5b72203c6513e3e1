"""The engine: `run(algorithms, blocks)` in as few passes over the data as there can be."""

from skdask.passes.executor import Executor, InlineExecutor, ThreadsExecutor
from skdask.passes.folds import FoldNumbers, FoldRanges, Folds, LayeredFolds, NoFolds
from skdask.passes.knowledge import Knowledge
from skdask.passes.report import FitReport, PassRecord
from skdask.passes.request import (
    ALL_ROWS,
    Algorithm,
    Expecting,
    Outlook,
    Request,
    RowSet,
    ask,
    together,
)
from skdask.passes.run import Run, run

__all__ = [
    "ALL_ROWS",
    "Algorithm",
    "Executor",
    "Expecting",
    "FitReport",
    "FoldNumbers",
    "FoldRanges",
    "Folds",
    "InlineExecutor",
    "Knowledge",
    "LayeredFolds",
    "NoFolds",
    "Outlook",
    "PassRecord",
    "Request",
    "RowSet",
    "Run",
    "ThreadsExecutor",
    "ask",
    "run",
    "together",
]
