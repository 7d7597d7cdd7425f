"""MDL121: weights as pickles, where safetensors would do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.model_folder import ModelFolder

PICKLED = re.compile(
    r"(?:pytorch_model|adapter_model|diffusion_pytorch_model|model)(?:-\d+-of-\d+)?\.(?:bin|pt|pth)"
)


@rule(
    "MDL121",
    Severity.LOW,
    maps=["CWE-502", "AML.T0018.002"],
    bad=[Sample("pytorch_model.bin", b"\x80\2}q\0.", {"config.json": b"{}"})],
    good=[
        Sample(
            "pytorch_model.bin",
            b"\x80\2}q\0.",
            {"config.json": b"{}", "model.safetensors": b"\2" + bytes(7) + b"{}"},
        )
    ],
)
def pickle_weights(view: ModelFolder) -> Iterator[Finding]:
    """The repository has its weights as pickles only.

    Why: a pickle can run code whenever it is loaded, today's harmless one tells nothing of tomorrow's.
    Remediation: convert the weights with `save_pretrained(safe_serialization=True)`.
    Source: huggingface_hub documentation, "Pickle scanning".
    """
    pickled = sorted(name for name in view.names if PICKLED.fullmatch(name))
    if pickled and not any(name.endswith(".safetensors") for name in view.names):
        yield Finding("MDL121", Place(view.locator), f"has {pickled[0]} and no safetensors", "pickle weights")
