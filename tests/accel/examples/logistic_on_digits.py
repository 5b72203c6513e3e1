"""Digits by logistic regression."""

from sklearn import datasets, metrics
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

digits = datasets.load_digits(n_class=5)
X_train, X_test, y_train, y_test = train_test_split(
    digits.data, digits.target, test_size=0.4, random_state=0
)
model = make_pipeline(MinMaxScaler(), LogisticRegression(max_iter=300))
search = GridSearchCV(model, {"logisticregression__C": [0.01, 0.1, 1.0]}, cv=3)
search.fit(X_train, y_train)
print(search.best_params_, f"{search.best_score_:.6f}")
print(metrics.classification_report(y_test, search.predict(X_test)))
print(metrics.confusion_matrix(y_test, search.predict(X_test)))
