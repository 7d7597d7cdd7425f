"""tar: every header checked, every byte accounted for; members are slices of the archive.

NeMo models, SageMaker's model.tar.gz and torch's format of before 0.1.10 are tars.

Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hauberk.core.asset import MAX_DEPTH, Asset, Content, Kind, Slice
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.gap import Gap
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.zip_archive_members import escapes, is_absolute

BLOCK = 512
MAGIC, MAGIC_AT = b"ustar", 257
ZEROS = bytes(BLOCK)
# Members that we list.
MAX_MEMBERS = 100_000
# Bytes of a long name or of pax records; paths have at most a few thousand.
MAX_EXTENSION = 1 << 20
# Bytes behind the end that are looked at, at once and in all: tar pads to 10,240, tapes to more.
TRAILING_LOOK, MAX_TRAILING = 1 << 20, 64 << 20
MAX_TOLD = 20
LIE_FACTOR, LIE_BYTES = 8, 64 << 20
FILES, FOLDER, HARD_LINK, SYMLINK, DEVICES = b"\0007", b"5", b"1", b"2", b"346"
LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL, SPARSE = b"L", b"K", b"xX", b"g", b"S"
# What POSIX, GNU and star define beyond those: continued files, dumps, labels, multi-volume parts.
CONTINUED, MARKS = b"0", b"DMNV"
# The members of a torch file of before 0.1.10, which torch unpickles one after the other.
TORCH_LEGACY = frozenset({"storages", "tensors", "pickle", "sys_info"})
_NUMBER = re.compile(rb"[ \0]*([0-7]*)[ \0]*")


class TarMember(NamedTuple):
    """One member; `content` is None where it has none or it cannot be read."""

    name: str
    kind: str
    size: int
    at: int
    link: str
    content: Content | None


@dataclass(frozen=True, kw_only=True)
class TarArchive(View):
    """The members of a tar in their order; `is_torch` for torch's format of before 0.1.10."""

    members: tuple[TarMember, ...]
    is_torch: bool = False


def claim(asset: Asset) -> Claim:
    """CERTAIN by ustar's magic, or by the checksum of an older header."""
    head = asset.head
    if asset.kind is Kind.FOLDER or len(head) < BLOCK:
        return Claim.NONE
    if head.startswith(MAGIC, MAGIC_AT):
        return Claim.CERTAIN
    # An older header has an octal checksum that ends with NUL and space, one way or the other.
    if head[0] and head[154:156] in (b"\0 ", b" \0") and head[148:154].strip().isdigit():
        return Claim.CERTAIN if _is_checked(head[:BLOCK]) else Claim.NONE
    return Claim.NAME if asset.name.endswith(".tar") else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The archive's view and its members."""
    walk = _Walk(asset.content)
    walk.run()
    flaws = list(dict.fromkeys(walk.flaws))
    if asset.depth >= MAX_DEPTH and walk.members:
        flaws.insert(0, Flaw(FlawKind.DEEP, f"archives nest more than {MAX_DEPTH} deep"))
    names = {each.name for each in walk.members}
    is_torch = {"storages", "tensors", "pickle"} <= names
    yield TarArchive(
        locator=asset.locator, flaws=tuple(flaws[:MAX_TOLD]), members=tuple(walk.members), is_torch=is_torch
    )
    for name, message in walk.gaps:
        yield Gap(Place(f"{asset.locator}!{name}"), "unsupported", message)
    for each in walk.members:
        if each.content is not None and each.content.size:
            hint = "pickle" if is_torch and each.name in TORCH_LEGACY else ""
            yield asset.inner(each.name, each.content, hint)
    if walk.broken:
        raise walk.broken


def _is_checked(block: bytes) -> bool:
    """The header's checksum is right, as a sum of unsigned or (old Suns) of signed bytes."""
    claimed = _number(block[148:156])
    bare = block[:148] + b" " * 8 + block[156:]
    unsigned = sum(bare)
    return claimed in (unsigned, unsigned - 256 * sum(byte > 127 for byte in bare))


def _number(octets: bytes) -> int | None:
    """An octal number, or GNU's binary one; None if it is neither."""
    if octets[:1] in (b"\x80", b"\xff"):
        return int.from_bytes(octets[1:], "big") if octets[0] == 0x80 else -1
    found = _NUMBER.fullmatch(octets.partition(b"\0")[0])
    return None if found is None else int(found[1] or b"0", 8)


def _text(octets: bytes) -> str:
    return octets.partition(b"\0")[0].decode("utf-8", "backslashreplace")


@dataclass(slots=True)
class _Walk:
    """One pass over the headers of a tar."""

    content: Content
    members: list[TarMember] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    gaps: list[tuple[str, str]] = field(default_factory=list)
    broken: UnreadableAsset | None = None
    at: int = 0
    # What extension headers say of the next member.
    name: str | None = None
    link: str | None = None
    pax: dict[str, str] = field(default_factory=dict)
    is_global: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """List everything up to the end, or to where the archive breaks."""
        try:
            while self._step():
                pass
        except (Malformed, OverBudget) as error:
            self.broken = error
        self._check_names()

    def _step(self) -> bool:
        block = self.content.read(self.at, BLOCK)
        if block == ZEROS:
            self._check_end()
            return False
        if not block:  # members that followed were cut off, perhaps
            raise Malformed("ends without the zeros that end an archive", self.at)
        if len(block) < BLOCK:
            raise Malformed(f"a header of {len(block)} bytes", self.at)
        if not _is_checked(block):
            raise Malformed("a header whose checksum is wrong", self.at)
        if len(self.members) >= MAX_MEMBERS:
            raise OverBudget(f"holds more than {MAX_MEMBERS} members", self.at)
        self._header(block)
        return True

    def _header(self, block: bytes) -> None:
        start = self.at
        size = _number(block[124:136])
        if size is None or size < 0:
            raise Malformed("a header without a size", start)
        kind = block[156:157]
        if kind in (LONG_NAME, LONG_LINK) or kind in PAX or kind == PAX_GLOBAL:
            self._extension(kind, size)
            return
        size = self._pax_size(size, start)
        # Links, devices and folders have no content, whatever their size field says (POSIX).
        held = 0 if kind in HARD_LINK + SYMLINK + DEVICES + FOLDER else size
        first = start + BLOCK + (self._sparse_map(block) if kind == SPARSE else 0)
        self._check_length(held, first)
        name = self.name or self.pax.get("path") or self._plain_name(block)
        link = self.link or self.pax.get("linkpath") or _text(block[157:257])
        content = self._content(kind, name, Slice(self.content, first, held))
        self._check(kind, name, link, start)
        self.members.append(TarMember(name, kind.decode("latin-1"), held, first, link, content))
        self.name = self.link = None
        self.pax = dict(self.is_global)
        self.at = first + _padded(held)

    def _plain_name(self, block: bytes) -> str:
        name, prefix = _text(block[:100]), _text(block[345:500])
        # GNU's own format has times where ustar has the prefix.
        is_ustar = block.startswith(b"ustar\0", MAGIC_AT)
        return f"{prefix}/{name}" if prefix and is_ustar else name

    def _pax_size(self, size: int, start: int) -> int:
        claimed = self.pax.get("size")
        if claimed is None:
            return size
        if not claimed.isascii() or not claimed.isdigit() or len(claimed) > 20:
            raise Malformed(f"pax size {claimed!r} is no number", start)
        if size not in (0, int(claimed)):
            message = f"{size} bytes in the header, {claimed} in its pax record"
            self.flaws.append(Flaw(FlawKind.DISAGREES, message, start))
        return int(claimed)

    def _sparse_map(self, block: bytes) -> int:
        """Bytes of further blocks with the map of a GNU sparse member (`isextended`)."""
        length, is_extended = 0, block[482]
        while is_extended:
            length += BLOCK
            if length > MAX_EXTENSION:
                raise OverBudget(f"a sparse map of more than {MAX_EXTENSION} bytes", self.at)
            is_extended = self.content.read(self.at + length, BLOCK)[504:505] > b"\0"
        return length

    def _check_length(self, size: int, start: int) -> None:
        left = self.content.size - start
        if size > left:
            if size > LIE_FACTOR * self.content.size and size > LIE_BYTES:
                message = f"claims a member of {size} bytes in {self.content.size}"
                self.flaws.append(Flaw(FlawKind.LIES, message, start))
            raise Malformed(f"a member of {size} bytes, but only {left} follow", start)

    def _extension(self, kind: bytes, size: int) -> None:
        start = self.at
        if size > MAX_EXTENSION:
            raise OverBudget(f"a name or pax record of {size} bytes, more than {MAX_EXTENSION}", start)
        self._check_length(size, start + BLOCK)
        octets = self.content.read(start + BLOCK, size)
        if kind == LONG_NAME:
            self.name = _text(octets)
        elif kind == LONG_LINK:
            self.link = _text(octets)
        elif kind == PAX_GLOBAL:
            self.is_global.update(_pax_records(octets, start))
            self.pax = {**self.is_global, **self.pax}
        else:
            self.pax.update(_pax_records(octets, start))
        self.at = start + BLOCK + _padded(size)

    def _content(self, kind: bytes, name: str, content: Slice) -> Content | None:
        is_sparse = kind == SPARSE or any(key.startswith("GNU.sparse.") for key in self.pax)
        if is_sparse:
            self.gaps.append((name, "is a sparse member, which is not put together"))
            return None
        if kind in FILES + CONTINUED:
            # Old tars mark folders by a slash alone.
            return None if name.endswith("/") and not content.size else content
        if kind not in HARD_LINK + SYMLINK + DEVICES + FOLDER + MARKS:
            self.gaps.append((name, f"is of type {kind!r}, which no tar defines"))
            return content
        if kind in b"MN":
            self.gaps.append((name, "is part of another volume"))
        return None

    def _check(self, kind: bytes, name: str, link: str, start: int) -> None:
        if escapes(name):
            self.flaws.append(Flaw(FlawKind.ESCAPES, f"{name[:120]!r}: the path leaves its folder", start))
        if kind in DEVICES:
            self.flaws.append(Flaw(FlawKind.ESCAPES, f"{name[:120]!r} is a device", start))
        is_out = kind == HARD_LINK and escapes(link)
        is_out |= kind == SYMLINK and (is_absolute(link) or escapes(f"{name}/../{link}"))
        if is_out:
            self.flaws.append(Flaw(FlawKind.ESCAPES, f"{name[:120]!r}: a link to {link[:120]!r}", start))

    def _check_names(self) -> None:
        seen: set[str] = set()
        for each in self.members:
            name = each.name.removeprefix("./")
            if name in seen and each.kind != FOLDER.decode():
                message = f"{name[:120]!r} is there twice: the last one stays"
                self.flaws.append(Flaw(FlawKind.DISAGREES, message, each.at))
            seen.add(name)

    def _check_end(self) -> None:
        """Nothing but zeros may follow; Python ends at one block of them, GNU tar at two."""
        end = self.at
        for at in range(end, self.content.size, TRAILING_LOOK):
            if at - end >= MAX_TRAILING:
                raise OverBudget(f"more than {MAX_TRAILING} zeros follow the archive's end", at)
            octets = self.content.read(at, TRAILING_LOOK)
            if not octets.strip(b"\0"):
                continue
            at += len(octets) - len(octets.lstrip(b"\0"))
            start = at - (at - end) % BLOCK
            is_tar = _is_checked(self.content.read(start, BLOCK).ljust(BLOCK, b"\0"))
            kind = FlawKind.DISAGREES if is_tar else FlawKind.HIDDEN
            message = f"{self.content.size - at} bytes follow the archive's end"
            self.flaws.append(Flaw(kind, message, at))
            rest = Slice(self.content, start, self.content.size - start)
            self.members.append(TarMember("(behind the end)", "", rest.size, start, "", rest))
            return


def _padded(size: int) -> int:
    return -(-size // BLOCK) * BLOCK


def _pax_records(octets: bytes, start: int) -> Mapping[str, str]:
    """Records of the form `length key=value\\n`. Raises Malformed."""
    records: dict[str, str] = {}
    at = 0
    while at < len(octets) and octets[at]:
        digits = octets[at : at + 20].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        record = octets[at : at + length]
        key, is_pair, value = record[len(digits) + 1 : -1].partition(b"=")
        if len(record) != length or not is_pair or not record.endswith(b"\n"):
            raise Malformed("a pax record without length, key and value", start)
        records[key.decode("utf-8", "replace")] = value.decode("utf-8", "backslashreplace")
        at += length
    return records


SIGNS = Signs(at=((257, b"ustar"), (154, b"\0 "), (154, b" \0")), ends=(".tar",))
FORMAT = Format("tar", "tar archive", claim, read)
