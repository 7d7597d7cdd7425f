"""Numbers out of a tensor's bytes, in float32; blocks of GGML are taken apart as llama.cpp does.

Sources: safetensors format; OCP 8-bit floating point specification 1.0, table 1; ggml-quants.c,
dequantize_row_*.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from hauberk.analysis.lineage.tensors import Tensor
from hauberk.core.errors import Malformed, Unsupported
from hauberk.core.extra import extra

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# Bytes and numbers of one block.
BLOCKS = {
    "Q4_0": (18, 32), "Q4_1": (20, 32), "Q5_0": (22, 32), "Q5_1": (24, 32), "Q8_0": (34, 32),
    "Q4_K": (144, 256), "Q5_K": (176, 256), "Q6_K": (210, 256),
}  # fmt: skip
PLAIN = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I8": "<i1", "U8": "<u1", "I16": "<i2"}
# Types that numpy lacks: the unsigned integer that holds their bits.
BITS = {"BF16": "<u2", "F8_E5M2": "<u1", "F8_E4M3": "<u1"}


def is_readable(kind: str) -> bool:
    """Whether numbers of the type can be read."""
    return kind in PLAIN or kind in BITS or kind in BLOCKS


def numbers(tensor: Tensor, start: int, count: int) -> Floats:
    """`count` numbers from the flat index `start` on, (count,) float32. Raises UnreadableAsset."""
    numpy = extra("numpy", "lineage")
    if tensor.kind in BLOCKS:
        return _from_blocks(tensor, start, count)
    coded = PLAIN.get(tensor.kind) or BITS.get(tensor.kind)
    if coded is None:
        raise Unsupported(f"tensors of the type {tensor.kind[:80]}")
    width = numpy.dtype(coded).itemsize
    octets = tensor.content.read(start * width, count * width)
    if len(octets) != count * width:
        raise Malformed(f"tensor {tensor.name[:80]!r} ends early")
    read = numpy.frombuffer(octets, coded)
    with numpy.errstate(over="ignore"):
        found = read.astype(numpy.float32) if tensor.kind in PLAIN else _from_bits(read, tensor.kind)
    return _finite(found)


def _from_bits(read: NDArray[Any], kind: str) -> Floats:
    numpy = extra("numpy", "lineage")
    found: Floats
    if kind == "BF16":
        found = (read.astype(numpy.uint32) << 16).view(numpy.float32)
    elif kind == "F8_E5M2":  # the upper half of an F16
        found = (read.astype(numpy.uint16) << 8).view(numpy.float16).astype(numpy.float32)
    else:  # an F16 has one bit more of exponent, whose zero is 8 further up, and no other bits between
        halves = ((read & 0x80).astype(numpy.uint16) << 8) | ((read & 0x7F).astype(numpy.uint16) << 7)
        found = halves.view(numpy.float16).astype(numpy.float32) * 256
        found[(read & 0x7F) == 0x7F] = numpy.nan
    return found


def _finite(found: Floats) -> Floats:
    numpy = extra("numpy", "lineage")
    clean: Floats = numpy.nan_to_num(found, nan=0.0, posinf=0.0, neginf=0.0)
    return clean


def _from_blocks(tensor: Tensor, start: int, count: int) -> Floats:
    numpy = extra("numpy", "lineage")
    size, width = BLOCKS[tensor.kind]
    first, last = start // width, -(-(start + count) // width)
    octets = tensor.content.read(first * size, (last - first) * size)
    if len(octets) != (last - first) * size:
        raise Malformed(f"tensor {tensor.name[:80]!r} ends early")
    blocks = numpy.frombuffer(octets, numpy.uint8).reshape(-1, size)
    with numpy.errstate(all="ignore"):  # hostile scales are infinite
        found = READERS[tensor.kind](blocks).reshape(-1)
    return _finite(found[start - first * width : start - first * width + count].astype(numpy.float32))


def _half(blocks: NDArray[np.uint8], at: int) -> Floats:
    return blocks[:, at : at + 2].copy().view("<f2").astype("<f4")


def _nibbles(octets: NDArray[np.uint8]) -> Floats:
    numpy = extra("numpy", "lineage")
    found: Floats = numpy.concatenate([octets & 15, octets >> 4], axis=-1).astype("<f4")
    return found


def _fifth_bits(blocks: NDArray[np.uint8], at: int) -> Floats:
    numpy = extra("numpy", "lineage")
    bits = numpy.unpackbits(blocks[:, at : at + 4], axis=1, bitorder="little")
    return bits.astype("<f4") * 16  # type: ignore[no-any-return]  # numpy's


def _q4_0(blocks: NDArray[np.uint8]) -> Floats:
    return _half(blocks, 0) * (_nibbles(blocks[:, 2:]) - 8)


def _q4_1(blocks: NDArray[np.uint8]) -> Floats:
    return _half(blocks, 0) * _nibbles(blocks[:, 4:]) + _half(blocks, 2)


def _q5_0(blocks: NDArray[np.uint8]) -> Floats:
    return _half(blocks, 0) * (_nibbles(blocks[:, 6:]) + _fifth_bits(blocks, 2) - 16)


def _q5_1(blocks: NDArray[np.uint8]) -> Floats:
    return _half(blocks, 0) * (_nibbles(blocks[:, 8:]) + _fifth_bits(blocks, 4)) + _half(blocks, 2)


def _q8_0(blocks: NDArray[np.uint8]) -> Floats:
    return _half(blocks, 0) * blocks[:, 2:].copy().view("<i1").astype("<f4")  # type: ignore[no-any-return]  # numpy's


def _scales_of_six_bits(packed: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """Eight scales and eight minima, of six bits each, out of twelve bytes."""
    numpy = extra("numpy", "lineage")
    low, middle, high = packed[:, :4], packed[:, 4:8], packed[:, 8:12]
    scales = numpy.concatenate([low & 63, (high & 15) | ((low >> 6) << 4)], axis=1)
    minima = numpy.concatenate([middle & 63, (high >> 4) | ((middle >> 6) << 4)], axis=1)
    return scales.astype("<f4"), minima.astype("<f4")


def _q4_k(blocks: NDArray[np.uint8]) -> Floats:
    scales, minima = _scales_of_six_bits(blocks[:, 4:16])
    quants = blocks[:, 16:].reshape(-1, 4, 32)
    return _k_quants(blocks, _nibbles(quants).reshape(-1, 8, 32), scales, minima)


def _q5_k(blocks: NDArray[np.uint8]) -> Floats:
    numpy = extra("numpy", "lineage")
    scales, minima = _scales_of_six_bits(blocks[:, 4:16])
    bits = numpy.unpackbits(blocks[:, 16:48].reshape(-1, 32, 1), axis=2, bitorder="little")
    fifth = bits.transpose(0, 2, 1).astype("<f4") * 16
    quants = blocks[:, 48:].reshape(-1, 4, 32)
    return _k_quants(blocks, _nibbles(quants).reshape(-1, 8, 32) + fifth, scales, minima)


def _k_quants(blocks: NDArray[np.uint8], quants: Floats, scales: Floats, minima: Floats) -> Floats:
    scale = (_half(blocks, 0) * scales)[:, :, None]
    floor = (_half(blocks, 2) * minima)[:, :, None]
    return scale * quants - floor


def _q6_k(blocks: NDArray[np.uint8]) -> Floats:
    numpy = extra("numpy", "lineage")
    low = blocks[:, :128].reshape(-1, 2, 64)
    high = blocks[:, 128:192].reshape(-1, 2, 32)
    scales = blocks[:, 192:208].copy().view("<i1").astype("<f4").reshape(-1, 2, 8, 1)
    four = numpy.concatenate([low & 15, low >> 4], axis=2).reshape(-1, 2, 4, 32)
    two = numpy.stack([(high >> shift) & 3 for shift in (0, 2, 4, 6)], axis=2)
    quants = (four | (two << 4)).astype("<f4") - 32
    found = quants.reshape(-1, 2, 8, 16) * scales
    return found.reshape(-1, 256) * _half(blocks, 208)  # type: ignore[no-any-return]  # numpy's


READERS: dict[str, Callable[[NDArray[np.uint8]], Floats]] = {
    "Q4_0": _q4_0, "Q4_1": _q4_1, "Q5_0": _q5_0, "Q5_1": _q5_1, "Q8_0": _q8_0, "Q4_K": _q4_k,
    "Q5_K": _q5_k, "Q6_K": _q6_k,
}  # fmt: skip
