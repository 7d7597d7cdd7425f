"""What `aws iam get-account-authorization-details` prints: users, groups, roles, and their policies.

Source: AWS IAM API reference, GetAccountAuthorizationDetails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.formats.iam_policy import IamPolicy, iam_policy
from hauberk.formats.strict_json import parse

# Bytes: an account with the most roles that AWS allows has about 60 MB.
MAX_BYTES = 256 << 20
LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")

Object = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Identity:
    """A user or role: its ARN, its own, attached and inherited policies, boundary, trust and tags."""

    arn: str
    policies: tuple[IamPolicy, ...]
    boundary: IamPolicy | None = None
    trust: IamPolicy | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AwsAccount:
    """Every user and role, in the order of the document."""

    identities: tuple[Identity, ...]

    def find(self, name: str) -> Identity | None:
        """The user or role of this ARN, or of this name if only one has it."""
        found = [each for each in self.identities if name in (each.arn, each.arn.rpartition("/")[2])]
        return found[0] if len(found) == 1 else None


def read_account(octets: bytes, locator: str) -> AwsAccount:
    """The account. Raises Malformed, with the policy's place, and OverBudget."""
    document = parse(octets, MAX_BYTES).value
    if not isinstance(document, dict) or not any(name in document for name in LISTS):
        raise Malformed(f"{locator}: has none of {', '.join(LISTS)}")
    given = cast(Object, document)
    managed = _Managed({str(each.get("Arn")): each for each in _listed(given, "Policies")}, {}, locator)
    groups = {
        str(each.get("GroupName")): tuple(_policies(each, "GroupPolicyList", managed))
        for each in _listed(given, "GroupDetailList")
    }
    users = (_identity(each, "UserPolicyList", managed, groups) for each in _listed(given, "UserDetailList"))
    roles = (_identity(each, "RolePolicyList", managed, {}) for each in _listed(given, "RoleDetailList"))
    return AwsAccount((*users, *roles))


@dataclass(frozen=True, slots=True)
class _Managed:
    """Managed policies by ARN, read when somebody has them."""

    listed: Mapping[str, Object]
    read: dict[str, IamPolicy]
    locator: str

    def policy(self, arn: str) -> IamPolicy:
        if arn not in self.read:
            versions = _listed(self.listed.get(arn, {}), "PolicyVersionList")
            default = next((each for each in versions if each.get("IsDefaultVersion")), None)
            if default is None:
                raise Malformed(f"{self.locator}: the policy {arn} is attached, and not in the document")
            self.read[arn] = self.document(default.get("Document"), arn)
        return self.read[arn]

    def document(self, value: Json, name: str) -> IamPolicy:
        try:
            return iam_policy(value, name)
        except Malformed as error:
            raise Malformed(f"{self.locator}: {name}: {error}") from None


def _identity(
    each: Object, inline: str, managed: _Managed, groups: Mapping[str, tuple[IamPolicy, ...]]
) -> Identity:
    arn = str(each.get("Arn", ""))
    boundary = each.get("PermissionsBoundary")
    limit = str(boundary.get("PermissionsBoundaryArn")) if isinstance(boundary, dict) else ""
    trust = each.get("AssumeRolePolicyDocument")
    inherited = each.get("GroupList", [])
    names = inherited if isinstance(inherited, list) else []
    return Identity(
        arn=arn,
        policies=(
            *_policies(each, inline, managed),
            *(policy for name in names for policy in groups.get(str(name), ())),
        ),
        boundary=managed.policy(limit) if limit else None,
        trust=None if trust is None else managed.document(trust, f"the trust of {arn}"),
        tags=tuple((str(tag.get("Key")), str(tag.get("Value"))) for tag in _listed(each, "Tags")),
    )


def _policies(each: Object, inline: str, managed: _Managed) -> Iterator[IamPolicy]:
    for policy in _listed(each, inline):
        name = f"{each.get('Arn')} {policy.get('PolicyName')}"
        yield managed.document(policy.get("PolicyDocument"), name)
    for policy in _listed(each, "AttachedManagedPolicies"):
        yield managed.policy(str(policy.get("PolicyArn")))


def _listed(each: Object, name: str) -> Sequence[Object]:
    found = each.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Malformed(f"{name} is not a list of objects")
    return cast(Sequence[Object], found)
