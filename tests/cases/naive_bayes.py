"""Cases of skdask.naive_bayes."""

from __future__ import annotations

from skdask.naive_bayes import (
    BernoulliNB,
    CategoricalNB,
    ComplementNB,
    GaussianNB,
    MultinomialNB,
)
from tests.cases.base import Case

CASES = [
    Case(GaussianNB(), "two classes", counts_rows=True),
    Case(GaussianNB(), "three words", counts_rows=True),
    Case(GaussianNB(priors=[0.2, 0.8], var_smoothing=1e-3), "two words", counts_rows=True),
    Case(GaussianNB(), "float classes", counts_rows=True),
    Case(GaussianNB(), "wide classes", counts_rows=True),
    Case(MultinomialNB(), "counts of words", sparse=True),
    Case(MultinomialNB(alpha=0.3, fit_prior=False), "counts of classes"),
    Case(ComplementNB(), "counts of classes", sparse=True),
    Case(ComplementNB(norm=True), "counts of words"),
    Case(BernoulliNB(binarize=2.0), "counts of words", sparse=True),
    Case(BernoulliNB(), "two classes", sparse=True),
    Case(CategoricalNB(min_categories=14), "counts of words"),
    Case(CategoricalNB(class_prior=[0.4, 0.6]), "counts of classes", counts_rows=True),
]
