"""Inline acceptances: `hauberk: ignore[COD001] reason` on the line of a text asset."""

from __future__ import annotations

import re

from hauberk.core.asset import Asset
from hauberk.core.finding import Finding
from hauberk.core.report import Accepted

# A reason is not optional: an acceptance that nobody can explain is no acceptance.
COMMENT = re.compile(rb"hauberk:\s*ignore\[([A-Z]{3}\d{3}(?:,\s*[A-Z]{3}\d{3})*)\]\s*(\S[^\r\n]*)")
# Text assets with lines that people wrote are small; larger ones are generated.
MAX_TEXT_BYTES = 4 << 20


def ignored_inline(finding: Finding, asset: Asset) -> Accepted | None:
    """The acceptance that stands on the finding's own line, if one names its rule."""
    line = finding.place.line
    if line is None or finding.place.locator != asset.locator or asset.content.size > MAX_TEXT_BYTES:
        return None
    lines = asset.content.read(0, MAX_TEXT_BYTES).split(b"\n", line)
    found = COMMENT.search(lines[line - 1]) if 0 < line <= len(lines) else None
    if found is None or finding.rule.encode() not in re.split(rb",\s*", found[1]):
        return None
    return Accepted(finding, found[2].decode("utf-8", "replace").strip(), "")
