"""`hauberk log`: a transparency log: append to it, prove what is in it, check it without asking its owner."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import Inaccessible, MissingPath, Refused, UsageError
from hauberk.core.verdict import EXIT_CODES, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hauberk.attest.log.folder import Tiles
    from hauberk.attest.log.log import Log
    from hauberk.attest.log.note import NoteKey, NoteSigner

MAX_FILE = 1 << 20  # bytes: keys, checkpoints and proofs are small, entries below 64 KiB


@click.group("log")
def command() -> None:
    """Keep a transparency log, prove what is in it, and check it.

    STORE is a file or postgresql://...; FOLDER is one that `export` wrote, or a copy of it.
    """


@command.command("key")
@click.argument("name")
@click.option("--witness", is_flag=True, help="A key for a witness, and not for a log.")
@click.option("-o", "--output", required=True, type=click.Path(), help="The file for the private key.")
def key(name: str, witness: bool, output: str) -> int:
    """Make a key called NAME, such as example.org/log, and print its public half."""
    from hauberk.attest.log.note import COSIGNATURE, ED25519, new_signer

    signer = new_signer(name, COSIGNATURE if witness else ED25519)
    _write_private(Path(output), signer.private_text())
    click.echo(signer.key.text())
    return 0


@command.command("init")
@click.argument("store")
@click.option("-k", "--key", "key_file", required=True, type=click.Path(), help="The log's private key.")
@click.option("--keep-key/--no-keep-key", default=True, help="Keep the key in STORE, so that all can append.")
def init(store: str, key_file: str, keep_key: bool) -> int:
    """Begin an empty log in STORE. Without this, the first entry begins one with a key of its own."""
    from hauberk.attest.log.log import establish
    from hauberk.store import open_store

    signer = _signer(key_file)
    with open_store(store) as opened:
        click.echo(establish(opened, signer, keep_key).key().text())
    return 0


@command.command("append")
@click.argument("store")
@click.argument("files", nargs=-1, required=True, type=click.Path())
@click.option("-k", "--key", "key_file", type=click.Path(), help="The log's private key, if STORE lacks it.")
def append(store: str, files: tuple[str, ...], key_file: str | None) -> int:
    """Append FILES, each as one entry of at most 65535 bytes. They are on disk when this ends."""
    from hauberk.attest.log.log import Log
    from hauberk.store import open_store

    entries = [_read(each) for each in files]
    signer = _signer(key_file) if key_file else None
    with open_store(store) as opened:
        added = Log(opened, signer).append(entries)
    for number, each in enumerate(files):
        click.echo(f"{added.first + number} {click.format_filename(each)}")
    return 0


@command.command("show")
@click.argument("log")
@click.argument("index", required=False, type=click.IntRange(0))
def show(log: str, index: int | None) -> int:
    """Print the newest checkpoint of LOG (STORE or FOLDER), or the entry at INDEX, byte for byte."""
    from hauberk.attest.log.checkpoint import read_checkpoint
    from hauberk.attest.log.tiles import TILE_WIDTH, TileName, read_bundle, width_of

    with _tiles(log) as tiles:
        note = tiles.checkpoint()
        if index is None:
            click.echo(note, nl=False)
            return 0
        number, place = divmod(index, TILE_WIDTH)
        width = width_of(read_checkpoint(note.encode()).size, None, number)
        entries = read_bundle(tiles.tile(TileName(None, number, width))) if place < width else []
    if place >= len(entries):
        raise UsageError(f"{log}: there is no entry {index}")
    click.echo(entries[place], nl=False)
    return 0


@command.command("proof")
@click.argument("log")
@click.argument("index", type=click.IntRange(0))
def proof(log: str, index: int) -> int:
    """Print the proof (C2SP tlog-proof) that the entry at INDEX is in LOG (STORE or FOLDER)."""
    from hauberk.attest.log.checkpoint import read_checkpoint
    from hauberk.attest.log.folder import prover_of
    from hauberk.attest.log.proof import Proof, proof_text

    with _tiles(log) as tiles:
        note = tiles.checkpoint()
        hashes = prover_of(tiles).inclusion(index, read_checkpoint(note.encode()).size)
    click.echo(proof_text(Proof(index, hashes, note)), nl=False)
    return 0


@command.command("check")
@click.argument("proof_file", metavar="PROOF", type=click.Path())
@click.argument("entry", type=click.Path())
@click.option(
    "-k", "--key", "keys", multiple=True, required=True, metavar="VKEY", help="Who must have signed."
)
def check(proof_file: str, entry: str, keys: tuple[str, ...]) -> int:
    """Check that PROOF shows the file ENTRY to be in the log of the key. Needs nothing but these."""
    from hauberk.attest.log.audit import refuse_unsigned
    from hauberk.attest.log.checkpoint import read_checkpoint
    from hauberk.attest.log.proof import read_proof, verify_inclusion

    found = read_proof(_read(proof_file))
    note = found.checkpoint.encode()
    for each in _keys(keys):
        refuse_unsigned(note, each)
    checkpoint = read_checkpoint(note)
    verify_inclusion(_read(entry), found.index, found.hashes, checkpoint)
    click.echo(f"{click.format_filename(entry)}: entry {found.index} of {checkpoint.origin}")
    return 0


@command.command("export")
@click.argument("store")
@click.argument("folder", type=click.Path())
def export_log(store: str, folder: str) -> int:
    """Write the log in STORE into FOLDER as static files (C2SP tlog-tiles) that any web server can serve."""
    from hauberk.attest.log.folder import export

    with _log(store) as log:
        found = export(log, Path(folder))
    click.echo(f"{click.format_filename(folder)}: {found.size} entries of {found.origin}")
    return 0


@command.command("witness")
@click.argument("store")
@click.option("-k", "--key", "key_file", required=True, type=click.Path(), help="The witness's private key.")
@click.option("-m", "--memory", required=True, type=click.Path(), help="The folder of what it saw before.")
@click.option("--log", "logs", multiple=True, required=True, metavar="VKEY", help="The log that it watches.")
def witness(store: str, key_file: str, memory: str, logs: tuple[str, ...]) -> int:
    """Sign the newest checkpoint of the log in STORE as a witness, if the log only grew since the last."""
    from hauberk.attest.log.checkpoint import read_checkpoint
    from hauberk.attest.log.witness import Witness, cosigned, request_text

    signer = _signer(key_file)
    watching = Witness(signer, tuple(_keys(logs)), Path(memory))
    with _log(store) as log:
        note = log.checkpoint()
        new = read_checkpoint(note.encode())
        old = watching.latest(new.origin)
        size = old.size if old else 0
        if size > new.size:
            raise Refused(f"the log has {new.size} entries, and the witness has seen {size}")
        request = request_text(size, log.consistency(size, new.size), note)
        answer = watching.add_checkpoint(request.encode())
        click.echo(log.add_cosignatures(cosigned(note, answer, signer.key), signer.key), nl=False)
    return 0


@command.command("verify")
@click.argument("log")
@click.option(
    "-k", "--key", "keys", multiple=True, metavar="VKEY", help="The log's public key; or a witness's."
)
@click.option("--since", multiple=True, type=click.Path(), help="A checkpoint from before: LOG continues it.")
def verify(log: str, keys: tuple[str, ...], since: tuple[str, ...]) -> int:
    """Hash every entry of LOG (STORE or FOLDER) again and compare with what was signed.

    0 if all holds, 1 with the first entry that does not, 3 if no --key says whose log it must be.
    """
    from hauberk.attest.log.audit import audit

    earlier = [_read(each) for each in since]
    with _tiles(log) as tiles:
        found = audit(tiles, _keys(keys), earlier)
    if found.fault:
        raise Refused(f"{log}: entry {found.fault.entry}: {found.fault.words}")
    head = found.checkpoint
    click.echo(f"{head.size} entries hold together; root {head.root.hex()}")
    for each in found.signers:
        click.echo(f"signed by {each}")
    if not keys:
        click.echo("whose log it is was not checked: name --key", err=True)
        return EXIT_CODES[Word.UNKNOWN]
    return 0


@contextmanager
def _log(store: str) -> Iterator[Log]:
    from hauberk.attest.log.log import Log
    from hauberk.store.open import is_there, open_store

    if not is_there(store):
        raise MissingPath(f"{store}: there is no store")
    with open_store(store) as opened:
        yield Log(opened)


@contextmanager
def _tiles(log: str) -> Iterator[Tiles]:
    from hauberk.attest.log.folder import LogFolder

    if "://" not in log and Path(log).is_dir():
        yield LogFolder(Path(log))
        return
    with _log(log) as found:
        yield found


def _keys(texts: tuple[str, ...]) -> list[NoteKey]:
    from hauberk.attest.log.note import read_key

    return [
        read_key(_read(each).decode("utf-8", "replace") if Path(each).is_file() else each) for each in texts
    ]


def _signer(path: str) -> NoteSigner:
    from hauberk.attest.log.note import read_signer

    return read_signer(_read(path).decode("utf-8", "replace"))


def _read(path: str) -> bytes:
    from hauberk.core.errors import OverBudget

    try:
        with Path(path).open("rb") as file:
            found = file.read(MAX_FILE + 1)
    except FileNotFoundError as error:
        raise MissingPath(f"{path}: no such file") from error
    except OSError as error:
        raise Inaccessible(f"{path}: {error.strerror}") from error
    if len(found) > MAX_FILE:
        raise OverBudget(f"{path}: more than {MAX_FILE} bytes")
    return found


def _write_private(path: Path, text: str) -> None:
    import os

    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path}: there already, and a key is never written over") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
