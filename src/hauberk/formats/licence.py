"""Licences: which names are SPDX's, which are the Hub's own, and what a licence text is.

Source: SPDX specification 2.3, annex D (expressions); SPDX licence list; Hugging Face Hub, "Licenses".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# Characters of an expression, and parentheses inside each other: honest ones have some dozen and one.
MAX_EXPRESSION = 1_000
MAX_NESTING = 20
TOKEN = re.compile(r"\s*(?:([()])|([A-Za-z0-9.:+-]+))")
REFERENCE = re.compile(r"(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+")
# What the Hub calls licences that are no SPDX ones.
HUB = frozenset(
    {
        "openrail", "openrail++", "bigscience-openrail-m", "creativeml-openrail-m", "bigcode-openrail-m",
        "bigscience-bloom-rail-1.0", "llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4",
        "gemma", "deepfloyd-if-license", "fair-noncommercial-research-license", "intel-research",
        "h-research", "apple-ascl", "apple-amlr", "cc", "bsd", "gpl", "lgpl", "agpl", "wtfpl", "pddl",
        "lgpl-lr", "open-mdw", "grok2-community", "osl", "ecl", "afl", "eupl", "epl", "ofl", "lppl",
        "artistic",
    }
)  # fmt: skip
# What stands in the text of a licence and in no other one's: lower case, white space made one.
TITLES: Mapping[str, str] = {
    "apache license version 2.0, january 2004": "Apache-2.0",
    "permission is hereby granted, free of charge, to any person obtaining a copy of this software and "
    "associated documentation files": "MIT",
    "gnu general public license version 3, 29 june 2007": "GPL-3.0",
    "gnu general public license version 2, june 1991": "GPL-2.0",
    "gnu lesser general public license version 3, 29 june 2007": "LGPL-3.0",
    "gnu lesser general public license version 2.1, february 1999": "LGPL-2.1",
    "gnu affero general public license version 3, 19 november 2007": "AGPL-3.0",
    "mozilla public license version 2.0 ====": "MPL-2.0",
    "creative commons attribution 4.0 international public license": "CC-BY-4.0",
    "creative commons attribution-sharealike 4.0 international public license": "CC-BY-SA-4.0",
    "creative commons attribution-noncommercial 4.0 international public license": "CC-BY-NC-4.0",
    "creative commons attribution-noncommercial-sharealike 4.0 international public": "CC-BY-NC-SA-4.0",
    "creative commons attribution-noderivatives 4.0 international public license": "CC-BY-ND-4.0",
    "creative commons attribution-noncommercial-noderivatives 4.0 international": "CC-BY-NC-ND-4.0",
    "creative commons legal code cc0 1.0 universal": "CC0-1.0",
    "this is free and unencumbered software released into the public domain": "Unlicense",
    "boost software license - version 1.0": "BSL-1.0",
    "llama 2 community license agreement": "llama2",
    "meta llama 3 community license agreement": "llama3",
    "llama 3.1 community license agreement": "llama3.1",
    "llama 3.2 community license agreement": "llama3.2",
    "llama 3.3 community license agreement": "llama3.3",
    "gemma terms of use last modified": "gemma",
    "bigscience openrail-m": "bigscience-openrail-m",
    "creativeml open rail-m": "creativeml-openrail-m",
}
BSD = "redistribution and use in source and binary forms, with or without modification, are permitted"
BSD_NAMES = "neither the name"
BSD_ADVERTISING = "all advertising materials"


@dataclass(frozen=True, slots=True)
class Licence:
    """What a licence is called: an SPDX expression, or only a name."""

    expression: str = ""
    name: str = ""

    @property
    def parts(self) -> frozenset[str]:
        """The licences in it, in lower case and without `-only` and `-or-later`."""
        if not self.expression:
            return frozenset({family(self.name)})
        words = re.findall(r"[A-Za-z0-9.:+-]+", self.expression)
        return frozenset(family(each) for each in words if each.upper() not in ("AND", "OR", "WITH"))


def licence_of(said: str) -> Licence:
    """The licence that somebody's word means."""
    found = spdx_expression(said)
    return Licence(expression=found) if found else Licence(name=said.strip()[:200])


def is_known(said: str) -> bool:
    """Whether the word is an SPDX expression, or the Hub's name of a licence."""
    return said.strip().lower() in HUB or bool(spdx_expression(said))


def family(name: str) -> str:
    """The name by which two ids of one licence text are the same."""
    return re.sub(r"-(?:only|or-later)$|\+$", "", name.strip().lower())


def spdx_expression(said: str) -> str:
    """The expression with every id written as SPDX writes it; empty for what is none."""
    if len(said) > MAX_EXPRESSION:
        return ""
    tokens = list(_tokens(said.strip()))
    return " ".join(tokens).replace("( ", "(").replace(" )", ")") if tokens and _is_valid(tokens) else ""


def _tokens(said: str) -> Iterator[str]:
    at = 0
    while at < len(said):
        found = TOKEN.match(said, at)
        if found is None:
            yield ""  # what no expression has
            return
        word = found[1] or found[2]
        yield word.upper() if word.upper() in ("AND", "OR", "WITH") else _spelled(word)
        at = found.end()


def _spelled(word: str) -> str:
    if word in "()" or REFERENCE.fullmatch(word):
        return word
    known = _ids()
    plain = known.get(word.lower()) or known.get(word.lower().removesuffix("+"))
    return f"{plain}+" if plain and word.endswith("+") and not plain.endswith("+") else plain or ""


def _is_valid(tokens: list[str]) -> bool:
    """Whether operands and operators take turns, and every `WITH` names an exception."""
    wants_operand, open_ = True, 0
    for index, each in enumerate(tokens):
        if each == "(" and wants_operand:
            open_ += 1
        elif each == ")" and not wants_operand:
            open_ -= 1
        elif each in ("AND", "OR", "WITH") and not wants_operand:
            wants_operand = True
        elif each and each not in ("(", ")", "AND", "OR", "WITH") and wants_operand:
            is_exception = index > 0 and tokens[index - 1] == "WITH"
            if is_exception != (each in _exceptions()):
                return False
            wants_operand = False
        else:
            return False
        if not 0 <= open_ <= MAX_NESTING:
            return False
    return not wants_operand and open_ == 0


@cache
def _listed() -> Mapping[str, list[str]]:
    found: Mapping[str, list[str]] = json.loads(Path(__file__).with_name("spdx_licences.json").read_text())
    return found


@cache
def _ids() -> Mapping[str, str]:
    return {each.lower(): each for kind in _listed().values() for each in kind}


@cache
def _exceptions() -> frozenset[str]:
    return frozenset(_listed()["exceptions"])


def recognised(text: str) -> frozenset[str]:
    """The licences whose text this is; none for a text that nobody knows."""
    plain = re.sub(r"[\s#*]+", " ", text.lower())
    found = {id for title, id in TITLES.items() if title in plain}
    if BSD in plain:
        is_old = BSD_ADVERTISING in plain
        found.add("BSD-4-Clause" if is_old else "BSD-3-Clause" if BSD_NAMES in plain else "BSD-2-Clause")
    return frozenset(found)
