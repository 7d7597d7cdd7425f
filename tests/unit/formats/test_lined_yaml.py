"""YAML with lines: texts stay texts, aliases and merges are followed within limits."""

import pytest

from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.lined_yaml import Mapping, Scalar, Sequence, read_lined_yaml, scalars_of


def root(text: str) -> Mapping:
    found = read_lined_yaml(text)[0]
    assert isinstance(found, Mapping)
    return found


def test_lines_are_those_of_the_file() -> None:
    tree = root("a: 1\n\nb:\n  - x\n  - |\n    one\n    two\n  - >\n    three\n    four\n")
    items = tree.get("b")
    assert isinstance(items, Sequence)
    first, literal, folded = items.items
    assert isinstance(literal, Scalar)
    assert isinstance(folded, Scalar)
    assert first.line == 4
    assert [literal.line_at(0), literal.line_at(literal.text.index("two"))] == [6, 7]
    assert folded.line_at(9) == 9


def test_words_are_not_turned_into_values() -> None:
    tree = root("on: yes\nv: 0.20\nn: ~\nd: 2001-01-01\n")
    assert [tree.text("on"), tree.text("v"), tree.text("n"), tree.text("d")] == [
        "yes",
        "0.20",
        "",
        "2001-01-01",
    ]


def test_merges_and_aliases_are_followed_and_the_own_key_wins() -> None:
    tree = root("x: &x {a: 1, b: 2}\ny: &y {b: 3}\nz:\n  <<: [*x, *y]\n  a: 4\nw: *x\n")
    assert [tree.below("z").text("a"), tree.below("z").text("b"), tree.below("w").text("a")] == [
        "4",
        "2",
        "1",
    ]


def test_the_last_of_a_doubled_key_counts() -> None:
    assert root("a: 1\na: 2\n").text("a") == "2"


def test_tags_are_kept_and_never_constructed() -> None:
    tree = root("a: !reference [x, y]\nb: !!python/object/apply:os.system [id]\n")
    assert [tree.pairs[0].value.tag, tree.pairs[1].value.tag.endswith("os.system")] == ["!reference", True]


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: *b\n", "a: [\n", "a: b: c\n", "\ta: 1\n"])
def test_what_is_no_yaml_is_told_with_its_line(text: str) -> None:
    with pytest.raises(Malformed, match="line"):
        read_lined_yaml(text)


def test_bombs_and_depth_are_refused() -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    laughs += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    for text in (laughs, "[" * 1_000, "{a: " * 1_000):
        with pytest.raises(OverBudget):
            read_lined_yaml(text)


def test_every_scalar_below_is_met_in_order() -> None:
    tree = root("a: [1, {b: 2, c: [3]}]\nd: 4\n")
    assert [each.text for each in scalars_of(tree)] == ["1", "2", "3", "4"]
