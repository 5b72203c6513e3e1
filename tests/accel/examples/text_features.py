"""A pipeline over words, searched in its vectorizer and its classifier."""

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import Pipeline

about = {
    "space": ["orbit", "launch", "moon", "rocket", "star", "probe", "planet", "comet"],
    "sport": ["goal", "match", "team", "player", "score", "league", "coach", "ball"],
}
documents, labels = [], []
for number in range(60):
    for label, words in about.items():
        chosen = [words[(number * k + k * k) % len(words)] for k in range(1, 6)]
        documents.append(" ".join([*chosen, "the", "a", "very"][: 4 + number % 4]))
        labels.append(label)
model = Pipeline([("words", TfidfVectorizer()), ("model", ComplementNB())])
grid = {"words__ngram_range": [(1, 1), (1, 2)], "model__alpha": [0.01, 0.1, 1.0]}
search = GridSearchCV(model, grid, cv=4).fit(documents, labels)
print(search.best_params_, round(search.best_score_, 6))
print(search.cv_results_["mean_test_score"].round(6))
print(len(search.best_estimator_["words"].vocabulary_))
model.set_params(model=SGDClassifier(random_state=0, max_iter=50, tol=None))
search = GridSearchCV(model, {"model__alpha": [1e-4, 1e-2]}, cv=3).fit(documents, labels)
print(search.best_params_, search.predict(["moon rocket", "team goal"]))
