"""What rules ask about one policy: short questions with the engine's answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hauberk.analysis.access import compiled, conditions, questions
from hauberk.analysis.access.actions import Action, Space, actions, space
from hauberk.analysis.access.atoms import Clauses, Has, Is, Literal
from hauberk.analysis.access.compiled import Ready
from hauberk.analysis.access.globs import Glob, arn_like, like, text_glob
from hauberk.analysis.access.keys import key_type
from hauberk.analysis.access.questions import Answer, Limits, limited, several_keys
from hauberk.analysis.access.request import Request
from hauberk.analysis.access.scenario import Scenario
from hauberk.analysis.access.values import Nothing
from hauberk.analysis.access.words import find_text, overlaps
from hauberk.formats.iam_policy import Condition, Effect, IamPolicy, PolicyStatement, iam_policy

# Actions of one statement that are looked at one by one: more are named by wildcards on purpose.
MAX_ACTIONS = 60
ASSUMING = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity", "sts:tagsession")

# The types of keys that each kind of operator is for.
FITTING = {
    "Bool": ("Bool",),
    "Numeric": ("Numeric", "Long"),
    "Date": ("Date", "Numeric"),
    "Arn": ("ARN", "String"),
    "IpAddress": ("IPAddress", "IPaddress"),
    "Binary": ("Binary",),
    "String": ("String", "ARN", "Bool"),
}
BUCKET = arn_like("arn:*:s3:::*", False)
# What allows everything: the first half of "what is not denied".
EVERYTHING = iam_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}, ""
)


def is_of_resource(policy: IamPolicy) -> bool:
    """Whether the policy is attached to a resource: its statements say whom they mean."""
    return any(each.principals is not None for each in policy.statements)


def is_trust(policy: IamPolicy) -> bool:
    """Whether it says who may take a role."""
    return all(
        value.lower() in ASSUMING or value.lower().startswith("sts:")
        for each in policy.statements
        for value in each.actions.values
    )


@lru_cache(maxsize=256)
def fates(policy: IamPolicy) -> tuple[tuple[PolicyStatement, Answer], ...]:
    """What becomes of each statement, worked out once for all rules. Raises OverBudget."""
    return tuple(questions.fates(policy))


def impossible_conditions(statement: PolicyStatement, policy: IamPolicy) -> Iterator[tuple[Condition, str]]:
    """Conditions that no request meets, and why."""
    for each in statement.conditions:
        for clause in conditions.clauses(each, policy.has_variables):
            reasons = [
                literal.atom.values.why
                for literal in clause
                if literal.holds and isinstance(literal.atom, Is) and isinstance(literal.atom.values, Nothing)
            ]
            if clause and len(reasons) == len(clause):
                yield each, reasons[0]


def mistyped(statement: PolicyStatement) -> Iterator[tuple[Condition, str]]:
    """Conditions of which the operator is not for keys of that type, and the type."""
    for each in statement.conditions:
        operator = conditions.named(each.operator).operator
        kind = key_type(each.key, actions())
        if operator is None or kind is None:
            continue
        if kind.removeprefix("ArrayOf") not in FITTING[operator.kind]:
            yield each, kind


@dataclass(frozen=True, slots=True)
class Misfit:
    """An action of a statement, and those of its resources that it never applies to."""

    action: str
    resources: tuple[str, ...]
    fits_some: bool


def misfits(statement: PolicyStatement, policy: IamPolicy) -> Iterator[Misfit]:
    """Actions that never apply to a resource of the statement."""
    if statement.resources is None or statement.resources.is_negated or statement.actions.is_negated:
        return
    written = {each: arn_like(each, policy.has_variables).relaxed() for each in statement.resources.values}
    for action in named_actions(statement):
        patterns = actions().resource_patterns(action)
        without = tuple(each for each, glob in written.items() if not _applies(glob, patterns))
        if without:
            yield Misfit(action.name, without, len(without) < len(written))


def _applies(glob: Glob, patterns: tuple[Glob, ...]) -> bool:
    return any(_meets(glob, each) for each in patterns) or glob.matches("*")


def _meets(glob: Glob, pattern: Glob) -> bool:
    # The name of a bucket has no slash; other names may have one.
    if pattern == BUCKET:
        return find_text([glob, pattern], [like("*/*", False)]) is not None
    return overlaps(glob, pattern)


def named_actions(statement: PolicyStatement) -> Iterator[Action]:
    """The actions that the statement names without wildcards, as far as they are known."""
    for each in statement.actions.values[:MAX_ACTIONS]:
        found = actions().find(each)
        if found is not None:
            yield found


def allowed_with(
    policy: IamPolicy, names: tuple[str, ...], facts: Clauses = (), resource: str = ""
) -> Request | None:
    """A request for one of the actions that the policy allows, with the facts. Raises Undecided."""
    where, allowed, denied = _parts(policy, names)
    scenario = Scenario(where, (allowed,), denied, several=several_keys([policy]))
    if resource:
        facts = (*facts, (Literal(Is("resource", arn_like(resource, False))),))
    return limited(scenario, Limits(facts, actions=names)).witness()


def denied_with(policy: IamPolicy, names: tuple[str, ...], facts: Clauses, resource: str) -> Request | None:
    """A request for one of the actions that the policy's denials let through. Raises Undecided."""
    where = space([*compiled.written_actions([policy]), names])
    scenario = Scenario(
        where,
        (tuple(compiled.allows([EVERYTHING], where)),),
        tuple(compiled.denies([policy], where)),
        (*facts, (Literal(Is("resource", arn_like(resource, False))),)),
        several=several_keys([policy]),
    )
    return limited(scenario, Limits(actions=names)).witness()


def _parts(policy: IamPolicy, names: tuple[str, ...]) -> tuple[Space, tuple[Ready, ...], tuple[Ready, ...]]:
    where = space([*compiled.written_actions([policy]), names])
    return where, tuple(compiled.allows([policy], where)), tuple(compiled.denies([policy], where))


def absent(key: str) -> tuple[Literal, ...]:
    """The fact that a request lacks the key."""
    return (Literal(Has(key), False),)


def says(key: str, value: str) -> tuple[Literal, ...]:
    """The fact that the key has the value."""
    return (Literal(Is(key, text_glob(value))),)


def mentions(policy: IamPolicy, *keys: str) -> bool:
    """Whether a condition of the policy speaks of one of the keys."""
    return any(each.key.lower() in keys for one in policy.statements for each in one.conditions)


def allows_of(policy: IamPolicy) -> Iterator[PolicyStatement]:
    """The statements that allow."""
    return (each for each in policy.statements if each.effect is Effect.ALLOW)


def document(*statements: dict[str, object], version: str = "2012-10-17") -> bytes:
    """A policy as bytes, for the examples of rules."""
    return json.dumps({"Version": version, "Statement": list(statements)}, indent=1).encode()
