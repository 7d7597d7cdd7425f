"""Who may do what, when all layers of policies are put together.

A request passes if nothing denies it, every control policy of the organisation allows it, and either the
principal's own policies allow it (within boundary and session) or, in the same account, the resource's
policy allows it by itself. Across accounts both must. A key's policy, and a role's trust, must always
have its say: without it an account's own policies count for nothing.

Source: AWS IAM user guide, "Policy evaluation logic" and "Cross-account policy evaluation logic"; AWS KMS
developer guide, "Key policies".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from hauberk.analysis.access import compiled
from hauberk.analysis.access.actions import Space, space
from hauberk.analysis.access.atoms import PRINCIPAL, RESOURCE, Clause, Clauses, Has, Is, Literal
from hauberk.analysis.access.compiled import Ready
from hauberk.analysis.access.globs import Glob, Wild, arn_like, made, text_glob
from hauberk.analysis.access.questions import Answer, Limits, first, limited, several_keys
from hauberk.analysis.access.request import ANONYMOUS, AWS, SERVICE, WITH_ARN
from hauberk.analysis.access.scenario import Scenario
from hauberk.analysis.access.values import Rest
from hauberk.core.errors import Undecided
from hauberk.formats.iam_policy import Effect, IamPolicy

Policies = tuple[IamPolicy, ...]


@dataclass(frozen=True, slots=True)
class Principal:
    """A user or role: its ARN, and what limits it. `controls` are the levels of SCPs, each must allow."""

    arn: str
    policies: Policies = ()
    boundary: IamPolicy | None = None
    session: IamPolicy | None = None
    controls: tuple[Policies, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def account(self) -> str:
        """The account's number."""
        return [*self.arn.split(":"), "", "", "", "", ""][4]

    def known(self) -> dict[str, tuple[str, ...]]:
        """What every request of the principal says, in its context."""
        found: dict[str, tuple[str, ...]] = {}
        found.update({f"aws:principaltag/{key.lower()}": (value,) for key, value in self.tags})
        if ":user/" in self.arn:
            found["aws:username"] = (self.arn.rpartition("/")[2],)
        elif ":role/" in self.arn:
            found["aws:username"] = ()
        return found


@dataclass(frozen=True, slots=True)
class Guarded:
    """A resource: its ARN (a pattern may be), its account, its policy, and the levels of RCPs.

    `always_asked`: its policy must allow every request, even of its own account (keys, role trust).
    """

    arn: str
    account: str = ""
    policy: IamPolicy | None = None
    controls: tuple[Policies, ...] = ()
    always_asked: bool = False


def can(who: Principal, action: str, what: Guarded, limits: Limits | None = None) -> Answer:
    """Whether some request of the principal for the action (a pattern may be) on the resource passes."""
    scenarios = list(_scenarios(who, what, limits or Limits(actions=(action,))))
    try:
        witness = first(scenarios)
    except Undecided as error:
        return Answer(None, str(error))
    if witness is None:
        return Answer(False, _why_not(who, action, what))
    return Answer(True, f"allowed: {witness}", witness)


def who_can(
    principals: Iterable[Principal], action: str, what: Guarded
) -> Iterator[tuple[Principal, Answer]]:
    """The principals that can, and those that nobody could decide about."""
    for each in principals:
        answer = can(each, action, what)
        if answer.holds is not False:
            yield each, answer


def reached_from_outside(
    policy: IamPolicy, accounts: Sequence[str], actions: Sequence[str] = ("*",), organisation: str = ""
) -> Answer:
    """Whether the resource's policy lets anybody in who is in none of the accounts nor in the organisation.

    AWS's own services, which act for somebody, are not asked about.
    """
    inside: list[Glob] = [
        made([AWS, "arn:", Wild.ANY_IN_SEGMENT, ":iam::", each, ":", Wild.ANY], False) for each in accounts
    ]
    outside = Rest(tuple(inside))
    facts: Clauses = (
        (Literal(Is(PRINCIPAL, outside)),),
        (Literal(Is(PRINCIPAL, made([SERVICE, Wild.ANY], False)), False),),
    )
    if organisation:
        facts = (*facts, (Literal(Is("aws:principalorgid", text_glob(organisation)), False),))
    return _granted(policy, Limits(facts, actions=tuple(actions)))


def is_public(policy: IamPolicy, actions: Sequence[str] = ("*",)) -> Answer:
    """Whether the resource's policy lets anybody in, with no account at all."""
    return _granted(
        policy, Limits(((Literal(Is(PRINCIPAL, text_glob(ANONYMOUS))),),), actions=tuple(actions))
    )


def _granted(policy: IamPolicy, limits: Limits) -> Answer:
    where = space([*compiled.written_actions([policy]), limits.actions])
    allowed, denied = compiled.allows([policy], where), compiled.denies([policy], where)
    scenario = Scenario(
        where, (tuple(allowed),), tuple(denied), tuple(_of_accounts(policy)), several=several_keys([policy])
    )
    try:
        witness = limited(scenario, limits).witness()
    except Undecided as error:
        return Answer(None, str(error))
    if witness is None:
        return Answer(False, "no statement lets them in that no other denies")
    return Answer(True, f"allowed: {witness}", witness)


def _of_accounts(policy: IamPolicy) -> Iterator[Clause]:
    """Keys that only a principal of an account has: nobody else can meet a condition on them."""
    for statement in policy.statements:
        for each in statement.conditions:
            key = each.key.lower()
            if key == "aws:username" or key.startswith(("aws:principalorg", "aws:principaltag/")):
                yield Literal(Is(PRINCIPAL, WITH_ARN)), Literal(Has(key), False)


def _scenarios(who: Principal, what: Guarded, limits: Limits) -> Iterator[Scenario]:
    """The ways in which a request can pass."""
    layers = _Layers.of(who, what, limits)
    base = replace(layers.base(who), facts=(*_facts(who, what), *limits.facts))
    base = limited(base, Limits(known=limits.known, actions=limits.actions))
    own = (layers.allowed(who.policies), *layers.bounds(who))
    if what.policy is None:
        if not what.always_asked and _is_same(who, what):
            yield replace(base, needed=(*base.needed, *own))
        return
    everybody = layers.allowed((what.policy,))
    if what.always_asked or not _is_same(who, what):
        yield replace(base, needed=(*base.needed, *own, everybody))
    else:
        yield replace(base, needed=(*base.needed, *own))
    if _is_same(who, what):
        direct = tuple(each for each in everybody if _is_direct(each))
        bounds = () if ":user/" in who.arn else layers.bounds(who)
        yield replace(base, needed=(*base.needed, direct, *bounds))


@dataclass(frozen=True, slots=True)
class _Layers:
    space: Space
    policies: Policies
    guarding: tuple[Policies, ...]

    @classmethod
    def of(cls, who: Principal, what: Guarded, limits: Limits) -> _Layers:
        guarding = (*who.controls, *what.controls)
        policies = (
            *who.policies,
            *(each for each in (who.boundary, who.session, what.policy) if each is not None),
            *(each for level in guarding for each in level),
        )
        written = [*compiled.written_actions(policies), limits.actions]
        return cls(space(written), policies, guarding)

    def base(self, who: Principal) -> Scenario:
        """What always holds: nothing denies, and every level of control allows."""
        return Scenario(
            self.space,
            tuple(self.allowed(level) for level in self.guarding),
            tuple(compiled.denies(self.policies, self.space)),
            several=several_keys(self.policies),
            known=who.known(),
        )

    def allowed(self, policies: Policies) -> tuple[Ready, ...]:
        return tuple(compiled.allows(policies, self.space))

    def bounds(self, who: Principal) -> tuple[tuple[Ready, ...], ...]:
        limits = (each for each in (who.boundary, who.session) if each is not None)
        return tuple(self.allowed((each,)) for each in limits)


def _facts(who: Principal, what: Guarded) -> Clauses:
    exact = text_glob(f"{AWS}{who.arn}")
    return (
        (Literal(Is(PRINCIPAL, exact)),),
        (Literal(Is(RESOURCE, arn_like(what.arn, False))),),
    )


def _is_same(who: Principal, what: Guarded) -> bool:
    return not what.account or who.account == what.account


def _is_direct(statement: Ready) -> bool:
    """Whether an allow of a resource's policy names more than whole accounts, which only delegate."""
    named = statement.source.principals
    if named is None or named.is_negated or statement.source.effect is not Effect.ALLOW:
        return named is not None
    return any(
        not (kind == "AWS" and (name.isdigit() or name.endswith(":root"))) for kind, name in named.named
    )


def _why_not(who: Principal, action: str, what: Guarded) -> str:
    if what.policy is None and what.always_asked:
        return f"{what.arn} has no policy, and only that could let anybody in"
    if what.policy is None and not _is_same(who, what):
        return f"{who.arn} is of another account than {what.arn}, which has no policy that lets it in"
    return f"no request of {who.arn} for {action} on {what.arn} is allowed by all layers and denied by none"
