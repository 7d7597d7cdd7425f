"""Releases: a name, a version and a last day, bound to a digest beside the signature.

A signature says that bytes are whole; it does not say that they are what was asked for, nor that they
are the newest. Releases do: rollback, freeze, mix-and-match and swapped names are refused.
Source: The Update Framework specification 1.0.33, section 1.5.2 (attacks), 5.5 and 5.6 (checks).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from hauberk.attest.predicates import NAMED, read_time, time_text
from hauberk.attest.trust import Trust
from hauberk.core.attested import Attested
from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, Refused
from hauberk.core.statement import Json
from hauberk.core.strict import read_json

# Roles of the trust file; where it has a snapshot role, a fresh snapshot must list the release.
RELEASE, SNAPSHOT = "release", "snapshot"
SEEN_TYPE = "https://hauberk.dev/seen/v1"
MAX_SEEN = 16 << 20  # bytes of the file of what was seen: a hundred thousand names


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest release of a name that was accepted here; an older one never is again."""

    version: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for: a name, the digest that came, and what was accepted before."""

    name: str
    digest: Digest
    seen: Seen | None = None


def checked_release(wanted: Wanted, attested: Iterable[Attested], trust: Trust, now: datetime) -> Seen:
    """What is now the newest release that was seen. Raises Refused with the contradiction."""
    attested = list(attested)
    version = _released(wanted, attested, trust, now)
    if trust.roles.get(SNAPSHOT):
        _refuse_unlisted(wanted, version, attested, trust, now)
    seen = wanted.seen
    if seen and version < seen.version:
        raise Refused(
            f"{wanted.name} version {version} is older than the {seen.version} accepted before: a rollback"
        )
    if seen and version == seen.version and seen.digest != wanted.digest:
        raise Refused(
            f"{wanted.name} version {version} was another digest before: two releases of one version"
        )
    return Seen(version, wanted.digest)


def _released(wanted: Wanted, attested: list[Attested], trust: Trust, now: datetime) -> int:
    """The highest version under the wanted name that enough of the role's keys sign, and that is fresh."""
    votes = _votes(attested, NAMED["release"].uri, wanted.digest)
    other_names, stale, fresh = set(), [], []
    for predicate, signers in votes:
        if predicate.get("name") != wanted.name:
            other_names.add(str(predicate.get("name")))
        elif not trust.holds(RELEASE, signers):
            stale.append(f"signed by {len(trust.speakers(RELEASE, signers))} of the release keys only")
        elif not _is_fresh(predicate, now):
            stale.append(
                f"out of date since {predicate.get('expires')}: ask for a newer statement (a freeze?)"
            )
        elif isinstance(version := predicate.get("version"), int) and not isinstance(version, bool):
            fresh.append(version)
    if fresh:
        return max(fresh)
    if stale:
        raise Refused(f"the release of {wanted.name} is {stale[0]}")
    if other_names:
        raise Refused(f"these bytes are released as {min(other_names)}, not as {wanted.name}: a swapped name")
    raise Refused(f"no release of {wanted.name} has the digest {wanted.digest}: altered, or mixed of several")


def _votes(
    attested: list[Attested], predicate_type: str, digest: Digest | None = None
) -> list[tuple[Mapping[str, Json], frozenset[str]]]:
    """Each different claim (about the digest, if one is given), with all who signed that very claim."""
    claims: dict[str, tuple[Mapping[str, Json], frozenset[str]]] = {}
    for each in attested:
        statement = each.statement
        if statement.predicate_type != predicate_type:
            continue
        if digest is not None and digest not in {subject.digest for subject in statement.subjects}:
            continue
        _, before = claims.get(statement.to_json(), ({}, frozenset[str]()))
        claims[statement.to_json()] = (statement.predicate, before | frozenset(each.signers))
    return list(claims.values())


def _is_fresh(predicate: Mapping[str, Json], now: datetime) -> bool:
    expires = read_time(str(predicate.get("expires")))
    return expires is not None and expires > now


def _refuse_unlisted(
    wanted: Wanted, version: int, attested: list[Attested], trust: Trust, now: datetime
) -> None:
    votes = _votes(attested, NAMED["snapshot"].uri)
    held = [predicate for predicate, signers in votes if trust.holds(SNAPSHOT, signers)]
    if not held:
        raise Refused(f"no snapshot that enough of its keys sign lists {wanted.name}")
    newest = max(held, key=lambda each: _version(each))
    if not _is_fresh(newest, now):
        raise Refused(f"the newest snapshot is out of date since {newest.get('expires')}: a freeze?")
    listed = {"name": wanted.name, "version": version, "digest": str(wanted.digest)}
    if listed not in (newest.get("releases") or []):  # type: ignore[operator]  # checked() holds it a list
        raise Refused(
            f"the snapshot does not list {wanted.name} version {version}: it is mixed from another set"
        )


def _version(predicate: Mapping[str, Json]) -> int:
    version = predicate.get("version")
    return version if isinstance(version, int) else -1


def read_seen(octets: bytes) -> dict[str, Seen]:
    """What was accepted before, by name. Raises Malformed: without it a rollback would not be seen."""
    found = read_json(octets, MAX_SEEN)
    names = found.get("releases") if isinstance(found, dict) and found.get("type") == SEEN_TYPE else None
    if not isinstance(names, dict):
        raise Malformed(f"no file of the type {SEEN_TYPE}")
    seen = {}
    for name, each in names.items():
        version = each.get("version") if isinstance(each, dict) else None
        hex_digest = each.get("digest") if isinstance(each, dict) else None
        if not isinstance(version, int) or not isinstance(hex_digest, str):
            raise Malformed(f"what was seen of {name[:80]!r} cannot be read")
        seen[name] = Seen(version, Digest(hex_digest.removeprefix("sha256:")))
    return seen


def seen_json(seen: Mapping[str, Seen]) -> str:
    """What was accepted, to be read again."""
    import json

    names = {name: {"version": each.version, "digest": str(each.digest)} for name, each in seen.items()}
    return json.dumps({"type": SEEN_TYPE, "releases": names}, indent=1, sort_keys=True) + "\n"


def release_predicate(name: str, version: int, issued_at: str, expires: str) -> Mapping[str, Json]:
    """A release of the subject."""
    for text in (issued_at, expires):
        if (moment := read_time(text)) is None or time_text(moment) != text:
            raise Malformed(f"{text!r} is no time like 2026-01-31T12:00:00Z")
    return {"name": name, "version": version, "issuedAt": issued_at, "expires": expires}
