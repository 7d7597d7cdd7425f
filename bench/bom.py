"""What a bill of materials tells, and what it costs: Hauberk and its peers on one folder, offline.

python -m bench.bom [--peers] [--large]

The folder is made here, with one value for each of OWASP's 24 fields that a folder can tell. A field
counts where its value stands in the tool's CycloneDX document: the same question to all, and no mercy
for places where a value should not be.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.measure import median

HERE = Path(__file__).parent / "out"
HOME = HERE / "peers" / "bom"
REQUIREMENTS = ("toolkit-ml-provenance==1.0.0", "airom==0.5.0", "aisbom-cli==1.7.0")
LARGE = 1 << 30  # bytes of weights of the large folder
CARD = """---
license: bsd-3-clause-clear
language: en
library_name: transformers
pipeline_tag: text-classification
base_model: example-labs/ground-bert
datasets: [field-reviews]
co2_eq_emissions: {emissions: 424242}
model-index:
- name: orchard-bert
  results:
  - dataset: {name: Held Out Reviews, type: held-out-reviews}
    metrics: [{type: accuracy, value: 0.9173}]
---
# Orchard BERT

Tells whether a review of an orchard is kind, for short texts.

- **Developed by:** Orchard Works
- **Model type:** encoder of one tower
- **Repository:** https://git.example.org/orchard

## Uses

Sorting of reviews by gardeners.

## Limitations

Blind to irony.

## Safety

Nobody has tried to break it.

## Training Procedure

Three epochs of patience.

### Preprocessing

Umlauts are spelled out.

### Training hyperparameters

- learning_rate: 5.1717e-05

## Model Examination

Attention rests on adjectives.

## Personal and Sensitive Information

Names of gardeners were removed.

## Decision threshold

Scores above 0.6161 are kind.

```python
AutoModel.from_pretrained("orchard-works/orchard-bert")
```
"""
# A field of the mapping, and what of it must stand in the document. The version is the tool's to find.
PLANTED: Mapping[str, str] = {
    "name": "orchard-bert",
    "description": "review of an orchard is kind",
    "downloadLocation": "huggingface.co/orchard-works/orchard-bert",
    "sourceRepository": "git.example.org/orchard",
    "supplier": "Orchard Works",
    "license": "bsd-3-clause-clear",
    "primaryPurpose": "text-classification",
    "domain": "natural language",
    "typeOfModel": "one tower",
    "hyperparameter": "5.1717e-05",
    "metric": "0.9173",
    "metricDecisionThreshold": "0.6161",
    "energyConsumption": "424242",
    "informationAboutTraining": "epochs of patience",
    "modelDataPreprocessing": "umlauts are spelled",
    "useSensitivePersonalInformation": "names of gardeners",
    "modelExplainability": "rests on adjectives",
    "limitation": "blind to irony",
    "safetyRiskAssessment": "tried to break it",
    "runtimeDependency": "4.57.0",
    "lineage": "ground-bert",
    "trainingDataset": "field-reviews",
    "testDataset": "held out reviews",
}


@dataclass(frozen=True)
class Tool:
    """One tool: its name and its command on a folder that writes CycloneDX to a file."""

    name: str
    command: Callable[[str, str], list[str]]


def tools() -> list[Tool]:
    """Hauberk, and the peers that are installed."""
    ours = Tool(
        "hauberk bom",
        lambda folder, out: [sys.executable, "-c", RUN, folder, "-o", f"cyclonedx={out}"],
    )
    if not (HOME / "bin" / "python").exists():
        return [ours]
    bin = HOME / "bin"
    return [
        ours,
        Tool(
            "toolkit-mlsbom",
            lambda folder, out: [
                *(str(bin / "toolkit-mlsbom"), "generate", "--root", folder, "--include", "**/*"),
                *("--format", "cyclonedx", "--out", out),
            ],
        ),
        Tool("airom", lambda folder, out: [str(bin / "airom"), "scan", folder, "-o", f"cyclonedx={out}"]),
        Tool("aisbom-cli", lambda folder, out: [str(bin / "aisbom"), "scan", folder, "--output", out]),
    ]


RUN = "import sys; from hauberk.cli.bom import command; sys.exit(command.main(standalone_mode=False))"


def folder(at: Path, size: int) -> Path:
    """A model's folder whose weights have `size` bytes."""
    made = at / "orchard-bert"
    made.mkdir(parents=True, exist_ok=True)
    (made / "README.md").write_text(CARD)
    config = {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "transformers_version": "4.57.0",
        "torch_dtype": "float32",
    }
    (made / "config.json").write_text(json.dumps(config))
    count = size // 4 // 100
    header = {
        f"layer.{n}.weight": {
            "dtype": "F32",
            "shape": [count],
            "data_offsets": [n * count * 4, (n + 1) * count * 4],
        }
        for n in range(100)
    }
    octets = json.dumps(header).encode()
    with (made / "model.safetensors").open("wb") as out:
        out.write(len(octets).to_bytes(8, "little") + octets)
        out.truncate(8 + len(octets) + count * 400)
    return made


def found(document: str) -> list[str]:
    """The planted fields that the document tells, whatever its case."""
    text = document.lower()
    return [field for field, value in PLANTED.items() if value.lower() in text]


def install() -> None:
    """The peers, in an environment of their own."""
    if not (HOME / "bin" / "python").exists():
        venv.create(HOME, with_pip=True)
        subprocess.run([HOME / "bin" / "pip", "install", "-q", *REQUIREMENTS], check=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--peers", action="store_true", help="measure the peers too")
    arguments.add_argument("--large", action="store_true", help="weights of 1 GiB instead of 40 MB")
    chosen = arguments.parse_args()
    if chosen.peers:
        install()
    print("| tool | of 23 planted | wall s | CPU s | RSS MiB | exit |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as at:
        model = folder(Path(at), LARGE if chosen.large else 40_000_000)
        for tool in tools() if chosen.peers else tools()[:1]:
            out = Path(at) / f"{tool.name}.json"
            cost = median(tool.command(str(model), str(out)), 3, 100.0)
            told = found(out.read_text()) if out.exists() else []
            costs = f"{cost.wall:.2f} | {cost.cpu:.2f} | {cost.rss:.0f} | {cost.code}"
            print(f"| {tool.name} | {len(told)} | {costs} |", flush=True)
            print(f"  missing: {', '.join(sorted(PLANTED.keys() - set(told)))}", file=sys.stderr)


if __name__ == "__main__":
    main()
