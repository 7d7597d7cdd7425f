"""DEP010: packages that are attacks."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.assessment import AssessedPackage
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule

BILL = (
    b'{"bomFormat": "CycloneDX", "components": [{"bom-ref": "a", "purl": "pkg:pypi/example@1.0"}],'
    b' "vulnerabilities": [{"id": "%s", "affects": [{"ref": "a"}]}]}'
)


@rule(
    "DEP010",
    Severity.CRITICAL,
    maps=["CWE-506", "AML.T0011.001", "AML.T0010.001", "LLM03:2025"],
    bad=[Sample("bom.cdx.json", BILL % b"MAL-2025-1")],
    good=[Sample("bom.cdx.json", BILL % b"CVE-2025-1")],
)
def malicious_package(view: AssessedPackage) -> Iterator[Finding]:
    """A dependency is known to be malware.

    Why: it was published to attack those who install it, and has run when it was installed or imported.
    Remediation: take it out, and treat every machine that installed it as taken over: change its secrets.
    Source: OpenSSF, malicious-packages; OSV schema, prefix MAL.
    """
    package = view.package
    for each in view.vulnerabilities:
        malware = next((name for name in sorted(each.names) if name.startswith("MAL-")), "")
        if malware and not each.excuse:
            place = Place(package.locator or view.locator, line=package.line)
            message = f"{package.name} {package.version} is malware: {malware}"
            yield Finding("DEP010", place, message, f"{package.name} {malware}")
