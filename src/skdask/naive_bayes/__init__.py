"""scikit-learn's naive Bayes classifiers, from one pass over data of any size."""

from skdask.naive_bayes.categorical import CategoricalNB
from skdask.naive_bayes.discrete import BernoulliNB, ComplementNB, MultinomialNB
from skdask.naive_bayes.gaussian import GaussianNB

__all__ = ["BernoulliNB", "CategoricalNB", "ComplementNB", "GaussianNB", "MultinomialNB"]
