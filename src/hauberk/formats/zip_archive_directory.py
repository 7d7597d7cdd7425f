"""The central directory of a zip: where it is, what it lists, and where readers would disagree.

Python's zipfile finds the directory backwards from its end record; miniz, which torch uses, goes
to the offset that the record names. Both are followed, and their disagreement is a flaw.

Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.5; Lib/zipfile; miniz_zip.c.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hauberk.core.asset import Content
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.view import Flaw, FlawKind

END = b"PK\x05\x06"
ENTRY = b"PK\x01\x02"
LOCAL = b"PK\x03\x04"
LOCATOR64 = b"PK\x06\x07"
END64 = b"PK\x06\x06"
SIGNATURE = b"PK\x05\x05"
END_SIZE = 22
LOCATOR64_SIZE = 20
END64_SIZE = 56
ENTRY_SIZE = 46
LOCAL_SIZE = 30
# A comment has at most 65,535 bytes, so the end record starts within this of the end.
END_REACH = 65_535 + END_SIZE
# Bytes of directory that we parse: 500,000 members with long names.
MAX_DIRECTORY = 64 << 20
# Members that we list: five times what one asset may hold at all.
MAX_ENTRIES = 100_000
MAX_16, MAX_32 = 0xFFFF, 0xFFFFFFFF
ZIP64_EXTRA, UNICODE_PATH_EXTRA = 0x0001, 0x7075


class Entry(NamedTuple):
    """One member as the directory (or, where there is none, its local header) describes it.

    `offset` is that of its local header in the content, `at` that of this entry.
    """

    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int
    at: int


@dataclass(slots=True)
class Directory:
    """What was found; `base` bytes lie before the archive, which ends at `end`.

    `broken` says why the listing ends early, if it does.
    """

    start: int = 0
    end: int = 0
    base: int = 0
    entries: list[Entry] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    broken: Malformed | OverBudget | None = None


class _End(NamedTuple):
    at: int
    members: int
    size: int
    offset: int
    comment: int


def find_end(tail: bytes) -> int:
    """Where in the last bytes of a file its end record starts, as zipfile and miniz see it; or -1."""
    at = len(tail) - END_SIZE
    if at >= 0 and tail.startswith(END, at) and tail.endswith(b"\0\0"):
        return at
    at = tail.rfind(END)
    return at if 0 <= at <= len(tail) - END_SIZE else -1


def read_directory(content: Content) -> Directory:
    """The directory. Raises Malformed if there is no end record within reach of the end."""
    reach = max(0, content.size - END_REACH)
    tail = content.read(reach, END_REACH)
    found = find_end(tail)
    if found < 0:
        raise Malformed("has no end-of-central-directory record")
    directory = Directory()
    end = _end_record(tail, found, reach)
    directory.flaws += _flaws_after(tail, found, reach, end)
    directory.end = end.at + END_SIZE + end.comment
    end, at = _zip64(content, end, directory.flaws)
    directory.start = at - end.size
    directory.base = directory.start - end.offset
    if directory.base < 0 or directory.start < 0:
        message = (
            f"claims a directory of {end.size} bytes at {end.offset}, but it would end behind its end record"
        )
        directory.flaws.append(Flaw(FlawKind.LIES, message, end.at))
        directory.broken = Malformed(message, end.at)
        directory.start, directory.base = end.at, 0
        return directory
    _list(content, directory, directory.start, end)
    if directory.base and content.read(end.offset, 4) == ENTRY:
        message = "two directories: one where its offset says, one where its size says"
        directory.flaws.append(Flaw(FlawKind.DISAGREES, message, end.offset))
        other = Directory(base=0)
        _list(content, other, end.offset, end)
        directory.entries += other.entries
    return directory


def _end_record(tail: bytes, found: int, reach: int) -> _End:
    _, _, _, count, size, offset, comment = struct.unpack_from("<4H2LH", tail, found + 4)
    return _End(reach + found, count, size, offset, comment)


def _flaws_after(tail: bytes, found: int, reach: int, end: _End) -> Iterator[Flaw]:
    after = found + END_SIZE + end.comment
    if after > len(tail):
        yield Flaw(FlawKind.DISAGREES, "the archive comment ends behind the file", end.at)
    elif tail[after:].strip(b"\0"):
        message = f"{len(tail) - after} bytes follow the archive's end"
        yield Flaw(FlawKind.HIDDEN, message, reach + after)
    other = tail.find(END)
    while 0 <= other <= len(tail) - END_SIZE:
        comment = int.from_bytes(tail[other + 20 : other + 22], "little")
        if other != found and other + END_SIZE + comment == len(tail):
            yield Flaw(FlawKind.DISAGREES, "a second end record fits as well", reach + other)
        other = tail.find(END, other + 1)


def _zip64(content: Content, end: _End, flaws: list[Flaw]) -> tuple[_End, int]:
    """The record with its 64-bit numbers, and where the directory ends."""
    locator = content.read(end.at - LOCATOR64_SIZE, LOCATOR64_SIZE) if end.at >= LOCATOR64_SIZE else b""
    if not locator.startswith(LOCATOR64):
        return end, end.at
    named = int.from_bytes(locator[8:16], "little")
    adjacent = end.at - LOCATOR64_SIZE - END64_SIZE
    found = [at for at in (adjacent, named) if at >= 0 and content.read(at, 4) == END64]
    if not found:
        flaws.append(Flaw(FlawKind.DISAGREES, "a zip64 locator names no zip64 end record", end.at))
        return end, end.at
    at = found[0]
    if found[-1] != at:
        flaws.append(Flaw(FlawKind.DISAGREES, "a second zip64 end record fits as well", named))
    record = content.read(at, END64_SIZE)
    if len(record) < END64_SIZE:
        return end, end.at
    count, size, offset = struct.unpack_from("<3Q", record, 32)
    for small, large, most, what in (
        (end.members, count, MAX_16, "count"),
        (end.size, size, MAX_32, "size"),
        (end.offset, offset, MAX_32, "offset"),
    ):
        if small not in (most, large):
            message = f"the directory's {what} is {small} in the end record, {large} in its zip64 form"
            flaws.append(Flaw(FlawKind.DISAGREES, message, at))
    return _End(end.at, count, size, offset, end.comment), at


def _list(content: Content, directory: Directory, start: int, end: _End) -> None:
    """Add the entries of the directory at `start`."""
    if end.size > MAX_DIRECTORY:
        directory.broken = OverBudget(f"the directory has {end.size} bytes, more than {MAX_DIRECTORY}", start)
        return
    octets = content.read(start, end.size)
    at = listed = 0
    while at + ENTRY_SIZE <= len(octets) and octets.startswith(ENTRY, at):
        if listed >= MAX_ENTRIES:
            directory.broken = OverBudget(f"lists more than {MAX_ENTRIES} members", start + at)
            return
        entry, length = _entry(octets, at, start, directory)
        directory.entries.append(entry)
        listed += 1
        at += length
    if listed != end.members and listed & MAX_16 != end.members:
        message = f"the end record counts {end.members} members, the directory lists {listed}"
        directory.flaws.append(Flaw(FlawKind.DISAGREES, message, end.at))
    if at != len(octets) and not octets.startswith(SIGNATURE, at):
        directory.broken = Malformed("the directory's next bytes are no entry", start + at)
        message = f"{len(octets) - at} bytes of the directory are no entry"
        directory.flaws.append(Flaw(FlawKind.DISAGREES, message, start + at))


def _entry(octets: bytes, at: int, start: int, directory: Directory) -> tuple[Entry, int]:
    made, _, flags, method, _, _, *rest = struct.unpack_from("<6H3L5H2L", octets, at + 4)
    crc, packed, size, name_size, extra_size, comment_size, _, _, mode, offset = rest
    raw = octets[at + ENTRY_SIZE : at + ENTRY_SIZE + name_size]
    name = decode_name(raw)
    if extra_size:
        first = at + ENTRY_SIZE + name_size
        extra = octets[first : first + extra_size]
        size, packed, offset = zip64_numbers(extra, size, packed, offset)
        if (other := unicode_path(extra)) not in (None, name) and raw.isascii() and not set(b"?#") & set(raw):
            message = f"{name!r} is called {other!r} by its Unicode path"
            directory.flaws.append(Flaw(FlawKind.DISAGREES, message, start + at))
    # Only Unix writers (3, 19) put a file mode into the upper half.
    unix = mode >> 16 if made >> 8 in (3, 19) else 0
    entry = Entry(name, raw, flags, method, crc, packed, size, offset + directory.base, unix, start + at)
    return entry, ENTRY_SIZE + name_size + extra_size + comment_size


def decode_name(raw: bytes) -> str:
    """The name as text: UTF-8, which most writers mean even where they do not say so, or code page 437."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp437")


def zip64_numbers(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """Size, packed size and offset, each from the zip64 extra field if it stands there instead."""
    found = _extra(extra, ZIP64_EXTRA) or b""
    numbers: Iterator[int] = iter(struct.unpack_from(f"<{len(found) // 8}Q", found))
    size = next(numbers, size) if size == MAX_32 else size
    packed = next(numbers, packed) if packed == MAX_32 else packed
    offset = next(numbers, offset) if offset == MAX_32 else offset
    return size, packed, offset


def unicode_path(extra: bytes) -> str | None:
    """The name that the Unicode path extra field gives, which some readers prefer, or None."""
    found = _extra(extra, UNICODE_PATH_EXTRA)
    return found[5:].decode("utf-8", "replace") if found else None


def _extra(extra: bytes, wanted: int) -> bytes | None:
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return None
