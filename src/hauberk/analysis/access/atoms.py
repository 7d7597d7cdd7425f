"""What a statement asks of a request, as clauses: every one of them needs one literal that is true."""

from __future__ import annotations

from dataclasses import dataclass

from hauberk.analysis.access.globs import Glob
from hauberk.analysis.access.values import Rest, Values

# Fields of a request; every other field is a context key, in lower case.
RESOURCE = "resource"
PRINCIPAL = "principal"


@dataclass(frozen=True, slots=True)
class Is:
    """One of the field's values is in the set; false where the field is absent."""

    field: str
    values: Values

    def __str__(self) -> str:
        return f"{self.field} is {self.values}"


@dataclass(frozen=True, slots=True)
class Has:
    """The request has the key."""

    field: str

    def __str__(self) -> str:
        return f"{self.field} is present"


@dataclass(frozen=True, slots=True)
class Unclear:
    """What cannot be judged, and why: no operator of this name is known."""

    why: str
    field: str = ""

    def __str__(self) -> str:
        return self.why


Atom = Is | Has | Unclear


@dataclass(frozen=True, slots=True)
class Literal:
    """An atom, or its opposite."""

    atom: Atom
    holds: bool = True

    def negated(self) -> Literal:
        """The opposite."""
        return Literal(self.atom, not self.holds)

    def __str__(self) -> str:
        return f"{self.atom}" if self.holds else f"not ({self.atom})"


Clause = tuple[Literal, ...]
Clauses = tuple[Clause, ...]


def linked(atom: Atom) -> bool:
    """Whether policy variables tie the atom to other fields."""
    return isinstance(atom, Is) and _is_linked(atom.values)


def _is_linked(values: Values) -> bool:
    if isinstance(values, Rest):
        return any(_is_linked(each) for each in values.sets)
    return isinstance(values, Glob) and any(True for _ in values.variables())
