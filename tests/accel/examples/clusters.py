"""Clusters, and how good they are."""

from sklearn import metrics
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.datasets import make_blobs
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

X, labels = make_blobs(300, centers=[[1, 1], [-1, -1], [1, -1]], cluster_std=0.4, random_state=0)
X = StandardScaler().fit_transform(X)
found = DBSCAN(eps=0.3, min_samples=10).fit(X).labels_
print("clusters", len(set(found) - {-1}), "noise", list(found).count(-1))
print(f"homogeneity {metrics.homogeneity_score(labels, found):.3f}")
for model in (KMeans(3, random_state=0, n_init=3), AgglomerativeClustering(3)):
    print(model, f"{metrics.adjusted_rand_score(labels, model.fit_predict(X)):.4f}")
grid = {"n_components": [2, 3, 4], "covariance_type": ["full", "diag"]}
search = GridSearchCV(GaussianMixture(random_state=0), grid, cv=3).fit(X)
print(search.best_params_, round(search.best_score_, 5))
