"""Lineage: what is done to weights, and whom they are still seen to derive from.

Trained models are the benchmark's (bench/lineage.py). Here the numbers of each base come from a seed of their
own, which is as unlike as two models get, so that what is tested is the arithmetic.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save

from hauberk.analysis.lineage.fingerprint import (
    MAX_FINGERPRINT,
    Fingerprint,
    fingerprint,
    fingerprint_json,
    read_fingerprint,
)
from hauberk.analysis.lineage.match import is_contradicted, lineage_predicate, match
from hauberk.analysis.lineage.tensors import tensors_of
from hauberk.attest.predicates import NAMED, checked
from hauberk.core.asset import Bytes
from hauberk.core.digest import Digest
from hauberk.core.errors import Unsupported
from hauberk.core.statement import Statement, Subject

LAYERS, WIDTH, INNER, VOCABULARY = 4, 64, 160, 512
State = dict[str, NDArray[np.float32]]


def base(seed: int) -> State:
    random = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> NDArray[np.float32]:
        return random.normal(0, 0.02, (rows, columns)).astype("float32")

    found = {"model.embed_tokens.weight": matrix(VOCABULARY, WIDTH)}
    for layer in range(LAYERS):
        start = f"model.layers.{layer}"
        for part in "qkvo":
            found[f"{start}.self_attn.{part}_proj.weight"] = matrix(WIDTH, WIDTH)
        for part in ("gate", "up"):
            found[f"{start}.mlp.{part}_proj.weight"] = matrix(INNER, WIDTH)
        found[f"{start}.mlp.down_proj.weight"] = matrix(WIDTH, INNER)
    return found


def taken(state: State, name: str = "derived") -> Fingerprint:
    return fingerprint(name, tensors_of(Bytes(save(state))))


KNOWN = [taken(base(seed), f"base-{seed}") for seed in range(4)]


def parents(state: State) -> list[str]:
    return [each.name for each in match(taken(state), KNOWN).parents]


def noisy(state: State, share: float) -> State:
    random = np.random.default_rng(99)
    return {
        name: value + (share * value.std() * random.normal(size=value.shape)).astype("float32")
        for name, value in state.items()
    }


def rounded(state: State, bits: int) -> State:
    def round_(value: NDArray[np.float32]) -> NDArray[np.float32]:
        step = np.abs(value).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
        return (np.round(value / step) * step).astype("float32")

    return {name: round_(value) for name, value in state.items()}


def pruned(state: State, share: float) -> State:
    return {
        name: np.where(np.abs(value) < np.quantile(np.abs(value), share), 0, value).astype("float32")
        for name, value in state.items()
    }


def permuted(state: State, neurons: bool) -> State:
    random = np.random.default_rng(7)
    inner, stream = random.permutation(INNER), random.permutation(WIDTH)
    found: State = {}
    for name, value in state.items():
        if neurons:
            rows = inner if "gate" in name or "up" in name else slice(None)
            columns = inner if "down" in name else slice(None)
        else:
            rows = stream if "o_proj" in name or "down" in name else slice(None)
            columns = slice(None) if "o_proj" in name or "down" in name else stream
        found[name] = np.ascontiguousarray(value[rows][:, columns])
    return found


DONE = {
    "nothing": lambda state: state,
    "light fine-tune": lambda state: noisy(state, 0.05),
    "heavy fine-tune": lambda state: noisy(state, 0.8),
    "int8": lambda state: rounded(state, 8),
    "int4": lambda state: rounded(state, 4),
    "half precision": lambda state: {name: value.astype("float16") for name, value in state.items()},
    "pruned by 30 %": lambda state: pruned(state, 0.3),
    "pruned by 50 %": lambda state: pruned(state, 0.5),
    "neurons permuted": lambda state: permuted(state, True),
    "residual stream permuted": lambda state: permuted(state, False),
    "vocabulary grown": lambda state: (
        state
        | {
            "model.embed_tokens.weight": np.concatenate(
                [state["model.embed_tokens.weight"], base(50)["model.embed_tokens.weight"][:64]]
            )
        }
    ),
    "tuned, pruned and rounded": lambda state: rounded(pruned(noisy(state, 0.3), 0.3), 8),
}


@pytest.mark.parametrize("what", DONE)
@pytest.mark.parametrize("seed", [0, 2])
def test_the_parent_is_named(what: str, seed: int) -> None:
    assert parents(DONE[what](base(seed))) == [f"base-{seed}"]


def test_a_model_of_its_own_has_no_parent() -> None:
    for seed in range(20, 28):
        assert parents(base(seed)) == []


@pytest.mark.parametrize("share", [0.5, 0.7])
def test_both_parents_of_a_merge_are_named(share: float) -> None:
    one, other = base(1), base(3)
    merged = {name: share * one[name] + (1 - share) * other[name] for name in one}
    found = parents({name: value.astype("float32") for name, value in merged.items()})
    assert set(found) == {"base-1", "base-3"}
    assert share == 0.5 or found[0] == "base-1"


def test_gguf_and_torch_files_are_read_as_well(tmp_path: Path) -> None:
    import torch

    torch.save({name: torch.from_numpy(value) for name, value in base(0).items()}, tmp_path / "a.pt")
    found = fingerprint("derived", tensors_of(Bytes((tmp_path / "a.pt").read_bytes())))
    assert [each.name for each in match(found, KNOWN).parents] == ["base-0"]


def test_a_fingerprint_is_small_and_read_as_it_was_written() -> None:
    text = fingerprint_json(KNOWN[0])
    assert len(text) <= 256_000
    assert fingerprint_json(read_fingerprint(text.encode())) == text
    assert match(read_fingerprint(text.encode()), KNOWN).parents[0].name == "base-0"


def test_what_contradicts_the_card_is_a_claim_that_says_so() -> None:
    found = match(taken(base(0)), KNOWN)
    assert is_contradicted(found, ["org/base-1"]) and not is_contradicted(found, ["org/base-0"])
    said = lineage_predicate(found, ["org/base-1"])
    assert said["isContradicted"] is True
    assert checked(Statement((Subject("m", Digest("ab" * 32)),), NAMED["lineage"].uri, said))


def test_weights_that_tell_nothing_are_refused() -> None:
    with pytest.raises(Unsupported):
        taken({"model.embed_tokens.weight": np.zeros((2, 2), "float32")})


def test_the_command_names_the_parent_and_the_contradiction(tmp_path: Path) -> None:
    known = tmp_path / "known"
    known.mkdir()
    for each in KNOWN:
        (known / f"{each.name}.json").write_text(fingerprint_json(each))
    model = tmp_path / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(save(noisy(base(2), 0.1)))

    def say(*words: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "hauberk",
            "lineage",
            "match",
            str(model),
            "--known",
            str(known),
            *words,
        ]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    told = say()
    assert told.returncode == 0 and "model derives from base-2" in told.stdout
    against = say("--declared", "org/base-1")
    assert against.returncode == 1 and "contradicts what is declared" in against.stderr
    assert json.loads(say("--json").stdout)["parents"][0]["name"] == "base-2"
    (known / "broken.json").write_text("{")
    assert say().returncode == 2


def test_fingerprints_have_a_limit() -> None:
    assert MAX_FINGERPRINT == 1 << 20


@pytest.mark.parametrize("number", [1e38, -3e38, 1e-45, 0.0])
def test_wild_numbers_make_a_fingerprint_that_is_read_again(number: float) -> None:
    wild = {name: np.full_like(value, number) for name, value in base(0).items()}
    wild["model.embed_tokens.weight"][::2] *= np.float32(0.5)
    with_nan = {name: np.where(np.arange(value.shape[1]) % 3, value, np.nan) for name, value in wild.items()}
    for state in (wild, {name: value.astype("float32") for name, value in with_nan.items()}):
        text = fingerprint_json(taken(state))
        assert match(read_fingerprint(text.encode()), KNOWN).parents == ()
