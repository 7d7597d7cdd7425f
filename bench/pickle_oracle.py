"""Hold the symbolic machine to CPython's `_pickle`: the same events on the same random streams.

    python -m bench.pickle_oracle --streams 1000000 [--seed 0]

Both read each stream in a child process with little memory and time. `_pickle` is given inert stubs:
whatever a stream imports is a class of ours that only takes notes. Where a stub cannot stand in for
what any object might be, `_pickle` raises about the stub; the machine may then go on, and only what
happened before is compared. Those streams are counted as excused.

Streams with frames are also read as a file whose end of frame matters: where `_pickle` then takes other
bytes, the machine has to say that readers differ.
"""

from __future__ import annotations

import argparse
import copyreg
import io
import json
import os
import pickle
import pickletools
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from bench.pickle_streams import stream
from hauberk.analysis.execution import machine
from hauberk.analysis.execution.events import Kind, Spent
from hauberk.analysis.execution.machine import Machine, PlainMachine
from hauberk.analysis.execution.opcodes import MAX_TEXT, Act
from hauberk.analysis.execution.values import KEPT_ITEMS, Box, Global, Made, Opaque
from hauberk.core.asset import Bytes

MEMORY = 2 << 30  # bytes beyond what the parent has: a stream that asks for more is a bomb
SECONDS_A_STREAM = 0.02  # CPU, generously
BATCH = 5_000
MAX_SHOWN_DEPTH = 6
MAX_NODES = 300
NEWOBJ_EX = b"\x92"
FRAME = b"\x95"
EXTENSIONS = range(1, 300)  # those above are registered nowhere
NAMES = {ord(each.code): each.name for each in pickletools.opcodes if each.name != "STOP"}
SHOWN = 5  # mismatches
LONGEST = 300  # characters of one
# What `_pickle` says when a stub stands where only a real object could tell whether it fits.
UNKNOWABLE = (
    "argument list must be a tuple", "expected an arg tuple", "args must be a tuple", "kwargs must be a dict",
    "kwargs argument must be a dict",
    "args argument must be a tuple", "indices must be integers or slices",
    "class argument must be a type", "STACK_GLOBAL requires str", "keywords must be strings",
    "cannot be interpreted as an integer", "an integer is required", "integer argument expected",
    "a bytes-like object is required", "unregistered extension code",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What one reader says of a stream: events, the result, how it ended, and where."""

    events: list[str]
    result: str
    error: str
    end: int = 0
    is_told_apart: bool = False  # the machine says that readers differ


class Shower:
    """Text that is the same for an object of `_pickle`'s and a value of the machine's."""

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        self.kept: list[Any] = []
        self.nodes = 0

    def show(self, value: Any) -> str:
        self.nodes = 0
        return self._show(value, 0)

    def _numbered(self, value: Any) -> str:
        self.kept.append(value)
        return f"#{self.seen.setdefault(id(value), len(self.seen))}"

    def _show(self, value: Any, depth: int) -> str:
        self.nodes += 1
        if depth > MAX_SHOWN_DEPTH or self.nodes > MAX_NODES:
            return "..."
        if isinstance(value, Box):
            return self._container(value.kind, value.items, value.count, depth)
        if isinstance(value, (list, tuple)):
            return self._container(type(value).__name__, list(value), len(value), depth)
        if isinstance(value, (set, frozenset)):
            return self._container(type(value).__name__, list(value), len(value), depth)
        if isinstance(value, dict):
            flat = [each for pair in value.items() for each in pair]
            return self._container("dict", flat, len(flat), depth)
        return self._leaf(value)

    def _container(self, kind: str, items: list[Any], count: int, depth: int) -> str:
        if kind in ("set", "frozenset"):
            return kind  # the order is nobody's, and the machine keeps what is equal twice
        if kind == "dict":
            return self._pairs(items, count, depth)
        if count > KEPT_ITEMS:
            return f"{kind} of {count}"
        return f"{kind}({', '.join(self._show(each, depth + 1) for each in items)})"

    def _pairs(self, items: list[Any], count: int, depth: int) -> str:
        last: dict[Any, list[Any]] = {}
        for key, value in zip(items[::2], items[1::2], strict=True):
            last.setdefault(_key(key), [key, value])[1] = value
        if count > KEPT_ITEMS or len(last) * 2 > KEPT_ITEMS // 2:
            return "a large dict"
        inside = [f"{self._show(k, depth + 1)}: {self._show(v, depth + 1)}" for k, v in last.values()]
        return f"dict({', '.join(inside)})"

    def _leaf(self, value: Any) -> str:
        if isinstance(value, Global):
            return f"global {value.module!r} {value.name!r}"
        if isinstance(value, Made):
            return self._numbered(value)
        if isinstance(value, bytearray) or (isinstance(value, Opaque) and value.kind == "bytearray"):
            return "bytearray"  # nobody asks how long it has grown
        if isinstance(value, memoryview) or (isinstance(value, Opaque) and value.kind == "memoryview"):
            return "memoryview"
        if isinstance(value, Opaque):
            return f"{value.kind} of {value.size}"
        if isinstance(value, Stub):
            return (
                f"global {value.origin[0]!r} {value.origin[1]!r}" if value.origin else self._numbered(value)
            )
        if isinstance(value, (str, bytes)) and _length(value) > MAX_TEXT:
            return f"{type(value).__name__} of {_length(value)}"
        return repr(value)


def _length(value: str | bytes) -> int:
    return len(value.encode("utf-8", "surrogatepass")) if isinstance(value, str) else len(value)


def _key(value: Any) -> Any:
    """Something that is equal where `_pickle`'s keys are equal."""
    if isinstance(value, (Box, tuple, frozenset)):
        kind = value.kind if isinstance(value, Box) else type(value).__name__
        items = value.items if isinstance(value, Box) else value
        keys = [_key(each) for each in items]
        return tuple(keys) if kind == "tuple" else frozenset(keys)
    return value


class Notes:
    """What happened while `_pickle` read one stream."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.shower = Shower()

    def add(self, *words: Any) -> None:
        shown = [self.shower.show(each) for each in words[1:]]
        self.events.append(" | ".join((words[0], *shown)))


NOTES = Notes()


class Stub(type):
    """A class that is also what any object is asked to be, as far as one can; it only takes notes."""

    origin: tuple[str, str] | None

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        NOTES.add("call", cls, args)
        return made()

    def __setstate__(cls, state: Any) -> None:
        NOTES.add("build", cls, state)

    def extend(cls, items: list[Any]) -> None:
        if cls.origin:
            NOTES.add("change", cls, tuple(items))

    def append(cls, item: Any) -> None:
        if cls.origin:
            NOTES.add("change", cls, (item,))

    def add(cls, item: Any) -> None:
        if cls.origin:
            NOTES.add("change", cls, (item,))

    def __setitem__(cls, key: Any, value: Any) -> None:
        if cls.origin:
            NOTES.add("change", cls, (key, value))


def _new(cls: Any, *args: Any, **kwargs: Any) -> Any:
    if kwargs:
        NOTES.add("call", cls, (args, kwargs))
    else:
        NOTES.add("call", cls, args)
    return made()


def made(origin: tuple[str, str] | None = None) -> Stub:
    return Stub("Stub", (), {"__new__": _new, "origin": origin})


class Whole(io.BytesIO):
    """A file that shows all that is left of it, so that frames make no difference, as in pickle.loads."""

    def peek(self, _size: int) -> bytes:
        return bytes(self.getbuffer()[self.tell() :])


class Oracle(pickle.Unpickler):
    """CPython's own unpickler, which finds nothing but stubs."""

    def __init__(self, file: io.BytesIO) -> None:
        buffers = (made() for _ in range(len(file.getbuffer())))
        super().__init__(file, encoding="latin-1", fix_imports=False, buffers=buffers)
        self.found: dict[tuple[str, str], Stub] = {}

    def find_class(self, module: str, name: str) -> Any:
        stub = self.found.setdefault((module, name), made((module, name)))
        if module == "ext":
            stub.origin = None
            NOTES.add("extension", int(name))
        else:
            NOTES.add("import", stub)
        return stub

    def persistent_load(self, name: Any) -> Any:
        NOTES.add("persistent", name)
        return made()


def by_cpython(file: io.BytesIO) -> Told:
    """What `_pickle` makes of the stream."""
    global NOTES
    NOTES = Notes()
    copyreg.clear_extension_cache()
    try:
        result = Oracle(file).load()
    except BaseException as error:
        return Told(NOTES.events, "", f"{type(error).__name__}: {error}")
    return Told(NOTES.events, NOTES.shower.show(result), "", file.tell())


class Recorder(PlainMachine):
    """The machine, noting events as they happen: containers may change later."""

    def __init__(self, octets: bytes) -> None:
        super().__init__(Bytes(octets))
        self.notes = Notes()
        self.looked_up: set[Any] = set()

    def found(self, module: str, name: str) -> Global:
        """As it stands: names of Python 2 are mapped in find_class, which the oracle replaces."""
        before, self.proto = self.proto, 5
        try:
            return super().found(module, name)
        finally:
            self.proto = before

    def event(self, kind: Kind, target: Any, arguments: Any = None, how: str = "") -> None:
        super().event(kind, target, arguments, how)
        if kind is Kind.FORGED:
            return
        if kind is Kind.IMPORT and how == "computed" and _is_long(arguments):
            raise Spent(
                "a name longer than the machine keeps: it says so, and only what went before compares"
            )
        if kind is Kind.EXTENSION:
            if target in self.looked_up:
                return  # the second time `_pickle` takes it from its cache
            self.looked_up.add(target)
        if isinstance(arguments, Box) and self.content.read(self.opcode_at, 1) == NEWOBJ_EX:
            keywords = arguments.items[1]
            arguments = arguments if isinstance(keywords, Box) and keywords.count else arguments.items[0]
        if kind in (Kind.CALL, Kind.BUILD, Kind.CHANGE):
            self.notes.add(kind.value, target, arguments)
        else:
            self.notes.add(kind.value, target)


def _is_long(names: Any) -> bool:
    return any(isinstance(each, Opaque) and each.kind == "str" for each in names.items)


def by_machine(octets: bytes) -> Told:
    """What the symbolic machine makes of the stream."""
    recorder = Recorder(octets)
    run = recorder.load()
    error = ("spent: " if run.is_spent else "broken: ") + run.broken if run.end is None else ""
    result = "" if error else recorder.notes.shower.show(run.result)
    differs = any(each.kind is Kind.FORGED for each in run.events)
    return Told(recorder.notes.events, result, error, run.end or 0, differs)


def differ(octets: bytes, seen: Counter[str]) -> str:
    """What contradicts what in the pickles that stand one after another; empty if the readers agree."""
    while True:
        true, ours = by_cpython(Whole(octets)), by_machine(octets)
        seen.update(f"event {each.partition(' |')[0]}" for each in true.events)
        said = _differ(true, ours, seen) or _differ_in_frames(octets, true, ours, seen)
        if said or not ours.end or ours.end >= len(octets):
            return said
        octets = octets[ours.end :]
        seen["stacked"] += 1


def _differ(true: Told, ours: Told, seen: Counter[str]) -> str:
    if ours.error.startswith("spent: ") or true.error.startswith("MemoryError"):
        seen["limited"] += 1
        count = min(len(true.events), len(ours.events))
        return "" if true.events[:count] == ours.events[:count] else _said(true, ours)
    if any(each in true.error for each in UNKNOWABLE) and _is_about_stub(true.error):
        seen["excused"] += 1
        return "" if ours.events[: len(true.events)] == true.events else _said(true, ours)
    seen["broken" if true.error else "whole"] += 1
    ends = (true.events, bool(true.error), true.result, true.end)
    return "" if ends == (ours.events, bool(ours.error), ours.result, ours.end) else _said(true, ours)


def _differ_in_frames(octets: bytes, true: Told, ours: Told, seen: Counter[str]) -> str:
    if FRAME not in octets:
        return ""
    framed = by_cpython(io.BytesIO(octets))
    if framed == true:
        return ""
    seen["taken otherwise for its frames"] += 1
    is_seen = ours.is_told_apart or bool(ours.error) or any(each in true.error for each in UNKNOWABLE)
    return "" if is_seen else "unseen: " + _said(framed, ours)


def _is_about_stub(error: str) -> bool:
    # Some messages do not name the object.
    return "Stub" in error or "keywords" in error or "extension code" in error or not error.endswith("'")


def _said(true: Told, ours: Told) -> str:
    for index, (left, right) in enumerate(zip(true.events, ours.events, strict=False)):
        if left != right:
            return f"event {index}: {left!r} is {right!r} for us"
    return (
        f"{len(true.events)} events, {len(ours.events)} for us; "
        f"{true.error or true.result!r}, {ours.error or ours.result!r} for us"
    )


@dataclass(frozen=True)
class Outcome:
    """Streams that were compared, what was seen in them how often, and where the readers disagree."""

    streams: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    mismatches: list[tuple[str, str]] = field(default_factory=list)


def compare_here(seed: int, first: int, count: int) -> Outcome:
    """The comparison of some streams, in this process."""
    for code in EXTENSIONS:
        copyreg._inverted_registry[code] = ("ext", str(code))  # type: ignore[attr-defined]
    found = Outcome(count)
    with counting(found.seen):
        for index in range(first, first + count):
            octets = stream(Random(f"{seed}:{index}"))
            said = differ(octets, found.seen)
            if said:
                found.mismatches.append((octets.hex(), said))
    return found


@contextmanager
def counting(seen: Counter[str]) -> Iterator[None]:
    """Within, the machine counts the opcodes it takes."""
    acts = machine.ACTS

    def counted(code: int, act: Act) -> Act:
        name = f"opcode {NAMES.get(code, 'unknown')}"

        def count(m: Machine) -> None:
            seen[name] += 1
            act(m)

        return count

    machine.ACTS = tuple(counted(*each) for each in enumerate(acts))
    try:
        yield
    finally:
        machine.ACTS = acts


def batch(seed: int, first: int, count: int) -> Outcome:
    """The comparison of some streams, in a child that may neither take much nor long."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = 1
        try:
            _confine(count)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # `_pickle` warns of strings and half-made objects
            with os.fdopen(writer, "w") as out:
                part = compare_here(seed, first, count)
                json.dump([part.seen, part.mismatches], out)
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as told:
        text = told.read()
    _, status = os.waitpid(child, 0)
    if status or not text:
        said = f"streams {first} to {first + count}: child ended with {status}"
        return Outcome(count, mismatches=[("", said)])
    seen, mismatches = json.loads(text)
    return Outcome(count, Counter(seen), [tuple(each) for each in mismatches])


def _confine(count: int) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    limit = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    seconds = 30 + int(count * SECONDS_A_STREAM)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def compare(streams: int, seed: int) -> Outcome:
    """The comparison of all streams, batch by batch."""
    whole = Outcome(streams)
    for first in range(0, streams, BATCH):
        part = batch(seed, first, min(BATCH, streams - first))
        whole.seen.update(part.seen)
        whole.mismatches.extend(part.mismatches)
    return whole


def main() -> None:
    """Print how many streams agree, and the first that do not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    begun = time.monotonic()
    found = compare(chosen.streams, chosen.seed)
    seconds = time.monotonic() - begun
    for name, count in sorted(found.seen.items()):
        print(f"{name:40} {count:>10}")
    missing = sorted(set(NAMES.values()) - {each.removeprefix("opcode ") for each in found.seen})
    print(f"opcodes that never came: {', '.join(missing) or 'none'}")
    print(f"{found.streams} streams, seed {chosen.seed}, {seconds:.0f} s")
    print(f"{len(found.mismatches)} mismatches")
    for octets, said in found.mismatches[:SHOWN]:
        print(f"{octets[:LONGEST]} {said[:LONGEST]}")
    sys.exit(1 if found.mismatches else 0)


if __name__ == "__main__":
    main()
