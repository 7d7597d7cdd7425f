"""The symbolic pickle machine: every opcode as CPython's `_pickle` takes it, nothing run.

Where `pickletools` and `_pickle` differ, `_pickle` is right, because it is what loads.
Source: CPython, Modules/_pickle.c.
"""

from __future__ import annotations

from codecs import getincrementaldecoder

import hauberk.analysis.execution.calls
import hauberk.analysis.execution.containers  # noqa: F401  # both register their opcodes
from hauberk.analysis.execution.containers import keep_magic
from hauberk.analysis.execution.events import Broken, Event, Kind, Run, Spent
from hauberk.analysis.execution.opcodes import OPCODES, WIDTHS
from hauberk.analysis.execution.values import (
    KEPT_ITEMS,
    PLAIN,
    Box,
    Global,
    Made,
    Value,
    is_hashable,
    is_vague,
)
from hauberk.core.asset import Content
from hauberk.core.view import Flaw, FlawKind

FIRST_WINDOW = 1 << 16  # bytes read at first: most pickles, and stacked ones above all, are small
WINDOW = 1 << 20  # bytes read at once from then on
MAX_LINE = 1 << 16  # bytes of a text argument that are looked for at first
MAX_MEMO = 8_000_000  # entries: 64 MB of references
MAX_STACK = 1 << 20  # values; honest streams flush their stack each thousand items
MAX_EVENTS = 200_000
MAX_WEIGHT = 50_000_000  # nodes below one container before it counts as a bomb
MAX_DEPTH = 10_000  # containers inside containers; whatever walks them recurses
MAX_NESTED = 8  # object arrays inside object arrays
MEMO_AHEAD = 1 << 20  # memo indices may run this far ahead of the entries, as writers renumber
MUCH = 64 << 20  # bytes; a length that no stream of this size can mean
SHORT = 9  # bytes that an opcode has at most, without what its length counts
STOP = 0x2E
STRADDLES = "an opcode reaches across the end of its frame, and readers differ in what they take there"
OUTLIVES = "a frame reaches beyond STOP, and readers differ in where the next pickle starts"


def _no_opcode(m: Machine) -> None:
    raise Broken(f"{m.data[m.at - 1]:#04x} is no opcode")


ACTS = tuple(OPCODES.get(each, _no_opcode) for each in range(256))
# What stands behind an opcode, always: `acts` find it in the window without asking.
ARGUMENTS = bytes(WIDTHS.get(each, 0) for each in range(256))


class Machine:
    """Loads one pickle symbolically, from `start` on, as joblib would: arrays follow their wrappers."""

    takes_arrays = True

    def __init__(self, content: Content, start: int = 0, depth: int = 0) -> None:
        self.depth = depth
        self.content = content
        self.size = content.size
        self.frame_end = 0
        self._see(start, content.read(start, FIRST_WINDOW))
        self.opcode_at = start
        self.stack: list[Value] = []
        self.marks: list[int] = []
        self.fence = 0  # where the innermost mark stands
        self.memo: dict[int, Value] = {}
        self.extensions: dict[int, Made] = {}
        self.proto = 0
        self.is_followed = False
        self.run = Run(start)

    # reading

    @property
    def position(self) -> int:
        """The offset in the content."""
        return self.base + self.at

    def _see(self, position: int, octets: bytes) -> None:
        self.base, self.data, self.at = position, octets, 0
        self._measure()

    def _measure(self) -> None:
        # As long as an opcode starts no further on, it lies in the window, and in the frame.
        self.room = len(self.data) - SHORT
        if self.frame_end:
            self.room = min(self.room, self.frame_end - self.base)

    def expect(self, length: int) -> None:
        """Raises Broken if fewer bytes follow."""
        left = self.size - self.position
        if length > left:
            if length > 8 * self.size and length > MUCH:
                self.flaw(FlawKind.LIES, f"claims {length} bytes where {left} follow")
            raise Broken("the stream ends early")

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        if self.at + length > len(self.data):
            self._refill(length)
        found = self.data[self.at : self.at + length]
        self.at += length
        return found

    def _refill(self, length: int) -> None:
        self.expect(length)
        self._see(self.position, self.content.read(self.position, max(WINDOW, length)))
        if len(self.data) < length:
            raise Broken("the stream ends early")

    def skip(self, length: int) -> None:
        """Go past `length` bytes without reading them."""
        self.expect(length)
        if self.at + length <= len(self.data):
            self.at += length
        else:
            self._see(self.position + length, b"")

    def skip_text(self, length: int) -> None:
        """Go past `length` bytes of UTF-8. Raises UnicodeDecodeError where they are none."""
        self.expect(length)
        decoder = getincrementaldecoder("utf-8")("surrogatepass")
        while length:
            part = self.take(min(length, WINDOW))
            length -= len(part)
            decoder.decode(part, final=not length)

    def line(self) -> bytes:
        """The bytes up to the next newline, without it."""
        end = self.data.find(b"\n", self.at)
        if end < 0:
            end = self._look_for_line(max(WINDOW, 2 * MAX_LINE))
        found = self.data[self.at : end]
        self.at = end + 1
        return found

    def _look_for_line(self, length: int) -> int:
        self._see(self.position, self.content.read(self.position, length))
        end = self.data.find(b"\n")
        if end < 0:
            if len(self.data) == length:
                raise Spent(f"a text argument of more than {length} bytes")
            raise Broken("the stream ends in a text argument")
        return end

    def nested(self) -> None:
        """An array of objects is a pickle of its own, which joblib has `pickle` load before it goes on."""
        if self.depth >= MAX_NESTED:
            raise Spent(f"more than {MAX_NESTED} pickles inside each other")
        inner = PlainMachine(self.content, self.position, self.depth + 1).load()
        self.run.events += inner.events
        self.run.flaws += inner.flaws
        if inner.end is None:
            self.run.is_spent = inner.is_spent
            raise Broken(inner.broken)
        self._see(inner.end, b"")

    def follow_otherwise(self) -> None:
        """Note what happens if the loader takes the bytes of an array, here, for opcodes."""
        if self.is_followed:
            return
        self.is_followed = True
        other = PlainMachine(self.content, self.position, self.depth)
        other.stack, other.marks, other.memo = self.stack[:], self.marks[:], dict(self.memo)
        other.fence, other.proto = self.fence, self.proto
        self.run.otherwise += other.load().events

    def flaw(self, kind: FlawKind, message: str) -> None:
        """Note a contradiction here."""
        self.run.flaws.append(Flaw(kind, message, self.position))

    # running

    def load(self) -> Run:
        """Everything up to STOP or to the break."""
        try:
            self.read_on(self.size)
            self.run.result = self.pop()
            if self.position < self.frame_end:
                self.event(Kind.FORGED, None, None, OUTLIVES)
            self.run.end = self.position
        except Broken as error:
            self.run.broken = str(error)
        except Spent as error:
            self.run.broken, self.run.is_spent = str(error), True
        return self.run

    def read_on(self, last: int) -> None:
        """Every opcode up to STOP, or up to one behind the offset `last`: all of the machine's time."""
        acts, stack, most = ACTS, self.stack, MAX_STACK
        while True:
            if self.at > self.room:
                self._make_room()
            at = self.at
            self.opcode_at = self.base + at
            if self.opcode_at > last:
                return
            opcode = self.data[at]
            self.at = at + 1
            if opcode == STOP:
                return
            acts[opcode](self)
            if len(stack) > most:
                self.flaw(FlawKind.DEEP, f"piles up more than {MAX_STACK} values")
                raise Spent("too many values on the stack")

    def _make_room(self) -> None:
        """Leave the frame that has ended, and read on. Raises Broken if the opcode here is not whole."""
        if self.frame_end and self.position > self.frame_end:
            self._leave_frame()
        if self.at > len(self.data) - SHORT and self.base + len(self.data) < self.size:
            self._see(self.position, self.content.read(self.position, WINDOW))
        left = len(self.data) - self.at
        if left < 1 or left <= ARGUMENTS[self.data[self.at]]:
            raise Broken("the stream ends early")

    def announce(self, proto: int) -> None:
        """The protocol from here on."""
        self.proto = proto

    def enter_frame(self, length: int) -> None:
        """The next `length` bytes are one frame."""
        self.expect(length)
        if self.opcode_at < self.frame_end < self.position + length:
            self.event(Kind.FORGED, None, None, STRADDLES)
        # One inside another changes nothing: `_pickle` has the outer one in its buffer.
        self.frame_end = max(self.frame_end, self.position + length)
        self._measure()

    def close_frame(self) -> None:
        """What follows a whole frame, such as an array, is in none."""
        if self.position >= self.frame_end:
            self.frame_end = 0
            self._measure()

    def _leave_frame(self) -> None:
        # Reading on behind a frame's end, `_pickle` drops what it has of the frame, or not: that depends
        # on the kind of file. No pickler writes so (_Unpickler_ReadFromFile).
        if self.opcode_at < self.frame_end:
            self.event(Kind.FORGED, None, None, STRADDLES)
        self.frame_end = 0
        self._measure()

    # the stack

    def mark(self) -> None:
        """Set a mark above the top."""
        self.fence = len(self.stack)
        self.marks.append(self.fence)

    def unmark(self) -> int:
        """Where the innermost mark stood, which goes."""
        start = self.marks.pop()
        self.fence = self.marks[-1] if self.marks else 0
        return start

    def pop(self) -> Value:
        """The top of the stack."""
        if len(self.stack) <= self.fence:
            raise Broken("unexpected MARK" if self.marks else "the stack is empty")
        return self.stack.pop()

    def top(self) -> Value:
        """The top of the stack, which stays."""
        if len(self.stack) <= self.fence:
            raise Broken("unexpected MARK" if self.marks else "the stack is empty")
        return self.stack[-1]

    def pops(self, count: int) -> list[Value]:
        """The uppermost values, in the order in which they were pushed."""
        stack = self.stack
        if len(stack) - self.fence < count:
            return [self.pop() for _ in range(count)][::-1]
        items = stack[-count:]
        del stack[-count:]
        return items

    def marked(self) -> list[Value]:
        """Everything above the innermost mark, which goes."""
        if not self.marks:
            raise Broken("no MARK")
        start = self.unmark()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    # events

    def event(self, kind: Kind, target: Value, arguments: Value = None, how: str = "") -> None:
        """Note what loading would do here."""
        if len(self.run.events) >= MAX_EVENTS:
            raise Spent(f"more than {MAX_EVENTS} calls and imports")
        self.run.events.append(Event(kind, self.opcode_at, target, arguments, how))

    def found(self, module: str, name: str) -> Global:
        """find_class, with the names of Python 2 as `_pickle` maps them."""
        if self.proto < 3:
            from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING

            module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        made = Global(module, name)
        self.event(Kind.IMPORT, made)
        return made

    def made(self, callee: Value, arguments: Value, how: str) -> Made:
        """The result of a call."""
        self.event(Kind.CALL, callee, arguments, how)
        return Made(callee, arguments, how)

    # the memo

    def remember(self, index: int, value: Value) -> None:
        """Put into the memo, whose table `_pickle` allocates up to the index."""
        if index > 4 * len(self.memo) + MEMO_AHEAD:
            self.flaw(FlawKind.BOMB, f"memo index {index} makes the loader allocate {8 * index * 2} bytes")
            raise Spent("a memo index far beyond the entries")
        if len(self.memo) >= MAX_MEMO:
            raise Spent(f"more than {MAX_MEMO} memo entries")
        self.memo[index] = value

    def memoize(self, value: Value) -> None:
        """Put into the memo under the number of its entries."""
        self.remember(len(self.memo), value)

    def recall(self, index: int) -> None:
        """Push what the memo holds."""
        try:
            self.stack.append(self.memo[index])
        except KeyError:
            raise Broken(f"memo {index} is empty") from None

    # containers

    def box(self, kind: str, items: list[Value]) -> Box:
        """A container of the items."""
        made = Box(kind, [])
        self.add(made, items)
        return made

    def add(self, box: Box, items: list[Value]) -> None:
        """Put items, or keys and values by turns, into a container."""
        room = KEPT_ITEMS - len(box.items)
        if len(items) <= room:
            box.items += items
        else:
            room = max(0, room)  # even, so of a dict whole pairs
            box.items += items[:room]
            keep_magic(box, items[room:])
        box.count += len(items)
        self.hang(box, items)

    def hang(self, box: Box, items: list[Value]) -> None:
        """Count what hangs below a container."""
        box.weight += len(items)
        for each in items:
            if type(each) in PLAIN:
                continue
            if isinstance(each, Box):
                box.weight += each.weight - 1
                box.depth = max(box.depth, each.depth + 1)
            box.is_hashable = box.is_hashable and is_hashable(each)
            box.is_vague = box.is_vague or is_vague(each)
        if box.weight > MAX_WEIGHT and box.weight > 16 * self.size:
            self.flaw(FlawKind.BOMB, "holds itself so often that it expands beyond all bounds")
            raise Spent("an expansion bomb")
        if box.depth == MAX_DEPTH:
            self.flaw(FlawKind.DEEP, f"nests more than {MAX_DEPTH} deep")


class PlainMachine(Machine):
    """Loads as `pickle` does, to which the bytes of joblib's arrays are opcodes."""

    takes_arrays = False
