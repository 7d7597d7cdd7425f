"""Demands: what an environment asks of a digest. Each field carries its kind and its meaning."""

# ruff: noqa: RUF009  # says() makes a dataclasses.field, which may stand as a default

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hauberk.core.finding import Severity
from hauberk.gate.policy.claims import TYPES
from hauberk.gate.policy.kind import (
    AGE_KIND,
    MOMENT,
    NAME,
    SEVERITY,
    TEXT,
    TRUTH,
    Kind,
    listed,
    matching,
    named,
    number,
    one_of,
    says,
    table,
    tables,
    whole,
)

SIGNER = matching(r"\S(?:[^\x00-\x1f]{0,498}\S)?", "a key id (64 hex digits) or a certificate identity")
DIGEST = matching(r"(?:sha256:)?[0-9a-f]{64}", "sha256: and 64 hex digits")
RULE_SET = matching(r"[0-9a-f]{8,64}", "the hex digest of a rule set")
VERSION = matching(r"\d{1,6}(\.\d{1,6}){0,3}", "a version such as 1.2.3")
TYPE = matching(
    "|".join((*TYPES, r"https?://\S{1,500}")), f"a predicate type: a URI, or one of {', '.join(TYPES)}"
)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = matching(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)", "hours such as 08:00-17:00")
GLOBS = listed(TEXT, 1)
ANY: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Who speaks for something."""

    signers: tuple[str, ...] = says(listed(SIGNER, 1), "key ids or certificate identities")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Whose claims count, and how fresh and how provable they must be."""

    by: str = says(NAME, "the role that must have signed; without it, any signer in the trust file", "")
    max_age: timedelta | None = says(AGE_KIND, "how old the claim may be, such as 30d", None)
    logged: bool = says(TRUTH, "whether a transparency log must prove the time", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Source):
    """A source of which several must agree on one claim."""

    threshold: int = says(whole(1, 100), "how many of the role must have signed the same claim", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Required(Signed):
    """Claims that must be there, whatever they say but no."""

    type: str = says(TYPE, "the predicate type, by URI or short name")
    count: int = says(whole(1), "how many different claims", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A rule set that the author knows, and since when it is in use."""

    digest: str = says(RULE_SET, "the rule set's digest, as `hauberk doctor` prints it")
    since: datetime = says(MOMENT, "when it was released")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanDemand(Signed):
    """What the newest scan must say."""

    stop: Severity | None = says(
        SEVERITY, "findings from this severity on stop; without it, the scan's own verdict decides", None
    )
    gaps: int = says(whole(0), "how many things may have been left unexamined", 0)
    accepted: int | None = says(whole(0), "how many findings may have been accepted by hand", None)
    tool_at_least: str = says(VERSION, "the oldest version of the scanner", "")
    rule_sets: tuple[RuleSet, ...] = says(tables(RuleSet), "the rule sets that count", ())
    rule_set_max_age: timedelta | None = says(AGE_KIND, "how old the rule set may be now", None)
    formats_allowed: tuple[str, ...] = says(GLOBS, "globs: each format in the asset must match one", ANY)
    formats_denied: tuple[str, ...] = says(GLOBS, "globs: no format in the asset may match one", ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class BomDemand(Signed):
    """What the newest bill of materials (CycloneDX) must say."""

    completeness: float | None = says(number(0, 100), "percent that it must reach at least", None)
    licences_allowed: tuple[str, ...] = says(
        GLOBS, "SPDX ids, `id WITH exception` or globs; each component needs a way to comply", ANY
    )
    licences_denied: tuple[str, ...] = says(GLOBS, "taken out of what is allowed", ANY)
    unlicensed: bool = says(TRUTH, "whether components without a licence may pass", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceDemand(Signed):
    """What the newest provenance (SLSA) must say."""

    builders: tuple[str, ...] = says(GLOBS, "globs: builder.id must match one", ANY)
    build_types: tuple[str, ...] = says(GLOBS, "globs: buildType must match one", ANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineageDemand(Signed):
    """What the newest lineage must say. It must never contradict what was declared."""

    bases: tuple[str, ...] = says(GLOBS, "globs: each base, measured or declared, must match one", ANY)
    similarity: float = says(number(0, 1), "measured bases below this similarity are not counted", 0.0)
    from_scratch: bool = says(TRUTH, "whether a model of which no base was measured may pass", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold(Signed):
    """A measured value and its bounds."""

    metric: str = says(TEXT, "the metric's name")
    dataset: str = says(TEXT, "the data set's name")
    dataset_digest: str = says(DIGEST, "the data set's digest, where the name is not enough", "")
    at_least: float | None = says(number(-1e15, 1e15), "the lowest value that passes", None)
    at_most: float | None = says(number(-1e15, 1e15), "the highest value that passes", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalDemand:
    """People who must agree."""

    by: str = says(NAME, "the role whose members approve")
    count: int = says(whole(1, 100), "how many different ones", 1)
    max_age: timedelta | None = says(AGE_KIND, "how old an approval may be", None)
    logged: bool = says(TRUTH, "whether a transparency log must prove the time", False)
    four_eyes: bool = says(TRUTH, "whether who built it may not approve it", True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseDemand(Signed):
    """What the newest release must say. It must be fresh: before its `expires`."""

    names: tuple[str, ...] = says(GLOBS, "globs: the name must match one", ANY)
    version_at_least: int | None = says(whole(0, 1 << 50), "the oldest version", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """A time in which nothing is deployed."""

    since: datetime = says(MOMENT, "its beginning")
    until: datetime = says(MOMENT, "its end")
    reason: str = says(TEXT, "why")


@dataclass(frozen=True, slots=True, kw_only=True)
class Soak(Signed):
    """A stay in another environment before this one."""

    environment: str = says(NAME, "where it must have been deployed before")
    at_least: timedelta = says(AGE_KIND, "for how long at least")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentDemand:
    """When, and after what, something may be deployed. Hours are UTC."""

    days: tuple[str, ...] = says(listed(one_of(*DAYS), 1), "the days of the week", ANY)
    hours: str = says(HOURS, "the hours of the day in UTC, such as 08:00-17:00", "")
    freezes: tuple[Freeze, ...] = says(tables(Freeze), "when not", ())
    after: Soak | None = says(table(Soak), "where it must have been before", None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A free condition in CEL; anything but true is no pass."""

    name: str = says(TEXT, "what to call it")
    cel: str = says(TEXT, "the expression; it must give a bool")
    why: str = says(TEXT, "what to do where it does not hold", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Everything that one environment asks."""

    extends: str = says(NAME, "the environment whose demands hold here too", "")
    require: tuple[Required, ...] = says(tables(Required), "claims that must be there", ())
    scan: ScanDemand | None = says(table(ScanDemand), "what the scan must say", None)
    bom: BomDemand | None = says(table(BomDemand), "what the bill of materials must say", None)
    provenance: ProvenanceDemand | None = says(table(ProvenanceDemand), "who must have built it", None)
    lineage: LineageDemand | None = says(table(LineageDemand), "what it may derive from", None)
    evaluation: tuple[Threshold, ...] = says(tables(Threshold), "values that it must reach", ())
    approvals: tuple[ApprovalDemand, ...] = says(tables(ApprovalDemand), "who must agree", ())
    release: ReleaseDemand | None = says(table(ReleaseDemand), "what it must be released as", None)
    deployment: DeploymentDemand | None = says(table(DeploymentDemand), "when, and after what", None)
    conditions: tuple[Condition, ...] = says(tables(Condition), "free conditions in CEL", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A policy file, read. `digest` is the SHA-256 (hex) of its bytes."""

    name: str
    roles: Mapping[str, Role]
    environments: Mapping[str, Environment]
    digest: str


ENVIRONMENT = table(Environment)
ROLES = named(table(Role))
VERSION_KIND = Kind({"const": 1}, whole(1, 1).read)
