"""Assessments: what is known of a package's vulnerabilities."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hauberk.core.advisory import Advisory
from hauberk.core.package import Package
from hauberk.core.view import View


class Standing(StrEnum):
    """What is known of a version."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not affected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Vulnerability:
    """What affects a package: one advisory, all `names` of it, and the first version without it.

    `excuse` says why it does not affect this product after all, and who says so; empty where nobody does.
    `exploited` is the day since when it is known to be exploited, `probability` that it will be (0..1).
    """

    advisory: Advisory
    names: frozenset[str]
    fixed: str = ""
    excuse: str = ""
    exploited: str = ""
    probability: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class AssessedPackage(View):
    """A package, where it stands, why that is unknown, and what affects it."""

    package: Package
    standing: Standing
    reason: str = ""
    vulnerabilities: tuple[Vulnerability, ...] = ()
