"""Conditions as clauses.

A key has no value, one, or several. Without a set operator a positive comparison asks that one value
fits, and a negated one that none does; so a negated one is true where the key is missing.

Source: AWS IAM user guide, "Condition operators", "Set operators for multi-valued context keys".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from hauberk.analysis.access.atoms import Clauses, Has, Is, Literal, Unclear
from hauberk.analysis.access.globs import arn_like, equal, like
from hauberk.analysis.access.values import Nothing, Rest, Span, Values, amount, block, moment, octets, truth
from hauberk.formats.iam_policy import Condition

ANY, ALL, IF_EXISTS = "ForAnyValue:", "ForAllValues:", "IfExists"


@dataclass(frozen=True, slots=True)
class Operator:
    """How an operator compares: `kind` for words, the set of a policy's value, and whether it is negated."""

    kind: str
    values: Callable[[str, bool], Values]
    is_negated: bool = False


def _span(low: bool | None, high: bool | None, is_date: bool) -> Callable[[str, bool], Values]:
    """Stretches that end at the policy's value; None where an end is open, else whether it is inside."""

    def made(text: str, _has_variables: bool) -> Values:
        end = moment(text) if is_date else amount(text)
        if end is None:
            return Nothing(f"{text!r} is no {'date' if is_date else 'number'}")
        ends = (-math.inf if low is None else end, math.inf if high is None else end)
        return Span(*ends, bool(low), bool(high), is_date)

    return made


def _compared(kind: str, is_date: bool) -> dict[str, Operator]:
    ends = {"LessThan": (None, False), "LessThanEquals": (None, True), "GreaterThan": (False, None),
            "GreaterThanEquals": (True, None), "Equals": (True, True)}  # fmt: skip
    found = {f"{kind}{name}": Operator(kind, _span(*end, is_date)) for name, end in ends.items()}
    return found | {f"{kind}NotEquals": Operator(kind, _span(True, True, is_date), is_negated=True)}


OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator("String", equal),
    "StringNotEquals": Operator("String", equal, is_negated=True),
    "StringEqualsIgnoreCase": Operator("String", lambda text, has: equal(text, has, True)),
    "StringNotEqualsIgnoreCase": Operator(
        "String", lambda text, has: equal(text, has, True), is_negated=True
    ),
    "StringLike": Operator("String", like),
    "StringNotLike": Operator("String", like, is_negated=True),
    "ArnEquals": Operator("Arn", arn_like),
    "ArnLike": Operator("Arn", arn_like),
    "ArnNotEquals": Operator("Arn", arn_like, is_negated=True),
    "ArnNotLike": Operator("Arn", arn_like, is_negated=True),
    "Bool": Operator("Bool", lambda text, _: truth(text)),
    "BinaryEquals": Operator("Binary", lambda text, _: octets(text)),
    "IpAddress": Operator("IpAddress", lambda text, _: block(text)),
    "NotIpAddress": Operator("IpAddress", lambda text, _: block(text), is_negated=True),
    **_compared("Numeric", is_date=False),
    **_compared("Date", is_date=True),
}


@dataclass(frozen=True, slots=True)
class Named:
    """The parts of an operator's name; `operator` is None for Null and for what nobody knows."""

    base: str
    quantifier: str = ""
    if_exists: bool = False

    @property
    def operator(self) -> Operator | None:
        """How it compares."""
        return OPERATORS.get(self.base)


def named(operator: str) -> Named:
    """The parts of `ForAnyValue:StringLikeIfExists` and the like."""
    quantifier = next((each for each in (ANY, ALL) if operator.startswith(each)), "")
    base = operator[len(quantifier) :]
    if_exists = base.endswith(IF_EXISTS)
    return Named(base[: -len(IF_EXISTS)] if if_exists else base, quantifier, if_exists)


@lru_cache(maxsize=1 << 15)
def clauses(condition: Condition, has_variables: bool) -> Clauses:
    """What the condition asks; an operator that nobody knows is an Unclear literal."""
    name, key = named(condition.operator), condition.key.lower()
    if name.base == "Null" and not name.quantifier and not name.if_exists:
        return _null(condition, key)
    if name.operator is None:
        return ((Literal(Unclear(f"the condition operator {condition.operator[:80]!r} is not known")),),)
    sets = tuple(dict.fromkeys(name.operator.values(each, has_variables) for each in condition.values))
    absent = (Literal(Has(key), False),) if name.if_exists else ()
    if name.operator.is_negated:
        if name.quantifier == ANY:
            return ((Literal(Is(key, Rest(sets))), *absent),)
        return tuple((Literal(Is(key, each), False),) for each in sets)
    if name.quantifier == ALL:
        return ((Literal(Is(key, Rest(sets)), False),),)
    return ((*(Literal(Is(key, each)) for each in sets), *absent),)


def _null(condition: Condition, key: str) -> Clauses:
    answers = {each.lower() for each in condition.values}
    if not answers <= {"true", "false"}:
        return ((Literal(Unclear(f"Null compares {condition.key[:80]} with neither true nor false")),),)
    return (tuple(Literal(Has(key), each == "false") for each in sorted(answers)),)
