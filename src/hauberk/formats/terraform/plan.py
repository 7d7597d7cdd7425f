"""Plans and states of Terraform as JSON: what a module will be, or is, as a provider sees it.

Source: Terraform documentation, "JSON Output Format" (`terraform show -json`); state files, version 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.gap import Gap
from hauberk.core.statement import Json
from hauberk.formats.format import Claim, Reading
from hauberk.formats.iam_policy import IamPolicy
from hauberk.formats.strict_json import parse
from hauberk.formats.terraform.module import Resource, TerraformModule, policy_arguments, policy_of
from hauberk.formats.terraform.syntax import Attribute, Block, Expression, Opaque
from hauberk.formats.terraform.values import Unknown, Value

# Bytes: plans of 5,000 resources have about 40 MB.
MAX_PLAN = 256 << 20
MAX_MODULES = 64  # modules inside of modules

Object = Mapping[str, Json]


def _is_plan(asset: Asset) -> bool:
    """Whether the JSON begins as a plan or a state."""
    if asset.kind is Kind.FOLDER or b'"terraform_version"' not in asset.head:
        return False
    return asset.name.endswith((".json", ".tfstate")) and asset.head.lstrip()[:1] == b"{"


def claim(asset: Asset) -> Claim:
    """CERTAIN for what says the version of Terraform that wrote it."""
    return Claim.CERTAIN if _is_plan(asset) else Claim.NONE


def read_plan(asset: Asset) -> Iterator[Reading]:
    """The module that is planned or there, and each policy in it."""
    octets = asset.content.read(0, min(asset.content.size, MAX_PLAN + 1))
    try:
        document = parse(octets, MAX_PLAN).value
    except Malformed:
        return  # whoever reads all JSON tells of it
    if not isinstance(document, dict):
        return
    resources = tuple(_resources(cast(Object, document), asset.locator))
    policies: list[tuple[Resource, IamPolicy]] = []
    for resource, argument in ((each, one) for each in resources for one in policy_arguments(each)):
        try:
            found = policy_of(resource, argument, [1])
        except UnreadableAsset as error:
            message = f"{resource.address}.{argument}: {error}"
            yield Gap(Place(resource.locator), error.reason, message)
            continue
        policies.append((resource, found))
        yield found
    yield TerraformModule(locator=asset.locator, resources=resources, policies=tuple(policies))


def _resources(document: Object, locator: str) -> Iterator[Resource]:
    if "planned_values" in document:
        unknown = dict(_after_apply(document))
        yield from _of_module(_inner(document, "planned_values", "root_module"), locator, unknown)
    elif "values" in document:
        yield from _of_module(_inner(document, "values", "root_module"), locator, {})
    for each in _objects(document.get("resources")):
        for instance in _objects(each.get("instances")) if each.get("mode") == "managed" else ():
            values = instance.get("attributes")
            if isinstance(values, dict):
                yield _resource(str(each.get("type")), str(each.get("name")), locator, values)


def _of_module(
    module: Object, locator: str, unknown: Mapping[str, Json], depth: int = 0
) -> Iterator[Resource]:
    if depth > MAX_MODULES:
        raise Malformed(f"modules nest more than {MAX_MODULES} deep")
    for each in _objects(module.get("resources")):
        values = each.get("values")
        if each.get("mode") != "managed" or not isinstance(values, dict):
            continue
        later = unknown.get(str(each.get("address")))
        missing = (
            [key for key, is_later in later.items() if is_later is True] if isinstance(later, dict) else []
        )
        known = {**values, **dict.fromkeys(missing)}
        yield _resource(str(each.get("type")), str(each.get("name")), locator, known, frozenset(missing))
    for each in _objects(module.get("child_modules")):
        yield from _of_module(each, locator, unknown, depth + 1)


def _after_apply(document: Object) -> Iterator[tuple[str, Json]]:
    """What is known only after apply, by the resource's address."""
    for each in _objects(document.get("resource_changes")):
        change = each.get("change")
        if isinstance(change, dict):
            yield str(each.get("address")), change.get("after_unknown")


def _resource(
    type_: str, name: str, locator: str, values: Object, unknown: frozenset[str] = frozenset()
) -> Resource:
    arguments: dict[str, Value] = {
        key: Unknown(f"{type_}.{name}.{key}") if key in unknown else cast(Value, each)
        for key, each in values.items()
        if each is not None or key in unknown
    }
    return Resource(type_, name, locator, 1, _block(type_, values, unknown), arguments)


def _block(type_: str, values: Object, unknown: frozenset[str] = frozenset()) -> Block:
    """Values as the block that would have set them: lists of objects are inner blocks."""
    attributes: dict[str, Attribute] = {}
    inner: list[Block] = []
    for key, each in values.items():
        if key in unknown:
            attributes[key] = Attribute(Opaque(key), 1)
        elif isinstance(each, list) and each and all(isinstance(one, dict) for one in each):
            inner += [_block(key, one) for one in _objects(each)]
        elif each is not None and each != []:
            attributes[key] = Attribute(_expression(each), 1)
    return Block(type_, (), 1, attributes, tuple(inner))


def _expression(value: Json) -> Expression:
    if isinstance(value, list):
        return tuple(_expression(each) for each in value)
    return Opaque("an object") if isinstance(value, dict) else value


def _inner(document: Object, *names: str) -> Object:
    found: Json = cast(Json, document)
    for name in names:
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return cast(Object, found) if isinstance(found, dict) else {}


def _objects(value: Json) -> Iterator[Object]:
    return (
        cast(Object, each) for each in (value if isinstance(value, list) else ()) if isinstance(each, dict)
    )
