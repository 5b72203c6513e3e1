"""Updates of factorisations, topics and dictionaries, and the dimension of a PCA."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
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


def infer_dimension(explained_variance: NDArray[np.float64], n_samples: int) -> int:
    """Minka's maximum likelihood choice of the number of components."""
    return int(_infer_dimension(explained_variance, n_samples))


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
