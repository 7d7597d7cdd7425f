"""Any bytes are a key, note, proof, request or folder, or are refused; no change to a log goes unseen."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from hauberk.attest.log.audit import audit
from hauberk.attest.log.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from hauberk.attest.log.folder import LogFolder, export
from hauberk.attest.log.log import establish
from hauberk.attest.log.note import (
    COSIGNATURE,
    ED25519,
    new_signer,
    read_key,
    read_note,
    read_signer,
    signer_of,
)
from hauberk.attest.log.proof import proof_text, read_proof, verify_consistency, verify_inclusion
from hauberk.attest.log.prover import Prover
from hauberk.attest.log.tiles import TileName, bundle_of, read_bundle, read_tile
from hauberk.attest.log.tree import Edge, grow, leaf_hash
from hauberk.attest.log.witness import Witness, verified_checkpoint
from hauberk.attest.trust import TrustedLog
from hauberk.core.errors import HauberkError, Refused, UnreadableAsset
from hauberk.store import open_store
from tests.rfc9162 import root_by_path, roots_by_subproof

LOG = signer_of("example.org/log", ED25519, bytes(range(32)))
WITNESS = signer_of("witness.example", COSIGNATURE, bytes(range(32)))
ENTRIES = [b"entry %d" % each for each in range(300)]
NOTE = str(sign_checkpoint(Checkpoint("example.org/log", 7, b"\7" * 32), LOG)).encode()
HASHES = st.lists(st.binary(min_size=32, max_size=32), max_size=10)


@st.composite
def mutated(draw: st.DrawFn, octets: bytes) -> bytes:
    """The bytes with a few of them replaced, left out or doubled."""
    found = bytearray(octets)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(found)))
        found[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(found)


@given(st.one_of(st.binary(max_size=400), mutated(NOTE)))
def test_any_bytes_are_a_note_or_refused(octets: bytes) -> None:
    with suppress(UnreadableAsset):
        assert str(read_note(octets)).encode() == octets
        read_checkpoint(octets)
    with suppress(UnreadableAsset, Refused):
        text = octets.decode("utf-8", "replace")
        assert verified_checkpoint(text, [TrustedLog(LOG.key.text())]).text() in NOTE.decode()


@given(
    st.one_of(st.text(), mutated(LOG.key.text().encode()).map(lambda each: each.decode("utf-8", "replace")))
)
def test_any_text_is_a_key_or_refused(text: str) -> None:
    with suppress(UnreadableAsset):
        assert read_key(text).text() == text.strip()
    with suppress(UnreadableAsset):
        assert read_signer("PRIVATE+KEY+" + text).private_text() == ("PRIVATE+KEY+" + text).strip()


@given(st.binary(max_size=400))
def test_any_bytes_are_a_bundle_a_tile_a_proof_or_refused(octets: bytes) -> None:
    with suppress(UnreadableAsset):
        assert bundle_of(read_bundle(octets)) == octets
    with suppress(UnreadableAsset):
        assert b"".join(read_tile(octets)) == octets
    with suppress(UnreadableAsset):
        assert proof_text(read_proof(octets)).encode() == octets


@given(st.one_of(st.binary(max_size=400), mutated(b"old 0\n\n" + NOTE)))
def test_any_request_is_answered(octets: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        answer = Witness(WITNESS, (LOG.key,), Path(folder)).add_checkpoint(octets)
        assert (
            answer.status == 200 if octets == b"old 0\n\n" + NOTE else answer.status in (200, 400, 403, 404)
        )
        if answer.status == 200:
            assert read_checkpoint(octets.partition(b"\n\n")[2]) == read_checkpoint(NOTE)


@given(st.integers(-2, 40), st.integers(0, 40), HASHES)
def test_both_readings_agree_on_any_inclusion_proof(index: int, size: int, hashes: list[bytes]) -> None:
    inside = 0 <= index < size
    root = root_by_path(b"x", index, size, hashes) if inside else None
    head = Checkpoint("x", size, root or bytes(32))
    try:
        verify_inclusion(b"x", index, hashes, head)
    except Refused:
        assert root is None
    else:
        assert root is not None


@given(st.integers(1, 40), st.integers(1, 40), HASHES, st.binary(min_size=32, max_size=32))
def test_both_readings_agree_on_any_consistency_proof(
    old: int, new: int, hashes: list[bytes], seen: bytes
) -> None:
    roots = roots_by_subproof(old, new, hashes, seen) if old <= new else None
    before, after = roots or (seen, seen)
    try:
        verify_consistency(Checkpoint("x", old, before), Checkpoint("x", new, after), hashes)
    except Refused:
        assert roots is None
    else:
        assert roots is not None


@given(st.data(), st.integers(1, 300))
def test_a_proof_holds_for_no_other_entry_index_or_size(data: st.DataObject, size: int) -> None:
    grown = grow(Edge(), [leaf_hash(each) for each in ENTRIES[:size]])
    tiles = {(each.level, each.number): each.octets for each in grown.tiles}
    for level, row in enumerate(grown.edge.partial):
        tiles[level, size >> (8 * (level + 1))] = b"".join(row) or tiles.get((level, 0), b"")

    def read(name: TileName) -> list[bytes]:
        return read_tile(tiles[name.level or 0, name.number])[: name.width]

    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    hashes, head = Prover(read).inclusion(index, size), Checkpoint("x", size, grown.edge.root())
    verify_inclusion(ENTRIES[index], index, hashes, head)
    if other != index:
        for entry, place in ((ENTRIES[other], index), (ENTRIES[index], other)):
            try:
                verify_inclusion(entry, place, hashes, head)
            except Refused:
                continue
            raise AssertionError((index, other, size))


def _exported(folder: Path) -> None:
    with open_store(str(folder / "log.db")) as store:
        log = establish(store, LOG)
        log.append(ENTRIES)
        export(log, folder / "log")


@given(st.data())
def test_no_change_to_any_file_of_a_log_goes_unseen(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder)
        files = sorted(each for each in folder.rglob("*") if each.is_file())
        path = data.draw(st.sampled_from(files))
        octets = path.read_bytes()
        changed = data.draw(mutated(octets))
        path.write_bytes(changed)
        try:
            found = audit(LogFolder(folder), [LOG.key])
        except HauberkError:
            assert changed != octets
            return
        assert (found.fault is None) == (changed == octets)


_FILES: dict[str, bytes] = {}


def _write(folder: Path) -> None:
    if not _FILES:
        with tempfile.TemporaryDirectory() as name:
            _exported(Path(name))
            top = Path(name) / "log"
            _FILES.update(
                {str(each.relative_to(top)): each.read_bytes() for each in top.rglob("*") if each.is_file()}
            )
    for path, octets in _FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(octets)


def test_new_keys_differ() -> None:
    assert new_signer("a").seed != new_signer("a").seed
