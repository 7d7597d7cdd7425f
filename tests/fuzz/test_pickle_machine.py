"""The symbolic machine misses nothing that C `_pickle` does, on random streams of opcodes.

`_pickle` gets inert stand-ins for every global, so nothing real is imported or called. The machine
may see more (a list that is called raises there), never less.
"""

import io
import pickle
import random
import struct
from collections.abc import Iterator

import pytest

from hauberk.analysis.execution.machine import Kind, Machine
from hauberk.analysis.execution.values import Global
from hauberk.core.asset import Bytes

STREAMS = 5_000
PUSHES = [
    b"N", b"\x88", b"\x89", b"K\x05", b"M\x01\x02", b"J\x01\0\0\0", b"I01\n", b"I00\n", b"I7\n", b"I0x1F\n",
    b"I010\n", b"I 7\n", b"L5L\n", b"L7\n", b"L\n", b"F1.5\n", b"S'ab'\n", b'S"a"\n', b"S'a\n",
    b"S'a\\x41'\n", b"Vab\n", b"U\x01a", b"X\x01\0\0\0b", b"\x8c\x02os", b"\x8c\x06system",
    b"C\x01z", b"B\x01\0\0\0y",
    b"\x8a\x01\x05", b"G" + struct.pack(">d", 1.0), b"\x96\x01\0\0\0\0\0\0\0q", b"]", b"}", b")", b"\x8f",
    b"cos\nsystem\n", b"c__builtin__\nset\n", b"cm\xc3\xa9\nx\n", b"h\0", b"h\1", b"g0\n", b"P1\n",
]  # fmt: skip
ACTS = [
    b"(", b"(", b"0", b"1", b"2", b"t", b"l", b"d", b"e", b"a", b"s", b"u", b"\x85", b"\x86", b"\x87", b"R",
    b"R", b"o", b"b", b"\x81", b"\x92", b"\x93", b"q\0", b"q\1", b"\x94", b"p2\n", b"\x90", b"\x91", b"Q",
    b"im\nn\n",
]  # fmt: skip
CALLS = [b"cos\nsystem\n)R", b"\x8c\x02os\x8c\x06system\x93)R"]
Event = tuple[str, str]


def streams(seed: int) -> Iterator[bytes]:
    chance = random.Random(seed)
    for _ in range(STREAMS):
        parts = [b"\x80" + bytes([chance.choice([2, 3, 4, 5])])] if chance.random() < 0.8 else []
        for _ in range(chance.randint(2, 22)):
            parts.append(chance.choice(PUSHES if chance.random() < 0.58 else ACTS))
        if chance.random() < 0.4:
            parts.append(chance.choice(CALLS))
        yield b"".join(parts) + (b"." if chance.random() < 0.9 else b"")


class Recorder(pickle.Unpickler):
    """Notes what it would import, call and look up."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(io.BytesIO(octets))
        self.events: list[Event] = []

    def find_class(self, module: str, name: str) -> type:
        told, events = f"{module}.{name}", self.events
        events.append(("import", told.replace("__builtin__.", "builtins.")))

        class Inert:
            """Takes everything, does nothing."""

            def __new__(cls, *_: object, **__: object) -> "Inert":
                events.append(("call", told.replace("__builtin__.", "builtins.")))
                return object.__new__(cls)

            def __setstate__(self, state: object) -> None: ...
            def append(self, item: object) -> None: ...
            def extend(self, items: object) -> None: ...
            def add(self, item: object) -> None: ...
            def __setitem__(self, key: object, value: object) -> None: ...

        return Inert

    def persistent_load(self, _pid: object) -> object:
        self.events.append(("persistent", ""))
        return object()


def done(octets: bytes) -> list[Event]:
    recorder = Recorder(octets)
    try:
        recorder.load()
    except Exception:  # whatever it raises: what it did before is what counts
        return recorder.events
    return recorder.events


def seen(octets: bytes) -> list[Event]:
    events: list[Event] = []
    for each in Machine(Bytes(octets)).load().events:
        is_named = isinstance(each.target, Global) and each.kind is not Kind.PERSISTENT
        name = str(each.target) if is_named else ""
        if each.kind in (Kind.IMPORT, Kind.CALL, Kind.PERSISTENT):
            events.append((each.kind.value, name.replace("__builtin__.", "builtins.")))
    return events


def is_within(less: list[Event], more: list[Event]) -> bool:
    rest = iter(more)
    return all(any(each == other for other in rest) for each in less)


@pytest.mark.parametrize("seed", range(4))
def test_the_machine_misses_nothing_that_pickle_does(seed: int) -> None:
    missed = [octets for octets in streams(seed) if not is_within(done(octets), seen(octets))]
    assert missed == []
