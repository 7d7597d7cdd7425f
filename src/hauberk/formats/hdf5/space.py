"""Where things are in an HDF5 file: the superblock, and addresses relative to it.

Source: HDF5 File Format Specification Version 3.0, II.A.
"""

from __future__ import annotations

from dataclasses import dataclass

from hauberk.core.asset import Content
from hauberk.core.errors import Malformed, Unsupported
from hauberk.formats.octets import Octets

SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Bytes fetched at once: an object header is a few hundred bytes long.
AHEAD = 2048
_CODES = {2: "H", 4: "I", 8: "Q"}


@dataclass(frozen=True, slots=True)
class Space:
    """A file's address space: all addresses count from `start`; widths are in bytes."""

    content: Content
    start: int
    address_width: int
    length_width: int

    def at(self, address: int) -> Octets:
        """The content from that address on."""
        if not 0 <= address < self.content.size - self.start:
            raise Malformed(f"address {address} is beyond the end of the file")
        return Octets(self.content, self.start + address, ahead=AHEAD)

    def address(self, octets: Octets) -> int | None:
        """The address that stands next; None if it is the undefined one."""
        value = octets.number(_CODES[self.address_width])
        return None if value == (1 << 8 * self.address_width) - 1 else value

    def place(self, octets: Octets) -> int:
        """The address that stands next, which has to be defined."""
        value = self.address(octets)
        if value is None:
            raise Malformed("an address that is needed is undefined", octets.at)
        return value

    def length(self, octets: Octets) -> int:
        """The length that stands next."""
        return octets.number(_CODES[self.length_width])


@dataclass(frozen=True, slots=True)
class Superblock:
    """The space, where it ends by its own account (bytes), and where its root group is."""

    space: Space
    end: int
    root: int


def signature_at(content: Content) -> int | None:
    """Where the superblock is: at 0, 512, 1024, and so on doubling."""
    offset = 0
    while offset + len(SIGNATURE) <= content.size:
        if content.read(offset, len(SIGNATURE)) == SIGNATURE:
            return offset
        offset = offset * 2 or 512
    return None


def superblock(content: Content) -> Superblock:
    """The superblock, of any version."""
    start = signature_at(content)
    if start is None:
        raise Malformed("has no HDF5 signature")
    octets = Octets(content, start + len(SIGNATURE), ahead=AHEAD)
    version = octets.u8()
    if version > 3:
        raise Unsupported(f"superblock version {version}", start)
    if version < 2:
        octets.skip(4)
    widths = octets.take(2)
    if any(width not in _CODES for width in widths):
        raise Unsupported(f"addresses of {widths[0]} and lengths of {widths[1]} bytes", start)
    octets.skip((1 + 4 + 4 + 4 * (version == 1)) if version < 2 else 1)
    space = Space(content, start, *widths)
    base = space.address(octets)
    space.address(octets)
    end = space.place(octets)  # counts from the file's start, unless something was put before later
    end += start if base != start else 0
    if version < 2:
        space.address(octets)
        space.length(octets)
    return Superblock(space, end, space.place(octets))
