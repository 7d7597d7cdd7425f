"""Chains of custody: what is proven about one digest, in the order in which it came about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hauberk.core.statement import Subject

STAGES = (
    "data",
    "code",
    "build",
    "bom",
    "lineage",
    "scan",
    "signature",
    "release",
    "evaluation",
    "approval",
    "verdict",
    "deployment",
)
# Without these nobody can say where a model comes from, what is in it and who stands for it.
EXPECTED = ("data", "code", "build", "scan", "signature", "evaluation", "approval", "deployment")


@dataclass(frozen=True, slots=True)
class Link:
    """One statement in words. `at` is what the statement says (UTC), `signed_at` what a log proves."""

    stage: str
    words: str
    signers: tuple[str, ...] = ()
    at: datetime | None = None
    signed_at: datetime | None = None
    entry: int | None = None
    locator: str = ""
    is_refusal: bool = False  # it says no: a failed verdict, a rejection, a scan that stops


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything about one subject, and about what it was made of (`inputs`)."""

    subject: Subject
    links: tuple[Link, ...] = ()
    inputs: tuple[Chain, ...] = ()
    role: str = ""  # what it is to the one that it is an input of: data, code, model, other

    @property
    def missing(self) -> tuple[str, ...]:
        """Stages that nobody attested, in the order of the chain."""
        known = {each.stage for each in self.links} | {each.role for each in self.inputs}
        return tuple(each for each in EXPECTED if each not in known)

    def walk(self) -> Iterator[Chain]:
        """This chain and all below it, inputs first."""
        for each in self.inputs:
            yield from each.walk()
        yield self
