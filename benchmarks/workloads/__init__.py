"""The workloads, by the names that the command line takes."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.workloads import (
    encoders,
    glm,
    gmm,
    kmeans,
    linear,
    logistic,
    moments_cv,
    naive_bayes,
    neighbors,
    out_of_core,
    pca,
    preprocessing,
    scalers,
    search,
)
from benchmarks.workloads.base import Workload

WORKLOADS: dict[str, Workload] = {
    workload.name: workload
    for room in (
        linear,
        logistic,
        glm,
        pca,
        kmeans,
        gmm,
        scalers,
        encoders,
        preprocessing,
        naive_bayes,
        neighbors,
        moments_cv,
        search,
        out_of_core,
    )
    for workload in room.workloads()
}


def select(names: Sequence[str]) -> list[Workload]:
    """Workloads whose name is or begins with one of the names; all for no name.

    Raises
    ------
    ValueError
        For a name that no workload has.
    """
    found: dict[str, Workload] = {} if names else dict(WORKLOADS)
    for name in names:
        matches = {key: w for key, w in WORKLOADS.items() if f"{key}/".startswith(f"{name}/")}
        if not matches:
            groups = sorted({key.split("/")[0] for key in WORKLOADS})
            raise ValueError(f"no workload is called {name!r}; there are {', '.join(groups)}")
        found |= matches
    return list(found.values())
