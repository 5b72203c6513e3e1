"""Candidates in groups that share work: a pipeline's equal beginning, and one fit for several.

Two candidates share their transformers as far as these are equal, and a final fit where they are
equal but for a parameter that a rule knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sklearn.base import clone
from sklearn.pipeline import Pipeline

from skdask._sklearn import scores_predictions_only, validate_params
from skdask.model_selection.fits.rules import RULES, Rule
from skdask.routes.steps import content_token
from skdask.routes.twins import to_sklearn


@dataclass(frozen=True)
class Step:
    """A transformer before the final estimator; equal where all up to it is."""

    token: str
    name: str = field(compare=False)
    transformer: Any = field(compare=False, repr=False)


@dataclass(frozen=True)
class Member:
    """A candidate of a group: its number, its final estimator, its value of the parameter."""

    candidate: int
    final: Any
    value: Any = None


@dataclass(frozen=True)
class Group:
    """Candidates that one fit may serve.

    Attributes
    ----------
    prefix : tuple of Step
    name : str
        Of the final step; empty where the estimator is no pipeline or is taken whole.
    members : tuple of Member
    rule : Rule or None
        None for a candidate by itself.
    """

    prefix: tuple[Step, ...]
    name: str
    members: tuple[Member, ...]
    rule: Rule | None = None

    def alone(self) -> list[Group]:
        """Its members as groups of one."""
        return [Group(self.prefix, self.name, (member,)) for member in self.members]


@dataclass(frozen=True)
class Sharing:
    """What a search may share.

    Attributes
    ----------
    prefixes : bool
        Whether pipelines may be taken apart.
    rules : bool
        Whether one fit may serve several candidates.
    """

    prefixes: bool = True
    rules: bool = True

    @classmethod
    def of(cls, estimator: Any, scorer: Any, fit_params: Iterable[str], routed: bool) -> Sharing:
        """What a search with such a scorer and such fit parameters may share."""
        steps = {name for name, _ in getattr(estimator, "steps", ())}
        owners = {name.partition("__")[0] for name in fit_params if "__" in name}
        known = all("__" in name for name in fit_params) and owners <= steps
        apart = isinstance(estimator, Pipeline) and known and not routed
        # a scorer that looks at more than predictions may look at anything
        return cls(apart, scores_predictions_only(scorer))


def group_candidates(candidates: Sequence[Any], sharing: Sharing) -> list[Group]:
    """Put candidate estimators into groups, in the order of their first members."""
    apart = [_apart(candidate, sharing.prefixes) for candidate in candidates]
    rules = RULES if sharing.rules else ()
    # the rule that is asked first has an estimator that two are for
    return min((_grouped(apart, order) for order in (rules, rules[::-1])), key=len)


def _grouped(
    candidates: Sequence[tuple[tuple[Step, ...], str, Any]], rules: Sequence[Rule]
) -> list[Group]:
    found: dict[Any, list[tuple[tuple[Step, ...], str, Member]]] = {}
    rule_of: dict[Any, Rule | None] = {}
    for number, (prefix, name, final) in enumerate(candidates):
        rule, value, key = _rule_of(final, rules)
        whole = (prefix, name, key if rule is not None else number)
        found.setdefault(whole, []).append((prefix, name, Member(number, final, value)))
        rule_of[whole] = rule
    groups = []
    for whole, parts in found.items():
        members = tuple(member for _, _, member in parts)
        rule = rule_of[whole] if len(members) > 1 else None
        groups.append(Group(parts[0][0], parts[0][1], members, rule))
    return groups


def _apart(candidate: Any, prefixes: bool) -> tuple[tuple[Step, ...], str, Any]:
    """The steps of a pipeline and its final estimator; what must stay whole is a final one."""
    whole = to_sklearn(candidate)
    if not prefixes or type(whole) is not Pipeline or whole.transform_input is not None:
        return (), "", whole
    *before, (name, final) = whole.steps
    if final is None or isinstance(final, str):
        return (), "", whole
    steps: tuple[Step, ...] = ()
    token = ""
    for step_name, transformer in before:
        if transformer is None or transformer == "passthrough":
            continue
        plain = to_sklearn(transformer)
        token = content_token(token, step_name, type(plain), plain.get_params(deep=False))
        steps = (*steps, Step(token, step_name, plain))
    return steps, name, to_sklearn(final)


def _rule_of(final: Any, rules: Sequence[Rule]) -> tuple[Rule | None, Any, str]:
    for rule in rules:
        name = rule.parameter(final)
        if name is None:
            continue
        try:
            validate_params(final)
        except ValueError:
            # it fails by itself, with its own error
            break
        params = final.get_params(deep=False)
        value = params.pop(name)
        return rule, value, content_token(type(final), params)
    return None, None, ""


def settings_of(estimator: Any, candidates: Sequence[dict[str, Any]]) -> list[Any]:
    """The estimator with the parameters of every candidate."""
    return [clone(estimator).set_params(**clone(params, safe=False)) for params in candidates]
