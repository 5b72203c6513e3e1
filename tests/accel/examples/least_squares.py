"""A straight line, its coefficients and errors."""

from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_squared_error, r2_score
from sklearn.model_selection import train_test_split

X, y = load_diabetes(return_X_y=True)
X = X[:, [2]]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=20, shuffle=False)
model = LinearRegression().fit(X_train, y_train)
predicted = model.predict(X_test)
print("Coefficients:", model.coef_.round(6), round(float(model.intercept_), 6))
print(f"Mean squared error: {mean_squared_error(y_test, predicted):.2f}")
print(f"Coefficient of determination: {r2_score(y_test, predicted):.2f}")
print(model, model.n_features_in_, model.rank_, model.singular_.round(6))
