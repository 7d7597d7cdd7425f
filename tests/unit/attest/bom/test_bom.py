"""A bill of materials says what is known, how it is known and from where; and what it could not read."""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hauberk.attest.bom.bom import Bom, Field, Grade
from hauberk.attest.bom.completeness import WEIGHTS, completeness
from hauberk.attest.bom.cyclonedx import bom_statement, cyclonedx
from hauberk.attest.bom.gather import bom_of
from hauberk.attest.bom.spdx import spdx
from hauberk.attest.predicates import checked
from hauberk.cli.bom import folder_at
from hauberk.cli.custody import subjects_of
from hauberk.cli.entry import COMMANDS
from hauberk.cli.main import run

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CONFIG = {
    "_name_or_path": "example/base",
    "architectures": ["BertForSequenceClassification"],
    "model_type": "bert",
    "hidden_size": 8,
    "max_position_embeddings": 512,
    "transformers_version": "4.57.0",
}
CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-classification
base_model: example/base
datasets: [imdb]
co2_eq_emissions: {emissions: 2000, hardware_used: one GPU}
model-index:
- name: reviews
  results:
  - dataset: &set {name: IMDb, type: imdb, split: test}
    metrics: [{type: accuracy, value: 0.93}]
  - dataset: *set
    metrics: [{type: f1, value: 0.91}]
---
# Reviews

Tells whether a review likes the film, for short English texts.

- **Developed by:** Example Labs
- **Repository:** [code](https://git.example.org/reviews)
- **Energy consumed:** 1.5 MWh

## Uses

Sorting of reviews.

## Bias, Risks, and Limitations

English only.

### Training Hyperparameters

- learning_rate: 5e-05
- batch_size: [More Information Needed]

## How to Get Started

```python
# not a heading
AutoModel.from_pretrained("example/reviews")
```
"""


def tensors(dtype: str = "F32", count: int = 10) -> bytes:
    size = count * {"F32": 4, "F16": 2}[dtype]
    header = json.dumps({"w": {"dtype": dtype, "shape": [count], "data_offsets": [0, size]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(size)


@pytest.fixture(autouse=True)
def _listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "bom", "Write a bill of materials.")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "reviews"
    found.mkdir()
    (found / "README.md").write_text(CARD)
    (found / "config.json").write_text(json.dumps(CONFIG, indent=2))
    (found / "model.safetensors").write_bytes(tensors())
    (found / "LICENSE").write_text("Apache License\nVersion 2.0, January 2004\n")
    (found / "requirements.txt").write_text("# needed\ntorch==2.13.0\nnumpy>=2  # any\n")
    return found


def made(folder: Path) -> Bom:
    return bom_of(folder_at(str(folder)))


def proof(bom: Bom, field: Field) -> list[str]:
    return [str(each) for found, _, each in bom.proofs() if found is field]


def test_each_fact_has_its_grade_and_its_line(folder: Path) -> None:
    bom = made(folder)
    assert bom.text(Field.PURPOSE) == "text-classification"
    assert proof(bom, Field.PURPOSE) == ["declared README.md:4"]
    assert proof(bom, Field.PARAMETERS) == ["computed model.safetensors"]
    assert bom.text(Field.PARAMETERS) == "10"
    assert "read config.json:6" in proof(bom, Field.MODEL_TYPE)
    assert proof(bom, Field.DOWNLOAD) == ["inferred README.md:41"]
    assert {each.name: each.version for each in bom.dependencies} == {
        "numpy": ">=2", "torch": "2.13.0", "transformers": "4.57.0",
    }  # fmt: skip


def test_a_result_keeps_its_data_set_through_an_alias(folder: Path) -> None:
    metrics = made(folder).metrics
    assert [(each.kind, each.value, each.dataset) for each in metrics] == [
        ("accuracy", "0.93", "IMDb"), ("f1", "0.91", "IMDb"),
    ]  # fmt: skip


def test_what_the_template_left_open_is_not_said(folder: Path) -> None:
    names = [each.name for each in made(folder).of(Field.HYPERPARAMETER)]
    assert "learning_rate" in names
    assert "batch_size" not in names


def test_grams_and_megawatt_hours_become_tonnes_and_kilowatt_hours(folder: Path) -> None:
    assert {each.unit: each.quantity for each in made(folder).energy} == {"tCO2eq": 0.002, "kWh": 1500.0}


def test_most_of_the_24_fields_are_found(folder: Path) -> None:
    score = completeness(made(folder))
    assert len(score.fields) == len(WEIGHTS) == 24
    assert score.present >= 18
    assert score.percent >= 85


def test_an_empty_folder_scores_next_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    score = completeness(made(tmp_path))
    assert {each.field for each in score.fields if each.proof} == {Field.NAME, Field.VERSION}
    assert score.percent < 20


def test_the_same_folder_gives_the_same_documents(folder: Path) -> None:
    first, second = made(folder), made(folder)
    assert cyclonedx(first, MOMENT) == cyclonedx(second, MOMENT)
    assert spdx(first, MOMENT) == spdx(second, MOMENT)
    (folder / "config.json").write_text("{}")
    assert cyclonedx(made(folder), MOMENT)["serialNumber"] != cyclonedx(first, MOMENT)["serialNumber"]


def test_the_statement_is_about_the_folder_that_is_signed(folder: Path) -> None:
    statement = checked(bom_statement(made(folder), MOMENT))
    assert statement.predicate_type == "https://cyclonedx.org/bom"
    assert statement.subjects[0].digest == subjects_of(str(folder))[0].digest
    assert statement.subjects[1:] == subjects_of(str(folder))[1:]


def test_a_broken_card_is_a_gap_and_not_a_crash(folder: Path) -> None:
    (folder / "README.md").write_text("---\nlicense: [mit\n---\n# A\n")
    gaps = made(folder).gaps
    assert [(each.place.locator, each.reason) for each in gaps] == [("README.md", "malformed")]


def test_a_line_across_the_page_is_no_front_matter(folder: Path) -> None:
    (folder / "README.md").write_text("---\n\n# Reviews\n\nTells whether a review likes the film.\n")
    bom = made(folder)
    assert bom.gaps == ()
    assert proof(bom, Field.DESCRIPTION) == ["declared README.md:3"]


def test_weights_that_lie_about_their_size_are_not_counted(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(tensors()[:-4])
    bom = made(folder)
    assert bom.text(Field.PARAMETERS) == ""
    assert [each.place.locator for each in bom.gaps] == ["model.safetensors"]


def test_weights_of_a_form_that_nobody_counts_are_told(tmp_path: Path) -> None:
    (tmp_path / "model.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    assert [each.reason for each in made(tmp_path).gaps] == ["unsupported"]


def test_an_alias_bomb_ends_early(folder: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (folder / "README.md").write_text("---\n" + "\n".join(lines) + "\n---\n")
    assert [each.reason for each in made(folder).gaps] == ["over-budget"]


def test_half_characters_do_not_reach_the_documents(folder: Path) -> None:
    (folder / "config.json").write_text('{"model_type": "\\ud800", "architectures": ["\\udfff"]}')
    json.dumps(cyclonedx(made(folder)), ensure_ascii=False).encode()
    json.dumps(spdx(made(folder)), ensure_ascii=False).encode()


def test_shards_count_together_and_pickled_twins_do_not(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    for number in (1, 2):
        (folder / f"model-0000{number}-of-00002.safetensors").write_bytes(tensors("F16", 30))
    (folder / "pytorch_model.bin").write_bytes(b"not read")
    bom = made(folder)
    assert bom.text(Field.PARAMETERS) == "60"
    assert not bom.gaps


def test_shards_that_are_missing_are_told(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model-00001-of-00003.safetensors").write_bytes(tensors())
    bom = made(folder)
    assert bom.text(Field.PARAMETERS) == ""
    assert [each.reason for each in bom.gaps] == ["missing"]


def test_results_that_a_trainer_wrote_are_claims(folder: Path) -> None:
    said = "It achieves the following results on the evaluation set:"
    (folder / "README.md").write_text(f"# x\n\n{said}\n- Loss: 0.25\n- F1: 0.9\n- Note: none\n")
    metrics = made(folder).metrics
    assert [(each.kind, each.value, str(each.proof)) for each in metrics] == [
        ("Loss", "0.25", "declared README.md:4"), ("F1", "0.9", "declared README.md:5"),
    ]  # fmt: skip


def test_prose_and_tables_tell_what_no_field_does(folder: Path) -> None:
    (folder / "README.md").write_text(
        """# Reviews

A fine-tuned version of [Base](https://huggingface.co/example/base), trained on
https://huggingface.co/datasets/example/rows with this [source code](https://git.example.org/a).

| Model | Average |
|---|---|
| [Reviews](https://huggingface.co/example/reviews) | **42.5** |
| Other | 50.1 |
"""
    )
    (folder / "config.json").write_text("{}")
    bom = made(folder)
    assert [(each.name, each.proof.grade) for each in bom.ancestors] == [("example/base", Grade.INFERRED)]
    assert [(each.name, str(each.proof)) for each in bom.datasets] == [
        ("example/rows", "inferred README.md:4")
    ]
    assert bom.text(Field.REPOSITORY) == "https://git.example.org/a"
    assert [(each.kind, each.value) for each in bom.metrics] == [("Average", "42.5")]


def test_what_is_declared_is_not_inferred_again(folder: Path) -> None:
    card = (folder / "README.md").read_text()
    (folder / "README.md").write_text(f"{card}\nBased on [x](https://huggingface.co/another/model).\n")
    assert [each.name for each in made(folder).ancestors] == ["example/base"]


def test_the_hub_cache_tells_name_owner_and_commit(folder: Path, tmp_path: Path) -> None:
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "models--example--reviews" / "snapshots"
    cached.mkdir(parents=True)
    folder.rename(cached / commit)
    bom = made(cached / commit)
    assert bom.text(Field.VERSION) == commit
    component = cyclonedx(bom)["metadata"]
    assert isinstance(component, dict)
    assert component["component"]["purl"] == f"pkg:huggingface/example/reviews@{commit}"  # type: ignore[index,call-overload]


def test_a_data_set_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(
        "---\nlicense: cc-by-4.0\ntask_categories: [text-classification]\n---\n"
    )
    (tmp_path / "rows.csv").write_text("a,b\n")
    bom = made(tmp_path)
    assert bom.is_dataset
    assert bom.licences[0].proof.grade is Grade.DECLARED
    kinds = [each["type"] for each in spdx(bom)["@graph"]]  # type: ignore[index,call-overload,union-attr]
    assert "dataset_DatasetPackage" in kinds
    assert "ai_AIPackage" not in kinds


def test_the_command_says_by_its_exit_code_what_it_found(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bom", str(folder)]) == 0
    assert "of 24 fields" in capsys.readouterr().out
    assert run(["bom", str(folder), "--at-least", "100"]) == 1
    assert run(["bom", str(folder), "-o", "xml"]) == 2
    assert run(["bom", str(folder), "--created", "today"]) == 2
    assert run(["bom", str(tmp_path / "nothing")]) == 2
    (folder / "model.safetensors").write_bytes(b"")
    assert run(["bom", str(folder)]) == 3
    assert "model.safetensors" in capsys.readouterr().err


def test_source_date_epoch_is_the_time(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    assert run(["bom", str(folder), "-o", f"cyclonedx={tmp_path}/a", "-o", f"spdx={tmp_path}/b"]) == 0
    assert json.loads((tmp_path / "a").read_text())["metadata"]["timestamp"] == "2026-01-01T00:00:00Z"
    assert json.loads((tmp_path / "b").read_text())["@graph"][0]["created"] == "2026-01-01T00:00:00Z"


def test_one_file_is_a_model_too(folder: Path) -> None:
    bom = made(folder / "model.safetensors")
    assert bom.digest == bom.files[0].digest
    assert bom.text(Field.PARAMETERS) == "10"
