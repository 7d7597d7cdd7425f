"""The corpus: every attack that this environment can make is caught, no honest file is accused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.mutation import is_flagged
from tests.corpus.mutate import mutants
from tests.corpus.score import Score, score
from tests.corpus.technique import Technique, benign, malicious

MUTANTS = 300
# Attacks that are not findings, by name, and why. A gap (unknown, exit 3) is still required of each.
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
    "pickle-system/unheard-of-module": "a function of an unknown library: unknown, and never safe",
    "pickle-libraries/tables-open-file": "a library that no policy lists: unknown, and never safe",
    "pickle-libraries/h5py-file": "a library that no policy lists: unknown, and never safe",
    "pickle-libraries/matplotlib-savefig": "a library that no policy lists: unknown, and never safe",
    "pickle-libraries/networkx-write": "a library that no policy lists: unknown, and never safe",
    "pickle-libraries/click-open-file": "a library that no policy lists: unknown, and never safe",
    "pickle-libraries/onnx-save": "a library that no policy lists: unknown, and never safe",
    "safetensors/unknown-dtype": "may be a newer format's type; no loader of today reads it",
    "safetensors/trailing-json": "the one loader refuses it",
    "gguf/unknown-type": "may be a newer format's type; no loader of today reads it",
    "other/msgpack-unknown-ext": "an extension type that nobody documents",
    "other/msgpack-deep": "deeper than is read",
    "torchserve/requirements": "the requirements are judged; the handler that is not there is the gap",
    "hub-repository/shared-library": "machine code is not judged: unknown, and never safe",
    "bombs/npy-header-deep": "the loader's own literal parser refuses it",
}

# Attacks that nothing sees yet: each is a debt, and the test says when it is paid.
NOT_YET = {"hub-repository/setup-hook": "setup.py runs at installation, not at loading: rules about code"}


def _possible(techniques: object) -> list[Technique]:
    return [each for each in techniques if each.is_possible]  # type: ignore[attr-defined]


def _named(each: Technique) -> str:
    return f"{each.family}/{each.name}"


def _said(found: Score) -> str:
    return f"{found.name} ({found.technique.file}) is {found.word}: {' | '.join(found.said)}"


@pytest.mark.parametrize("each", _possible(malicious()), ids=_named)
def test_an_attack_is_caught(each: Technique, tmp_path: Path) -> None:
    found = score(each, tmp_path)
    if found.name in NOT_YET:
        assert found.word == "missed", f"{found.name} is {found.word}: strike it from NOT_YET"
        return
    allowed = ("caught", "gap") if found.name in KNOWN_MISSES else ("caught",)
    assert found.word in allowed, _said(found)


@pytest.mark.parametrize("each", _possible(benign()), ids=_named)
def test_an_honest_file_is_not_accused(each: Technique, tmp_path: Path) -> None:
    found = score(each, tmp_path)
    assert found.word in ("missed", "gap"), _said(found)


def test_the_corpus_holds_two_hundred_techniques_of_which_most_are_live() -> None:
    attacks = malicious()
    assert len(attacks) >= 200
    assert sum(each.live for each in attacks) >= len(attacks) // 2
    assert len(benign()) >= 60


def test_rewritten_attacks_are_flagged() -> None:
    missed = [
        f"{each.technique.name} {each.technique.file} {each.steps}"
        for each in mutants(MUTANTS)
        if not is_flagged(each)
    ]
    assert not missed


def test_the_first_attacks_really_run(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.corpus.verify", str(tmp_path), "pickle-opcodes"]
    heard = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    assert "NOT LIVE" not in heard
