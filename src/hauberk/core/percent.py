"""Percent-encoding, without the module that also opens addresses.

Source: RFC 3986, section 2; package-url specification, "Character encoding".
"""

from __future__ import annotations

import re

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ESCAPED = re.compile(rb"%([0-9a-fA-F]{2})")


def quote(text: str, safe: str = "") -> str:
    """The text with all but letters, digits, `-._~` and `safe` as percent-encoded UTF-8."""
    kept = _UNRESERVED | set(safe.encode())
    octets = text.encode("utf-8", "surrogatepass")
    return "".join(chr(each) if each in kept else f"%{each:02X}" for each in octets)


def unquote(text: str) -> str:
    """The text that was encoded; what is no UTF-8 becomes U+FFFD."""
    octets = text.encode("utf-8", "surrogatepass")
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), octets).decode("utf-8", "replace")
