"""Sizes of GGML's element types: elements of a block, and bytes of a block.

Source: ggml, `ggml-common.h` and `ggml.h`, enum ggml_type; 4, 5, 31-33 and 36-38 were removed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

# Type id: (elements, bytes).
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 4: (16, 10), 5: (16, 12), 6: (32, 22), 7: (32, 24),
    8: (32, 34), 9: (32, 40), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176),
    14: (256, 210), 15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50),
    20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4),
    27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 31: (32, 18), 32: (32, 18), 33: (32, 18),
    34: (256, 54), 35: (256, 66), 36: (32, 18), 37: (32, 18), 38: (32, 18), 39: (32, 17), 40: (64, 36),
    41: (128, 18),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BlockType:
    """One element type."""

    elements: int
    octets: int

    def size(self, dimensions: tuple[int, ...]) -> int | None:
        """Bytes of a tensor; None where its rows are no whole blocks."""
        row = dimensions[0] if dimensions else 1
        if row % self.elements:
            return None
        return row // self.elements * self.octets * prod(dimensions[1:])


def block_type(number: int) -> BlockType | None:
    """The type of that number, None if there is none."""
    found = _BLOCKS.get(number)
    return BlockType(*found) if found else None
