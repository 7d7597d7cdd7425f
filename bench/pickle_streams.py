"""Random pickle streams that live: most opcodes find on the stack what they take.

A rough stack of kinds is kept; now and then an opcode is chosen against it, as attackers and broken
files do.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

NAMES = ("alpha", "Beta", "os.path", "béta", "gamma_1", "X", "__dunder__", "a.b.c")
INTS = (
    "0", "1", "00", "01", "+1", "-0", " 1", "+0", "-1", "5", "0x1f", "0X1F", "0b101", "0o17", "017", "08",
    "1_000", "12 ",
    " 7", "\t7", "0777", "-017", "9" * 25, "0" + "7" * 30, "1e3", "", "x", "--1", "5\0x", "\0", "\0x",
    "0\0", "9223372036854775808",
    "-9223372036854775808", "0x", "+ 5", "00\0", "\x0b3", "\x1c3", "0xffffffffffffffffff", "1__0",
    "_1", "0_7", "0x_f", "000", "-00", "00000",
)  # fmt: skip
LONGS = (
    "5L",
    "5",
    "0L",
    "L",
    "",
    "017L",
    "0x1fL",
    " 5L",
    "5 L",
    "1_0L",
    "-3L",
    "5LL",
    "5\0L",
    "00L",
    "0b1L",
    "5L ",
)
FLOATS = (
    "1.5", "1", ".5", "5.", "1e5", "1E-5", "nan", "inf", "-Infinity", "1e999", "-1e999", " 1.0",
    "1.0 ", "1_0.0", "", "x", "1e",
    "1.5\0x", "0x1p3", "+.5e+2", ".", "infinit", "-nan", "1e-999", "NaN",
)  # fmt: skip
STRINGS = (
    b"'a'", b'"a"', b"'a\"", b"a", b"''", b"'", b"", b"'a' ", b" 'a'", b"'a\\n'", b"'\\x41'",
    b"'\\x4'", b"'\\'", b"'a'b'",
    b"'\xe9'", b"'\\101'", b"'\\q'", b'"\'"', b"'a'\r", b"'\\\\'", b"'\\777'",
)  # fmt: skip
UNICODES = (
    b"a",
    b"",
    b"\\u0041",
    b"\\u00",
    b"\xe9",
    b"\\U0001F600",
    b"\\U00110000",
    b"\\n",
    b"\\",
    b"\\ud800",
    b"a b",
)
INDICES = (
    "0",
    "1",
    "2",
    "5",
    " 1",
    "1 ",
    "+2",
    "-1",
    "01",
    "1_0",
    "",
    "x",
    "0x1",
    "3L",
    "1\0",
    "9" * 30,
    "300",
)
T = TypeVar("T")
LENGTHS = (0, 1, 2, 3, 7)
PROTO = 0x80


class Stream:
    """The octets so far, and roughly what stands on the stack: `(` is a mark."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.out = bytearray()
        self.stack: list[str] = []
        self.memo: dict[int, str] = {}

    def put(self, octets: bytes, taken: int = 0, left: str = "") -> None:
        self.out += octets
        del self.stack[len(self.stack) - taken :]
        self.stack += left

    def above_mark(self) -> int:
        """How many kinds stand above the last mark, or -1 without one."""
        for count, kind in enumerate(reversed(self.stack)):
            if kind == "(":
                return count
        return -1

    def words(self) -> bytes:
        return self.random.choice(NAMES).encode()

    def pick(self, *choices: bytes) -> bytes:
        return self.random.choice(choices)


def _usual(random: Random, choices: Sequence[T], good: int) -> T:
    """Mostly one of the first, which `_pickle` takes: a stream that breaks at once tells little."""
    return random.choice(choices[:good] if random.random() < 0.9 else choices)


def _line(code: bytes, text: str | bytes) -> bytes:
    return code + (text.encode("latin-1") if isinstance(text, str) else text) + b"\n"


def _number(s: Stream) -> None:
    r = s.random
    form = r.randrange(9)
    if form == 0:
        s.put(_line(b"I", _usual(r, INTS, 14)), 0, "i")
    elif form == 1:
        s.put(_line(b"L", _usual(r, LONGS, 3)), 0, "i")
    elif form == 2:
        s.put(_line(b"F", _usual(r, FLOATS, 9)), 0, "i")
    elif form == 3:
        s.put(b"G" + struct.pack(">d", r.choice((0.0, 1.5, -2.0, float("inf")))), 0, "i")
    elif form == 4:
        s.put(b"J" + struct.pack("<i", r.choice((0, -1, 1 << 30))), 0, "i")
    elif form == 5:
        length = r.choice(LENGTHS)
        s.put(
            s.pick(b"\x8a" + bytes([length]), b"\x8b" + struct.pack("<i", length)) + r.randbytes(length),
            0,
            "i",
        )
    elif form == 6:
        s.put(b"M" + r.randbytes(2), 0, "i")
    else:
        s.put(b"K" + bytes([r.randrange(4)]), 0, "i")


def _text(s: Stream) -> None:
    r = s.random
    form = r.randrange(8)
    if form == 0:
        s.put(_line(b"S", _usual(r, STRINGS, 2)), 0, "s")
    elif form == 1:
        s.put(_line(b"V", _usual(r, UNICODES, 3)), 0, "s")
    elif form == 2:
        text = r.choice((b"abc", b"", b"\xe9", b"x" * 200))
        s.put(s.pick(b"U" + bytes([len(text)]), b"T" + struct.pack("<i", len(text))) + text, 0, "s")
    elif form == 3:
        text = r.choice((b"a", b"", b"\xff\x00"))
        head = s.pick(
            b"C" + bytes([len(text)]),
            b"B" + struct.pack("<I", len(text)),
            b"\x8e" + struct.pack("<Q", len(text)),
        )
        s.put(head + text, 0, "y")
    elif form == 4:
        text = r.choice((b"", b"abc"))
        s.put(b"\x96" + struct.pack("<Q", len(text)) + text, 0, "b")
    else:
        text = (
            s.words()
            if form < 7
            else r.choice((b"\xed\xa0\x80", b"\xff", b"", b"z" * 66000 if r.random() < 0.02 else b"z"))
        )
        heads = (b"X" + struct.pack("<I", len(text)), b"\x8d" + struct.pack("<Q", len(text)))
        s.put(
            (b"\x8c" + bytes([len(text)]) if len(text) < 256 and r.random() < 0.5 else s.pick(*heads)) + text,
            0,
            "s",
        )


def _constant(s: Stream) -> None:
    kinds = {b"N": "n", b"\x88": "i", b"\x89": "i", b"]": "l", b"}": "d", b")": "t", b"\x8f": "e"}
    code = s.random.choice(list(kinds))
    s.put(code, 0, kinds[code])


def _mark(s: Stream) -> None:
    s.put(b"(", 0, "(")


def _close(s: Stream) -> None:
    count = s.above_mark()
    if count < 0:
        return _mark(s)
    kinds = s.stack[len(s.stack) - count :] if count else []
    target = s.stack[-count - 2] if len(s.stack) > count + 1 else ""
    choices = [(b"t", 1, "t"), (b"l", 1, "l"), (b"1", 1, "")]
    if count % 2 == 0:
        choices.append((b"d", 1, "d"))
        choices += [(b"u", 1, "")] * 3 if target in "dg" and target else []
    choices += [(b"e", 1, "")] * 3 if target and target in "lg" else []
    choices += [(b"\x90", 1, "")] * 3 if target and target in "eg" else []
    choices.append((b"\x91", 1, "f"))
    if kinds and kinds[0] == "g":
        choices += [(b"o", 1, "m")] * 4
    choices += [(b"i" + s.words() + b"\n" + s.words() + b"\n", 1, "m")] * 2
    code, marks, left = s.random.choice(choices)
    return s.put(code, count + marks, left)


def _import(s: Stream) -> None:
    if s.random.random() < 0.5:
        s.put(b"c" + s.words() + b"\n" + s.words() + b"\n", 0, "g")
    else:
        for _ in range(2):
            if s.random.random() < 0.9:
                word = s.words()
                s.put(b"\x8c" + bytes([len(word)]) + word, 0, "s")
            else:
                _text(s)
        s.put(b"\x93", 2, "g")


def _arguments(s: Stream) -> None:
    count = s.random.randrange(4)
    for _ in range(count):
        s.random.choice((_number, _text, _constant))(s)
    s.put((b")", b"\x85", b"\x86", b"\x87")[count], count, "t")


def _call(s: Stream) -> None:
    if not s.stack or s.stack[-1] not in "gm":
        _import(s)
    _arguments(s)
    if s.random.random() < 0.2:
        s.put(b"}", 0, "d")
        if s.random.random() < 0.5:
            _text(s)
            _number(s)
            s.put(b"s", 2)
        s.put(b"\x92", 3, "m")
    else:
        s.put(s.pick(b"R", b"R", b"\x81"), 2, "m")


def _wants(s: Stream, kinds: str) -> None:
    """Have something of the kinds on top, mostly: what it is given to does not take much else."""
    starts: dict[str, Callable[[Stream], None]] = {
        "m": _call, "g": _import, "l": lambda s: s.put(b"]", 0, "l"), "d": lambda s: s.put(b"}", 0, "d"),
    }  # fmt: skip
    if (not s.stack or s.stack[-1] not in kinds) and s.random.random() < 0.95:
        starts[s.random.choice(kinds)](s)


def _build(s: Stream) -> None:
    _wants(s, "mg")
    s.random.choice((_constant, _arguments, _text))(s)
    s.put(b"b", 1)


def _persistent(s: Stream) -> None:
    if s.random.random() < 0.3:
        s.put(_line(b"P", _usual(s.random, ("a", "", "1", "\xe9"), 3)), 0, "m")
    else:
        s.random.choice((_number, _text))(s)
        s.put(b"Q", 1, "m")


def _marker(s: Stream) -> None:
    """An event that changes nothing: it tells how far both readers came."""
    s.put(b"K" + bytes([s.random.randrange(256)]) + b"Q0")


def _fill(s: Stream) -> None:
    if s.random.random() < 0.7:
        _wants(s, "lmg")
        _number(s)
        s.put(b"a", 1)
    else:
        _wants(s, "dmg")
        s.random.choice((_number, _text, _constant))(s)
        _number(s)
        s.put(b"s", 2)


def _memo(s: Stream) -> None:
    if s.random.random() < 0.5:
        _remember(s)
    else:
        _recall(s)


def _remember(s: Stream) -> None:
    r = s.random
    if not s.stack or (s.stack[-1] == "(" and r.random() < 0.95):
        _number(s)
    index = r.choice((0, 1, 2, 5, 200, 70_000 if r.random() < 0.1 else 3))
    forms = [b"r" + struct.pack("<I", index), _line(b"p", str(index))]
    forms += [b"q" + bytes([index])] if index < 256 else []
    if r.random() < 0.05:
        s.put(_line(b"p", _usual(r, INDICES, 5)))
        return
    if r.random() < 0.3:
        index, forms = len(s.memo), [b"\x94"]
    s.put(r.choice(forms))
    s.memo[index] = s.stack[-1]


def _recall(s: Stream) -> None:
    r = s.random
    known = list(s.memo)
    if not known and r.random() < 0.95:
        return
    index = r.choice(known) if known and r.random() < 0.98 else r.randrange(6)
    forms = [b"j" + struct.pack("<I", index), _line(b"g", str(index))]
    forms += [b"h" + bytes([index])] * 3 if index < 256 else []
    forms += [_line(b"g", _usual(r, INDICES, 5))] if r.random() < 0.02 else []
    s.put(r.choice(forms), 0, s.memo.get(index, "i"))


def _odd(s: Stream) -> None:
    r = s.random
    form = r.randrange(9)
    if form == 0:
        s.put(b"2", 0, s.stack[-1] if s.stack else "")
    elif form == 1 and s.stack:
        s.put(b"0", 1)
    elif form == 2:
        s.put(b"\x80" + bytes([r.choice((0, 1, 2, 3, 4, 5, 5, 4, 6 if r.random() < 0.1 else 2))]))
    elif form == 3:
        s.put(b"\x95" + struct.pack("<Q", r.choice((0, 0, 1, 2, 4, 1 << 40 if r.random() < 0.1 else 0))))
    elif form == 4:
        code = r.choice((1, 5, 255, 299, r.choice((0, 300, 65535)) if r.random() < 0.1 else 2))
        s.put(b"\x82" + bytes([code]) if code < 256 else b"\x83" + struct.pack("<H", code), 0, "m")
    elif form == 5:
        s.put(
            b"\x84"
            + struct.pack("<i", r.choice((1, 7, 290, r.choice((-1, 0, 70_000)) if r.random() < 0.1 else 3))),
            0,
            "m",
        )
    elif form == 6 and r.random() < 0.3:
        s.put(b"\x97", 0, "y")
    elif form == 7 and s.stack and s.stack[-1] in "yb":
        s.put(b"\x98")
    elif r.random() < 0.15:
        s.put(bytes([r.choice(b"0123RobQPtdlseua\x81\x85\x86\x87\x90\x91\x92\x93\x94\x98()]}\x00.")]))


STEPS: tuple[tuple[Callable[[Stream], None], int], ...] = (
    (_number, 8), (_text, 8), (_constant, 8), (_mark, 5), (_close, 9), (_import, 5), (_call, 6), (_build, 4),
    (_persistent, 3), (_fill, 4), (_memo, 9), (_odd, 5),
)  # fmt: skip


def stream(random: Random) -> bytes:
    """A pickle, and at times others behind it; it may break off anywhere."""
    octets = b"".join(_pickle(random) for _ in range(random.choices((1, 2, 4), (90, 8, 2))[0]))
    return octets if random.random() < 0.95 else octets[: random.randrange(len(octets))]


def _pickle(random: Random) -> bytes:
    s = Stream(random)
    if random.random() < 0.5:
        s.put(b"\x80" + bytes([random.randrange(6)]))
    steps, weights = zip(*STEPS, strict=True)
    for step in random.choices(steps, weights, k=random.choice((3, 6, 10, 15, 25, 40))):
        step(s)
        if random.random() < 0.4:
            _marker(s)
    if not s.stack or s.stack[-1] == "(":
        _number(s)
    octets = _framed(s) + b"."
    if random.random() < 0.1:  # any octet may be any other
        at = random.randrange(len(octets))
        octets = octets[:at] + random.randbytes(1) + octets[at + 1 :]
    return octets


def _framed(s: Stream) -> bytes:
    """The octets, a part of them now and then in a frame that may end inside an opcode."""
    octets = bytes(s.out)
    if s.random.random() < 0.9 or len(octets) < 4:
        return octets
    start = 2 if octets[0] == PROTO else 0
    length = s.random.choice((len(octets) - start, s.random.randrange(len(octets) - start + 1)))
    return octets[:start] + b"\x95" + struct.pack("<Q", length) + octets[start:]
