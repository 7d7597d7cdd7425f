"""PIP007: the scan leaves out every fault that has no fix yet, also the critical ones."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.pipeline.pipeline import Pipeline

HIDES = ("--ignore-unfixed", "--only-fixed")


@rule(
    "PIP007",
    Severity.MEDIUM,
    maps=["CWE-693"],
    bad=[
        Sample(".gitlab-ci.yml", b"scan:\n  script: [trivy image --exit-code 1 --ignore-unfixed app]\n"),
        Sample(".gitlab-ci.yml", b"scan:\n  script: [grype app --fail-on high --only-fixed]\n"),
    ],
    good=[
        Sample(
            ".gitlab-ci.yml", b"scan:\n  script: [trivy image --exit-code 1 --ignorefile accepted.yaml app]\n"
        ),
    ],
)
def hides_unfixed(view: Pipeline) -> Iterator[Finding]:
    """The scan leaves out every fault that has no fix yet, also the critical ones.

    Why: a critical fault without a fix is the one that needs a decision; so nobody takes it, and no
    record says that it was seen.
    Remediation: report all of them, and accept single ones by identifier, with a reason and an end date.
    Source: Trivy documentation, "Filtering"; Grype documentation, `--only-fixed`.
    """
    from hauberk.analysis.pipeline.gates import scans_of

    for _, scan in scans_of(view):
        option = next((each for each in scan.words if each.partition("=")[0] in HIDES), "")
        if option and not option.endswith("=false"):
            yield Finding(
                "PIP007", Place(view.locator, line=scan.line), f"{scan.tool} is given {option}", scan.tool
            )
    for job in view.jobs:
        for step in job.steps:
            if step.uses and (step.given("ignore-unfixed") or step.given("only-fixed")).lower() == "true":
                message = f"{step.uses.text.partition('@')[0]} leaves out what has no fix"
                yield Finding(
                    "PIP007", Place(view.locator, line=step.line), message, step.uses.text.partition("@")[0]
                )
