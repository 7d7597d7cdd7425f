"""PIP025: an AI agent is given text that strangers write, in a job with rights."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP025",
    Severity.HIGH,
    maps=["LLM01:2025", "CWE-1427", "AML.T0051.001"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: issues\njobs:\n  triage:\n    steps:\n"
            b"      - uses: anthropics/claude-code-action@0123456789abcdef0123456789abcdef01234567\n"
            b'        with:\n          prompt: "Solve ${{ github.event.issue.body }}"\n',
        ),
        Sample(
            ".github/workflows/a.yml",
            b'on: issue_comment\njobs:\n  triage:\n    steps:\n      - run: claude -p "$BODY"\n'
            b"        env:\n          BODY: ${{ github.event.comment.body }}\n",
        ),
        Sample(
            ".gitlab-ci.yml", b"review:\n  script: ['claude -p \"review $CI_MERGE_REQUEST_DESCRIPTION\"']\n"
        ),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b'on: push\njobs:\n  a:\n    steps:\n      - run: claude -p "write a changelog"\n',
        ),
    ],
)
def agent_reads_strangers(view: Pipeline) -> Iterator[Finding]:
    """An AI agent is given text that strangers write, in a job with rights.

    Why: an issue, a comment or a branch name can hold instructions: the agent follows them with the job's
    tokens and secrets.
    Remediation: give the agent such text only in a job without secrets and with read permission, and let
    a person approve what it makes.
    Source: OWASP LLM01:2025; zizmor issue 1605; CWE-1427.
    """
    from hauberk.analysis.pipeline.agents import prompted_by_strangers

    for each in prompted_by_strangers(view):
        yield Finding("PIP025", Place(view.locator, line=each.line), each.message, each.subject)
