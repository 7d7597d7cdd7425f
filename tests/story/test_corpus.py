"""The corpus: every attack that this environment can make is caught, no honest file is accused."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench.mutation import is_flagged
from hauberk.rules import load
from tests.corpus.found_by import GAP, TABLE, found_by, named, row_of
from tests.corpus.mutate import mutants
from tests.corpus.score import Score, score
from tests.corpus.technique import Technique, benign, malicious

MUTANTS = 300
# Attacks that are not findings, by name, and why. A gap (unknown, exit 3) is required of each.
KNOWN_MISSES = {
    "keras/custom-registered": "a class of an unknown package: nothing in the file says what it does",
    "keras/custom-object-module": "a class of an unknown module: nothing in the file says what it does",
    "keras-h5/custom-layer": "a class of an unknown package: nothing in the file says what it does",
    "tensorflow/custom-op": "an unknown operator: what its library does is not in the file",
    "nested-archives/seven-zip": "7z archives are not opened, and say so",
    "tflite/custom-op": "an unknown operator: what its library does is not in the file",
    "xml/openvino-extension": "an unknown operator: what its library does is not in the file",
    "coreml/custom-layer": "the layer's code belongs to the application, not to the file",
    "coreml/custom-model": "the model's code belongs to the application, not to the file",
    "torchscript/unknown-custom-op": "an unknown operator: what its library does is not in the file",
    "safetensors/unknown-dtype": "may be a newer format's type; no loader of today reads it",
    "safetensors/trailing-json": "the one loader refuses it",
    "gguf/unknown-type": "may be a newer format's type; no loader of today reads it",
    "other/msgpack-unknown-ext": "an extension type that nobody documents",
    "other/msgpack-deep": "deeper than is read",
    "torchserve/requirements": "the requirements are judged; the handler that is not there is the gap",
    "hub-repository/shared-library": "machine code is not judged: unknown, and never safe",
    "bombs/npy-header-deep": "the loader's own literal parser refuses it",
}
# Of each family of more than two, how many attacks the table must have a rule for, in percent.
FLOOR = 60


def _possible(techniques: object) -> list[Technique]:
    return [each for each in techniques if each.is_possible]  # type: ignore[attr-defined]


def _said(found: Score) -> str:
    told = f"{found.name} ({found.technique.file}) is {found.word} by {sorted(found.rules)}"
    return f"{told}: {' | '.join(found.said)}"


@pytest.mark.parametrize("each", _possible(malicious()), ids=named)
def test_an_attack_is_caught(each: Technique, tmp_path: Path) -> None:
    found, row = score(each, tmp_path), row_of(each)
    if row is None:
        assert found.word == "caught", _said(found)
    elif row.is_expected(load()):
        # Every rule that found it still does, one by one: no rule hides that another has gone blind.
        assert found.word == (GAP if row.is_gap else "caught"), _said(found)
        assert row.left(load()) <= found.rules, _said(found)
    else:
        assert found.word != "crash", _said(found)


def test_every_attack_stands_in_the_table_and_every_row_is_an_attack() -> None:
    known = {named(each) for each in malicious()}
    assert found_by().keys() <= known
    missing = {named(each) for each in _possible(malicious())} - found_by().keys()
    assert missing == set(), f"python -m tests.corpus.found_by writes them to {TABLE.name}"


def test_every_attack_that_no_rule_finds_has_a_reason() -> None:
    assert {name for name, row in found_by().items() if row.is_gap} == KNOWN_MISSES.keys()


def test_most_attacks_of_every_family_are_found_by_a_rule() -> None:
    held = Counter(name.partition("/")[0] for name in found_by())
    found = Counter(name.partition("/")[0] for name, row in found_by().items() if not row.is_gap)
    assert {
        family: found[family]
        for family in held
        if held[family] > 2 and found[family] * 100 < FLOOR * held[family]
    } == {}


@pytest.mark.parametrize("each", _possible(benign()), ids=named)
def test_an_honest_file_is_not_accused(each: Technique, tmp_path: Path) -> None:
    found = score(each, tmp_path)
    assert found.word in ("missed", GAP), _said(found)


def test_the_corpus_holds_two_hundred_techniques_of_which_most_are_live() -> None:
    attacks = malicious()
    assert len(attacks) >= 200
    assert sum(each.live for each in attacks) >= len(attacks) // 2
    assert len(benign()) >= 60


def test_rewritten_attacks_are_flagged() -> None:
    missed = [
        f"{each.technique.name} {each.technique.file} {each.steps}"
        for each in mutants(MUTANTS)
        # A rewrite may trade one rule for another, so each of them must be there to see it.
        if not is_flagged(each) and ((row := row_of(each.origin)) is None or row.rules <= load().keys())
    ]
    assert not missed


def test_the_first_attacks_really_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.corpus.verify", str(tmp_path), "pickle-opcodes"]
    heard = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    assert "NOT LIVE" not in heard
