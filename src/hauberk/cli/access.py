"""`hauberk access`: questions about AWS policies, answered by a proof or by a request that shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from hauberk.core.errors import Malformed, MissingPath, UsageError
from hauberk.core.verdict import EXIT_CODES, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from hauberk.analysis.access.layers import Guarded, Principal
    from hauberk.analysis.access.questions import Answer
    from hauberk.formats.aws_account import AwsAccount
    from hauberk.formats.iam_policy import IamPolicy

Read = TypeVar("Read")
ACCOUNT = click.option(
    "-a", "--account", "account_file", type=click.Path(), metavar="FILE",
    help="What `aws iam get-account-authorization-details` printed.",
)  # fmt: skip
GUARD = click.option(
    "-r", "--resource-policy", type=click.Path(), metavar="FILE", help="The policy of the resource."
)
CONTROLS = click.option(
    "-c", "--control", "controls", multiple=True, type=click.Path(), metavar="FILE",
    help="A service control policy; each file is a level of the organisation.",
)  # fmt: skip
OWNER = click.option(
    "--owner", default="", metavar="NUMBER", help="The resource's account, if it is another."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")


@click.group("access")
def command() -> None:
    """Ask who may do what by AWS policies: over all requests, with a proof or a request that shows it.

    Exit codes: 0 yes (or: no broader), 1 no, 3 nobody could decide.
    """


@command.command("compare")
@click.argument("narrow", type=click.Path())
@click.argument("wide", type=click.Path())
@AS_JSON
def compare(narrow: str, wide: str, as_json: bool) -> int:
    """Tell whether policy NARROW allows no more than policy WIDE."""
    from hauberk.analysis.access.questions import no_broader

    one, other = _policy(narrow), _policy(wide)
    answer = no_broader([one], [other])
    words = f"{narrow} is no broader than {wide}"
    if answer.holds:
        back = no_broader([other], [one])
        words = f"{narrow} and {wide} allow the same" if back.holds else words
    elif answer.witness is not None:
        words = f"{narrow} is broader than {wide}: {answer.witness}"
    return _say(answer, words, as_json)


@command.command("can")
@click.argument("principal")
@click.argument("action")
@click.argument("resource")
@click.option(
    "-p",
    "--policy",
    "policies",
    multiple=True,
    type=click.Path(),
    metavar="FILE",
    help="A policy of the principal, without --account.",
)
@click.option("-b", "--boundary", type=click.Path(), metavar="FILE", help="The permissions boundary.")
@ACCOUNT
@GUARD
@CONTROLS
@OWNER
@AS_JSON
def can(principal: str, action: str, resource: str, policies: tuple[str, ...], boundary: str | None,
        account_file: str | None, resource_policy: str | None, controls: tuple[str, ...], owner: str,
        as_json: bool) -> int:  # fmt: skip
    """Tell whether PRINCIPAL may do ACTION on some RESOURCE; patterns with * and ? are questions too."""
    from hauberk.analysis.access.layers import Principal, can

    if account_file:
        who = _who(_account(account_file), principal)
    else:
        who = Principal(principal, tuple(_policy(each) for each in policies))
    if boundary:
        who = replace(who, boundary=_policy(boundary))
    who = replace(who, controls=tuple((_policy(each),) for each in controls))
    answer = can(who, action, _guarded(resource, resource_policy, owner))
    words = f"yes: {answer.witness}" if answer.witness else f"no: {answer.words}"
    return _say(answer, words, as_json)


@command.command("who-can")
@click.argument("action")
@click.argument("resource")
@ACCOUNT
@GUARD
@CONTROLS
@OWNER
@AS_JSON
def who_can(action: str, resource: str, account_file: str | None, resource_policy: str | None,
            controls: tuple[str, ...], owner: str, as_json: bool) -> int:  # fmt: skip
    """List the users and roles of an account that may do ACTION on some RESOURCE."""
    from hauberk.analysis.access import layers

    if not account_file:
        raise UsageError("--account FILE is needed: what `aws iam get-account-authorization-details` printed")
    levels = tuple((_policy(each),) for each in controls)
    principals = [
        replace(_principal(each.arn, each.policies, each.boundary, each.tags), controls=levels)
        for each in _account(account_file).identities
    ]
    guarded = _guarded(resource, resource_policy, owner)
    found = list(layers.who_can(principals, action, guarded))
    if as_json:
        told = [{"principal": who.arn, **_as_json(answer)} for who, answer in found]
        click.echo(json.dumps(told, indent=1))
    else:
        for who, answer in found:
            click.echo(f"{who.arn}  {answer.witness or 'undecided: ' + answer.words}")
        click.echo(f"{len(found)} of {len(principals)} users and roles", err=True)
    return EXIT_CODES[Word.UNKNOWN] if any(answer.holds is None for _, answer in found) else 0


@command.command("public")
@click.argument("policy", type=click.Path())
@click.option("--inside", multiple=True, metavar="NUMBER", help="An account of your own.")
@click.option("--organisation", default="", metavar="ID", help="Your organisation's id, o-...")
@AS_JSON
def public(policy: str, inside: tuple[str, ...], organisation: str, as_json: bool) -> int:
    """Prove that nobody outside may use a resource with this POLICY: anonymous, or of no account --inside."""
    from hauberk.analysis.access.layers import is_public, reached_from_outside

    read = _policy(policy)
    found = reached_from_outside(read, inside, organisation=organisation) if inside else is_public(read)
    outsiders = "nobody outside" if inside else "no anonymous request"
    words = f"let in: {found.witness}" if found.witness else f"{outsiders} is let in: {found.words}"
    answer = replace(found, holds=None if found.holds is None else not found.holds)
    return _say(answer, words, as_json)


@command.command("minimize")
@click.argument("policies", nargs=-1, required=True, type=click.Path())
@click.option(
    "-u",
    "--used",
    "events",
    multiple=True,
    required=True,
    type=click.Path(),
    metavar="FILE",
    help="CloudTrail events, as JSON or gzip.",
)
@click.option("-o", "--output", type=click.Path(), help="Write the policy here.")
def minimize(policies: tuple[str, ...], events: tuple[str, ...], output: str | None) -> int:  # fmt: skip
    """Write the least policy for what was used, proven to be no broader than POLICIES, and enough."""
    from hauberk.analysis.access.minimal import minimal

    needs = [each for path in events for each in _used(path)]
    found = minimal([_policy(each) for each in policies], needs)
    written = json.dumps(found.document, indent=2)
    if output:
        Path(output).write_text(written + "\n", "utf-8")
    else:
        click.echo(written)
    for action, resource in found.missing:
        click.echo(f"used, and not allowed by these policies: {action} on {resource}", err=True)
    proof = "proven" if found.is_no_broader.holds and found.is_enough else "NOT PROVEN"
    click.echo(f"{proof}: no broader than before, and enough for {len(set(needs))} uses", err=True)
    return EXIT_CODES[Word.PASS if proof == "proven" else Word.UNKNOWN]


def _say(answer: Answer, words: str, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(_as_json(answer), indent=1))
    else:
        click.echo(f"undecided: {answer.words}" if answer.holds is None else words)
    if answer.holds is None:
        return EXIT_CODES[Word.UNKNOWN]
    return EXIT_CODES[Word.PASS if answer.holds else Word.STOP]


def _as_json(answer: Answer) -> dict[str, object]:
    witness = answer.witness.as_json() if answer.witness is not None else None
    return {"holds": answer.holds, "words": answer.words, "request": witness}


def _used(path: str) -> list[tuple[str, str]]:
    from hauberk.formats.cloudtrail import used

    return _read(path, lambda octets: list(used(octets, path)))


def _policy(path: str) -> IamPolicy:
    from hauberk.formats.iam_policy import read_iam_policy

    return _read(path, lambda octets: read_iam_policy(octets, path))


def _account(path: str) -> AwsAccount:
    from hauberk.formats.aws_account import read_account

    return _read(path, lambda octets: read_account(octets, path))


def _read(path: str, reader: Callable[[bytes], Read]) -> Read:
    file = Path(path)
    if not file.is_file():
        raise MissingPath(f"{path}: no such file")
    try:
        return reader(file.read_bytes())
    except Malformed as error:
        raise Malformed(f"{path}: {error}") from None


def _who(account: AwsAccount, name: str) -> Principal:
    found = account.find(name)
    if found is None:
        raise UsageError(f"the account has no user or role, or more than one, that is called {name}")
    return _principal(found.arn, found.policies, found.boundary, found.tags)


def _principal(
    arn: str, policies: tuple[IamPolicy, ...], boundary: IamPolicy | None, tags: tuple[tuple[str, str], ...]
) -> Principal:
    from hauberk.analysis.access.layers import Principal

    return Principal(arn, policies, boundary, tags=tags)


def _guarded(resource: str, policy: str | None, owner: str) -> Guarded:
    """The resource; keys and roles let nobody in without a policy that says so."""
    from hauberk.analysis.access.layers import Guarded

    asked = ":kms:" in resource and ":key/" in resource and policy is not None
    return Guarded(resource, owner, _policy(policy) if policy else None, always_asked=asked)
