"""`hauberk attest`: say something about a digest, signed, and kept in a log if one is named."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hauberk.core.errors import Malformed, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hauberk.attest.dsse import Envelope
    from hauberk.attest.keys import PrivateKey
    from hauberk.core.statement import Json, Statement

# Filled in with the present time where nobody names one.
NOW = {
    "scan": "scannedAt",
    "evaluation": "evaluatedAt",
    "approval": "approvedAt",
    "release": "issuedAt",
    "snapshot": "issuedAt",
    "deployment": "deployedAt",
}
# What is examined now where nobody says it: the types, and the field that tells that somebody does.
MADE_HERE = {"scan": "verdict", "bom": "bomFormat", "spdx": "@graph"}


@click.command("attest")
@click.argument("subject")
@click.option("-t", "--type", "kind", help="What is said: scan, bom, provenance, evaluation, approval, ...")
@click.option("--predicate", type=click.Path(), help="A JSON file with the claim.")
@click.option("--set", "fields", multiple=True, metavar="NAME=VALUE", help="One field of the claim.")
@click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="KIND=PATH",
    help="For provenance: what it was made of. KIND is data, code (a git tree) or model.",
)
@click.option("--name", default="", help="What to call the subject; default: its file name.")
@click.option("-k", "--key", "keys", multiple=True, required=True, type=click.Path(), help="A private key.")
@click.option("--log", "log_url", help="A transparency log that takes it in: a file, or a database URL.")
@click.option("-o", "--output", default="evidence", show_default=True, help="The folder to write into.")
@click.option("--cosign", is_flag=True, help="SUBJECT is a record: add the signatures of the keys to it.")
def command(subject: str, kind: str | None, predicate: str | None, fields: tuple[str, ...],
            inputs: tuple[str, ...], name: str, keys: tuple[str, ...], log_url: str | None,
            output: str, cosign: bool) -> int:  # fmt: skip
    """Attest something of SUBJECT, a file, a folder, or sha256:... of one.

    The types and what they must say: `hauberk attest --type help x --key x`. A scan runs now; the bill of
    materials is made now; everything else comes from --predicate and --set.
    """
    from hauberk.attest.dsse import sign
    from hauberk.cli.custody import private_key, write_record

    if kind == "help":
        return _types()
    signing = [private_key(each) for each in keys]
    if cosign:
        envelope, path = _cosigned(Path(subject), signing), Path(subject)
    else:
        statement = _statement(subject, name, kind, _given(predicate, fields, inputs))
        envelope = sign(statement, signing)
        path = Path(output) / _file_name(statement, signing[0].public.id)
    write_record(path, envelope, log_url)
    click.echo(f"{path}: {_words(envelope)}")
    return 0


def _types() -> int:
    from hauberk.attest.predicates import ALL

    for each in ALL:
        click.echo(f"{each.name:<12} {each.uri}")
        for path, what in each.fields.items():
            click.echo(f"             {path}: {what}")
    return 0


def _given(path: str | None, fields: tuple[str, ...], inputs: tuple[str, ...]) -> dict[str, Json]:
    from hauberk.core.strict import read_json
    from hauberk.sources.evidence import evidence_files

    found: dict[str, Json] = {}
    if path:
        read = [read_json(each.octets, len(each.octets)) for each in evidence_files(Path(path))]
        if len(read) != 1 or not isinstance(read[0], dict):
            raise UsageError(f"{path}: a claim is one JSON object")
        found = read[0]
    for each in fields:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise UsageError(f"--set {each}: write NAME=VALUE")
        _set(found, name.split("."), int(value) if value.isdecimal() else value)
    if inputs:
        dependencies: list[Json] = [_dependency(each) for each in inputs]
        _set(found, ["buildDefinition", "resolvedDependencies"], dependencies)
    return found


def _set(found: dict[str, Json], path: list[str], value: Json) -> None:
    for name in path[:-1]:
        inner = found.setdefault(name, {})
        if not isinstance(inner, dict):
            raise UsageError(f"--set {'.'.join(path)}: {name} is said to be {inner!r} already")
        found = inner
    found[path[-1]] = value


def _dependency(given: str) -> Json:
    from hauberk.cli.custody import subjects_of
    from hauberk.sources.git_commit import git_commit

    kind, equals, path = given.partition("=")
    if not equals or kind not in ("data", "code", "model"):
        raise UsageError(f"--input {given}: write data=PATH, code=PATH or model=PATH")
    if kind == "code":
        uri, commit = f"git+file:{Path(path).resolve().name}", git_commit(Path(path))
        return {"uri": uri, "digest": {"gitCommit": commit}, "annotations": {"kind": kind}}
    subject = subjects_of(path)[0]
    return {"name": subject.name, "digest": {"sha256": subject.digest.hex}, "annotations": {"kind": kind}}


def _statement(subject: str, name: str, kind: str | None, given: dict[str, Json]) -> Statement:
    from hauberk.attest.predicates import NAMED, checked, time_text
    from hauberk.cli.custody import subjects_of
    from hauberk.core.statement import Statement

    if kind not in NAMED:
        raise UsageError(f"--type {kind or ''}: one of {', '.join(NAMED)} (`--type help` tells more)")
    if kind in NOW and NOW[kind] not in given:
        given[NOW[kind]] = time_text(datetime.now(UTC))
    if kind in MADE_HERE and MADE_HERE[kind] not in given:
        given |= {"scan": _scanned, "bom": _bom, "spdx": _spdx}[kind](subject)
    try:
        return checked(Statement(subjects_of(subject, name), NAMED[kind].uri, given))
    except Malformed as error:
        raise UsageError(f"{error}; say it by --set or --predicate") from error


def _scanned(subject: str) -> Mapping[str, Json]:
    from hauberk.attest.predicates import Scanned, scan_predicate
    from hauberk.cli.scan import chosen_settings
    from hauberk.gate.decide import decide
    from hauberk.gate.settings import settings_digest
    from hauberk.rules import rules_named
    from hauberk.scan.run import scan

    if not Path(subject).exists():
        raise UsageError(f"{subject}: only what is here can be scanned")
    settings = chosen_settings(None)
    report = scan(subject, settings=settings)
    rules = rules_named(each.rule for each in report.findings)
    verdict = decide(report, settings, rules)
    return scan_predicate(Scanned(report, verdict, settings_digest(settings), datetime.now(UTC), rules))


def _bom(subject: str) -> Mapping[str, Json]:
    from hauberk.attest.bom.cyclonedx import cyclonedx
    from hauberk.attest.bom.gather import bom_of
    from hauberk.cli.bom import folder_at

    return cyclonedx(bom_of(folder_at(subject)), datetime.now(UTC))


def _spdx(subject: str) -> Mapping[str, Json]:
    from hauberk.attest.bom.gather import bom_of
    from hauberk.attest.bom.spdx import spdx
    from hauberk.cli.bom import folder_at

    return spdx(bom_of(folder_at(subject)), datetime.now(UTC))


def _cosigned(path: Path, signing: list[PrivateKey]) -> Envelope:
    from hauberk.attest.dsse import cosign
    from hauberk.attest.record import read_record

    return cosign(read_record(path.read_bytes()).envelope, signing)


def _file_name(statement: Statement, signer: str) -> str:
    import hashlib

    from hauberk.attest.predicates import BY_URI

    own = hashlib.sha256(statement.to_json().encode()).hexdigest()
    return f"{BY_URI[statement.predicate_type].name}-{statement.subjects[0].digest.hex[:12]}-{own[:8]}.json"


def _words(envelope: Envelope) -> str:
    from hauberk.attest.statements import read_statement
    from hauberk.attest.words import words_of

    return words_of(read_statement(envelope.payload))
