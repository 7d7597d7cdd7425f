"""MDL080: programs where a model is expected."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.executable import NativeProgram

# Endings that promise weights or data, never a program.
WEIGHTS = (
    ".gguf", ".ggml", ".bin", ".safetensors", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".h5",
    ".hdf5", ".keras", ".onnx", ".pb", ".tflite", ".npy", ".npz", ".json", ".txt", ".model", ".msgpack",
    ".weights", ".csv",
)  # fmt: skip
# A library is code by its very name, and nothing to warn of twice: that nobody judged it is the gap.
LIBRARIES = (".so", ".pyd", ".dll", ".dylib")
ELF = b"\x7fELF\2\1\1" + bytes(57)


@rule(
    "MDL080",
    Severity.CRITICAL,
    maps=["CWE-506", "AML.T0074", "AML.T0018.002"],
    bad=[Sample("model.gguf", ELF), Sample("model.llamafile", b"MZqFpD='\n" + bytes(64))],
    good=[Sample("model.gguf", b"GGUF\3\0\0\0" + bytes(16))],
)
def native_program(view: NativeProgram) -> Iterator[Finding | Gap]:
    """A native program stands where a model is expected.

    Why: whoever starts the file runs its author's machine code, whatever its name promises.
    Remediation: delete a program that calls itself weights; take a llamafile's weights as plain GGUF, and the
    program from its publisher.
    Source: llamafile, README, "How llamafile works".
    """
    container = view.locator.rpartition("!")[0].lower()
    if view.name.lower().endswith(WEIGHTS) or container.endswith(WEIGHTS):
        yield Finding("MDL080", Place(view.locator), f"is a program ({view.kind})", view.kind)
        return
    if _is_library(view.name.lower()):
        # One gap each, and none for a folder: who accepts one library has not accepted the next.
        remedy = "build it from source you trust, or accept it by its digest with a reason"
        yield Gap(Place(view.locator), "unsupported", "a native library is not judged", remedy, rule="MDL080")
        return
    message = f"is a program ({view.kind}) by design"
    yield Finding("MDL080", Place(view.locator), message, view.kind, Severity.LOW)
    remedy = "run it only if you trust who built it"
    yield Gap(Place(view.locator), "unsupported", "machine code is not judged", remedy, rule="MDL080")


def _is_library(name: str) -> bool:
    return name.endswith(LIBRARIES) or ".so." in name
