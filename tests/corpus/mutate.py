"""Rewrites of live pickles that keep what they do: every mutant loads to the same effect.

A rewrite takes a list of opcodes (bytes each) and gives another; `mutants` draws rewrites and containers.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import pickletools
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from tests.corpus.containers import npy
from tests.corpus.technique import Technique, malicious
from tests.corpus.torch_archives import ORDER, VERSION
from tests.corpus.zips import Member, archive

Opcodes = list[bytes]
Rewrite = Callable[[Opcodes, random.Random], Opcodes]
TEXTS = {ord("X"), 0x8C, 0x8D}
PUTS, GETS = set(b"pqr"), set(b"ghj")
MEMOIZE, FRAME, PROTO, STACK_GLOBAL = 0x94, 0x95, 0x80, 0x93
NOISE = [b"N0", b"]0", b"}0", b"K\x070", b"(1", b"(N]1", b"\x880", b")0", b"((1K\x011",
         b"X\x03\x00\x00\x00abc0",
         b"\x8c\x06system0", b"]N2000", b"\x8f0", b"C\x02os0"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rewritten sample: how to load it, its bytes, what was done to it, and of which attack it is one."""

    technique: Technique
    octets: bytes
    steps: tuple[str, ...]
    origin: Technique


def opcodes(octets: bytes) -> Opcodes | None:
    """The program's opcodes; None where it cannot be taken apart to the last byte."""
    try:
        starts = [place for _, _, place in pickletools.genops(octets) if place is not None]
    except Exception:  # broken on purpose: pickletools raises whatever it meets
        return None
    if starts[-1] + 1 != len(octets):
        return None
    return [octets[start:end] for start, end in zip(starts, [*starts[1:], len(octets)], strict=True)]


def _text_of(opcode: bytes) -> bytes | None:
    skipped = {ord("X"): 5, 0x8C: 2, 0x8D: 9}.get(opcode[0])
    return None if skipped is None else opcode[skipped:]


def _is_plain(octets: bytes) -> bool:
    return octets.isascii() and octets.decode().isprintable() and b"\\" not in octets and b"'" not in octets


def spell(octets: bytes, chance: random.Random) -> bytes:
    """A string by a random opcode."""
    ways = [b"X" + struct.pack("<I", len(octets)), b"\x8d" + struct.pack("<Q", len(octets))]
    ways += [b"\x8c" + bytes([len(octets)])] if len(octets) < 256 else []
    if octets.isascii():
        ways.append(b"T" + struct.pack("<i", len(octets)))
        ways += [b"U" + bytes([len(octets)])] if len(octets) < 256 else []
    if _is_plain(octets):
        ways += [b"V", b"S'"]
    way = chance.choice(ways)
    return way + octets + {b"V": b"\n", b"S'": b"'\n"}.get(way, b"")


def respell(program: Opcodes, chance: random.Random) -> Opcodes:
    """Strings by other opcodes."""
    return [spell(held, chance) if (held := _text_of(each)) is not None and chance.random() < 0.7 else each
            for each in program]  # fmt: skip


def unframe(program: Opcodes, chance: random.Random) -> Opcodes:
    """No frames, so that other rewrites may change lengths."""
    return [each for each in program if each[0] != FRAME]


def reframe(program: Opcodes, chance: random.Random) -> Opcodes:
    """Frames around random stretches."""
    out, place = [], 0
    bare = unframe(program, chance)
    while place < len(bare):
        width = chance.randint(1, 8)
        stretch = b"".join(bare[place : place + width])
        framed = place and chance.random() < 0.6
        out += (
            [b"\x95" + struct.pack("<Q", len(stretch)), *bare[place : place + width]]
            if framed
            else bare[place : place + width]
        )
        place += width
    return out


def noise(program: Opcodes, chance: random.Random) -> Opcodes:
    """Objects that are pushed and popped again, anywhere."""
    out: Opcodes = []
    for each in program:
        out.append(each)
        if each[0] != ord(".") and chance.random() < 0.3:
            out += (opcodes(chance.choice(NOISE) + b".") or [])[:-1]
    return out


def _memo_index(opcode: bytes) -> int:
    kind = chr(opcode[0])
    if kind in "pg":
        return int(opcode[1:-1])
    return opcode[1] if kind in "qh" else struct.unpack("<I", opcode[1:5])[0]


def renumber(program: Opcodes, chance: random.Random) -> Opcodes:
    """Other memo numbers, written in other widths."""
    names: dict[int, int] = {}
    fresh = chance.sample(range(200, 1200), 1000)
    out = []
    for each in program:
        if each[0] == MEMOIZE or each[0] in PUTS:
            index = len(names) if each[0] == MEMOIZE else _memo_index(each)
            new = names.setdefault(index, fresh[len(names) % 1000])
            out.append(chance.choice([b"r" + struct.pack("<I", new), b"p%d\n" % new]))
        elif each[0] in GETS:
            new = names.get(_memo_index(each), 0)
            out.append(chance.choice([b"j" + struct.pack("<I", new), b"g%d\n" % new]))
        else:
            out.append(each)
    return out


def through_memo(program: Opcodes, chance: random.Random) -> Opcodes:
    """Strings stored, dropped and fetched again."""
    out: Opcodes = []
    for place, each in enumerate(renumber(program, chance)):
        out.append(each)
        if each[0] in TEXTS and chance.random() < 0.5:
            index = 2000 + place % 3000
            out += [b"r" + struct.pack("<I", index), b"0", b"j" + struct.pack("<I", index)]
    return out


def regard(program: Opcodes, chance: random.Random) -> Opcodes:
    """GLOBAL as STACK_GLOBAL, and back where the strings stand right before it."""
    out: Opcodes = []
    for each in program:
        if each[0] == ord("c") and chance.random() < 0.7:
            module, name = each[1:-1].split(b"\n")
            out += [spell(module, chance), spell(name, chance), b"\x93"]
        elif each[0] == STACK_GLOBAL and len(out) > 1 and chance.random() < 0.5:
            module, name = (_text_of(held) for held in out[-2:])
            if module and name and _is_plain(module) and _is_plain(name):
                out[-2:] = [b"c" + module + b"\n" + name + b"\n"]
            else:
                out.append(each)
        else:
            out.append(each)
    return out


def rewrite_numbers(program: Opcodes, chance: random.Random) -> Opcodes:
    """Integers as text, in base 10 or 16."""
    widths = {ord("K"): "<B", ord("M"): "<H", ord("J"): "<i"}
    out = []
    for each in program:
        if each[0] in widths and len(each) > 1:
            number = struct.unpack(widths[each[0]], each[1:])[0]
            out.append(
                chance.choice([b"I%d\n" % number, b"L%dL\n" % number, b"I" + hex(number).encode() + b"\n"])
            )
        else:
            out.append(each)
    return [
        b"J" + struct.pack("<i", int(each[1:], 0)) if each in (b"I0\n", b"I1\n") else each for each in out
    ]


def other_protocol(program: Opcodes, chance: random.Random) -> Opcodes:
    """Another protocol number that reads names the same way."""
    same = {4: [4, 5], 5: [4, 5], 3: [3], 2: [0, 1, 2], 1: [0, 1, 2], 0: [0, 1, 2]}
    return [
        bytes([PROTO, chance.choice(same.get(each[1], [each[1]]))]) if each[0] == PROTO else each
        for each in program
    ]


REWRITES: list[Rewrite] = [
    respell,
    noise,
    renumber,
    through_memo,
    regard,
    rewrite_numbers,
    other_protocol,
    reframe,
]


def _torch(octets: bytes, chance: random.Random) -> bytes:
    root = chance.choice(["archive", "model", "weights/v2", "a b"]).split("/")[0]
    data = Member(
        f"{root}/data.pkl",
        octets,
        extra=chance.choice([b"", b"FB\x04\x00ZZZZ"]),
        deflate=chance.random() < 0.3,
    )
    rest = [replace(ORDER, name=f"{root}/byteorder"), replace(VERSION, name=f"{root}/version"),
            Member(f"{root}/data/0", bytes(64))]  # fmt: skip
    chance.shuffle(rest)
    place = chance.randint(0, 3)
    return archive(*rest[:place], data, *rest[place:])


CONTAINERS: list[tuple[str, str, Callable[[bytes, random.Random], bytes]]] = [
    ("model.pkl", "pickle", lambda octets, _: octets),
    ("model.joblib", "joblib", lambda octets, chance: zlib.compress(octets, chance.randint(0, 9))),
    ("model.joblib", "joblib", lambda octets, _: gzip.compress(octets)),
    ("model.joblib", "joblib", lambda octets, _: bz2.compress(octets)),
    ("model.joblib", "joblib", lambda octets, _: lzma.compress(octets)),
    ("frame.pkl.gz", "pandas", lambda octets, chance: gzip.compress(octets, chance.randint(1, 9))),
    (
        "frame.pkl.zip",
        "pandas",
        lambda octets, chance: archive(Member("x", octets, deflate=chance.random() < 0.5)),
    ),
    ("model.pt", "torch", _torch),
    ("weights.npy", "numpy", lambda octets, chance: npy(octets, chance.choice([1, 2, 3]))),
    (
        "weights.npz",
        "numpy",
        lambda octets, chance: archive(Member("a.npy", npy(octets), deflate=chance.random() < 0.5)),
    ),
]


def seeds() -> list[tuple[Technique, Opcodes]]:
    """The live single-file pickles that can be taken apart."""
    out = []
    for each in malicious():
        if (
            each.family.startswith("pickle-")
            and each.load == "pickle"
            and each.effect == "mark"
            and each.is_possible
        ):
            made = each.build()
            taken = opcodes(made) if isinstance(made, bytes) and len(made) < 4096 else None
            if taken:
                out.append((each, taken))
    return out


def mutants(count: int, seed: int = 0) -> Iterator[Mutant]:
    """`count` mutants; the same seed gives the same ones."""
    chance = random.Random(seed)
    sources = seeds()
    for number in range(count):
        each, program = sources[number % len(sources)]
        steps = chance.sample(REWRITES, chance.randint(1, 5))
        steps.sort(key=lambda step: step is reframe)  # frames last: other rewrites would break their lengths
        changed = unframe(program, chance)
        for step in steps:
            changed = step(changed, chance)
        file, load, wrap = CONTAINERS[0] if chance.random() < 0.6 else chance.choice(CONTAINERS)
        octets = wrap(b"".join(changed), chance)
        named = Technique(f"{each.name}-{number}", "mutants", file, lambda octets=octets: octets, load)
        yield Mutant(named, octets, tuple(step.__name__ for step in steps), each)
