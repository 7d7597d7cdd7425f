"""Any bytes as card, settings or weights give a bill of materials, quickly, and never an exception."""

from __future__ import annotations

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.attest.bom.bom import Bom, File
from hauberk.attest.bom.cyclonedx import cyclonedx
from hauberk.attest.bom.gather import Folder, bom_of
from hauberk.attest.bom.spdx import spdx
from hauberk.attest.bom.table import table
from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.digest import digest
from hauberk.core.errors import UnreadableAsset
from hauberk.formats.licence import licence_of, recognised, spdx_expression
from hauberk.formats.model_card import read_card
from hauberk.scan.examine import examine

CARD = b"""---
license: apache-2.0
base_model: [a/b]
co2_eq_emissions: {emissions: 1}
model-index:
- name: x
  results:
  - dataset: &d {type: imdb}
    metrics: [{type: acc, value: 1}]
  - dataset: *d
---
# T
- **Developed by:** L
- **Carbon Emitted:** 2 kg
- **Number of parameters:** 7B
## Training hyperparameters
- lr: 1e-5
```
# code
```
<!-- comment -->
## Framework versions
- Torch 2.1
"""
NAMES = ("README.md", "config.json", "adapter_config.json", "LICENSE", "requirements.txt",
         "model.safetensors", "pytorch_model.bin", "model.gguf", "model.onnx",
         "config_sentence_transformers.json")  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["model_type", "architectures", "hidden_size", "quantization_config", "_name_or_path", "torch_dtype",
     "base_model_name_or_path", "max_position_embeddings", "transformers_version", "__version__", "threshold"]
)  # fmt: skip
FRONT = st.sampled_from(
    [
        "license",
        "base_model",
        "datasets",
        "model-index",
        "co2_eq_emissions",
        "pipeline_tag",
        "tags",
        "language",
    ]
)


def drawn(files: dict[str, bytes]) -> Bom:
    """The bill of the files, in every form; and what the rules make of them."""
    contents = {name: Bytes(octets) for name, octets in files.items()}
    listed = tuple(File(name, each.size, digest(each)) for name, each in contents.items())
    bom = bom_of(Folder("a", "/a", contents, listed, digest(Bytes(b""))))
    json.dumps(cyclonedx(bom), ensure_ascii=False).encode()
    json.dumps(spdx(bom), ensure_ascii=False).encode()
    table(bom)
    examine(Asset(".", Bytes(b""), Kind.FOLDER, files=contents))
    return bom


@given(st.sampled_from(NAMES), st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_bytes_give_a_bill(name: str, octets: bytes) -> None:
    drawn({"config.json": b"{}", name: octets})


@given(st.integers(0, len(CARD)), st.binary(max_size=6), st.integers(0, 8))
@settings(max_examples=300, deadline=None)
def test_a_card_may_be_cut_and_changed_anywhere(at: int, octets: bytes, dropped: int) -> None:
    changed = CARD[:at] + octets + CARD[at + dropped :]
    drawn({"README.md": changed})
    with suppress(UnreadableAsset):
        read_card("README.md", Bytes(changed))


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.dictionaries(FRONT, VALUES, max_size=5))
@settings(max_examples=200, deadline=None)
def test_settings_and_front_matter_may_hold_anything(config: object, front: object) -> None:
    card = f"---\n{json.dumps(front)}\n---\n# A\n".encode()
    octets = json.dumps(config).encode()
    drawn({"README.md": card, "config.json": octets, "adapter_config.json": octets,
           "config_sentence_transformers.json": octets})  # fmt: skip


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_an_expression_is_canonical_or_none(said: str) -> None:
    found = spdx_expression(said)
    assert spdx_expression(found) == found
    recognised(said)
    assert licence_of(said).parts


@pytest.mark.parametrize(
    "card",
    [
        b"---\n" + b"- " * 200_000 + b"\n---\n",
        b"---\n" + b"[" * 100_000 + b"\n---\n",
        b"---\na: " + b"x" * 3_000_000 + b"\n---\n",
        b"# a\n" * 100_000,
        b"**a" * 1_000_000,
        b"- **a:** [x](" * 200_000,
        b"<!-- " * 500_000,
        b"{{" * 1_000_000,
        b"```\n" * 500_000,
        b"---\n"
        + b"\n".join(b"k%d: &a%d [*a%d, *a%d]" % (n, n, n - 1, n - 1) for n in range(1, 60))
        + b"\n---\n",
        b"---\nmodel-index:\n- &r {results: [" + b"{}, " * 40_000 + b"]}\n" + b"- *r\n" * 40_000 + b"---\n",
        b"# T\n\n" + b"word " * 700_000,
        b"## Limitations\n" + b"\n- x" * 700_000,
    ],
    ids=range(13),
)
def test_costly_cards_end_soon(card: bytes) -> None:
    start = time.process_time()
    drawn({"README.md": card})
    assert time.process_time() - start < 10
