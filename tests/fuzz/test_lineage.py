"""Fingerprints and weights from strangers: an answer or a clear error, whatever comes."""

from __future__ import annotations

import json
import struct
from contextlib import suppress

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from hauberk.analysis.lineage.fingerprint import fingerprint, fingerprint_json, read_fingerprint
from hauberk.analysis.lineage.match import match
from hauberk.analysis.lineage.tensors import tensors_of
from hauberk.core.asset import Bytes
from hauberk.core.errors import UnreadableAsset

WEIGHTS = {
    f"model.layers.{layer}.self_attn.{part}_proj.weight": np.random.default_rng(layer)
    .normal(size=(64, 64))
    .astype("float32")
    for layer in range(4)
    for part in "qkvo"
}
FILE = save(WEIGHTS)
GOOD = fingerprint("good", tensors_of(Bytes(FILE)))
TEXT = fingerprint_json(GOOD).encode()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)


def look(octets: bytes) -> None:
    with suppress(UnreadableAsset):
        match(read_fingerprint(octets), [GOOD])


@settings(max_examples=300)
@given(st.binary(max_size=2000))
def test_any_bytes(octets: bytes) -> None:
    look(octets)
    with suppress(UnreadableAsset):
        fingerprint("x", tensors_of(Bytes(octets)))


@settings(max_examples=300)
@given(JSON, st.sampled_from([*json.loads(TEXT)]))
def test_any_value_in_any_place(value: object, key: str) -> None:
    look(json.dumps(json.loads(TEXT) | {key: value}).encode())


@settings(max_examples=200)
@given(st.integers(0, len(TEXT) - 1), st.binary(min_size=1, max_size=8))
def test_fingerprints_with_a_few_bytes_changed(at: int, octets: bytes) -> None:
    look(TEXT[:at] + octets + TEXT[at + len(octets) :])


@settings(max_examples=200)
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=8), st.integers(0, len(FILE)))
def test_weights_with_a_few_bytes_changed(at: int, octets: bytes, end: int) -> None:
    broken = (FILE[:at] + octets + FILE[at + len(octets) :])[:end]
    with suppress(UnreadableAsset):
        fingerprint("x", tensors_of(Bytes(broken)))


@settings(max_examples=200)
@given(JSON, st.text(max_size=30))
def test_headers_of_any_shape(value: object, name: str) -> None:
    header = json.dumps({name: value, "model.layers.0.self_attn.q_proj.weight": value}).encode()
    with suppress(UnreadableAsset):
        fingerprint("x", tensors_of(Bytes(struct.pack("<Q", len(header)) + header + b"\0" * 100)))
