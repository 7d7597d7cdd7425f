"""Every error that Hauberk raises on purpose.

    HauberkError
    ├── UsageError            what was asked for makes no sense         exit 2
    │   ├── MissingPath       the named path does not exist
    │   ├── Conflict          what is there now contradicts it
    │   ├── BadSettings       the settings file contradicts its schema
    │   └── MissingExtra      an optional part is not installed
    ├── UnsafeAsset           a load was refused                        exit 1
    ├── Refused               a signature, proof or chain does not hold exit 1
    └── UnreadableAsset       this asset becomes a Gap                  exit 3
        ├── Malformed         the bytes contradict their format
        ├── OverBudget        a named limit was reached
        ├── Undecided         a question has no answer within the limits
        ├── Unsupported       the format is known, but is not judged
        └── Inaccessible      the bytes could not be had

Anything else that escapes is a bug of Hauberk's own, exit 4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hauberk.core.finding import Finding
    from hauberk.core.gap import Gap


class HauberkError(Exception):
    """Raised on purpose; the message says what contradicts what."""


class UsageError(HauberkError):
    """What was asked for makes no sense."""


class MissingPath(UsageError):
    """The named path does not exist."""


class Conflict(UsageError):
    """What is there now contradicts what was asked for: the name is taken, or somebody was faster."""


class BadSettings(UsageError):
    """The settings contradict their schema."""


class MissingExtra(UsageError):
    """An optional part is not installed; the message names the extra."""


class UnsafeAsset(HauberkError):
    """A load was refused; `findings` and `gaps` are the reasons that an examination gave."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = (), gaps: tuple[Gap, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings
        self.gaps = gaps


class Refused(HauberkError):
    """A signature, a proof or a chain does not hold; the message says what contradicts what."""


class UnreadableAsset(HauberkError):
    """The asset could not be examined, wholly or from `offset` (bytes) on."""

    reason = "unreadable"

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message)
        self.offset = offset


class Malformed(UnreadableAsset):
    """The bytes contradict their format."""

    reason = "malformed"


class OverBudget(UnreadableAsset):
    """A named limit was reached before the end."""

    reason = "over-budget"


class Undecided(UnreadableAsset):
    """A question about the asset has no answer within the named limits, or none in what is known."""

    reason = "undecided"


class Unsupported(UnreadableAsset):
    """The format is known, but Hauberk does not judge it."""

    reason = "unsupported"


class Inaccessible(UnreadableAsset):
    """The bytes could not be had: permission, disk or network."""

    reason = "inaccessible"
