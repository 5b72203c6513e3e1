"""The log of a search over block-wise learning: scores of models after so many calls.

Scores depend on the data, the candidate and the calls alone, so it does not matter in which order
they come: in a checkpoint folder there is a file for each time that some came, and a search that
goes on takes what it asks for from any of them. From them the decisions are replayed. Beside them
lie the models that can be written, each as it was when it was last scored; a model that is not
there learns again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from skdask.model_selection.incremental.decisions import Targets
from skdask.model_selection.incremental.lesson import Model, Scores
from skdask.model_selection.incremental.written import read_estimator, write_estimator
from skdask.passes.codec import decode, encode
from skdask.passes.log_file import DamagedError, read_whole, write_whole


@dataclass
class Rounds:
    """Scores so far.

    Attributes
    ----------
    folder : Path or None
        Of the checkpoint.
    history : dict of int to list of (calls, scores)
    order : list of (model, calls, seconds since the start)
    replayed : int
        Scores that came from the checkpoint.
    """

    folder: Path | None
    history: dict[int, list[tuple[int, Scores]]] = field(default_factory=dict)
    order: list[tuple[int, int, float]] = field(default_factory=list)
    replayed: int = 0
    _known: dict[tuple[int, int], Scores] = field(default_factory=dict)
    _files: int = 0
    _unwritten: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        for path in sorted(self.folder.glob("round-*")) if self.folder else ():
            self._files = int(path.name.removeprefix("round-"))
            try:
                found = decode(read_whole(path))
            except (DamagedError, ValueError):
                continue
            self._known |= {(n, calls): scores for n, calls, scores in found}

    def made(self, model: int) -> int:
        """Calls after which a model was scored last; 0 for none."""
        return self.history[model][-1][0] if model in self.history else 0

    def known(self, stops: Targets) -> dict[int, Scores]:
        """Those scores that the checkpoint has."""
        found = {n: self._known[n, at] for n, at in stops.items() if (n, at) in self._known}
        self.replayed += len(found)
        return found

    def write(self, targets: Targets, scores: dict[int, Scores]) -> None:
        """Put scores into the checkpoint."""
        if self.folder is not None:
            self._files += 1
            found = [(n, targets[n], dict(each)) for n, each in scores.items()]
            write_whole(self.folder / f"round-{self._files:05d}", encode(found))

    def add(self, targets: Targets, scores: dict[int, Scores], since: float) -> None:
        """Keep scores that came after so many seconds."""
        for model, found in scores.items():
            self.history.setdefault(model, []).append((targets[model], found))
            self.order.append((model, targets[model], since))

    def keep_models(self, models: dict[int, Model]) -> None:
        """Put models into the checkpoint, as far as they can be written."""
        assert self.folder is not None
        for number, model in models.items():
            if number in self._unwritten:
                continue
            try:
                payload = encode((model.calls, model.failure, write_estimator(model.estimator)))
            except TypeError:
                self._unwritten.add(number)
                continue
            write_whole(self._model_path(number), payload)

    def forget_models(self, numbers: set[int]) -> None:
        """Models that are no longer wanted."""
        if self.folder is not None:
            for number in numbers:
                self._model_path(number).unlink(missing_ok=True)

    def kept_model(self, number: int, most: int, like: Any) -> Model | None:
        """A model from the checkpoint with no more calls than these, if it has such a one."""
        if self.folder is None:
            return None
        try:
            calls, failure, written = decode(read_whole(self._model_path(number)))
            estimator = read_estimator(written, like)
        except (DamagedError, FileNotFoundError, ValueError, TypeError):
            return None
        return Model(estimator, calls, failure=failure) if calls <= most else None

    def _model_path(self, number: int) -> Path:
        assert self.folder is not None
        return self.folder / f"model-{number:05d}"
