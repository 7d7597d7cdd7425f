"""PIP054: a reference or expression is written so that readers stumble over it."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP054",
    Severity.LOW,
    maps=["CWE-1007"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/cache/save/../save@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/cache/save@0123456789abcdef0123456789abcdef01234567\n",
        ),
    ],
)
def obfuscated_reference(view: Pipeline) -> Iterator[Finding]:
    """A reference or expression is written so that readers stumble over it.

    Why: what looks like one action is another, or a rule that looks for a text does not find it.
    Remediation: write it plainly.
    Source: zizmor documentation, `obfuscation`.
    """
    from hauberk.analysis.pipeline.workflows import obfuscated

    for each in obfuscated(view):
        yield Finding("PIP054", Place(view.locator, line=each.line), each.message, each.subject)
