"""One request: who does what to what, and what the context says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from hauberk.analysis.access.atoms import PRINCIPAL, RESOURCE, Atom, Clauses, Has, Literal, Unclear
from hauberk.analysis.access.globs import Glob, Part, Wild, made
from hauberk.analysis.access.values import Nothing, Rest, Values
from hauberk.core.errors import Undecided

# A principal is written as its kind and its name; a session of a role as the role's ARN and its own name.
SESSION = " "
AWS, SERVICE = "AWS:", "Service:"
ANONYMOUS = "AWS:anonymous"
PRINCIPAL_ARN, PRINCIPAL_ACCOUNT = "aws:principalarn", "aws:principalaccount"
_SEGMENT = Wild.ANY_IN_SEGMENT
_STAYING: dict[Part, Part] = {Wild.ANY: _SEGMENT, Wild.ONE: Wild.ONE_IN_SEGMENT}
WITH_ARN = made(["AWS:arn:", _SEGMENT, ":iam::", _SEGMENT, ":", Wild.ANY], False)


@dataclass(frozen=True, slots=True)
class Request:
    """`context` has the keys in lower case, each with one value or more; `principal` is "" for nobody."""

    action: str
    resource: str
    principal: str = ""
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a field; none if it is absent."""
        if name == RESOURCE:
            return (self.resource,)
        if name == PRINCIPAL:
            return (self.principal,) if self.principal else ()
        if name in self.context:
            return self.context[name]
        return tuple(of_principal(self.principal, name))

    def meets(self, asked: Clauses) -> bool:
        """Whether every clause has a literal that is true of this request. Raises Undecided."""
        return all(any(self.is_true(each) for each in clause) for clause in asked)

    def is_true(self, literal: Literal) -> bool:
        """Whether the literal is true of this request."""
        return self._atom(literal.atom) == literal.holds

    def _atom(self, atom: Atom) -> bool:
        if isinstance(atom, Unclear):
            raise Undecided(atom.why)
        if isinstance(atom, Has):
            return bool(self.values(atom.field))
        values = self.bound(atom.values)
        return any(values.matches(each) for each in self.values(atom.field))

    def bound(self, values: Values) -> Values:
        """The set with policy variables replaced by what this request says."""
        if isinstance(values, Glob):
            known = {each.key: self._single(each.key) for each in values.variables()}
            return values if not known else values.bound(known) or Nothing("a policy variable has no value")
        if isinstance(values, Rest):
            return Rest(tuple(self.bound(each) for each in values.sets))
        return values

    def _single(self, key: str) -> str | None:
        """A variable stands for one value: a key with several has none."""
        found = self.values(key)
        return found[0] if len(found) == 1 else None

    def as_json(self) -> dict[str, object]:
        """For reports: the request as somebody would replay it."""
        context = {key: list(values) for key, values in sorted(self.context.items())}
        told: dict[str, object] = {"action": self.action, "resource": self.resource, "context": context}
        return {"principal": self.principal, **told} if self.principal else told

    def __str__(self) -> str:
        who = f"{self.principal} " if self.principal else ""
        told = ", ".join(f"{key} = {' | '.join(values)}" for key, values in sorted(self.context.items()))
        return f"{who}{self.action} on {self.resource}" + (f", with {told}" if told else "")


def of_principal(principal: str, key: str) -> Iterator[str]:
    """What the context says because of who asks."""
    parts = principal.removeprefix(AWS).split(":") if principal.startswith(f"{AWS}arn:") else []
    if len(parts) < 6:
        return
    if key == PRINCIPAL_ARN:
        yield principal.removeprefix(AWS).partition(SESSION)[0]
    elif key == PRINCIPAL_ACCOUNT:
        yield parts[4]


def patterns(kind: str, name: str) -> tuple[Glob, ...]:
    """The principals that an entry of Principal names.

    An account stands for everybody in it, a role for its sessions too.
    """
    if kind != "AWS":
        return (made([f"{kind}:{name}"], False),)
    if name == "*":
        return (made([Wild.ANY], False),)
    parts = name.split(":")
    account = name if name.isdigit() else parts[4] if len(parts) == 6 and parts[5] == "root" else ""
    if account:
        return (made(["AWS:arn:", _SEGMENT, ":", _SEGMENT, f"::{account}:", Wild.ANY], False),)
    if len(parts) == 6 and parts[2] == "sts" and parts[5].startswith("assumed-role/"):
        return _session(parts)
    exact = made([AWS, name], False)
    return (exact, _with_session(exact)) if ":role/" in name else (exact,)


def _session(parts: list[str]) -> tuple[Glob, ...]:
    """One session of a role; its ARN does not tell the role's path."""
    _, role, session = [*parts[5].split("/", 2), "", ""][:3]
    account = f"{AWS}arn:{parts[1]}:iam::{parts[4]}:role/"
    said = f"{role}{SESSION}{session}"
    return made([account + said], False), made([account, Wild.ANY, "/" + said], False)


def _with_session(glob: Glob) -> Glob:
    return made([*glob.parts, SESSION, Wild.ANY], glob.folds)


def on_principal(field_name: str, glob: Glob) -> tuple[Glob, ...]:
    """The principals whose own key is like the pattern; () if the key is nothing of a principal's."""
    if field_name == PRINCIPAL_ARN:
        exact = made([AWS, *glob.parts], glob.folds)
        return exact, _with_session(exact)
    if field_name == PRINCIPAL_ACCOUNT:
        inside = [_STAYING.get(each, each) for each in glob.parts]
        before: list[Part] = ["AWS:arn:", _SEGMENT, ":", _SEGMENT, ":", _SEGMENT, ":"]
        return (made([*before, *inside, ":", Wild.ANY], glob.folds),)
    return ()
