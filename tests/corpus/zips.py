"""Zip archives by hand: every field of both headers can be made to lie."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Member:
    """One member; None means: as the truth is."""

    name: str
    octets: bytes
    local_name: str | None = None
    crc: int | None = None
    flags: int = 0
    local_flags: int | None = None
    deflate: bool = False
    method: int | None = None
    extra: bytes = b""
    claimed_size: int | None = None
    offset: int | None = None  # of an earlier local header: members that share bytes
    attributes: int = 0

    def packed(self) -> bytes:
        """The stored bytes."""
        if not self.deflate:
            return self.octets
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        return squeeze.compress(self.octets) + squeeze.flush()

    def _fields(self, packed: bytes) -> tuple[int, int, int, int, int, int]:
        crc = zlib.crc32(self.octets) if self.crc is None else self.crc
        size = len(self.octets) if self.claimed_size is None else self.claimed_size
        method = (8 if self.deflate else 0) if self.method is None else self.method
        return method, 0, 0x21, crc, len(packed), size

    def local(self, packed: bytes) -> bytes:
        """Local header, name, extra and bytes."""
        flags = self.flags if self.local_flags is None else self.local_flags
        name = (self.name if self.local_name is None else self.local_name).encode()
        header = struct.pack("<4s2H6I", b"PK\3\4", 20, flags, 0, 0, 0, 0, 0, 0)[:8]
        method, time, date, crc, stored, size = self._fields(packed)
        header += struct.pack("<3H3I2H", method, time, date, crc, stored, size, len(name), len(self.extra))
        return header + name + self.extra + packed

    def central(self, packed: bytes, at: int) -> bytes:
        """Central directory header."""
        method, time, date, crc, stored, size = self._fields(packed)
        name = self.name.encode()
        header = struct.pack("<4s4H", b"PK\1\2", 20 | 3 << 8, 20, self.flags, method)
        header += struct.pack("<2H3I", time, date, crc, stored, size)
        header += struct.pack("<5H2I", len(name), 0, 0, 0, 0, self.attributes, at)
        return header + name


def archive(
    *members: Member, prefix: bytes = b"", comment: bytes = b"", in_directory: int | None = None
) -> bytes:
    """The members, the central directory (of the first `in_directory` members), and the end record."""
    out, directory = bytearray(prefix), b""
    for member in members:
        packed = member.packed()
        at = len(out) if member.offset is None else member.offset
        if member.offset is None:
            out += member.local(packed)
        if in_directory is None or members.index(member) < in_directory:
            directory += member.central(packed, at)
    count = len(members) if in_directory is None else in_directory
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(directory), len(out), len(comment))
    return bytes(out) + directory + end + comment


def plain(**members: bytes) -> bytes:
    """An honest archive; `__` in a key stands for '/', `_dot_` for '.'."""
    return archive(
        *(Member(key.replace("__", "/").replace("_dot_", "."), each) for key, each in members.items())
    )


def folder(files: dict[str, bytes], **options: object) -> bytes:
    """An honest archive of the files."""
    return archive(*(Member(name, octets, **options) for name, octets in files.items()))  # type: ignore[arg-type]
