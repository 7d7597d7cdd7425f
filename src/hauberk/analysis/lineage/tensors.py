"""Tensors of a weights file: names, shapes, types and where their bytes lie. Nothing is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod

from hauberk.analysis.execution.machine import Machine
from hauberk.analysis.execution.values import Box, Global, Made, Value
from hauberk.analysis.weights.headers import GGML, TORCH
from hauberk.core.asset import Content, Slice
from hauberk.core.errors import Malformed, OverBudget, Unsupported
from hauberk.core.strict import read_json

MAX_TENSORS = 200_000
MAX_HEADER = 25 << 20  # bytes of a safetensors header: MAX_TENSORS of 130 bytes each
MAX_DIMENSIONS = 8
ZIP, GGUF = b"PK\x03\x04", b"GGUF"
REBUILD = ("_rebuild_tensor_v2", "_rebuild_parameter")


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: rows-first `shape`, the type as safetensors or GGML calls it, and its bytes."""

    name: str
    shape: tuple[int, ...]
    kind: str
    content: Content


def tensors_of(content: Content) -> Iterator[Tensor]:
    """The tensors of a safetensors, GGUF or torch file. Raises UnreadableAsset for others."""
    head = content.read(0, 16)
    if head[:4] == GGUF:
        return _gguf(content)
    if head[:4] == ZIP:
        return _torch(content)
    if head[8:9] == b"{":
        return _safetensors(content)
    raise Unsupported("weights are compared in safetensors, GGUF and torch's zip format")


def _safetensors(content: Content) -> Iterator[Tensor]:
    length = int.from_bytes(content.read(0, 8), "little")
    if length > content.size - 8:
        raise Malformed(f"a header of {length} bytes in a file of {content.size}")
    if length > MAX_HEADER:
        raise OverBudget(f"a header of {length} bytes, and {MAX_HEADER} are the limit")
    header = read_json(content.read(8, length), MAX_HEADER)
    if not isinstance(header, dict) or len(header) > MAX_TENSORS:
        raise Malformed("a header that is no object, or has too many tensors")
    body = 8 + length
    for name, told in sorted(header.items()):
        if name == "__metadata__" or not isinstance(told, dict):
            continue
        shape, offsets = _sizes(told.get("shape")), _sizes(told.get("data_offsets"))
        if shape is None or offsets is None or len(offsets) != 2:
            raise Malformed(f"tensor {name[:80]!r} has a shape or offsets that are no sizes")
        begin, end = offsets
        if not begin <= end <= content.size - body:
            raise Malformed(f"tensor {name[:80]!r} lies outside of the file")
        yield Tensor(name, shape, str(told.get("dtype")), Slice(content, body + begin, end - begin))


def _sizes(value: object) -> tuple[int, ...] | None:
    if not isinstance(value, list) or len(value) > MAX_DIMENSIONS:
        return None
    found = tuple(each for each in value if isinstance(each, int) and not isinstance(each, bool))
    return found if len(found) == len(value) and all(0 <= each < 1 << 48 for each in found) else None


def _gguf(content: Content) -> Iterator[Tensor]:
    from hauberk.formats.gguf import tensor_spans

    for span in tensor_spans(content):
        if span.size is not None:
            kind = GGML.get(span.kind, f"GGML-{span.kind}")
            # GGML lists dimensions from the innermost out.
            yield Tensor(span.name, span.dimensions[::-1], kind, Slice(content, span.begin, span.size))


class _StateDict(Machine):
    """Follows a pickle and keeps which name every tensor has, however many there are."""

    def __init__(self, content: Content) -> None:
        super().__init__(content)
        self.named: dict[str, Made] = {}

    def made(self, callee: Value, arguments: Value, how: str) -> Made:
        """A tensor is made while its key waits on the stack."""
        found = super().made(callee, arguments, how)
        if _is_tensor(found) and self.stack and isinstance(self.stack[-1], str):
            self.named.setdefault(self.stack[-1], found)
        if len(self.named) > MAX_TENSORS:
            raise OverBudget(f"more than {MAX_TENSORS} tensors")
        return found


def _is_tensor(made: Made) -> bool:
    return isinstance(made.callee, Global) and made.callee.name in REBUILD


def _torch(content: Content) -> Iterator[Tensor]:
    from hauberk.formats.zip_archive_members import open_zip

    opened = open_zip(content)
    if opened.broken:
        raise opened.broken
    members = {each.name: each.content for each in opened.members if each.content is not None}
    for name, pickled in sorted(members.items()):
        if not name.endswith("/data.pkl"):
            continue
        machine = _StateDict(pickled)
        run = machine.load()
        if run.end is None:
            raise Malformed(f"{name}: {run.broken}")
        root = name.removesuffix("data.pkl")
        for key, made in sorted(machine.named.items()):
            if tensor := _rebuilt(key, made, root, members):
                yield tensor


def _rebuilt(key: str, made: Made, root: str, members: Mapping[str, Content]) -> Tensor | None:
    arguments = made.arguments
    if not isinstance(arguments, Box) or not arguments.items:
        return None
    inner = arguments.items[0]
    if isinstance(inner, Made) and _is_tensor(inner):  # a parameter around its tensor
        return _rebuilt(key, inner, root, members)
    if len(arguments.items) < 4 or not isinstance(inner, Made) or not isinstance(inner.arguments, Box):
        return None
    storage = inner.arguments.items
    offset, shape, stride = arguments.items[1], _ints(arguments.items[2]), _ints(arguments.items[3])
    if len(storage) < 5 or not isinstance(storage[1], Global) or not isinstance(offset, int):
        return None
    kind, held = TORCH.get(storage[1].name, ""), members.get(f"{root}data/{storage[2]!s}")
    if held is None or shape is None or stride != _contiguous(shape) or offset < 0:
        return None
    width = WIDTHS.get(kind, 0)
    if not width or (offset + prod(shape)) * width > held.size:
        return None
    return Tensor(key, shape, kind, Slice(held, offset * width, prod(shape) * width))


WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I8": 1, "U8": 1, "I32": 4, "I64": 8}


def _ints(value: Value) -> tuple[int, ...] | None:
    if not isinstance(value, Box) or value.count != len(value.items) or len(value.items) > MAX_DIMENSIONS:
        return None
    return tuple(each for each in value.items if isinstance(each, int) and 0 <= each < 1 << 48)


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(prod(shape[each + 1 :]) for each in range(len(shape)))
