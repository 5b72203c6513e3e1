"""scikit-learn's metrics, exact in a pass or two over Dask collections.

Every function of :mod:`sklearn.metrics` that is a sum over rows, a curve over thresholds, or a
comparison of two labellings. In memory they are scikit-learn's own.

Examples
--------
>>> import dask.array as da
>>> from skdask.metrics import accuracy_score, roc_auc_score
>>> true = da.from_array([0, 1, 1, 0, 1, 1], chunks=2)
>>> score = da.from_array([0.1, 0.9, 0.4, 0.5, 0.8, 0.7], chunks=2)
>>> accuracy_score(true, score > 0.45), roc_auc_score(true, score)
(0.6666666666666666, 0.875)
"""

from sklearn import metrics as _metrics
from sklearn.metrics import (
    DistanceMetric,
    auc,
    check_scoring,
    consensus_score,
    get_scorer,
    get_scorer_names,
    make_scorer,
    pairwise_distances_chunked,
)

from skdask.metrics.functions import on_collections as _on_collections
from skdask.metrics.pairwise import between as _between
from skdask.metrics.pairwise import nearest as _nearest

accuracy_score = _on_collections(_metrics.accuracy_score)
adjusted_mutual_info_score = _on_collections(_metrics.adjusted_mutual_info_score)
adjusted_rand_score = _on_collections(_metrics.adjusted_rand_score)
average_precision_score = _on_collections(_metrics.average_precision_score)
balanced_accuracy_score = _on_collections(_metrics.balanced_accuracy_score)
brier_score_loss = _on_collections(_metrics.brier_score_loss)
calinski_harabasz_score = _on_collections(_metrics.calinski_harabasz_score)
class_likelihood_ratios = _on_collections(_metrics.class_likelihood_ratios)
classification_report = _on_collections(_metrics.classification_report)
cohen_kappa_score = _on_collections(_metrics.cohen_kappa_score)
completeness_score = _on_collections(_metrics.completeness_score)
confusion_matrix = _on_collections(_metrics.confusion_matrix)
coverage_error = _on_collections(_metrics.coverage_error)
d2_absolute_error_score = _on_collections(_metrics.d2_absolute_error_score)
d2_log_loss_score = _on_collections(_metrics.d2_log_loss_score)
d2_pinball_score = _on_collections(_metrics.d2_pinball_score)
d2_tweedie_score = _on_collections(_metrics.d2_tweedie_score)
davies_bouldin_score = _on_collections(_metrics.davies_bouldin_score)
dcg_score = _on_collections(_metrics.dcg_score)
det_curve = _on_collections(_metrics.det_curve)
explained_variance_score = _on_collections(_metrics.explained_variance_score)
f1_score = _on_collections(_metrics.f1_score)
fbeta_score = _on_collections(_metrics.fbeta_score)
fowlkes_mallows_score = _on_collections(_metrics.fowlkes_mallows_score)
hamming_loss = _on_collections(_metrics.hamming_loss)
hinge_loss = _on_collections(_metrics.hinge_loss)
homogeneity_completeness_v_measure = _on_collections(_metrics.homogeneity_completeness_v_measure)
homogeneity_score = _on_collections(_metrics.homogeneity_score)
jaccard_score = _on_collections(_metrics.jaccard_score)
label_ranking_average_precision_score = _on_collections(
    _metrics.label_ranking_average_precision_score
)
label_ranking_loss = _on_collections(_metrics.label_ranking_loss)
log_loss = _on_collections(_metrics.log_loss)
matthews_corrcoef = _on_collections(_metrics.matthews_corrcoef)
max_error = _on_collections(_metrics.max_error)
mean_absolute_error = _on_collections(_metrics.mean_absolute_error)
mean_absolute_percentage_error = _on_collections(_metrics.mean_absolute_percentage_error)
mean_gamma_deviance = _on_collections(_metrics.mean_gamma_deviance)
mean_pinball_loss = _on_collections(_metrics.mean_pinball_loss)
mean_poisson_deviance = _on_collections(_metrics.mean_poisson_deviance)
mean_squared_error = _on_collections(_metrics.mean_squared_error)
mean_squared_log_error = _on_collections(_metrics.mean_squared_log_error)
mean_tweedie_deviance = _on_collections(_metrics.mean_tweedie_deviance)
median_absolute_error = _on_collections(_metrics.median_absolute_error)
multilabel_confusion_matrix = _on_collections(_metrics.multilabel_confusion_matrix)
mutual_info_score = _on_collections(_metrics.mutual_info_score)
ndcg_score = _on_collections(_metrics.ndcg_score)
normalized_mutual_info_score = _on_collections(_metrics.normalized_mutual_info_score)
pair_confusion_matrix = _on_collections(_metrics.pair_confusion_matrix)
precision_recall_curve = _on_collections(_metrics.precision_recall_curve)
precision_recall_fscore_support = _on_collections(_metrics.precision_recall_fscore_support)
precision_score = _on_collections(_metrics.precision_score)
r2_score = _on_collections(_metrics.r2_score)
rand_score = _on_collections(_metrics.rand_score)
recall_score = _on_collections(_metrics.recall_score)
roc_auc_score = _on_collections(_metrics.roc_auc_score)
roc_curve = _on_collections(_metrics.roc_curve)
root_mean_squared_error = _on_collections(_metrics.root_mean_squared_error)
root_mean_squared_log_error = _on_collections(_metrics.root_mean_squared_log_error)
silhouette_score = _on_collections(_metrics.silhouette_score)
top_k_accuracy_score = _on_collections(_metrics.top_k_accuracy_score)
v_measure_score = _on_collections(_metrics.v_measure_score)
zero_one_loss = _on_collections(_metrics.zero_one_loss)
pair_confusion_matrix = _on_collections(_metrics.cluster.pair_confusion_matrix)

euclidean_distances = _between(_metrics.euclidean_distances)
nan_euclidean_distances = _between(_metrics.nan_euclidean_distances)
pairwise_distances = _between(_metrics.pairwise_distances)
pairwise_kernels = _between(_metrics.pairwise_kernels)
pairwise_distances_argmin = _nearest(_metrics.pairwise_distances_argmin)
pairwise_distances_argmin_min = _nearest(_metrics.pairwise_distances_argmin_min)

# since scikit-learn 1.9
if hasattr(_metrics, "d2_brier_score"):
    d2_brier_score = _on_collections(_metrics.d2_brier_score)
    confusion_matrix_at_thresholds = _on_collections(_metrics.confusion_matrix_at_thresholds)

__all__ = [
    "DistanceMetric",
    "accuracy_score",
    "adjusted_mutual_info_score",
    "adjusted_rand_score",
    "auc",
    "average_precision_score",
    "balanced_accuracy_score",
    "brier_score_loss",
    "calinski_harabasz_score",
    "check_scoring",
    "class_likelihood_ratios",
    "classification_report",
    "cohen_kappa_score",
    "completeness_score",
    "confusion_matrix",
    "consensus_score",
    "coverage_error",
    "d2_absolute_error_score",
    "d2_log_loss_score",
    "d2_pinball_score",
    "d2_tweedie_score",
    "davies_bouldin_score",
    "dcg_score",
    "det_curve",
    "euclidean_distances",
    "explained_variance_score",
    "f1_score",
    "fbeta_score",
    "fowlkes_mallows_score",
    "get_scorer",
    "get_scorer_names",
    "hamming_loss",
    "hinge_loss",
    "homogeneity_completeness_v_measure",
    "homogeneity_score",
    "jaccard_score",
    "label_ranking_average_precision_score",
    "label_ranking_loss",
    "log_loss",
    "make_scorer",
    "matthews_corrcoef",
    "max_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_gamma_deviance",
    "mean_pinball_loss",
    "mean_poisson_deviance",
    "mean_squared_error",
    "mean_squared_log_error",
    "mean_tweedie_deviance",
    "median_absolute_error",
    "multilabel_confusion_matrix",
    "mutual_info_score",
    "nan_euclidean_distances",
    "ndcg_score",
    "normalized_mutual_info_score",
    "pair_confusion_matrix",
    "pairwise_distances",
    "pairwise_distances_argmin",
    "pairwise_distances_argmin_min",
    "pairwise_distances_chunked",
    "pairwise_kernels",
    "precision_recall_curve",
    "precision_recall_fscore_support",
    "precision_score",
    "r2_score",
    "rand_score",
    "recall_score",
    "roc_auc_score",
    "roc_curve",
    "root_mean_squared_error",
    "root_mean_squared_log_error",
    "silhouette_score",
    "top_k_accuracy_score",
    "v_measure_score",
    "zero_one_loss",
]
