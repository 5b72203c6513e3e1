"""Vectorizers on Dask equal scikit-learn's on all documents, however they are handed over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dask
import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from sklearn import feature_extraction as theirs
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction import text as their_text
from sklearn.model_selection import GridSearchCV as TheirSearch

import skdask.feature_extraction as ours
from skdask import compose
from skdask.exceptions import DataError, MemoryBudgetError, UnsupportedError
from skdask.feature_extraction import text
from skdask.linear_model import LogisticRegression
from skdask.model_selection import GridSearchCV
from skdask.naive_bayes import MultinomialNB
from skdask.pipeline import make_pipeline, make_union
from skdask.preprocessing import StandardScaler
from skdask.rows import Rows
from skdask.tables.terms import FeatureNames, Terms
from skdask.testing import check_statistic_laws

WORDS = ["the", "a", "of", "dog", "cat", "emu", "Runs", "runs", "big", "café", "Été", "and", "42"]


def _documents(count: int = 120) -> list[str]:
    random = np.random.default_rng(0)
    lengths = random.integers(0, 9, count)
    return [" ".join(random.choice(WORDS, length)) for length in lengths]


DOCUMENTS = _documents()
LABELS = np.array(["dog" in document or "cat" in document for document in DOCUMENTS]).astype(int)


def _bag(documents: list[Any]) -> Any:
    return db.from_sequence(documents, npartitions=7)


def _series(documents: list[Any]) -> Any:
    return dd.from_pandas(pd.Series(documents), npartitions=5)


def _frame(documents: list[Any]) -> Any:
    return dd.from_pandas(pd.DataFrame({"body": documents}), npartitions=5)


def _with_empty_partitions(documents: list[Any]) -> Any:
    return db.concat([db.from_sequence([], npartitions=1), _bag(documents)]).filter(
        lambda document: True
    )


GIVEN = [_bag, _series, _frame, _with_empty_partitions]

SETTINGS: list[dict[str, Any]] = [
    {},
    {"min_df": 10, "max_df": 0.6},
    {"min_df": 0.1, "max_features": 5},
    {"max_features": 7, "binary": True, "dtype": np.float32},
    {"ngram_range": (1, 2), "stop_words": ["the", "of"]},
    {"analyzer": "char_wb", "ngram_range": (2, 3), "strip_accents": "unicode"},
    {"lowercase": False, "token_pattern": r"\w+"},
    {"vocabulary": ["dog", "cat", "never", "and"]},
    {"tokenizer": str.split, "token_pattern": None},
]


def _same_vocabulary(found: Any, expected: Any) -> None:
    assert found.vocabulary_ == expected.vocabulary_
    assert list(found.vocabulary_) == list(expected.vocabulary_)
    assert found.fixed_vocabulary_ == expected.fixed_vocabulary_
    np.testing.assert_array_equal(found.get_feature_names_out(), expected.get_feature_names_out())


def _same_rows(found: Any, expected: Any) -> None:
    rows = found.compute()
    assert rows.dtype == expected.dtype
    assert rows.shape == expected.shape
    assert abs(rows - expected).max() == 0


@pytest.mark.parametrize("give", GIVEN)
@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_counts_and_weights(give: Callable[[list[str]], Any], number: int) -> None:
    settings, X = SETTINGS[number], give(DOCUMENTS)
    found = text.CountVectorizer(**settings).fit(X)
    expected = their_text.CountVectorizer(**settings).fit(DOCUMENTS)
    _same_vocabulary(found, expected)
    assert found.fit_report_.passes == (0 if "vocabulary" in settings else 1)
    _same_rows(found.transform(X), expected.transform(DOCUMENTS))
    if settings.get("dtype") is None:
        settings = {**settings, "sublinear_tf": number % 2 == 0, "smooth_idf": number % 3 > 0}
    if "vocabulary" in settings:
        settings["smooth_idf"] = True
    found = text.TfidfVectorizer(**settings).fit(X)
    expected = their_text.TfidfVectorizer(**settings).fit(DOCUMENTS)
    _same_vocabulary(found, expected)
    assert found.idf_.dtype == expected.idf_.dtype
    np.testing.assert_array_equal(found.idf_, expected.idf_)
    assert found.fit_report_.passes == 1
    _same_rows(found.transform(X), expected.transform(DOCUMENTS))
    _same_rows(found.fit_transform(X), expected.transform(DOCUMENTS))
    plain = found.to_sklearn()
    assert type(plain) is their_text.TfidfVectorizer
    assert abs(plain.transform(DOCUMENTS) - expected.transform(DOCUMENTS)).max() == 0


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_splits_of_the_rows(rows: int) -> None:
    few = DOCUMENTS[:40]
    parts = [few[start : start + rows] for start in range(0, len(few), rows)]
    # a partition without documents among them
    X = db.from_delayed([dask.delayed(list)(part) for part in [*parts[:1], [], *parts[1:]]])
    for mine, other in (
        (text.CountVectorizer(min_df=2), their_text.CountVectorizer(min_df=2)),
        (text.TfidfVectorizer(), their_text.TfidfVectorizer()),
        (text.HashingVectorizer(n_features=32), their_text.HashingVectorizer(n_features=32)),
    ):
        found, expected = mine.fit(X), other.fit(few)
        if hasattr(expected, "vocabulary_"):
            _same_vocabulary(found, expected)
        _same_rows(found.transform(X), expected.transform(few))


@pytest.mark.parametrize("give", GIVEN)
def test_hashes_read_nothing(give: Callable[[list[str]], Any]) -> None:
    X = give(DOCUMENTS)
    found = text.HashingVectorizer(n_features=64).fit(X)
    assert found.fit_report_.passes == 0
    expected = their_text.HashingVectorizer(n_features=64).transform(DOCUMENTS)
    _same_rows(found.transform(X), expected)
    _same_rows(text.HashingVectorizer(n_features=64).fit_transform(X), expected)


DICTS: list[dict[Any, Any]] = [
    {"city": "Rome", "size": 2},
    {"size": 3.5, "tags": ["old", "big"]},
    {"city": "Oslo"},
    {},
    {"age": None, "city": "Rome"},
] * 6


@pytest.mark.parametrize("settings", [{}, {"sort": False}, {"sparse": False, "separator": ":"}])
def test_dicts(settings: dict[str, Any]) -> None:
    rows = [row for row in DICTS if None not in row.values()]
    X = _bag(rows)
    found = ours.DictVectorizer(**settings).fit(X)
    expected = theirs.DictVectorizer(**settings).fit(rows)
    assert found.feature_names_ == expected.feature_names_
    assert found.vocabulary_ == expected.vocabulary_
    assert found.fit_report_.passes == 1
    _same_rows(found.transform(X), expected.transform(rows))


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("dict", [{"a": 1, "b": "x"}, {"a": 2}] * 5),
        ("pair", [[("a", 1), ("b", 2)], [("a", 2)]] * 5),
        ("string", [["a", "b"], ["a"]] * 5),
    ],
)
def test_feature_hashes(kind: str, rows: list[Any]) -> None:
    X = _bag(rows)
    found = ours.FeatureHasher(8, input_type=kind).fit(X)
    assert found.fit_report_.passes == 0
    _same_rows(found.transform(X), theirs.FeatureHasher(8, input_type=kind).transform(rows))


def test_files(tmp_path: Path) -> None:
    names = []
    for number, document in enumerate(DOCUMENTS[:30]):
        path = tmp_path / f"{number}.txt"
        path.write_text(document)
        names.append(str(path))
    found = text.TfidfVectorizer(input="filename").fit(_bag(names))
    expected = their_text.TfidfVectorizer(input="filename").fit(names)
    _same_vocabulary(found, expected)
    _same_rows(found.transform(_bag(names)), expected.transform(names))


def test_a_column_of_parquet_beside_its_labels(tmp_path: Path) -> None:
    table = pd.DataFrame({"body": DOCUMENTS, "label": LABELS})
    table.to_parquet(tmp_path / "texts.parquet", row_group_size=31)
    path = str(tmp_path / "texts.parquet")
    model = make_pipeline(text.TfidfVectorizer(min_df=3), MultinomialNB()).fit(path, "label")
    expected = clone(model.to_sklearn()).fit(DOCUMENTS, LABELS)
    assert model.score(path, "label") == expected.score(DOCUMENTS, LABELS)


@pytest.mark.parametrize("give", [_bag, _series])
@pytest.mark.parametrize(
    "vectorizer",
    [
        text.TfidfVectorizer(min_df=2),
        text.HashingVectorizer(n_features=32, alternate_sign=False),
        make_pipeline(text.CountVectorizer(), text.TfidfTransformer()),
    ],
    ids=["weights", "hashes", "counts, then weights"],
)
@pytest.mark.parametrize("model", [LogisticRegression(tol=1e-10, max_iter=1000), MultinomialNB()])
def test_pipelines(give: Callable[[list[str]], Any], vectorizer: Any, model: Any) -> None:
    X = give(DOCUMENTS)
    pipeline = make_pipeline(clone(vectorizer), clone(model)).fit(X, LABELS)
    expected = clone(pipeline.to_sklearn()).fit(DOCUMENTS, LABELS)
    np.testing.assert_allclose(
        np.asarray(pipeline.predict_proba(X).compute()),
        expected.predict_proba(DOCUMENTS),
        atol=1e-6,
    )
    assert pipeline.score(X, LABELS) == expected.score(DOCUMENTS, LABELS)
    np.testing.assert_array_equal(
        pipeline.to_sklearn().predict(DOCUMENTS), expected.predict(DOCUMENTS)
    )


def test_labels_in_a_bag() -> None:
    model = make_pipeline(text.CountVectorizer(), MultinomialNB())
    model.fit(_bag(DOCUMENTS), _bag(LABELS.tolist()))
    expected = clone(model.to_sklearn()).fit(DOCUMENTS, LABELS)
    assert model.score(_bag(DOCUMENTS), LABELS) == expected.score(DOCUMENTS, LABELS)


def test_each_fold_of_a_search_has_its_own_vocabulary() -> None:
    model = make_pipeline(text.TfidfVectorizer(), LogisticRegression(tol=1e-10))
    grid = {
        "tfidfvectorizer__min_df": [1, 5],
        "tfidfvectorizer__norm": ["l1", "l2"],
        "logisticregression__C": [0.1, 10],
    }
    found = GridSearchCV(model, grid, cv=3).fit(_series(DOCUMENTS), LABELS)
    expected = TheirSearch(model.to_sklearn(), grid, cv=3).fit(DOCUMENTS, LABELS)
    for fold in range(3):
        name = f"split{fold}_test_score"
        np.testing.assert_allclose(found.cv_results_[name], expected.cv_results_[name])
    assert found.best_params_ == expected.best_params_


def test_words_that_not_all_folds_have() -> None:
    documents = [f"{document} rare{number // 7}" for number, document in enumerate(DOCUMENTS)]
    model = make_pipeline(text.TfidfVectorizer(), LogisticRegression(tol=1e-10))
    grid = {"logisticregression__C": [0.1, 10]}
    found = GridSearchCV(model, grid, cv=3).fit(_series(documents), LABELS)
    expected = TheirSearch(model.to_sklearn(), grid, cv=3).fit(documents, LABELS)
    for name in ("mean_test_score", "std_test_score"):
        np.testing.assert_allclose(found.cv_results_[name], expected.cv_results_[name], atol=1e-12)
    np.testing.assert_allclose(
        found.best_estimator_[-1].coef_, expected.best_estimator_[-1].coef_, rtol=1e-5, atol=1e-6
    )


def test_within_a_column_transformer() -> None:
    table = pd.DataFrame({"body": DOCUMENTS, "size": np.arange(120.0), "label": LABELS})
    parts = ((text.TfidfVectorizer(), "body"), (StandardScaler(), ["size"]))
    columns = compose.make_column_transformer(*parts)
    lazy = dd.from_pandas(table, npartitions=4)
    fitted = columns.fit(lazy[["body", "size"]])
    expected = make_column_transformer(
        (their_text.TfidfVectorizer(), "body"), (StandardScaler().to_sklearn(), ["size"])
    ).fit(table[["body", "size"]])
    # the words, and then how dense all columns are together
    assert fitted.fit_report_.passes == 2
    assert fitted.sparse_output_ == expected.sparse_output_
    difference = fitted.transform(lazy[["body", "size"]]).compute() - expected.transform(table)
    assert abs(difference).max() < 1e-12


def test_a_union_of_vectorizers() -> None:
    words, letters = text.TfidfVectorizer(), text.CountVectorizer(analyzer="char")
    model = make_pipeline(make_union(words, letters), MultinomialNB()).fit(_bag(DOCUMENTS), LABELS)
    expected = clone(model.to_sklearn()).fit(DOCUMENTS, LABELS)
    np.testing.assert_allclose(
        model.predict_proba(_bag(DOCUMENTS)).compute(), expected.predict_proba(DOCUMENTS)
    )


def test_too_many_terms_say_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skdask.feature_extraction.text.most_bytes", lambda: 2**16)
    X = _bag([f"word{number} other{number}" for number in range(4000)])
    with pytest.raises(MemoryBudgetError, match=r"more than [\d,]+ distinct terms.*HashingVect"):
        text.CountVectorizer().fit(X)


@pytest.mark.parametrize(
    ("settings", "documents", "message"),
    [
        ({}, ["the", "of"], "empty vocabulary"),
        ({"min_df": 200}, DOCUMENTS, "max_df corresponds to < documents than min_df"),
        ({"min_df": 3, "max_df": 3}, ["dog cat", "dog"] * 4, "no terms remain"),
        ({"ngram_range": (2, 1)}, DOCUMENTS, "ngram_range"),
        ({"vocabulary": ["dog", "dog"]}, DOCUMENTS, "Duplicate term"),
    ],
)
def test_errors_are_scikit_learns(
    settings: dict[str, Any], documents: list[str], message: str
) -> None:
    if "empty" in message:
        settings = {"stop_words": ["the", "of"]}
    with pytest.raises(ValueError, match=message):
        their_text.CountVectorizer(**settings).fit(documents)
    with pytest.raises(ValueError, match=message):
        text.CountVectorizer(**settings).fit(_bag(documents))


def test_a_missing_document_is_refused() -> None:
    documents = pd.Series(["a dog", None, "a cat"])
    with pytest.raises(ValueError, match=r"np\.nan is an invalid document"):
        text.CountVectorizer().fit(dd.from_pandas(documents, npartitions=2))


def test_several_columns_are_refused() -> None:
    table = dd.from_pandas(pd.DataFrame({"a": ["x"], "b": ["y"]}), npartitions=1)
    with pytest.raises(DataError, match="one column of documents, and X has 2 columns"):
        text.TfidfVectorizer().fit(table)


def test_others_take_no_bag_and_no_series() -> None:
    with pytest.raises(DataError, match="a vectorizer before it"):
        StandardScaler().fit(_bag([1.0, 2.0]))
    with pytest.raises(ValueError, match="Expected 2D array, got 1D array"):
        StandardScaler().fit(dd.from_pandas(pd.Series([1.0, 2.0]), npartitions=1))


def test_what_is_as_long_as_the_rows_is_not_made() -> None:
    counts = text.CountVectorizer().fit(_bag(DOCUMENTS))
    with pytest.raises(UnsupportedError, match="inverse_transform"):
        counts.inverse_transform(counts.transform(_bag(DOCUMENTS)))


def test_weights_of_counts_that_a_step_mixes_are_refused() -> None:
    X = da.ones((20, 3), chunks=(5, 3))
    with pytest.raises(UnsupportedError, match="put it first"):
        make_pipeline(StandardScaler(), text.TfidfTransformer()).fit(X)


def _rows_of(column: list[Any]) -> Rows:
    values = np.empty((len(column), 1), object)
    values[:, 0] = column
    return Rows(len(column), values, numbers=range(len(column)))


def test_laws_of_terms() -> None:
    def same(found: Any, expected: Any) -> None:
        assert list(found.places.items()) == list(expected.places.items())
        assert found.n_documents == expected.n_documents
        np.testing.assert_array_equal(found.occurrences, expected.occurrences)
        np.testing.assert_array_equal(found.documents, expected.documents)

    rows = _rows_of(DOCUMENTS[:40])
    check_statistic_laws(Terms(their_text.CountVectorizer(), "terms"), rows, equal=same)
    only = Terms(their_text.CountVectorizer(), "some", frozenset(["dog", "cat"]))
    check_statistic_laws(only, rows, equal=same)


def test_laws_of_names() -> None:
    def same(found: Any, expected: Any) -> None:
        assert found == expected

    check_statistic_laws(FeatureNames("="), _rows_of(DICTS), equal=same)


def test_dicts_in_memory_are_fitted_and_transformed_at_once() -> None:
    rows = [{"city": "Paris", "size": 2}, {"city": "Rome"}]
    found = ours.DictVectorizer().fit_transform(rows)
    expected = theirs.DictVectorizer().fit_transform(rows)
    np.testing.assert_array_equal(found.toarray(), expected.toarray())
