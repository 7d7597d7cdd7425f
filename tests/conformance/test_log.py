"""The log against other people's vectors, and against a second reading of RFC 9162."""

from __future__ import annotations

from hashlib import sha256

import pytest

from hauberk.attest.log.checkpoint import Checkpoint, read_checkpoint, signed_checkpoint
from hauberk.attest.log.note import ED25519, NoteKey, NoteSignature, cosign_note, read_note, signer_of
from hauberk.attest.log.proof import verify_consistency, verify_inclusion
from hauberk.attest.log.prover import Prover
from hauberk.attest.log.tiles import TileName, tiles_of
from hauberk.attest.log.tree import Edge, grow, leaf_hash
from hauberk.core.errors import Refused
from tests.rfc9162 import mth, path, root_by_path, roots_by_subproof, subproof

# The eight leaves and the roots of their first 1 to 8 that the certificate-transparency project tests with.
LEAVES = [
    bytes.fromhex(each)
    for each in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# RFC 9162 says in 2.1.5 which nodes the proofs of a tree of seven leaves are: named a to l there.
SEVEN = LEAVES[:7]


def prover(entries: list[bytes]) -> Prover:
    grown = grow(Edge(), [leaf_hash(each) for each in entries])
    tiles = {(each.level, each.number): each.octets for each in grown.tiles}
    for level, hashes in enumerate(grown.edge.partial):
        if hashes:
            tiles[level, len(entries) >> (8 * (level + 1))] = b"".join(hashes)

    def read(name: TileName) -> list[bytes]:
        octets = tiles[name.level or 0, name.number]
        return [octets[at : at + 32] for at in range(0, len(octets), 32)][: name.width]

    return Prover(read)


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_well_known_leaves_are_the_well_known_ones(size: int) -> None:
    grown = grow(Edge(), [leaf_hash(each) for each in LEAVES[:size]])
    assert grown.edge.root().hex() == ROOTS[size - 1] == mth(LEAVES[:size]).hex()
    assert prover(LEAVES[:size]).root(size).hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert Edge().root() == sha256(b"").digest() == mth([])


def test_the_proofs_of_the_rfc_are_the_nodes_it_names() -> None:
    node = {name: leaf_hash(each) for name, each in zip("abcdef", SEVEN, strict=False)} | {
        "j": leaf_hash(SEVEN[6])
    }
    g, h = mth(SEVEN[0:2]), mth(SEVEN[2:4])
    i, k = mth(SEVEN[4:6]), mth(SEVEN[0:4])
    ours, last = prover(SEVEN), mth(SEVEN[4:7])
    assert ours.inclusion(0, 7) == (node["b"], h, last)
    assert ours.inclusion(3, 7) == (node["c"], g, last)
    assert ours.inclusion(4, 7) == (node["f"], node["j"], k)
    assert ours.inclusion(6, 7) == (i, k)
    assert ours.consistency(3, 7) == (node["c"], node["d"], g, last)
    assert ours.consistency(4, 7) == (last,)
    assert ours.consistency(6, 7) == (i, node["j"], k)


def test_every_inclusion_proof_holds_for_both_readings_of_the_rfc() -> None:
    entries = [bytes([each]) * 3 for each in range(70)]
    ours = prover(entries)
    for size in range(1, len(entries) + 1):
        head = Checkpoint("x", size, mth(entries[:size]))
        for index in range(size):
            hashes = ours.inclusion(index, size)
            assert list(hashes) == path(index, entries[:size])
            assert root_by_path(entries[index], index, size, list(hashes)) == head.root
            verify_inclusion(entries[index], index, hashes, head)


def test_every_consistency_proof_holds_for_both_readings_of_the_rfc() -> None:
    entries = [b"entry %d" % each for each in range(70)]
    roots, ours = [mth(entries[:size]) for size in range(len(entries) + 1)], prover(entries)
    for new in range(1, len(entries) + 1):
        for old in range(1, new + 1):
            hashes = ours.consistency(old, new)
            assert list(hashes) == subproof(old, entries[:new], True)
            assert roots_by_subproof(old, new, list(hashes), roots[old]) == (roots[old], roots[new])
            verify_consistency(Checkpoint("x", old, roots[old]), Checkpoint("x", new, roots[new]), hashes)


@pytest.mark.parametrize("size", [255, 256, 257, 511, 512, 513, 65535, 65536, 65537, 66000])
def test_proofs_across_the_edges_of_tiles_hold_for_the_second_reading(size: int) -> None:
    entries = [each.to_bytes(4) for each in range(size)]
    ours, root = prover(entries), grow(Edge(), [leaf_hash(each) for each in entries]).edge.root()
    assert ours.root(size) == root
    for index in {0, 1, 127, 254, size // 2, size - 2, size - 1}:
        assert root_by_path(entries[index], index, size, list(ours.inclusion(index, size))) == root
    for old in {1, 2, 200, 255, size // 2, size - 1}:
        found = roots_by_subproof(old, size, list(ours.consistency(old, size)), ours.root(old))
        assert found == (ours.root(old), root)


def test_tiles_are_those_that_the_specification_counts() -> None:
    names = [each for each in tiles_of(70_000) if each.level is not None]
    assert [len([n for n in names if n.level == level]) for level in range(3)] == [274, 2, 1]
    assert [each.width for each in names if each.width < 256] == [112, 17, 1]
    assert TileName(0, 1234067).path() == "tile/0/x001/x234/067"
    assert TileName(None, 5, 7).path() == "tile/entries/005.p/7"
    assert {(each.level, each.width) for each in tiles_of(256)} == {(None, 256), (0, 256), (1, 1)}


# The example of Go's golang.org/x/mod/sumdb/note; its documentation has key, note and private key.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""


def test_a_note_of_the_go_implementation_verifies() -> None:
    from hauberk.attest.log.note import read_key, verify_note

    key, note = read_key(GO_KEY), read_note(GO_NOTE.encode())
    assert verify_note(note, key)
    assert str(note) == GO_NOTE
    assert key.text() == GO_KEY
    with pytest.raises(Refused, match="not its own"):
        verify_note(read_note(GO_NOTE.replace("answer", "Answer").encode()), key)


def test_a_private_key_of_the_go_implementation_signs_what_it_signed() -> None:
    from hauberk.attest.log.note import read_signer, sign_note

    text = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    signer = read_signer(text)
    assert signer.private_text() == text
    assert str(sign_note(GO_NOTE.partition("\n\n")[0] + "\n", [signer])) == GO_NOTE


def test_the_example_checkpoint_of_the_specification_is_read() -> None:
    text = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
        "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1"
        "nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    found = read_checkpoint(text.encode())
    assert (found.origin, found.size) == ("example.com/behind-the-sofa", 20852163)
    note = read_note(text.encode())
    assert str(note) == text
    # Its cosignature was made at the time that the specification shows in the message.
    assert int.from_bytes(note.signatures[1].octets[:8]) == 1679315147
    assert note.signatures[1].octets[8:].hex().startswith("119307c1")


def test_a_cosignature_is_made_over_the_message_that_the_specification_shows() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    signer = signer_of("witness.example/w1", 4, bytes(range(32)))
    log = signer_of("example.com/log", ED25519, bytes(32))
    from hauberk.attest.log.checkpoint import sign_checkpoint

    note = cosign_note(sign_checkpoint(Checkpoint("example.com/log", 1, b"\7" * 32), log), signer, 1679315147)
    line: NoteSignature = note.signatures[-1]
    assert line.octets[:8] == (1679315147).to_bytes(8)
    message = b"cosignature/v1\ntime 1679315147\n" + note.text.encode()
    Ed25519PublicKey.from_public_bytes(signer.key.octets).verify(line.octets[8:], message)
    wanted = sha256(b"witness.example/w1\n\x04" + signer.key.octets).digest()[:4]
    assert line.key_id == wanted == NoteKey("witness.example/w1", 4, signer.key.octets).id
    assert signed_checkpoint(str(note).encode(), log.key).size == 1
