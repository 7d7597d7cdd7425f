"""Bills of materials of models that real libraries saved, judged by others' schemas and models."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from hauberk.attest.bom.bom import Bom, Field
from hauberk.attest.bom.completeness import completeness
from hauberk.attest.bom.cyclonedx import bom_statement, cyclonedx
from hauberk.attest.bom.gather import bom_of
from hauberk.attest.bom.spdx import spdx
from hauberk.attest.statements import read_statement
from hauberk.cli.bom import folder_at

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SCHEMAS = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}
CARD = """---
license: {licence}
language: [en, de]
library_name: transformers
pipeline_tag: text-classification
base_model: [example/base, "example/other"]
base_model_relation: merge
datasets: [imdb, "example/größer"]
co2_eq_emissions: 12.5
tags: [arxiv:1810.04805]
model-index:
- name: reviews
  results:
  - dataset: {{name: IMDb, type: imdb, split: test}}
    metrics: [{{type: accuracy, value: 0.93}}, {{type: loss, value: .inf}}]
---
# Reviews: "quotes" <b>and</b> \\ backslashes

Tells whether a review likes the film, for short English texts.

- **Developed by:** Example Labs
- **Personal and Sensitive Information:** no
- **Energy consumed:** 1,200 kWh
- **Contact:** models@example.org
- **Release date:** 2026-01-01

## Uses
Sorting of reviews.
## Bias, Risks, and Limitations
English only.
"""


def network() -> object:
    import torch

    return torch.nn.Sequential(torch.nn.Linear(20, 10), torch.nn.LayerNorm(10), torch.nn.Linear(10, 2))


PARAMETERS = 20 * 10 + 10 + 10 + 10 + 10 * 2 + 2


def with_torch(folder: Path) -> str:
    import torch

    torch.save(network().state_dict(), folder / "pytorch_model.bin")  # type: ignore[attr-defined]
    return "F32"


def with_old_torch(folder: Path) -> str:
    import torch

    state = network().state_dict()  # type: ignore[attr-defined]
    torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=False)
    return "F32"


def with_safetensors(folder: Path) -> str:
    import torch
    from safetensors.torch import save_file

    state = network().state_dict()  # type: ignore[attr-defined]
    save_file({name: each.to(torch.bfloat16) for name, each in state.items()}, folder / "model.safetensors")
    return "BF16"


def with_gguf(folder: Path) -> str:
    import gguf
    import numpy

    writer = gguf.GGUFWriter(folder / "model-Q8_0.gguf", "llama")
    writer.add_context_length(4096)
    writer.add_author("Example Labs")
    writer.add_license("mit")
    numbers = numpy.zeros((PARAMETERS // 2, 32), numpy.float32)
    kind = gguf.GGMLQuantizationType.Q8_0
    writer.add_tensor("blk.0.attn_q.weight", gguf.quants.quantize(numbers, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return "Q8_0"


def with_onnx(folder: Path) -> str:
    import numpy
    import onnx
    from onnx import helper, numpy_helper

    weight = numpy_helper.from_array(numpy.zeros((PARAMETERS, 1), numpy.float32), "w")
    shape = [helper.make_tensor_value_info(name, 1, [1, 1]) for name in ("x", "y")]
    nodes = [helper.make_node("Gemm", ["w", "x"], ["y"])]
    graph = helper.make_graph(nodes, "g", shape[:1], shape[1:], [weight])
    onnx.save(helper.make_model(graph), str(folder / "model.onnx"))
    return "F32"


WRITERS = [with_torch, with_old_torch, with_safetensors, with_gguf, with_onnx]


def made(folder: Path, write: Callable[[Path], str], licence: str = "apache-2.0") -> Bom:
    folder.mkdir()
    (folder / "README.md").write_text(CARD.format(licence=licence), "utf-8")
    config = {"model_type": "bert", "architectures": ["BertForSequenceClassification"], "hidden_size": 10}
    (folder / "config.json").write_text(json.dumps(config))
    write(folder)
    return bom_of(folder_at(str(folder)))


@pytest.mark.parametrize("write", WRITERS)
def test_parameters_are_counted_as_the_library_has_them(tmp_path: Path, write: Callable[[Path], str]) -> None:
    bom = made(tmp_path / "reviews", write)
    expected = PARAMETERS // 2 * 32 if write is with_gguf else PARAMETERS
    assert bom.gaps == ()
    assert bom.text(Field.PARAMETERS) == str(expected)


@pytest.mark.parametrize("write", WRITERS)
def test_the_type_of_the_numbers_is_read(tmp_path: Path, write: Callable[[Path], str]) -> None:
    folder = tmp_path / "reviews"
    folder.mkdir()
    kind = write(folder)
    assert [each.name for each in bom_of(folder_at(str(folder))).of(Field.NUMBER_TYPE)] == [kind]


@pytest.mark.parametrize("version", SCHEMAS)
@pytest.mark.parametrize(
    "licence", ["apache-2.0", "mit OR apache-2.0", "llama3.1", "what you like", "GPL-2.0+"]
)
def test_cyclonedx_is_valid(tmp_path: Path, version: str, licence: str) -> None:
    bom = made(tmp_path / "reviews", with_safetensors, licence)
    document = json.dumps(cyclonedx(bom, MOMENT, version))
    assert JsonStrictValidator(SCHEMAS[version]).validate_str(document) is None


def test_cyclonedx_is_valid_of_an_empty_folder_and_of_a_data_set(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nsize_categories: [n<1K]\n---\n")
    for path in (tmp_path, tmp_path / "README.md"):
        document = cyclonedx(bom_of(folder_at(str(path))))
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is None


def test_the_validator_refuses_a_wrong_document(tmp_path: Path) -> None:
    document = cyclonedx(made(tmp_path / "reviews", with_torch), MOMENT)
    document["metadata"]["component"]["modelCard"]["extra"] = 1  # type: ignore[index,call-overload]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is not None


def loaded(document: object) -> object:
    """The document as the bindings that SPDX generates from its own model take it."""
    from spdx_python_model import v3_0_1

    objects = v3_0_1.SHACLObjectSet()
    v3_0_1.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), objects)
    return objects


@pytest.mark.parametrize("write", WRITERS)
def test_spdx_is_what_the_model_of_spdx_allows(tmp_path: Path, write: Callable[[Path], str]) -> None:
    from spdx_python_model import v3_0_1

    objects = loaded(spdx(made(tmp_path / "reviews", write), MOMENT))
    assert objects.missing_ids == set()  # type: ignore[attr-defined]
    # Writing asserts what reading does not: every mandatory property is there.
    v3_0_1.JSONLDSerializer().write(objects, io.BytesIO())  # type: ignore[arg-type]
    (package,) = [each for each in objects.foreach_type("ai_AIPackage") if each.ai_typeOfModel]  # type: ignore[attr-defined]
    assert package.name == "reviews"
    assert package.ai_energyConsumption.ai_trainingEnergyConsumption[0].ai_energyQuantity == 1200
    assert {each.relationshipType.rpartition("/")[2] for each in objects.foreach_type("Relationship")} >= {  # type: ignore[attr-defined]
        "contains", "trainedOn", "testedOn", "descendantOf", "dependsOn", "hasDeclaredLicense",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("ai_AIPackage", "software_primaryPurpose", "toy"),
        ("Relationship", "relationshipType", "likes"),
        ("Annotation", "statement", 7),
        ("CreationInfo", "created", "yesterday"),
    ],
)
def test_the_model_of_spdx_refuses_a_wrong_document(
    tmp_path: Path, kind: str, key: str, value: object
) -> None:
    document = json.loads(json.dumps(spdx(made(tmp_path / "reviews", with_torch), MOMENT)))
    next(each for each in document["@graph"] if each["type"] == kind)[key] = value
    with pytest.raises((ValueError, TypeError)):
        loaded(document)


def test_a_statement_survives_the_strict_reader(tmp_path: Path) -> None:
    statement = bom_statement(made(tmp_path / "reviews", with_safetensors), MOMENT)
    assert read_statement(statement.to_json().encode()).predicate == statement.predicate


def test_at_least_15_of_the_24_fields_are_found(tmp_path: Path) -> None:
    assert completeness(made(tmp_path / "reviews", with_safetensors)).present >= 15
