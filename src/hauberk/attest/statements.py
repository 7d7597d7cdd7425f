"""Statements from strangers, read strictly.

Source: in-toto Attestation Framework, Statement v1.
"""

from __future__ import annotations

import re

from hauberk.core.digest import Digest
from hauberk.core.errors import Malformed
from hauberk.core.statement import STATEMENT_TYPE, Json, Statement, Subject
from hauberk.core.strict import read_json

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_STATEMENT = 64 << 20  # bytes: the list of files of a large folder, many times over
FIELDS = {"_type", "subject", "predicateType", "predicate"}
SHA256 = re.compile(r"[0-9a-f]{64}")


def read_statement(payload: bytes) -> Statement:
    """The statement in a payload. Raises Malformed or OverBudget for anything else."""
    found = read_json(payload, MAX_STATEMENT)
    if not isinstance(found, dict):
        raise Malformed("a statement that is no object")
    if found.get("_type") != STATEMENT_TYPE:
        raise Malformed(f"a statement of the type {str(found.get('_type'))[:80]!r}, not {STATEMENT_TYPE}")
    if unknown := found.keys() - FIELDS:
        raise Malformed(f"a statement with the unknown field {min(unknown)[:80]!r}")
    predicate_type, predicate = found.get("predicateType"), found.get("predicate", {})
    if not isinstance(predicate_type, str) or not predicate_type:
        raise Malformed("a statement without a predicate type")
    if not isinstance(predicate, dict):
        raise Malformed("a predicate that is no object")
    return Statement(_subjects(found.get("subject")), predicate_type, predicate)


def _subjects(found: Json) -> tuple[Subject, ...]:
    if not isinstance(found, list) or not found:
        raise Malformed("a statement about nothing")
    return tuple(_subject(each) for each in found)


def _subject(found: Json) -> Subject:
    digests = found.get("digest") if isinstance(found, dict) else None
    if not isinstance(found, dict) or not isinstance(digests, dict):
        raise Malformed("a subject without a digest")
    name, value = found.get("name", ""), digests.get("sha256")
    if not isinstance(name, str):
        raise Malformed("a subject whose name is no text")
    if not isinstance(value, str) or not SHA256.fullmatch(value):
        raise Malformed(f"the subject {name[:80]!r} has no SHA-256 in lower-case hex")
    return Subject(name, Digest(value))
