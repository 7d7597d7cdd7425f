"""The chain of custody of a digest, from the statements that hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from hauberk.attest.model_manifest import manifest_digest
from hauberk.attest.predicates import BY_URI, OMS, read_time
from hauberk.attest.words import refuses, words_of
from hauberk.core.attested import Attested
from hauberk.core.chain import STAGES, Chain, Link
from hauberk.core.digest import Digest
from hauberk.core.statement import Json, Subject

MAX_DEPTH = 12  # models made of models made of models
MAX_INPUTS = 1000  # of one build; more are counted by its statement, but not followed
MAX_NODES = 10_000  # in one chain: shared inputs are drawn wherever they are used
TIMES = ("scannedAt", "evaluatedAt", "approvedAt", "issuedAt", "timeVerified", "deployedAt")


def chain_of(subject: Subject, attested: Iterable[Attested]) -> Chain:
    """All that the statements prove about the subject, and about what it was made of."""
    return _Weaver(attested).chain(subject, "", ())


class _Weaver:
    def __init__(self, attested: Iterable[Attested]) -> None:
        self.about: dict[Digest, list[Attested]] = defaultdict(list)
        self.names: dict[Digest, str] = {}
        self.nodes = 0
        for each in attested:
            for digest in _digests(each):
                self.about[digest].append(each)
            for subject in each.statement.subjects:
                self.names.setdefault(subject.digest, subject.name)

    def chain(self, subject: Subject, role: str, above: tuple[Digest, ...]) -> Chain:
        self.nodes += 1
        found = self.about.get(subject.digest, [])
        links = tuple(sorted((_link(each) for each in found), key=_order))
        inputs: tuple[Chain, ...] = ()
        if len(above) < MAX_DEPTH and subject.digest not in above:
            inputs = tuple(
                self.chain(each, self._role(each, kind), (*above, subject.digest))
                for each, kind in self._inputs(found)
                if self.nodes < MAX_NODES
            )
        name = subject.name or self.names.get(subject.digest, "")
        return Chain(Subject(name, subject.digest), links, inputs, role)

    def _role(self, subject: Subject, kind: str) -> str:
        stages = {_stage(each) for each in self.about.get(subject.digest, [])}
        return kind or ("data" if "data" in stages else "model" if "build" in stages else "other")

    def _inputs(self, found: Iterable[Attested]) -> list[tuple[Subject, str]]:
        named: dict[tuple[Digest, str], tuple[Subject, str]] = {}
        for each in found:
            if _stage(each) == "build":
                for subject, kind in _dependencies(each.statement.predicate):
                    named.setdefault((subject.digest, kind), (subject, kind))
        return list(named.values())[:MAX_INPUTS]


def _digests(each: Attested) -> set[Digest]:
    found = {subject.digest for subject in each.statement.subjects}
    if each.statement.predicate_type == OMS and (whole := manifest_digest(each.statement.predicate)):
        found.add(whole)
    return found


def _dependencies(predicate: Mapping[str, Json]) -> list[tuple[Subject, str]]:
    definition = predicate.get("buildDefinition")
    listed = definition.get("resolvedDependencies") if isinstance(definition, dict) else None
    found = []
    for each in listed if isinstance(listed, list) else []:
        digests = each.get("digest") if isinstance(each, dict) else None
        if not isinstance(each, dict) or not isinstance(digests, dict):
            continue
        name = str(each.get("name") or each.get("uri") or "")
        if isinstance(commit := digests.get("gitCommit"), str):
            found.append((Subject(f"{name}@{commit[:12]}", Digest(commit)), "code"))
        elif isinstance(value := digests.get("sha256"), str):
            found.append((Subject(name, Digest(value)), _kind(each)))
    return found


def _kind(dependency: Mapping[str, Json]) -> str:
    notes = dependency.get("annotations")
    kind = notes.get("kind") if isinstance(notes, dict) else None
    return kind if isinstance(kind, str) and kind in ("data", "code", "model") else ""


def _stage(each: Attested) -> str:
    known = BY_URI.get(each.statement.predicate_type)
    return known.stage if known else "other"


def _link(each: Attested) -> Link:
    return Link(
        stage=_stage(each),
        words=words_of(each.statement),
        signers=each.signers,
        at=_claimed_time(each.statement.predicate),
        signed_at=each.signed_at,
        entry=each.entry,
        locator=each.locator,
        is_refusal=refuses(each.statement),
    )


def _claimed_time(predicate: Mapping[str, Json]) -> datetime | None:
    for name in TIMES:
        if isinstance(text := predicate.get(name), str):
            return read_time(text)
    return None


def _order(link: Link) -> tuple[int, float, str]:
    place = STAGES.index(link.stage) if link.stage in STAGES else len(STAGES)
    when = link.signed_at or link.at
    return (place, when.timestamp() if when else 0.0, link.words)
