"""Patterns against all short texts."""

from itertools import product
from random import Random

import pytest

from hauberk.analysis.access.globs import Glob, arn_like, like
from hauberk.analysis.access.sat import Solver
from hauberk.analysis.access.words import covers, find_text, overlaps
from hauberk.core.errors import Undecided

TEXTS = ["".join(letters) for length in range(6) for letters in product("ab:", repeat=length)]


def pattern(random: Random) -> Glob:
    if random.random() < 0.5:
        return arn_like("".join(random.choice("ab:*?*") for _ in range(random.randint(0, 6))), False)
    text = "".join(random.choice("abA*?") for _ in range(random.randint(0, 5)))
    return like(text, False, random.random() < 0.3)


@pytest.mark.parametrize("seed", range(4))
def test_a_text_is_found_exactly_if_there_is_one(seed: int) -> None:
    random = Random(seed)
    for _ in range(300):
        wanted = [pattern(random) for _ in range(random.randint(1, 3))]
        unwanted = [pattern(random) for _ in range(random.randint(0, 3))]
        found = find_text(wanted, unwanted)
        if found is None:
            assert not [each for each in TEXTS if _fits(each, wanted, unwanted)]
        else:
            assert _fits(found, wanted, unwanted)


def _fits(text: str, wanted: list[Glob], unwanted: list[Glob]) -> bool:
    return all(each.matches(text) for each in wanted) and not any(each.matches(text) for each in unwanted)


@pytest.mark.parametrize("seed", range(4))
def test_shortcuts_say_what_the_automaton_says(seed: int) -> None:
    random = Random(seed)
    for _ in range(500):
        one, other = pattern(random), pattern(random)
        assert covers(one, other) == (find_text([other], [one]) is None)
        assert overlaps(one, other) == (find_text([one, other], []) is not None)


def test_too_many_states_are_undecided_not_forever() -> None:
    hard = [like("*" + "?" * n + letter + "*" + "?" * 9 + "z", False) for n, letter in enumerate("abcdefgh")]
    with pytest.raises(Undecided):
        find_text([like("q*", False), *hard], [like("*" + "?" * 11 + "z", False), like("*zz", False)])


def test_the_solver_finds_a_model_exactly_if_there_is_one() -> None:
    random = Random(5)
    for _ in range(500):
        count = random.randint(1, 7)
        clauses = [
            [random.choice((-1, 1)) * random.randint(1, count) for _ in range(random.randint(1, 3))]
            for _ in range(random.randint(1, 25))
        ]
        model = Solver(count, [list(each) for each in clauses]).solve(lambda _model: None)
        possible = any(
            all(any(values[abs(each) - 1] == (each > 0) for each in clause) for clause in clauses)
            for values in product((True, False), repeat=count)
        )
        assert (model is not None) == possible
        if model is not None:
            chosen = set(model)
            assert all(any(each in chosen or -each in clause for each in clause) for clause in clauses)
