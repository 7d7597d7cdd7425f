"""What may come from upstream at all, before a byte of it does: names, age, licences, formats, sizes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any

from hauberk.core.errors import BadSettings, Refused
from hauberk.registry.paths import folded

# Namespaces that people mean when they mistype. Facts, as seen on the public hub in 2026.
KNOWN = (
    "01-ai", "ai21labs", "allenai", "apple", "baai", "bigcode", "bigscience", "black-forest-labs",
    "cohereforai", "databricks", "deepseek-ai", "distilbert", "eleutherai", "facebook", "google",
    "google-bert", "google-t5", "huggingface", "huggingfaceh4", "huggingfacetb", "ibm-granite", "intel",
    "internlm", "intfloat", "jinaai", "lmsys", "meta-llama", "microsoft", "mistralai", "moonshotai",
    "mosaicml", "nomic-ai", "nvidia", "openai", "openai-community", "openbmb", "opengvlab", "qwen",
    "runwayml", "salesforce", "sentence-transformers", "stabilityai", "thudm", "tiiuae", "unsloth",
    "xai-org", "zai-org",
)  # fmt: skip
LOOKALIKES = str.maketrans("0135", "oies")
KEYS = {"url", "token-variable", "allow", "deny", "min-age-days", "licences", "deny-files", "max-bytes"}
TERABYTE = 1 << 40


@dataclass(frozen=True, slots=True)
class Offer:
    """What the upstream hub says of a version: the claims of strangers."""

    name: str
    revision: str
    created: datetime | None
    licence: str
    files: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings of a mirror. Names and files are globs; `licences` empty allows every one."""

    url: str
    token_variable: str = ""
    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()
    min_age: timedelta = timedelta()
    licences: tuple[str, ...] = ()
    deny_files: tuple[str, ...] = ()
    max_bytes: int = TERABYTE
    known: tuple[str, ...] = field(default=KNOWN, repr=False)

    def check_name(self, name: str) -> None:
        """Raises Refused for a repository that must not come, or whose namespace looks like a mistake."""
        if any(fnmatchcase(name, each) for each in self.deny):
            raise Refused(f"{name} is on the mirror's list of what must not come")
        if not any(fnmatchcase(name, each) for each in self.allow):
            raise Refused(f"{name} is not on the mirror's list of what may come")
        space = name.partition("/")[0].lower()
        meant = next((each for each in self.known if looks_like(space, each)), None)
        if meant and not any(each.lower().startswith(f"{space}/") for each in self.allow):
            raise Refused(
                f"{name} looks like a mistyped {meant}/{name.partition('/')[2]}; allow it by name if not"
            )

    def check(self, offer: Offer, now: datetime) -> None:
        """Raises Refused for a version that must not come, with the reason."""
        self.check_name(offer.name)
        if self.min_age and (offer.created is None or now - offer.created < self.min_age):
            seen = f"{offer.created:%Y-%m-%d}" if offer.created else "no date"
            raise Refused(
                f"{offer.name} is younger than {self.min_age.days} days ({seen}), and new ones wait"
            )
        if self.licences and offer.licence.lower() not in {each.lower() for each in self.licences}:
            raise Refused(f"{offer.name} says its licence is {offer.licence or 'none'}: not an allowed one")
        for path, _ in offer.files:
            if any(fnmatchcase(path, each) for each in self.deny_files):
                raise Refused(f"{offer.name} holds {path[:200]!a}, of a format that the mirror does not take")
        if sum(size for _, size in offer.files) > self.max_bytes:
            raise Refused(f"{offer.name} has more than {self.max_bytes} bytes")


def looks_like(name: str, known: str) -> bool:
    """Whether a name is not the known one and reads like it: lookalikes, or one letter wrong."""
    if name == known:
        return False
    plain, meant = _plain(name), _plain(known)
    return plain == meant or (len(known) > 4 and _is_one_edit(plain, meant))


def _plain(name: str) -> str:
    return (
        folded(name)
        .translate(LOOKALIKES)
        .replace("-", "")
        .replace("_", "")
        .replace(".", "")
        .replace("l", "i")
    )


def _is_one_edit(one: str, other: str) -> bool:
    """One letter added, left out, changed, or two neighbours swapped (Damerau-Levenshtein distance 1)."""
    if abs(len(one) - len(other)) > 1:
        return False
    first = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), None)
    if first is None:
        return len(one) != len(other)
    a, b = one[first:], other[first:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def read_rules(octets: bytes, name: str) -> Rules:
    """The rules in a TOML file. Raises BadSettings with the key that is wrong."""
    try:
        found = tomllib.loads(octets.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadSettings(f"{name}: not TOML: {error}") from error
    for key in found:
        if key not in KEYS:
            raise BadSettings(f"{name}: unknown key {key[:40]!a}; known are {', '.join(sorted(KEYS))}")
    return Rules(
        url=_value(found, "url", str, None, name).rstrip("/"),
        token_variable=_value(found, "token-variable", str, "", name),
        allow=_texts(found, "allow", ("*",), name),
        deny=_texts(found, "deny", (), name),
        min_age=timedelta(days=_value(found, "min-age-days", int, 0, name)),
        licences=_texts(found, "licences", (), name),
        deny_files=_texts(found, "deny-files", (), name),
        max_bytes=_value(found, "max-bytes", int, TERABYTE, name),
    )


def _value(found: dict[str, Any], key: str, kind: type, default: Any, name: str) -> Any:
    value = found.get(key, default)
    is_right = isinstance(value, kind) and not isinstance(value, bool)
    if not is_right or (kind is int and not 0 <= value <= TERABYTE):
        raise BadSettings(f"{name}: {key} must be {'a text' if kind is str else 'a whole number'}")
    return value


def _texts(found: dict[str, Any], key: str, default: tuple[str, ...], name: str) -> tuple[str, ...]:
    value = found.get(key, default)
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise BadSettings(f"{name}: {key} must be a list of texts")
    return tuple(value)


def moment_of(said: object) -> datetime | None:
    """A time as hubs write it."""
    try:
        found = datetime.fromisoformat(str(said).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
