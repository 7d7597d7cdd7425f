"""GOV004: a base model that the settings contradict."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel

CARD = b"---\nlicense: mit\nbase_model: %s\n---\n# A model\n"
CONFIG = b'{"_name_or_path": "%s"}'
ADAPTER = b'{"base_model_name_or_path": "example/small"}'
# A repository's name on a hub, and no path of the author's disk.
REPOSITORY = re.compile(r"[\w][\w.-]*/([\w][\w.-]*)")


@rule(
    "GOV004",
    Severity.MEDIUM,
    persona="compliance",
    bad=[
        Sample("README.md", CARD % b"example/large", {"adapter_config.json": ADAPTER}),
        Sample("README.md", CARD % b"example/large", {"config.json": CONFIG % b"example/small"}),
    ],
    good=[
        Sample("README.md", CARD % b"example/small", {"adapter_config.json": ADAPTER}),
        Sample("README.md", CARD % b"example/large", {"config.json": CONFIG % b"/work/run/checkpoint-100"}),
        Sample("README.md", CARD % b"mirror/Small", {"config.json": CONFIG % b"example/small"}),
        Sample("README.md", b"# Small\n", {"config.json": CONFIG % b"example/small"}),
    ],
)
def contradicted_base(model: DescribedModel) -> Iterator[Finding]:
    """The card names another base model than the settings do.

    Why: licence, limits and known faults come from the base; from the wrong one, they are wrong.
    Remediation: find out which base the weights come from (`hauberk lineage`) and declare that one.
    Source: huggingface_hub documentation, "Specifying a base model"; peft, `PeftConfig`.
    """
    declared = model.card.front.texts("base_model") if model.card else []
    if model.card is None or not declared:
        return
    names = {each.text.rpartition("/")[2].lower() for each in declared}
    place = Place(model.card.name, line=declared[0].line)
    said = ", ".join(each.text[:80] for each in declared)
    for name, key, severity in (
        ("adapter_config.json", "base_model_name_or_path", Severity.MEDIUM),
        # Configurations are copied along: this one may name the base of the base, or the model itself.
        ("config.json", "_name_or_path", Severity.LOW),
    ):
        found = REPOSITORY.fullmatch(model.text(name, key))
        own = model.locator.rstrip("/").rpartition("/")[2].lower()
        if found and found[1].lower() not in names | {own}:
            message = f"declares the base model {said}, and {name} says {found[0][:120]}"
            yield Finding("GOV004", place, message, f"{said} {name}", severity)
