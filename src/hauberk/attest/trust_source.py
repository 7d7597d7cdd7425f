"""Trust as people write it: a TOML file with names, which becomes the signed trust file.

version = 2
expires = 2027-01-31T00:00:00Z

[keys]
root = "root.pub.pem"
ci = "ci.pub.pem"

[roles]
root = { keys = ["root"], threshold = 1 }
release = { keys = ["ci"], threshold = 1 }

[revoked]
ci = { at = 2026-11-01T00:00:00Z, reason = "laptop stolen" }

[[logs]]
key = "example.org/log+1a2b3c4d+AZ..."
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from hauberk.attest.keys import PublicKey, read_public_key
from hauberk.attest.trust import ROOT, Revocation, Role, Trust, TrustedLog
from hauberk.core.errors import BadSettings

FIELDS = {"version", "expires", "keys", "roles", "revoked", "logs"}


def trust_from(text: str, read: Callable[[str], bytes]) -> Trust:
    """The trust that the text describes; `read` gives the content of a named key file.

    Raises BadSettings with the sentence that says what contradicts what.
    """
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadSettings(f"the trust file is no TOML: {error}") from error
    if unknown := found.keys() - FIELDS:
        raise BadSettings(
            f"the trust file has the unknown key {min(unknown)!r}; known: {', '.join(sorted(FIELDS))}"
        )
    try:
        return _trust(found, read)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadSettings(f"the trust file lacks or mistypes something: {error}") from error


def _trust(found: Mapping[str, Any], read: Callable[[str], bytes]) -> Trust:
    named = {name: read_public_key(read(path)) for name, path in found["keys"].items()}
    trust = Trust(
        version=_whole(found["version"], "version"),
        expires=_moment(found["expires"], "expires"),
        keys={key.id: key for key in named.values()},
        names={key.id: name for name, key in named.items()},
        roles={name: _role(name, each, named) for name, each in found["roles"].items()},
        revoked={
            _key(name, named).id: Revocation(_moment(each["at"], "at"), str(each["reason"]))
            for name, each in found.get("revoked", {}).items()
        },
        logs=tuple(
            TrustedLog(each["key"], tuple(each.get("witnesses", ())), each.get("threshold", 0))
            for each in found.get("logs", [])
        ),
    )
    if ROOT not in trust.roles:
        raise BadSettings("the trust file needs a role `root`: who may write its next version")
    return trust


def _role(name: str, found: Mapping[str, Any], named: Mapping[str, PublicKey]) -> Role:
    keys = frozenset(_key(each, named).id for each in found["keys"])
    threshold = _whole(found.get("threshold", 1), "threshold")
    if not 1 <= threshold <= len(keys):
        raise BadSettings(f"the role {name!r} cannot be filled: {threshold} of {len(keys)} keys")
    return Role(keys, threshold)


def _key(name: str, named: Mapping[str, PublicKey]) -> PublicKey:
    if name not in named:
        raise BadSettings(f"no key is called {name!r}; there are {', '.join(sorted(named)) or 'none'}")
    return named[name]


def _whole(value: object, name: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise BadSettings(f"{name} must be a whole number")
    return value


def _moment(value: object, name: str) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise BadSettings(f"{name} must be a time with an offset, such as 2030-01-31T00:00:00Z")
    return value
