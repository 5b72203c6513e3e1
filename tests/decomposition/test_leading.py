"""A few components of wide data are those of the whole spectrum."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from sklearn import decomposition

from skdask.decomposition import PCA


@pytest.mark.parametrize(("n_rows", "n_components"), [(2000, 5), (2000, 75), (200, 5)])
@pytest.mark.parametrize("whiten", [False, True])
def test_leading_components(n_rows, n_components, whiten):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 300)) * np.geomspace(10, 0.1, 300) + 3.0
    ours = PCA(n_components, whiten=whiten).fit(da.from_array(X, chunks=(500, 300)))
    theirs = decomposition.PCA(n_components, whiten=whiten, svd_solver="full").fit(X)
    assert set(vars(ours)) - {"fit_report_"} == set(vars(theirs))
    for name, expected in vars(theirs).items():
        if name.endswith("_") and not name.startswith("_"):
            np.testing.assert_allclose(getattr(ours, name), expected, rtol=1e-8, atol=1e-9)
            assert np.asarray(getattr(ours, name)).dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(
        ours.transform(da.from_array(X[:50])).compute(), theirs.transform(X[:50]), atol=1e-8
    )
