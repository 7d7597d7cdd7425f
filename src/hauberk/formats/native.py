"""Programs for an interpreter: scripts, Python and Java bytecode, WebAssembly, object archives.

Machine code for an operating system is `executable`'s.
Source: PEP 552; JVM specification 4.1; WebAssembly core specification 5.5.16.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs

# Java class files have a major version of at least 45; a universal Mach-O has few architectures there.
OLDEST_JAVA = 45
STARTS = {
    b"\0asm\1\0\0\0": "WebAssembly",
    b"dex\n0": "Dalvik bytecode",
    b"BC\xc0\xde": "LLVM bitcode",
    b"!<arch>\n": "object archive",
    b"\x1bLua": "Lua bytecode",
    b"MZ": "DOS program",
}
MAGICS = tuple(STARTS)


@dataclass(frozen=True, kw_only=True)
class InterpretedProgram(View):
    """A file that an interpreter or a linker takes as a program; `kind` says which."""

    kind: str
    name: str


def claim(asset: Asset) -> Claim:
    """CERTAIN by the magic number; a script is text, and more may be read from it."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    kind = _kind(asset)
    if not kind:
        return Claim.NONE
    return Claim.NAME if kind == "script" else Claim.CERTAIN


def _kind(asset: Asset) -> str:
    head = asset.head
    if head.startswith(b"#!") and (b"/" in head[2:40]) and not head.startswith(b"#!AMR"):
        return "script"
    if head.startswith(b"\xca\xfe\xba\xbe"):
        return "Java class" if int.from_bytes(head[6:8], "big") >= OLDEST_JAVA else ""
    if head[2:4] == b"\r\n" and (asset.name.endswith((".pyc", ".pyo")) or _is_bytecode(head)):
        return "Python bytecode"
    if not head.startswith(MAGICS):
        return ""
    kind = next(kind for start, kind in STARTS.items() if head.startswith(start))
    return "" if kind == "DOS program" and not _is_dos(asset) else kind


def _is_bytecode(head: bytes) -> bool:
    """Flags of PEP 552 and a marshalled code object behind them."""
    return head[4:8] in (b"\0\0\0\0", b"\1\0\0\0", b"\3\0\0\0") and head[16:17] in (b"\xe3", b"c")


def _is_dos(asset: Asset) -> bool:
    """Pages and header size fit the file, and no other header follows: two letters are chance."""
    head = asset.head
    pages, paragraphs = int.from_bytes(head[4:6], "little"), int.from_bytes(head[8:10], "little")
    if len(head) < 64 or not 0 < pages * 512 <= asset.content.size + 511 or not 2 <= paragraphs <= 512:
        return False
    offset = int.from_bytes(head[60:64], "little")
    return head[offset : offset + 4] != b"PE\0\0"


def read(asset: Asset) -> Iterator[Reading]:
    """The program's view: its code is not judged here."""
    yield InterpretedProgram(locator=asset.locator, kind=_kind(asset), name=asset.name)


SIGNS = Signs(
    starts=(b"#!", b"\xca\xfe\xba\xbe", b"\0asm", b"dex\n", b"BC\xc0\xde", b"!<arch>\n", b"\x1bLua", b"MZ"),
    at=((2, b"\r\n"),),
)
FORMAT = Format("interpreted-program", "program for an interpreter", claim, read)
