"""Whether a text exists that some patterns match and others do not, and one that does.

Each pattern is a nondeterministic automaton whose set of positions is one integer. The product of
them is walked breadth first and only as far as the question needs; most questions never come so far,
because a sample of the pattern answers them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hauberk.analysis.access.globs import REMEMBERED, Glob, Wild
from hauberk.core.errors import Undecided

# States of one product that are looked at; the largest honest question met so far needs 9,000.
MAX_STATES = 60_000
# What stands for `*` in samples, so that a witness is readable and no literal is like it by chance.
FILLINGS = ("x", "", "other", "a/b")


def find_text(matched: Sequence[Glob], unmatched: Sequence[Glob]) -> str | None:
    """A text that all of `matched` and none of `unmatched` match; None if there is none.

    Raises Undecided where the product of the patterns is too large. Patterns have no variables.
    """
    return _found(tuple(dict.fromkeys(matched)), tuple(dict.fromkeys(unmatched)))


@lru_cache(maxsize=REMEMBERED)
def covers(wide: Glob, narrow: Glob) -> bool:
    """Whether every text of `narrow` is one of `wide`."""
    if wide == narrow or wide.parts == (Wild.ANY,):
        return True
    if not narrow.folds and narrow.literal is not None:
        return wide.matches(narrow.literal)
    if _is_prefix(wide) and not wide.folds and not narrow.folds:
        if narrow.prefix.startswith(wide.prefix):
            return True
        if len(narrow.prefix) >= len(wide.prefix) or not wide.prefix.startswith(narrow.prefix):
            return False
    return find_text((narrow,), (wide,)) is None


@lru_cache(maxsize=REMEMBERED)
def overlaps(one: Glob, other: Glob) -> bool:
    """Whether some text is in both."""
    if not one.folds and not other.folds:
        begin, begin_other = one.prefix, other.prefix
        if not (begin.startswith(begin_other) or begin_other.startswith(begin)):
            return False
        if one.literal is not None:
            return other.matches(one.literal)
        if other.literal is not None:
            return one.matches(other.literal)
        if _is_prefix(one) and _is_prefix(other):
            return True
    return find_text((one, other), ()) is not None


def _is_prefix(glob: Glob) -> bool:
    return bool(glob.parts) and glob.parts[-1] is Wild.ANY and len(glob.parts) <= 2 and (
        len(glob.parts) == 1 or isinstance(glob.parts[0], str)
    )  # fmt: skip


@lru_cache(maxsize=REMEMBERED)
def _found(matched: tuple[Glob, ...], unmatched: tuple[Glob, ...]) -> str | None:
    for text in _samples(matched):
        if all(each.matches(text) for each in matched) and not any(each.matches(text) for each in unmatched):
            return text
    return _walked(matched, unmatched)


def _samples(matched: tuple[Glob, ...]) -> Iterator[str]:
    if not matched:
        yield from FILLINGS
    for glob in matched:
        for filling in FILLINGS:
            yield "".join(
                each if isinstance(each, str) else filling if _repeats(each) else filling[:1] or "x"
                for each in glob.parts
            )


def _repeats(part: object) -> bool:
    return isinstance(part, Wild) and part.repeats


@dataclass(frozen=True, slots=True)
class _Automaton:
    """A pattern as positions: bit n of a set is "the first n tokens are matched"."""

    tokens: tuple[str | Wild, ...]
    folds: bool
    stars: int  # positions of `*`
    loops_at_colon: int  # those that go on at a colon
    end: int
    tail: int  # from here every text is matched: the last token is a `*` that nothing stops

    def closed(self, positions: int) -> int:
        """With what `*` reaches without a letter."""
        while (more := positions | ((positions & self.stars) << 1)) != positions:
            positions = more
        return positions

    def after(self, positions: int, letter: str) -> int:
        """The positions after one more letter."""
        is_colon = letter == ":"
        reached = positions & (self.loops_at_colon if is_colon else self.stars)
        rest = positions & ~self.stars & ~self.end
        while rest:
            low = rest & -rest
            rest ^= low
            token = self.tokens[low.bit_length() - 1]
            if isinstance(token, Wild):
                fits = not (is_colon and token.stays)
            else:
                fits = token == letter or (self.folds and _folded(token) == _folded(letter))
            if fits:
                reached |= low << 1
        return self.closed(reached)

    def letters(self, positions: int) -> set[str] | None:
        """The letters that can come next; None if any can."""
        found: set[str] = set()
        rest = positions & ~self.end
        while rest:
            low = rest & -rest
            rest ^= low
            token = self.tokens[low.bit_length() - 1]
            if isinstance(token, Wild):
                return None
            found |= _cases(token) if self.folds else {token}
        return found

    def named(self, positions: int) -> Iterator[str]:
        """The letters that it tells apart from here."""
        rest = positions & ~self.end & ~self.stars
        while rest:
            low = rest & -rest
            rest ^= low
            token = self.tokens[low.bit_length() - 1]
            if isinstance(token, str):
                yield from _cases(token) if self.folds else (token,)


def _folded(letter: str) -> str:
    return letter.lower() if letter.isascii() else letter


def _cases(letter: str) -> set[str]:
    return {letter, letter.lower(), letter.upper()} if letter.isascii() else {letter}


@lru_cache(maxsize=REMEMBERED)
def _automaton(glob: Glob) -> _Automaton:
    tokens: list[str | Wild] = []
    for each in glob.parts:
        if isinstance(each, str):
            tokens += each
        elif isinstance(each, Wild):
            tokens.append(each)
        else:
            raise ValueError(f"the variable {each.key} has no value here")
    stars = sum(1 << n for n, each in enumerate(tokens) if _repeats(each))
    crossing = sum(1 << n for n, each in enumerate(tokens) if each is Wild.ANY)
    tail = 1 << (len(tokens) - 1) if tokens and tokens[-1] is Wild.ANY else 0
    return _Automaton(tuple(tokens), glob.folds, stars, crossing, 1 << len(tokens), tail)


State = tuple[int, ...]


def _walked(matched: tuple[Glob, ...], unmatched: tuple[Glob, ...]) -> str | None:
    """Breadth first over the product, so that the witness is a shortest one."""
    machines = [_automaton(each) for each in (*matched, *unmatched)]
    product = _Product(machines, len(matched))
    start = product.pruned(tuple(each.closed(1) for each in machines))
    if start is None:
        return None
    came: dict[State, tuple[State, str] | None] = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        if product.accepts(state):
            return _spelt(state, came)
        for letter in product.letters(state):
            after = product.after(state, letter)
            if after is not None and after not in came:
                came[after] = (state, letter)
                queue.append(after)
        if len(came) > MAX_STATES:
            raise Undecided(f"{len(machines)} patterns together have more than {MAX_STATES} states")
    return None


def _spelt(state: State, came: dict[State, tuple[State, str] | None]) -> str:
    letters: list[str] = []
    step = came[state]
    while step is not None:
        letters.append(step[1])
        step = came[step[0]]
    return "".join(reversed(letters))


@dataclass(frozen=True, slots=True)
class _Product:
    machines: list[_Automaton]
    wanted: int  # the first so many must match, the others must not

    def pruned(self, state: State) -> State | None:
        """None if no text goes on from here to an answer; a machine that can match no more is at 0."""
        if not all(state[: self.wanted]):
            return None
        for machine, positions in zip(self.machines[self.wanted :], state[self.wanted :], strict=True):
            if positions & machine.tail:
                return None
        return state

    def accepts(self, state: State) -> bool:
        """Whether the text so far is an answer."""
        return all(
            bool(positions & machine.end) == (n < self.wanted)
            for n, (machine, positions) in enumerate(zip(self.machines, state, strict=True))
        )

    def after(self, state: State, letter: str) -> State | None:
        """The state after the letter, if an answer can follow."""
        pairs = zip(self.machines, state, strict=True)
        return self.pruned(
            tuple(machine.after(positions, letter) if positions else 0 for machine, positions in pairs)
        )

    def letters(self, state: State) -> list[str]:
        """The letters worth a try: those that a pattern forces, or all that any tells apart and one more."""
        forced: set[str] | None = None
        for machine, positions in zip(self.machines[: self.wanted], state, strict=False):
            these = machine.letters(positions)
            if these is not None:
                forced = these if forced is None else forced & these
        if forced is not None:
            return sorted(forced)
        named = {":"}
        for machine, positions in zip(self.machines, state, strict=True):
            named.update(machine.named(positions))
        return [_unlike(named), *sorted(named)]


def _unlike(named: set[str]) -> str:
    """A letter that no pattern names here; with 63 and more named it is one outside of ASCII."""
    for letter in "xyzabcdefghijklmnopqrstuvw0123456789-_./":
        if letter not in named:
            return letter
    return next(chr(code) for code in range(0x4E00, 0x9FFF) if chr(code) not in named)
