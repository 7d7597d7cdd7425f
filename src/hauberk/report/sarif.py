"""SARIF 2.1.0, for code scanning services.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0 (section numbers below).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import quote

from hauberk.core.catalogue import Entry, known
from hauberk.core.finding import Confidence, Severity
from hauberk.core.report import Examined, Report
from hauberk.core.rule import Rule
from hauberk.report.about import About
from hauberk.report.plain import path_octets, plain_locator
from hauberk.report.sheet import Row, Sheet, rules_used, sheet

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"  # the folder in which the scan was started, as code scanning services call it

LEVEL = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
# GitHub's scale: above 9 critical, from 7 high, from 4 medium. Source: GitHub docs, "SARIF support".
SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.8",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.5",
    Severity.INFO: "0.0",
}
PRECISION = {Confidence.HIGH: "very-high", Confidence.MEDIUM: "high", Confidence.LOW: "medium"}

Object = dict[str, object]


def render(report: Report, about: About) -> str:
    """One run. Gaps are notifications of its invocation; what was accepted is suppressed, not left out."""
    told = sheet(report, about)
    return (
        json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_Run(told, about).run()]}, indent=2)
        + "\n"
    )


class _Run:
    """One run in the making: it knows the index of every rule, framework and artifact."""

    def __init__(self, told: Sheet, about: About) -> None:
        self._told = told
        self._about = about
        self._rules = rules_used(told, about)
        self._rule_index = {each.id: index for index, each in enumerate(self._rules)}
        entries = {id: entry for each in self._rules for id in each.maps if (entry := known(id))}
        self._frameworks: dict[str, list[Entry]] = {}
        for _, entry in sorted(entries.items()):
            self._frameworks.setdefault(entry.framework, []).append(entry)
        files = [each for each in told.assets if "!" not in each.locator]
        self._artifact_index = {each.locator: index for index, each in enumerate(files)}
        self._artifacts = [self._artifact(each) for each in files]

    def run(self) -> Object:
        results = [self._result(each) for each in self._told.findings]
        results += [self._result(each) for each in self._told.accepted if each.severity is not None]
        run: Object = {
            "tool": {"driver": self._driver()},
            "invocations": [self._invocation()],
            "originalUriBaseIds": {
                ROOT: {"description": {"text": "The folder in which the scan was started."}}
            },
            "artifacts": self._artifacts,
            "results": results,
            "properties": {
                "verdict": str(self._about.verdict.word),
                "gaps": len(self._told.gaps),
                "accepted": len(self._told.accepted),
                "passedOver": list(self._told.passed_over),
            },
        }
        if self._frameworks:
            run["taxonomies"] = [_taxonomy(name, taxa) for name, taxa in self._frameworks.items()]
        return run

    def _driver(self) -> Object:
        reasons = sorted({each.reason for each in self._told.rows if each.severity is None})
        driver: Object = {
            "name": "Hauberk",
            "version": self._about.version,
            "semanticVersion": self._about.version,
            "rules": [self._descriptor(each) for each in self._rules],
            "notifications": [
                {"id": f"gap/{each}", "shortDescription": {"text": f"Not examined: {each}."}}
                for each in reasons
            ],
        }
        if self._frameworks:
            driver["supportedTaxonomies"] = [
                {"name": name, "index": index} for index, name in enumerate(self._frameworks)
            ]
        return driver

    def _descriptor(self, rule: Rule) -> Object:
        parts = (("Why", rule.why), ("Remediation", rule.remediation), ("Source", rule.source))
        text = "\n\n".join((rule.title, *(f"{name}: {part}" for name, part in parts)))
        bold = "\n\n".join((rule.title, *(f"**{name}:** {part}" for name, part in parts)))
        descriptor: Object = {
            "id": rule.id,
            "name": "".join(word.capitalize() for word in rule.slug.split("_")),
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.why or rule.title},
            "help": {"text": text, "markdown": bold},
            "defaultConfiguration": {"level": LEVEL[rule.severity]},
            "properties": {
                "tags": [
                    "security",
                    *(f"external/cwe/{each.lower()}" for each in rule.maps if each[:4] == "CWE-"),
                ],
                "precision": PRECISION[rule.confidence],
                "security-severity": SECURITY_SEVERITY[rule.severity],
                "maps": list(rule.maps),
            },
        }
        if relationships := [each for id in rule.maps if (each := self._relationship(id))]:
            descriptor["relationships"] = relationships
        return descriptor

    def _relationship(self, id: str) -> Object | None:
        entry = known(id)
        if entry is None:
            return None
        names = list(self._frameworks)
        taxon = self._frameworks[entry.framework].index(entry)
        tool = {"name": entry.framework, "index": names.index(entry.framework)}
        return {"target": {"id": entry.id, "index": taxon, "toolComponent": tool}, "kinds": ["relevant"]}

    def _result(self, row: Row) -> Object:
        severity = row.severity if row.severity is not None else Severity.HIGH
        result: Object = {"ruleId": row.rule}
        if row.rule in self._rule_index:
            result["ruleIndex"] = self._rule_index[row.rule]
        result |= {
            "level": LEVEL[severity],
            "message": {"text": row.message},
            "locations": [self._location(row)],
            "partialFingerprints": {"hauberk/v1": row.fingerprint},
            "properties": {"severity": row.word, "security-severity": SECURITY_SEVERITY[severity]},
        }
        if row.accepted:
            until = f" (until {row.until})" if row.until else ""
            result["suppressions"] = [
                {"kind": "external", "status": "accepted", "justification": f"{row.accepted}{until}"}
            ]
        return result

    def _location(self, row: Row) -> Object:
        file = row.raw.split("!", 1)[0]
        physical: Object = {"artifactLocation": self._at(file)}
        if row.line is not None and not row.is_member:
            physical["region"] = {"startLine": row.line}
        elif row.offset is not None and not row.is_member:
            # 3.30.1 allows a region of bytes alone; GitHub shows no result that has no line.
            physical["region"] = {"startLine": 1, "byteOffset": row.offset}
        location: Object = {"physicalLocation": physical}
        if row.is_member:  # an offset in a member is no offset in the file
            location["logicalLocations"] = [{"fullyQualifiedName": row.place, "kind": "member"}]
        return location

    def _at(self, file: str) -> Object:
        at = artifact_location(file)
        if file in self._artifact_index:
            at["index"] = self._artifact_index[file]
        return at

    def _artifact(self, asset: Examined) -> Object:
        artifact: Object = {"location": artifact_location(asset.locator), "length": asset.size}
        if asset.digest:
            artifact["hashes"] = {"sha-256": asset.digest.hex}
        if asset.formats:
            artifact["properties"] = {"formats": list(asset.formats)}
        return artifact

    def _invocation(self) -> Object:
        verdict = self._about.verdict
        rows = [*self._told.gaps, *(each for each in self._told.accepted if each.severity is None)]
        invocation: Object = {
            "executionSuccessful": True,
            "exitCode": verdict.exit_code,
            "exitCodeDescription": "; ".join((str(verdict.word), *self._told.reasons)),
            "toolExecutionNotifications": [self._notification(each) for each in rows],
        }
        if self._about.at:
            invocation["endTimeUtc"] = self._about.at
        return invocation

    def _notification(self, row: Row) -> Object:
        accepted = f" (accepted: {row.accepted})" if row.accepted else ""
        notification: Object = {
            "descriptor": {"id": f"gap/{row.reason}"},
            "level": "note" if row.accepted else "error",
            "message": {"text": f"Not examined: {row.place}: {row.message}{accepted}. {row.remedy}"},
            "locations": [self._location(row)],
            "properties": {"fingerprint": row.fingerprint},
        }
        if row.rule in self._rule_index:
            notification["associatedRule"] = {"id": row.rule, "index": self._rule_index[row.rule]}
        return notification


def _taxonomy(name: str, taxa: Sequence[Entry]) -> Object:
    return {
        "name": name,
        "version": taxa[0].edition,
        "organization": taxa[0].publisher,
        "shortDescription": {"text": f"{name} {taxa[0].edition}".strip()},
        "isComprehensive": False,
        "taxa": [{"id": each.id, "shortDescription": {"text": each.title}} for each in taxa],
    }


def artifact_location(file: str) -> Object:
    """The file as a URI: relative to ROOT, or absolute if its path is (3.4.3)."""
    path = quote(path_octets(file), safe="/")
    at: Object = {"uri": f"file://{path}"} if file.startswith("/") else {"uri": path, "uriBaseId": ROOT}
    if plain_locator(file) != path:
        at["description"] = {"text": plain_locator(file)}
    return at
