"""The catalogue of frameworks, and that every rule maps to what stands in it."""

import re

import pytest

from hauberk.core.catalogue import FRAMEWORKS, entries, known
from hauberk.core.rule import Rule
from hauberk.rules import load

# How ids of each framework are written; all but CWE and ATLAS, which never reuse one, carry an edition.
SHAPES = {
    "MITRE ATLAS": r"AML\.(TA\d{4}|T\d{4}(\.\d{3})?|M\d{4})",
    "CWE": r"CWE-\d+",
    "OWASP Top 10 for LLM Applications": r"LLM\d\d:2025",
    "OWASP Machine Learning Security Top 10": r"ML\d\d:2023",
    "OWASP AISVS": r"AISVS-1\.0:\d+\.\d+\.\d+",
    "NIST AI Risk Management Framework": r"AIRMF-1\.0:(GOVERN|MAP|MEASURE|MANAGE)-\d\.\d+",
}


@pytest.mark.parametrize("rule", load().values(), ids=load())
def test_every_rule_maps_to_known_entries(rule: Rule) -> None:
    assert [each for each in rule.maps if known(each) is None] == []


def test_every_framework_has_entries_of_its_own_shape() -> None:
    assert {each.framework for each in entries().values()} == set(SHAPES)
    assert len(FRAMEWORKS) == len(SHAPES)
    for each in entries().values():
        assert re.fullmatch(SHAPES[each.framework], each.id)
        assert each.title
        assert each.kind
        assert each.edition
        assert each.url.startswith("https://")
        assert "{" not in each.url


def test_an_unknown_id_has_no_entry() -> None:
    assert known("CWE-0") is None
    entry = known("CWE-502")
    assert entry is not None
    assert entry.url == "https://cwe.mitre.org/data/definitions/502.html"
