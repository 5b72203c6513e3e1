"""scikit-learn's own checks of an estimator hold for ours on Dask collections of three chunks.

The checks make arrays in memory; `skdask.testing.in_chunks` hands them over in chunks and computes
the answers. What is expected to fail is in `expected_failures.yml`.

Checks that meet most of the code on blocks, and each of the errors, are in the fast suite for all
estimators; the others, which take three times as long, are slow tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

from skdask.testing import in_chunks
from tests.conformance.estimators import ESTIMATORS, Expected, name_of

EXPECTED = Expected("chunks")

FAST = {
    "check_all_zero_sample_weights_error",
    "check_class_weight_balanced_linear_classifier",
    "check_class_weight_classifiers",
    "check_classifier_data_not_an_array",
    "check_classifier_multioutput",
    "check_classifiers_classes",
    "check_classifiers_multilabel_output_format_decision_function",
    "check_classifiers_multilabel_output_format_predict",
    "check_classifiers_multilabel_output_format_predict_proba",
    "check_classifiers_multilabel_representation_invariance",
    "check_classifiers_one_label",
    "check_classifiers_one_label_sample_weights",
    "check_classifiers_regression_target",
    "check_classifiers_train",
    "check_clustering",
    "check_complex_data",
    "check_decision_proba_consistency",
    "check_dtype_object",
    "check_estimator_sparse_tag",
    "check_estimators_empty_data_messages",
    "check_estimators_nan_inf",
    "check_estimators_unfitted",
    "check_fit1d",
    "check_fit2d_1feature",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
    "check_n_features_in_after_fitting",
    "check_outliers_train",
    "check_regressor_data_not_an_array",
    "check_regressors_int",
    "check_regressors_train",
    "check_requires_y_none",
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
    "check_supervised_y_2d",
    "check_supervised_y_no_nan",
}

_NO_DATA = "it looks at the class or its parameters and hands no data over"
_ARRAYS = "its data are arrays of other libraries, which the checks in memory cover"
LEFT_OUT = {
    "check_array_api_input": _ARRAYS,
    "check_array_api_mixed_inputs": _ARRAYS,
    "check_array_api_same_namespace": _ARRAYS,
    "check_do_not_raise_errors_in_init_or_set_params": _NO_DATA,
    "check_estimator_cloneable": _NO_DATA,
    "check_estimator_repr": _NO_DATA,
    "check_estimator_tags_renamed": _NO_DATA,
    "check_get_params_invariance": _NO_DATA,
    "check_mixin_order": _NO_DATA,
    "check_no_attributes_set_in_init": _NO_DATA,
    "check_parameters_default_constructible": _NO_DATA,
    "check_set_params": _NO_DATA,
    "check_valid_tag_types": _NO_DATA,
}


def checks() -> Iterator[Any]:
    for estimator in ESTIMATORS:
        reasons = EXPECTED.of(estimator)
        for made, check in estimator_checks_generator(estimator):
            name = name_of(check)
            if name in LEFT_OUT:
                continue
            marks = [] if name in FAST else [pytest.mark.slow]
            if name in reasons:
                marks.append(pytest.mark.xfail(reason=reasons[name], strict=True))
            yield pytest.param(made, check, marks=marks, id=f"{type(made).__name__}-{name}")


@pytest.mark.parametrize(("estimator", "check"), checks())
@pytest.mark.filterwarnings("ignore")
def test_check(estimator: Any, check: Any) -> None:
    with in_chunks(type(estimator)):
        check(estimator)


def test_what_is_named_is_there() -> None:
    assert EXPECTED.unknown() == []
    known = {name_of(check) for each in ESTIMATORS for _, check in estimator_checks_generator(each)}
    # the installed release may lack one of another
    assert len((FAST | LEFT_OUT.keys()) - known) <= 3
    assert not FAST & LEFT_OUT.keys()
