"""GOV001: an acceptance that has ended."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.settings_file import AcceptanceRecord

ENTRY = b'[[accept]]\nfingerprint = "0123456789abcdef"\nreason = "a fixture"\nuntil = %s\n'


@rule(
    "GOV001",
    Severity.MEDIUM,
    persona="security",
    bad=[Sample("hauberk.toml", ENTRY % b"2001-01-31")],
    good=[Sample("hauberk.toml", ENTRY % b"9999-12-31")],
)
def expired_acceptance(record: AcceptanceRecord) -> Iterator[Finding]:
    """An acceptance of a finding has ended.

    Why: somebody decided to live with a risk until a date that has passed; nobody decided since.
    Remediation: mend what was accepted, or decide again: a new reason and a new date.
    Source: ISO/IEC 27005:2022, clause 9.2 (risk acceptance is for a limited time).
    """
    if record.until < record.today:
        message = f"the acceptance of {record.subject} ended on {record.until} ({record.reason})"
        yield Finding("GOV001", Place(record.locator), message, record.subject)
