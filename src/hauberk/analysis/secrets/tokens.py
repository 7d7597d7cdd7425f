"""Tokens of services: how each kind is written, and what in it can be checked.

Source: GitHub, "Behind GitHub's new authentication token formats" (2021); npm, same scheme; AWS IAM
documentation, unique identifiers; PyPI, macaroon tokens; RFC 7468 (PEM); RFC 7519 (JWT).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from math import log2
from typing import NamedTuple

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# Words that only placeholders have.
PLACEHOLDER = re.compile(
    r"example|xxxx|\*\*\*|0000000|1234567|abcdefg|placeholder|your[_-]?|dummy|fake|redacted|changeme", re.I
)
# Bits a character: random tokens of 20 and more characters have over 3.4, words and runs less.
MIN_ENTROPY = 3.0
# Secrets of one text that are told one by one.
MAX_TOLD = 50


class Secret(NamedTuple):
    """One secret: its kind and place. The text itself is never kept, only its length and digest."""

    kind: str
    line: int
    length: int
    prefix: str
    is_certain: bool

    @property
    def evidence(self) -> str:
        """What may be said about it."""
        return f"{self.length} characters, SHA-256 {self.prefix}…"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of token: a text that any such has (for speed), its pattern, and a check of its structure."""

    name: str
    marker: str
    pattern: re.Pattern[str]
    check: Callable[[str], bool]
    is_certain: bool = True


def _any(_token: str) -> bool:
    return True


def has_github_checksum(token: str) -> bool:
    """The last six characters are the CRC32 of the rest, in base 62."""
    body = token.partition("_")[2]
    value, digits = zlib.crc32(body[:-6].encode()), ""
    while value:
        value, digit = divmod(value, 62)
        digits = BASE62[digit] + digits
    return digits.rjust(6, "0") == body[-6:]


def _is_aws_key(token: str) -> bool:
    """The characters after the prefix are base 32, and hold an account number."""
    try:
        account = int.from_bytes(base64.b32decode(token[4:20])[:6], "big") & 0x7FFFFFFFFF80
    except (binascii.Error, ValueError):
        return False
    return account >> 7 > 0


def _is_macaroon(token: str) -> bool:
    try:
        raw = base64.urlsafe_b64decode(token[5:] + "=" * (-len(token[5:]) % 4))
    except (binascii.Error, ValueError):
        return False
    return raw[:2] == b"\2\1" and b"pypi.org" in raw[:24]


def _is_der(block: str) -> bool:
    """Between the lines stands base64 of a DER sequence, or an OpenSSH key."""
    body = "".join(re.sub(r"-----[^-]+-----|-----END|\\n|\\r|[\s\"'+,]", "", block))
    try:
        raw = base64.b64decode(body[: len(body) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return False
    return len(raw) > 40 and (raw.startswith(b"openssh-key-v1\0") or (raw[0] == 0x30 and raw[1] >= 0x2E))


def _is_jwt(token: str) -> bool:
    try:
        parts = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")[:2]]
        header, claims = (json.loads(part) for part in parts)
    except (binascii.Error, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header and isinstance(claims, dict)


def _is_account_key(token: str) -> bool:
    try:
        return len(base64.b64decode(token.rpartition("AccountKey=")[2], validate=True)) == 64
    except (binascii.Error, ValueError):
        return False


def _kind(
    name: str, marker: str, pattern: str, check: Callable[[str], bool] = _any, is_certain: bool = True
) -> Kind:
    return Kind(name, marker, re.compile(rf"(?<![A-Za-z0-9_\-]){pattern}"), check, is_certain)


END = r"(?![A-Za-z0-9_\-])"
KINDS = (
    _kind("Hugging Face token", "hf_", rf"hf_[A-Za-z0-9]{{34}}{END}"),
    _kind("GitHub token", "gh", rf"gh[pousr]_[A-Za-z0-9]{{36}}{END}", has_github_checksum),
    _kind("GitHub fine-grained token", "github_pat_",
          rf"github_pat_[A-Za-z0-9]{{22}}_[A-Za-z0-9]{{59}}{END}"),
    _kind("npm token", "npm_", rf"npm_[A-Za-z0-9]{{36}}{END}", has_github_checksum),
    _kind("OpenAI key", "sk-", rf"sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_\-]{{20,120}}T3Blbk"
                               rf"FJ[A-Za-z0-9_\-]{{20,120}}{END}"),
    _kind("Anthropic key", "sk-ant-", rf"sk-ant-(?:api|admin)\d\d-[A-Za-z0-9_\-]{{93}}AA{END}"),
    _kind("OpenRouter key", "sk-or-", rf"sk-or-v1-[0-9a-f]{{64}}{END}"),
    _kind("Groq key", "gsk_", rf"gsk_[A-Za-z0-9]{{52}}{END}"),
    _kind("AWS access key", "A", rf"(?:AKIA|ASIA)[A-Z2-7]{{16}}{END}", _is_aws_key),
    _kind("Google API key", "AIza", rf"AIza[A-Za-z0-9_\-]{{35}}{END}"),
    _kind("Slack token", "xox",
          rf"xox[bpars]-\d{{10,14}}-\d{{10,14}}-(?:\d{{10,14}}-)?[A-Za-z0-9]{{24,40}}{END}"),
    _kind("Stripe key", "_live_", rf"[sr]k_live_[A-Za-z0-9]{{24,99}}{END}"),
    _kind("PyPI token", "pypi-AgE", rf"pypi-AgE[A-Za-z0-9_\-]{{60,400}}{END}", _is_macaroon),
    _kind("GitLab token", "glpat-", rf"glpat-[A-Za-z0-9_\-]{{20}}{END}"),
    _kind("Replicate token", "r8_", rf"r8_[A-Za-z0-9]{{37}}{END}"),
    _kind("Azure storage key", "AccountKey=",
          r"(?:AccountName=[a-z0-9]{3,24};)?AccountKey=[A-Za-z0-9+/]{86}==", _is_account_key),
    _kind("Weights & Biases key", "WANDB_API_KEY",
          rf"WANDB_API_KEY[\"']?\s*[:=]\s*[\"']?[0-9a-f]{{40}}{END}"),
    _kind("private key", "PRIVATE KEY-----",
          r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----[A-Za-z0-9+/=\s\\\"',]{60,12000}-----END", _is_der),
    _kind("JSON web token", "eyJ",
          rf"eyJ[A-Za-z0-9_\-]{{10,600}}\.eyJ[A-Za-z0-9_\-]{{10,2000}}"
          rf"\.[A-Za-z0-9_\-]{{20,700}}{END}",
          _is_jwt, False),
)  # fmt: skip


def secrets(text: str) -> Iterator[Secret]:
    """Every secret of the text, at most `MAX_TOLD`; each distinct one once."""
    told: set[str] = set()
    for kind in KINDS:
        if kind.marker not in text:
            continue
        for found in kind.pattern.finditer(text):
            token = found[0]
            if token in told or _is_placeholder(token) or not kind.check(token):
                continue
            told.add(token)
            prefix = sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:8]
            line = text.count("\n", 0, found.start()) + 1
            yield Secret(kind.name, line, len(token), prefix, kind.is_certain)
            if len(told) >= MAX_TOLD:
                return


def _is_placeholder(token: str) -> bool:
    return PLACEHOLDER.search(token[:400]) is not None or entropy(token[:400]) < MIN_ENTROPY


def entropy(text: str) -> float:
    """Shannon entropy in bits a character."""
    size = len(text) or 1
    return -sum(count / size * log2(count / size) for count in (text.count(each) for each in set(text)))
