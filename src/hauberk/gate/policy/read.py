"""Policy files, read strictly: what is not understood is refused, never passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields

from hauberk.gate.policy.demands import (
    ENVIRONMENT,
    ROLES,
    VERSION_KIND,
    DeploymentDemand,
    Environment,
    Policy,
    Role,
)
from hauberk.gate.policy.document import read_document
from hauberk.gate.policy.kind import NAME, TEXT, At, nearest

MAX_EXTENDS = 10  # environments on top of each other
KEYS = {"version": VERSION_KIND, "name": TEXT, "roles": ROLES, "environments": None}
# Lists of demands add up; everything else is replaced by what the extending environment says.
ADDED = ("require", "evaluation", "approvals", "conditions")


def read_policy(octets: bytes, name: str, known: Mapping[str, Role] | None = None) -> Policy:
    """The policy in a file (YAML, or TOML by its name). Raises BadSettings, which says where and what.

    `known` are roles that the reader fills as people come and go; the file need not have them. Conditions
    are compiled when the policy is read: a wrong one is found before anything depends on it.
    """
    found, at = read_document(octets, name), At(name)
    if not isinstance(found, dict):
        raise at.wrong("must be a table of keys and values")
    for key in found:
        if key not in KEYS:
            raise at.wrong(f"has the unknown key {str(key)[:80]!r}; {nearest(str(key), KEYS)}")
    for key in ("version", "environments"):
        if key not in found:
            raise at.wrong(f"lacks the key {key!r}")
    VERSION_KIND.read(found["version"], at.inside("version"))
    roles = ROLES.read(found["roles"], at.inside("roles")) if "roles" in found else {}
    roles = {**(known or {}), **roles}  # type: ignore[dict-item]  # ROLES reads roles
    policy = Policy(
        name=str(TEXT.read(found.get("name", name or "policy"), at.inside("name"))),
        roles=roles,
        environments=_environments(found["environments"], at.inside("environments")),
        digest=hashlib.sha256(octets).hexdigest(),
    )
    for each, environment in policy.environments.items():
        _refuse(policy, environment, at.inside("environments").inside(each), known or {})
    return policy


def _environments(value: object, at: At) -> Mapping[str, Environment]:
    if not isinstance(value, dict) or not value:
        raise at.wrong("must be a table with at least one environment")
    read: dict[str, Environment] = {}
    for name, own in value.items():
        NAME.read(name, at)
        here = at.inside(name)
        ENVIRONMENT.read(own, here)  # so that complaints name the place where the mistake stands
        merged = _merged(_line(name, value, here))
        read[name] = ENVIRONMENT.read(merged, here)  # type: ignore[assignment]  # kinds carry no type
    return read


def _line(name: str, value: Mapping[str, object], at: At) -> list[dict[str, object]]:
    """The tables of an environment and of those that it extends, the furthest first."""
    line: list[dict[str, object]] = []
    seen: list[str] = []
    while name:
        if name in seen or len(seen) >= MAX_EXTENDS:
            raise at.wrong(f"extends itself, or too many: {' -> '.join([*seen, name])[:300]}")
        if name not in value:
            raise at.inside("extends").wrong(f"names {name[:80]!r}; {nearest(name, value)}")
        own = value[name]
        if not isinstance(own, dict):
            raise at.wrong("must be a table of demands")
        line.insert(0, own)
        seen.append(name)
        name = str(own.get("extends", ""))
    return line


def _merged(line: list[dict[str, object]]) -> dict[str, object]:
    merged: dict[str, object] = {}
    for own in line:
        for key, value in own.items():
            before = merged.get(key)
            if key in ADDED and isinstance(before, list) and isinstance(value, list):
                merged[key] = [*before, *value]
            elif isinstance(before, dict) and isinstance(value, dict):
                merged[key] = {**before, **value}
            else:
                merged[key] = value
    return merged


def _refuse(policy: Policy, environment: Environment, at: At, known: Mapping[str, Role]) -> None:
    """Raises BadSettings for an environment that asks nothing, or cannot be fulfilled."""
    if not list(demands_of(environment)):
        raise at.wrong("asks for nothing; an environment without a demand would let everything pass")
    for where, demand in demands_of(environment):
        if getattr(demand, "by", "") not in known:
            _refuse_role(policy, demand, at.inside(where))
    for threshold in environment.evaluation:
        if threshold.at_least is None and threshold.at_most is None:
            raise at.inside("evaluation").wrong(f"{threshold.metric!r} needs at-least or at-most")
    if (bom := environment.bom) and bom.licences_denied and not bom.licences_allowed:
        raise at.inside("bom").wrong('licences-denied needs licences-allowed (["*"] allows the rest)')
    if (scan := environment.scan) and scan.rule_set_max_age and not scan.rule_sets:
        raise at.inside("scan").wrong("rule-set-max-age needs rule-sets, which say how old each one is")
    if environment.deployment == DeploymentDemand():
        raise at.inside("deployment").wrong("asks for nothing; name days, hours, freezes or after")
    if environment.conditions:
        _refuse_conditions(environment, at)


def _refuse_conditions(environment: Environment, at: At) -> None:
    from hauberk.gate.policy.condition import compile_condition

    for n, condition in enumerate(environment.conditions):
        compile_condition(condition.cel, At(at.file, f"{at.path}.conditions[{n}].cel"))


def _refuse_role(policy: Policy, demand: object, at: At) -> None:
    role = getattr(demand, "by", "")
    needed = getattr(demand, "threshold", 1)
    count = getattr(demand, "count", 1) if at.path.endswith("approvals") else 1
    if not role:
        return
    if role not in policy.roles:
        raise at.inside("by").wrong(f"names the role {role!r}; {nearest(role, policy.roles)}")
    members = len(set(policy.roles[role].signers))
    if max(needed, count) > members:
        raise at.wrong(f"cannot be fulfilled: {max(needed, count)} of the {members} in the role {role!r}")


def demands_of(environment: Environment) -> Iterator[tuple[str, object]]:
    """Every demand with the key under which it stands."""
    for each in fields(environment):
        value = getattr(environment, each.name)
        if each.name == "extends" or value is None:
            continue
        for demand in value if isinstance(value, tuple) else (value,):
            yield each.name, demand
            if (soak := getattr(demand, "after", None)) is not None:
                yield f"{each.name}.after", soak


def schema() -> dict[str, object]:
    """The JSON schema of a policy file, for editors and for those who write policies by program."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hauberk gate policy, version 1",
        "type": "object",
        "properties": {
            "version": {**VERSION_KIND.schema, "description": "the version of this schema"},
            "name": {**TEXT.schema, "description": "what to call the policy"},
            "roles": {**ROLES.schema, "description": "who may speak for what"},
            "environments": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": dict(NAME.schema),
                "additionalProperties": dict(ENVIRONMENT.schema),
                "description": "what each environment asks",
            },
        },
        "required": ["version", "environments"],
        "additionalProperties": False,
    }
