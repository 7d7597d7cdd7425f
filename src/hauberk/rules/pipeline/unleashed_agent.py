"""PIP026: an AI agent runs in the pipeline with its confirmations switched off."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.script import Scripted


@rule(
    "PIP026",
    Severity.HIGH,
    maps=["LLM06:2025", "AML.T0051.001"],
    bad=[
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    claude -p 'fix the build' --dangerously-skip-permissions\n",
        ),
        Sample(
            ".gitlab-ci.yml",
            b"job:\n  script: |\n    codex exec --dangerously-bypass-approvals-and-sandbox fix\n",
        ),
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    gemini --yolo -p fix\n"),
    ],
    good=[
        Sample(".gitlab-ci.yml", b"job:\n  script: |\n    claude -p 'explain' --allowedTools Read\n"),
    ],
)
def unleashed_agent(view: Scripted) -> Iterator[Finding]:
    """An AI agent runs in the pipeline with its confirmations switched off.

    Why: text that it reads (an issue, a diff, a page) can make it run commands with the job's secrets.
    Remediation: take the option away; allow single tools (`--allowedTools`), without secrets and without
    write permission.
    Source: OWASP LLM06:2025; MITRE ATLAS AML.T0051.001.
    """
    from hauberk.analysis.pipeline.agents import unleashed_agents

    for each in unleashed_agents(view):
        yield Finding("PIP026", Place(view.locator, line=each.line), each.message, each.subject)
