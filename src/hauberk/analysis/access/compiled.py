"""Statements made ready for questions: actions as a set, the rest as clauses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hauberk.analysis.access import conditions, request
from hauberk.analysis.access.actions import Space
from hauberk.analysis.access.atoms import PRINCIPAL, RESOURCE, Clauses, Has, Is, Literal
from hauberk.analysis.access.globs import Glob, Wild, arn_like, made
from hauberk.analysis.access.request import PRINCIPAL_ACCOUNT, PRINCIPAL_ARN, Request
from hauberk.analysis.access.values import one_of
from hauberk.formats.iam_policy import Effect, IamPolicy, PolicyStatement, Principals

EVERYTHING = made([Wild.ANY], False)


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """One statement: `actions` is a set of numbers, `resources` None where every resource is meant.

    `resources` are patterns, of which one must match, or none if `is_negated`. `asked` is what the rest
    asks: principals and conditions.
    """

    source: PolicyStatement
    policy: IamPolicy
    actions: int
    resources: tuple[Glob, ...] | None
    is_negated: bool
    asked: Clauses

    def matches(self, asked: Request, action: int) -> bool:
        """Whether the statement speaks of this request; `action` is the set of its action."""
        return bool(self.actions & action) and self.matches_resource(asked) and asked.meets(self.asked)

    def matches_resource(self, asked: Request) -> bool:
        """Whether Resource or NotResource takes the request's resource."""
        if self.resources is None:
            return True
        bound = (asked.bound(each) for each in self.resources)
        return any(each.matches(asked.resource) for each in bound) != self.is_negated

    @property
    def name(self) -> str:
        """For words: the Sid or number, and the policy's name."""
        return f"{self.source.name} of {self.policy.locator}" if self.policy.locator else self.source.name


def ready(policy: IamPolicy, space: Space, effect: Effect) -> list[Ready]:
    """The policy's statements of one effect."""
    return [_ready(each, policy, space) for each in policy.statements if each.effect is effect]


def allows(policies: Iterable[IamPolicy], space: Space) -> list[Ready]:
    """Everything that the policies allow."""
    return [each for policy in policies for each in ready(policy, space, Effect.ALLOW)]


def denies(policies: Iterable[IamPolicy], space: Space) -> list[Ready]:
    """Everything that the policies deny."""
    return [each for policy in policies for each in ready(policy, space, Effect.DENY)]


def _ready(statement: PolicyStatement, policy: IamPolicy, space: Space) -> Ready:
    has_variables = policy.has_variables
    resources: tuple[Glob, ...] | None = None
    is_negated = False
    if statement.resources is not None:
        resources = tuple(dict.fromkeys(arn_like(each, has_variables) for each in statement.resources.values))
        is_negated = statement.resources.is_negated
        if EVERYTHING in resources and not is_negated:
            resources = None
    asked = tuple(
        dict.fromkeys(
            (
                *_principals(statement.principals),
                *(
                    clause
                    for each in statement.conditions
                    for clause in conditions.clauses(each, has_variables)
                ),
            )
        )
    )
    actions = space.mask(statement.actions.values, statement.actions.is_negated)
    return Ready(statement, policy, actions, resources, is_negated, _on_principals(asked))


def _principals(named: Principals | None) -> Clauses:
    if named is None:
        return ()
    globs = dict.fromkeys(glob for kind, name in named.named for glob in request.patterns(kind, name))
    if named.is_negated:
        return tuple((Literal(Is(PRINCIPAL, each), False),) for each in globs)
    return () if EVERYTHING in globs else (tuple(Literal(Is(PRINCIPAL, each)) for each in globs),)


def _on_principals(asked: Clauses) -> Clauses:
    """Comparisons of who asks, as comparisons of the principal itself, where that is the same.

    It is the same for a principal with an ARN, and no other has these keys.
    """
    return tuple(tuple(_on_principal(each) for each in clause) for clause in asked)


def _on_principal(literal: Literal) -> Literal:
    atom = literal.atom
    if isinstance(atom, Has) and atom.field in (PRINCIPAL_ARN, PRINCIPAL_ACCOUNT):
        return Literal(Is(PRINCIPAL, request.WITH_ARN), literal.holds)
    if isinstance(atom, Is) and isinstance(atom.values, Glob) and not any(atom.values.variables()):
        globs = request.on_principal(atom.field, atom.values)
        if globs:
            return Literal(Is(PRINCIPAL, globs[0] if len(globs) == 1 else one_of(*globs)), literal.holds)
    return literal


def resource_clauses(statement: Ready) -> Clauses:
    """What Resource or NotResource asks."""
    if statement.resources is None:
        return ()
    if statement.is_negated:
        return tuple((Literal(Is(RESOURCE, each), False),) for each in statement.resources)
    return (tuple(Literal(Is(RESOURCE, each)) for each in statement.resources),)


def written_actions(policies: Sequence[IamPolicy]) -> list[tuple[str, ...]]:
    """The values of every Action and NotAction."""
    return [one.actions.values for policy in policies for one in policy.statements]
