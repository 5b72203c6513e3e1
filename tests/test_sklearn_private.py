"""What `skdask._sklearn` takes from the inside of scikit-learn is still what it was.

A failure here means that a release of scikit-learn changed something private that we stand on:
mend `skdask/_sklearn`, then this test.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn.decomposition._pca
import sklearn.metrics._scorer
import sklearn.model_selection._search
import sklearn.preprocessing._data
import sklearn.utils._set_output
from scipy import sparse
from sklearn import compose, config_context, metrics, preprocessing
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import Birch, BisectingKMeans, KMeans
from sklearn.datasets import make_classification
from sklearn.decomposition import (
    NMF,
    LatentDirichletAllocation,
    MiniBatchDictionaryLearning,
    MiniBatchNMF,
    sparse_encode,
)
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import FeatureUnion
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils._param_validation import InvalidParameterError

import skdask
from skdask import _sklearn

SOURCE = Path(skdask.__file__).parent


def private_imports(path: Path) -> set[str]:
    """Names that a module takes from private modules of scikit-learn."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sklearn"):
            private_module = any(part.startswith("_") for part in str(node.module).split("."))
            found |= {
                alias.name for alias in node.names if private_module or alias.name.startswith("_")
            }
    return found


def test_only_one_room_imports_what_is_private() -> None:
    offenders = {
        str(path.relative_to(SOURCE)): names
        for path in SOURCE.rglob("*.py")
        if path.parent.name != "_sklearn" and (names := private_imports(path))
    }
    assert offenders == {}


# every private name that is imported, and where the tests of it are
TESTED = {
    "_safe_indexing",
    "_transform_one",
    "_validate_score_name",
    "_translate_train_sizes",
    "_check_multimetric_scoring",
    "_beta_divergence",
    "_beta_loss_to_float",
    "_check_positive_coding",
    "_dirichlet_expectation_2d",
    "_handle_zeros_in_scale",
    "_multiplicative_update_h",
    "_multiplicative_update_w",
    "_sparse_encode",
    "_update_dict",
    "_update_doc_distribution",
    "_infer_dimension",
    "_is_constant_feature",
    "_get_feature_importances",
    "_get_output_config",
    "_get_response_values",
    "_get_column_indices",
    "_openmp_effective_n_threads",
    "_compute_precision_cholesky",
    "_compute_precision_cholesky_from_precisions",
    "_estimate_gaussian_parameters",
    "lloyd_iter_chunked_dense",
    "_BisectingTree",
    "_CFNode",
    "_CFSubcluster",
    "lloyd_iter_chunked_sparse",
    "_MultimetricScorer",
    "_PassthroughScorer",
    "_print_elapsed_time",
    "_Scorer",
    "_ImputerTriplet",
    "_get_mask",
    "BaseSearchCV",
    "callback_management_context",
    "_check_method_params",
    "_insert_error_scores",
    "_safe_split",
    "_score",
    "_warn_or_raise_about_fit_failures",
    "_yield_masked_array_for_each_param",
}


def test_every_private_name_is_tested() -> None:
    imported = map(private_imports, (SOURCE / "_sklearn").glob("*.py"))
    assert set().union(*imported) == TESTED


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (sklearn.preprocessing._data._is_constant_feature, ["var", "mean", "n_samples"]),
        (sklearn.preprocessing._data._handle_zeros_in_scale, ["scale", "copy", "constant_mask"]),
        (sklearn.decomposition._pca._infer_dimension, ["spectrum", "n_samples"]),
        (sklearn.utils._set_output._get_output_config, ["method", "estimator"]),
        (sklearn.metrics._scorer._check_multimetric_scoring, ["estimator", "scoring"]),
        (BaseEstimator._validate_params, ["self"]),
        (sklearn.model_selection._search.BaseSearchCV._get_scorers, ["self"]),
        (
            sklearn.model_selection._search.BaseSearchCV._select_best_index,
            ["refit", "refit_metric", "results"],
        ),
        (
            sklearn.model_selection._search.BaseSearchCV._format_results,
            ["self", "candidate_params", "n_splits", "out", "more_results"],
        ),
    ],
)
def test_signatures(function: Any, parameters: list[str]) -> None:
    assert list(inspect.signature(function).parameters) == parameters


def test_scale_of_columns() -> None:
    X = np.array([[1.0, 3.0, 1e9], [2.0, 3.0, 1e9 + 1e-7], [4.0, 3.0, 1e9]])
    found = _sklearn.scale_of_columns(X.var(axis=0), X.mean(axis=0), 3)
    np.testing.assert_array_equal(found, StandardScaler().fit(X).scale_)
    np.testing.assert_array_equal(found[1:], 1.0)


POSITIVE = np.random.default_rng(0).gamma(0.5, size=(60, 7)) + 0.01


@pytest.mark.parametrize("beta", ["frobenius", "kullback-leibler", "itakura-saito", 0.5, 3.0])
def test_multiplicative_updates(beta: Any) -> None:
    """Parts of two halves of the rows make the components of one iteration."""
    W, H = np.full((60, 2), 0.5), POSITIVE[:2].copy()
    params = {"beta_loss": beta, "solver": "mu", "init": "custom", "max_iter": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = NMF(2, tol=0.0, **params).fit(POSITIVE, W=W.copy(), H=H.copy())
    number = _sklearn.nmf_beta(beta)
    gamma = 1 / (2 - number) if number < 1 else 1 / (number - 1) if number > 2 else 1.0
    parts = []
    for half in (slice(30), slice(30, None)):
        X = POSITIVE[half]
        weights = _sklearn.nmf_weights(X, W[half].copy(), H, number, 0.0, 0.0, gamma)
        parts.append(_sklearn.nmf_component_parts(X, weights, H, number, gamma))
    numerator, denominator = (sum(each) for each in zip(*parts, strict=True))
    np.testing.assert_allclose((numerator / denominator) ** gamma, plain.components_)
    assert _sklearn.nmf_divergence(POSITIVE, W, H, number) > 0.0


def test_topics() -> None:
    X = np.floor(POSITIVE * 5)
    params = {"n_components": 2, "random_state": 0}
    plain = LatentDirichletAllocation(max_iter=1, **params).fit(X)
    begun = LatentDirichletAllocation(**params)
    _sklearn.begin_topics(begun, 7)
    words = _sklearn.topic_words(X, begun.components_, 0.5, 100, 1e-3, begun.random_state_)
    _sklearn.set_topics(begun, words + 0.5)
    np.testing.assert_array_equal(begun.components_, plain.components_)
    np.testing.assert_array_equal(begun.exp_dirichlet_component_, plain.exp_dirichlet_component_)
    given = (plain.components_, 0.5, 0.5, 100, 1e-3)
    np.testing.assert_allclose(_sklearn.topic_bound(X, *given, with_topics=True), plain.score(X))
    own = _sklearn.topic_bound(X[:0], *given, with_topics=True)
    np.testing.assert_allclose(_sklearn.topic_bound(X, *given) + own, plain.score(X))


def test_dictionaries() -> None:
    X, start = POSITIVE - 0.5, np.eye(7)[:3]
    codes = _sklearn.sparse_codes(X, start, "lasso_lars", 0.1, 1000, False)
    np.testing.assert_array_equal(codes, sparse_encode(X, start, algorithm="lasso_lars", alpha=0.1))
    random = np.random.RandomState(0)
    updated = _sklearn.next_dictionary(start, X, codes.T @ codes, X.T @ codes, random, False)
    found = X - codes @ updated
    assert np.square(found).sum() < np.square(X - codes @ start).sum()
    with pytest.raises(ValueError, match="Positive constraint"):
        _sklearn.check_positive_coding("lars", True)


def test_mini_batches() -> None:
    """Steps of all batches are scikit-learn's own fit."""
    for max_iter in (2, 40):
        dictionary = MiniBatchDictionaryLearning(
            3, batch_size=20, max_iter=max_iter, shuffle=False, random_state=0, alpha=0.1,
            dict_init=POSITIVE[:3],
        )  # fmt: skip
        random = np.random.RandomState(0)
        begun = clone(dictionary)
        _sklearn.begin_dictionary(begun, 60, 7, POSITIVE[:3], random)
        factors = MiniBatchNMF(
            2, init="random", fresh_restarts=True, batch_size=20, max_iter=max_iter, random_state=0
        )
        mean = np.sqrt(POSITIVE.mean() / 2)
        first = np.abs(mean * np.random.RandomState(0).standard_normal((2, 7)))
        started = clone(factors)
        _sklearn.begin_nmf(started, 60, first)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dictionary.fit(POSITIVE), factors.fit(POSITIVE)
        for model, step, theirs in (
            (begun, _sklearn.dictionary_batch, dictionary),
            (started, _sklearn.nmf_batch, factors),
        ):
            batches = [POSITIVE[start : start + 20] for start in (0, 20, 40)] * max_iter
            for X in batches:
                if step(model, X, 60, max_iter):
                    break
            assert model.n_steps_ == theirs.n_steps_
            np.testing.assert_array_equal(model.components_, theirs.components_)


def test_infer_dimension() -> None:
    assert _sklearn.infer_dimension(np.array([10.0, 9.0, 1e-3, 9e-4]), 1000) == 2


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_lloyd(kind: Any) -> None:
    X = np.array([[0.0, 1.0], [0.0, 3.0], [10.0, 0.0], [14.0, 0.0]])
    centres = np.array([[0.0, 0.0], [10.0, 0.0]])
    np.testing.assert_array_equal(_sklearn.lloyd_labels(kind(X), centres), [0, 0, 1, 1])


def test_openmp_threads() -> None:
    assert _sklearn.openmp_threads() == KMeans(1).fit([[1.0], [2.0]])._n_threads


COVARIANCES = ("full", "tied", "diag", "spherical")
KINDS = [GaussianMixture, BayesianGaussianMixture]


@pytest.mark.parametrize("covariance_type", COVARIANCES)
@pytest.mark.parametrize("kind", KINDS)
def test_mixture_steps(kind: Any, covariance_type: str) -> None:
    """One iteration by our functions is one of scikit-learn's."""
    X = np.random.default_rng(0).normal(size=(60, 3)) + np.repeat([0, 4], 30)[:, None]
    params = {"n_components": 2, "covariance_type": covariance_type, "random_state": 0, "tol": 0.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = (kind(max_iter=n, **params).fit(X) for n in (2, 3))
    at_means = before._estimate_weighted_log_prob(before.means_)
    np.testing.assert_allclose(_sklearn.mixture_offsets(before), np.diagonal(at_means))
    shares = before.predict_proba(X)
    if kind is BayesianGaussianMixture:
        _sklearn.check_mixture(before, X)
    _sklearn.set_components(before, *_sklearn.gaussian_moments(X, shares, before))
    entropy = -np.sum(shares * np.log(shares, out=np.zeros_like(shares), where=shares > 0))
    likelihood = after.lower_bounds_[-1] if kind is GaussianMixture else 0.0
    bound = _sklearn.mixture_bound(before, likelihood, entropy)
    np.testing.assert_allclose(bound, after.lower_bounds_[-1])
    _sklearn.set_mixture_parameters(before, _sklearn.mixture_parameters(before))
    for name in ("weights_", "means_", "covariances_", "precisions_cholesky_", "precisions_"):
        np.testing.assert_allclose(getattr(before, name), getattr(after, name), err_msg=name)


def test_first_components() -> None:
    X = np.random.default_rng(0).normal(size=(30, 2))
    shares = np.eye(2)[np.arange(30) % 2]
    given = {"weights_init": [0.25, 0.75], "means_init": X[:2], "precisions_init": np.eye(2)}
    plain = GaussianMixture(2, covariance_type="tied")
    _sklearn.set_first_components(plain, _sklearn.gaussian_moments(X, shares, plain), 30)
    np.testing.assert_allclose(plain.weights_, [0.5, 0.5])
    np.testing.assert_allclose(plain.means_[0], X[::2].mean(axis=0))
    plain.set_params(**given)
    _sklearn.set_first_components(plain, None, 30)
    np.testing.assert_array_equal(plain.weights_, [0.25, 0.75])
    np.testing.assert_array_equal(plain.precisions_cholesky_, np.eye(2))


def test_mixture_messages(capsys: pytest.CaptureFixture[str]) -> None:
    messages = _sklearn.MixtureMessages(GaussianMixture(verbose=1, verbose_interval=1))
    messages.begin(3)
    messages.iteration(1, 0.5)
    messages.end(-2.0, True)
    printed = capsys.readouterr().out
    assert printed == "Initialization 3\n  Iteration 1\nInitialization converged.\n"


def test_output_container() -> None:
    scaler = StandardScaler()
    assert _sklearn.output_container(scaler) == "default"
    assert _sklearn.output_container(scaler.set_output(transform="pandas")) == "pandas"
    with config_context(transform_output="polars"):
        assert _sklearn.output_container(StandardScaler()) == "polars"


def test_validate_params() -> None:
    _sklearn.validate_params(Ridge())
    with pytest.raises(InvalidParameterError, match="The 'alpha' parameter of Ridge must be"):
        _sklearn.validate_params(Ridge(alpha=-1.0))


def test_scorers() -> None:
    scorer = metrics.get_scorer("neg_mean_squared_error")
    assert isinstance(scorer, _sklearn._Scorer)
    assert scorer._score_func is metrics.mean_squared_error
    assert scorer._sign == -1
    assert metrics.get_scorer("f1_macro")._kwargs == {"pos_label": None, "average": "macro"}
    assert isinstance(metrics.check_scoring(Ridge()), _sklearn._PassthroughScorer)
    named = _sklearn.named_scorers(Ridge(), ["r2", "neg_mean_squared_error"])
    assert list(named) == ["r2", "neg_mean_squared_error"]
    assert all(isinstance(scorer, _sklearn._Scorer) for scorer in named.values())


def test_search() -> None:
    search = GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, scoring="r2")
    scorers, metric = _sklearn.search_scorers(search)
    assert isinstance(scorers, _sklearn._Scorer)
    assert metric == "score"
    several = GridSearchCV(LogisticRegression(), {}, scoring=["accuracy", "f1"], refit="f1")
    scorers, metric = _sklearn.search_scorers(several)
    assert list(scorers) == ["accuracy", "f1"]
    assert metric == "f1"
    outcomes = [
        {"fit_time": 1.0, "score_time": 0.0, "test_scores": score} for score in (1.0, 3.0, 5.0, 5.0)
    ]
    results = _sklearn.format_results(search, [{"alpha": 1.0}, {"alpha": 2.0}], 2, outcomes)
    np.testing.assert_array_equal(results["mean_test_score"], [2.0, 5.0])
    np.testing.assert_array_equal(results["rank_test_score"], [2, 1])
    assert _sklearn.select_best_index(search, "score", results) == 1


def test_print_elapsed_time(capsys: pytest.CaptureFixture[str]) -> None:
    with _sklearn.print_elapsed_time("Pipeline", "(step 1 of 1) Processing scaler"):
        pass
    with _sklearn.print_elapsed_time("Pipeline", None):
        pass
    printed = capsys.readouterr().out
    assert printed.startswith("[Pipeline] .")
    assert "(step 1 of 1) Processing scaler, total= " in printed


def test_encoders_are_fitted_from_counts() -> None:
    rows = np.array([["a"], ["b"], ["a"], ["c"]], dtype=object)
    encoder = preprocessing.OneHotEncoder(min_frequency=2)
    values = _sklearn.encoder_columns(rows)[0]
    kinds = np.unique(values.astype(str)).astype(object)
    _sklearn.fit_encoder(encoder, rows[:1], [kinds], lambda _, found: np.array([2, 1, 1]), 4)
    expected = preprocessing.OneHotEncoder(min_frequency=2).fit(rows)
    assert encoder.get_feature_names_out().tolist() == expected.get_feature_names_out().tolist()
    found, wanted = (one.transform(rows).toarray() for one in (encoder, expected))
    np.testing.assert_array_equal(found, wanted)
    assert vars(encoder).keys() == vars(expected).keys()


def test_branches_of_a_column_transformer() -> None:
    scaler = preprocessing.StandardScaler()
    both = compose.ColumnTransformer(
        [("a", scaler, ["x"]), ("none", scaler, []), ("gone", "drop", ["y"])], remainder=scaler
    )
    frame = pd.DataFrame({"x": [1.0], "y": [2.0], "z": [3.0]})
    found = [(name, positions) for name, _, positions in _sklearn.column_branches(both, frame)]
    assert found == [("a", [0]), ("remainder", [2])]


def test_branches_one_after_the_other_give_the_same() -> None:
    X = pd.DataFrame({"x": [1.0, 2.0, 4.0], "y": [3.0, 5.0, 9.0], "z": [0.0, 1.0, 0.0]})
    scaler = preprocessing.StandardScaler
    both = compose.ColumnTransformer(
        [("a", scaler(), ["x"]), ("b", "drop", ["y"])],
        remainder="passthrough",
        transformer_weights={"a": 2.0},
    ).fit(X)
    union = FeatureUnion(
        [("a", scaler()), ("b", "passthrough"), ("c", "drop")], transformer_weights={"a": 2.0}
    ).fit(X)
    for whole in (both, union):
        serial = _sklearn.by_levels(whole)
        assert type(serial) is not type(whole)
        np.testing.assert_array_equal(serial.transform(X), whole.transform(X))
        pandas = whole.set_output(transform="pandas")
        pd.testing.assert_frame_equal(_sklearn.by_levels(pandas).transform(X), pandas.transform(X))


def test_targets_are_transformed_and_their_inverse_is_checked() -> None:
    y = np.array([[1.0], [2.0], [4.0]])
    plain = compose.TransformedTargetRegressor(func=np.log, inverse_func=np.exp)
    _sklearn.fit_target_transformer(plain, y)
    np.testing.assert_allclose(plain.transformer_.transform(y), np.log(y))
    scaler = preprocessing.StandardScaler().fit(10 * y)
    plain = compose.TransformedTargetRegressor(transformer=preprocessing.StandardScaler())
    _sklearn.fit_target_transformer(plain, y, scaler)
    assert plain.transformer_ is scaler
    wrong = preprocessing.FunctionTransformer(np.log, np.square, check_inverse=False).fit(y)
    plain = compose.TransformedTargetRegressor(transformer=preprocessing.FunctionTransformer())
    with pytest.warns(UserWarning, match="not strictly inverse of each other"):
        _sklearn.fit_target_transformer(plain, y, wrong)


def test_splines_are_fitted_with_other_knots() -> None:
    X = np.arange(10.0).reshape(5, 2)
    plain = preprocessing.SplineTransformer(knots="quantile")
    _sklearn.fit_splines(plain, X, np.array([[0.0, 1.0], [3.0, 4.0], [9.0, 9.0]]))
    given = preprocessing.SplineTransformer(knots=np.array([[0.0, 1.0], [3.0, 4.0], [9.0, 9.0]]))
    np.testing.assert_array_equal(plain.transform(X), given.fit(X).transform(X))
    assert plain.knots == "quantile"
    assert "_get_base_knot_positions" not in vars(plain)


def test_numbers_of_bins_are_checked() -> None:
    assert _sklearn.bins_of_columns(preprocessing.KBinsDiscretizer(3), 2).tolist() == [3, 3]
    with pytest.raises(ValueError, match="n_bins"):
        _sklearn.bins_of_columns(preprocessing.KBinsDiscretizer([3]), 2)


def test_scales_of_zero_and_constant_columns() -> None:
    assert _sklearn.scale_without_zeros(np.array([0.0, 2.0])).tolist() == [1.0, 2.0]
    found = _sklearn.is_constant(np.array([0.0, 1.0]), np.array([1.0, 1.0]), 5)
    assert found.tolist() == [True, False]


def test_categories_of_a_target_encoder() -> None:
    plain = preprocessing.TargetEncoder()
    X = pd.DataFrame({"x": ["b"]})
    _sklearn.fit_categories(plain, X, [np.array(["b", "a"], dtype=object)], 5)
    assert [values.tolist() for values in plain.categories_] == [["a", "b"]]
    assert plain.feature_names_in_.tolist() == ["x"]
    codes, known = _sklearn.ordinal_codes(plain, pd.DataFrame({"x": ["b", "c"]}))
    assert codes[0, 0] == 1
    assert known[:, 0].tolist() == [True, False]


def test_positions_of_columns() -> None:
    frame = pd.DataFrame({"a": [1], "b": [2], "c": [3]})
    for columns in (["c", "a"], [2, 0], [-1, 0]):
        assert _sklearn.column_positions(frame, columns) == [2, 0]
    assert _sklearn.column_positions(frame, slice(1, None)) == [1, 2]
    assert _sklearn.column_positions(frame, [True, False, True]) == [0, 2]


def test_an_encoder_of_folds() -> None:
    X = np.array([["a"], ["b"], ["a"], ["c"]], dtype=object)
    plain = preprocessing.TargetEncoder(smooth=0.0).fit(X[:3], [1.5, 2.0, 3.5])
    encodings = [[np.array([10.0, 20.0])], [np.array([30.0, 40.0])]]
    found = _sklearn.encoder_of_folds(plain, np.array([0, 1, -1, -1], np.int32), encodings, [5, 6])
    expected = [10.0, 40.0, 2.5, plain.target_mean_]
    assert found.transform(X)[:, 0].tolist() == expected
    again = _sklearn.encoder_of_folds(plain, np.array([0, 0, 0, 0], np.int32), encodings, [5, 6])
    # without a category: scikit-learn's mean of the last fold
    assert again.transform(X)[:, 0].tolist() == [10.0, 20.0, 10.0, 6.0]


def test_rounds_of_an_imputer() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(50, 3))
    X[random.random(X.shape) < 0.2] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = IterativeImputer(max_iter=2).fit(X)
    plain = IterativeImputer(max_iter=2)
    rounds = _sklearn.Rounds(plain, fitted.initial_imputer_, np.zeros(3, np.bool_))
    shares = _sklearn.missing_mask(X, np.nan).mean(axis=0)
    steps = fitted.imputation_sequence_
    assert rounds.order(shares) == [step.feat_idx for step in steps[:3]]
    for step in steps:
        rounds.add(step.feat_idx, step.neighbor_feat_idx, step.estimator)
    filled, gaps = _sklearn.filled_rows(plain, X, plain.imputation_sequence_)
    np.testing.assert_allclose(filled, fitted.transform(X))
    np.testing.assert_array_equal(gaps, np.isnan(X))
    change = _sklearn.change_of_rows(plain, X, steps[:3], steps[3:])
    first, _ = _sklearn.filled_rows(plain, X, steps[:3])
    np.testing.assert_allclose(change, np.abs(filled - first).sum(axis=1))
    imputer = KNNImputer(add_indicator=True)
    _sklearn.set_indicator(imputer, np.array([True, False]))
    assert imputer.indicator_.features_.tolist() == [0]


def test_birch_tree() -> None:
    X = np.random.default_rng(0).normal(size=(300, 2))
    whole = Birch(n_clusters=None, threshold=0.2, branching_factor=4).fit(X)
    begun = Birch(n_clusters=None, threshold=0.2, branching_factor=4).fit(X[:200])
    again = Birch(n_clusters=None, threshold=0.2, branching_factor=4)
    _sklearn.set_birch_tree(again, _sklearn.birch_tree(begun))
    again.n_features_in_ = 2
    again.partial_fit(X[200:])
    np.testing.assert_array_equal(again.subcluster_centers_, whole.subcluster_centers_)


def test_bisecting_tree() -> None:
    X = np.array([[0.0], [1.0], [9.0], [10.0]])
    fitted = BisectingKMeans(3, random_state=0).fit(X)

    def node(tree: Any) -> Any:
        halves = () if tree.left is None else (node(tree.left), node(tree.right))
        return SimpleNamespace(
            centre=tree.center, inertia=0.0, is_split=bool(halves), halves=halves
        )

    def leaves(of: Any) -> list[Any]:
        return [leaf for half in of.halves for leaf in leaves(half)] if of.halves else [of]

    root = node(fitted._bisecting_tree)
    expected = fitted.predict(X)
    fitted._bisecting_tree = _sklearn.bisecting_tree(root, leaves(root), lambda own: own.centre)
    np.testing.assert_array_equal(fitted.predict(X), expected)


class _Given:
    """Neighbours that were found elsewhere."""

    def __init__(self, model: Any, y: Any) -> None:
        self.model, self.y = model, y

    def nearest(self, X: Any, n_neighbors: int) -> Any:
        distances, indices = self.model.kneighbors(X, n_neighbors)
        places = np.arange(indices.size).reshape(indices.shape)
        return distances, places, self.y[indices.ravel()].reshape(indices.size, -1)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_neighbors_from_elsewhere(weights: str) -> None:
    X = np.random.default_rng(0).normal(size=(60, 2))
    y = np.array(["no", "yes"])[(X[:, 0] > 0).astype(int)]
    model = KNeighborsClassifier(weights=weights, algorithm="brute").fit(X, y)
    told = _sklearn.with_search(model, _Given(KNeighborsClassifier().fit(X, y), y))
    np.testing.assert_array_equal(told.predict(X[:9] + 0.1), model.predict(X[:9] + 0.1))
    found = told.predict_proba(X[:9] + 0.1)
    np.testing.assert_allclose(found, model.predict_proba(X[:9] + 0.1))
    numbers = KNeighborsRegressor(weights=weights).fit(X, X[:, 0])
    told = _sklearn.with_search(numbers, _Given(numbers, X[:, 0]))
    np.testing.assert_allclose(told.predict(X[:9] + 0.1), numbers.predict(X[:9] + 0.1))
    _sklearn.keep_no_rows(numbers)
    assert not hasattr(numbers, "_fit_X")
    _sklearn.set_row_count(numbers, 7)
    assert numbers.n_samples_fit_ == 7


def test_importances_of_coefficients_are_summed_over_outputs() -> None:
    model = Ridge()
    model.coef_ = np.array([[1.0, -2.0], [3.0, 0.5]])
    found = _sklearn.feature_importances(model, "auto")
    np.testing.assert_array_equal(found, [10.0, 4.25])


def test_stages_of_boosted_models() -> None:
    X, y = make_classification(80, 5, random_state=0)
    for model in (
        GradientBoostingClassifier(n_estimators=4),
        HistGradientBoostingClassifier(max_iter=4),
    ):
        *_, before_last, last = _sklearn.boosting_stages(model.fit(X, y), X)
        np.testing.assert_array_equal(last.predict_proba(X), model.predict_proba(X))
        assert (before_last.predict_proba(X) != model.predict_proba(X)).any()


def test_models_that_were_told_their_neighbours() -> None:
    X, y = make_classification(80, 5, random_state=0)
    model = KNeighborsClassifier(7, algorithm="brute").fit(X, y)
    distances, neighbours = model.kneighbors(X, n_neighbors=3)
    told = _sklearn.known_neighbours(model, 3, distances, neighbours)
    fewer = KNeighborsClassifier(3).fit(X, y)
    np.testing.assert_array_equal(told.predict_proba(X), fewer.predict_proba(X))
    assert model.n_neighbors == 7


def test_pruned_trees() -> None:
    X, y = make_classification(200, 5, random_state=0)
    whole = DecisionTreeClassifier(random_state=0).fit(X, y)
    expected = DecisionTreeClassifier(random_state=0, ccp_alpha=0.02).fit(X, y)
    pruned = _sklearn.pruned_tree(whole, 0.02)
    assert pruned.get_n_leaves() == expected.get_n_leaves() < whole.get_n_leaves()


def test_rows_of_boosted_estimators() -> None:
    X, y = make_classification(40, 5, random_state=0)
    model = AdaBoostClassifier(n_estimators=3, random_state=0).fit(X, y)
    rows = _sklearn.adaptive_rows(model, X.tolist())
    np.testing.assert_array_equal(rows, X)


def test_rows_of_forests() -> None:
    X, y = make_classification(40, 5, random_state=0)
    forest = RandomForestClassifier(3, random_state=0).fit(X, y)
    rows = _sklearn.forest_rows(forest, X)
    assert rows.dtype == np.float32
    answers = [tree.predict_proba(rows, check_input=False) for tree in forest.estimators_]
    np.testing.assert_array_equal(sum(answers) / 3, forest.predict_proba(X))


def test_scorers_of_predictions_alone() -> None:
    search = GridSearchCV(LogisticRegression(), {}, scoring=["accuracy", "roc_auc"], refit=False)
    several = _sklearn.joint_scorer(search)
    assert _sklearn.scorer_names(several) == ["accuracy", "roc_auc"]
    assert _sklearn.scores_predictions_only(several)
    plain = _sklearn.joint_scorer(GridSearchCV(LogisticRegression(), {}))
    assert _sklearn.scores_predictions_only(plain)
    assert _sklearn.scorer_names(plain) is None
    assert not _sklearn.scores_predictions_only(lambda model, X, y: 0.0)


def test_fits_that_failed() -> None:
    outcomes = [{"fit_error": "why", "test_scores": 0.0}, {"fit_error": None, "test_scores": 1.0}]
    with pytest.warns(FitFailedWarning, match="1 fits failed out of a total of 2"):
        _sklearn.settle_failures(outcomes, None, np.nan)
    by_hand = [
        {"fit_error": "why", "test_scores": 0.0},
        {"fit_error": None, "test_scores": {"a": 1}},
    ]
    with pytest.warns(FitFailedWarning):
        _sklearn.settle_failures(by_hand, lambda *_: {}, -1.0)
    assert by_hand[0]["test_scores"] == {"a": -1.0}
    model = Ridge().fit(np.eye(3), np.ones(3))
    assert _sklearn.score_fitted(model, np.eye(3), None, lambda *_: 2, {}, np.nan) == 2
    with pytest.warns(UserWarning, match="Scoring failed"):
        assert _sklearn.score_fitted(model, np.eye(3), None, lambda: 2, {}, -3.0) == -3.0
    with pytest.raises(ValueError, match="All the 1 fits failed"):
        _sklearn.settle_failures(outcomes[:1], None, np.nan)


def test_rows_and_parameters_of_a_split() -> None:
    X, y, rows = np.arange(12.0).reshape(6, 2), np.arange(6), np.array([1, 4])
    taken, target = _sklearn.rows_of_split(Ridge(), X, y, rows)
    np.testing.assert_array_equal(taken, X[rows])
    np.testing.assert_array_equal(target, rows)
    params = {"sample_weight": np.arange(6.0), "deep": True}
    found = _sklearn.fit_parameters(X, params, rows)
    np.testing.assert_array_equal(found["sample_weight"], rows)
    assert found["deep"] is True
    search = GridSearchCV(Ridge(), {})
    routed = _sklearn.routed_parameters(search, {"groups": y, **params})
    assert set(routed.estimator.fit) == {"sample_weight", "deep"}
    assert routed.splitter.split["groups"] is y


def test_columns_of_parameters() -> None:
    found = _sklearn.masked_parameters([{"a": 1}, {"b": "x"}])
    assert sorted(found) == ["param_a", "param_b"]
    assert found["param_a"].mask.tolist() == [False, True]


def test_sizes_of_learning_curves() -> None:
    np.testing.assert_array_equal(_sklearn.translated_train_sizes([0.1, 0.5, 1.0], 40), [4, 20, 40])
    np.testing.assert_array_equal(_sklearn.translated_train_sizes([30, 5], 40), [5, 30])
    with pytest.raises(ValueError, match="within"):
        _sklearn.translated_train_sizes([41], 40)


def test_names_of_scores() -> None:
    assert _sklearn.named_score(None, "neg_mean_squared_error", True) == "Mean squared error"
    assert _sklearn.named_score(None, None, False) == "Score"
    assert _sklearn.named_score("mine", "r2", False) == "mine"


def test_scorers_that_take_weights() -> None:
    with_weights = metrics.get_scorer("accuracy")
    without = metrics.make_scorer(metrics.max_error)
    several = metrics.check_scoring(LogisticRegression(), scoring=["accuracy", "f1"])
    own = metrics.check_scoring(LogisticRegression())
    found = [
        _sklearn.takes_weights_to_score(each) for each in (with_weights, without, several, own)
    ]
    assert found == [True, False, True, True]
    assert not _sklearn.takes_weights_to_score(lambda model, X, y: 0.0)


def test_responses_of_models() -> None:
    X = np.random.default_rng(0).normal(size=(20, 2))
    model = LogisticRegression().fit(X, X[:, 0] > 0)
    methods = ["predict_proba", "decision_function"]
    found = _sklearn.response_values(model, X, methods)
    np.testing.assert_array_equal(found, model.predict_proba(X)[:, 1])
    regressor = Ridge().fit(X, X[:, 0])
    found = _sklearn.response_values(regressor, X, "predict")
    np.testing.assert_array_equal(found, regressor.predict(X))


def test_scorers_of_several_metrics() -> None:
    model = Ridge()
    several = metrics.check_scoring(model, ["r2", "neg_mean_squared_error"])
    found = _sklearn.named_scores_of(several)
    assert found is not None
    assert list(found) == ["r2", "neg_mean_squared_error"]
    assert _sklearn.named_scores_of(metrics.check_scoring(model, "r2")) is None
