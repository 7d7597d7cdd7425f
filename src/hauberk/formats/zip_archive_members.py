"""The members of a zip: directory entry and local header compared, content made readable.

Loaders that check more (Python's zipfile) and loaders that check less (torch's miniz) would see
different archives wherever the two disagree; so an archive in which they do is not trusted.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hauberk.core.asset import Content, Slice
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset
from hauberk.core.view import Flaw, FlawKind
from hauberk.formats.compressed_stream import (
    Bomb,
    Codec,
    Decoder,
    Inflater,
    Measured,
    is_bomb,
    measure,
)
from hauberk.formats.zip_archive_directory import (
    LOCAL,
    LOCAL_SIZE,
    MAX_32,
    MAX_ENTRIES,
    Directory,
    Entry,
    decode_name,
    read_directory,
    zip64_numbers,
)

STORED, DEFLATED, DEFLATE64, BZIP2, LZMA, ZSTD, XZ, AES = 0, 8, 9, 12, 14, 93, 95, 99
ENCRYPTED, DESCRIBED_LATER = 1, 1 << 3
# The record of a torch archive that is unpickled; torch's own reader unpacks nothing but deflate.
TORCH_PICKLE = "data.pkl"
METHOD_NAMES = {DEFLATE64: "deflate64", ZSTD: "zstd", XZ: "xz", AES: "AES encryption"}
# A data descriptor: optional signature, CRC, two sizes of 4 or 8 bytes.
MAX_DESCRIPTOR = 24
# Bytes fetched with each local header: its extra field pads to 64 bytes in torch's archives.
LOCAL_READ = LOCAL_SIZE + 128
# Stored members up to this size have their CRC verified, and so many bytes in all: 0.1 s.
MAX_CHECKED, MAX_CHECKED_IN_ALL = 4 << 20, 64 << 20
# Bytes that the members of one archive may expand to while they are measured.
MAX_EXPANDED_IN_ALL = 8 << 30
# The same where members must overlap, because together they are longer than the archive.
MAX_EXPANDED_OVERLAPPING = 256 << 20
# Bytes of a gap between members that are looked at.
GAP_LOOK = 1 << 16
# Flaws of one archive that are told one by one.
MAX_TOLD = 20
# Copies of one nested archive that no honest archive holds (42.zip holds 16).
MAX_COPIES = 8
# Length of a link's target.
MAX_TARGET = 4096
# Bytes of dictionary that an LZMA decoder may take: the largest preset (-9) needs 64 MiB.
MAX_LZMA_DICTIONARY = 128 << 20
# A local header with the longest name and extra field.
MAX_LOCAL = LOCAL_SIZE + 2 * 0xFFFF + 1
MAX_64 = 0xFFFFFFFFFFFFFFFF
LINK_MODE, TYPE_MASK = 0o120000, 0o170000
# Tensor records are neither compressed nor worth a checksum; their names say so.
RAW_RECORD = re.compile(
    r"[^/]+/(?:data|constants|tensors|data/weights|data/constants)/(?:weight_|tensor_)?\d+"
)


class ZipMember(NamedTuple):
    """One member; `content` is None where it cannot be read (a Gap says why), `at` where it starts."""

    name: str
    size: int
    packed: int
    method: int
    crc: int
    at: int
    content: Content | None


class MemberGap(NamedTuple):
    """Why one member cannot be examined."""

    name: str
    reason: str
    message: str
    remedy: str = ""


@dataclass(slots=True)
class OpenedZip:
    """Everything read of an archive; `broken` says why the listing ends early, if it does."""

    whole: Content
    before: int = 0
    members: tuple[ZipMember, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    gaps: tuple[MemberGap, ...] = ()
    broken: UnreadableAsset | None = None

    @property
    def prefix(self) -> Content:
        """What stands before the archive."""
        return Slice(self.whole, 0, self.before)


def open_zip(content: Content) -> OpenedZip:
    """The archive's members. Raises nothing but what reading `content` raises."""
    opened = OpenedZip(content)
    try:
        directory = read_directory(content)
    except Malformed as error:
        directory = Directory(start=content.size, broken=error)
    if directory.broken and not directory.entries:
        directory.entries = list(_walk_local(content))
    reader = _Members(content, directory)
    opened.members = tuple(reader.members())
    opened.before = min(reader.first, directory.start, content.size)
    opened.flaws = tuple(_told([*directory.flaws, *reader.flaws]))
    opened.gaps = tuple(reader.gaps)
    opened.broken = directory.broken
    if directory.broken and not directory.flaws and not directory.end:
        # Without a directory nothing says where the archive starts: the walk began at 0.
        opened.before = 0
    return opened


def _told(flaws: list[Flaw]) -> Iterator[Flaw]:
    distinct = list(dict.fromkeys(flaws))
    yield from distinct[:MAX_TOLD]
    if len(distinct) > MAX_TOLD:
        yield Flaw(distinct[MAX_TOLD].kind, f"{len(distinct) - MAX_TOLD} further contradictions")


class _ZipLzma:
    """LZMA as zip stores it: version, length and properties, then a raw stream (APPNOTE 5.8.8)."""

    def __init__(self) -> None:
        self._head = b""
        self._inner: Decoder | None = None

    @property
    def eof(self) -> bool:
        return self._inner is not None and self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._inner is None or self._inner.needs_input

    @property
    def unused_data(self) -> bytes | None:
        return self._inner.unused_data if self._inner else b""

    def decompress(self, octets: bytes, max_length: int) -> bytes:
        if self._inner is None:
            self._head += octets
            length = int.from_bytes(self._head[2:4], "little")
            if len(self._head) < 4 + length:
                return b""
            self._inner, octets = _raw_lzma(self._head[4 : 4 + length]), self._head[4 + length :]
        return self._inner.decompress(octets, max_length)


def _raw_lzma(properties: bytes) -> Decoder:
    import lzma

    if len(properties) != 5 or properties[0] >= 225:
        raise ValueError("bad LZMA properties")
    rest, lc = divmod(properties[0], 9)
    pb, lp = divmod(rest, 5)
    size = int.from_bytes(properties[1:], "little")
    if size > MAX_LZMA_DICTIONARY:
        raise ValueError(f"an LZMA dictionary of {size} bytes")
    settings = {"id": lzma.FILTER_LZMA1, "lc": lc, "lp": lp, "pb": pb, "dict_size": size}
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, None, [settings])


def _codec(method: int) -> Codec | None:
    if method == DEFLATED:
        return Codec("deflate", lambda: Inflater(-15), (zlib.error,))
    if method == BZIP2:
        import bz2

        return Codec("bzip2", bz2.BZ2Decompressor, (OSError, ValueError))
    if method == LZMA:
        import lzma

        return Codec("LZMA", _ZipLzma, (lzma.LZMAError, ValueError, MemoryError))
    return None


def _walk_local(content: Content) -> Iterator[Entry]:
    """Members by their local headers, from the first byte on: for archives without a directory."""
    at = 0
    for _ in range(MAX_ENTRIES):
        head = content.read(at, LOCAL_READ)
        if not head.startswith(LOCAL) or len(head) < LOCAL_SIZE:
            return
        flags, method, _, _, crc, packed, size, name_size, extra_size = struct.unpack_from("<4H3L2H", head, 6)
        raw = content.read(at + LOCAL_SIZE, name_size)
        first = at + LOCAL_SIZE + name_size + extra_size
        if flags & DESCRIBED_LATER and not packed:
            packed = _next_header(content, first) - first
            size = packed if method == STORED else MAX_32
        packed = min(packed, max(0, content.size - first))
        yield Entry(decode_name(raw), raw, flags, method, crc, packed, size, at, 0, at)
        at = first + packed
        if flags & DESCRIBED_LATER:
            at = _next_header(content, at)


def _next_header(content: Content, at: int) -> int:
    """Where the next descriptor, member or directory starts, or the end; looks at 64 MiB at most."""
    step = 1 << 20
    for start in range(at, min(content.size, at + (64 << 20)), step):
        found = _HEADER.search(content.read(start, step + 3))
        if found:
            return start + found.start()
    return content.size


_HEADER = re.compile(rb"PK(?:\x07\x08|\x03\x04|\x01\x02)")


@dataclass(slots=True)
class _Members:
    """One pass over the entries of a directory."""

    content: Content
    directory: Directory
    flaws: list[Flaw] = field(default_factory=list)
    gaps: list[MemberGap] = field(default_factory=list)
    checked: int = 0
    room: int = MAX_EXPANDED_IN_ALL
    first: int = 0

    def members(self) -> list[ZipMember]:
        """Each entry's member, in the order of the directory."""
        found: list[ZipMember] = []
        spans: list[tuple[int, int, bool]] = []
        if sum(entry.packed for entry in self.directory.entries) > self.content.size:
            self.room = MAX_EXPANDED_OVERLAPPING
        for entry in self.directory.entries:
            member = self._member(entry)
            found.append(member)
            spans.append((entry.offset, member.at + member.packed, bool(entry.flags & DESCRIBED_LATER)))
        self._check_names(found)
        self._check_spans(sorted(spans))
        self._check_expansion(found)
        return found

    def _flaw(self, kind: FlawKind, message: str, offset: int | None = None) -> None:
        self.flaws.append(Flaw(kind, message, offset))

    def _member(self, entry: Entry) -> ZipMember:
        local = self.content.read(entry.offset, LOCAL_READ)
        if len(local) < LOCAL_SIZE or not local.startswith(LOCAL):
            self._flaw(FlawKind.LIES, f"{_shown(entry.name)}: no local header at {entry.offset}", entry.at)
            self.gaps.append(MemberGap(entry.name, "malformed", "has no local header"))
            return ZipMember(entry.name, entry.size, 0, entry.method, entry.crc, entry.offset, None)
        name_size, extra_size = struct.unpack_from("<2H", local, 26)
        at = entry.offset + LOCAL_SIZE + name_size + extra_size
        if len(local) < LOCAL_SIZE + name_size + extra_size < MAX_LOCAL:
            local = self.content.read(entry.offset, LOCAL_SIZE + name_size + extra_size)
        self._compare(entry, local, name_size, extra_size)
        content = self._content(entry, at)
        self._check_path(entry, content)
        if entry.mode & TYPE_MASK == LINK_MODE and entry.size <= MAX_TARGET:
            content = None  # a link's target was looked at, and is no file
        return ZipMember(entry.name, entry.size, entry.packed, entry.method, entry.crc, at, content)

    def _compare(self, entry: Entry, local: bytes, name_size: int, extra_size: int) -> None:
        flags, method, _, _, crc, packed, size = struct.unpack_from("<4H3L", local, 6)
        raw = local[LOCAL_SIZE : LOCAL_SIZE + name_size]
        if raw != entry.raw:
            other = _shown(decode_name(raw))
            self._differ(entry, f"its local header calls it {other}")
        if (flags ^ entry.flags) & ENCRYPTED:
            self._differ(entry, "only one of its headers says that it is encrypted")
        if method != entry.method:
            self._differ(entry, f"method {entry.method} in the directory, {method} in its local header")
        if extra_size and MAX_32 in (packed, size):
            extra = local[LOCAL_SIZE + name_size : LOCAL_SIZE + name_size + extra_size]
            size, packed, _ = zip64_numbers(extra, size, packed, 0)
        if flags & DESCRIBED_LATER:
            # The sizes may follow the content; writers leave zero or all ones here.
            unknown = (0, MAX_32, MAX_64)
            if (packed in unknown or packed == entry.packed) and (size in unknown or size == entry.size):
                if crc not in (0, entry.crc):
                    self._differ(entry, "its headers name different checksums")
                return
        if (packed, size) != (entry.packed, entry.size):
            self._differ(entry, f"{entry.size} bytes in the directory, {size} in its local header")
        elif crc != entry.crc:
            self._differ(entry, "its headers name different checksums")

    def _differ(self, entry: Entry, message: str) -> None:
        self._flaw(FlawKind.DISAGREES, f"{_shown(entry.name)}: {message}", entry.offset)

    def _content(self, entry: Entry, at: int) -> Content | None:
        if entry.packed > self.directory.start - at:
            message = f"{_shown(entry.name)}: {entry.packed} bytes at {at} reach into the directory"
            if self.directory.end or self.directory.flaws:
                self._flaw(FlawKind.LIES, message, entry.at)
        packed = Slice(self.content, at, max(0, min(entry.packed, self.content.size - at)))
        if entry.method == STORED:
            return self._stored(entry, packed)
        codec = _codec(entry.method)
        if codec is None or (entry.flags & ENCRYPTED and entry.method == AES):
            method = METHOD_NAMES.get(entry.method, f"method {entry.method}")
            if entry.name.endswith(TORCH_PICKLE):
                message = (
                    f"{_shown(entry.name)}: torch stores its pickle as it is, this one is packed by {method}"
                )
                self._flaw(FlawKind.DISAGREES, message, entry.at)
            return self._gap(
                entry, "unsupported", f"is packed by {method}", "re-pack it as stored or deflated"
            )
        return self._expanded(entry, packed, codec)

    def _gap(self, entry: Entry, reason: str, message: str, remedy: str = "") -> Content | None:
        """No content, and why."""
        self.gaps.append(MemberGap(entry.name, reason, message, remedy))
        return None

    def _stored(self, entry: Entry, packed: Slice) -> Content | None:
        if entry.packed != entry.size and not entry.flags & ENCRYPTED:
            self._differ(entry, f"stored as {entry.packed} bytes, but {entry.size} long")
        is_worth_it = packed.size <= MAX_CHECKED and self.checked <= MAX_CHECKED_IN_ALL
        crc = None
        if is_worth_it and not RAW_RECORD.fullmatch(entry.name):
            self.checked += packed.size
            crc = zlib.crc32(packed.read(0, packed.size))
        if entry.flags & ENCRYPTED:
            # The classic cipher adds 12 bytes; torch never looks at the flag.
            if crc != entry.crc and entry.packed != entry.size:
                return self._gap(
                    entry, "unsupported", "is encrypted", "ask for the archive without a password"
                )
            self._differ(entry, "said to be encrypted, but is not")
        elif crc is not None:
            self._check_crc(entry, crc)
        return packed

    def _check_crc(self, entry: Entry, crc: int) -> None:
        # torch.serialization.set_crc32_options(False) writes 0 everywhere.
        if crc != entry.crc and (entry.crc or not entry.flags & DESCRIBED_LATER):
            self._differ(entry, "its checksum is wrong: zipfile refuses it, torch does not")

    def _expanded(self, entry: Entry, packed: Slice, codec: Codec) -> Content | None:
        try:
            if is_bomb(entry.size, packed.size) and entry.size != MAX_32:
                raise Bomb(f"{packed.size} bytes expand to {entry.size}")
            measured = measure(packed, codec, max(0, self.room))
        except OverBudget as error:
            if isinstance(error, Bomb):
                self._flaw(FlawKind.BOMB, f"{_shown(entry.name)}: {error}", entry.at)
            return self._gap(entry, error.reason, str(error))
        self.room -= measured.content.size
        if entry.flags & ENCRYPTED:
            # Chance may inflate, but not to the right length.
            if measured.broken or measured.content.size != entry.size:
                return self._gap(
                    entry, "unsupported", "is encrypted", "ask for the archive without a password"
                )
            self._differ(entry, "said to be encrypted, but is not")
        if measured.broken:
            self._gap(entry, measured.broken.reason, str(measured.broken))
        elif self.directory.end:
            self._check_expanded(entry, packed, measured)
        return measured.content

    def _check_expanded(self, entry: Entry, packed: Slice, measured: Measured) -> None:
        if measured.content.size != entry.size:
            self._differ(entry, f"{entry.size} bytes long, but expands to {measured.content.size}")
        else:
            self._check_crc(entry, measured.crc)
        if packed.read(measured.ended_at, GAP_LOOK).strip(b"\0"):
            message = f"{packed.size - measured.ended_at} bytes follow its packed content"
            place = packed.start + measured.ended_at
            self._flaw(FlawKind.HIDDEN, f"{_shown(entry.name)}: {message}", place)

    def _check_path(self, entry: Entry, content: Content | None) -> None:
        name = entry.name
        if "\0" in name:
            self._differ(entry, "a name with NUL: readers cut it there")
        # Arrays are named after keys such as "/conv/kernel", and are never unpacked by them.
        if escapes(name.lstrip("/") if name.endswith(".npy") else name):
            self._flaw(FlawKind.ESCAPES, f"{_shown(name)}: the path leaves its folder", entry.at)
        if entry.mode & TYPE_MASK == LINK_MODE and content is not None:
            target = content.read(0, MAX_TARGET).decode("utf-8", "replace")
            if escapes(f"{name}/../{target}") or is_absolute(target):
                self._flaw(FlawKind.ESCAPES, f"{_shown(name)}: a link to {_shown(target)}", entry.at)
        elif name.endswith("/") and entry.size:
            self._differ(entry, f"a folder that holds {entry.size} bytes")

    def _check_names(self, members: list[ZipMember]) -> None:
        if len({each.name for each in members}) == len(members):
            return
        seen: set[str] = set()
        for each in members:
            if each.name in seen:
                message = f"{_shown(each.name)} is there twice: torch takes the first, zipfile the last"
                self._flaw(FlawKind.DISAGREES, message, each.at)
            seen.add(each.name)

    def _check_spans(self, spans: list[tuple[int, int, bool]]) -> None:
        """Members must not overlap, and nothing but descriptors and padding may lie between them."""
        self.first = end = spans[0][0] if spans else self.directory.start
        is_described = False
        for start, stop, described in [*spans, (self.directory.start, self.directory.start, False)]:
            if start < end:
                if end <= self.directory.start or start != self.directory.start:
                    self._flaw(FlawKind.LIES, f"members overlap at {start}", start)
            elif start - end > (MAX_DESCRIPTOR if is_described else 0):
                self._check_gap(end, start)
            end, is_described = max(end, stop), described

    def _check_gap(self, start: int, stop: int) -> None:
        if not self.directory.end:
            return
        octets = self.content.read(start, min(stop - start, GAP_LOOK))
        if octets.strip(b"\0"):
            message = f"{stop - start} bytes between members that the directory does not list"
            self._flaw(FlawKind.HIDDEN, message, start)

    def _check_expansion(self, members: list[ZipMember]) -> None:
        size = sum(each.size for each in members if each.size != MAX_32)
        if is_bomb(size, self.content.size) and not any(each.kind is FlawKind.BOMB for each in self.flaws):
            self._flaw(FlawKind.BOMB, f"{self.content.size} bytes expand to {size}")
        copies: dict[tuple[int, int], int] = {}
        for each in members:
            if each.name.endswith(".zip") and each.size:
                copies[each.crc, each.size] = copies.get((each.crc, each.size), 0) + 1
        if any(number >= MAX_COPIES for number in copies.values()):
            self._flaw(FlawKind.BOMB, f"holds the same archive {max(copies.values())} times")


_DRIVE = re.compile(r"[A-Za-z]:[\\/]")


def is_absolute(path: str) -> bool:
    """A path that starts at a root, on Unix or on Windows."""
    return path.startswith(("/", "\\")) or bool(_DRIVE.match(path))


def escapes(path: str) -> bool:
    """An absolute path, or one whose `..` climb out of the folder it is unpacked into."""
    if is_absolute(path):
        return True
    depth = 0
    for part in path.replace("\\", "/").split("/") if ".." in path else ():
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


def _shown(name: str) -> str:
    return repr(name if len(name) <= 120 else name[:120] + "…")
