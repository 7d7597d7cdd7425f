"""A witness signs what continues what it saw, and nothing else; who checks counts witnesses."""

from __future__ import annotations

import threading
from http import HTTPStatus
from pathlib import Path

import pytest

from hauberk.attest.log.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from hauberk.attest.log.log import Log, establish
from hauberk.attest.log.note import COSIGNATURE, NoteKey, new_signer, read_note, signer_of
from hauberk.attest.log.witness import Answer, Witness, cosigned, request_text, verified_checkpoint
from hauberk.attest.trust import TrustedLog
from hauberk.core.errors import Malformed, Refused, UsageError
from hauberk.store import open_store

LOG = new_signer("example.org/log")
WITNESS = new_signer("witness.example/1", COSIGNATURE)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    found = establish(open_store(str(tmp_path / "log.db")), LOG)
    found.append([b"%d" % each for each in range(10)])
    return found


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(WITNESS, (LOG.key,), tmp_path / "memory", clock=lambda: 1_700_000_000.5)


def ask(witness: Witness, log: Log, old: int, note: str | None = None) -> Answer:
    note = note or log.checkpoint()
    hashes = log.consistency(old, read_checkpoint(note.encode()).size)
    return witness.add_checkpoint(request_text(old, hashes, note).encode())


def test_a_log_that_grows_is_signed_each_time(log: Log, witness: Witness) -> None:
    size = 0
    with log.store:
        for _ in range(4):
            answer = ask(witness, log, size)
            assert answer.status == HTTPStatus.OK
            note = log.add_cosignatures(cosigned(log.checkpoint(), answer, WITNESS.key), WITNESS.key)
            assert log.checkpoint() == note
            found = verified_checkpoint(note, [TrustedLog(LOG.key.text(), (WITNESS.key.text(),), 1)])
            size = found.size
            assert witness.latest(LOG.key.name) == found
            log.append([b"more"] * 100)


def test_the_same_checkpoint_again_is_signed_again(log: Log, witness: Witness) -> None:
    with log.store:
        assert ask(witness, log, 0) == ask(witness, log, 10)


def test_what_does_not_continue_is_not_signed(log: Log, witness: Witness, tmp_path: Path) -> None:
    fork = establish(open_store(str(tmp_path / "fork.db")), LOG)
    with log.store, fork.store:
        first = log.checkpoint()
        ask(witness, log, 0)
        fork.append([b"x"] * 10)
        assert ask(witness, fork, 10) == Answer(HTTPStatus.CONFLICT, "10\n")
        fork.append([b"x"] * 10)
        answer = ask(witness, fork, 10)
        assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY
        with pytest.raises(Refused, match="422"):
            cosigned(fork.checkpoint(), answer, WITNESS.key)
        log.append([b"y"])
        assert ask(witness, log, 3) == Answer(HTTPStatus.CONFLICT, "10\n")
        assert ask(witness, log, 0) == Answer(HTTPStatus.CONFLICT, "10\n")
        assert ask(witness, log, 10).status == HTTPStatus.OK
        backwards = request_text(11, (), first)
        assert witness.add_checkpoint(backwards.encode()).status == HTTPStatus.BAD_REQUEST
        assert witness.latest(LOG.key.name) == read_checkpoint(log.checkpoint().encode())


def test_strangers_are_told_so(log: Log, witness: Witness) -> None:
    with log.store:
        stranger = new_signer("example.org/other")
        note = str(sign_checkpoint(Checkpoint("example.org/other", 1, bytes(32)), stranger))
        assert witness.add_checkpoint(request_text(0, (), note).encode()).status == HTTPStatus.NOT_FOUND
        forged = str(sign_checkpoint(Checkpoint(LOG.key.name, 1, bytes(32)), new_signer(LOG.key.name)))
        assert witness.add_checkpoint(request_text(0, (), forged).encode()).status == HTTPStatus.FORBIDDEN
        for request in (
            b"",
            b"old -1\n\n",
            b"old 0\n" + log.checkpoint().encode(),
            b"old 01\n\n" + log.checkpoint().encode(),
        ):
            assert witness.add_checkpoint(request).status == HTTPStatus.BAD_REQUEST
        many = request_text(0, [bytes(32)] * 64, log.checkpoint())
        assert witness.add_checkpoint(many.encode()).status == HTTPStatus.BAD_REQUEST
        with pytest.raises(UsageError, match="--witness"):
            Witness(LOG, (LOG.key,), witness.folder).add_checkpoint(b"")


def test_of_requests_at_once_the_witness_goes_only_forward(log: Log, witness: Witness) -> None:
    with log.store:
        notes = [log.append([b"x"]).checkpoint for _ in range(12)]
        answers: list[HTTPStatus] = []

        def run(note: str) -> None:
            answers.append(ask(witness, log, 0, note).status)

        threads = [threading.Thread(target=run, args=(each,)) for each in notes]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert sorted(answers) == [HTTPStatus.OK] + [HTTPStatus.CONFLICT] * 11


def test_enough_witnesses_must_have_signed_and_each_counts_once(
    log: Log, witness: Witness, tmp_path: Path
) -> None:
    second = signer_of("witness.example/2", COSIGNATURE, WITNESS.seed)
    third = new_signer("witness.example/3", COSIGNATURE)
    names = tuple(each.key.text() for each in (WITNESS, second, third))
    with log.store:
        note = log.checkpoint()
        for signer in (WITNESS, second):
            other = Witness(signer, (LOG.key,), tmp_path / signer.key.name.replace("/", "-"))
            note = log.add_cosignatures(cosigned(note, ask(other, log, 0, note), signer.key), signer.key)
    assert verified_checkpoint(note, [TrustedLog(LOG.key.text(), names, 1)]).size == 10
    with pytest.raises(Refused, match="1 trusted witnesses signed the checkpoint, and 2 must have"):
        verified_checkpoint(note, [TrustedLog(LOG.key.text(), names, 2)])
    with pytest.raises(Refused, match="no trusted log"):
        verified_checkpoint(note, [TrustedLog(new_signer("example.org/log").key.text())])
    with pytest.raises(Refused, match="no trusted log"):
        verified_checkpoint(note, [])
    with pytest.raises(Refused, match="not its own"):
        verified_checkpoint(note.replace("\n10\n", "\n11\n"), [TrustedLog(LOG.key.text())])
    with pytest.raises(Malformed):
        verified_checkpoint("no note", [TrustedLog(LOG.key.text())])


def test_a_signature_over_another_checkpoint_is_not_kept(log: Log, witness: Witness, tmp_path: Path) -> None:
    fork = establish(open_store(str(tmp_path / "fork.db")), LOG)
    with log.store, fork.store:
        fork.append([b"x"] * 10)
        signed = cosigned(fork.checkpoint(), ask(witness, fork, 0), WITNESS.key)
        with pytest.raises(Refused, match="another checkpoint"):
            log.add_cosignatures(signed, WITNESS.key)
        with pytest.raises(Refused, match="does not bear"):
            log.add_cosignatures(read_note(log.checkpoint().encode()), WITNESS.key)


def test_a_log_key_speaks_for_its_own_log_only() -> None:
    note = str(sign_checkpoint(Checkpoint("example.org/other", 1, bytes(32)), LOG))
    with pytest.raises(Refused, match="signed a checkpoint of the log"):
        verified_checkpoint(note, [TrustedLog(LOG.key.text())])
    assert NoteKey("a", 1, bytes(32)).id != NoteKey("a", 4, bytes(32)).id
