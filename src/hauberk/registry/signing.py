"""Sign a version in the format of OpenSSF Model Signing, from stored digests: no file is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hauberk.attest.dsse import envelope_json
from hauberk.attest.model_signing import read_signed, sign_manifest
from hauberk.core.statement import Subject
from hauberk.registry.commits import turn_of
from hauberk.sources.manifest import Entry, Manifest
from hauberk.store.statements import put_in

if TYPE_CHECKING:
    from hauberk.attest.bundle import Bundle
    from hauberk.registry.life import Life
    from hauberk.registry.repository import Commit, Repository


def sign_version(life: Life, repository: Repository, commit: Commit) -> Bundle:
    """A bundle by the registry's key over every file of the version. It is kept as evidence, and logged.

    Raises Refused for a version without a file.
    """
    tree = life.hub.tree(commit)
    entries = tuple(Entry(each.path, each.size, each.digest) for each in tree.entries)
    bundle = sign_manifest(Manifest(entries), repository.name, life.custody.keyring.registry())
    # The format's own subject is another digest, so that the statement is filed under the version's too.
    said = read_signed(bundle.envelope.payload).statement
    filed = replace(said, subjects=(*said.subjects, Subject(repository.name, commit.tree)))
    with life.hub.store.write(turn_of(repository.id)) as connection:
        put_in(connection, envelope_json(bundle.envelope), filed)
    life.custody.publish()
    return bundle
