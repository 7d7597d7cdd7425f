"""DEP011: packages with known vulnerabilities."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.assessment import AssessedPackage, Vulnerability
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule

BILL = (
    b'{"bomFormat": "CycloneDX", "components": [{"bom-ref": "a", "purl": "pkg:pypi/example@1.0"}],'
    b' "vulnerabilities": [{"id": "CVE-2025-1", "affects": [{"ref": "a"}], "analysis": {"state": "%s"}}]}'
)
# Above this probability of being exploited within 30 days, a vulnerability is as urgent as a known exploit's.
PROBABLE = 0.5


@rule(
    "DEP011",
    Severity.MEDIUM,
    maps=["CWE-1395", "AML.T0010.001", "LLM03:2025"],
    bad=[Sample("bom.cdx.json", BILL % b"exploitable")],
    good=[Sample("bom.cdx.json", BILL % b"not_affected")],
)
def vulnerable_package(view: AssessedPackage) -> Iterator[Finding]:
    """A dependency has a known vulnerability in this version.

    Why: how to attack it is public, and programs look for it.
    Remediation: update to the version that the finding names; where it does not affect you, say why (VEX).
    Source: the advisory that the finding names; CWE-1395.
    """
    package = view.package
    for each in view.vulnerabilities:
        if each.excuse or any(name.startswith("MAL-") for name in each.names):
            continue
        place = Place(package.locator or view.locator, line=package.line)
        subject = f"{package.name} {each.advisory.id}"
        yield Finding("DEP011", place, _message(view, each), subject, _severity(each))


def _message(view: AssessedPackage, found: Vulnerability) -> str:
    advisory = found.advisory
    others = sorted(name for name in found.names - {advisory.id} if name.startswith("CVE-"))[:3]
    named = f"{advisory.id} ({', '.join(others)})" if others else advisory.id
    parts = [f"{view.package.name} {view.package.version} has {named}"]
    if advisory.summary:
        parts.append(advisory.summary[:160])
    if found.exploited:
        parts.append(f"exploited since {found.exploited}")
    if found.probability is not None:
        parts.append(f"EPSS {found.probability:.1%}")
    parts.append(f"fixed in {found.fixed}" if found.fixed else "no fixed version is known")
    return ": ".join(parts[:2]) + "".join(f"; {each}" for each in parts[2:])


def _severity(found: Vulnerability) -> Severity | None:
    """The advisory's own word, and at least HIGH for what is exploited or soon will be."""
    severity = found.advisory.severity
    if found.exploited:
        return Severity.CRITICAL
    if (found.probability or 0) >= PROBABLE:
        return max(severity or Severity.HIGH, Severity.HIGH)
    return severity
