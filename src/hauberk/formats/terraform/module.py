"""A Terraform module: its resources with their arguments, and the policies in them.

Source: Terraform language documentation; AWS provider documentation, aws_iam_policy_document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

from hauberk.core.asset import Asset, Content, Kind
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.folder import MODULE_SUFFIX, is_module
from hauberk.core.gap import Gap
from hauberk.core.statement import Json
from hauberk.core.view import View
from hauberk.formats.format import Claim, Reading
from hauberk.formats.iam_policy import IamPolicy, iam_policy
from hauberk.formats.terraform.syntax import Attribute, Block, Expression, Pairs, Reference, blocks, settings
from hauberk.formats.terraform.values import OWN_ACCOUNT, Unknown, Value, is_known, is_small, value_of

# Bytes of one file, and files of one module.
MAX_FILE = 8 << 20
MAX_FILES = 500
# Arguments that hold a policy document, by resource type; every other resource's `policy` is one too.
POLICIES = {"aws_iam_role": ("assume_role_policy",), "aws_kms_key": ("policy",)}
VALUES = ("terraform.tfvars", ".auto.tfvars")
# How an ARN begins, for resources whose name is the end of it.
ARNS = {"aws_s3_bucket": "arn:aws:s3:::"}


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: `arguments` are worked out, `lines` say where each stands; inner blocks are kept."""

    type: str
    name: str
    locator: str
    line: int
    block: Block
    arguments: Mapping[str, Value] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """As Terraform has it."""
        return f"{self.type}.{self.name}"

    def line_of(self, argument: str) -> int:
        """The line of an argument, or of the resource."""
        found = self.block.attributes.get(argument)
        return found.line if found else self.line


@dataclass(frozen=True, kw_only=True, eq=False)
class TerraformModule(View):
    """What the files of one folder declare."""

    resources: tuple[Resource, ...]
    policies: tuple[tuple[Resource, IamPolicy], ...] = ()

    def all(self, *types: str) -> tuple[Resource, ...]:
        """The resources of these types."""
        return tuple(each for each in self.resources if each.type in types)

    def about(self, resource: Resource, *types: str) -> tuple[Resource, ...]:
        """The resources of these types that refer to the one: by their argument `bucket` or another."""
        wanted = (resource.type, resource.name)
        return tuple(
            each
            for each in self.all(*types)
            if any(
                isinstance(one.value, Reference) and one.value.steps[:2] == wanted
                for one in each.block.attributes.values()
            )
            or (
                resource.arguments.get("bucket") is not None
                and isinstance(resource.arguments.get("bucket"), str)
                and each.arguments.get("bucket") == resource.arguments.get("bucket")
            )
        )


def claim(asset: Asset) -> Claim:
    """CERTAIN for a file named .tf, and for a folder that has one."""
    if asset.kind is Kind.FOLDER:
        own = [name for name in asset.files or {} if "/" not in name]
        return Claim.CERTAIN if is_module(own) else Claim.NONE
    return Claim.CERTAIN if asset.name.endswith(MODULE_SUFFIX) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """A file: whether it can be read at all; a folder: the module, and each policy in it."""
    if asset.kind is not Kind.FOLDER:
        _blocks(asset.content)
        return
    files = {name: each for name, each in sorted((asset.files or {}).items()) if "/" not in name}
    module = _Module.of(asset.locator, files)
    resources = tuple(module.resources())
    policies: list[tuple[Resource, IamPolicy]] = []
    for resource, argument in ((each, one) for each in resources for one in policy_arguments(each)):
        try:
            found = module.policy(resource, argument)
        except UnreadableAsset as error:
            place = Place(resource.locator, line=resource.line_of(argument))
            yield Gap(place, error.reason, f"{resource.address}.{argument}: {error}")
            continue
        policies.append((resource, found))
        yield found
    yield TerraformModule(locator=asset.locator, resources=resources, policies=tuple(policies))


def policy_arguments(resource: Resource) -> Iterator[str]:
    """The arguments of the resource that hold policies."""
    names = POLICIES.get(resource.type, ("policy",) if resource.type.startswith("aws_") else ())
    return (each for each in names if each in resource.block.attributes)


def _blocks(content: Content) -> tuple[Block, ...]:
    if content.size > MAX_FILE:
        raise OverBudget(f"a Terraform file of {content.size} bytes is longer than {MAX_FILE}")
    return blocks(_text(content))


def _text(content: Content) -> str:
    try:
        return content.read(0, content.size).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Malformed("is not UTF-8", error.start) from None


@dataclass(slots=True)
class _Module:
    """The blocks of all files, and what names stand for."""

    locator: str
    declared: dict[tuple[str, str], tuple[Block, str]] = field(default_factory=dict)
    documents: dict[str, tuple[Block, str]] = field(default_factory=dict)
    local: dict[str, Expression] = field(default_factory=dict)
    variables: dict[str, Expression] = field(default_factory=dict)
    worked_out: dict[str, Value] = field(default_factory=dict)

    @classmethod
    def of(cls, locator: str, files: Mapping[str, Content]) -> _Module:
        found = cls(locator)
        for name in [each for each in files if each.endswith(MODULE_SUFFIX)][:MAX_FILES]:
            try:
                listed = _blocks(files[name])
            except UnreadableAsset:
                continue  # the file itself tells why
            for block in listed:
                found._declare(block, name)
        for name in (each for each in files if each.endswith(VALUES)):
            try:
                given = settings(_text(files[name]))
            except UnreadableAsset:
                continue
            found.variables |= {key: each.value for key, each in given.items() if key in found.variables}
        return found

    def _declare(self, block: Block, file: str) -> None:
        place = file if self.locator == "." else f"{self.locator.rstrip('/')}/{file}"
        if block.type == "resource" and len(block.labels) == 2:
            self.declared[block.labels[0], block.labels[1]] = block, place
        elif block.type == "data" and block.labels[:1] == ("aws_iam_policy_document",):
            self.documents[block.labels[-1]] = block, place
        elif block.type == "locals":
            self.local |= {name: each.value for name, each in block.attributes.items()}
        elif block.type == "variable" and block.labels:
            default = block.attributes.get("default")
            if default is not None:
                self.variables[block.labels[0]] = default.value

    def resources(self) -> Iterator[Resource]:
        for (type_, name), (block, place) in self.declared.items():
            arguments = {key: value_of(each.value, self.named) for key, each in block.attributes.items()}
            yield Resource(type_, name, place, block.line, block, arguments)

    def named(self, steps: tuple[str, ...], depth: int) -> Value:
        """What a reference stands for."""
        text = ".".join(steps)
        if steps[0] in ("local", "var") and len(steps) > 1:
            return _inside(self._given(steps[0], steps[1], depth), steps[2:], text)
        if steps[:2] == ("data", "aws_caller_identity") and steps[-1] == "account_id":
            return OWN_ACCOUNT
        if steps[:2] == ("data", "aws_partition") and steps[-1] == "partition":
            return "aws"
        if steps[:2] == ("data", "aws_iam_policy_document") and steps[-1:] == ("json",):
            return self._document(steps[2], depth) if steps[2] in self.documents else Unknown(text)
        return self._of_resource(steps, depth, text)

    def _given(self, kind: str, name: str, depth: int) -> Value:
        """A local value or a variable, worked out once; one that leads to itself is not known."""
        key, known = f"{kind}.{name}", self.local if kind == "local" else self.variables
        if key not in self.worked_out:
            self.worked_out[key] = Unknown(key)
            if name in known:
                found = value_of(known[name], self.named, depth)
                self.worked_out[key] = found if is_small(found) else Unknown(key)
        return self.worked_out[key]

    def _of_resource(self, steps: tuple[str, ...], depth: int, text: str) -> Value:
        if len(steps) < 3 or steps[:2] not in self.declared:
            return Unknown(text)
        block, _ = self.declared[steps[0], steps[1]]
        wanted = steps[-1]
        own = block.attributes.get("bucket" if steps[0] == "aws_s3_bucket" else "name")
        name = value_of(own.value, self.named, depth) if own is not None else None
        known = name if isinstance(name, str) else f"unknown-{steps[0]}-{steps[1]}"
        if wanted == "arn" and steps[0] in ARNS:
            return ARNS[steps[0]] + known
        if wanted in ("id", "bucket", "name"):
            return known
        attribute = block.attributes.get(wanted)
        return Unknown(text) if attribute is None else value_of(attribute.value, self.named, depth)

    def policy(self, resource: Resource, argument: str) -> IamPolicy:
        """The policy of an argument. Raises Malformed, and Undecidable."""
        return policy_of(resource, argument, self._lines(resource.block.attributes[argument]))

    def _lines(self, attribute: Attribute) -> list[int]:
        """Where each statement begins."""
        written = attribute.value
        if isinstance(written, Reference) and written.steps[:2] == ("data", "aws_iam_policy_document"):
            found = self.documents.get(written.steps[2]) if len(written.steps) > 2 else None
            return [each.line for each in found[0].all("statement")] if found else [attribute.line]
        arguments = getattr(written, "arguments", ())
        pairs = arguments[0] if arguments and isinstance(arguments[0], Pairs) else None
        for key, each, line in pairs.items if pairs else ():
            if key == "Statement":
                listed = each if isinstance(each, tuple) else (each,)
                starts = [one.items[0][2] for one in listed if isinstance(one, Pairs) and one.items]
                return starts if len(starts) == len(listed) else [line]
        return [attribute.line]

    def _document(self, name: str, depth: int) -> Value:
        """aws_iam_policy_document as the policy that it makes."""
        block, _ = self.documents[name]
        if any(each in block.attributes for each in MERGING) or any(
            each.type == "dynamic" for each in block.blocks
        ):
            return Unknown(f"data.aws_iam_policy_document.{name} is merged or made in a loop")
        statements: list[Value] = [self._statement(each, depth) for each in block.all("statement")]
        return {"Version": "2012-10-17", "Statement": statements}

    def _statement(self, block: Block, depth: int) -> Value:
        def given(name: str) -> Value:
            return value_of(block.attributes[name].value, self.named, depth)

        made: dict[str, Value] = {"Effect": "Allow"}
        for key, name in ELEMENTS.items():
            if name in block.attributes:
                made[key] = given(name)
        for key, name in (("Principal", "principals"), ("NotPrincipal", "not_principals")):
            for each in block.all(name):
                one = {k: value_of(v.value, self.named, depth) for k, v in each.attributes.items()}
                kinds = made.setdefault(key, {})
                if one.get("type") == "*":
                    made[key] = "*"
                elif isinstance(kinds, dict):
                    kinds[str(one.get("type"))] = one.get("identifiers", [])
        conditions: dict[str, Value] = {}
        for each in block.all("condition"):
            one = {k: value_of(v.value, self.named, depth) for k, v in each.attributes.items()}
            inner = conditions.setdefault(str(one.get("test")), {})
            if isinstance(inner, dict):
                inner[str(one.get("variable"))] = one.get("values", [])
        return {**made, "Condition": conditions} if conditions else made


def policy_of(resource: Resource, argument: str, lines: list[int]) -> IamPolicy:
    """The policy of an argument; `lines` are those of its statements. Raises Malformed, and Undecidable."""
    value = resource.arguments[argument]
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Malformed("is no JSON") from None
        lines = [resource.line_of(argument)]
    if not is_known(value):
        raise Undecidable(f"a part of the policy is known only after apply: {_unknown(value)[:100]}")
    return iam_policy(cast(Json, value), resource.locator, lines)


class Undecidable(OverBudget):
    """A value is known only after apply."""

    reason = "unknown-value"


MERGING = ("source_json", "override_json", "source_policy_documents", "override_policy_documents")
ELEMENTS = {
    "Sid": "sid", "Effect": "effect", "Action": "actions", "NotAction": "not_actions",
    "Resource": "resources", "NotResource": "not_resources",
}  # fmt: skip


def _inside(value: Value, steps: tuple[str, ...], text: str) -> Value:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return Unknown(text)
    return value


def _unknown(value: Value) -> str:
    if isinstance(value, Unknown):
        return value.text
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next((found for each in inner if (found := _unknown(each))), "")
