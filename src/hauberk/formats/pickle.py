"""Pickles of every protocol, recognised by their opcodes: extensions decide nothing.

Protocols 2 and later start with PROTO; older ones have no magic, and are lexed.
Source: CPython, Lib/pickletools.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hauberk.core.asset import Asset, Content, Kind
from hauberk.core.errors import Malformed
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format

# Endings that promise a pickle, or a container of pickles that would have been recognised as one.
NAMES = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".ckpt")
# The first pickle of torch.save's old format (torch/serialization.py, MAGIC_NUMBER).
LEGACY_TORCH = 0x1950A86A20F9469CFC6C
# What a pickle without PROTO can start with: MARK, a constant, an empty container, a global, a PUT or FRAME.
STARTS = b"(]})cilNIFLSVKMJGTUXPB\x8c\x8d\x88\x89\x8a\x8b\x8e\x8f\x95\x82\x83\x84C"
NAME = rb"[^\W\d][\w.<>\x80-\xff]*"
# What may follow PROTO and its number; lengths of other formats (safetensors) go on with zeros.
OPCODES = b"(.012FGIJKLMNPQRSTUVXBC]abcdeghijlopqrstu})" + bytes(range(0x80, 0x99))
MARK = 0x28
# Strings and numbers that are preceded by their length, and the bytes that the length takes.
COUNTED = {b"U": 1, b"\x8c": 1, b"C": 1, b"\x8a": 1, b"X": 4, b"T": 4, b"B": 4, b"\x8b": 4,
           b"\x8d": 8, b"\x8e": 8, b"\x96": 8}  # fmt: skip
PUSHES = b"INSVUXTCBKMJGLFc]})hgj\x88\x89\x8a\x8cP\x93"
ACTS = b"Rob\x81i"
MAX_TOKENS = 512


@dataclass(frozen=True, kw_only=True, eq=False)
class PickleProgram(View):
    """A pickle, or several stacked behind each other, from byte `start` of the content on."""

    content: Content
    start: int = 0


def _claim(asset: Asset) -> Claim:
    head = asset.head
    if head[:1] == b"\x80":
        return Claim.CERTAIN if len(head) > 2 and head[1] <= 5 and head[2] in OPCODES else Claim.NONE
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if head[:1] and head[0] in STARTS and _is_lexed(head, asset.content.size):
        return Claim.CERTAIN
    return Claim.NAME if asset.name.lower().endswith(NAMES) else Claim.NONE


@cache
def _tokens() -> re.Pattern[bytes]:
    """One opcode with its argument; made when the first head needs it, because making it takes 20 ms."""
    return re.compile(
        rb"[()\]}Nadelostu012Rb\x81\x85-\x89\x8f-\x94]"
        rb"|c%b\n%b\n|i%b\n%b\n" % (NAME, NAME, NAME, NAME) + rb"|I[-+ ]?\w+\n|L-?\w+\n|F[-+.\weE]+\n"
        rb"|S[ \t]*(?:'[^\n]*'|\"[^\n]*\")[ \t\r]*\n|V[^\n]*\n|[gpP]\w+\n"
        rb"|[Khq\x82].|[M\x83].{2}|[Jjr\x84].{4}|G.{8}|\x80[\x00-\x05]|\x95.{8}|\x8a\x00|\x8a\x01.",
        re.DOTALL,
    )


def _is_lexed(head: bytes, size: int) -> bool:
    """Whether the head is opcodes up to a STOP, or far enough that something has been called."""
    at, depth, has_name, has_mark = 0, 0, False, False
    tokens = _tokens()
    for _ in range(MAX_TOKENS):
        if head[at : at + 1] in COUNTED:
            at = _behind_string(head, at)
            depth += 1
            if at > size:
                return False
            continue
        found = tokens.match(head, at)
        if found is None:
            return head[at : at + 1] == b"." and at > 0 and _is_end(head, at + 1, size)
        first = head[at]
        has_name = has_name or first in b"ci\x93"
        has_mark = has_mark or first == MARK
        depth += first in PUSHES
        if has_name and first in ACTS:
            # Without what they take from the stack they raise: such a text is a list of words.
            return has_mark or (depth > 1 and first not in b"io")
        at = found.end()
    return has_name


def _behind_string(head: bytes, at: int) -> int:
    """Where the opcode behind a counted string starts."""
    width = COUNTED[head[at : at + 1]]
    return at + 1 + width + int.from_bytes(head[at + 1 : at + 1 + width], "little")


def _is_end(head: bytes, at: int, size: int) -> bool:
    # Behind STOP there is nothing, or bytes that are no text: a sentence that lexes goes on as text.
    return at >= size or at > 16 or not head[at : at + 16].isascii()


def _read(asset: Asset) -> Iterator[View]:
    if asset.content.size == 0:
        raise Malformed("is empty")
    if _claim(asset) is not Claim.CERTAIN and asset.hint != FORMAT.name:
        raise Malformed("is named like a pickle, but does not start with opcodes")
    yield PickleProgram(locator=asset.locator, content=asset.content)


FORMAT = Format("pickle", "Python pickle", _claim, _read)
