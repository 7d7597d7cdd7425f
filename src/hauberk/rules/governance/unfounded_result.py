"""GOV008: an evaluation result that cannot be repeated."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel
from hauberk.formats.model_card import Node

CARD = b"""---
license: mit
model-index:
- name: a
  results:
  - task: {type: text-classification}
%s---
# A model
"""
WHOLE = b"    dataset: {type: imdb, name: IMDb}\n    metrics: [{type: accuracy, value: 0.9}]\n"


@rule(
    "GOV008",
    Severity.LOW,
    bad=[
        Sample("README.md", CARD % b"    metrics: [{type: accuracy, value: 0.9}]\n", {"config.json": b"{}"}),
        Sample("README.md", CARD % b"    dataset: {type: imdb}\n", {"config.json": b"{}"}),
        Sample(
            "README.md",
            CARD % b"    dataset: {type: imdb}\n    metrics: [{value: 0.9}]\n",
            {"config.json": b"{}"},
        ),
    ],
    good=[Sample("README.md", CARD % WHOLE, {"config.json": b"{}"})],
)
def unfounded_result(model: DescribedModel) -> Iterator[Finding]:
    """The card claims an evaluation result without its data set, its metric or its value.

    Why: a number that nobody can measure again is no evidence.
    Remediation: give `dataset.type`, `metrics[].type` and `metrics[].value` for each result.
    Source: huggingface_hub documentation, "Evaluation Results"; model-index specification.
    """
    index = model.card.front.at("model-index") if model.card else None
    if model.card is None or index is None:
        return
    for each in index.items:
        results = each.at("results")
        for number, result in enumerate(results.items if results else ()):
            missing = _missing(result)
            if missing:
                place = Place(model.card.name, line=result.line)
                message = f"claims an evaluation result without {' and '.join(missing)}"
                yield Finding("GOV008", place, message, f"result {number}: {' '.join(missing)}")


def _missing(result: Node) -> list[str]:
    metrics = result.at("metrics")
    listed = metrics.items if metrics else ()
    missing = []
    if not result.texts("dataset", "type") and not result.texts("dataset", "name"):
        missing.append("a data set")
    if not listed or not all(each.texts("type") or each.texts("name") for each in listed):
        missing.append("a metric")
    if listed and not all(each.at("value") for each in listed):
        missing.append("a value")
    return missing
