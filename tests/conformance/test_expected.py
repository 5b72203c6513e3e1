"""The list of what is expected to fail is read strictly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.expected import read_expected

ENTRY = """
- estimators: [Ridge, Lasso]
  checks: [check_one, check_two]
  reason: because
- estimators: [Ridge]
  checks: [check_three]
  scikit-learn: "<1.9"
  reason: it was so
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "expected.yml"
    path.write_text(text)
    return path


def test_of_a_release(tmp_path: Path) -> None:
    path = written(tmp_path, ENTRY)
    both = {"check_one": "because", "check_two": "because"}
    assert read_expected(path, "memory", "1.9.1") == {"Ridge": both, "Lasso": both}
    older = {"Ridge": both | {"check_three": "it was so"}, "Lasso": both}
    assert read_expected(path, "memory", "1.8.0") == older
    # what is not released yet is of the release that it will be
    assert read_expected(path, "chunks", "1.9.dev0") == {"Ridge": both, "Lasso": both}


def test_of_data(tmp_path: Path) -> None:
    path = written(tmp_path, ENTRY.replace("reason: because", "reason: because\n  data: chunks"))
    assert read_expected(path, "memory", "1.9.1") == {}
    assert set(read_expected(path, "chunks", "1.9.1")) == {"Ridge", "Lasso"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY.replace("because", '""'), "no reason"),
        (ENTRY.replace("checks: [check_one", "check: x\n  checks: [check_one"), "check"),
        (ENTRY + "  data: rows", "no data 'rows'"),
        (ENTRY + "\n- {estimators: [Lasso], checks: [check_two], reason: again}", "twice"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_expected(written(tmp_path, text), "memory", "1.9.0")
