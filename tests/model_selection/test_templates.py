"""Steps that candidates have in common are one object, and copies of it are clones."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid
from sklearn.preprocessing import FunctionTransformer

from skdask.decomposition import PCA
from skdask.exceptions import UnsupportedError
from skdask.linear_model import ElasticNet, Ridge
from skdask.model_selection.plan.templates import Templates, fresh_copy
from skdask.pipeline import Pipeline, make_pipeline
from skdask.preprocessing import MinMaxScaler, StandardScaler

PIPELINE = Pipeline([("scale", StandardScaler()), ("pca", PCA()), ("model", Ridge())])


def test_as_many_steps_as_are_different():
    grid = {"pca__n_components": [1, 2, 3], "model__alpha": np.logspace(0, 3, 20).tolist()}
    templates = Templates(PIPELINE)
    steps = [templates.steps_of(params) for params in ParameterGrid(grid)]
    assert len(steps) == 60
    assert [len({id(each[place][1]) for each in steps}) for place in range(3)] == [1, 3, 20]
    for params, each in zip(ParameterGrid(grid), steps, strict=True):
        wanted = clone(PIPELINE).set_params(**params)
        for (name, step), (own_name, own) in zip(wanted.steps, each, strict=True):
            assert own_name == name
            assert type(own) is type(step)
            assert own.get_params() == step.get_params()


def test_steps_that_are_replaced():
    grid = {"scale": ["passthrough", MinMaxScaler()], "model": [ElasticNet(), Ridge(alpha=7.0)]}
    kinds = [
        [type(step).__name__ for _, step in Templates(PIPELINE).steps_of(params)]
        for params in ParameterGrid(grid)
    ]
    assert kinds == [
        ["PCA", "ElasticNet"],
        ["MinMaxScaler", "PCA", "ElasticNet"],
        ["PCA", "Ridge"],
        ["MinMaxScaler", "PCA", "Ridge"],
    ]
    (_, _, (_, model)) = Templates(PIPELINE).steps_of({"model": Ridge(), "model__alpha": 3.0})
    assert model.alpha == 3.0


def test_a_pipeline_within_is_its_steps():
    inner = make_pipeline(StandardScaler(), "passthrough", PCA(n_components=2))
    outer = Pipeline([("before", inner), ("model", Ridge())])
    steps = Templates(outer).steps_of({"before__pca__n_components": 1})
    names = ["before__standardscaler", "before__pca", "model"]
    assert [name for name, _ in steps] == names
    assert steps[1][1].n_components == 1


def test_what_cannot_be_set_is_scikit_learns_error():
    for params in ({"pca__depth": 3}, {"no__alpha": 1.0}, {"nothing": 1}):
        with pytest.raises(ValueError, match="Invalid parameter") as ours:
            Templates(PIPELINE).steps_of(params)
        with pytest.raises(ValueError, match="Invalid parameter") as theirs:
            clone(PIPELINE).set_params(**params)
        assert str(ours.value)[:40] == str(theirs.value)[:40]


def test_parameters_are_checked_in_steps():
    with pytest.raises(ValueError, match="'alpha' parameter of Ridge"):
        Templates(PIPELINE).steps_of({"model__alpha": -1.0})
    with pytest.raises(UnsupportedError, match="step 'model'"):
        Templates(PIPELINE).steps_of({"model": FunctionTransformerWithNoTwin()})


class FunctionTransformerWithNoTwin(FunctionTransformer):
    def predict(self, X):
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.requires_fit = True
        return tags


@pytest.mark.parametrize(
    "model",
    [
        Ridge(alpha=2.0),
        MinMaxScaler(feature_range=(0, 2)),
        PCA(random_state=np.random.RandomState()),
    ],
    ids=["values", "a tuple", "a random state"],
)
def test_copies_are_clones(model):
    copied = fresh_copy(model)
    assert copied is not model
    assert type(copied) is type(model)
    mine, cloned = copied.get_params(), clone(model).get_params()
    same = {name for name in mine if mine[name] is model.get_params()[name]}
    # what may change within is no longer the same, as in a clone
    assert "random_state" not in same or model.get_params()["random_state"] is None
    assert {k: v for k, v in mine.items() if k != "random_state"} == {
        k: v for k, v in cloned.items() if k != "random_state"
    }
