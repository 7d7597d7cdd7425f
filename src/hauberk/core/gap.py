"""Gaps: what could not be examined. Unknown is never clean."""

from __future__ import annotations

from dataclasses import dataclass

from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Place, fingerprint


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that nobody judged, why (`reason` is one word), and what to do about it.

    `rule` is the rule that could not decide; empty where no rule came that far.
    """

    place: Place
    reason: str
    message: str
    remedy: str = ""
    rule: str = ""

    @property
    def fingerprint(self) -> str:
        """16 hex digits that stay the same when offsets move."""
        return fingerprint("gap", self.rule, self.reason, self.place.locator)


def gap_of(locator: str, error: UnreadableAsset) -> Gap:
    """The Gap that an unreadable asset leaves."""
    return Gap(Place(locator, error.offset), error.reason, str(error))
