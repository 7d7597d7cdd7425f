"""What happens while a pickle is loaded, and how the loading ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from hauberk.analysis.execution.values import Value
from hauberk.core.view import Flaw


class Kind(StrEnum):
    """What happens at an event."""

    IMPORT = "import"
    CALL = "call"
    BUILD = "build"
    CHANGE = "change"  # items are appended to, or set on, something imported
    FORGED = "forged"  # an array whose extent in the stream cannot be told from what describes it
    PERSISTENT = "persistent"
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that loading would do, at a byte offset."""

    kind: Kind
    offset: int
    target: Value
    arguments: Value = None
    how: str = ""


@dataclass(slots=True)
class Run:
    """What loading one pickle does: events in order, flaws, and how it ends.

    `end` is the offset behind STOP; `broken` says why it never came to it. `otherwise` is what happens
    if a loader that knows nothing of joblib takes the bytes of arrays for opcodes.
    """

    start: int
    end: int | None = None
    broken: str = ""
    is_spent: bool = False  # a limit of the machine's own was reached
    events: list[Event] = field(default_factory=list)
    otherwise: list[Event] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    result: Value = None


class Broken(Exception):
    """The unpickler raises here."""


class Spent(Exception):
    """A limit of the machine's own."""


class NeedsAll(Exception):
    """What happens here depends on what stands further back than the glimpse."""
