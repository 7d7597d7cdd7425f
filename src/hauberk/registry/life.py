"""The life of a version: quarantine, scan, verdict, approval, promotion, recall.

Everything is about a tree, the digest of all files: what was scanned is what is promoted and served. A
version that nobody has examined has no row at all, and is not served.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hauberk.attest.predicates import NAMED, checked, time_text
from hauberk.core.digest import Digest
from hauberk.core.errors import Conflict, MissingPath, Refused
from hauberk.core.statement import Json, Statement, Subject
from hauberk.core.verdict import Word
from hauberk.gate.policy.evidence import Evidence
from hauberk.gate.policy.outcome import Decision
from hauberk.gate.policy.summary import Circumstances, vsa
from hauberk.registry.accounts import ADMIN, APPROVER, Account
from hauberk.registry.commits import turn_of
from hauberk.registry.custody import Custody
from hauberk.registry.life_rows import (
    Decided,
    Stage,
    Version,
    add_stage,
    authors_of,
    current_stage,
    decisions_of,
    forget_decisions,
    keep_decision,
    keep_version,
    known_of,
    leave,
    recall_of,
    stages_of,
    version_of,
    was_allowed,
)
from hauberk.registry.permission import Permission
from hauberk.registry.policy import RegistryPolicy
from hauberk.registry.repository import Commit, Repository
from hauberk.registry.tree import EMPTY

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from hauberk.registry.hub import Hub

QUARANTINED, SCANNING, CLEAN, STOPPED, UNKNOWN = "quarantined", "scanning", "clean", "stopped", "unknown"
DEPRECATED, RECALLED = "deprecated", "recalled"
STATES = {Word.PASS: CLEAN, Word.STOP: STOPPED, Word.UNKNOWN: UNKNOWN}
DEPRECATION = "https://hauberk.dev/deprecation/v1"
MAX_REASON = 500  # characters
TRIES = 20  # times that a decision is made again, because more was said meanwhile
MAX_HISTORY = 100_000  # commits that are looked through for those who contributed
ADVICE = (
    (re.compile(r"Have it approved: hauberk attest SUBJECT [^;]*\."), "An approver has to approve it."),
    (re.compile(r" Look at the findings: hauberk scan SUBJECT\."), ""),
)


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan said of a tree: the predicate of its statement, its report's blob, and the BOM."""

    word: Word
    words: str
    predicate: dict[str, Json]
    report: Digest
    bom: dict[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a version stands: its state in words, what was decided for each environment, and where it is."""

    state: str
    words: str
    decisions: tuple[Decided, ...]
    stages: tuple[Stage, ...]
    report: str = ""


@dataclass(frozen=True)
class Life:
    """The lives of all versions of a hub, under one policy."""

    hub: Hub
    custody: Custody
    policy: RegistryPolicy

    # What is served

    def permit(self, repository: Repository, commit: Commit, environment: str) -> Permission:
        """Whether the version may be read for the environment, now."""
        if commit.tree == EMPTY.digest:
            return Permission(True)
        with self.hub.store.read() as connection:
            recalled = recall_of(connection, commit.tree)
            version = version_of(connection, repository, commit.tree)
            found = decisions_of(connection, repository, commit.tree)
            stages = stages_of(connection, repository, environment)
            was = was_allowed(connection, repository, commit.tree)
        if recalled is not None:
            return Permission(False, f"it was recalled: {recalled}", is_withdrawn=True)
        if version is None or version.state in (QUARANTINED, SCANNING):
            return Permission(False, "it is in quarantine until it is scanned; ask again soon")
        decided = next((each for each in found if each.environment == environment), None)
        if decided is None or decided.policy != self.policy.digest:
            decided = self._decide_again(repository, commit, environment)
        if decided.word != Word.PASS.value:
            return Permission(False, _why(version, decided), was)
        if self.policy.asks_people(environment):
            return _staged(commit, stages, environment)
        return Permission(True, version.words if version.state == DEPRECATED else "")

    def served(self, repository: Repository, environment: str) -> str | None:
        """The commit that a branch means where versions enter by promotion; None for its head."""
        if not self.policy.asks_people(environment):
            return None
        with self.hub.store.read() as connection:
            found = current_stage(connection, repository, environment)
        return found.commit if found else None

    def standing(self, repository: Repository, commit: Commit) -> Standing:
        """Where the version stands."""
        with self.hub.store.read() as connection:
            recalled = recall_of(connection, commit.tree)
            version = version_of(connection, repository, commit.tree)
            found = decisions_of(connection, repository, commit.tree)
            stages = tuple(each for each in stages_of(connection, repository) if each.tree == commit.tree.hex)
        version = version or Version(QUARANTINED, "it waits for its scan", 0, "")
        if recalled is not None:
            version = replace(version, state=RECALLED, words=recalled)
        return Standing(version.state, version.words, found, stages, version.report)

    # What is decided

    def settle(self, repository: Repository, commit: Commit, scan: Scan) -> None:
        """Note what the scan said, in a signed statement, and decide for every environment."""
        said = [self._statement(repository, commit, "scan", scan.predicate)]
        if scan.bom is not None:
            said.append(self._statement(repository, commit, "bom", scan.bom))
        with self.hub.store.write(turn_of(repository.id)) as connection:
            version = Version(STATES[scan.word], scan.words, 0, scan.report.hex)
            keep_version(connection, repository, commit.tree, version)
            for each in said:
                self.custody.say(connection, each)
        self.custody.publish()
        self.decide(repository, commit)

    def decide(self, repository: Repository, commit: Commit) -> tuple[Decided, ...]:
        """What the policy makes of the version for each environment, said in signed summaries.

        A decision is kept only where nothing was said of the version since the evidence was read: who decided
        on less must not have the last word. Raises Conflict where that never comes to rest.
        """
        for _ in range(TRIES):
            with self.hub.store.read() as connection:
                seen = known_of(connection, commit.tree)
            made = self._judged(repository, commit)
            with self.hub.store.write(turn_of(repository.id)) as connection:
                if known_of(connection, commit.tree) != seen:
                    continue
                decided = tuple(self._keep(connection, repository, each) for each in made)
            self.custody.publish()
            return decided
        raise Conflict("too much is said of this version at once to decide about it: ask again")

    def _judged(self, repository: Repository, commit: Commit) -> list[Decision]:
        trust, found = self.custody.trust(), self.custody.about(commit.tree)
        evidence = Evidence(Subject(repository.name, commit.tree), found.attested, datetime.now(UTC))
        return [self.policy.decide(each, evidence, trust) for each in self.policy.environments]

    def decide_about(self, digests: Iterable[Digest]) -> None:
        """Decide again about every version that one of the digests is, because more is known of it."""
        from hauberk.registry.life_rows import commits_with

        with self.hub.store.read() as connection:
            found = [each for digest in digests for each in commits_with(connection, digest)]
        for commit in found:
            repository = self.hub.by_id(commit.repository)
            if repository is not None:
                self.decide(repository, commit)

    def _keep(self, connection: Connection, repository: Repository, made: Decision) -> Decided:
        words = "; ".join(_in_registry(each.words) for each in made.outcomes if each.state.value != "met")
        word = made.verdict.word.value
        decided = Decided(made.environment, word, words, self.policy.digest, int(time.time()))
        is_new = keep_decision(connection, repository, made.subject.digest, decided)
        if is_new and made.verdict.word is not Word.UNKNOWN:  # what waits for people is not decided yet
            self.custody.say(connection, vsa(made, Circumstances(self.policy.name, repository.name)))
        return decided

    def _decide_again(self, repository: Repository, commit: Commit, environment: str) -> Decided:
        found = self.decide(repository, commit)
        return next(each for each in found if each.environment == environment)

    # What people do

    def approve(
        self,
        repository: Repository,
        commit: Commit,
        who: Account,
        environment: str,
        decision: str = "approve",
    ) -> None:
        """Say, in the account's name, that the version may or must not go there. Raises Refused."""
        self.policy.check(environment)
        _check_approver(who)
        self._check_others(repository, commit, who, environment)
        statement = self._approval(repository, commit, who, (decision, environment))
        key = self.custody.keyring.of(who)
        with self.hub.store.write(turn_of(repository.id)) as connection:
            _check_not_recalled(connection, commit)
            self.custody.say(connection, statement, [key])
            if decision != "approve":
                forget_decisions(connection, commit.tree)  # a crash before the next line lets nothing pass
        self.custody.publish()
        self.decide_about([commit.tree])

    def _check_others(self, repository: Repository, commit: Commit, who: Account, environment: str) -> None:
        """Raises Refused where the account brought these very files, here or elsewhere, or some of what is
        new since the version that the environment took last.
        """
        with self.hub.store.read() as connection:
            authors = authors_of(connection, commit.tree)
            taken = {
                each.tree for each in stages_of(connection, repository, environment) if each.left is None
            }
        for each in self.hub.history(commit, MAX_HISTORY):
            if each.tree.hex in taken or each.tree == EMPTY.digest:
                break
            authors.add(each.author)
        if who.name in authors:
            raise Refused(f"{who.name} contributed this version, and somebody else has to approve it")

    def promote(self, repository: Repository, commit: Commit, who: Account, environment: str) -> Stage:
        """Let the environment be at the version from now on. Raises Refused where the policy forbids it.

        The decision is made again on what is known now, and holds within the transaction: whoever recalls or
        promotes at the same time comes before or after it, never between.
        """
        self.policy.check(environment)
        _check_approver(who)
        decided = self._decide_again(repository, commit, environment)
        if decided.word != Word.PASS.value:
            raise Refused(f"{environment} does not take this version: {decided.words}")
        statement = self._deployed(repository, commit, who, environment)
        with self.hub.store.write(turn_of(repository.id)) as connection:
            _check_not_recalled(connection, commit)
            self._check_decided(connection, repository, commit, environment)
            here = current_stage(connection, repository, environment)
            if here is not None and here.commit == commit.id:
                return here  # said twice is done once, so that a rollback leaves this version
            stage = add_stage(connection, repository, commit, (environment, who.id))
            self.custody.say(connection, statement)
        self.custody.publish()
        return stage

    def _check_decided(
        self, connection: Connection, repository: Repository, commit: Commit, environment: str
    ) -> None:
        found = decisions_of(connection, repository, commit.tree)
        now = next((each for each in found if each.environment == environment), None)
        if now is None or (now.word, now.policy) != (Word.PASS.value, self.policy.digest):
            raise Conflict("something else was decided about this version meanwhile: look again")

    def rollback(self, repository: Repository, who: Account, environment: str) -> Stage | None:
        """Let the environment be where it was before; the stage that it is at now. Raises MissingPath."""
        self.policy.check(environment)
        _check_approver(who)
        with self.hub.store.write(turn_of(repository.id)) as connection:
            here = current_stage(connection, repository, environment)
            if here is None:
                raise MissingPath(f"nothing of {repository.name} is in {environment}")
            leave(connection, here)
            back = current_stage(connection, repository, environment)
            while back is not None and recall_of(connection, Digest(back.tree)) is not None:
                leave(connection, back)
                back = current_stage(connection, repository, environment)
            said = {"rolledBackBy": who.name, "from": here.commit, "to": back.commit if back else ""}
            about = Subject(repository.name, Digest(back.tree if back else here.tree))
            self.custody.say(connection, _deployment(about, environment, repository.name, said))
        self.custody.publish()
        return back

    def recall(self, repository: Repository, commit: Commit, who: Account, reason: str) -> None:
        """Nobody may load these files any more, in no repository and no environment. Raises Refused."""
        from hauberk.registry.life_rows import add_recall

        _check_approver(who)
        words = " ".join(reason.split())[:MAX_REASON] or "no reason was given"
        said = [
            self._approval(repository, commit, who, ("reject", each), words)
            for each in self.policy.environments
        ]
        key = self.custody.keyring.of(who)
        with self.hub.store.write(turn_of(repository.id)) as connection:
            add_recall(connection, commit.tree, words, who.id)
            for each in said:
                self.custody.say(connection, each, [key])
        self.custody.publish()

    def deprecate(self, repository: Repository, commit: Commit, who: Account, reason: str) -> None:
        """Say that there is something better. The version stays readable. Raises MissingPath, Refused."""
        _check_approver(who)
        words = " ".join(reason.split())[:MAX_REASON] or "no reason was given"
        said: dict[str, Json] = {"deprecatedBy": who.name, "reason": words, "commit": commit.id}
        statement = Statement((Subject(repository.name, commit.tree),), DEPRECATION, said)
        key = self.custody.keyring.of(who)
        with self.hub.store.write(turn_of(repository.id)) as connection:
            version = version_of(connection, repository, commit.tree)
            if version is None or version.state not in (CLEAN, DEPRECATED):
                raise Refused("only a version that is clean can be deprecated")
            keep_version(connection, repository, commit.tree, replace(version, state=DEPRECATED, words=words))
            self.custody.say(connection, statement, [key])
        self.custody.publish()

    def recalled(self) -> set[str]:
        """Every commit, in whatever repository, whose files were recalled."""
        from hauberk.registry.life_rows import recalled_commits

        with self.hub.store.read() as connection:
            return recalled_commits(connection)

    # Statements

    def _statement(
        self, repository: Repository, commit: Commit, kind: str, predicate: dict[str, Json]
    ) -> Statement:
        subject = Subject(repository.name, commit.tree)
        return checked(Statement((subject,), NAMED[kind].uri, predicate))

    def _approval(
        self, repository: Repository, commit: Commit, who: Account, said: tuple[str, str], reason: str = ""
    ) -> Statement:
        decision, environment = said
        predicate: dict[str, Json] = {
            "approver": who.name,
            "role": "approvers",
            "decision": decision,
            "environment": environment,
            "approvedAt": time_text(datetime.now(UTC)),
        }
        told = predicate | {"reason": reason} if reason else predicate
        return self._statement(repository, commit, "approval", told)

    def _deployed(self, repository: Repository, commit: Commit, who: Account, environment: str) -> Statement:
        said = {"promotedBy": who.name, "commit": commit.id}
        about = Subject(repository.name, commit.tree)
        return _deployment(about, environment, repository.name, said)


def _deployment(about: Subject, environment: str, service: str, said: dict[str, str]) -> Statement:
    predicate: dict[str, Json] = {
        "environment": environment,
        "service": service,
        "deployedAt": time_text(datetime.now(UTC)),
        **said,
    }
    return checked(Statement((about,), NAMED["deployment"].uri, predicate))


def _in_registry(words: str) -> str:
    """Words of the gate, without advice for those who have no registry."""
    for pattern, better in ADVICE:
        words = pattern.sub(better, words)
    return words


def _why(version: Version, decided: Decided) -> str:
    """What the scan found, where that is why, and what the policy says to it."""
    return f"{version.words}. {decided.words}" if version.state in (STOPPED, UNKNOWN) else decided.words


def _staged(commit: Commit, stages: tuple[Stage, ...], environment: str) -> Permission:
    own = [each for each in stages if each.tree == commit.tree.hex]
    if any(each.left is None for each in own):
        return Permission(True)
    if own:
        return Permission(False, f"{environment} was rolled back from it", is_withdrawn=True)
    return Permission(False, f"the policy allows it, and nobody has promoted it to {environment}")


def _check_approver(who: Account) -> None:
    if who.role not in (APPROVER, ADMIN) or not who.is_active:
        raise Refused(f"{who.name} is no approver")


def _check_not_recalled(connection: Connection, commit: Commit) -> None:
    reason = recall_of(connection, commit.tree)
    if reason is not None:
        raise Refused(f"it was recalled: {reason}")
