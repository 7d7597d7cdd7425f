"""Values for policy variables: those that the question itself suggests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, product

from hauberk.analysis.access.atoms import Atom, Clause, Has, Is, Literal
from hauberk.analysis.access.globs import Glob, Variable, made, text_glob
from hauberk.analysis.access.values import Nothing, Rest, Values
from hauberk.analysis.access.words import find_text

# Choices of values that are tried, and those of one variable.
MAX_CHOICES = 256
MAX_VALUES = 12
# Values that no policy is likely to name.
FRESH = ("anyone", "Somebody-7")

Choice = Mapping[str, str | None]


def bindings(
    likely: Mapping[str, tuple[str, ...]], atoms: Iterable[Atom], known: Mapping[str, tuple[str, ...]]
) -> Iterator[Choice]:
    """Values for every variable of `atoms`, None for a key that is absent; the likely ones first.

    `likely` are values that would answer the question if variables could be anything.
    """
    plain = [
        (each.field, each.values) for each in atoms if isinstance(each, Is) and isinstance(each.values, Glob)
    ]
    plain += [(name, text_glob(text)) for name, texts in likely.items() for text in texts]
    patterns = dict.fromkeys((name, glob) for name, glob in plain if any(glob.variables()))
    keys = dict.fromkeys(each.key for _, glob in patterns for each in glob.variables())
    choices: list[Sequence[str | None]] = []
    for key in keys:
        if key in known:
            choices.append([known[key][0] if len(known[key]) == 1 else None])
        else:
            suggested = dict.fromkeys((*likely.get(key, ()), *_suggested(key, patterns, plain)))
            choices.append([*islice(suggested, MAX_VALUES), None])
    for values in islice(product(*choices), MAX_CHOICES):
        yield dict(zip(keys, values, strict=True))


def _suggested(
    key: str, patterns: Iterable[tuple[str, Glob]], plain: Sequence[tuple[str, Glob]]
) -> Iterator[str]:
    """First what the key is compared with, then what a pattern of the same field would need."""
    for name, glob in plain:
        if name == key:
            # What one key is compared with may be another: then they agree on that one's values.
            others = [each.key for each in glob.variables()]
            alike = (each for other, each in plain if other in others and not any(each.variables()))
            for one in (glob.relaxed(), *alike):
                if (text := find_text([one], [])) is not None:
                    yield text
    yield FRESH[0]
    for field, pattern in patterns:
        for name, glob in plain:
            if field == name and glob is not pattern:
                text = find_text([glob.relaxed(), pattern.relaxed()], [])
                if text is not None:
                    yield from _part(pattern, key, text)
    yield FRESH[1]


def _part(glob: Glob, key: str, text: str) -> Iterator[str]:
    """What the variable stands for if the text is of the pattern."""
    written, is_named = "", False
    for each in glob.parts:
        if isinstance(each, str):
            written += re.escape(each)
        elif not isinstance(each, Variable):
            written += each.value
        elif each.key == key and not is_named:
            written, is_named = written + "(?P<value>.*?)", True
        else:
            written += ".*?"
    found = re.fullmatch(written, text, re.DOTALL) if is_named and len(text) < 4096 else None
    if found:
        yield found["value"]


def held_up(clauses: Sequence[tuple[Literal | int, ...]]) -> Iterator[Clause]:
    """What follows if a pattern matches: its variables have values, and which, if the text is known."""
    atoms = {each.atom for clause in clauses for each in clause if isinstance(each, Literal)}
    known = dict(_known_texts(clauses))
    for each in sorted(atoms, key=str):
        if not isinstance(each, Is) or not isinstance(each.values, Glob):
            continue
        variables = list(each.values.variables())
        for variable in variables:
            if variable.default is None and variable.key != each.field:
                yield Literal(each, False), Literal(Has(variable.key))
        if len(variables) == 1 and each.field in known:
            yield Literal(each, False), *_possible(each.values, variables[0], known[each.field])


def _known_texts(clauses: Iterable[tuple[Literal | int, ...]]) -> Iterator[tuple[str, str]]:
    for clause in clauses:
        only = clause[0] if len(clause) == 1 else None
        if isinstance(only, Literal) and only.holds and isinstance(only.atom, Is):
            values = only.atom.values
            if isinstance(values, Glob) and values.literal is not None:
                yield only.atom.field, values.literal


def _possible(glob: Glob, variable: Variable, text: str) -> Iterator[Literal]:
    """Each value that the variable can have if the pattern matches the text."""
    at = glob.parts.index(variable)
    before, after = made(list(glob.parts[:at]), glob.folds), made(list(glob.parts[at + 1 :]), glob.folds)
    starts = [n for n in range(len(text) + 1) if before.matches(text[:n])]
    ends = [n for n in range(len(text) + 1) if after.matches(text[n:])]
    found = {text[one:other] for one in starts for other in ends if one <= other}
    for value in sorted(found):
        yield Literal(Is(variable.key, text_glob(value, glob.folds)))
    if variable.default in found:
        yield Literal(Has(variable.key), False)


def bound_clauses(
    clauses: Iterable[tuple[Literal | int, ...]], known: Choice
) -> list[tuple[Literal | int, ...]]:
    """The clauses with the variables' values as text, and the keys held to these values."""
    found = [tuple(_bound(each, known) for each in clause) for clause in clauses]
    for key, value in known.items():
        held: Clause = (Literal(Has(key), False),) if value is None else (Literal(Is(key, text_glob(value))),)
        found.append(held)
    return found


def _bound(each: Literal | int, known: Choice) -> Literal | int:
    if isinstance(each, int) or not isinstance(each.atom, Is):
        return each
    return Literal(Is(each.atom.field, _values(each.atom.values, known)), each.holds)


def _values(values: Values, known: Choice) -> Values:
    if isinstance(values, Rest):
        return Rest(tuple(_values(each, known) for each in values.sets))
    if isinstance(values, Glob) and any(values.variables()):
        return values.bound(known) or Nothing("a policy variable has no value")
    return values
