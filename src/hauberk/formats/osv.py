"""Records of vulnerabilities in the OSV format.

Source: Open Source Vulnerability schema 1.7.
"""

from __future__ import annotations

import json
import re

from hauberk.core.advisory import Advisory, Affected, Bound, Event
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.finding import Severity
from hauberk.core.package import normalised
from hauberk.core.statement import Json

# Bytes of one record; those of the Linux kernel have up to 2 MB.
MAX_RECORD = 16 << 20
# Characters of a summary that are kept for reports.
MAX_SUMMARY = 300
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._/-]{1,150}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
BOUNDS = frozenset(Bound)
# Words that databases use, GitHub's and distributions' (NVD's, Debian's, Red Hat's, Ubuntu's).
WORDS = {
    "LOW": Severity.LOW,
    "NEGLIGIBLE": Severity.LOW,
    "UNIMPORTANT": Severity.LOW,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "IMPORTANT": Severity.HIGH,
    "HIGH": Severity.HIGH,
    "CRITICAL": Severity.CRITICAL,
}
# What Ubuntu's releases with long support are called beside their number.
SUFFIX = re.compile(r":LTS$")


def read_osv(octets: bytes) -> Advisory:
    """The advisory in one record. Raises Malformed and OverBudget.

    Of a name that an object has twice the last one counts: to refuse them would double what an import takes.
    """
    if len(octets) > MAX_RECORD:
        raise OverBudget(f"a record of {len(octets)} bytes is longer than {MAX_RECORD}")
    try:
        return advisory_of(json.loads(octets))
    except RecursionError:
        raise OverBudget("a record that is nested too deep to be read") from None
    except ValueError as error:
        raise Malformed(f"is not JSON: {error}") from None


def advisory_of(record: Json) -> Advisory:
    """The advisory that a record is. Raises Malformed for what is none."""
    if not isinstance(record, dict):
        raise Malformed("is no OSV record: no object")
    id, modified = record.get("id"), record.get("modified")
    if not isinstance(id, str) or not ID.fullmatch(id):
        raise Malformed("is no OSV record: its id is missing or odd")
    if not isinstance(modified, str) or not TIME.fullmatch(modified):
        raise Malformed(f"{id}: `modified` is no time in UTC")
    withdrawn = record.get("withdrawn")
    score = _score(record)
    return Advisory(
        id=id,
        # Fractions have any number of digits, and times are compared as texts.
        modified=modified[:19] + "Z",
        summary=(_text(record.get("summary")) or _text(record.get("details")))[:MAX_SUMMARY].partition("\n")[
            0
        ],
        aliases=tuple(dict.fromkeys(_texts(record.get("aliases")) + _texts(record.get("upstream")))),
        severity=_severity(record, score),
        score=score,
        withdrawn=withdrawn if isinstance(withdrawn, str) else "",
        affected=tuple(_affected(each) for each in _tables(record.get("affected")) if _is_named(each)),
    )


def _is_named(entry: dict[str, Json]) -> bool:
    package = entry.get("package")
    return isinstance(package, dict) and bool(_text(package.get("ecosystem")) and _text(package.get("name")))


def _affected(entry: dict[str, Json]) -> Affected:
    named = entry.get("package")
    package = named if isinstance(named, dict) else {}
    ecosystem = SUFFIX.sub("", _text(package.get("ecosystem")))
    ranges = [
        _events(each) for each in _tables(entry.get("ranges")) if each.get("type") in ("ECOSYSTEM", "SEMVER")
    ]
    return Affected(
        ecosystem=ecosystem,
        name=normalised(ecosystem, _text(package.get("name"))),
        versions=tuple(_texts(entry.get("versions"))),
        ranges=tuple(each for each in ranges if each),
    )


def _events(said: dict[str, Json]) -> tuple[Event, ...]:
    return tuple(
        Event(Bound(bound), version)
        for each in _tables(said.get("events"))
        for bound, version in each.items()
        if bound in BOUNDS and isinstance(version, str)
    )


def _score(record: dict[str, Json]) -> float | None:
    """The highest base score of CVSS 3 that the record has."""
    from hauberk.formats.cvss import base_score

    said = [*_tables(record.get("severity"))]
    for each in _tables(record.get("affected")):
        said += _tables(each.get("severity"))
    scores = [base_score(_text(each.get("score"))) for each in said if each.get("type") == "CVSS_V3"]
    return max((each for each in scores if each is not None), default=None)


def _severity(record: dict[str, Json], score: float | None) -> Severity | None:
    """What the database's own word says, else the score; None where nobody says."""
    from hauberk.formats.cvss import severity_of_score

    own = record.get("database_specific")
    word = _text(own.get("severity")).upper() if isinstance(own, dict) else ""
    if word in WORDS:
        return WORDS[word]
    if score is not None:
        return severity_of_score(score)
    ubuntu = [
        _text(each.get("score")) for each in _tables(record.get("severity")) if each.get("type") == "Ubuntu"
    ]
    return WORDS.get(ubuntu[0].upper()) if ubuntu else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _tables(value: Json) -> list[dict[str, Json]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
