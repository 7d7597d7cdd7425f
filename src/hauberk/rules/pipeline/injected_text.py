"""PIP019: text that others write becomes part of a script."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline


@rule(
    "PIP019",
    Severity.HIGH,
    maps=["CWE-94", "CWE-78", "CWE-77"],
    bad=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - run: echo ${{ github.event.pull_request.title }}\n",
        ),
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b"      - uses: actions/github-script@0123456789abcdef0123456789abcdef01234567\n"
            b"        with:\n          script: |\n"
            b"            return '${{ github.event.issue.body }}'\n",
        ),
        Sample(".gitlab-ci.yml", b"job:\n  script: ['eval \"echo $CI_COMMIT_MESSAGE\"']\n"),
        Sample("azure-pipelines.yml", b"pool: x\nsteps:\n  - bash: echo $(Build.SourceBranchName)\n"),
        Sample("Jenkinsfile", b'node {\n  sh "deploy ${params.TARGET}"\n}\n'),
    ],
    good=[
        Sample(
            ".github/workflows/a.yml",
            b"on: push\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n"
            b'      - run: echo "$TITLE"\n        env:\n'
            b"          TITLE: ${{ github.event.pull_request.title }}\n",
        ),
        Sample(".gitlab-ci.yml", b"job:\n  script: ['echo \"$CI_COMMIT_MESSAGE\"']\n"),
        Sample("Jenkinsfile", b"node {\n  sh 'deploy \"$TARGET\"'\n}\n"),
    ],
)
def injected_text(view: Pipeline) -> Iterator[Finding]:
    """Text that others write becomes part of a script.

    Why: a title, a branch name or a parameter can hold shell code, which then runs with the job's rights
    and secrets.
    Remediation: hand it over as an environment variable and quote it (`"$TITLE"`); in Jenkins use single
    quotes; never `eval` it.
    Source: GitHub Security Lab, "Untrusted input"; Jenkins handbook, "String interpolation"; CWE-94.
    """
    from hauberk.analysis.pipeline.injection import injections

    for each, is_sure in injections(view):
        # What a caller or an earlier step gives is often fixed; that is to be looked at, and stops nothing.
        severity = None if is_sure else Severity.LOW
        yield Finding("PIP019", Place(view.locator, line=each.line), each.message, each.subject, severity)
