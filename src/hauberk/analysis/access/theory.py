"""Whether literals about fields can be true of one request, and values that make them so.

Fields are independent of each other but for policy variables. A pattern with variables is taken for
the wider pattern in which anything may stand for them, so "impossible" is a proof; a possible answer
is tried on a whole request afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hauberk.analysis.access.atoms import PRINCIPAL, RESOURCE, Is, Literal, Unclear
from hauberk.analysis.access.globs import Glob
from hauberk.analysis.access.values import Rest, Values, find_value
from hauberk.core.errors import Undecided

# Fields that every request has exactly once.
GIVEN = (RESOURCE, PRINCIPAL)


@dataclass(slots=True)
class Wishes:
    """What is asked of one field; each literal is kept so that a contradiction can be named."""

    within: list[Literal] = field(default_factory=list)
    without: list[Literal] = field(default_factory=list)
    present: Literal | None = None
    absent: Literal | None = None

    def literals(self) -> list[Literal]:
        """All of them."""
        ends = [each for each in (self.present, self.absent) if each]
        return [*self.within, *self.without, *ends]


def sorted_out(literals: Iterable[Literal]) -> dict[str, Wishes]:
    """The literals by field. Raises Undecided for what nobody can judge."""
    found: dict[str, Wishes] = {}
    for each in literals:
        if isinstance(each.atom, Unclear):
            raise Undecided(each.atom.why)
        wishes = found.setdefault(each.atom.field, Wishes())
        if isinstance(each.atom, Is):
            (wishes.within if each.holds else wishes.without).append(each)
        elif each.holds:
            wishes.present = each
        else:
            wishes.absent = each
    return found


@dataclass(frozen=True, slots=True)
class Theory:
    """`several` are the keys that a request may have with more than one value; `domains` limit values."""

    several: frozenset[str]
    domains: Mapping[str, Values] = field(default_factory=dict)

    def contradiction(self, literals: Sequence[Literal]) -> list[Literal] | None:
        """Literals that cannot be true together; None if all can. Raises Undecided."""
        for name, wishes in sorted_out(literals).items():
            if self._values(name, wishes) is None:
                return self._core(name, wishes)
        return None

    def context(self, literals: Sequence[Literal]) -> dict[str, tuple[str, ...]]:
        """Values of the fields that make the literals true; only after `contradiction` said None."""
        found: dict[str, tuple[str, ...]] = {}
        for name, wishes in sorted_out(literals).items():
            values = self._values(name, wishes)
            if values:
                found[name] = values
        return found

    def _core(self, name: str, wishes: Wishes) -> list[Literal]:
        """The fewest literals that still contradict each other, by leaving out one after the other."""
        core = wishes.literals()
        for each in list(core):
            fewer = [other for other in core if other is not each]
            if self._values(name, sorted_out(fewer).get(name, Wishes())) is None:
                core = fewer
        return core

    def _values(self, name: str, wishes: Wishes) -> tuple[str, ...] | None:
        """Values of the field, () for none at all; None if nothing makes the wishes true."""
        is_there = bool(wishes.within or wishes.present)
        if wishes.absent and is_there:
            return None
        if not is_there and name not in GIVEN:
            return ()
        domain = [self.domains[name]] if name in self.domains else []
        within = [_wide(each.atom.values) for each in wishes.within if isinstance(each.atom, Is)]
        without = [
            each.atom.values
            for each in wishes.without
            if isinstance(each.atom, Is) and not _has_variables(each.atom.values)
        ]
        if name in self.several:
            return _several(within, without, domain)
        value = find_value([*within, *domain], without)
        return None if value is None else (value,)


def _several(within: list[Values], without: list[Values], domain: list[Values]) -> tuple[str, ...] | None:
    """One value for each wish, none of which is unwanted."""
    found: dict[str, None] = {}
    wanted: list[list[Values]] = [[each] for each in within] or [[]]
    for each in wanted:
        value = find_value([*each, *domain], without)
        if value is None:
            return None
        found[value] = None
    return tuple(found)


def _has_variables(values: Values) -> bool:
    if isinstance(values, Rest):
        return any(_has_variables(each) for each in values.sets)
    return isinstance(values, Glob) and any(values.variables())


def _wide(values: Values) -> Values:
    if isinstance(values, Rest):
        return Rest(tuple(each for each in values.sets if not _has_variables(each)))
    return values.relaxed() if isinstance(values, Glob) and _has_variables(values) else values
