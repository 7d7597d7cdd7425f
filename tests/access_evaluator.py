"""A second reading of AWS's documentation: decides one request from the JSON of policies.

Written apart from the engine and without its code, and slow on purpose: patterns are matched letter by
letter, every comparison is spelt out. What the two disagree about is a fault of one of them.
"""

from __future__ import annotations

import base64
import ipaddress
from datetime import UTC, datetime
from typing import Any

Request = dict[str, Any]  # action, resource, principal, context: {lower-case key: [values]}


def is_allowed(policy: dict[str, Any], request: Request) -> bool:
    """Some statement allows the request and none denies it."""
    effects = {each["Effect"] for each in as_list(policy["Statement"]) if applies(each, request, policy)}
    return "Allow" in effects and "Deny" not in effects


def is_denied(policy: dict[str, Any], request: Request) -> bool:
    """Some statement denies the request."""
    return any(
        each["Effect"] == "Deny" and applies(each, request, policy) for each in as_list(policy["Statement"])
    )


def applies(statement: dict[str, Any], request: Request, policy: dict[str, Any]) -> bool:
    """Whether all elements of the statement fit the request."""
    variables = policy.get("Version") == "2012-10-17"
    return (
        _action(statement, request)
        and _resource(statement, request, variables)
        and _principal(statement, request)
        and _conditions(statement.get("Condition", {}), request, variables)
    )


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _action(statement: dict[str, Any], request: Request) -> bool:
    if "NotAction" in statement:
        return not _any_action(statement["NotAction"], request)
    return _any_action(statement["Action"], request)


def _any_action(written: Any, request: Request) -> bool:
    return any(fits(each.lower(), request["action"].lower()) for each in as_list(written))


def _resource(statement: dict[str, Any], request: Request, variables: bool) -> bool:
    if "NotResource" in statement:
        return not _any_resource(statement["NotResource"], request, variables)
    return "Resource" not in statement or _any_resource(statement["Resource"], request, variables)


def _any_resource(written: Any, request: Request, variables: bool) -> bool:
    for each in as_list(written):
        pattern = spelt(each, request, variables, wild=True)
        if pattern is not None and fits_arn(pattern, request["resource"]):
            return True
    return False


def _principal(statement: dict[str, Any], request: Request) -> bool:
    if "NotPrincipal" in statement:
        return not _any_principal(statement["NotPrincipal"], request["principal"])
    return "Principal" not in statement or _any_principal(statement["Principal"], request["principal"])


def _any_principal(written: Any, who: str) -> bool:
    if written == "*":
        return True
    for kind, names in written.items():
        for name in as_list(names):
            if kind == "AWS" and name == "*":
                return True
            if f"{kind}:{name}" == who:
                return True
            if kind == "AWS" and who.startswith("AWS:arn:"):
                role, _, session = who.partition(" ")
                if role == f"AWS:{name}" and ":role/" in name:
                    return True
                if session and name.split("/")[1:] == [role.rpartition("/")[2], session]:
                    return True
                account = who.split(":")[5]
                if name == account or (name.endswith(":root") and name.split(":")[4] == account):
                    return True
    return False


def _conditions(written: dict[str, Any], request: Request, variables: bool) -> bool:
    return all(
        _condition(operator, key, [str(each) for each in as_list(values)], request, variables)
        for operator, block in written.items()
        for key, values in block.items()
    )


def _condition(operator: str, key: str, wanted: list[str], request: Request, variables: bool) -> bool:
    present = context(request, key)
    if operator == "Null":
        return any((each.lower() == "true") == (not present) for each in wanted)
    quantifier = ""
    if operator.startswith(("ForAnyValue:", "ForAllValues:")):
        quantifier, operator = operator.split(":")
    if operator.endswith("IfExists"):
        operator = operator.removesuffix("IfExists")
        if not present:
            return True
    negated = "Not" in operator
    plain = operator.replace("Not", "")

    def one(value: str) -> bool:
        found = any(_compare(plain, value, each, request, variables) for each in wanted)
        return found != negated

    if quantifier == "ForAllValues":
        return all(one(each) for each in present)
    if quantifier == "ForAnyValue":
        return any(one(each) for each in present)
    if negated:
        return all(one(each) for each in present)
    return any(one(each) for each in present)


def context(request: Request, key: str) -> list[str]:
    key = key.lower()
    if key in request["context"]:
        return list(request["context"][key])
    who = request["principal"]
    if who.startswith("AWS:arn:"):
        if key == "aws:principalarn":
            return [who[4:].split(" ")[0]]
        if key == "aws:principalaccount":
            return [who.split(":")[5]]
    return []


def _compare(operator: str, value: str, wanted: str, request: Request, variables: bool) -> bool:
    if operator.startswith("String"):
        pattern = spelt(wanted, request, variables, wild=operator == "StringLike")
        if pattern is None:
            return False
        if operator == "StringEqualsIgnoreCase":
            return [ascii_lower(each) for each in pattern] == [ascii_lower(each) for each in value]
        return fits(pattern, value)
    if operator.startswith("Arn"):
        pattern = spelt(wanted, request, variables, wild=True)
        return pattern is not None and fits_arn(pattern, value)
    if operator == "Bool":
        return wanted.lower() in ("true", "false") and wanted.lower() == value.lower()
    if operator == "BinaryEquals":
        return base64.b64encode(base64.b64decode(wanted)).decode() == value
    if operator == "IpAddress":
        network = ipaddress.ip_network(wanted, strict=False)
        address = ipaddress.ip_network(value, strict=False)
        return network.version == address.version and address.subnet_of(network)  # type: ignore[arg-type]
    return _ordered(operator, value, wanted)


def _ordered(operator: str, value: str, wanted: str) -> bool:
    read = _number if operator.startswith("Numeric") else _date
    left, right = read(value), read(wanted)
    if left is None or right is None:
        return False
    relation = operator.removeprefix("Numeric").removeprefix("Date")
    return {
        "Equals": left == right, "LessThan": left < right, "LessThanEquals": left <= right,
        "GreaterThan": left > right, "GreaterThanEquals": left >= right,
    }[relation]  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _date(text: str) -> float | None:
    if (number := _number(text)) is not None:
        return number
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def ascii_lower(letter: str) -> str:
    return letter.lower() if isinstance(letter, str) and letter.isascii() else letter


ANY, ONE = object(), object()


def spelt(text: str, request: Request, variables: bool, wild: bool) -> list[Any] | None:
    """The pattern as letters and wildcards; None if a variable has no value."""
    found: list[Any] = []
    at = 0
    while at < len(text):
        end = text.find("}", at) if variables and text.startswith("${", at) else -1
        if end > 0:
            name, _, default = text[at + 2 : end].partition(",")
            name, default = name.strip(), default.strip().strip("'")
            if name in ("*", "?", "$"):
                found += name
            else:
                values = context(request, name)
                value = values[0] if len(values) == 1 else default or None
                if value is None:
                    return None
                found += value
            at = end + 1
            continue
        letter = text[at]
        found.append(ANY if wild and letter == "*" else ONE if wild and letter == "?" else letter)
        at += 1
    return found


def fits(pattern: Any, text: str) -> bool:
    """Wildcards over everything."""
    if isinstance(pattern, str):
        pattern = [ANY if each == "*" else ONE if each == "?" else each for each in pattern]
    reach = {0}
    for each in pattern:
        if each is ANY:
            reach = set(range(min(reach), len(text) + 1)) if reach else set()
        else:
            reach = {n + 1 for n in reach if n < len(text) and (each is ONE or each == text[n])}
    return len(text) in reach


def fits_arn(pattern: list[Any], text: str) -> bool:
    """The first five parts each by itself; the last part, of six or fewer, over everything."""
    parts: list[list[Any]] = [[]]
    for each in pattern:
        if each == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(each)
    pieces = text.split(":", len(parts) - 1)
    if len(pieces) != len(parts):
        return False
    return all(fits(one, piece) for one, piece in zip(parts, pieces, strict=True))
