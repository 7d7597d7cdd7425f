"""The base score of a CVSS 3 vector, 0..10.

Source: FIRST, "Common Vulnerability Scoring System v3.1: Specification Document", 7.1, 7.4, appendix A.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hauberk.core.finding import Severity

VECTOR = re.compile(r"CVSS:3\.[01]((?:/[A-Z]{1,3}:[A-Z])+)")
ATTACK = {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2}
COMPLEXITY = {"L": 0.77, "H": 0.44}
PRIVILEGES = {"N": 0.85, "L": 0.62, "H": 0.27}
PRIVILEGES_CHANGED = {"N": 0.85, "L": 0.68, "H": 0.5}
INTERACTION = {"N": 0.85, "R": 0.62}
IMPACT = {"H": 0.56, "L": 0.22, "N": 0.0}


@lru_cache(4096)
def base_score(vector: str) -> float | None:
    """The score; None for what is no vector of version 3, or lacks a part."""
    found = VECTOR.fullmatch(vector.strip().rstrip("/"))
    if found is None:
        return None
    parts = dict(each.split(":", 1) for each in found[1].strip("/").split("/"))
    is_changed = parts.get("S") == "C"
    try:
        held = 1 - (1 - IMPACT[parts["C"]]) * (1 - IMPACT[parts["I"]]) * (1 - IMPACT[parts["A"]])
        privileges = (PRIVILEGES_CHANGED if is_changed else PRIVILEGES)[parts["PR"]]
        exploited = (
            8.22 * ATTACK[parts["AV"]] * COMPLEXITY[parts["AC"]] * privileges * INTERACTION[parts["UI"]]
        )
    except KeyError:
        return None
    impact = 7.52 * (held - 0.029) - 3.25 * (held - 0.02) ** 15 if is_changed else 6.42 * held
    if impact <= 0:
        return 0.0
    return _rounded_up(min((1.08 if is_changed else 1.0) * (impact + exploited), 10))


def _rounded_up(score: float) -> float:
    """To one decimal, upwards, in whole numbers: appendix A."""
    whole = round(score * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (whole // 10_000 + 1) / 10


def severity_of_score(score: float) -> Severity:
    """The word for a score: 5, "Qualitative Severity Rating Scale"."""
    steps = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))
    return next((severity for least, severity in steps if score >= least), Severity.INFO)
