"""dask-ml, on the same Dask Array, with the parameters that mean the same to its solvers.

Its linear models know a loss and a penalty of strength 1 / C, both summed over rows and without
scikit-learn's factor 1/2 on squares; its logistic regression has two classes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.systems.base import NotAvailableError, System
from benchmarks.systems.skdask import in_chunks
from benchmarks.systems.sklearn import ScikitLearn


class DaskML(System):
    modules = ("dask_ml.preprocessing", "dask_ml.model_selection", "sklearn.pipeline")
    distribution = "dask-ml"

    @property
    def steps(self) -> System:
        # its searches run scikit-learn's estimators on chunks joined into folds
        return ScikitLearn()

    def hand_over(self, X: Any, y: Any) -> tuple[Any, Any]:
        return in_chunks(X), in_chunks(y)

    def read_table(self, path: Path, target: str, drop: str) -> tuple[Any, Any]:
        import dask.dataframe as dd

        table = dd.read_parquet(path)
        features = [name for name in table.columns if name not in (target, drop)]
        # one array for both: Dask joins partitions where few columns are read
        rows = table[[*features, target]].to_dask_array(lengths=True)
        return rows[:, :-1], rows[:, -1]

    def LogisticRegression(self, C: float = 1.0, tol: float = 1e-4, max_iter: int = 100) -> Any:
        from dask_ml.linear_model import LogisticRegression

        return LogisticRegression(solver="lbfgs", C=C, tol=tol, max_iter=max_iter)

    def LinearRegression(self) -> Any:
        from dask_ml.linear_model import LinearRegression

        return LinearRegression(solver="lbfgs", C=1e12, max_iter=1000)

    def Ridge(self, alpha: float) -> Any:
        from dask_ml.linear_model import LinearRegression

        return LinearRegression(solver="lbfgs", C=0.5 / alpha, max_iter=1000)

    def Lasso(self, alpha: float, tol: float) -> Any:
        raise NotAvailableError("its l1 penalty goes with rows and classes, not with Lasso's alpha")

    def ElasticNet(self, **_: Any) -> Any:
        raise NotAvailableError("its elastic net has a fixed ratio of 1/2")

    def KMeans(self, n_clusters: int, n_init: int, **params: Any) -> Any:
        from dask_ml.cluster import KMeans

        return KMeans(n_clusters, **params)

    def PCA(self, n_components: int | None = None, svd_solver: str = "auto") -> Any:
        from dask_ml.decomposition import PCA

        # it has no covariance_eigh; its exact solver is a tall and skinny QR
        return PCA(n_components=n_components, svd_solver="tsqr")
