"""Groovy as Jenkinsfiles are written: words, strings and brackets with their lines; nothing is run.

Source: Apache Groovy documentation, "Syntax", strings and comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)|\#!.*)
    |(?P<long>'{3}(?s:.*?)(?:(?<!\\)'{3}|\Z)|"{3}(?s:.*?)(?:(?<!\\)"{3}|\Z))
    |(?P<text>'(?:[^'\\\n]|\\.)*'?|"(?:[^"\\\n]|\\.)*"?)
    |(?P<word>[A-Za-z_@$][\w.$]*)
    |(?P<mark>[{}()\[\]=,:;\n])""",
    re.VERBOSE,
)
# Tokens of one file: the longest Jenkinsfiles have some 20,000.
MAX_TOKENS = 200_000


@dataclass(frozen=True, slots=True)
class Token:
    """One word, mark or string; `quote` is what the string begins with, and empty for all else."""

    text: str
    line: int
    quote: str = ""

    @property
    def is_interpolated(self) -> bool:
        """Whether Groovy puts values into the text before anybody else sees it."""
        return self.quote.startswith('"') and re.search(r"(?<!\\)\$[{A-Za-z_]", self.text) is not None


def tokens_of(text: str) -> Iterator[Token]:
    """The tokens of a text, comments left out."""
    line, at = 1, 0
    for count, found in enumerate(TOKEN.finditer(text)):
        if count >= MAX_TOKENS:
            return
        line += text.count("\n", at, found.start())
        at = found.start()
        if found["long"] is not None:
            quote = found["long"][:3]
            yield Token(found["long"][3:].removesuffix(quote), line, quote)
        elif found["text"] is not None:
            quote = found["text"][0]
            yield Token(found["text"][1:].removesuffix(quote), line, quote)
        elif found["comment"] is None:
            yield Token(found[0], line)
