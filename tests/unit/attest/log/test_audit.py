"""An audit says whether a log holds, and at which entry it does not; in a store, and in a copied folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from hauberk.attest.log.audit import Audit, audit
from hauberk.attest.log.checkpoint import read_checkpoint
from hauberk.attest.log.folder import LogFolder, export, prover_of
from hauberk.attest.log.log import Log, establish
from hauberk.attest.log.note import new_signer
from hauberk.attest.log.proof import verify_inclusion
from hauberk.core.errors import Malformed, MissingPath, Refused
from hauberk.store import Store, open_store
from hauberk.store.schema import log_checkpoints, log_entries, log_tiles

SIGNER = new_signer("example.org/log")
ENTRIES = [b"entry %d" % each for each in range(700)]


def made(url: str, entries: list[bytes] = ENTRIES, step: int = 100) -> Log:
    log = establish(open_store(url), SIGNER)
    for start in range(0, len(entries), step):
        log.append(entries[start : start + step])
    return log


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    log = made(str(tmp_path / "log.db"))
    assert export(log, tmp_path / "log").size == 700
    log.store.close()
    return tmp_path / "log"


def faults(folder: Path, since: tuple[bytes, ...] = ()) -> Audit:
    return audit(LogFolder(folder), [SIGNER.key], since)


def test_a_whole_log_holds_in_the_store_and_in_the_folder(store_url: str, tmp_path: Path) -> None:
    log = made(store_url)
    with log.store:
        export(log, tmp_path / "log")
        copied = audit(LogFolder(tmp_path / "log"), [SIGNER.key])
        assert audit(log, [SIGNER.key]) == copied
        assert (copied.fault, copied.checkpoint.size, copied.signers) == (None, 700, ("example.org/log",))
        prover = prover_of(LogFolder(tmp_path / "log"))
        for index in (0, 255, 256, 511, 512, 699):
            assert prover.inclusion(index, 700) == log.inclusion(index).hashes
            verify_inclusion(ENTRIES[index], index, prover.inclusion(index, 700), copied.checkpoint)


def test_an_empty_log_holds(tmp_path: Path) -> None:
    with made(str(tmp_path / "a.db"), []).store as store:
        export(Log(store), tmp_path / "log")
        assert audit(Log(store), [SIGNER.key]).fault is None
    assert audit(LogFolder(tmp_path / "log"), [SIGNER.key]).fault is None


@pytest.mark.parametrize("index", [0, 1, 255, 256, 699])
def test_a_changed_entry_is_named(folder: Path, index: int) -> None:
    bundle = next(
        each for each in (folder / "tile" / "entries").rglob("*") if ENTRIES[index] in _octets(each)
    )
    changed = ENTRIES[index].replace(b"e", b"E", 1)
    bundle.write_bytes(
        _octets(bundle).replace(b"%c%s" % (len(changed), ENTRIES[index]), b"%c%s" % (len(changed), changed))
    )
    fault = faults(folder).fault
    assert fault
    assert fault.entry == index


def _octets(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("tile/entries/001", 256),
        ("tile/0/001", 256),
        ("tile/entries/002.p/188", 512),
        ("tile/0/002.p/188", 512),
        ("tile/1/000.p/2", 0),
    ],
)
def test_a_file_that_is_missing_or_empty_or_no_tile_is_named_by_its_first_entry(
    folder: Path, path: str, entry: int
) -> None:
    for octets in (b"", b"x", b"\xff" * (1 << 25), None):
        if octets is None:
            (folder / path).unlink()
        else:
            (folder / path).write_bytes(octets)
        fault = faults(folder).fault
        assert fault
        assert fault.entry == entry


def test_a_truncated_bundle_is_named_by_the_entry_that_is_missing(folder: Path) -> None:
    path = folder / "tile" / "entries" / "001"
    path.write_bytes(path.read_bytes()[: 100 * (2 + len(ENTRIES[256]))])
    fault = faults(folder).fault
    assert fault
    assert (fault.entry, "truncated" in fault.words) == (356, True)


def test_a_hash_of_the_upper_levels_that_was_changed_is_named_by_the_entries_it_stands_for(
    folder: Path,
) -> None:
    path = folder / "tile" / "1" / "000.p" / "2"
    path.write_bytes(path.read_bytes()[:32] + bytes(32))
    fault = faults(folder).fault
    assert fault
    assert (fault.entry, "entries 256 to 511" in fault.words) == (256, True)


def test_an_older_folder_is_truncated_to_who_has_seen_more(folder: Path, tmp_path: Path) -> None:
    seen = (folder / "checkpoint").read_bytes()
    with open_store(str(tmp_path / "log.db")) as store:
        earlier = Log(store).checkpoints(299, 300)[0]
        assert audit(Log(store), [SIGNER.key], [earlier.encode()]).fault is None
    old = made(str(tmp_path / "old.db"), ENTRIES[:300])
    with old.store:
        export(old, tmp_path / "old")
    fault = faults(tmp_path / "old", (seen,)).fault
    assert fault
    assert (fault.entry, "700 entries were signed: truncated" in fault.words) == (300, True)


def test_a_forked_log_is_named_by_where_it_leaves_what_was_seen(folder: Path, tmp_path: Path) -> None:
    with open_store(str(tmp_path / "log.db")) as store:
        since = tuple(Log(store).checkpoints(size - 1, size)[0].encode() for size in (300, 400, 500))
    fork = made(str(tmp_path / "fork.db"), [*ENTRIES[:350], b"another", *ENTRIES[351:]])
    with fork.store:
        export(fork, tmp_path / "fork")
        assert audit(fork, [SIGNER.key]).fault is None
        told = audit(fork, [SIGNER.key], since).fault
    assert told
    fault = faults(tmp_path / "fork", since).fault
    assert fault
    assert fault.entry == 300
    assert "forked" in fault.words
    assert told.entry == 300
    with open_store(str(tmp_path / "log.db")) as store, pytest.raises(Refused, match="a fork"):
        export(Log(store), tmp_path / "fork")


def test_a_fork_of_all_tiles_without_the_key_is_not_signed(folder: Path, tmp_path: Path) -> None:
    other = establish(open_store(str(tmp_path / "other.db")), new_signer("example.org/log"))
    with other.store:
        other.append(ENTRIES)
        export(other, tmp_path / "other")
    with pytest.raises(Refused, match="not signed by the key"):
        faults(tmp_path / "other")
    # With the true checkpoint over tiles that are another tree's, the root is what contradicts.
    rewritten = establish(open_store(str(tmp_path / "rewritten.db")), new_signer("example.org/log"))
    with rewritten.store:
        rewritten.append([*ENTRIES[:-1], b"another"])
        export(rewritten, tmp_path / "rewritten")
    shutil.copy(folder / "checkpoint", tmp_path / "rewritten" / "checkpoint")
    fault = faults(tmp_path / "rewritten").fault
    assert fault
    assert "are not what the checkpoint over 700 signed" in fault.words


def test_a_store_whose_rows_were_changed_breaks_there(store_url: str) -> None:
    log = made(store_url)
    with log.store as store:
        _change(store, update(log_entries).where(log_entries.c.start == 256).values(octets=b"\0\1x" * 44))
        fault = audit(Log(store), [SIGNER.key]).fault
        assert fault
        assert fault.entry == 256
        _change(store, delete(log_entries).where(log_entries.c.start == 200))
        fault = audit(Log(store), [SIGNER.key]).fault
        assert fault
        assert fault.entry == 200


def test_a_store_whose_tiles_were_changed_breaks_there(store_url: str) -> None:
    log = made(store_url)
    with log.store as store:
        _change(store, update(log_tiles).where(log_tiles.c.number == 1).values(octets=b"no tile"))
        fault = audit(Log(store), [SIGNER.key]).fault
        assert fault
        assert fault.entry == 256


def test_a_store_that_was_rewritten_to_the_root_breaks_at_the_checkpoint_that_remembers(
    store_url: str,
) -> None:
    # The tail of the log has no full tile above it: its entries are all that says what they were.
    log = made(store_url)
    with log.store as store:
        _change(store, update(log_entries).where(log_entries.c.start == 600).values(octets=b"\0\1x" * 100))
        fault = audit(Log(store), [SIGNER.key]).fault
        assert fault
        assert (fault.entry, "entries 600 to 699" in fault.words) == (600, True)
        _change(store, delete(log_checkpoints).where(log_checkpoints.c.size == 700))
        assert audit(Log(store), [SIGNER.key]).checkpoint.size == 600


def _change(store: Store, statement: object) -> None:
    with store.write("test") as connection:
        connection.execute(statement)  # type: ignore[call-overload]


def test_an_export_goes_on_where_the_one_before_ended(tmp_path: Path) -> None:
    log = made(str(tmp_path / "a.db"), ENTRIES[:300])
    with log.store:
        export(log, tmp_path / "log")
        kept = (tmp_path / "log" / "tile" / "0" / "000").stat().st_ino
        log.append(ENTRIES[300:])
        # What a broken export left behind, beyond what its checkpoint covers, is written again.
        (tmp_path / "log" / "tile" / "0" / "001").write_bytes(b"half")
        export(log, tmp_path / "log")
        assert (tmp_path / "log" / "tile" / "0" / "000").stat().st_ino == kept
    assert faults(tmp_path / "log").fault is None


def test_an_export_never_overwrites_another_log(folder: Path, tmp_path: Path) -> None:
    shorter = made(str(tmp_path / "shorter.db"), ENTRIES[:100])
    other = establish(open_store(str(tmp_path / "other.db")), new_signer("example.org/other"))
    with shorter.store, pytest.raises(Refused, match="700 entries, and this one 100"):
        export(shorter, folder)
    with other.store, pytest.raises(Refused, match="another log"):
        export(other, folder)
    assert faults(folder).fault is None


def test_a_folder_without_a_log_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(MissingPath, match="no log"):
        faults(tmp_path)
    (tmp_path / "checkpoint").write_bytes(b"\xff no checkpoint")
    with pytest.raises(Malformed):
        faults(tmp_path)


def test_a_checkpoint_of_another_log_is_no_past_of_this_one(folder: Path, tmp_path: Path) -> None:
    other = establish(open_store(str(tmp_path / "other.db")), new_signer("example.org/other"))
    with other.store:
        note = other.append([b"x"]).checkpoint.encode()
    with pytest.raises(Refused, match="not signed"):
        faults(folder, (note,))
    with pytest.raises(Refused, match="another log"):
        audit(LogFolder(folder), [], [note])
    assert read_checkpoint(note).size == 1
