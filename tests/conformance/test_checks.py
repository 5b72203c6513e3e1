"""scikit-learn's own checks of an estimator hold for ours on data in memory.

What is expected to fail is in `expected_failures.yml`, each with its reason. A check that is listed
there and passes is a failure, and so is one that there is not.
"""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from tests.conformance.estimators import ESTIMATORS, Expected

EXPECTED = Expected("memory")


@parametrize_with_checks(  # type: ignore[untyped-decorator]
    ESTIMATORS, expected_failed_checks=EXPECTED.of, xfail_strict=True
)
@pytest.mark.filterwarnings("ignore")
def test_check(estimator: Any, check: Any) -> None:
    check(estimator)


def test_what_is_expected_to_fail_is_there() -> None:
    assert EXPECTED.unknown() == []
