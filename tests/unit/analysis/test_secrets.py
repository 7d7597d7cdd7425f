"""Secrets: real structure is found, placeholders are not, and the secret itself is never told.

Every token here is put together when the test runs, so that nothing in this file looks like one.
"""

import base64
import json
import random
import string
import zlib

import pytest

from hauberk.analysis.secrets.tokens import BASE62, has_github_checksum, secrets
from hauberk.core.asset import Asset, Bytes
from hauberk.scan.examine import examine

DIGITS = string.digits
ALNUM = string.ascii_letters + string.digits


def drawn(count: int, alphabet: str = ALNUM) -> str:
    return "".join(random.Random(count).choices(alphabet, k=count))


def checked(prefix: str) -> str:
    """A token whose last six characters are its checksum, as GitHub and npm make them."""
    body, digits = drawn(30), ""
    value = zlib.crc32(body.encode())
    while value:
        value, digit = divmod(value, 62)
        digits = BASE62[digit] + digits
    return prefix + body + digits.rjust(6, "0")


def encoded(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def web_token() -> str:
    parts = [json.dumps(each).encode() for each in ({"alg": "HS256"}, {"sub": "somebody", "iat": 1516239022})]
    return ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts) + "." + drawn(43)


def private_key() -> str:
    body = base64.b64encode(b"\x30\x82\x04\xa4" + random.Random(1).randbytes(300)).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return "-----BEGIN RSA PRIV" + "ATE KEY-----\n" + lines + "\n-----END RSA PRIV" + "ATE KEY-----"


TOKENS = {
    "Hugging Face token": lambda: "hf" + "_" + drawn(34, string.ascii_letters),
    "GitHub token": lambda: checked("gh" + "p_"),
    "GitHub fine-grained token": lambda: "github" + "_pat_" + drawn(22) + "_" + drawn(59),
    "npm token": lambda: checked("np" + "m_"),
    "OpenAI key": lambda: "sk" + "-proj-" + drawn(74) + "T3Blbk" + "FJ" + drawn(73),
    "Anthropic key": lambda: "sk" + "-ant-api03-" + drawn(93) + "AA",
    "AWS access key": lambda: "AK" + "IA" + drawn(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "Google API key": lambda: "AI" + "za" + drawn(35),
    "Slack token": lambda: "xo" + "xb-" + drawn(12, DIGITS) + "-" + drawn(13, DIGITS) + "-" + drawn(24),
    "Stripe key": lambda: "sk" + "_live_" + drawn(24),
    "PyPI token": lambda: "py" + "pi-" + base64.urlsafe_b64encode(
        b"\2\1\10pypi.org" + random.Random(2).randbytes(90)).decode().rstrip("="),
    "Weights & Biases key": lambda: "WANDB_API" + "_KEY=" + drawn(40, "0123456789abcdef"),
    "Azure storage key": lambda: "Account" + "Key=" + encoded(random.Random(3).randbytes(64)),
    "private key": private_key,
    "JSON web token": web_token,
}  # fmt: skip


@pytest.mark.parametrize("kind", TOKENS)
def test_every_kind_is_found_and_none_is_told(kind: str) -> None:
    token = TOKENS[kind]()
    found = list(secrets(f"first line\nkey: {token}\n"))
    assert [(each.kind, each.line) for each in found] == [(kind, 2)]
    out = examine(Asset(".env", Bytes(f"KEY={token}\n".encode())))
    assert [each.rule for each in out.findings] == ["COD001"]
    assert token[8:] not in repr(out)


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "IOSFODNN7EXAMPLE",
        "hf_" + "x" * 34,
        "ghp_" + "a" * 36,
        "ghp" + "_" + drawn(36),
        "sk-..." + "*" * 40,
        "-----BEGIN PRIV" + "ATE KEY-----\n...\n-----END PRIV" + "ATE KEY-----",
        "eyJhbGciOiJub25lIn0" + ".e30.x",
    ],
)
def test_placeholders_are_passed(text: str) -> None:
    assert list(secrets(text)) == []


def test_a_checksum_tells_tokens_from_look_alikes() -> None:
    token = checked("gh" + "o_")
    assert has_github_checksum(token)
    assert not has_github_checksum(token[:-1] + ("a" if token[-1] != "a" else "b"))
