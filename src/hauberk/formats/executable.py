"""Native programs: ELF, PE, Mach-O, and the polyglots that are models and programs at once.

Source: ELF specification 1.2; PE/COFF specification; Apple, `mach-o/loader.h`; llamafile, README.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs

# Actually Portable Executables: a shell script, a DOS and an ELF program in one.
PORTABLE = (b"MZqFpD='", b"jartsr='", b"APEDBG='")
MACH_O = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xfe\xed\xfa\xce")
UNIVERSAL = b"\xca\xfe\xba\xbe"
# Architectures in one universal binary; Java's class files have their version, at least 45, there.
MAX_ARCHITECTURES = 20


@dataclass(frozen=True, kw_only=True)
class NativeProgram(View):
    """A file that an operating system runs; `kind` is ELF, PE, Mach-O or APE."""

    kind: str
    name: str


def claim(asset: Asset) -> Claim:
    """CERTAIN by the magic number."""
    if asset.head[:1] not in (b"\x7f", b"M", b"j", b"A", b"\xcf", b"\xce", b"\xfe", b"\xca"):
        return Claim.NONE
    return Claim.CERTAIN if asset.kind is not Kind.FOLDER and _kind(asset.head) else Claim.NONE


def _kind(head: bytes) -> str:
    if head.startswith(b"\x7fELF") and head[4:5] in (b"\1", b"\2"):
        return "ELF"
    if head.startswith(PORTABLE):
        return "APE"
    if head.startswith(b"MZ") and len(head) >= 64:
        offset = int.from_bytes(head[60:64], "little")
        return "PE" if head[offset : offset + 4] == b"PE\0\0" else ""
    if head.startswith(MACH_O):
        return "Mach-O"
    is_universal = head.startswith(UNIVERSAL) and 0 < int.from_bytes(head[4:8], "big") < MAX_ARCHITECTURES
    return "Mach-O" if is_universal else ""


def read(asset: Asset) -> Iterator[Reading]:
    """The program's view: its machine code is not judged."""
    yield NativeProgram(locator=asset.locator, kind=_kind(asset.head), name=asset.name)


SIGNS = Signs(
    starts=(b"\x7fELF", b"MZ", b"jartsr", b"APEDBG", b"\xcf\xfa", b"\xce\xfa", b"\xfe\xed\xfa", b"\xca\xfe")
)
FORMAT = Format("executable", "native program", claim, read)
