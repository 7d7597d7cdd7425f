"""Which folders are examined as a whole, by the files in them."""

from __future__ import annotations

from collections.abc import Iterable

# A folder with one of these files is a model repository.
MODEL_MARKERS = frozenset(
    {
        "config.json", "MLmodel", "modules.json", "model_index.json", "saved_model.pb",
        "tokenizer_config.json", "adapter_config.json",
    }
)  # fmt: skip
MODEL_MARKER_SUFFIX = ".safetensors.index.json"
# A folder with such a file is a Terraform module.
MODULE_SUFFIX = ".tf"


def is_model(names: Iterable[str]) -> bool:
    """Whether the names of a folder's own files say that it is a model repository."""
    return any(each in MODEL_MARKERS or each.endswith(MODEL_MARKER_SUFFIX) for each in names)


def is_module(names: Iterable[str]) -> bool:
    """Whether they say that it is a Terraform module."""
    return any(each.endswith(MODULE_SUFFIX) for each in names)
