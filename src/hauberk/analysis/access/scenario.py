"""One question over all requests: is there one that these statements allow and those do not stop?

The requests are cut into cells, one for each pattern of Resource of one statement that must match. In
a cell most other statements match always or never; the rest is a small question for the solver. The
actions of a cell are cut into classes that no statement tells apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from hauberk.analysis.access.actions import Space
from hauberk.analysis.access.atoms import PRINCIPAL, RESOURCE, Atom, Clause, Clauses, Has, Is, Literal, linked
from hauberk.analysis.access.compiled import Ready, resource_clauses
from hauberk.analysis.access.globs import Glob, Wild, made, text_glob
from hauberk.analysis.access.index import Index
from hauberk.analysis.access.request import ANONYMOUS, SESSION, WITH_ARN, Request
from hauberk.analysis.access.sat import Solver
from hauberk.analysis.access.theory import Theory
from hauberk.analysis.access.values import Rest, Values, one_of
from hauberk.analysis.access.variables import bindings, bound_clauses, held_up
from hauberk.analysis.access.words import covers, overlaps
from hauberk.core.errors import Undecided

_SEGMENT = Wild.ANY_IN_SEGMENT
ARN = made(["arn:", _SEGMENT, ":", _SEGMENT, ":", _SEGMENT, ":", _SEGMENT, ":", Wild.ANY], False)
_OTHERS = tuple(made([f"{kind}:", Wild.ANY], False) for kind in ("Service", "Federated", "CanonicalUser"))
# What a resource and a principal look like: nobody asks about others.
DOMAINS: Mapping[str, Values] = {
    RESOURCE: one_of(ARN, text_glob("*")),
    PRINCIPAL: Rest(
        (
            made([Wild.ANY, SESSION, Wild.ANY, SESSION, Wild.ANY], False),
            Rest((WITH_ARN, text_glob(ANONYMOUS), *_OTHERS)),
        )
    ),
}


@dataclass(frozen=True)
class Scenario:
    """`needed`: of each group one statement must match; `unwanted`: none may.

    `facts` are true of the request, `actions` limits the actions (None: all), `several` names the keys
    that can have many values, `known` says all values of some keys.
    """

    space: Space
    needed: tuple[tuple[Ready, ...], ...]
    unwanted: tuple[Ready, ...] = ()
    facts: Clauses = ()
    actions: int | None = None
    several: frozenset[str] = frozenset()
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def witness(self) -> Request | None:
        """A request of the scenario; None proves that there is none. Raises Undecided."""
        undecided: Undecided | None = None
        for cell in self._cells():
            try:
                found = cell.witness()
            except Undecided as error:
                undecided = undecided or error
                continue
            if found is not None:
                return found
        if undecided is not None:
            raise undecided
        return None

    def holds(self, asked: Request) -> bool:
        """Whether the request is one of the scenario: every answer is tried by this before it is given."""
        action = self.space.mask((asked.action,))
        return (
            bool(action & self.allowed)
            and asked.meets(self.facts)
            and all(any(each.matches(asked, action) for each in group) for group in self.needed)
            and not any(each.matches(asked, action) for each in self.unwanted)
        )

    @cached_property
    def allowed(self) -> int:
        """The actions that are asked about."""
        return self.space.every if self.actions is None else self.actions

    @cached_property
    def theory(self) -> Theory:
        """What values the fields can have."""
        return Theory(self.several, DOMAINS)

    @cached_property
    def _indexes(self) -> dict[int, Index]:
        return {}

    def index_of(self, group: tuple[Ready, ...]) -> Index:
        """The statements of one of the groups by what they can match."""
        found = self._indexes.get(id(group))
        if found is None:
            found = self._indexes[id(group)] = Index(group)
        return found

    @cached_property
    def given(self) -> Clauses:
        """The facts, and what is known of keys, as clauses."""
        found = [*self.facts]
        for key, values in self.known.items():
            texts = tuple(text_glob(each) for each in values)
            found += [(Literal(Is(key, each)),) for each in texts]
            found.append((Literal(Is(key, Rest(texts)), False),) if texts else (Literal(Has(key), False),))
        return tuple(found)

    def _cells(self) -> Iterator[_Cell]:
        first = min(self.needed, key=len, default=())
        others = tuple(group for group in self.needed if group is not first)
        for statement in first:
            actions = statement.actions & self.allowed
            if not actions:
                continue
            if statement.resources is None or statement.is_negated:
                yield _Cell(self, statement, None, actions, others)
                continue
            for glob in statement.resources:
                yield _Cell(self, statement, glob, actions, others)


@dataclass(frozen=True, slots=True)
class _Remains:
    """What is left to ask of a statement in a cell; none of it: the statement matches there always."""

    actions: int
    asked: Clauses


@dataclass(frozen=True)
class _Cell:
    scenario: Scenario
    statement: Ready
    glob: Glob | None
    actions: int
    others: tuple[tuple[Ready, ...], ...]

    def witness(self) -> Request | None:
        actions = self.actions
        unwanted: list[_Remains] = []
        for each in self._remaining(self.scenario.index_of(self.scenario.unwanted).about(self.glob, actions)):
            if each.asked:
                unwanted.append(each)
            else:
                actions &= ~each.actions
                if not actions:
                    return None
        needed = [
            list(self._remaining(self.scenario.index_of(group).about(self.glob, actions)))
            for group in self.others
        ]
        open_ones = [each for each in unwanted if each.actions & actions]
        told_apart = [each.actions for each in open_ones] + [one.actions for group in needed for one in group]
        undecided: Undecided | None = None
        for actions_alike in _classes(actions, told_apart):
            groups = [[each for each in group if each.actions & actions_alike] for group in needed]
            if not all(groups):
                continue
            stopping = [each for each in open_ones if each.actions & actions_alike]
            try:
                found = self._solved(actions_alike, groups, stopping)
            except Undecided as error:
                undecided = undecided or error
                continue
            if found is not None:
                return found
        if undecided is not None:
            raise undecided
        return None

    @cached_property
    def given(self) -> Clauses:
        """What is true of every request in the cell."""
        inside: Clauses = resource_clauses(self.statement)
        if self.glob is not None:
            inside = ((Literal(Is(RESOURCE, self.glob)),),)
        return (*inside, *self.statement.asked, *self.scenario.given)

    @cached_property
    def taken_for_granted(self) -> tuple[frozenset[Clause], frozenset[Literal]]:
        """The clauses that hold in the cell, and the literals."""
        return frozenset(self.given), frozenset(clause[0] for clause in self.given if len(clause) == 1)

    def _remaining(self, statements: Iterable[Ready]) -> Iterator[_Remains]:
        """What each statement still asks here; those that can never match here are left out."""
        given, surely = self.taken_for_granted
        for each in statements:
            actions = each.actions & self.actions
            if not actions:
                continue
            place = self._place(each)
            if place is None:
                continue
            if each.asked:
                asked = [one for one in each.asked if one not in given and surely.isdisjoint(one)]
                place = (*place, *asked)
            yield _Remains(actions, place)

    def _place(self, statement: Ready) -> Clauses | None:
        """What the statement asks of the resource here: () if it takes all, None if it takes none."""
        if statement.resources is None:
            return ()
        if self.glob is None:
            return resource_clauses(statement)
        touching = [each for each in statement.resources if _meets(self.glob, each)]
        if any(_is_within(self.glob, each) for each in touching):
            return None if statement.is_negated else ()
        if statement.is_negated:
            return tuple((Literal(Is(RESOURCE, each), False),) for each in touching)
        return (tuple(Literal(Is(RESOURCE, each)) for each in touching),) if touching else None

    def _solved(
        self, actions: int, groups: Sequence[Sequence[_Remains]], stopping: Sequence[_Remains]
    ) -> Request | None:
        question = _Question(self.given)
        for each in stopping:
            question.refuse(each.asked)
        for group in groups:
            if all(each.asked for each in group):
                question.need([each.asked for each in group])
        return self._answered(question, actions)

    def _answered(self, question: _Question, actions: int) -> Request | None:
        if question.is_linked:
            question.clauses += list(held_up(question.clauses))
        model = question.solved(self.scenario.theory)
        if model is None:
            return None
        if not question.is_linked:
            return self._tried(self._request(model, actions))
        likely = self.scenario.theory.context(model)
        for known in bindings(likely, question.atoms(), self.scenario.known):
            narrowed = _Question(bound_clauses(question.clauses, known), question.helpers)
            answer = narrowed.solved(self.scenario.theory)
            if answer is not None:
                request = self._request(answer, actions)
                if self.scenario.holds(request):
                    return request
        raise Undecided("no value of the policy variables comes to mind, and none is excluded")

    def _request(self, model: Sequence[Literal], actions: int) -> Request:
        context = self.scenario.theory.context(
            [*model] if any(_is_about(each, RESOURCE) for each in model) else [*model, _ANY_RESOURCE]
        )
        resource = context.pop(RESOURCE)[0]
        principal = context.pop(PRINCIPAL, ("",))[0]
        context.update({key: each for key, each in self.scenario.known.items() if each})
        return Request(self.scenario.space.first(actions), resource, principal, context)

    def _tried(self, request: Request) -> Request:
        if not self.scenario.holds(request):
            raise Undecided(f"what looks possible is not: {request}"[:300])
        return request


_ANY_RESOURCE = Literal(Is(RESOURCE, made([Wild.ANY], False)))


def _is_about(literal: Literal, name: str) -> bool:
    return literal.atom.field == name


def _meets(cell: Glob, glob: Glob) -> bool:
    begin, begin_cell = glob.prefix, cell.prefix
    if not (begin.startswith(begin_cell) or begin_cell.startswith(begin)):
        return False
    return cell == glob or overlaps(cell.relaxed(), glob.relaxed())


def _is_within(cell: Glob, glob: Glob) -> bool:
    """Whether every resource of the cell matches, whatever variables stand for."""
    return cell == glob or (not any(glob.variables()) and covers(glob, cell.relaxed()))


def _classes(actions: int, told_apart: Sequence[int]) -> Iterator[int]:
    """The set cut into parts whose members are in the same ones of the other sets."""
    parts = [actions] if actions else []
    for each in dict.fromkeys(told_apart):
        cut: list[int] = []
        for part in parts:
            inside, outside = part & each, part & ~each
            cut += [one for one in (inside, outside) if one]
        parts = cut
    yield from parts


class _Question:
    """Clauses of literals and of helper variables for the solver; a helper is (number, sign)."""

    def __init__(self, given: Iterable[tuple[Literal | int, ...]], helpers: int = 0) -> None:
        self.clauses: list[tuple[Literal | int, ...]] = list(given)
        self.helpers = helpers

    def refuse(self, asked: Clauses) -> None:
        """One of the clauses must fail."""
        self.clauses.append(tuple(self._failing(each) for each in asked))

    def _failing(self, clause: Clause) -> Literal | int:
        if len(clause) == 1:
            return clause[0].negated()
        self.helpers += 1
        self.clauses += [(-self.helpers, each.negated()) for each in clause]
        return self.helpers

    def need(self, group: Sequence[Clauses]) -> None:
        """All clauses of one of the group must hold."""
        choices: list[int] = []
        for asked in group:
            self.helpers += 1
            choices.append(self.helpers)
            self.clauses += [(-self.helpers, *clause) for clause in asked]
        self.clauses.append(tuple(choices))

    @property
    def is_linked(self) -> bool:
        """Whether a policy variable takes part."""
        return any(linked(each) for each in self.atoms())

    def atoms(self) -> Iterator[Atom]:
        """Everything that is asked, in order."""
        return (each.atom for clause in self.clauses for each in clause if isinstance(each, Literal))

    def solved(self, theory: Theory) -> list[Literal] | None:
        """Literals that make every clause true, and can be true of one request."""
        numbers: dict[object, int] = {}
        atoms: dict[int, Literal] = {}

        def number(each: Literal | int) -> int:
            key, sign = (
                (each.atom, 1 if each.holds else -1)
                if isinstance(each, Literal)
                else (abs(each), _sign(each))
            )
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                if isinstance(each, Literal):
                    atoms[numbers[key]] = replace(each, holds=True)
            return sign * numbers[key]

        clauses = [[number(each) for each in clause] for clause in self.clauses]

        def literals(model: Iterable[int]) -> dict[Literal, int]:
            return {
                (atoms[abs(each)] if each > 0 else atoms[abs(each)].negated()): each
                for each in model if abs(each) in atoms
            }  # fmt: skip

        def contradiction(model: list[int]) -> list[int] | None:
            known = literals(model)
            core = theory.contradiction(list(known))
            return None if core is None else [known[each] for each in core]

        model = Solver(len(numbers), clauses).solve(contradiction)
        return None if model is None else list(literals(model))


def _sign(number: int) -> int:
    return 1 if number > 0 else -1
