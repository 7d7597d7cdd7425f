"""AWS policy documents: of identities, resources, boundaries, controls and trust, with each statement's line.

Elements have exactly the names of the grammar; what the grammar does not know is refused, because what
AWS would make of it is not known.

Source: AWS, "Grammar of the IAM JSON policy language"; versions 2008-10-17 and 2012-10-17.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import cast

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.statement import Json
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.json_document import SPACE
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import parse

SIGNS = Signs(holds=(b'"Statement"',))
# Bytes of one document: AWS takes 20,480 at most, generated comparisons of thousand statements have 400 kB.
MAX_BYTES = 4 << 20
# Statements of one document, and values of all its elements together.
MAX_STATEMENTS = 20_000
MAX_VALUES = 400_000
# Characters of one value: an ARN has at most 2,048.
MAX_VALUE = 4_096
VARIABLES_SINCE = "2012-10-17"  # before, `${...}` is text
VERSIONS = ("2008-10-17", VARIABLES_SINCE)
PRINCIPAL_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
ELEMENTS = {
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
    "Condition",
}  # fmt: skip
# A whole string, one bracket, or a run of what is neither.
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]|[^\[\]{}"]++', re.DOTALL)


class Effect(StrEnum):
    """What a statement does to the requests that it matches."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Element:
    """The values of Action, Resource or their opposites; `is_negated` of NotAction and NotResource."""

    values: tuple[str, ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """(kind, value) pairs; `*` alone is ("AWS", "*"); `is_negated` of NotPrincipal."""

    named: tuple[tuple[str, str], ...]
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator, one key of the request, and the values that it is compared with."""

    operator: str
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyStatement:
    """One statement; `line` is 1-based in the document, `index` 0-based among its siblings."""

    index: int
    line: int
    effect: Effect
    actions: Element
    resources: Element | None = None
    principals: Principals | None = None
    conditions: tuple[Condition, ...] = ()
    sid: str = ""

    @property
    def name(self) -> str:
        """The Sid, or the place among the statements, counted from 1."""
        return self.sid or f"statement {self.index + 1}"


@dataclass(frozen=True, kw_only=True, eq=False)
class IamPolicy(View):
    """What one policy document says."""

    statements: tuple[PolicyStatement, ...]
    version: str = VERSIONS[0]
    name: str = ""

    @property
    def has_variables(self) -> bool:
        """Whether `${...}` is a policy variable here, not text."""
        return self.version == VARIABLES_SINCE


def claim(asset: Asset) -> Claim:
    """CERTAIN where a JSON object speaks of statements; `read` looks whether they are its own."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith(".json"):
        return Claim.NONE
    is_policy = asset.head.lstrip(SPACE)[:1] == b"{" and b'"Statement"' in asset.head
    return Claim.CERTAIN if is_policy and b'"Effect"' in asset.head else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The policy, if the document is one: other documents only hold some, and have readers of their own."""
    octets = asset.content.read(0, min(asset.content.size, MAX_BYTES + 1))
    try:
        document = parse(octets, MAX_BYTES).value
    except Malformed:
        return  # whoever reads all JSON tells of it
    if isinstance(document, dict) and "Statement" in document:
        yield read_iam_policy(octets, asset.locator)


def read_iam_policy(octets: bytes, locator: str) -> IamPolicy:
    """The policy in the JSON text. Raises Malformed, with the line of the statement, and OverBudget."""
    parsed = parse(octets, MAX_BYTES)
    flaws = tuple(Flaw(FlawKind.DISAGREES, f"the key {path} stands twice") for path in parsed.duplicates)
    return iam_policy(parsed.value, locator, _lines(octets), flaws)


def iam_policy(
    value: Json, locator: str, lines: Sequence[int] = (), flaws: tuple[Flaw, ...] = ()
) -> IamPolicy:
    """The policy that a document says; `lines` are those of its statements, or one for all of them."""
    document = _object(value, "the policy")
    if unknown := sorted(set(document) - {"Version", "Id", "Statement"}):
        raise Malformed(f"a policy has no element {unknown[0][:80]!r}")
    version = document.get("Version", VERSIONS[0])
    if version not in VERSIONS:
        raise Malformed(f"Version is {str(version)[:40]!r}, and AWS knows only {' and '.join(VERSIONS)}")
    written = document.get("Statement")
    listed = written if isinstance(written, list) else [written]
    if written is None or not listed:
        raise Malformed("a policy without Statement")
    if len(listed) > MAX_STATEMENTS:
        raise OverBudget(f"{len(listed)} statements, and {MAX_STATEMENTS} are the limit")
    if len(lines) != len(listed):
        lines = [next(iter(lines), 1)] * len(listed)
    statements = tuple(_statement(each, index, lines[index]) for index, each in enumerate(listed))
    if sum(map(_size, statements)) > MAX_VALUES:
        raise OverBudget(f"more than {MAX_VALUES} values in one policy")
    name = document.get("Id", "")
    return IamPolicy(
        locator=locator, flaws=flaws, statements=statements, version=str(version), name=str(name)[:MAX_VALUE]
    )


def _size(statement: PolicyStatement) -> int:
    elements = len(statement.actions.values) + (len(statement.resources.values) if statement.resources else 0)
    return elements + sum(len(each.values) for each in statement.conditions)


def _statement(written: Json, index: int, line: int) -> PolicyStatement:
    try:
        return _read(_object(written, "a statement"), index, line)
    except Malformed as error:
        raise Malformed(f"line {line}, statement {index + 1}: {error}") from None


def _read(written: Mapping[str, Json], index: int, line: int) -> PolicyStatement:
    if unknown := sorted(set(written) - ELEMENTS):
        raise Malformed(f"a statement has no element {unknown[0][:80]!r}")
    effect = written.get("Effect")
    if effect not in tuple(Effect):
        raise Malformed(f"Effect is {str(effect)[:40]!r}, neither Allow nor Deny")
    actions = _element(written, "Action")
    if actions is None:
        raise Malformed("neither Action nor NotAction")
    sid = written.get("Sid", "")
    if not isinstance(sid, str):
        raise Malformed("Sid is not a text")
    return PolicyStatement(
        index=index,
        line=line,
        effect=Effect(str(effect)),
        actions=actions,
        resources=_element(written, "Resource"),
        principals=_principals(written),
        conditions=tuple(_conditions(written.get("Condition", {}))),
        sid=sid[:MAX_VALUE],
    )


def _element(written: Mapping[str, Json], name: str) -> Element | None:
    found = _one_of(written, name)
    if found is None:
        return None
    values = _texts(written[found], found)
    if not values:
        raise Malformed(f"{found} is empty")
    return Element(values, found != name)


def _one_of(written: Mapping[str, Json], name: str) -> str | None:
    present = [each for each in (name, f"Not{name}") if each in written]
    if len(present) > 1:
        raise Malformed(f"both {name} and Not{name}")
    return present[0] if present else None


def _principals(written: Mapping[str, Json]) -> Principals | None:
    found = _one_of(written, "Principal")
    if found is None:
        return None
    value = written[found]
    if value == "*":
        return Principals((("AWS", "*"),), found != "Principal")
    named: list[tuple[str, str]] = []
    for kind, values in _object(value, found).items():
        if kind not in PRINCIPAL_KINDS:
            raise Malformed(f"{found} has no kind {kind[:40]!r}")
        named += [(kind, each) for each in _texts(values, found)]
    if not named:
        raise Malformed(f"{found} is empty")
    return Principals(tuple(named), found != "Principal")


def _conditions(written: Json) -> Iterator[Condition]:
    for operator, block in _object(written, "Condition").items():
        for key, values in _object(block, f"Condition {operator[:60]}").items():
            yield Condition(operator, key, _texts(values, f"Condition {operator[:60]} {key[:60]}"))


def _object(value: Json, what: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise Malformed(f"{what} is not an object")
    return cast(Mapping[str, Json], value)


def _texts(value: Json, what: str) -> tuple[str, ...]:
    """One value or a list of them, as the texts that AWS compares."""
    return tuple(_text(each, what) for each in (value if isinstance(value, list) else [value]))


def _text(value: Json, what: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str):
        raise Malformed(f"{what} holds what is not a text")
    if len(value) > MAX_VALUE:
        raise Malformed(f"{what} holds a text of {len(value)} characters, and {MAX_VALUE} are the limit")
    return value


def _lines(octets: bytes) -> list[int]:
    """The 1-based line on which each statement begins; none if two keys are named Statement."""
    text = octets.decode("utf-8", "replace")
    found, line = [], 1
    for before, here in pairwise([0, *_offsets(text)]):
        line += text.count("\n", before, here)
        found.append(line)
    return found


def _offsets(text: str) -> Iterator[int]:
    """Where the objects under the key Statement of the outermost object begin."""
    depth, key, in_list = 0, "", False
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        if first == '"' and depth == 1:
            key = token.group()
        elif first in "{[":
            inside = key == '"Statement"'
            if inside and first == "[" and depth == 1:
                in_list = True
            elif inside and first == "{" and depth == (2 if in_list else 1):
                yield token.start()
            depth += 1
        elif first in "}]":
            depth -= 1
            in_list = in_list and depth > 1


FORMAT = Format("iam-policy", "AWS policy document", claim, read)
