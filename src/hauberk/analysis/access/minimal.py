"""The least policy for what is used: no broader than the one there is, and enough; both are proven."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hauberk.analysis.access import compiled
from hauberk.analysis.access.actions import actions, space
from hauberk.analysis.access.layers import Guarded, Principal, can
from hauberk.analysis.access.questions import Answer, Limits, no_broader
from hauberk.core.statement import Json
from hauberk.formats.iam_policy import IamPolicy, iam_policy

# So many objects under one folder stand for the folder.
ENOUGH = 3
ANYBODY = "arn:aws:iam::000000000000:role/anybody"

Used = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Minimal:
    """The policy's document, what of the use the old policy does not allow, and both proofs."""

    document: dict[str, Json]
    missing: tuple[Used, ...]
    is_no_broader: Answer
    is_enough: bool


def minimal(policies: Sequence[IamPolicy], used: Iterable[Used]) -> Minimal:
    """The least policy for the use that `policies` allow; their conditions and denials stay."""
    needs = sorted(set(used))
    who = Principal(ANYBODY, tuple(policies))
    allowed = [each for each in needs if can(who, each[0], Guarded(each[1])).holds]
    document = _document(allowed, policies)
    made = iam_policy(document, "")
    return Minimal(
        document=document,
        missing=tuple(each for each in needs if each not in set(allowed)),
        is_no_broader=no_broader([made], policies),
        is_enough=all(can(Principal(ANYBODY, (made,)), *_asked(each)).holds for each in allowed),
    )


def _asked(need: Used) -> tuple[str, Guarded, Limits]:
    return need[0], Guarded(need[1]), Limits(actions=(need[0],))


def _document(needs: Sequence[Used], policies: Sequence[IamPolicy]) -> dict[str, Json]:
    """Each statement that allows, cut down to what is used by it; each that denies, as it is."""
    statements: list[Json] = []
    for policy in policies:
        where = space([*compiled.written_actions([policy]), *((action,) for action, _ in needs)])
        for each in compiled.allows([policy], where):
            mine = [
                need
                for need in needs
                if each.actions & where.mask((need[0],)) and _names(policy, each.source.index, need)
            ]
            statements += _cut(mine, policy, each.source.index)
        statements += [_written(policy, each.index) for each in policy.statements if each.effect == "Deny"]
    return {"Version": "2012-10-17", "Statement": statements}


def _names(policy: IamPolicy, index: int, need: Used) -> bool:
    """Whether the statement alone allows the need."""
    alone = iam_policy({"Version": policy.version, "Statement": [_written(policy, index)]}, "")
    return bool(can(Principal(ANYBODY, (alone,)), need[0], Guarded(need[1])).holds)


def _cut(needs: Sequence[Used], policy: IamPolicy, index: int) -> list[Json]:
    by_resource: defaultdict[str, set[str]] = defaultdict(set)
    for action, resource in needs:
        by_resource[resource].add(_spelt(action))
    alike: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for resource, names in by_resource.items():
        alike[tuple(sorted(names))].append(resource)
    kept = {key: value for key, value in _written(policy, index).items() if key in ("Sid", "Condition")}
    found: list[Json] = []
    for number, (actions_alike, resources) in enumerate(sorted(alike.items())):
        narrow = _folded(resources, policy, index)
        sid = {"Sid": f"{kept['Sid']}{number or ''}"} if kept.get("Sid") else {}
        found.append(
            {**kept, **sid, "Effect": "Allow", "Action": list(actions_alike), "Resource": list(narrow)}
        )
    return found


def _spelt(action: str) -> str:
    known = actions().find(action)
    return known.name if known else action


def _folded(resources: Sequence[str], policy: IamPolicy, index: int) -> list[str]:
    """Many objects of one folder as the folder, where the statement allows all of it."""
    folders: defaultdict[str, list[str]] = defaultdict(list)
    for each in resources:
        folders[each.rpartition("/")[0]].append(each)
    found: list[str] = []
    for folder, members in sorted(folders.items()):
        whole = f"{folder}/*"
        found += [whole] if folder and len(members) >= ENOUGH and _covers(policy, index, whole) else members
    return sorted(found)


def _covers(policy: IamPolicy, index: int, resource: str) -> bool:
    written = _written(policy, index)
    narrowed = iam_policy(
        {"Version": policy.version, "Statement": {**written, "Resource": resource}}
        if "Resource" in written
        else {"Version": policy.version, "Statement": written},
        "",
    )
    alone = iam_policy({"Version": policy.version, "Statement": written}, "")
    return bool(no_broader([narrowed], [alone]).holds)


def _written(policy: IamPolicy, index: int) -> dict[str, Json]:
    """A statement as the document says it."""
    each = policy.statements[index]
    made: dict[str, Json] = {"Sid": each.sid} if each.sid else {}
    made["Effect"] = str(each.effect)
    made["NotAction" if each.actions.is_negated else "Action"] = list(each.actions.values)
    if each.resources is not None:
        made["NotResource" if each.resources.is_negated else "Resource"] = list(each.resources.values)
    conditions: dict[str, Json] = {}
    for one in each.conditions:
        block = conditions.setdefault(one.operator, {})
        assert isinstance(block, dict)
        block[one.key] = list(one.values)
    return {**made, "Condition": conditions} if conditions else made
