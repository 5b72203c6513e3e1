"""The components that mixtures start from, as moments: scikit-learn's own where rows are few."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import kmeans_plusplus

from skdask._sklearn import gaussian_moments
from skdask.passes import Algorithm, Request, together
from skdask.routes.kmeans_starts import FirstLook, starts
from skdask.routes.view import View
from skdask.solvers.expectation import MixtureProblem
from skdask.solvers.kmeans_start import kmeans_parallel, mapped_rows
from skdask.solvers.lloyd import KMeansProblem, lloyd
from skdask.statistics.mixture import Mixture, MixtureStep
from skdask.statistics.sample import Sample

Moments = tuple[NDArray[np.float64], ...]


def first_moments(
    plain: Any, n_init: int, random: np.random.RandomState, problem: MixtureProblem,
    look: FirstLook, view: View,
) -> Algorithm[list[Moments]]:  # fmt: skip
    """Moments of the first components of each run.

    Notes
    -----
    **Passes** for ``init_params="kmeans"`` those of `KMeans` and one; for rows that were gathered
    none; for others one, or the seven of scalable k-means++.
    """
    if plain.init_params == "kmeans":
        return (yield from _from_kmeans(plain, n_init, random, problem, look, view))
    if look.sample is not None and look.sample.is_whole:
        X = view.affine.apply(look.sample.rows.X)
        shares = [_shares(plain, X.astype(view.facts.dtype), random) for _ in range(n_init)]
        return [gaussian_moments(X, each, plain) for each in shares]
    seeds = [int(random.randint(np.iinfo(np.int32).max)) for _ in range(n_init)]
    if plain.init_params == "random":
        mixtures = [_unit_mixture(plain, problem, "random", seed=seed) for seed in seeds]
        return (yield from _moments_at(mixtures, plain, problem))
    size = plain.n_components
    if plain.init_params == "random_from_data":
        samples = yield tuple(
            Request(Sample(size, seed), problem.rows, problem.asked_by) for seed in seeds
        )
        rows = [mapped_rows(problem.mapped, sample.rows) for sample in samples]
    else:
        kmeans = _kmeans_problem(problem, look)
        rows = yield from together([kmeans_parallel(kmeans, size, seed) for seed in seeds])
    return [_of_single_rows(plain, X + problem.mapped.shift, problem, look) for X in rows]


def _shares(
    plain: Any, X: NDArray[np.floating], random: np.random.RandomState
) -> NDArray[np.float64]:
    """How rows in memory belong to components, drawn as scikit-learn draws it."""
    n_rows, n_components = len(X), plain.n_components
    if plain.init_params == "random":
        shares = random.uniform(size=(n_rows, n_components))
        return np.asarray(shares / shares.sum(axis=1)[:, np.newaxis])
    if plain.init_params == "random_from_data":
        chosen = random.choice(n_rows, size=n_components, replace=False)
    else:
        _, chosen = kmeans_plusplus(X, n_components, random_state=random)
    shares = np.zeros((n_rows, n_components))
    shares[chosen, np.arange(n_components)] = 1.0
    return shares


def _of_single_rows(
    plain: Any, X: NDArray[np.float64], problem: MixtureProblem, look: FirstLook
) -> Moments:
    """Moments where one row belongs to each component and all others to none."""
    weights, means, covariances = gaussian_moments(X, np.eye(len(X)), plain)
    if plain.covariance_type == "tied":
        # as there, where the squares are those of all rows
        squares = problem.scatter + look.n_rows * np.outer(problem.mean, problem.mean)
        covariances = (squares - weights * means.T @ means) / weights.sum()
        covariances += plain.reg_covar * np.eye(X.shape[1])
    return weights, means, covariances


def _from_kmeans(
    plain: Any, n_init: int, random: np.random.RandomState, problem: MixtureProblem,
    look: FirstLook, view: View,
) -> Algorithm[list[Moments]]:  # fmt: skip
    kmeans = _kmeans_problem(problem, look)
    begun = yield from starts("k-means++", n_init, plain.n_components, random, kmeans, look, view)
    found = yield from together([lloyd(kmeans, start) for start in begun])
    mixtures = [_unit_mixture(plain, problem, "nearest", centres=each.centres) for each in found]
    return (yield from _moments_at(mixtures, plain, problem))


def _kmeans_problem(problem: MixtureProblem, look: FirstLook) -> KMeansProblem:
    """k-means with scikit-learn's defaults."""
    tol = 1e-4 * float(look.variance.mean())
    total = look.total(problem.mapped)
    return KMeansProblem(problem.mapped, problem.rows, total, tol, 300, problem.asked_by)


def _unit_mixture(
    plain: Any, problem: MixtureProblem, choice: Any, *, centres: Any = None, seed: int = 0
) -> Mixture:
    """Components of unit variance, by which rows are only summed."""
    n_components, n_features = plain.n_components, len(problem.mean)
    if centres is None:
        centres = np.zeros((n_components, n_features))
    kind = plain.covariance_type
    whitening = np.ones((n_components, n_features))
    if kind == "tied":
        whitening = np.eye(n_features)
    elif kind == "full":
        whitening = np.tile(np.eye(n_features), (n_components, 1, 1))
    return Mixture(
        problem.mapped, np.zeros(n_components), centres, whitening, kind == "tied", choice, seed
    )


def _moments_at(
    mixtures: list[Mixture], plain: Any, problem: MixtureProblem
) -> Algorithm[list[Moments]]:
    sums = yield tuple(
        Request(MixtureStep(mixture), problem.rows, problem.asked_by) for mixture in mixtures
    )
    return [
        problem.moments(mixture, each, plain) for mixture, each in zip(mixtures, sums, strict=True)
    ]
