"""Rebuild a file from unpacked xorbs, when all that the shard says of it is true."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed
from hauberk.registry.huggingface.xet.hashes import Tree, of_range, text
from hauberk.registry.huggingface.xet.shard import File, Term
from hauberk.registry.huggingface.xet.xorb import Index

PIECE = 1 << 20  # bytes read, hashed and written at once


def check(file: File, index: Callable[[bytes], Index]) -> None:
    """Hold the file against the chunks that it is put together from. Raises Malformed."""
    tree = Tree()
    for term in file.terms:
        found = index(term.xorb)
        part = found.chunks[term.first : term.last]
        if term.last > len(found.chunks) or sum(size for _, size in part) != term.size:
            raise Malformed(f"xorb {text(term.xorb)} has no chunks {term.first} to {term.last} of that size")
        if term.proof is not None and term.proof != of_range(part):
            raise Malformed(f"the proof of a range of xorb {text(term.xorb)} is wrong")
        for each in part:
            tree.add(each)
    if tree.of_file() != file.hash:
        raise Malformed(f"the chunks of {text(file.hash)} make another file")


def rebuild(file: File, opened: Callable[[bytes], tuple[BinaryIO, Index]], target: BinaryIO) -> Digest:
    """Write the file, which was checked; its SHA-256. Raises Malformed where the shard names another."""
    state = hashlib.sha256()
    for term in file.terms:
        source, index = opened(term.xorb)
        for octets in _range(source, index, term):
            state.update(octets)
            target.write(octets)
    found = Digest(state.hexdigest())
    if file.digest is not None and found != file.digest:
        raise Malformed(f"the file has {found}, and {file.digest} was announced")
    return found


def _range(source: BinaryIO, index: Index, term: Term) -> Iterator[bytes]:
    source.seek(index.offsets[term.first])
    left = term.size
    while left:
        octets = source.read(min(left, PIECE))
        if not octets:
            raise Malformed(f"xorb {text(term.xorb)} ends early")
        left -= len(octets)
        yield octets
