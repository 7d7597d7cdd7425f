"""COD001: secrets in files."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.text import TextDocument


def _token() -> str:
    """Random-looking, and put together here so that no scanner takes this file for a leak."""
    letters = "QwErTyUiOpAsDfGhJkLzXcVbNmqWeRtYuI"
    return "hf" + "_" + letters


def _settings() -> bytes:
    return b'{"token": "' + _token().encode() + b'"}'


def _environment() -> bytes:
    return b"MODEL=bert\nHF_TOKEN=" + _token().encode() + b"\n"


@rule(
    "COD001",
    Severity.HIGH,
    maps=["CWE-798", "CWE-312", "AML.T0055", "LLM02:2025"],
    bad=[Sample("config.json", _settings), Sample(".env", _environment)],
    good=[Sample(".env", b"HF_TOKEN=" + b"hf_" + b"x" * 34 + b"\nAWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE\n")],
)
def committed_secret(view: TextDocument) -> Iterator[Finding]:
    """The file holds a secret.

    Why: whoever can read the file can act as its owner, and a published repository keeps it for ever.
    Remediation: revoke the secret, then take it out of the file and of its history.
    Source: CWE-798; each service's description of its tokens.
    """
    from hauberk.analysis.secrets.tokens import secrets

    for each in secrets(view.text):
        severity = None if each.is_certain else Severity.LOW
        message = f"holds a {each.kind} ({each.evidence})"
        yield Finding(
            "COD001", Place(view.locator, line=each.line), message, f"{each.kind} {each.prefix}", severity
        )
