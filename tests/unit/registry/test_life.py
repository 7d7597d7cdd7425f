"""The life of versions without HTTP, on SQLite and PostgreSQL: permitted, decided, raced and recalled."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hauberk.attest.model_signing import verified
from hauberk.core.errors import BadSettings, Conflict, HauberkError, MissingPath, Refused
from hauberk.core.verdict import Word
from hauberk.registry.accounts import APPROVER, CONTRIBUTOR, READER, Account
from hauberk.registry.admit import Admission, waiting
from hauberk.registry.backup import back_up, restore
from hauberk.registry.life import CLEAN, QUARANTINED, RECALLED, SCANNING, Life, Scan
from hauberk.registry.open import Opening, open_empty, open_registry
from hauberk.registry.policy import RegistryPolicy, policy_at
from hauberk.registry.repository import MAIN, MODEL, Commit, Proposal, Repository
from hauberk.registry.signing import sign_version
from hauberk.registry.tree import Added, large_entry

CARD = (
    b"---\nlicense: mit\n---\n# A model\n\nMade for a test. It fails at everything else than being stored.\n"
)


class World:
    """A registry with a repository, and people."""

    def __init__(self, life: Life, ann: Account, bob: Account) -> None:
        self.life, self.ann, self.bob = life, ann, bob
        self.repository = life.hub.create(MODEL, "ann/m", ann.id, is_private=False, author="ann")

    def commit(self, octets: bytes = b"x", path: str = "a.txt", author: str = "ann") -> Commit:
        hub = self.life.hub
        digest = hub.blobs.put(io.BytesIO(octets), 1 << 20)
        hub.bring(self.repository, digest, len(octets))
        entry = large_entry(path, digest, len(octets))
        return hub.commit(self.repository, MAIN, Proposal((Added(entry),), author, "change"))

    def scanned(self, commit: Commit, word: Word = Word.PASS) -> Commit:
        counts = {"critical": int(word is Word.STOP), "high": 0, "medium": 0, "low": 0, "info": 0}
        predicate = {
            "tool": {"name": "hauberk", "version": "0"},
            "ruleSet": "r",
            "policy": {"digest": "00" * 32},
            "scannedAt": "2026-11-23T12:00:00Z",
            "verdict": word.value,
            "findings": counts,
            "gaps": int(word is Word.UNKNOWN),
            "accepted": 0,
        }
        report = self.life.hub.blobs.put(io.BytesIO(b"{}"), 100)
        self.life.settle(self.repository, commit, Scan(word, "words", predicate, report))
        return commit

    def permits(self, commit: Commit, environment: str = "dev") -> bool:
        return self.life.permit(self.repository, commit, environment).is_allowed

    def words(self, commit: Commit, environment: str = "dev") -> str:
        return self.life.permit(self.repository, commit, environment).words


@pytest.fixture
def world(store_url: str, tmp_path: Path) -> Iterator[World]:
    with open_registry(Opening(tmp_path / "registry", store_url)) as opened:
        accounts = opened.site.accounts
        yield World(opened.life, accounts.add("ann", CONTRIBUTOR), accounts.add("bob", APPROVER))


def test_nothing_is_served_before_its_scan(world: World) -> None:
    commit = world.commit()
    assert not world.permits(commit) and "quarantine" in world.words(commit)
    assert world.life.standing(world.repository, commit).state == QUARANTINED
    world.scanned(commit)
    assert world.permits(commit) and not world.permits(commit, "production")


@pytest.mark.parametrize("word", [Word.STOP, Word.UNKNOWN])
def test_what_the_scan_does_not_pass_is_served_nowhere(world: World, word: Word) -> None:
    commit = world.scanned(world.commit(), word)
    for environment in ("dev", "staging", "production"):
        assert not world.permits(commit, environment)
        with pytest.raises(Refused):
            world.life.promote(world.repository, commit, world.bob, environment)


def test_a_promotion_needs_an_approval_by_somebody_else(world: World) -> None:
    commit = world.scanned(world.commit())
    with pytest.raises(Refused, match="0 approve"):
        world.life.promote(world.repository, commit, world.bob, "production")
    own = world.scanned(world.commit(b"mine", author="bob"))
    with pytest.raises(Refused, match="contributed"):
        world.life.approve(world.repository, own, world.bob, "production")
    with pytest.raises(Refused, match="no approver"):
        world.life.approve(world.repository, commit, world.ann, "production")
    with pytest.raises(BadSettings):
        world.life.approve(world.repository, commit, world.bob, "nowhere")
    world.life.approve(world.repository, commit, world.bob, "production")
    assert "nobody has promoted" in world.words(commit, "production")
    world.life.promote(world.repository, commit, world.bob, "production")
    assert world.permits(commit, "production") and not world.permits(commit, "staging")


def approved(world: World, octets: bytes) -> Commit:
    commit = world.scanned(world.commit(octets))
    world.life.approve(world.repository, commit, world.bob, "production")
    return commit


def test_a_rollback_goes_back_by_one_and_past_what_was_recalled(world: World) -> None:
    made = [approved(world, octets) for octets in (b"1", b"2", b"3")]
    for each in made:
        world.life.promote(world.repository, each, world.bob, "production")
    world.life.recall(world.repository, made[1], world.bob, "bad")
    back = world.life.rollback(world.repository, world.bob, "production")
    assert back is not None and back.commit == made[0].id
    assert world.life.served(world.repository, "production") == made[0].id
    assert [world.permits(each, "production") for each in made] == [True, False, False]
    assert world.life.rollback(world.repository, world.bob, "production") is None
    with pytest.raises(MissingPath):
        world.life.rollback(world.repository, world.bob, "production")


def test_a_rejection_takes_a_promoted_version_out(world: World) -> None:
    commit = approved(world, b"1")
    world.life.promote(world.repository, commit, world.bob, "production")
    world.life.approve(world.repository, commit, world.bob, "production", "reject")
    assert not world.permits(commit, "production")
    assert world.life.permit(world.repository, commit, "production").is_withdrawn


def test_a_recall_reaches_the_same_files_elsewhere(world: World) -> None:
    commit = world.scanned(world.commit(b"same"))
    hub = world.life.hub
    other = hub.create(MODEL, "bob/copy", world.bob.id, is_private=False)
    entry = hub.tree(commit).entries[0]
    hub.bring(other, entry.digest, entry.size)
    copy = hub.commit(other, MAIN, Proposal((Added(entry),), "bob", "copy"))
    world.life.recall(world.repository, commit, world.bob, "it leaks")
    answer = world.life.permit(other, copy, "dev")
    assert not answer.is_allowed and "it leaks" in answer.words
    assert world.life.standing(other, copy).state == RECALLED
    assert world.life.recalled() == {commit.id, copy.id}


def _at_once(*acts: Callable[[], object]) -> list[object]:
    found: list[object] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(number: int) -> None:
        gate.wait()
        try:
            found[number] = acts[number]()
        except HauberkError as error:
            found[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


@pytest.mark.parametrize("turn", range(3))
def test_races_of_promotions_and_recalls_leave_one_truth(world: World, turn: int) -> None:
    one, two = approved(world, b"one %d" % turn), approved(world, b"two %d" % turn)
    life, where, who = world.life, world.repository, world.bob
    _at_once(
        lambda: life.promote(where, one, who, "production"),
        lambda: life.promote(where, two, who, "production"),
        lambda: life.recall(where, one, who, "bad"),
        lambda: life.rollback(where, who, "production"),
    )
    assert not world.permits(one, "production")
    served = life.served(where, "production")
    if served == two.id:
        assert world.permits(two, "production")
    else:
        assert served in (None, one.id)
    kinds = [each.statement.predicate_type for each in life.custody.about(one.tree).attested]
    assert sum("approval" in each for each in kinds) == 1 + len(life.policy.environments)


def test_what_was_said_is_logged_and_holds(world: World) -> None:
    commit = approved(world, b"1")
    found = world.life.custody.about(commit.tree)
    assert found.discarded == () and len(found.attested) >= 4
    assert all(each.entry is not None and each.signed_at is not None for each in found.attested)


def test_what_was_said_before_a_crash_is_logged_after_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.life.custody, "publish", lambda: 0)
    commit = world.scanned(world.commit())
    assert any(each.entry is None for each in world.life.custody.about(commit.tree).attested)
    monkeypatch.undo()
    assert world.life.custody.publish() > 0
    assert all(each.entry is not None for each in world.life.custody.about(commit.tree).attested)


def test_another_policy_is_asked_at_once(world: World) -> None:
    commit = world.scanned(world.commit())
    strict = RegistryPolicy(
        b"version: 1\nenvironments:\n  dev:\n    scan: {by: registry}\n    provenance: {}\n", "strict"
    )
    other = Life(world.life.hub, world.life.custody, strict)
    assert world.permits(commit) and not other.permit(world.repository, commit, "dev").is_allowed
    assert world.permits(commit)


def test_admission_scans_and_a_lost_scan_is_taken_up(world: World) -> None:
    commit = world.commit(CARD, "README.md")
    admission = Admission(world.life, jobs=1)
    assert admission._claim(world.repository, commit) and not admission._claim(world.repository, commit)
    assert world.life.standing(world.repository, commit).state == SCANNING
    assert waiting(world.life, lost_before=0) is None
    found = waiting(world.life, lost_before=1 << 40)
    assert found is not None and found[1].id == commit.id


def test_admission_takes_versions_out_of_quarantine(world: World) -> None:
    commit = world.commit(CARD, "README.md")
    admission = Admission(world.life, jobs=1)
    assert admission.next() and not admission.next()
    assert world.life.standing(world.repository, commit).state == CLEAN


def test_a_blob_that_is_gone_makes_the_version_unknown(world: World) -> None:
    commit = world.commit(b"soon gone")
    blobs = world.life.hub.blobs
    blobs.path(world.life.hub.tree(commit).entries[0].digest).unlink()
    assert Admission(world.life, jobs=1).next()
    assert world.life.standing(world.repository, commit).state == "unknown"
    assert not world.permits(commit)


def test_a_signature_names_every_file_and_verifies(world: World) -> None:
    commit = world.scanned(world.commit(b"x", "sub/a.txt"))
    signed = verified(
        sign_version(world.life, world.repository, commit), world.life.custody.keyring.registry().public
    )
    assert [each.path for each in signed.resources] == ["sub/a.txt"]
    empty = world.life.hub.create(MODEL, "ann/empty", world.ann.id, is_private=False)
    with pytest.raises(Refused):
        sign_version(world.life, empty, world.life.hub.resolve(empty, MAIN))


def test_readers_decide_nothing(world: World) -> None:
    reader = world.life.custody.keyring
    assert reader.approvers().keys() >= {"bob"} and "ann" not in reader.approvers()
    commit = world.scanned(world.commit())
    rita = Account(99, "rita", READER, True)
    for act in (
        lambda: world.life.recall(world.repository, commit, rita, "x"),
        lambda: world.life.promote(world.repository, commit, rita, "dev"),
        lambda: world.life.deprecate(world.repository, commit, rita, "x"),
    ):
        with pytest.raises(Refused):
            act()


def test_a_backup_comes_back_on_another_database(world: World, tmp_path: Path) -> None:
    commit = approved(world, b"kept")
    world.life.promote(world.repository, commit, world.bob, "production")
    target = tmp_path / "backup"
    back_up(world.life.hub.store, world.life.hub.blobs, target, lambda *_: None)
    with pytest.raises(Conflict):
        back_up(world.life.hub.store, world.life.hub.blobs, target, lambda *_: None)
    with open_empty(tmp_path / "second", None, None) as (store, blobs):
        restore(target, store, blobs, lambda *_: None)
        with pytest.raises(Conflict):
            restore(target, store, blobs, lambda *_: None)
    with open_registry(Opening(tmp_path / "second"), is_begun=True) as opened:
        again = opened.site.hub.find(MODEL, "ann/m")
        assert isinstance(again, Repository)
        assert opened.life.permit(again, opened.site.hub.resolve(again, commit.id), "production").is_allowed
        assert opened.life.custody.about(commit.tree).discarded == ()
        entry = opened.site.hub.tree(commit).entries[0]
        assert opened.site.blobs.local(entry.digest).read_bytes() == b"kept"
        opened.site.accounts.add("later", READER)  # numbers go on above those that came back


def test_a_backup_with_a_damaged_file_is_refused(world: World, tmp_path: Path) -> None:
    commit = world.scanned(world.commit(b"whole"))
    back_up(world.life.hub.store, world.life.hub.blobs, tmp_path / "backup", lambda *_: None)
    digest = world.life.hub.tree(commit).entries[0].digest
    (tmp_path / "backup" / "blobs" / "sha256" / digest.hex[:2] / digest.hex[2:]).write_bytes(b"other")
    with (
        open_empty(tmp_path / "second", None, None) as (store, blobs),
        pytest.raises(HauberkError, match="other"),
    ):
        restore(tmp_path / "backup", store, blobs, lambda *_: None)


def test_the_registrys_own_policy_reads() -> None:
    own = policy_at(None)
    assert own.environments == ("dev", "staging", "production")
    assert [own.asks_people(each) for each in own.environments] == [False, True, True]
