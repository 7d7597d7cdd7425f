"""Elements by type in one file of weights: safetensors, torch, GGUF and ONNX.

Types are called as safetensors calls them (F32, BF16), and blocks of GGML as llama.cpp does (Q4_K).

Source: ggml.h, enum ggml_type; onnx.proto3, TensorProto.DataType; torch/storage.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from hauberk.core.asset import Asset, Content
from hauberk.core.errors import Malformed, OverBudget, Unsupported
from hauberk.core.gap import Gap

if TYPE_CHECKING:
    from hauberk.formats.gguf import GgufModel

# torch's old format is five pickles, one after the other, before the numbers.
MAX_PICKLES = 5
ZIP = b"PK\x03\x04"
GGML = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K",
    11: "Q3_K", 12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS",
    19: "IQ1_S", 20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32",
    27: "I64", 28: "F64", 29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
}  # fmt: skip
ONNX = {
    1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 8: "STRING", 9: "BOOL", 10: "F16",
    11: "F64", 12: "U32", 13: "U64", 14: "C64", 15: "C128", 16: "BF16", 17: "F8_E4M3", 18: "F8_E4M3FNUZ",
    19: "F8_E5M2", 20: "F8_E5M2FNUZ", 21: "U4", 22: "I4", 23: "F4",
}  # fmt: skip
TORCH = {
    "FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16", "DoubleStorage": "F64",
    "LongStorage": "I64", "IntStorage": "I32", "ShortStorage": "I16", "CharStorage": "I8",
    "ByteStorage": "U8", "BoolStorage": "BOOL", "ComplexFloatStorage": "C64", "UntypedStorage": "U8",
    "QInt8Storage": "I8", "QUInt8Storage": "U8", "QInt32Storage": "I32", "ComplexDoubleStorage": "C128",
}  # fmt: skip


def form_of(name: str) -> str:
    """Which form of weights a file is by its name; empty for what holds none."""
    last = name.rpartition("/")[2].lower()
    return next((form for form, (ends, _) in FORMS.items() if last.endswith(ends)), "")


def elements_of(name: str, content: Content) -> Mapping[str, int]:
    """Elements by type. Raises UnreadableAsset for what contradicts its form."""
    return FORMS[form_of(name)][1](name, content)


def _safetensors(name: str, content: Content) -> Mapping[str, int]:
    from hauberk.formats.safetensors import SafetensorsModel, read

    found: Mapping[str, int] = {}
    for reading in read(Asset(name, content)):
        if isinstance(reading, Gap):
            raise Malformed(reading.message)
        if isinstance(reading, SafetensorsModel):
            if reading.flaws:
                raise Malformed(reading.flaws[0].message, reading.flaws[0].offset)
            found = reading.elements
    return found


def _gguf(name: str, content: Content) -> Mapping[str, int]:
    model = gguf_model(name, content)
    return {GGML.get(kind, f"GGML-{kind}"): count for kind, count in model.elements.items()}


def gguf_model(name: str, content: Content) -> GgufModel:
    """A GGUF file's header. Raises UnreadableAsset for one that contradicts itself."""
    from hauberk.formats.gguf import GgufModel, read

    model: GgufModel | None = None
    for reading in read(Asset(name, content)):
        if isinstance(reading, Gap):
            raise Malformed(reading.message, reading.place.offset)
        if isinstance(reading, GgufModel):
            model = reading
    if model is None or model.flaws:
        raise Malformed(model.flaws[0].message if model else "has no header")
    return model


def _onnx(name: str, content: Content) -> Mapping[str, int]:
    from hauberk.formats.graph import Framework, Sketch
    from hauberk.formats.onnx import Walk
    from hauberk.formats.protobuf import Message

    walk = Walk(Sketch(name, Framework.ONNX))
    walk.model(Message(content))
    # Shapes and axes are 64-bit constants; weights are not.
    found = {ONNX.get(kind, f"ONNX-{kind}"): count for kind, count in walk.elements.items()}
    return {kind: count for kind, count in found.items() if kind not in ("I64", "STRING", "BOOL")} or found


def _torch(name: str, content: Content) -> Mapping[str, int]:
    held = dict(_storages(content))
    if not held:
        raise Unsupported("refers to no storage of torch's: what it holds is not counted")
    elements: dict[str, int] = {}
    for kind, count in held.values():
        elements[kind] = elements.get(kind, 0) + count
    return elements


def _storages(content: Content) -> Iterator[tuple[str, tuple[str, int]]]:
    """Each storage's key, type and elements, as the pickles name them."""
    from hauberk.analysis.execution.events import Kind
    from hauberk.analysis.execution.machine import Machine

    for number, pickled in enumerate(_pickled(content)):
        start = 0
        for _ in range(MAX_PICKLES):
            run = Machine(pickled, start).load()
            if run.is_spent:
                raise OverBudget(f"its pickle is too long to follow, from byte {start} on")
            if run.broken:
                raise Malformed(run.broken, start)
            for event in run.events:
                if event.kind is Kind.PERSISTENT and (found := _storage(event.target)):
                    yield f"{number}/{found[0]}", (found[1], found[2])
            if run.end is None or run.end >= pickled.size or content is not pickled:
                break
            start = run.end


def _pickled(content: Content) -> Iterator[Content]:
    if content.read(0, 4) != ZIP:
        yield content
        return
    from hauberk.formats.zip_archive_members import open_zip

    opened = open_zip(content)
    if opened.broken:
        raise opened.broken
    for each in opened.members:
        if each.name.endswith("/data.pkl") and each.content is not None:
            yield each.content


def _storage(target: object) -> tuple[str, str, int] | None:
    """Key, type and elements of `("storage", FloatStorage, "0", "cpu", 4)`."""
    from hauberk.analysis.execution.values import Box, Global

    items = target.items if isinstance(target, Box) else []
    if len(items) < 5 or items[0] != "storage" or not isinstance(items[1], Global):
        return None
    kind, count = TORCH.get(items[1].name), items[4]
    if kind is None or not isinstance(count, int) or isinstance(count, bool) or not 0 <= count < 1 << 63:
        raise Malformed(f"has a storage of the type {items[1].name[:40]!r} that is none of torch's")
    return str(items[2])[:80], kind, count


# By name, the preferred first: what loaders take where a repository has several.
FORMS: Mapping[str, tuple[tuple[str, ...], Callable[[str, Content], Mapping[str, int]]]] = {
    "safetensors": ((".safetensors",), _safetensors),
    "torch": ((".bin", ".pt", ".pth", ".ckpt"), _torch),
    "gguf": ((".gguf",), _gguf),
    "onnx": ((".onnx",), _onnx),
}
