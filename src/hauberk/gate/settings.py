"""Settings: what stops, what is left out, what somebody accepted and until when.

They stand in `hauberk.toml`, or under `[tool.hauberk]` in `pyproject.toml`.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase

from hauberk.core.errors import BadSettings
from hauberk.core.finding import Severity

FINGERPRINT = re.compile(r"[0-9a-f]{16}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
RULE = re.compile(r"[A-Z]{3}\d{3}")
SEVERITIES = tuple(str(each) for each in Severity)
HASHING = ("auto", "always", "never")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A finding or gap that somebody accepts: which, why, and the last day on which it holds."""

    reason: str
    until: datetime.date
    rule: str = ""
    digest: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class PathSettings:
    """What holds for the paths that `match` (a glob; `*` crosses slashes)."""

    match: str
    stop: Severity | None = None
    disable: tuple[str, ...] = ()

    def holds_for(self, locator: str) -> bool:
        """Whether the glob matches the file that the locator starts with."""
        return fnmatchcase(locator.split("!", 1)[0], self.match)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user decided. The defaults are the strict ones."""

    stop: Severity = Severity.MEDIUM
    exclude: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    seconds: int = 120
    hashing: str = "auto"
    cache: bool = True
    comments: bool = True
    paths: tuple[PathSettings, ...] = ()
    accept: tuple[Acceptance, ...] = ()


def settings_digest(settings: Settings) -> str:
    """The SHA-256 (hex) of what decides: two scans under the same settings name the same one."""
    shape = json.dumps(asdict(settings), sort_keys=True, default=str)
    return hashlib.sha256(shape.encode()).hexdigest()


def read_settings(text: str, name: str) -> Settings:
    """The settings in a TOML text; `name` tells a `pyproject.toml` from a `hauberk.toml`.

    Raises BadSettings with the sentence that says what contradicts the schema.
    """
    import tomllib

    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadSettings(f"{name}: not TOML: {error}") from error
    if name.rsplit("/", 1)[-1] == "pyproject.toml":
        tool = document.get("tool", {})
        document = tool.get("hauberk", {}) if isinstance(tool, dict) else {}
    return _Table(name, "", document).settings()


@dataclass(frozen=True, slots=True)
class _Table:
    """One TOML table that is being read; every complaint names its key."""

    name: str
    path: str
    content: object

    def settings(self) -> Settings:
        known = self._known("stop", "exclude", "disable", "seconds", "hashing", "cache", "comments", "paths",
                            "accept")  # fmt: skip
        return Settings(
            stop=self._severity(known.get("stop", "medium"), "stop"),
            exclude=self._strings(known.get("exclude", []), "exclude"),
            disable=self._rules(known.get("disable", []), "disable"),
            seconds=self._positive(known.get("seconds", 120), "seconds"),
            hashing=self._one_of(known.get("hashing", "auto"), HASHING, "hashing"),
            cache=self._boolean(known.get("cache", True), "cache"),
            comments=self._boolean(known.get("comments", True), "comments"),
            paths=tuple(each._path() for each in self._tables(known.get("paths", []), "paths")),
            accept=tuple(each._acceptance() for each in self._tables(known.get("accept", []), "accept")),
        )

    def _path(self) -> PathSettings:
        known = self._known("match", "stop", "disable")
        stop = self._severity(known["stop"], "stop") if "stop" in known else None
        return PathSettings(
            self._text(known, "match"), stop, self._rules(known.get("disable", []), "disable")
        )

    def _acceptance(self) -> Acceptance:
        known = self._known("rule", "digest", "fingerprint", "reason", "until")
        until = known.get("until")
        if not isinstance(until, datetime.date) or isinstance(until, datetime.datetime):
            raise self._wrong("until", "must be a date, such as 2030-01-31")
        made = Acceptance(
            reason=self._text(known, "reason"),
            until=until,
            rule=self._matching(known, "rule", RULE),
            digest=self._matching(known, "digest", DIGEST),
            fingerprint=self._matching(known, "fingerprint", FINGERPRINT),
        )
        if not made.fingerprint and not (made.rule and made.digest):
            raise self._wrong("", "needs a fingerprint, or a rule and a digest")
        return made

    def _known(self, *keys: str) -> Mapping[str, object]:
        if not isinstance(self.content, dict):
            raise self._wrong("", "must be a table")
        for key in self.content:
            if key not in keys:
                raise self._wrong(key, f"is not a setting; known are {', '.join(keys)}")
        return self.content

    def _tables(self, value: object, key: str) -> list[_Table]:
        if not isinstance(value, list):
            raise self._wrong(key, "must be an array of tables")
        return [_Table(self.name, f"{key}[{index}].", each) for index, each in enumerate(value)]

    def _text(self, known: Mapping[str, object], key: str) -> str:
        value = known.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, "must be a text that is not empty")
        return value

    def _matching(self, known: Mapping[str, object], key: str, pattern: re.Pattern[str]) -> str:
        if key not in known:
            return ""
        value = self._text(known, key)
        if not pattern.fullmatch(value):
            raise self._wrong(key, f"{value!r} does not match {pattern.pattern}")
        return value

    def _strings(self, value: object, key: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._wrong(key, "must be an array of texts")
        return tuple(value)

    def _rules(self, value: object, key: str) -> tuple[str, ...]:
        rules = self._strings(value, key)
        for each in rules:
            if not RULE.fullmatch(each):
                raise self._wrong(key, f"{each!r} is not a rule id")
        return rules

    def _severity(self, value: object, key: str) -> Severity:
        return Severity[self._one_of(value, SEVERITIES, key).upper()]

    def _one_of(self, value: object, words: tuple[str, ...], key: str) -> str:
        if not isinstance(value, str) or value not in words:
            raise self._wrong(key, f"must be one of {', '.join(words)}")
        return value

    def _positive(self, value: object, key: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise self._wrong(key, "must be a whole number above 0")
        return value

    def _boolean(self, value: object, key: str) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(key, "must be true or false")
        return value

    def _wrong(self, key: str, what: str) -> BadSettings:
        return BadSettings(f"{self.name}: {self.path}{key} {what}".replace(". ", " "))


def schema() -> dict[str, object]:
    """The JSON schema of the settings, for editors."""
    severity: dict[str, object] = {"enum": list(SEVERITIES)}
    rules: dict[str, object] = {"type": "array", "items": {"type": "string", "pattern": f"^{RULE.pattern}$"}}
    accept = {
        "rule": _pattern(RULE, "the rule, with a digest"),
        "digest": _pattern(DIGEST, "of the file that holds what is accepted"),
        "fingerprint": _pattern(FINGERPRINT, "of the finding or gap, instead"),
        "reason": {"type": "string", "minLength": 1, "description": "why somebody can live with it"},
        "until": {"type": "string", "format": "date", "description": "the last day on which it holds"},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hauberk settings",
        **_closed(
            {
                "stop": {**severity, "default": "medium", "description": "lowest severity that stops"},
                "exclude": {"type": "array", "items": {"type": "string"}, "description": "globs left out"},
                "disable": {**rules, "description": "rules that are switched off"},
                "seconds": {"type": "integer", "minimum": 1, "default": 120, "description": "per file"},
                "hashing": {"enum": list(HASHING), "default": "auto", "description": "auto: up to 64 MiB"},
                "cache": {"type": "boolean", "default": True, "description": "remember what was learned"},
                "comments": {
                    "type": "boolean",
                    "default": True,
                    "description": "comments in files may accept findings; false for files of strangers",
                },
                "paths": {
                    "type": "array",
                    "items": _closed(
                        {"match": {"type": "string"}, "stop": severity, "disable": rules}, "match"
                    ),
                },
                "accept": {"type": "array", "items": _closed(accept, "reason", "until")},
            }
        ),
    }


def _pattern(pattern: re.Pattern[str], description: str) -> dict[str, object]:
    return {"type": "string", "pattern": f"^{pattern.pattern}$", "description": description}


def _closed(properties: Mapping[str, object], *required: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
