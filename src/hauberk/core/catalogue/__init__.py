"""The catalogue of frameworks: every id that a rule may map to, with its edition.

Ids and names are facts of their publishers; where a publisher's text is not free to copy, the
titles are in our own words.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FRAMEWORKS = ("atlas", "cwe", "owasp_llm_2025", "owasp_ml_2023", "aisvs_1_0", "nist_ai_rmf_1_0")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a framework: a weakness, technique, risk or requirement."""

    id: str
    title: str
    kind: str
    framework: str
    edition: str
    publisher: str
    url: str


def known(id: str) -> Entry | None:
    """The entry of an id as rules write it (`CWE-502`, `AML.T0018`, `LLM03:2025`), or None."""
    return entries().get(id)


@cache
def entries() -> dict[str, Entry]:
    """Every entry of every framework by id, framework by framework."""
    return {each.id: each for name in FRAMEWORKS for each in _framework(name)}


def _framework(name: str) -> list[Entry]:
    content = json.loads((files(__name__) / f"{name}.json").read_text("utf-8"))
    shared = {key: content[key] for key in ("framework", "edition", "publisher")}
    return [
        Entry(
            id=id,
            title=title,
            kind=kind,
            url=content["url"].format(id=id, number=id.rpartition("-")[2]),
            **shared,
        )
        for kind, titles in content["entries"].items()
        for id, title in titles.items()
    ]
