"""`hauberk registry`: look after a registry: people, versions, evidence, backups, clients' caches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hauberk.core.errors import UsageError
from hauberk.core.verdict import EXIT_CODES, Word

if TYPE_CHECKING:
    from hauberk.registry.accounts import Account
    from hauberk.registry.open import Opened
    from hauberk.registry.repository import Commit, Repository

DAY = 86_400  # seconds
ROLES = ("reader", "contributor", "approver", "admin")


@click.group("registry")
@click.option("--folder", type=click.Path(path_type=Path), default="hauberk-registry", show_default=True,
              help="Where the registry lies.")  # fmt: skip
@click.option("--store", help="Its database, where that is not in the folder.")
@click.option("--blobs", help="Its files, where they are not in the folder.")
@click.option(
    "--policy", type=click.Path(path_type=Path), help="The gate policy that the registry serves by."
)
@click.option("--trust", type=click.Path(path_type=Path), help="The trust file that it serves by.")
@click.pass_context
def command(context: click.Context, /, **options: Any) -> None:
    """Look after a registry, on the machine where it lies. It may be running meanwhile."""
    context.obj = options


@contextmanager
def opened_registry() -> Iterator[Opened]:
    """The registry that the command line names."""
    from hauberk.core.extra import extra

    extra("sqlalchemy", "server")
    from hauberk.registry.open import Opening, open_registry

    told = click.get_current_context().find_object(dict) or {}
    folder = told["folder"]
    if told["store"] is None and not folder.is_dir():
        raise UsageError(f"{folder}: no registry here; `hauberk serve registry {folder}` begins one")
    opening = Opening(folder, told["store"], told["blobs"], policy=told["policy"], trust=told["trust"])
    with open_registry(opening, is_begun=True) as opened:
        yield opened


# People


@command.command("account")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), default="reader", show_default=True)
@click.option("--shut-out", is_flag=True, help="Let nobody in under this name any more.")
def account(name: str, role: str, shut_out: bool) -> int:
    """Make the account NAME, or give it another role."""
    from hauberk.core.errors import MissingPath

    with opened_registry() as opened:
        accounts = opened.site.accounts
        try:
            found = accounts.change(accounts.by_name(name), role, not shut_out)
        except MissingPath:
            found = accounts.add(name, role)
        click.echo(f"{found.name}: {found.role}{'' if found.is_active else ', shut out'}")
    return 0


@command.command("token")
@click.argument("name")
@click.option("--scope", type=click.Choice(["read", "write", "admin"]), default="read", show_default=True)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long it lives."
)
@click.option("--label", default="token", show_default=True, help="What it is for.")
def token(name: str, scope: str, days: int, label: str) -> int:
    """Print a new token of the account NAME. It is shown this once."""
    with opened_registry() as opened:
        accounts = opened.site.accounts
        click.echo(accounts.issue(accounts.by_name(name), label, scope, days * DAY))
    return 0


@command.command("revoke")
@click.argument("digest")
def revoke(digest: str) -> int:
    """Make a token worthless. DIGEST is its SHA-256, or the start of it."""
    with opened_registry() as opened:
        opened.site.accounts.revoke(digest)
    return 0


@command.command("grant")
@click.argument("repository")
@click.argument("name")
@click.option("--write", is_flag=True, help="To write to it too.")
@click.option("--withdraw", is_flag=True, help="Take the grant away.")
def grant(repository: str, name: str, write: bool, withdraw: bool) -> int:
    """Let the account NAME read a private REPOSITORY, or write to it."""
    with opened_registry() as opened:
        accounts = opened.site.accounts
        found, who = _repository(opened, repository), accounts.by_name(name)
        accounts.withdraw(found, who) if withdraw else accounts.grant(found, who, write)
    return 0


# Versions


def on_version(function: Callable[..., int]) -> Callable[..., int]:
    """A command about REPOSITORY at --revision, in the name of --as."""

    @wraps(function)
    def run(repository: str, revision: str, who: str, **options: Any) -> int:
        with opened_registry() as opened:
            found = _repository(opened, repository)
            commit = opened.site.hub.resolve(found, revision)
            account = opened.site.accounts.by_name(who)
            return function(opened, (found, commit, account), **options)

    named = click.option("--as", "who", default="admin", show_default=True, help="The account that says so.")
    at = click.option("--revision", default="main", show_default=True, help="A branch, tag or commit.")
    return click.argument("repository")(at(named(run)))


Meant = tuple["Repository", "Commit", "Account"]


@command.command("status")
@on_version
def status(opened: Opened, meant: Meant) -> int:
    """Say where a version of REPOSITORY stands, and why. Exits with 0 where an environment takes it."""
    repository, commit, _ = meant
    standing = opened.life.standing(repository, commit)
    click.echo(f"{repository.name} at {commit.id[:12]}, {commit.tree}: {standing.state}")
    if standing.words:
        click.echo(f"  {standing.words}")
    word = Word.UNKNOWN
    for name in opened.life.policy.environments:
        answer = opened.life.permit(repository, commit, name)
        word = Word.PASS if answer.is_allowed else word
        click.echo(f"  {name}: {'allowed' if answer.is_allowed else 'refused: ' + answer.words}")
    return EXIT_CODES[word]


@command.command("approve")
@click.option("--environment", required=True)
@click.option("--reject", is_flag=True, help="Say no.")
@on_version
def approve(opened: Opened, meant: Meant, environment: str, reject: bool) -> int:
    """Say that a version of REPOSITORY may go into an environment. Its contributor cannot."""
    decision = "reject" if reject else "approve"
    opened.life.approve(*meant, environment, decision)
    return 0


@command.command("promote")
@click.option("--environment", required=True)
@on_version
def promote(opened: Opened, meant: Meant, environment: str) -> int:
    """Let an environment serve a version of REPOSITORY from now on, if the policy allows it."""
    opened.life.promote(*meant, environment)
    click.echo(f"{environment} serves {meant[0].name} at {meant[1].id[:12]}")
    return 0


@command.command("rollback")
@click.argument("repository")
@click.option("--environment", required=True)
@click.option("--as", "who", default="admin", show_default=True, help="The account that says so.")
def rollback(repository: str, environment: str, who: str) -> int:
    """Let an environment serve the version of REPOSITORY that it served before."""
    with opened_registry() as opened:
        found, account = _repository(opened, repository), opened.site.accounts.by_name(who)
        back = opened.life.rollback(found, account, environment)
        click.echo(f"{environment} serves {found.name} at {back.commit[:12] if back else 'no version'}")
    return 0


@command.command("recall")
@click.option("--reason", required=True, help="What clients are told.")
@on_version
def recall(opened: Opened, meant: Meant, reason: str) -> int:
    """Let nobody load the files of a version of REPOSITORY any more, anywhere.

    Caches of clients are reached by `hauberk registry sweep`, on their machines.
    """
    opened.life.recall(*meant, reason)
    return 0


@command.command("deprecate")
@click.option("--reason", required=True, help="What is better.")
@on_version
def deprecate(opened: Opened, meant: Meant, reason: str) -> int:
    """Say that there is something better than a version of REPOSITORY, which stays readable."""
    opened.life.deprecate(*meant, reason)
    return 0


@command.command("sign")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The file for the bundle."
)
@on_version
def sign(opened: Opened, meant: Meant, output: Path) -> int:
    """Sign a version of REPOSITORY in the OpenSSF format, from stored digests: no file is read."""
    from hauberk.attest.bundle import bundle_json
    from hauberk.registry.signing import sign_version

    bundle = sign_version(opened.life, meant[0], meant[1])
    _write(output, bundle_json(bundle))
    return 0


@command.command("evidence")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, help="The folder to write into."
)
@on_version
def evidence(opened: Opened, meant: Meant, output: Path) -> int:
    """Write all that is attested of a version of REPOSITORY, with proofs and the trust to check them by."""
    statements = output / "statements"
    statements.mkdir(parents=True, exist_ok=True)
    custody = opened.life.custody
    records = custody.records(meant[1].tree)
    for name, octets in records:
        _write(statements / f"{name.replace(' ', '-')}.json", octets)
    _write(output / "trust.json", custody.trust_document())
    _write(output / "log.vkey", f"{custody.log.key().text()}\n".encode())
    click.echo(f"{len(records)} statements about {meant[1].tree}")
    click.echo(f"hauberk trace {meant[1].tree} -e {statements} -t {output / 'trust.json'}")
    return 0


def _write(path: Path, octets: bytes) -> None:
    try:
        path.write_bytes(octets)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


# The whole


@command.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
def backup(target: Path) -> int:
    """Copy the whole registry into the new folder TARGET, as it is at one moment."""
    from hauberk.registry.backup import back_up

    with opened_registry() as opened:
        back_up(opened.site.store, opened.site.blobs, target, _shown)
    return 0


@command.command("restore")
@click.argument("source", type=click.Path(path_type=Path, exists=True))
def restore(source: Path) -> int:
    """Put the backup in SOURCE back into a registry that is empty, or not there yet."""
    from hauberk.registry.backup import restore as put_back
    from hauberk.registry.open import open_empty

    told = click.get_current_context().find_object(dict) or {}
    with open_empty(told["folder"], told["store"], told["blobs"]) as (store, blobs):
        put_back(source, store, blobs, _shown)
    return 0


def _shown(number: int, total: int) -> None:
    click.echo(f"\r{number} of {total} files", nl=number == total, err=True)


@command.command("sweep")
@click.argument("cache", type=click.Path(path_type=Path))
@click.option("--url", help="The registry, where it is not on this machine; HF_TOKEN is the token.")
@click.option("--yes", is_flag=True, help="Remove what was found, without asking.")
def sweep(cache: Path, url: str | None, yes: bool) -> int:
    """Take recalled versions out of CACHE, a client's cache or a folder that it downloaded into."""
    from hauberk.registry.sweep import recalled_in, remove

    found = recalled_in(cache, _recalled(url))
    for each in found:
        click.echo(f"{each.place}: {each.commit[:12]} was recalled, {len(each.paths)} paths")
    if found and (yes or click.confirm("Remove them?")):
        for each in found:
            remove(each)
        click.echo(f"removed {len(found)} recalled versions")
        return 0
    return EXIT_CODES[Word.STOP] if found else 0


def _recalled(url: str | None) -> set[str]:
    if url is None:
        with opened_registry() as opened:
            return opened.life.recalled()
    import os

    from hauberk.sources.recalls import recalls_at

    return recalls_at(url, os.environ.get("HF_TOKEN", ""))


def _repository(opened: Opened, name: str) -> Repository:
    from hauberk.core.errors import MissingPath
    from hauberk.registry.repository import DATASET, MODEL

    kind, plain = (DATASET, name.removeprefix("datasets/")) if name.startswith("datasets/") else (MODEL, name)
    found = opened.site.hub.find(kind, plain)
    if found is None:
        raise MissingPath(f"there is no {kind} {plain}")
    return found
