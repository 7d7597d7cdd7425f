"""GOV006: a type of numbers that the weights contradict."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.weights import weights_of
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.described_model import DescribedModel

HEADER = b'{"w":{"dtype":"F32","shape":[10,1],"data_offsets":[0,40]}}'
WEIGHTS = len(HEADER).to_bytes(8, "little") + HEADER + bytes(40)
TYPES = {"float32": "F32", "float16": "F16", "bfloat16": "BF16", "float64": "F64", "float8_e4m3fn": "F8_E4M3"}


@rule(
    "GOV006",
    Severity.LOW,
    bad=[Sample("config.json", b'{"torch_dtype": "bfloat16"}', {"model.safetensors": WEIGHTS})],
    good=[
        Sample("config.json", b'{"torch_dtype": "float32"}', {"model.safetensors": WEIGHTS}),
        Sample("config.json", b'{"dtype": "torch.float32"}', {"model.safetensors": WEIGHTS}),
        Sample(
            "config.json",
            b'{"torch_dtype": "bfloat16", "quantization_config": {"bits": 4}}',
            {"model.safetensors": WEIGHTS},
        ),
    ],
)
def contradicted_type(model: DescribedModel) -> Iterator[Finding]:
    """The settings declare another type of numbers than the weights have.

    Why: loading converts silently, so what runs is not what was evaluated.
    Remediation: save model and settings together, or mend `torch_dtype`.
    Source: transformers documentation, `PretrainedConfig.torch_dtype`.
    """
    key = next((each for each in ("dtype", "torch_dtype") if model.text("config.json", each)), "")
    declared = TYPES.get(model.text("config.json", key).removeprefix("torch.")) if key else None
    if declared is None or model.value("config.json", "quantization_config") is not None:
        return
    weights = weights_of(model)
    if weights.form not in ("safetensors", "torch") or not weights.total:
        return
    if declared not in weights.elements:
        message = f"config.json declares {declared}, and the weights are {weights.main_type}"
        place = Place(model.place_of("config.json"), line=model.line_of("config.json", key))
        yield Finding("GOV006", place, message, key)
