"""Covariances from moments: what scikit-learn's own tests found."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from skdask.covariance import OAS, EmpiricalCovariance, GraphicalLasso, LedoitWolf
from skdask.exceptions import UnsupportedError


@pytest.mark.parametrize("kind", [EmpiricalCovariance, LedoitWolf, OAS])
def test_a_single_row_is_warned_of(kind: type) -> None:
    row = np.arange(5.0).reshape(1, 5)
    with pytest.warns(UserWarning, match="Only one sample available"):
        model = kind().fit(da.from_array(row))
    with pytest.warns(UserWarning, match="Only one sample available"):
        expected = kind().fit(row)
    np.testing.assert_array_equal(model.covariance_, expected.covariance_)


def test_a_precomputed_covariance_is_not_taken_for_rows() -> None:
    covariance = da.from_array(np.eye(4) + 1.0, chunks=(2, 4))
    with pytest.raises(UnsupportedError, match="precomputed"):
        GraphicalLasso(covariance="precomputed").fit(covariance)
