"""Searches and cross-validation that cost passes over the data, not fits."""

from sklearn.model_selection import (
    BaseCrossValidator,
    BaseShuffleSplit,
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    LeaveOneOut,
    LeavePGroupsOut,
    LeavePOut,
    ParameterGrid,
    ParameterSampler,
    PredefinedSplit,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    check_cv,
)

from skdask.model_selection.cross_predict import cross_val_predict
from skdask.model_selection.curves import learning_curve, validation_curve
from skdask.model_selection.displays import LearningCurveDisplay, ValidationCurveDisplay
from skdask.model_selection.holdout import train_test_split
from skdask.model_selection.permutation import permutation_test_score
from skdask.model_selection.search import GridSearchCV, RandomizedSearchCV
from skdask.model_selection.splitters import (
    BlockKFold,
    BlockShuffleSplit,
    HashedGroupKFold,
    HashedKFold,
    HashedShuffleSplit,
    HashedStratifiedKFold,
)
from skdask.model_selection.stopping import (
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    HyperbandSearchCV,
    IncrementalSearchCV,
    InverseDecaySearchCV,
    OptunaSearchCV,
    SuccessiveHalvingSearchCV,
)
from skdask.model_selection.validation import cross_val_score, cross_validate

__all__ = [
    "BaseCrossValidator",
    "BaseShuffleSplit",
    "GridSearchCV",
    "GroupKFold",
    "GroupShuffleSplit",
    "KFold",
    "LearningCurveDisplay",
    "LeaveOneGroupOut",
    "LeaveOneOut",
    "LeavePGroupsOut",
    "LeavePOut",
    "ParameterGrid",
    "ParameterSampler",
    "PredefinedSplit",
    "RandomizedSearchCV",
    "RepeatedKFold",
    "RepeatedStratifiedKFold",
    "ShuffleSplit",
    "StratifiedGroupKFold",
    "StratifiedKFold",
    "StratifiedShuffleSplit",
    "TimeSeriesSplit",
    "ValidationCurveDisplay",
    "check_cv",
    "cross_val_predict",
    "cross_val_score",
    "cross_validate",
    "learning_curve",
    "permutation_test_score",
    "train_test_split",
    "validation_curve",
]

# searches that learn from what they tried
__all__ += [
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "IncrementalSearchCV",
    "InverseDecaySearchCV",
    "OptunaSearchCV",
    "SuccessiveHalvingSearchCV",
]

# splitters that hold nothing of the rows
__all__ += [
    "BlockKFold",
    "BlockShuffleSplit",
    "HashedGroupKFold",
    "HashedKFold",
    "HashedShuffleSplit",
    "HashedStratifiedKFold",
]
