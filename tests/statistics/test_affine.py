"""Affine maps: composition, and how models and gradients come back through them."""

from __future__ import annotations

import numpy as np
import pytest

from skdask.statistics import Affine

random = np.random.default_rng(0)
SCALING = Affine(random.normal(size=3), random.normal(size=3))
OTHER_SCALING = Affine(random.normal(size=3), random.normal(size=3))
MIXING = Affine(random.normal(size=(3, 4)), random.normal(size=4))
SQUARE = Affine(random.normal(size=(3, 3)), random.normal(size=3))
IDENTITY = Affine.identity(3)
MAPS = {"scaling": SCALING, "mixing": MIXING, "identity": IDENTITY}
X = random.normal(size=(20, 3))


@pytest.mark.parametrize(
    "first", [SCALING, SQUARE, IDENTITY], ids=["scaling", "square", "identity"]
)
@pytest.mark.parametrize("after", [OTHER_SCALING, MIXING], ids=["scaling", "mixing"])
def test_one_after_the_other(first, after):
    both = first.then(after)
    np.testing.assert_allclose(both.apply(X), after.apply(first.apply(X)))
    np.testing.assert_allclose(both.extended(), first.extended() @ after.extended())
    assert both.n_outputs == after.n_outputs
    assert both.by_column == (first.by_column and after.by_column)


@pytest.mark.parametrize("first", [SCALING, SQUARE], ids=["scaling", "square"])
def test_composition_is_associative_and_has_an_identity(first):
    left, right = first.then(SCALING).then(MIXING), first.then(SCALING.then(MIXING))
    np.testing.assert_allclose(left.factor, right.factor)
    np.testing.assert_allclose(left.offset, right.offset)
    assert first.then(IDENTITY) == first
    assert IDENTITY.then(first) == first


@pytest.mark.parametrize("affine", MAPS.values(), ids=MAPS)
def test_models_come_back(affine):
    coef, intercept = random.normal(size=(affine.n_outputs, 2)), random.normal(size=2)
    raw, raw_intercept = affine.pull_back(coef, intercept)
    np.testing.assert_allclose(X @ raw + raw_intercept, affine.apply(X) @ coef + intercept)


@pytest.mark.parametrize("affine", MAPS.values(), ids=MAPS)
def test_gradients_come_back(affine):
    residual = random.normal(size=(len(X), 2))
    found = affine.pull_back_gradient(X.T @ residual, residual.sum(axis=0))
    np.testing.assert_allclose(found, affine.apply(X).T @ residual)


@pytest.mark.parametrize("affine", MAPS.values(), ids=MAPS)
def test_extended_maps_rows_with_a_one(affine):
    ones = np.ones((len(X), 1))
    np.testing.assert_allclose(
        np.hstack([X, ones]) @ affine.extended(), np.hstack([affine.apply(X), ones])
    )


def test_equal_by_contents():
    copy = Affine(SCALING.factor.copy(), SCALING.offset.copy())
    assert copy == SCALING
    assert hash(copy) == hash(SCALING)
    assert copy != OTHER_SCALING
    assert Affine(np.diag(SCALING.factor), SCALING.offset) != SCALING


def test_rows_are_not_written_to():
    raw = X.copy()
    raw.flags.writeable = False
    for affine in MAPS.values():
        assert affine.apply(raw).dtype == np.float64
    np.testing.assert_array_equal(raw, X)


def test_identity_is_known():
    assert IDENTITY.is_identity
    assert not SCALING.is_identity
    assert not MIXING.is_identity
    with pytest.raises(ValueError, match="mixes"):
        MIXING.column_factors()
