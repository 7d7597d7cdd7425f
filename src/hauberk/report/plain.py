"""Plain text: what strangers wrote, made safe to print anywhere.

A file name may hold terminal commands, line breaks, text that runs backwards, bytes that are no
UTF-8, or the commands of a build server. All of these become visible escapes.
"""

from __future__ import annotations

import re

MAX_TEXT = 2_000  # characters of one message: a screen and a half; more is noise or an attack
MAX_LOCATOR = 8_192  # characters: two of the longest paths of Linux (4,096), one inside the other

# Build servers obey these in any text that a step prints: `::name` (GitHub, at the start of a
# line, so at every place where a text may be folded), `##[name` (GitHub, before 2020) and
# `##vso[` (Azure Pipelines), both anywhere.
_COMMAND_AT_START = re.compile(r"(?<!\S):(?=:)")
_COMMAND_ANYWHERE = re.compile(r"#(?=#\w*\[)")

_BYTE_ESCAPES = range(0xDC80, 0xDD00)  # how Python keeps a byte of a file name that is no UTF-8 (PEP 383)


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """The text on one line, of printable characters alone; a longer one says how much is missing."""
    rest = len(text) - limit
    if rest > 0:
        text = text[:limit]
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escape(char) for char in text)
    if ":" in text:
        text = _COMMAND_AT_START.sub(r"\\x3a", text)
    if "#" in text:
        text = _COMMAND_ANYWHERE.sub(r"\\x23", text)
    return f"{text}… ({rest} more characters)" if rest > 0 else text


def plain_locator(locator: str) -> str:
    """A locator as plain text."""
    return plain(locator, MAX_LOCATOR)


def _escape(char: str) -> str:
    code = ord(char)
    if char in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[char]
    if code in _BYTE_ESCAPES:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def path_octets(locator: str) -> bytes:
    """The bytes of the path that the locator names, whatever Python made of them."""
    return locator.encode("utf-8", "surrogateescape" if _is_path(locator) else "surrogatepass")


def _is_path(locator: str) -> bool:
    return all(not 0xD800 <= ord(char) < 0xE000 or ord(char) in _BYTE_ESCAPES for char in locator)
