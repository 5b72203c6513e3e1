"""What we stand on in scikit-learn that is private, or not the same in every version we support.

`tests/test_sklearn_private.py` fails loudly when a release changes one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from copy import copy
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.cluster._birch import _CFNode, _CFSubcluster
from sklearn.cluster._bisect_k_means import _BisectingTree
from sklearn.cluster._k_means_lloyd import lloyd_iter_chunked_dense, lloyd_iter_chunked_sparse
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import LatentDirichletAllocation
from sklearn.decomposition._dict_learning import (
    _check_positive_coding,
    _sparse_encode,
    _update_dict,
)
from sklearn.decomposition._lda import _dirichlet_expectation_2d, _update_doc_distribution
from sklearn.decomposition._nmf import (
    _beta_divergence,
    _beta_loss_to_float,
    _multiplicative_update_h,
    _multiplicative_update_w,
)
from sklearn.decomposition._pca import _infer_dimension
from sklearn.feature_selection._base import _get_feature_importances
from sklearn.impute._iterative import _ImputerTriplet
from sklearn.metrics._scorer import (
    _check_multimetric_scoring,
    _MultimetricScorer,
    _PassthroughScorer,
    _Scorer,
)
from sklearn.mixture import GaussianMixture
from sklearn.mixture._gaussian_mixture import (
    _compute_precision_cholesky,
    _compute_precision_cholesky_from_precisions,
    _estimate_gaussian_parameters,
)
from sklearn.model_selection._search import BaseSearchCV, _yield_masked_array_for_each_param
from sklearn.model_selection._validation import (
    _insert_error_scores,
    _score,
    _translate_train_sizes,
    _warn_or_raise_about_fit_failures,
)
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import FeatureUnion, _transform_one
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder
from sklearn.preprocessing._data import _handle_zeros_in_scale, _is_constant_feature
from sklearn.utils import Bunch, _safe_indexing, check_random_state
from sklearn.utils._mask import _get_mask
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from sklearn.utils._plotting import _validate_score_name
from sklearn.utils._set_output import _get_output_config
from sklearn.utils._user_interface import _print_elapsed_time
from sklearn.utils.metaestimators import _safe_split
from sklearn.utils.validation import _check_method_params, validate_data

from skdask.levels import level_rows

__all__ = [
    "MULTI_TASK_WEIGHS",
    "RATIO_OF_MEANS",
    "MixtureMessages",
    "Rounds",
    "_PassthroughScorer",
    "_Scorer",
    "begin_dictionary",
    "begin_nmf",
    "begin_topics",
    "bins_of_columns",
    "birch_tree",
    "bisecting_tree",
    "boosting_stages",
    "by_levels",
    "callback_management",
    "change_of_rows",
    "check_mixture",
    "check_positive_coding",
    "check_refit_metric",
    "check_resources",
    "column_branches",
    "dictionary_batch",
    "discriminant_weight",
    "encoder_columns",
    "feature_importances",
    "filled_rows",
    "fit_categories",
    "fit_encoder",
    "fit_parameters",
    "fit_splines",
    "forest_rows",
    "format_results",
    "gaussian_moments",
    "infer_dimension",
    "is_constant",
    "joint_scorer",
    "keep_no_rows",
    "known_neighbours",
    "lloyd_labels",
    "lloyd_means",
    "masked_parameters",
    "missing_mask",
    "mixture_bound",
    "mixture_offsets",
    "mixture_parameters",
    "named_scorers",
    "next_dictionary",
    "nmf_batch",
    "nmf_beta",
    "nmf_component_parts",
    "nmf_divergence",
    "nmf_weights",
    "openmp_threads",
    "ordinal_codes",
    "output_container",
    "print_elapsed_time",
    "pruned_tree",
    "routed_parameters",
    "rows_of_split",
    "scale_of_columns",
    "scale_without_zeros",
    "score_fitted",
    "scorer_names",
    "scores_predictions_only",
    "search_scorers",
    "select_best_index",
    "set_birch_tree",
    "set_category_counts",
    "set_components",
    "set_discrete_counts",
    "set_first_components",
    "set_indicator",
    "set_mixture_parameters",
    "set_row_count",
    "set_topics",
    "settle_failures",
    "sparse_codes",
    "topic_bound",
    "topic_words",
    "validate_params",
    "with_search",
]

_BEFORE_1_9 = tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 9)

# whether models of several targets weigh their rows
MULTI_TASK_WEIGHS = not _BEFORE_1_9
# `l1_ratio_` of a LogisticRegressionCV that takes means over folds and has no ratio to choose
RATIO_OF_MEANS: float | None = None if _BEFORE_1_9 else 0.0


def discriminant_weight(n_rows: int, n_stand_in: int, n_classes: int = 1) -> float:
    """The weight by which a few rows stand for others, to a discriminant's svd solver.

    Rows of the covariance that is the scatter over this weight. Before 1.9 the solver took the
    number of classes from the number of rows before it divided by it.
    """
    if not _BEFORE_1_9:
        return float(n_rows)
    return n_stand_in * (n_rows - n_classes) / (n_stand_in - n_classes)


def scale_of_columns(
    variance: NDArray[np.float64], mean: NDArray[np.float64], n_samples: Any
) -> NDArray[np.float64]:
    """Standard deviations, with one in the place of those of (nearly) constant columns."""
    constant = _is_constant_feature(variance, mean, n_samples)
    return _handle_zeros_in_scale(np.sqrt(variance), copy=False, constant_mask=constant)


def scale_without_zeros(scale: NDArray[np.floating]) -> NDArray[np.floating]:
    """Scales with one in the place of those of (nearly) zero."""
    return _handle_zeros_in_scale(scale, copy=False)


def is_constant(
    variance: NDArray[np.float64], mean: NDArray[np.float64], n_samples: Any
) -> NDArray[np.bool_]:
    """Which columns do not vary, up to rounding."""
    return _is_constant_feature(variance, mean, n_samples)


def fit_splines(splines: BaseEstimator, X: Any, base_knots: NDArray[np.floating]) -> None:
    """Fit a SplineTransformer with the knots that it would have found in all rows."""
    vars(splines)["_get_base_knot_positions"] = lambda *_, **__: base_knots
    try:
        splines.fit(X)
    finally:
        del vars(splines)["_get_base_knot_positions"]


def bins_of_columns(discretizer: BaseEstimator, n_features: int) -> NDArray[np.int64]:
    """How many bins each column gets; an error where the parameter does not say so."""
    return discretizer._validate_n_bins(n_features)


def infer_dimension(explained_variance: NDArray[np.float64], n_samples: int) -> int:
    """Minka's maximum likelihood choice of the number of components."""
    return int(_infer_dimension(explained_variance, n_samples))


def feature_importances(estimator: BaseEstimator, getter: Any) -> NDArray[np.float64]:
    """How much each feature counts, by which `RFE` leaves some out."""
    return np.ravel(_get_feature_importances(estimator, getter, transform_func="square"))


def lloyd_labels(X: Any, centres: NDArray[np.float64]) -> NDArray[np.int32]:
    """The nearest centre of each row: dense rows in C order or compressed ones, in float64."""
    labels = np.empty(X.shape[0], np.int32)
    unused = np.empty(len(centres))
    step = lloyd_iter_chunked_sparse if sparse.issparse(X) else lloyd_iter_chunked_dense
    # one thread: blocks are what runs in parallel
    step(X, np.ones(X.shape[0]), centres, None, None, labels, unused, 1, False)
    return labels


def lloyd_means(
    X: Any, weight: NDArray[np.float64], centres: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Labels, and the mean and weight of the rows of each centre.

    Where no row is next to a centre the kernel moves other rows to it: such means are not used.
    """
    labels = np.empty(X.shape[0], np.int32)
    means, weights, shift = np.zeros_like(centres), np.zeros(len(centres)), np.zeros(len(centres))
    step = lloyd_iter_chunked_sparse if sparse.issparse(X) else lloyd_iter_chunked_dense
    step(X, weight, centres, means, weights, labels, shift, 1, True)
    return labels, means, weights


def bisecting_tree(root: Any, leaves: list[Any], centre_of: Callable[[Any], Any]) -> Any:
    """The tree by which `BisectingKMeans` predicts, of nodes with ``is_split`` and ``halves``."""
    tree = _BisectingTree(center=centre_of(root), indices=None, score=root.inertia)
    if root.is_split:
        tree.left, tree.right = (bisecting_tree(half, leaves, centre_of) for half in root.halves)
    else:
        tree.label = next(number for number, leaf in enumerate(leaves) if leaf is root)
    return tree


def birch_tree(plain: Any) -> dict[str, NDArray[Any]]:
    """The tree of a Birch as arrays: nodes, their subclusters, and the leaves in their order."""
    nodes = [plain.root_]
    for node in nodes:  # which grows on the way
        nodes += [each.child_ for each in node.subclusters_ if each.child_ is not None]
    place = {id(node): number for number, node in enumerate(nodes)}
    every = [each for node in nodes for each in node.subclusters_]
    return {
        "is_leaf": np.array([node.is_leaf for node in nodes]),
        "lengths": np.array([len(node.subclusters_) for node in nodes]),
        "leaves": np.array([place[id(leaf)] for leaf in plain._get_leaves()]),
        "children": np.array([-1 if s.child_ is None else place[id(s.child_)] for s in every]),
        "counts": np.array([each.n_samples_ for each in every]),
        "sums": np.array([each.linear_sum_ for each in every]),
        "squares": np.array([each.squared_sum_ for each in every]),
        "centroids": np.array([each.centroid_ for each in every]),
        "norms": np.array([each.sq_norm_ for each in every]),
    }


def set_birch_tree(plain: Any, tree: dict[str, NDArray[Any]]) -> None:
    """Give a Birch the tree that `birch_tree` took from one, with nothing in common with it."""
    sums = tree["sums"]

    def new(is_leaf: bool) -> Any:
        return _CFNode(
            threshold=plain.threshold, branching_factor=plain.branching_factor, is_leaf=is_leaf,
            n_features=sums.shape[1], dtype=sums.dtype,
        )  # fmt: skip

    nodes = [new(bool(is_leaf)) for is_leaf in tree["is_leaf"]]
    owners = np.repeat(np.arange(len(nodes)), tree["lengths"])
    for number, owner in enumerate(owners):
        own = _CFSubcluster()
        own.n_samples_ = int(tree["counts"][number])
        own.linear_sum_ = sums[number].copy()
        own.squared_sum_ = tree["squares"][number]
        own.centroid_ = tree["centroids"][number].copy()
        own.sq_norm_ = tree["norms"][number]
        child = int(tree["children"][number])
        own.child_ = None if child < 0 else nodes[child]
        nodes[owner].append_subcluster(own)
    before = plain.dummy_leaf_ = new(True)
    for number in tree["leaves"]:
        before.next_leaf_, nodes[number].prev_leaf_ = nodes[number], before
        before = nodes[number]
    plain.root_ = nodes[0]


def openmp_threads() -> int:
    """Threads that scikit-learn's own fit would leave in an estimator for its `predict`."""
    return int(_openmp_effective_n_threads())


def output_container(estimator: BaseEstimator) -> str:
    """The container that `set_output` chose for `transform`: "default", "pandas" or "polars"."""
    return str(_get_output_config("transform", estimator)["dense"])


def print_elapsed_time(source: str, message: str | None) -> AbstractContextManager[None]:
    """Print a step's time when it is over; nothing where the message is None."""
    return _print_elapsed_time(source, message)


def callback_management(estimator: BaseEstimator) -> AbstractContextManager[None]:
    """Tear the estimator's callbacks down at the end; only where it has some, so from 1.9 on."""
    from sklearn.callback._callback_support import callback_management_context

    return callback_management_context(estimator)


def validate_params(estimator: Any) -> None:
    """Check the constructor's parameters as scikit-learn's `fit` does."""
    if hasattr(estimator, "_parameter_constraints"):  # which those without parameters have not
        estimator._validate_params()


def named_scorers(estimator: BaseEstimator, scoring: Any) -> dict[str, Any]:
    """Scorers by name from a list of names or a mapping."""
    return dict(_check_multimetric_scoring(estimator, scoring))


def search_scorers(search: BaseSearchCV) -> tuple[Any, str]:
    """The scorer of a search, or a dict of several, and the metric that `refit` goes by."""
    scorers, refit_metric = search._get_scorers()
    if isinstance(scorers, _MultimetricScorer):
        return dict(scorers._scorers), refit_metric
    return scorers, refit_metric


def format_results(
    search: BaseSearchCV,
    candidates: list[dict[str, Any]],
    n_splits: int,
    outcomes: list[dict[str, Any]],
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """`cv_results_` from the outcomes of all fits, candidate by candidate, split by split."""
    return dict(search._format_results(candidates, n_splits, outcomes, more))


def select_best_index(search: BaseSearchCV, refit_metric: str, results: dict[str, Any]) -> int:
    """The row of `cv_results_` that `refit` chooses."""
    return search._select_best_index(search.refit, refit_metric, results)


def mixture_offsets(plain: Any) -> NDArray[np.float64]:
    """Logarithm of the weighted density of each component at its mean."""
    twin = copy(plain)
    # at the origin, where no rounding of far means can enter
    twin.means_ = np.zeros_like(plain.means_)
    return np.asarray(twin._estimate_weighted_log_prob(twin.means_[:1])[0])


def check_mixture(plain: Any, X: NDArray[np.floating]) -> None:
    """Check a mixture's parameters; its priors are taken from rows with the data's moments."""
    plain._check_parameters(X, xp=np)


def set_components(
    plain: Any,
    weights: NDArray[np.float64],
    means: NDArray[np.float64],
    covariances: NDArray[np.float64],
) -> None:
    """The last part of scikit-learn's M-step: from moments of the components to parameters."""
    if isinstance(plain, GaussianMixture):
        plain.weights_ = weights / weights.sum()
        plain.means_ = means
        plain.covariances_ = covariances
        plain.precisions_cholesky_ = _compute_precision_cholesky(covariances, plain.covariance_type)
        return
    plain._estimate_weights(weights)
    plain._estimate_means(weights, means)
    plain._estimate_precisions(weights, means, covariances)


def set_first_components(
    plain: Any, moments: tuple[NDArray[np.float64], ...] | None, n_rows: int
) -> None:
    """What scikit-learn starts from: components from moments, or as the user has given them.

    ``moments`` are weights, means and covariances; None where all is given.
    """
    if not isinstance(plain, GaussianMixture):
        assert moments is not None
        set_components(plain, *moments)
        return
    if moments is not None:
        weights, plain.means_, plain.covariances_ = moments
        # not normalised, as there
        plain.weights_ = weights / n_rows
        if plain.precisions_init is None:
            plain.precisions_cholesky_ = _compute_precision_cholesky(
                plain.covariances_, plain.covariance_type
            )
    if plain.weights_init is not None:
        plain.weights_ = plain.weights_init
    if plain.means_init is not None:
        plain.means_ = plain.means_init
    if plain.precisions_init is not None:
        plain.precisions_cholesky_ = _compute_precision_cholesky_from_precisions(
            plain.precisions_init, plain.covariance_type, xp=np
        )


def mixture_bound(plain: Any, log_likelihood: float, entropy: float) -> Any:
    """The lower bound of a mixture after an M-step; ``log_likelihood`` is a mean over rows.

    A number, but for Bayesian mixtures of tied covariances, where it is an array of one.
    """
    # a responsibility of one has no entropy, which leaves the other terms
    bound = plain._compute_lower_bound(np.zeros((1, 1)), np.float64(log_likelihood))
    return bound if isinstance(plain, GaussianMixture) else bound + entropy


def mixture_parameters(plain: Any) -> tuple[Any, ...]:
    """What makes a mixture, to be given to `set_mixture_parameters`."""
    return tuple(plain._get_parameters())


def set_mixture_parameters(plain: Any, parameters: tuple[Any, ...]) -> None:
    plain._set_parameters(parameters)


class MixtureMessages:
    """What scikit-learn prints of a run of a mixture, as far as ``verbose`` says."""

    def __init__(self, plain: Any) -> None:
        self._plain = plain

    def begin(self, run: int) -> None:
        self._plain._print_verbose_msg_init_beg(run)

    def iteration(self, number: int, change: float) -> None:
        self._plain._print_verbose_msg_iter_end(number, change)

    def end(self, bound: float, converged: bool) -> None:
        self._plain._print_verbose_msg_init_end(bound, converged)


def gaussian_moments(
    X: NDArray[np.float64], shares: NDArray[np.float64], plain: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Weights, means and covariances of components that rows in memory belong to by shares."""
    weights, means, covariances = _estimate_gaussian_parameters(
        X, shares, plain.reg_covar, plain.covariance_type
    )
    return weights, means, covariances


def encoder_columns(X: Any) -> list[NDArray[Any]]:
    """The columns of a frame or an array as scikit-learn's encoders take them, checked."""
    columns, _, _ = OneHotEncoder()._check_X(X, ensure_all_finite="allow-nan")
    return list(columns)


def fit_encoder(
    encoder: BaseEstimator,
    X: Any,
    values: list[NDArray[Any]],
    count_of: Callable[[int, NDArray[Any]], NDArray[np.int64]],
    n_samples: int,
) -> None:
    """Fit an encoder as if on rows with these values.

    ``X`` has the names of the columns; ``count_of`` says how often categories of a column occur.
    """
    infrequent = encoder._fit_infrequent_category_mapping

    def with_counts(n_rows: int, _: Any, missing: Any) -> None:
        counts = [count_of(column, kinds) for column, kinds in enumerate(encoder.categories_)]
        infrequent(n_rows, counts, missing)

    own = vars(encoder)
    own["_check_X"] = lambda X, ensure_all_finite=True: (values, n_samples, len(values))
    own["_fit_infrequent_category_mapping"] = with_counts
    try:
        encoder.fit(X)
    finally:
        del own["_check_X"], own["_fit_infrequent_category_mapping"]


def fit_categories(
    encoder: BaseEstimator, X: Any, values: list[NDArray[Any]], n_samples: int
) -> None:
    """Let a TargetEncoder find its categories as if on rows with these values."""
    vars(encoder)["_check_X"] = lambda X, ensure_all_finite=True: (values, n_samples, len(values))
    try:
        encoder._fit(X, handle_unknown="ignore", ensure_all_finite="allow-nan")
    finally:
        del vars(encoder)["_check_X"]


def ordinal_codes(encoder: BaseEstimator, X: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The number of each value's category in its column, and whether it has one."""
    options = {"handle_unknown": "ignore", "ensure_all_finite": "allow-nan"}
    return by_levels(encoder)._transform(X, **options)


class _ByLevels:
    """An encoder that looks up each distinct value of a column, and no other."""

    def _transform(self, X: Any, **options: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        if len(getattr(X, "shape", ())) != 2 or not X.shape[0] or sparse.issparse(X):
            # for scikit-learn to refuse
            return super()._transform(X, **options)  # type: ignore[misc]
        levels, codes = level_rows(X)
        found, known = super()._transform(levels, **options)  # type: ignore[misc]
        n_rows, n_columns = X.shape
        numbers = np.empty((n_rows, n_columns), found.dtype)
        for column, code in enumerate(codes):
            numbers[:, column] = found[code, column]
        if known.all():
            return numbers, np.ones((n_rows, n_columns), dtype=bool)
        return numbers, np.column_stack([known[code, j] for j, code in enumerate(codes)])


class _LevelOneHotEncoder(_ByLevels, OneHotEncoder):
    pass


class _LevelOrdinalEncoder(_ByLevels, OrdinalEncoder):
    pass


class _LevelTargetEncoder(_ByLevels, TargetEncoder):
    pass


_LEVEL_ENCODERS: dict[type, Any] = {
    OneHotEncoder: _LevelOneHotEncoder,
    OrdinalEncoder: _LevelOrdinalEncoder,
    TargetEncoder: _LevelTargetEncoder,
}


class _SerialColumnTransformer(ColumnTransformer):
    """Branches one after the other: blocks are what runs in parallel.

    scikit-learn's own way sets the filters of warnings anew for every branch, which threads share.
    """

    def _call_func_on_transformers(
        self, X: Any, y: Any, func: Any, column_as_labels: bool, routed_params: Any
    ) -> list[Any]:
        branches = self._iter(
            fitted=True,
            column_as_labels=column_as_labels,
            skip_drop=True,
            skip_empty_columns=True,
        )
        return [
            func(
                transformer=transformer,
                X=_safe_indexing(X, columns, axis=1),
                y=y,
                weight=weight,
                params=routed_params[name],
            )
            for name, transformer, columns, weight in branches
        ]


class _SerialFeatureUnion(FeatureUnion):
    """Transformers one after the other, as the branches of `_SerialColumnTransformer`."""

    def transform(self, X: Any) -> Any:
        nothing = Bunch(transform={})
        parts = [
            _transform_one(transformer, X, None, weight, params=nothing)
            for _, transformer, weight in self._iter()
        ]
        return self._hstack(parts) if parts else np.zeros((X.shape[0], 0))


_IN_BLOCKS: dict[type, Any] = {
    **_LEVEL_ENCODERS,
    ColumnTransformer: _SerialColumnTransformer,
    FeatureUnion: _SerialFeatureUnion,
}


def by_levels(estimator: Any) -> Any:
    """What gives the same in less time on blocks in many threads; anything else as it is."""
    kind = _IN_BLOCKS.get(type(estimator))
    if kind is None:
        return estimator
    twin = kind.__new__(kind)
    vars(twin).update(vars(estimator))
    return twin


def missing_mask(X: Any, missing_values: Any) -> Any:
    """Which values are missing, of an array or of what a sparse one stores."""
    return _get_mask(X, missing_values)


def set_indicator(imputer: Any, gaps: NDArray[np.bool_]) -> None:
    """Give an imputer the indicator of the columns that have gaps, where it adds one."""
    imputer._fit_indicator(gaps[np.newaxis])


class Rounds:
    """The parts of an IterativeImputer's fit and transform that know no rows but those given."""

    def __init__(self, imputer: Any, initial: Any, empty: NDArray[np.bool_]) -> None:
        self.imputer = imputer
        imputer.random_state_ = check_random_state(imputer.random_state)
        imputer.initial_imputer_ = initial
        imputer.imputation_sequence_ = []
        imputer._is_empty_feature = empty
        for end in ("min", "max"):
            limit = imputer._validate_limit(
                getattr(imputer, f"{end}_value"),
                end,
                len(empty),
                empty,
                imputer.keep_empty_features,
            )
            setattr(imputer, f"_{end}_value", limit)
        if not (imputer._max_value > imputer._min_value).all():
            raise ValueError("One (or more) features have min_value >= max_value.")

    def order(self, shares: NDArray[np.float64]) -> list[int]:
        """In which order features are imputed, by the shares of their rows that miss them."""
        return [int(feature) for feature in self.imputer._get_ordered_idx(shares[np.newaxis])]

    def add(self, feature: int, others: NDArray[np.intp], estimator: Any) -> None:
        """Go on with a fitted estimator of a feature."""
        self.imputer.imputation_sequence_.append(_ImputerTriplet(feature, others, estimator))


def filled_rows(
    imputer: Any, X: NDArray[np.floating], steps: Any
) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """Rows after some steps of an IterativeImputer, and which of their values are missing."""
    _, filled, gaps, _ = imputer._initial_imputation(X.copy(order="F"), in_fit=False)
    return _after_steps(imputer, filled, gaps, steps), gaps


def _after_steps(imputer: Any, filled: Any, gaps: Any, steps: Any) -> Any:
    for step in steps:
        filled, _ = imputer._impute_one_feature(
            filled, gaps, step.feat_idx, step.neighbor_feat_idx, step.estimator, fit_mode=False
        )
    return filled


def change_of_rows(
    imputer: Any, X: NDArray[np.floating], before: Any, after: Any
) -> NDArray[np.floating]:
    """By how much some more steps change each row, summed over its values."""
    filled, gaps = filled_rows(imputer, X, before)
    start = filled.copy()
    return np.abs(_after_steps(imputer, filled, gaps, after) - start).sum(axis=1)


def column_branches(transformer: BaseEstimator, X: Any) -> list[tuple[str, Any, list[int]]]:
    """The branches of a ColumnTransformer on such an X that have columns, with their positions."""
    validate_data(transformer, X=X, skip_check_array=True)
    transformer._validate_transformers()
    transformer._validate_column_callables(X)
    transformer._validate_remainder(X)
    branches = transformer._iter(
        fitted=False, column_as_labels=False, skip_drop=True, skip_empty_columns=True
    )
    positions = transformer._transformer_to_input_indices
    return [(name, inner, list(positions[name])) for name, inner, _, _ in branches]


class _AsFitted:
    """A fitted transformer of targets, as a transformer that a fit leaves as it is."""

    def __init__(self, fitted: Any) -> None:
        self._fitted = fitted
        self.transform = fitted.transform
        self.inverse_transform = fitted.inverse_transform

    def __sklearn_clone__(self) -> _AsFitted:
        return self

    def fit(self, _: Any) -> _AsFitted:
        return self


def fit_target_transformer(
    regressor: BaseEstimator, y: NDArray[Any], fitted: BaseEstimator | None = None
) -> None:
    """Let a TransformedTargetRegressor fit its transformer on targets, and check that it inverts.

    A transformer that is fitted already is only checked.
    """
    if fitted is None:
        regressor._fit_transformer(y)
        return
    regressor.transformer = _AsFitted(fitted)
    regressor._fit_transformer(y)
    regressor.transformer_ = fitted


def with_search(plain: Any, search: Any) -> Any:
    """A fitted estimator of neighbours whose rows are found elsewhere.

    ``search`` has `nearest(X, n_neighbors)` and `within(X, radius)`, which give distances, numbers
    of rows and, for an estimator with a target, the target of each neighbour: as the rows of one
    table, in which the numbers are then places.
    """
    twin = copy(plain)
    # none of its own, so that every method comes through the two below
    twin._fit_method = "elsewhere"
    methods = vars(twin)

    def kneighbors(X: Any = None, n_neighbors: Any = None, return_distance: bool = True) -> Any:
        count = twin.n_neighbors if n_neighbors is None else n_neighbors
        distances, indices, targets = search.nearest(X, count)
        if targets is not None:
            twin._y = _coded_targets(twin, targets)
        return (distances, indices) if return_distance else indices

    def radius_neighbors(
        X: Any = None, radius: Any = None, return_distance: bool = True, sort_results: bool = False
    ) -> Any:
        if sort_results and not return_distance:
            raise ValueError("return_distance must be True if sort_results is True.")
        reach = twin.radius if radius is None else radius
        distances, indices, targets = search.within(X, reach, sort_results)
        if targets is not None:
            twin._y = _coded_targets(twin, targets)
        return (distances, indices) if return_distance else indices

    methods["kneighbors"] = kneighbors
    methods["radius_neighbors"] = radius_neighbors
    return twin


def _coded_targets(plain: Any, targets: NDArray[Any]) -> NDArray[Any]:
    """The targets as scikit-learn keeps them: numbers of classes for a classifier."""
    if hasattr(plain, "classes_"):
        classes = plain.classes_ if plain.outputs_2d_ else [plain.classes_]
        columns = [np.searchsorted(own, targets[:, k]) for k, own in enumerate(classes)]
        targets = np.column_stack(columns).astype(np.intp, copy=False)
        return targets if plain.outputs_2d_ else targets.ravel()
    return targets if plain._y.ndim == 2 else targets.ravel()


def keep_no_rows(plain: Any) -> None:
    """Take from a fitted estimator of neighbours the rows that it was fitted on."""
    vars(plain).pop("_fit_X", None)
    vars(plain).pop("_tree", None)


def set_row_count(plain: Any, count: int) -> None:
    """Tell a fitted estimator of neighbours how many rows there are."""
    plain.n_samples_fit_ = count
    if hasattr(plain, "_n_features_out"):
        plain._n_features_out = count


def set_discrete_counts(
    model: Any,
    classes: NDArray[Any],
    class_count: NDArray[np.float64],
    feature_count: NDArray[np.float64],
) -> None:
    """The last part of the fit of a discrete naive Bayes: from counts to probabilities."""
    model.classes_ = classes
    model.class_count_ = class_count
    model.feature_count_ = feature_count
    if isinstance(model, ComplementNB):
        model.feature_all_ = feature_count.sum(axis=0)
    model._update_feature_log_prob(model._check_alpha())
    model._update_class_log_prior(class_prior=model.class_prior)


def set_category_counts(
    model: Any,
    classes: NDArray[Any],
    class_count: NDArray[np.float64],
    category_counts: Sequence[NDArray[np.float64]],
    n_categories: NDArray[np.int64],
) -> None:
    """The same for CategoricalNB, whose counts have as many columns as there are categories."""
    highest = (n_categories - 1)[np.newaxis]
    model.classes_ = classes
    model.class_count_ = class_count
    model.n_categories_ = model._validate_n_categories(highest, model.min_categories)
    model.category_count_ = [
        np.pad(counts, [(0, 0), (0, int(number) - counts.shape[1])])
        for counts, number in zip(category_counts, model.n_categories_, strict=True)
    ]
    model._update_feature_log_prob(model._check_alpha())
    model._update_class_log_prior(class_prior=model.class_prior)


def nmf_beta(loss: Any) -> float:
    """The number of a beta divergence that may have a name."""
    return float(_beta_loss_to_float(loss))


def nmf_weights(
    X: Any, W: NDArray[np.float64], H: NDArray[np.float64], beta: float, l1: float, l2: float,
    gamma: float,
) -> NDArray[np.float64]:  # fmt: skip
    """Weights after a multiplicative update, which may be the given ones, changed."""
    updated: NDArray[np.float64] = _multiplicative_update_w(X, W, H, beta, l1, l2, gamma)[0]
    return updated


def nmf_component_parts(
    X: Any, W: NDArray[np.float64], H: NDArray[np.float64], beta: float, gamma: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Numerator and denominator whose ratio to the power of gamma are the next components."""
    numerator, denominator = np.zeros_like(H), np.zeros_like(H)
    _multiplicative_update_h(
        X, W, H.copy(), beta, 0.0, 0.0, gamma, A=numerator, B=denominator, rho=1.0
    )
    return numerator, denominator


def nmf_divergence(X: Any, W: NDArray[np.float64], H: NDArray[np.float64], beta: float) -> float:
    """The beta divergence of rows from W H."""
    return float(_beta_divergence(X, W, H, beta))


def begin_topics(plain: Any, n_features: int) -> None:
    """Give an allocation its priors and its random first topics."""
    plain._init_latent_vars(n_features)


def set_topics(plain: Any, components: NDArray[np.float64]) -> None:
    """Give an allocation its topics, and what follows from them."""
    plain.components_ = components
    plain.exp_dirichlet_component_ = np.exp(_dirichlet_expectation_2d(components))


def topic_words(
    X: Any, components: NDArray[np.float64], doc_prior: float, updates: int, tol: float,
    random: np.random.RandomState,
) -> NDArray[np.float64]:  # fmt: skip
    """Words of documents, shared among topics: the statistics of an expectation step."""
    topics = np.exp(_dirichlet_expectation_2d(components))
    _, words = _update_doc_distribution(X, topics, doc_prior, updates, tol, True, random)
    shared: NDArray[np.float64] = words * topics
    return shared


def topic_bound(
    X: Any, components: NDArray[np.float64], doc_prior: float, word_prior: float, updates: int,
    tol: float, with_topics: bool = False,
) -> float:  # fmt: skip
    """The variational bound of documents, and of the topics themselves where asked for."""
    plain = LatentDirichletAllocation(
        len(components), max_doc_update_iter=updates, mean_change_tol=tol
    )
    plain.doc_topic_prior_, plain.topic_word_prior_ = doc_prior, word_prior
    set_topics(plain, components)
    none = np.zeros((0, X.shape[1]))
    own = plain._approx_bound(none, np.zeros((0, len(components))), sub_sampling=False)
    if X.shape[0] == 0:
        return float(own) if with_topics else 0.0
    of_documents, _ = _update_doc_distribution(
        X, plain.exp_dirichlet_component_, doc_prior, updates, tol, False, None
    )
    bound = plain._approx_bound(X, of_documents, sub_sampling=False)
    return float(bound if with_topics else bound - own)


def nothing_of_shape(n_rows: int, n_features: int) -> NDArray[np.float64]:
    """Rows of which only the shape is looked at; they take no memory."""
    return np.broadcast_to(np.float64(0.0), (n_rows, n_features))


def begin_nmf(plain: Any, n_rows: int, components: NDArray[np.float64]) -> None:
    """Prepare a MiniBatchNMF for its first batch."""
    plain._check_params(nothing_of_shape(n_rows, components.shape[1]))
    plain.components_ = components.copy()
    plain._components_numerator = components.copy()
    plain._components_denominator = np.ones(components.shape)
    plain._ewa_cost = plain._ewa_cost_min = None
    plain._no_improvement = plain.n_steps_ = 0


def nmf_batch(plain: Any, X: Any, n_rows: int, max_iter: int) -> bool:
    """A step of a MiniBatchNMF, and whether it has converged."""
    thin = bool(sparse.issparse(X))
    batch: Any = sparse.csr_matrix(X) if thin else X
    values = batch.data if thin else batch
    if values.size and values.min() < 0.0:
        raise ValueError("Negative values in data passed to MiniBatchNMF (input X)")
    before = plain.components_.copy()
    cost = plain._minibatch_step(batch, None, plain.components_, True)
    steps = max_iter * int(np.ceil(n_rows / plain._batch_size))
    converged = plain._minibatch_convergence(
        batch, cost, plain.components_, before, n_rows, plain.n_steps_, steps
    )
    plain.n_steps_ += 1
    return bool(converged)


def begin_dictionary(
    plain: Any, n_rows: int, n_features: int, dictionary: Any, random: np.random.RandomState
) -> None:
    """Prepare a MiniBatchDictionaryLearning for its first batch."""
    nothing = nothing_of_shape(n_rows, n_features)
    plain._check_params(nothing)
    given, plain.dict_init = plain.dict_init, np.array(dictionary, np.float64)
    plain.components_ = plain._initialize_dict(nothing, random)
    plain.dict_init = given
    plain._random_state = random
    size = plain._n_components
    plain._A, plain._B = np.zeros((size, size)), np.zeros((n_features, size))
    plain._ewa_cost = plain._ewa_cost_min = None
    plain._no_improvement = plain.n_steps_ = 0


def dictionary_batch(plain: Any, X: Any, n_rows: int, max_iter: int) -> bool:
    """A step of a MiniBatchDictionaryLearning, and whether it has converged."""
    before = plain.components_.copy()
    cost = plain._minibatch_step(X, plain.components_, plain._random_state, plain.n_steps_)
    steps = max_iter * int(np.ceil(n_rows / plain._batch_size))
    converged = plain._check_convergence(
        X, cost, plain.components_, before, n_rows, plain.n_steps_, steps
    )
    plain.n_steps_ += 1
    return bool(converged)


def check_positive_coding(method: str, positive: bool) -> None:
    """Raise where codes cannot be positive."""
    _check_positive_coding(method, positive)


def sparse_codes(
    X: NDArray[np.float64], dictionary: NDArray[np.float64], method: str, alpha: float,
    max_iter: int, positive: bool,
) -> NDArray[np.float64]:  # fmt: skip
    """Codes of rows for a dictionary."""
    codes: NDArray[np.float64] = _sparse_encode(
        X, dictionary, algorithm=method, alpha=alpha, n_jobs=1, max_iter=max_iter,
        positive=positive,
    )  # fmt: skip
    return codes


def next_dictionary(
    dictionary: NDArray[np.float64], rows: NDArray[np.float64], gram: NDArray[np.float64],
    cross: NDArray[np.float64], random: np.random.RandomState, positive: bool,
) -> NDArray[np.float64]:  # fmt: skip
    """Atoms from products of codes and rows; unused ones are drawn among some rows."""
    updated = np.array(dictionary, order="F")
    codes = np.zeros((len(rows), len(dictionary)))
    _update_dict(updated, rows, codes, gram, cross, random_state=random, positive=positive)
    return updated


def masked_parameters(candidates: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The columns ``param_...`` of `cv_results_`, masked where a candidate has no such one."""
    return dict(_yield_masked_array_for_each_param(candidates))


def joint_scorer(search: BaseSearchCV) -> Any:
    """The one callable by which a search scores a fit, whether by one metric or by several."""
    return search._get_scorers()[0]


def scores_predictions_only(scorer: Any) -> bool:
    """Whether a scorer asks a model for nothing but predictions of the rows that it is given."""
    if isinstance(scorer, _MultimetricScorer):
        return all(map(scores_predictions_only, scorer._scorers.values()))
    return isinstance(scorer, _Scorer | _PassthroughScorer)


def scorer_names(scorer: Any) -> list[str] | None:
    """The names of several scores; None for one, or for a callable that has yet to tell."""
    return list(scorer._scorers) if isinstance(scorer, _MultimetricScorer) else None


def fit_parameters(X: Any, params: dict[str, Any], rows: Any) -> dict[str, Any]:
    """Parameters of a fit or a score, those as long as X cut to some of its rows."""
    return dict(_check_method_params(X, params=params, indices=rows))


def score_fitted(
    estimator: Any, X: Any, y: Any, scorer: Any, params: dict[str, Any], error_score: Any
) -> Any:
    """The scores of a fit: a number, or a dict of them; `error_score` where scoring fails."""
    return _score(estimator, X, y, scorer, params, error_score)


def rows_of_split(estimator: Any, X: Any, y: Any, rows: Any, train: Any = None) -> tuple[Any, Any]:
    """Rows of X, of which a precomputed kernel has as many columns, and of y."""
    found: tuple[Any, Any] = _safe_split(estimator, X, y, rows, train)
    return found


def settle_failures(outcomes: list[dict[str, Any]], scoring: Any, error_score: Any) -> None:
    """Warn of fits that failed and give them their scores; an error where all have."""
    _warn_or_raise_about_fit_failures(outcomes, error_score)
    if callable(scoring):
        _insert_error_scores(outcomes, error_score)


def routed_parameters(search: BaseSearchCV, params: dict[str, Any]) -> Any:
    """Fit parameters by where they go: ``estimator.fit``, ``splitter.split``, ``scorer.score``."""
    return search._get_routed_params_for_fit(params)


def check_resources(search: BaseSearchCV, X: Any, y: Any, split_params: dict[str, Any]) -> None:
    """Settle the resources of a search by halving; nothing for any other."""
    search._check_input_parameters(X=X, y=y, split_params=split_params)


def check_refit_metric(search: BaseSearchCV, scores: dict[str, Any]) -> None:
    """Raise where `refit` names none of the scores that a callable gave."""
    search._check_refit_for_multimetric(scores)


def forest_rows(forest: Any, X: Any) -> Any:
    """Rows as the trees of a forest take them."""
    return forest._validate_X_predict(X)


def boosting_stages(model: Any, X: Any) -> Iterator[Any]:
    """A boosted model as it was after every round, that knows its answer for these rows alone."""
    for raw in model._staged_raw_predict(X):
        stage = copy(model)
        vars(stage)["_raw_predict"] = lambda *_, raw=raw, **__: raw.copy()
        yield stage


def known_neighbours(model: Any, n_neighbors: int, distances: Any, neighbours: Any) -> Any:
    """A model of neighbours that was told those of the rows it is to answer for."""
    told = copy(model)
    told.n_neighbors = n_neighbors
    # compiled predictions of the brute method would search for themselves
    told._fit_method = "told"

    def kneighbors(X: Any = None, n_neighbors: Any = None, return_distance: bool = True) -> Any:
        return (distances, neighbours) if return_distance else neighbours

    told.kneighbors = kneighbors
    return told


def pruned_tree(tree: Any, ccp_alpha: float) -> Any:
    """A fitted tree pruned as if it had been fitted with that complexity parameter."""
    pruned = copy(tree)
    pruned.ccp_alpha = ccp_alpha
    pruned._prune_tree()
    return pruned


def translated_train_sizes(train_sizes: Any, most: int) -> NDArray[np.int64]:
    """Numbers of rows that a learning curve trains on, of at most so many."""
    sizes: NDArray[np.int64] = _translate_train_sizes(train_sizes, most)
    return sizes


def named_score(name: str | None, scoring: Any, negate: bool) -> str:
    """What the axis of a plot calls a score."""
    found: str = _validate_score_name(name, scoring, negate)
    return found
