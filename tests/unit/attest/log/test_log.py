"""A log in a store, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from hauberk.attest.log.checkpoint import read_checkpoint, signed_checkpoint
from hauberk.attest.log.log import Log, establish
from hauberk.attest.log.note import new_signer
from hauberk.attest.log.proof import (
    Proof,
    proof_text,
    read_proof,
    verify_consistency,
    verify_inclusion,
)
from hauberk.attest.log.tiles import MAX_ENTRY
from hauberk.core.errors import OverBudget, Refused, UsageError
from hauberk.store import open_store
from tests.rfc9162 import mth


def test_what_is_appended_stands_where_it_was_said_to_and_is_proven(store_url: str) -> None:
    entries = [b"entry %d" % each for each in range(600)]
    with open_store(store_url) as store:
        log = Log(store)
        for start, stop in ((0, 1), (1, 2), (2, 255), (255, 256), (256, 258), (258, 600)):
            added = log.append(entries[start:stop])
            assert (added.first, added.count) == (start, stop - start)
            head = signed_checkpoint(added.checkpoint.encode(), log.key())
            assert (head.size, head.root) == (stop, mth(entries[:stop]))
        assert [log.entry(each) for each in range(600)] == entries
        for proof in Log(store).inclusions(range(600)):
            verify_inclusion(entries[proof.index], proof.index, proof.hashes, head)


def test_each_appended_entry_comes_with_a_proof_that_needs_nothing_else(store_url: str) -> None:
    with open_store(store_url) as store:
        log = Log(store)
        for number in range(70):
            entry = b"%d" % number
            proof = read_proof(proof_text(log.append_proven(entry)).encode())
            assert proof.index == number
            head = signed_checkpoint(proof.checkpoint.encode(), log.key())
            verify_inclusion(entry, number, proof.hashes, head)


def test_a_log_is_found_again_and_goes_on(store_url: str) -> None:
    with open_store(store_url) as store:
        key = Log(store).append([b"a"] * 300) and Log(store).key()
    with open_store(store_url) as store:
        log = Log(store)
        assert log.key() == key
        assert log.append([b"b"]).first == 300
        assert read_checkpoint(log.checkpoint().encode()).root == mth([b"a"] * 300 + [b"b"])


def test_every_checkpoint_continues_the_one_before(store_url: str) -> None:
    with open_store(store_url) as store:
        log = Log(store)
        heads = [
            read_checkpoint(log.append([b"x"] * (1 + 37 * each)).checkpoint.encode()) for each in range(8)
        ]
        for old in heads:
            for new in heads:
                if old.size <= new.size:
                    verify_consistency(old, new, log.consistency(old.size, new.size))
                else:
                    with pytest.raises(UsageError):
                        log.consistency(old.size, new.size)
        with pytest.raises(UsageError, match="fewer"):
            log.consistency(1, 10_000)
        assert [read_checkpoint(each.encode()).size for each in log.checkpoints(-1, heads[1].size)] == [
            0,
            1,
            39,
        ]


def test_threads_and_processes_that_append_at_once_never_fork_the_log(store_url: str) -> None:
    code = """if True:
        import sys
        from hauberk.attest.log.log import Log
        from hauberk.store import open_store
        with open_store(sys.argv[1]) as store:
            log = Log(store)
            for number in range(25):
                entries = [f"{sys.argv[2]} {number} {each}".encode() for each in range(1 + number % 3)]
                print(log.append(entries).first, sys.argv[2], number)
    """
    with open_store(store_url) as store:
        log = Log(store)
        children = [
            subprocess.Popen([sys.executable, "-c", code, store_url, str(each)], stdout=subprocess.PIPE)
            for each in range(3)
        ]
        told: list[tuple[int, bytes]] = []

        def keep(name: int) -> None:
            for number in range(25):
                told.append(
                    (log.append([b"thread %d %d" % (name, number)]).first, b"thread %d %d" % (name, number))
                )

        threads = [threading.Thread(target=keep, args=(each,)) for each in range(3)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        for child in children:
            lines = child.communicate()[0].splitlines()
            assert child.returncode == 0
            told += [(int(line.split()[0]), line.partition(b" ")[2] + b" 0") for line in lines]
        entries = [log.entry(each) for each in range(3 * 25 + 3 * 49)]
        assert len(told) == 6 * 25
        assert [entries[index] for index, _ in told] == [entry for _, entry in told]
        head = signed_checkpoint(log.checkpoint().encode(), log.key())
        assert (head.size, head.root) == (len(entries), mth(entries))


def test_a_log_that_is_asked_for_its_key_first_has_it_from_then_on(store_url: str) -> None:
    with open_store(store_url) as store:
        key = Log(store).key()
        assert Log(store).key() == key
        assert signed_checkpoint(Log(store).checkpoint().encode(), key).size == 0
        assert signed_checkpoint(Log(store).append([b"a"]).checkpoint.encode(), key).size == 1


def test_an_entry_that_is_too_long_adds_none(store_url: str) -> None:
    with open_store(store_url) as store:
        log = Log(store)
        log.append([b"x" * MAX_ENTRY, b""])
        with pytest.raises(OverBudget, match="65536 bytes"):
            log.append([b"fine", b"x" * (MAX_ENTRY + 1)])
        assert log.append([b"next"]).first == 2
        assert log.append([]).count == 0
        assert (log.entry(0), log.entry(1)) == (b"x" * MAX_ENTRY, b"")
        for index in (-1, 3, 1 << 40):
            with pytest.raises(UsageError):
                log.entry(index)
            with pytest.raises(UsageError):
                log.inclusion(index)


def test_a_key_that_is_kept_elsewhere_is_needed_to_append(store_url: str) -> None:
    signer = new_signer("example.org/log")
    with open_store(store_url) as store:
        with pytest.raises(UsageError, match="no log yet"):
            Log(store).checkpoint()
        establish(store, signer, is_key_kept=False).append([b"a"])
        with pytest.raises(UsageError, match="kept elsewhere"):
            Log(store).append([b"b"])
        with pytest.raises(Refused, match="another key"):
            Log(store, new_signer("example.org/log")).append([b"b"])
        with pytest.raises(Refused, match="a fork"):
            establish(store, new_signer("example.org/log"))
        assert Log(store, signer).append([b"b"]).first == 1
        assert Log(store).key() == signer.key


def test_entries_that_contradict_the_checkpoint_are_not_built_upon(store_url: str) -> None:
    from sqlalchemy import update

    from hauberk.store.schema import log_entries

    with open_store(store_url) as store:
        Log(store).append([b"a", b"b"])
        with store.write("test") as connection:
            connection.execute(update(log_entries).values(octets=b"\0\1a\0\1c"))
        with pytest.raises(Refused, match="log verify"):
            Log(store).append([b"c"])


def test_a_proof_that_was_changed_is_refused(store_url: str) -> None:
    with open_store(store_url) as store:
        log = Log(store)
        log.append([b"%d" % each for each in range(11)])
        good = log.inclusion(6)
        head = read_checkpoint(good.checkpoint.encode())
        some = good.hashes[0]
        for index, hashes in (
            (5, good.hashes),
            (7, good.hashes),
            (11, good.hashes),
            (-1, good.hashes),
            (6, good.hashes[:-1]),
            (6, good.hashes[1:]),
            (6, (*good.hashes, some)),
            (6, good.hashes[::-1]),
            (6, (some[:-1], *good.hashes[1:])),
            (6, ()),
            (6, (some,) * 65),
        ):
            with pytest.raises(Refused):
                verify_inclusion(b"6", index, hashes, head)
        with pytest.raises(Refused):
            verify_inclusion(b"7", 6, good.hashes, head)
        assert isinstance(good, Proof)
