"""Whether clauses can hold together: conflict-driven clause learning, with a theory asked at the end.

Source: Marques-Silva and Sakallah, "GRASP", 1999; one unique implication point per conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hauberk.core.errors import Undecided

# Conflicts of one search; hard honest questions have met 300.
MAX_CONFLICTS = 20_000

# A literal is a variable's number, from 1, or its negative.
Model = list[int]
Theory = Callable[[Model], Iterable[int] | None]


@dataclass(slots=True)
class Solver:
    """Clauses over the variables 1 to `count`."""

    count: int
    clauses: list[list[int]] = field(default_factory=list)
    _watching: dict[int, list[list[int]]] = field(default_factory=dict)
    _value: list[int] = field(default_factory=list)
    _level: list[int] = field(default_factory=list)
    _reason: list[list[int] | None] = field(default_factory=list)
    _trail: Model = field(default_factory=list)
    _marks: list[int] = field(default_factory=list)
    _ready: int = 0
    _conflicts: int = 0

    def solve(self, theory: Theory) -> Model | None:
        """Literals that make every clause true and that the theory can bear; None if there are none.

        `theory` returns None, or literals of the model that cannot hold together.
        """
        self._begin()
        if not all(self._attach(each) for each in self.clauses):
            return None
        while True:
            conflict = self._propagated()
            if conflict is None:
                choice = self._choice()
                if choice:
                    self._marks.append(len(self._trail))
                    self._set(choice, None)
                    continue
                core = theory(list(self._trail))
                if core is None:
                    return list(self._trail)
                conflict = [-each for each in core]
            if not self._learned(conflict):
                return None

    def _begin(self) -> None:
        self._value = [0] * (self.count + 1)
        self._level = [0] * (self.count + 1)
        self._reason = [None] * (self.count + 1)
        self._watching = {}
        self._trail, self._marks, self._ready = [], [], 0

    def _attach(self, clause: list[int]) -> bool:
        """Watch the clause, from the root level; false if it can never hold."""
        clause[:] = dict.fromkeys(clause)
        if any(-each in clause for each in clause):
            clause[:] = []
            return True
        if not clause:
            return False
        if len(clause) == 1:
            if self._is(clause[0]) == 0:
                self._set(clause[0], None)
            return self._is(clause[0]) == 1
        for each in clause[:2]:
            self._watching.setdefault(each, []).append(clause)
        return True

    def _is(self, literal: int) -> int:
        value = self._value[abs(literal)]
        return value if literal > 0 else -value

    def _set(self, literal: int, reason: list[int] | None) -> None:
        variable = abs(literal)
        self._value[variable] = 1 if literal > 0 else -1
        self._level[variable] = len(self._marks)
        self._reason[variable] = reason
        self._trail.append(literal)

    def _propagated(self) -> list[int] | None:
        """Follow what is forced; the clause that fails, if one does."""
        while self._ready < len(self._trail):
            failed = -self._trail[self._ready]
            self._ready += 1
            watching = self._watching.get(failed, [])
            kept: list[list[int]] = []
            self._watching[failed] = kept
            for number, clause in enumerate(watching):
                if clause[0] == failed:
                    clause[0], clause[1] = clause[1], clause[0]
                if self._is(clause[0]) == 1 or not self._moved(clause):
                    kept.append(clause)
                    if self._is(clause[0]) == -1:
                        kept += watching[number + 1 :]
                        return clause
                    if self._is(clause[0]) == 0:
                        self._set(clause[0], clause)
        return None

    def _moved(self, clause: list[int]) -> bool:
        for n in range(2, len(clause)):
            if self._is(clause[n]) != -1:
                clause[1], clause[n] = clause[n], clause[1]
                self._watching.setdefault(clause[1], []).append(clause)
                return True
        return False

    def _choice(self) -> int:
        """A literal of a clause that nothing makes true yet; 0 if every clause is true.

        Negative ones first: that a pattern does not match is the easier wish.
        """
        for clause in self.clauses:
            if clause and not any(self._is(each) == 1 for each in clause):
                free = [each for each in clause if self._is(each) == 0]
                return next((each for each in free if each < 0), free[0])
        return 0

    def _learned(self, conflict: list[int]) -> bool:
        """Undo what led to the conflict, and keep the lesson; false if nothing is left to undo."""
        self._conflicts += 1
        if self._conflicts > MAX_CONFLICTS:
            raise Undecided(f"more than {MAX_CONFLICTS} conflicts")
        highest = max((self._level[abs(each)] for each in conflict), default=0)
        if highest == 0:
            return False
        self._undo(highest)
        lesson = self._analysed(conflict, highest)
        below = max((self._level[abs(each)] for each in lesson[1:]), default=0)
        self._undo(below)
        self.clauses.append(lesson)
        if len(lesson) > 1:
            second = max(range(1, len(lesson)), key=lambda n: self._level[abs(lesson[n])])
            lesson[1], lesson[second] = lesson[second], lesson[1]
            for each in lesson[:2]:
                self._watching.setdefault(each, []).append(lesson)
        self._set(lesson[0], lesson if len(lesson) > 1 else None)
        return True

    def _analysed(self, conflict: list[int], level: int) -> list[int]:
        """The first unique implication point, then what it rests on from lower levels."""
        seen: set[int] = set()
        lower: list[int] = []
        open_here, clause, at = 0, conflict, len(self._trail) - 1
        while True:
            for each in clause:
                variable = abs(each)
                if variable in seen or self._level[variable] == 0:
                    continue
                seen.add(variable)
                if self._level[variable] == level:
                    open_here += 1
                else:
                    lower.append(each)
            while abs(self._trail[at]) not in seen:
                at -= 1
            literal = self._trail[at]
            open_here -= 1
            at -= 1
            if open_here == 0:
                return [-literal, *lower]
            reason = self._reason[abs(literal)]
            clause = [each for each in reason or [] if each != literal]

    def _undo(self, level: int) -> None:
        """Forget everything above the level."""
        if len(self._marks) <= level:
            return
        keep = self._marks[level]
        for literal in self._trail[keep:]:
            self._value[abs(literal)] = 0
            self._reason[abs(literal)] = None
        del self._trail[keep:]
        del self._marks[level:]
        self._ready = len(self._trail)
