"""Policy files as plain values: TOML 1.0, or the YAML of JSON with comments.

The YAML is read from the parser's events, so that nothing is ever constructed: no tags, no anchors and
aliases (a few lines of them can mean gigabytes), no doubled keys. Plain words are texts but for `true`,
`false`, `null` and numbers (YAML 1.2, core schema): `no` and `on` mean what they say.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from hauberk.core.errors import BadSettings

if TYPE_CHECKING:
    from yaml.events import Event, ScalarEvent

MAX_POLICY = 1 << 20  # bytes: thousands of roles and demands
MAX_DEPTH = 20  # tables inside each other; the schema needs six
MAX_VALUES = 50_000
WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
REAL = re.compile(r"[-+]?(?:\.[0-9]{1,30}|[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,3})?")
WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_document(octets: bytes, name: str) -> object:
    """The value of a policy file; a `name` that ends in .toml is TOML, any other YAML.

    Raises BadSettings with the place and what is wrong.
    """
    if len(octets) > MAX_POLICY:
        raise BadSettings(f"{name}: {len(octets)} bytes, and a policy has at most {MAX_POLICY}")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadSettings(f"{name}: not UTF-8 at byte {error.start}") from error
    return _toml(text, name) if name.endswith(".toml") else _yaml(text, name)


def _toml(text: str, name: str) -> object:
    import tomllib

    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadSettings(f"{name}: not TOML: {error}") from error


def _yaml(text: str, name: str) -> object:
    import yaml

    builder = _Builder(name)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.take(event)
    except (yaml.YAMLError, RecursionError) as error:
        raise BadSettings(f"{name}: not YAML: {' '.join(str(error).split())[:300]}") from error
    return builder.result


class _Builder:
    """Builds the value from events with a stack of its own, so that depth costs no recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.result: object = None
        self.documents = self.values = 0
        self.stack: list[dict[str, object] | list[object]] = []
        self.keys: list[str | None] = []

    def take(self, event: Event) -> None:
        from yaml import events

        self._refuse(event)
        if isinstance(event, events.ScalarEvent):
            self._place(_scalar(event), event)
        elif isinstance(event, (events.MappingStartEvent, events.SequenceStartEvent)):
            opened: dict[str, object] | list[object] = (
                {} if isinstance(event, events.MappingStartEvent) else []
            )
            self._place(opened, event)
            self.stack.append(opened)
            self.keys.append(None)
            if len(self.stack) > MAX_DEPTH:
                raise self._wrong(event, f"more than {MAX_DEPTH} levels")
        elif isinstance(event, (events.MappingEndEvent, events.SequenceEndEvent)):
            self.stack.pop()
            self.keys.pop()

    def _refuse(self, event: Event) -> None:
        from yaml import events

        if isinstance(event, events.AliasEvent) or getattr(event, "anchor", None):
            raise self._wrong(event, "anchors and aliases are not read; use `extends`")
        if getattr(event, "tag", None):
            raise self._wrong(event, "tags are not read")
        self.documents += isinstance(event, events.DocumentStartEvent)
        self.values += isinstance(event, events.NodeEvent)
        if self.documents > 1:
            raise self._wrong(event, "a second document in one file")
        if self.values > MAX_VALUES:
            raise self._wrong(event, f"more than {MAX_VALUES} values")

    def _place(self, value: object, event: Event) -> None:
        if not self.stack:
            self.result = value
            return
        inside = self.stack[-1]
        if isinstance(inside, list):
            inside.append(value)
        elif (key := self.keys[-1]) is None:
            self.keys[-1] = self._key(event, inside)
        else:
            inside[key] = value
            self.keys[-1] = None

    def _key(self, event: Event, inside: dict[str, object]) -> str:
        from yaml import events

        if not isinstance(event, events.ScalarEvent):
            raise self._wrong(event, "a key must be a text")
        if event.value in inside:
            raise self._wrong(event, f"the key {event.value[:80]!r} stands twice")
        inside[event.value] = None
        return str(event.value)

    def _wrong(self, event: Event, what: str) -> BadSettings:
        mark = event.start_mark
        return BadSettings(f"{self.name}: line {mark.line + 1 if mark else 0}: {what}")


def _scalar(event: ScalarEvent) -> object:
    value = str(event.value)
    if not event.implicit[0]:  # quoted, or a block: a text
        return value
    if value in WORDS:
        return WORDS[value]
    if WHOLE.fullmatch(value):
        return int(value)
    if REAL.fullmatch(value) and math.isfinite(number := float(value)):
        return number
    return value
