"""Numbers and words of a frame, each with transformers of their own."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

random = np.random.default_rng(0)
frame = pd.DataFrame(
    {
        "age": random.integers(18, 80, 150).astype(float),
        "fare": random.gamma(2.0, 15.0, 150),
        "port": random.choice(["C", "Q", "S"], 150),
        "deck": random.choice(["A", "B"], 150),
    }
)
frame.loc[::11, "age"] = np.nan
target = frame["fare"] * 0.3 + (frame["port"] == "C") * 4 + random.normal(size=150)
numbers = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
columns = ColumnTransformer(
    [
        ("numbers", numbers, make_column_selector(dtype_include="number")),
        ("words", OneHotEncoder(handle_unknown="ignore"), ["port", "deck"]),
    ]
)
model = Pipeline([("columns", columns), ("ridge", Ridge())])
grid = {"columns__numbers__fill__strategy": ["mean", "median"], "ridge__alpha": [0.1, 1, 10]}
search = GridSearchCV(model, grid, cv=4).fit(frame, target)
print(search.best_params_, round(search.best_score_, 6))
print(search.best_estimator_["columns"].get_feature_names_out())
print(search.best_estimator_["ridge"].coef_.round(5))
print(cross_val_score(model, frame, target).round(6))
