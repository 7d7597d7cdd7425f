"""Releases: rollback, freeze, mix-and-match and swapped names are refused, each with its sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hauberk.attest.keys import generate
from hauberk.attest.predicates import NAMED, time_text
from hauberk.attest.release import Seen, Wanted, checked_release, read_seen, release_predicate, seen_json
from hauberk.attest.trust import Role, Trust
from hauberk.core.attested import Attested
from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed, Refused
from hauberk.core.statement import Json, Statement, Subject

NOW = datetime(2026, 6, 1, tzinfo=UTC)
OLD, NEW, OTHER = (Digest(each * 64) for each in "123")
KEYS = [generate("ed25519").public for _ in range(3)]


def trust(threshold: int = 1, is_snapshot_needed: bool = False) -> Trust:
    roles = {
        "root": Role(frozenset([KEYS[0].id]), 1),
        "release": Role(frozenset(k.id for k in KEYS), threshold),
    }
    if is_snapshot_needed:
        roles["snapshot"] = Role(frozenset([KEYS[0].id]), 1)
    return Trust(1, NOW + timedelta(days=9), {key.id: key for key in KEYS}, {}, roles)


def release(digest: Digest, version: int, name: str = "router", days: int = 7, key: int = 0) -> Attested:
    predicate = release_predicate(name, version, time_text(NOW), time_text(NOW + timedelta(days=days)))
    return Attested(Statement((Subject(name, digest),), NAMED["release"].uri, predicate), (KEYS[key].id,))


def snapshot(version: int, *listed: tuple[str, int, Digest], days: int = 1) -> Attested:
    releases: list[Json] = [{"name": n, "version": v, "digest": str(d)} for n, v, d in listed]
    predicate: dict[str, Json] = {
        "version": version,
        "issuedAt": time_text(NOW),
        "expires": time_text(NOW + timedelta(days=days)),
        "releases": releases,
    }
    subjects = tuple(Subject(name, digest) for name, _, digest in listed)
    return Attested(Statement(subjects, NAMED["snapshot"].uri, predicate), (KEYS[0].id,))


def test_a_release_is_accepted_and_remembered() -> None:
    seen = checked_release(Wanted("router", NEW), [release(NEW, 2)], trust(), NOW)
    assert seen == Seen(2, NEW)
    assert read_seen(seen_json({"router": seen}).encode()) == {"router": seen}


def test_a_rollback_is_refused() -> None:
    with pytest.raises(Refused, match="version 1 is older than the 2 accepted before: a rollback"):
        checked_release(Wanted("router", OLD, Seen(2, NEW)), [release(OLD, 1)], trust(), NOW)


def test_two_releases_of_one_version_are_refused() -> None:
    with pytest.raises(Refused, match="two releases of one version"):
        checked_release(Wanted("router", OTHER, Seen(2, NEW)), [release(OTHER, 2)], trust(), NOW)


def test_a_freeze_is_refused() -> None:
    with pytest.raises(Refused, match="out of date since"):
        checked_release(Wanted("router", NEW), [release(NEW, 2, days=-1)], trust(), NOW)


def test_a_swapped_name_is_refused() -> None:
    with pytest.raises(Refused, match="released as router, not as guard: a swapped name"):
        checked_release(Wanted("guard", NEW), [release(NEW, 2)], trust(), NOW)


def test_altered_bytes_have_no_release() -> None:
    with pytest.raises(Refused, match="altered, or mixed"):
        checked_release(Wanted("router", OTHER), [release(NEW, 2)], trust(), NOW)


def test_a_threshold_is_counted_by_keys_over_one_claim() -> None:
    with pytest.raises(Refused, match="signed by 1 of the release keys only"):
        checked_release(Wanted("router", NEW), [release(NEW, 2)], trust(2), NOW)
    both = [release(NEW, 2, key=0), release(NEW, 2, key=1)]
    assert checked_release(Wanted("router", NEW), both, trust(2), NOW).version == 2
    apart = [release(NEW, 2, key=0), release(NEW, 3, key=1)]
    with pytest.raises(Refused, match="signed by 1"):
        checked_release(Wanted("router", NEW), apart, trust(2), NOW)


def test_a_fresh_snapshot_must_list_the_release() -> None:
    needed = trust(is_snapshot_needed=True)
    listed = snapshot(5, ("router", 2, NEW), ("guard", 1, OTHER))
    assert checked_release(Wanted("router", NEW), [release(NEW, 2), listed], needed, NOW).version == 2
    for evidence, said in [
        ([release(NEW, 2)], "no snapshot"),
        ([release(NEW, 2), snapshot(5, ("router", 2, NEW), days=-1)], "a freeze"),
        ([release(OLD, 1), listed], "mixed from another set"),
        ([release(NEW, 2), listed, snapshot(6, ("router", 3, OTHER))], "mixed from another set"),
    ]:
        digest = evidence[0].statement.subjects[0].digest
        with pytest.raises(Refused, match=said):
            checked_release(Wanted("router", digest), evidence, needed, NOW)


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"type": "https://hauberk.dev/seen/v1", "releases": {"a": 1}}', "x"]
)
def test_a_broken_memory_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_seen(text.encode())
