"""Keras configurations: the JSON that says which classes and functions a model is built of.

It stands in `.keras` archives (config.json), in HDF5 attributes, and in files of `model.to_json()`.
Source: keras, `saving/serialization_lib.py`, `deserialize_keras_object`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import TooDeep, parse

# Bytes: the configuration of a model of 10,000 layers has 20 MB.
MAX_CONFIG = 64 << 20
# Objects of one configuration.
MAX_OBJECTS = 500_000
# Characters of a name that a view keeps.
MAX_NAME = 300
# Configuration keys whose text a layer takes for the name of a file. Source: CVE-2025-12058.
FILE_KEYS = {"vocabulary", "filepath", "file_path", "filename", "path", "url", "origin", "fname"}


@dataclass(frozen=True, slots=True)
class KerasObject:
    """One `class_name` of the configuration.

    `function` is what a function object, an operation or a Lambda names; `holds_code` says that
    compiled Python stands in the configuration; `files` are texts that name files.
    """

    path: str
    class_name: str
    module: str = ""
    registered_name: str = ""
    function: str = ""
    holds_code: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KerasConfig(View):
    """Every object that the configuration would have Keras make."""

    objects: tuple[KerasObject, ...]


def claim(asset: Asset) -> Claim:
    """CERTAIN where a JSON object names a class and its config, or a `.keras` archive promises it."""
    head = asset.head
    if asset.kind is Kind.FOLDER or head[:1] not in (b"{", b"\xef", b" ", b"\n", b"\t", b"\r"):
        return Claim.NONE
    if asset.name == "config.json" and asset.locator.endswith(".keras!config.json"):
        return Claim.CERTAIN
    if b'"class_name"' in head and b'"config"' in head and head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{":
        return Claim.CERTAIN
    tail = asset.tail if head.startswith(b'{"config"') else b""
    return Claim.CERTAIN if b'"class_name"' in tail else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The configuration's view, and modules of other frameworks that it carries."""
    try:
        parsed = parse(asset.content.read(0, asset.content.size), MAX_CONFIG)
    except TooDeep as error:
        flaw = Flaw(FlawKind.DEEP, str(error))
        yield KerasConfig(locator=asset.locator, flaws=(flaw,), objects=())
        raise
    flaws = tuple(Flaw(FlawKind.DISAGREES, f"has the key {key!r} twice") for key in parsed.duplicates)
    found: list[KerasObject] = []
    wrapped: list[tuple[str, bytes]] = []
    for path, each in _objects(parsed.value):
        found.append(_object(path, each))
        if found[-1].class_name.endswith("TorchModuleWrapper"):
            wrapped += [(path, octets) for octets in _modules(each)]
    yield KerasConfig(locator=asset.locator, flaws=flaws, objects=tuple(found))
    for path, octets in wrapped:
        yield asset.inner(f"{path}.module", Bytes(octets))


def _objects(value: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """Every JSON object that names a class, with its path; outer ones first."""
    todo: list[tuple[str, Json]] = [("", value)]
    count = 0
    while todo:
        path, each = todo.pop()
        if isinstance(each, list):
            todo += [(f"{path}[{index}]", inner) for index, inner in reversed(list(enumerate(each)))]
        elif isinstance(each, dict):
            if isinstance(each.get("class_name"), str):
                count += 1
                if count > MAX_OBJECTS:
                    raise Malformed(f"a configuration of more than {MAX_OBJECTS} objects")
                yield path or "model", each
            todo += [(f"{path}.{key[:60]}".lstrip("."), inner) for key, inner in reversed(each.items())]


def _object(path: str, each: dict[str, Json]) -> KerasObject:
    config = each.get("config")
    function = config if isinstance(config, str) else ""
    files: tuple[str, ...] = ()
    holds_code = each["class_name"] == "__lambda__"
    if isinstance(config, dict):
        named = config.get("function", config.get("node_def"))
        function = named if isinstance(named, str) else ""
        holds_code = holds_code or _holds_code(config)
        files = tuple(
            text[:MAX_NAME]
            for key, text in config.items()
            if key in FILE_KEYS and isinstance(text, str) and text
        )
    return KerasObject(
        path[-MAX_NAME:], _text(each, "class_name"), _text(each, "module"), _text(each, "registered_name"),
        function[:MAX_NAME], holds_code, files,
    )  # fmt: skip


def _holds_code(config: dict[str, Json]) -> bool:
    """Whether a Lambda of Keras 2 keeps marshalled code: a list that begins with base64."""
    for key in ("function", "output_shape", "mask", "arguments"):
        if config.get(f"{key}_type") in ("lambda", "raw"):
            return True
        value = config.get(key)
        if isinstance(value, list) and value and isinstance(value[0], str) and len(value[0]) > 20:
            return True
    return False


def _text(each: dict[str, Json], key: str) -> str:
    value = each.get(key)
    return value[:MAX_NAME] if isinstance(value, str) else ""


def _modules(each: dict[str, Json]) -> Iterator[bytes]:
    """The torch modules of a TorchModuleWrapper, which keeps them in base64; undecoded where it is none."""
    config = each.get("config")
    todo: list[Json] = [config.get("module")] if isinstance(config, dict) else []
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo += value.values()
        elif isinstance(value, str) and value:
            try:
                yield base64.b64decode(value)  # not strictly: Keras too passes over foreign characters
            except (binascii.Error, ValueError):
                yield value.encode("utf-8", "surrogatepass")


SIGNS = Signs(starts=(b'{"config"',), holds=(b'"class_name"',), ends=("config.json",))
FORMAT = Format("keras-config", "Keras configuration", claim, read)
