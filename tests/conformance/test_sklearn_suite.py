"""The plugin that runs scikit-learn's own tests on our classes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
import sklearn.linear_model
import sklearn.metrics
from dask import is_dask_collection
from scipy import sparse

import skdask.linear_model
import skdask.metrics
from skdask.exceptions import UnsupportedError
from tests.conformance.sklearn_suite import __main__ as command
from tests.conformance.sklearn_suite import rates
from tests.conformance.sklearn_suite.calls import HandOver
from tests.conformance.sklearn_suite.expected import read_lines, reasons
from tests.conformance.sklearn_suite.forms import as_dask, in_memory
from tests.conformance.sklearn_suite.names import Substitution, our_names
from tests.conformance.sklearn_suite.outcomes import Outcome, load, rate
from tests.conformance.sklearn_suite.targets import module_of, modules, paths_of


def test_names_are_ours_until_the_end() -> None:
    defining = sys.modules["sklearn.linear_model._ridge"]
    theirs = sklearn.linear_model.Ridge
    names = our_names()
    assert names[theirs] is skdask.linear_model.Ridge
    with Substitution(names) as substitution:
        assert sklearn.linear_model.Ridge is skdask.linear_model.Ridge
        assert sklearn.metrics.accuracy_score is skdask.metrics.accuracy_score
        assert defining.Ridge is theirs
        # what ours looks up in scikit-learn is scikit-learn's
        assert sys.modules["skdask.linear_model.ridge"].linear_model.Ridge is theirs
        with substitution.while_tests_are_imported():
            assert defining.Ridge is skdask.linear_model.Ridge
        assert defining.Ridge is theirs
    assert sklearn.linear_model.Ridge is theirs
    assert sys.modules["skdask.linear_model.ridge"].linear_model is sklearn.linear_model
    assert sklearn.metrics.accuracy_score is names_of(names, "accuracy_score")


def names_of(names: dict[Any, Any], wanted: str) -> Any:
    return next(theirs for theirs in names if theirs.__name__ == wanted)


FRAME = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": list("xyxy")}, index=[3, 1, 2, 0])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (np.arange(14.0).reshape(7, 2), da.Array),
        (np.array(["a", "b"]), da.Array),
        (FRAME, dd.DataFrame),
        (FRAME["a"], dd.Series),
        (sparse.csc_matrix(np.eye(5)), da.Array),
    ],
    ids=["numbers", "text", "frame", "series", "sparse"],
)
def test_there_and_back(values: Any, kind: type) -> None:
    collection = as_dask(values)
    assert isinstance(collection, kind)
    pieces = collection.npartitions if isinstance(collection, dd.DataFrame | dd.Series) else None
    assert (pieces or collection.numblocks[0]) == min(3, values.shape[0])
    back = in_memory(collection)
    if isinstance(values, pd.DataFrame):
        pd.testing.assert_frame_equal(back, values)
    elif isinstance(values, pd.Series):
        pd.testing.assert_series_equal(back, values)
    elif sparse.issparse(values):
        np.testing.assert_array_equal(back.toarray(), values.toarray())
    else:
        np.testing.assert_array_equal(back, values, strict=True)


@pytest.mark.parametrize(
    "values",
    [[[1.0]], np.empty((0, 2)), np.array([1, "a"], dtype=object), np.array(1.0), None, "column"],
    ids=["list", "empty", "object", "number", "none", "text"],
)
def test_left_in_memory(values: Any) -> None:
    assert as_dask(values) is values


def as_of(test_module: str, **names: Any) -> Any:
    """A namespace whose code calls as that of a module does."""
    return {"__name__": test_module, **names}


SEEN: list[list[bool]] = []


class Watched(skdask.linear_model.Ridge):
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        SEEN.append([is_dask_collection(part) for part in (X, y, sample_weight)])
        return super().fit(X, y, sample_weight)


def test_only_what_a_test_calls_is_handed_over() -> None:
    SEEN.clear()
    X, y = np.arange(12.0).reshape(6, 2) ** 2, np.arange(6.0)
    hand_over = HandOver()
    code = "model = Kind().fit(X, y, sample_weight=y + 1); found = model.predict(X)"
    with hand_over.methods([Watched]):
        test = as_of("sklearn.linear_model.tests.test_ridge", Kind=Watched, X=X, y=y)
        exec(code, test)
        assert isinstance(test["found"], np.ndarray)
        exec(code, as_of("sklearn.ensemble._bagging", Kind=Watched, X=X, y=y))
    exec(code, as_of("sklearn.linear_model.tests.test_ridge", Kind=Watched, X=X, y=y))
    assert SEEN == [[True] * 3, [False] * 3, [False] * 3]
    assert (hand_over.calls.on_dask, hand_over.calls.names) == (2, {"Watched"})
    plain = sklearn.linear_model.Ridge().fit(X, y, y + 1)
    np.testing.assert_allclose(test["found"], plain.predict(X))


def test_refusals_are_noted() -> None:
    hand_over = HandOver()

    def refusing(X: Any) -> None:
        raise UnsupportedError("not on blocks")

    test = as_of("sklearn.tests.test_x", call=hand_over.function(refusing), X=np.ones((3, 1)))
    with pytest.raises(UnsupportedError):
        exec("call(X)", test)
    assert hand_over.calls.refused == "not on blocks"


LIST = """
- tests: ["test_a.py::test_one[*sag*]", "test_a.py::test_two"]
  reason: because
- tests: ["test_b.py::test_three"]
  mode: dask
  scikit-learn: "<1.9"
  reason: it was so
"""


def test_expected_failures(tmp_path: Path) -> None:
    (tmp_path / "module.yml").write_text(LIST)
    lines = read_lines("module", "dask", "1.9.1", tmp_path)
    assert [line.pattern for line in lines] == ["test_a.py::test_one[*sag*]", "test_a.py::test_two"]
    assert len(read_lines("module", "dask", "1.8.0", tmp_path)) == 3
    assert len(read_lines("module", "substituted", "1.8.0", tmp_path)) == 2
    found, unmet = reasons(lines, ["test_a.py::test_one[1-saga]", "test_a.py::test_one[1-svd]"])
    assert found == {"test_a.py::test_one[1-saga]": "because"}
    assert unmet == ["test_a.py::test_two"]
    (tmp_path / "module.yml").write_text("- {tests: [a], why: no}")
    with pytest.raises(ValueError, match="why"):
        read_lines("module", "dask", "1.9.1", tmp_path)


def test_lists_are_of_modules_and_read() -> None:
    for path in rates.KEPT.parent.joinpath("expected").glob("*.yml"):
        assert path.stem in modules()
        assert read_lines(path.stem, "dask") or read_lines(path.stem, "substituted")


def test_rates() -> None:
    plain = {name: Outcome() for name in "abcde"} | {"f": Outcome("failed")}
    ours = {
        "a": Outcome(on_dask=1),
        "b": Outcome("refused", on_dask=1),
        "c": Outcome("expected", on_dask=2),
        "d": Outcome(),
    }
    on_dask, substituted = rate(plain, ours, "dask"), rate(plain, ours, "substituted")
    assert (on_dask.tests, on_dask.passed, on_dask.refused, on_dask.expected) == (3, 1, 1, 1)
    assert (on_dask.failed, on_dask.without, on_dask.share_of_accepted) == (0, 2, 0.5)
    # what is not there has failed
    assert (substituted.tests, substituted.passed, substituted.failed) == (5, 2, 1)


def test_the_page_is_of_the_rates() -> None:
    assert rates.PAGE.read_text() == rates.page(rates.read())


@pytest.mark.parametrize(
    ("test", "module"),
    [
        ("sklearn/linear_model/tests/test_ridge.py::test", ("linear_model", "test_ridge.py::test")),
        (
            "sklearn/linear_model/_glm/tests/test_glm.py::test",
            ("linear_model", "_glm/tests/test_glm.py::test"),
        ),
        ("sklearn/tests/test_dummy.py::test", ("dummy", "test_dummy.py::test")),
        ("sklearn/tests/test_base.py::test", ("package", "test_base.py::test")),
    ],
)
def test_modules(test: str, module: tuple[str, str]) -> None:
    assert module_of(test) == module
    assert paths_of(module[0])


@pytest.mark.parametrize("mode", ["substituted", "dask"])
def test_a_module(mode: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["dummy", "--mode", mode, "--results", str(tmp_path), "-k", "quantile"]
    assert command.main(given) == 0, capsys.readouterr().out
    ours = load(tmp_path / "selected" / mode / "dummy.json")
    assert "passed" in {outcome.status for outcome in ours.values()}
    assert any(outcome.on_dask for outcome in ours.values()) == (mode == "dask")
