"""Statements: what is claimed about digests, in the in-toto form.

Source: in-toto Attestation Framework, Statement v1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from hauberk.core.digest import Digest

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a statement is about."""

    name: str
    digest: Digest


@dataclass(frozen=True, slots=True)
class Statement:
    """A claim (`predicate`, whose meaning `predicate_type` names) about subjects."""

    subjects: tuple[Subject, ...]
    predicate_type: str
    predicate: Mapping[str, Json] = field(default_factory=dict)

    def to_json(self) -> str:
        """The statement as canonical JSON: sorted keys, no spaces."""
        content = {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": each.name, "digest": {"sha256": each.digest.hex}} for each in self.subjects],
            "predicateType": self.predicate_type,
            "predicate": dict(self.predicate),
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
