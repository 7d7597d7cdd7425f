"""Companions: files of bare numbers that a model takes its weights from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# Bytes between two tensors: writers align them to pages, of 64 KiB at most (onnx, external_data_helper).
ALIGNMENT = 1 << 16


@dataclass(frozen=True, slots=True)
class Companion:
    """The file `name` beside the model `of`, whose tensors end at `end` and take `taken` bytes in all.

    `count` is the number of pieces that they are, each of which may be aligned.
    """

    of: str
    name: str
    end: int
    taken: int
    count: int

    @property
    def locator(self) -> str:
        """Where the file is."""
        container, mark, member = self.of.rpartition("!")
        folder, slash, _ = member.rpartition("/")
        return f"{container}{mark}{folder}{slash}{self.name}"

    def accounts_for(self, size: int) -> bool:
        """Whether a file of `size` bytes is those tensors, and nothing of note besides them."""
        holes = size - self.taken
        return self.end <= size and holes <= ALIGNMENT * self.count and 2 * self.taken >= size


def companion(of: str, name: str, pieces: Iterable[tuple[int, int]]) -> Companion:
    """What pieces (start, length) of a file come to; bytes that two of them share count once."""
    end = taken = count = 0
    for start, length in sorted(pieces):
        count += 1
        taken += max(0, start + length - max(start, end))
        end = max(end, start + length)
    return Companion(of, name, end, taken, count)
