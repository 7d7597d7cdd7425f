"""PIP050: a condition is always true, or true for more than it seems."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP050",
    Severity.MEDIUM,
    maps=["CWE-863"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: make\n        if: |\n          ${{ github.ref == 'x' }}\n          \n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: make\n        if: contains('refs/heads/main refs/heads/x', github.ref)\n",
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: make\n        if: ${{ github.ref == 'refs/heads/main' }}\n",
        ),
    ],
)
def unsound_condition(view: Pipeline) -> Iterator[Finding]:
    """A condition is always true, or true for more than it seems.

    Why: text around an expression makes the condition a text that is not empty; `contains` of a text
    matches parts of it (`main` in `not-main`).
    Remediation: write the condition without `${{ }}`; compare with `==`, or use
    `contains(fromJSON('[...]'), x)`.
    Source: GitHub runner issue 1173; zizmor documentation, `unsound-condition` and `unsound-contains`.
    """
    from hauberk.analysis.pipeline.workflows import CONTAINS, always_true, conditions_in

    for each in always_true(view):
        yield Finding(
            "PIP050", Place(view.locator, line=each.line), "the condition is always true", each.text[:80]
        )
    for each in conditions_in(view):
        if found := CONTAINS.search(each.text):
            message = "contains() matches any part of the text"
            yield Finding(
                "PIP050", Place(view.locator, line=each.line_at(found.start())), message, found[0][:80]
            )
