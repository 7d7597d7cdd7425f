"""The symbolic pickle machine: every opcode as CPython's `_pickle` takes it, nothing run.

Where `pickletools` and `_pickle` differ, `_pickle` is right, because it is what loads.
Source: CPython, Modules/_pickle.c.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from hauberk.analysis.execution.values import KEPT_ITEMS, Box, Global, Made, Opaque, Value
from hauberk.core.asset import Content
from hauberk.core.view import Flaw, FlawKind

WINDOW = 1 << 20  # bytes read at once
MAX_TEXT = 1 << 16  # longer strings are no names: only their length is kept
MAX_LINE = 1 << 16  # bytes of a text argument; INT, FLOAT and names are far shorter
MAX_DIGITS = 4300  # CPython's own limit for int <-> str (sys.int_info)
MAX_LONG = 1 << 20  # bytes of an integer; a larger one takes minutes to make
MAX_MEMO = 8_000_000  # entries: 64 MB of references
MAX_STACK = 1 << 20  # values; honest streams flush their stack each thousand items
MAX_EVENTS = 200_000
SLACK = 4096  # memo indices may run this far ahead of the entries, as writers renumber
MAX_WEIGHT = 50_000_000  # nodes below one container before it counts as a bomb
MAX_DEPTH = 10_000  # containers inside containers; whatever walks them recurses
MAX_NESTED = 8  # object arrays inside object arrays


class Kind(StrEnum):
    """What happens at an event."""

    IMPORT = "import"
    CALL = "call"
    BUILD = "build"
    PERSISTENT = "persistent"
    EXTENSION = "extension"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that loading would do, at a byte offset."""

    kind: Kind
    offset: int
    target: Value
    arguments: Value = None
    how: str = ""


@dataclass(slots=True)
class Run:
    """What loading one pickle does: events in order, flaws, and how it ends.

    `end` is the offset behind STOP; `broken` says why it never came to it.
    """

    start: int
    end: int | None = None
    broken: str = ""
    is_spent: bool = False  # a limit of the machine's own was reached
    events: list[Event] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    result: Value = None


class _Broken(Exception):
    """The unpickler raises here."""


class _Spent(Exception):
    """A limit of the machine's own."""


class Machine:
    """Loads one pickle symbolically, from `start` on."""

    def __init__(self, content: Content, start: int = 0, depth: int = 0) -> None:
        self.depth = depth
        self.content = content
        self.size = content.size
        self.base = start
        self.data = content.read(start, WINDOW)
        self.at = 0
        self.stack: list[Value] = []
        self.marks: list[int] = []
        self.memo: dict[int, Value] = {}
        self.proto = 0
        self.run = Run(start)

    # reading

    def _more(self, length: int) -> None:
        position = self.base + self.at
        if position + length > self.size:
            if length > 8 * self.size and length > 64 << 20:
                self._flaw(FlawKind.LIES, f"claims {length} bytes where {self.size - position} follow")
            raise _Broken("the stream ends early")
        self.base, self.at = position, 0
        self.data = self.content.read(position, max(WINDOW, length))
        if len(self.data) < length:
            raise _Broken("the stream ends early")

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        if self.at + length > len(self.data):
            self._more(length)
        found = self.data[self.at : self.at + length]
        self.at += length
        return found

    def skip(self, length: int) -> None:
        """Go past `length` bytes without reading them."""
        position = self.base + self.at + length
        if position > self.size:
            self._more(length)
        if self.at + length <= len(self.data):
            self.at += length
        else:
            self.base, self.at, self.data = position, 0, b""

    def line(self) -> bytes:
        """The bytes up to the next newline, without it."""
        end = self.data.find(b"\n", self.at)
        if end < 0:
            position = self.base + self.at
            self.base, self.at = position, 0
            self.data = self.content.read(position, max(WINDOW, 2 * MAX_LINE))
            end = self.data.find(b"\n")
            if end < 0:
                raise _Broken("the stream ends in a text argument")
        found = self.data[self.at : end]
        self.at = end + 1
        return found

    @property
    def position(self) -> int:
        """The offset in the content."""
        return self.base + self.at

    def nested(self) -> None:
        """An array of objects is a pickle of its own, which joblib loads here before it goes on."""
        if self.depth >= MAX_NESTED:
            raise _Spent(f"more than {MAX_NESTED} pickles inside each other")
        inner = Machine(self.content, self.position, self.depth + 1).load()
        self.run.events += inner.events
        self.run.flaws += inner.flaws
        if inner.end is None:
            raise _Broken(inner.broken)
        self.base, self.at, self.data = inner.end, 0, b""

    def _flaw(self, kind: FlawKind, message: str) -> None:
        self.run.flaws.append(Flaw(kind, message, self.position))

    # running

    def load(self) -> Run:
        """Everything up to STOP or to the break."""
        try:
            while self._step():
                pass
            self.run.end = self.position
        except _Broken as error:
            self.run.broken = str(error)
        except _Spent as error:
            self.run.broken, self.run.is_spent = str(error), True
        return self.run

    def _step(self) -> bool:
        if self.at >= len(self.data):
            self._more(1)
        opcode = self.data[self.at]
        self.at += 1
        if opcode == 0x2E:
            self.run.result = self.pop()
            return False
        act = _OPCODES.get(opcode)
        if act is None:
            raise _Broken(f"{opcode:#04x} is no opcode")
        act(self)
        if len(self.stack) > MAX_STACK:
            self._flaw(FlawKind.DEEP, f"piles up more than {MAX_STACK} values")
            raise _Spent("too many values on the stack")
        return True

    # the stack

    @property
    def fence(self) -> int:
        """Where the innermost mark stands."""
        return self.marks[-1] if self.marks else 0

    def pop(self) -> Value:
        """The top of the stack."""
        if len(self.stack) <= self.fence:
            raise _Broken("unexpected MARK" if self.marks else "the stack is empty")
        return self.stack.pop()

    def top(self) -> Value:
        """The top of the stack, which stays."""
        if len(self.stack) <= self.fence:
            raise _Broken("unexpected MARK" if self.marks else "the stack is empty")
        return self.stack[-1]

    def marked(self) -> list[Value]:
        """Everything above the innermost mark, which goes."""
        if not self.marks:
            raise _Broken("no MARK")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    # events

    def event(self, kind: Kind, target: Value, arguments: Value = None, how: str = "") -> None:
        """Note what loading would do here."""
        if len(self.run.events) >= MAX_EVENTS:
            raise _Spent(f"more than {MAX_EVENTS} calls and imports")
        self.run.events.append(Event(kind, self.opcode_at, target, arguments, how))

    @property
    def opcode_at(self) -> int:
        """About where the opcode that acts now stands: behind its arguments."""
        return self.position - 1

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

    def remember(self, index: int, value: Value) -> None:
        """Put into the memo, whose table `_pickle` allocates up to the index."""
        if index > 4 * len(self.memo) + (1 << 20):
            self._flaw(FlawKind.BOMB, f"memo index {index} makes the loader allocate {8 * index * 2} bytes")
            raise _Spent("a memo index far beyond the entries")
        if len(self.memo) >= MAX_MEMO:
            raise _Spent(f"more than {MAX_MEMO} memo entries")
        self.memo[index] = value

    def box(self, kind: str, items: list[Value]) -> Box:
        """A container of the items."""
        made = Box(kind, items[:KEPT_ITEMS], len(items))
        _keep_magic(made, items[KEPT_ITEMS:])
        for each in items:
            if isinstance(each, Box):
                made.weight += each.weight - 1
                made.depth = max(made.depth, each.depth + 1)
        made.weight += len(items)
        self._weigh(made)
        return made

    def add(self, box: Value, items: list[Value]) -> None:
        """Append to a container; what else is appended to has its own methods called."""
        if isinstance(box, Box):
            room = max(0, KEPT_ITEMS - len(box.items))
            box.items.extend(items[:room])
            _keep_magic(box, items[room:])
            box.count += len(items)
            box.weight += len(items)
            for each in items:
                if isinstance(each, Box):
                    box.weight += each.weight - 1
                    box.depth = max(box.depth, each.depth + 1)
            self._weigh(box)
        elif isinstance(box, Made | Global) or (
            isinstance(box, Opaque) and box.kind in ("unknown", "bytearray")
        ):
            return
        elif items:
            raise _Broken("appends to what is no container")

    def _weigh(self, box: Box) -> None:
        if box.weight > MAX_WEIGHT and box.weight > 16 * self.size:
            self._flaw(FlawKind.BOMB, "holds itself so often that it expands beyond all bounds")
            raise _Spent("an expansion bomb")
        if box.depth == MAX_DEPTH:
            self._flaw(FlawKind.DEEP, f"nests more than {MAX_DEPTH} deep")

    def keys(self, items: list[Value]) -> None:
        """Hash what becomes a key: tuples of tuples of the same tuples take exponential time."""
        for each in items:
            if isinstance(each, Box) and each.kind == "tuple" and each.weight > 1_000_000:
                self._flaw(FlawKind.BOMB, "a key takes exponential time to hash")
                raise _Spent("a hash bomb")
            if isinstance(each, Box) and each.kind in ("list", "dict", "set"):
                raise _Broken(f"a {each.kind} cannot be a key")


def _keep_magic(box: Box, rest: list[Value]) -> None:
    """Keep the dunder keys of a long dict: as state they change what an object is."""
    if box.kind == "dict" and rest:
        for index in range(len(rest) % 2, len(rest) - 1, 2):
            key = rest[index]
            if isinstance(key, str) and key.startswith("__"):
                box.items += [key, rest[index + 1]]


_OPCODES: dict[int, Callable[[Machine], None]] = {}


def _opcode(code: bytes) -> Callable[[Callable[[Machine], None]], Callable[[Machine], None]]:
    def register(act: Callable[[Machine], None]) -> Callable[[Machine], None]:
        for each in code:
            _OPCODES[each] = act
        return act

    return register


def _constant(code: bytes, value: Value) -> None:
    def push(m: Machine) -> None:
        m.stack.append(value)

    _OPCODES[code[0]] = push


for _code, _value in ((b"N", None), (b"\x88", True), (b"\x89", False)):
    _constant(_code, _value)


@_opcode(b"(")
def _mark(m: Machine) -> None:
    m.marks.append(len(m.stack))
    if len(m.marks) > MAX_STACK:
        m._flaw(FlawKind.DEEP, "nests marks without end")
        raise _Spent("too many marks")


@_opcode(b"0")
def _pop(m: Machine) -> None:
    if m.marks and m.marks[-1] == len(m.stack):
        m.marks.pop()
    else:
        m.pop()


@_opcode(b"1")
def _pop_mark(m: Machine) -> None:
    m.marked()


@_opcode(b"2")
def _dup(m: Machine) -> None:
    m.stack.append(m.top())


@_opcode(b"\x80")
def _proto(m: Machine) -> None:
    m.proto = m.take(1)[0]
    if m.proto > 5:
        raise _Broken(f"protocol {m.proto}")


@_opcode(b"\x95")
def _frame(m: Machine) -> None:
    (length,) = struct.unpack("<Q", m.take(8))
    if length > m.size - m.position:
        m._more(length)


def _text(octets: bytes) -> Value:
    try:
        return octets.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise _Broken("a string that is no UTF-8") from error


def _long_text(m: Machine, length: int) -> None:
    if length <= MAX_TEXT:
        m.stack.append(_text(m.take(length)))
    else:
        m.skip(length)
        m.stack.append(Opaque("str", length))


def _long_bytes(m: Machine, length: int, kind: str = "bytes") -> None:
    if length <= MAX_TEXT and kind == "bytes":
        m.stack.append(m.take(length))
    else:
        start = m.position
        m.skip(length)
        m.stack.append(Opaque(kind, length, start))


_OPCODES[0x8C] = lambda m: _long_text(m, m.take(1)[0])
_OPCODES[ord("X")] = lambda m: _long_text(m, struct.unpack("<I", m.take(4))[0])
_OPCODES[0x8D] = lambda m: _long_text(m, struct.unpack("<Q", m.take(8))[0])
_OPCODES[ord("C")] = lambda m: _long_bytes(m, m.take(1)[0])
_OPCODES[ord("B")] = lambda m: _long_bytes(m, struct.unpack("<I", m.take(4))[0])
_OPCODES[0x8E] = lambda m: _long_bytes(m, struct.unpack("<Q", m.take(8))[0])
_OPCODES[0x96] = lambda m: _long_bytes(m, struct.unpack("<Q", m.take(8))[0], "bytearray")
_OPCODES[ord("J")] = lambda m: m.stack.append(struct.unpack("<i", m.take(4))[0])
_OPCODES[ord("K")] = lambda m: m.stack.append(m.take(1)[0])
_OPCODES[ord("M")] = lambda m: m.stack.append(struct.unpack("<H", m.take(2))[0])
_OPCODES[ord("G")] = lambda m: m.stack.append(struct.unpack(">d", m.take(8))[0])


def _python2_string(m: Machine, octets: bytes) -> None:
    # The default encoding of pickle.load is ASCII, strict: other bytes raise.
    try:
        m.stack.append(octets.decode("ascii"))
    except UnicodeDecodeError as error:
        raise _Broken("a string that is no ASCII") from error


@_opcode(b"T")
def _binstring(m: Machine) -> None:
    (length,) = struct.unpack("<i", m.take(4))
    if length < 0:
        raise _Broken("a negative length")
    if length > MAX_TEXT:
        m.skip(length)
        m.stack.append(Opaque("str", length))
    else:
        _python2_string(m, m.take(length))


@_opcode(b"U")
def _short_binstring(m: Machine) -> None:
    _python2_string(m, m.take(m.take(1)[0]))


@_opcode(b"S")
def _string(m: Machine) -> None:
    line = m.line().rstrip(b" \t\r\n\x0b\x0c")
    # One quote, the same at both ends; `_pickle` strips white space first.
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise _Broken("a string without its quotes")
    try:
        octets = codecs.escape_decode(line[1:-1])[0]
    except ValueError as error:
        raise _Broken("a string with a bad escape") from error
    _python2_string(m, octets)


@_opcode(b"V")
def _unicode(m: Machine) -> None:
    try:
        m.stack.append(m.line().decode("raw-unicode-escape"))
    except UnicodeDecodeError as error:
        raise _Broken("a string with a bad escape") from error


@_opcode(b"I")
def _int(m: Machine) -> None:
    line = m.line()
    if line in (b"00", b"01"):
        m.stack.append(line == b"01")
        return
    m.stack.append(_integer(m, line, 0))


@_opcode(b"L")
def _long(m: Machine) -> None:
    line = m.line()
    m.stack.append(_integer(m, line[:-1] if line.endswith(b"L") else line, 0))


def _integer(m: Machine, line: bytes, base: int) -> Value:
    # Base 0: 0x, 0o and 0b are numbers too, as strtol has them.
    if len(line) > MAX_DIGITS:
        m._flaw(FlawKind.BOMB, f"an integer of {len(line)} digits")
        raise _Broken("an integer of too many digits")
    try:
        return int(line.decode("ascii"), base)
    except ValueError as error:
        if re.fullmatch(rb"\s*[+-]?0[0-7]+\s*", line):  # strtol takes the octal of C
            return int(line, 8)
        raise _Broken("no integer") from error


@_opcode(b"F")
def _float(m: Machine) -> None:
    try:
        m.stack.append(float(m.line().decode("ascii")))
    except ValueError as error:
        raise _Broken("no number") from error


def _long_of(m: Machine, length: int) -> None:
    if length < 0:
        raise _Broken("a negative length")
    if length > MAX_LONG:
        m.skip(length)
        m._flaw(FlawKind.BOMB, f"an integer of {length} bytes")
        m.stack.append(Opaque("int", length))
    else:
        m.stack.append(int.from_bytes(m.take(length), "little", signed=True))


_OPCODES[0x8A] = lambda m: _long_of(m, m.take(1)[0])
_OPCODES[0x8B] = lambda m: _long_of(m, struct.unpack("<i", m.take(4))[0])

for _code, _kind in ((b"]", "list"), (b"}", "dict"), (b")", "tuple"), (b"\x8f", "set")):
    _OPCODES[_code[0]] = lambda m, kind=_kind: m.stack.append(Box(kind, []))  # type: ignore[misc]


@_opcode(b"t")
def _tuple(m: Machine) -> None:
    m.stack.append(m.box("tuple", m.marked()))


@_opcode(b"l")
def _list(m: Machine) -> None:
    m.stack.append(m.box("list", m.marked()))


@_opcode(b"d")
def _dict(m: Machine) -> None:
    items = m.marked()
    if len(items) % 2:
        raise _Broken("an odd number of items for a dict")
    m.keys(items[::2])
    m.stack.append(m.box("dict", items))


@_opcode(b"\x91")
def _frozenset(m: Machine) -> None:
    items = m.marked()
    m.keys(items)
    m.stack.append(m.box("frozenset", items))


def _tuple_of(m: Machine, count: int) -> None:
    items = [m.pop() for _ in range(count)]
    m.stack.append(m.box("tuple", items[::-1]))


_OPCODES[0x85] = lambda m: _tuple_of(m, 1)
_OPCODES[0x86] = lambda m: _tuple_of(m, 2)
_OPCODES[0x87] = lambda m: _tuple_of(m, 3)


@_opcode(b"a")
def _append(m: Machine) -> None:
    item = m.pop()
    m.add(m.top(), [item])


@_opcode(b"e")
def _appends(m: Machine) -> None:
    items = m.marked()
    m.add(m.top(), items)


@_opcode(b"s")
def _setitem(m: Machine) -> None:
    value, key = m.pop(), m.pop()
    m.keys([key])
    m.add(m.top(), [key, value])


@_opcode(b"u")
def _setitems(m: Machine) -> None:
    items = m.marked()
    target = m.top()
    if len(items) % 2:
        raise _Broken("an odd number of items for a dict")
    m.keys(items[::2])
    m.add(target, items)


@_opcode(b"\x90")
def _additems(m: Machine) -> None:
    items = m.marked()
    m.keys(items)
    m.add(m.top(), items)


def _get(m: Machine, index: int) -> None:
    if index not in m.memo:
        if isinstance(m, Glimpse):
            m.stack.append(Opaque("unknown"))
            return
        raise _Broken(f"memo {index} is empty")
    m.stack.append(m.memo[index])


def _index(m: Machine) -> int:
    value = _integer(m, m.line(), 10)
    if not isinstance(value, int) or value < 0:
        raise _Broken("no memo index")
    return value


_OPCODES[ord("g")] = lambda m: _get(m, _index(m))
_OPCODES[ord("h")] = lambda m: _get(m, m.take(1)[0])
_OPCODES[ord("j")] = lambda m: _get(m, struct.unpack("<I", m.take(4))[0])
_OPCODES[ord("p")] = lambda m: m.remember(_index(m), m.top())
_OPCODES[ord("q")] = lambda m: m.remember(m.take(1)[0], m.top())
_OPCODES[ord("r")] = lambda m: m.remember(struct.unpack("<I", m.take(4))[0], m.top())
_OPCODES[0x94] = lambda m: m.remember(len(m.memo), m.top())


def _name(octets: bytes) -> str:
    # `_pickle` decodes names as UTF-8, pickletools as ASCII.
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _Broken("a name that is no UTF-8") from error


@_opcode(b"c")
def _global(m: Machine) -> None:
    module = _name(m.line())
    m.stack.append(m.found(module, _name(m.line())))


@_opcode(b"\x93")
def _stack_global(m: Machine) -> None:
    name, module = m.pop(), m.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        if isinstance(name, (Made, Opaque, Global)) or isinstance(module, (Made, Opaque, Global)):
            # A name that only exists at load time: a str subclass, or a string too long to be one.
            m.event(Kind.IMPORT, None, m.box("tuple", [module, name]), "computed")
            m.stack.append(Opaque("computed"))
            return
        raise _Broken("STACK_GLOBAL needs strings")
    m.stack.append(m.found(module, name))


def _call(m: Machine, how: str, callee: Value, arguments: Value) -> None:
    m.stack.append(m.made(callee, arguments, how))


@_opcode(b"R")
def _reduce(m: Machine) -> None:
    arguments = m.pop()
    callee = m.pop()
    if not _could_be(arguments, "tuple"):
        raise _Broken("arguments that are no tuple")
    _call(m, "reduce", callee, arguments)


def _could_be(value: Value, kind: str) -> bool:
    return isinstance(value, (Made, Opaque)) or (isinstance(value, Box) and value.kind == kind)


@_opcode(b"i")
def _inst(m: Machine) -> None:
    module = _name(m.line())
    target = m.found(module, _name(m.line()))
    _call(m, "inst", target, m.box("tuple", m.marked()))


@_opcode(b"o")
def _obj(m: Machine) -> None:
    items = m.marked()
    if not items:
        raise _Broken("OBJ without a class")
    _call(m, "obj", items[0], m.box("tuple", items[1:]))


@_opcode(b"\x81")
def _newobj(m: Machine) -> None:
    arguments = m.pop()
    callee = m.pop()
    if not _could_be(arguments, "tuple"):
        raise _Broken("arguments that are no tuple")
    _call(m, "new", callee, arguments)


@_opcode(b"\x92")
def _newobj_ex(m: Machine) -> None:
    keywords, arguments, callee = m.pop(), m.pop(), m.pop()
    if not _could_be(arguments, "tuple") or not _could_be(keywords, "dict"):
        raise _Broken("arguments that are no tuple and dict")
    _call(m, "new", callee, m.box("tuple", [arguments, keywords]))


@_opcode(b"b")
def _build(m: Machine) -> None:
    state = m.pop()
    target = m.top()
    m.event(Kind.BUILD, target, state)
    if isinstance(target, Made):
        target.state = state
        _skip_raw_array(m, target, state)


@_opcode(b"P")
def _persid(m: Machine) -> None:
    line = m.line()
    _persistent(m, _text(line))


@_opcode(b"Q")
def _binpersid(m: Machine) -> None:
    _persistent(m, m.pop())


def _persistent(m: Machine, name: Value) -> None:
    m.event(Kind.PERSISTENT, name)
    if isinstance(name, Box) and len(name.items) > 1 and name.items[0] == "module":
        # torch before 1.6 names a module's class so, its source text beside it; loading gives the class.
        m.stack.append(name.items[1])
        return
    m.stack.append(Made(None, name, "persistent"))


def _extension(m: Machine, code: int) -> None:
    if code <= 0:
        raise _Broken("extension code 0")
    m.event(Kind.EXTENSION, code)
    m.stack.append(Made(None, code, "extension"))


_OPCODES[0x82] = lambda m: _extension(m, m.take(1)[0])
_OPCODES[0x83] = lambda m: _extension(m, struct.unpack("<H", m.take(2))[0])
_OPCODES[0x84] = lambda m: _extension(m, struct.unpack("<i", m.take(4))[0])


@_opcode(b"\x97")
def _next_buffer(m: Machine) -> None:
    # pickle.load without buffers raises; loaders that give some push an opaque one.
    m.stack.append(Opaque("buffer"))


@_opcode(b"\x98")
def _readonly_buffer(m: Machine) -> None:
    m.top()


# joblib: the array's bytes follow the opcodes that describe it.

RAW_FOLLOWS = frozenset({"NumpyArrayWrapper"})
WIDTHS = re.compile(r"[<>=|]?(?:[biufcmMSUV?])(\d+)|[?]")


def _skip_raw_array(m: Machine, target: Made, state: Value) -> None:
    wrapper = target.callee
    if not isinstance(wrapper, Global) or str(wrapper) not in (
        "joblib.numpy_pickle.NumpyArrayWrapper",
        "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper",
    ):
        return
    if not isinstance(state, Box) or state.kind != "dict":
        return
    told = {
        key: value
        for key, value in zip(state.items[::2], state.items[1::2], strict=False)
        if isinstance(key, str)
    }
    width = _width(told.get("dtype"))
    shape = told.get("shape")
    if width is None or not isinstance(shape, Box) or not all(isinstance(each, int) for each in shape.items):
        if width is None and "dtype" in told:
            m.nested()
        return
    count = 1
    for each in shape.items:
        count *= int(each)  # type: ignore[arg-type]
    if told.get("numpy_array_alignment_bytes") is not None:
        padding = m.take(1)[0]
        m.skip(padding)
    m.skip(count * width)


def _width(dtype: Value) -> int | None:
    """Bytes of one element; None if elements are objects or nobody knows."""
    if not isinstance(dtype, Made) or not isinstance(dtype.arguments, Box):
        return None
    name = dtype.arguments.items[0] if dtype.arguments.items else None
    if isinstance(name, str) and name[:1] not in "OV":
        found = WIDTHS.fullmatch(name)
        each = 4 if "U" in name else 1  # bytes of a character: numpy stores UCS-4
        return each * int(found[1] or 1) if found else None
    if isinstance(name, str) and name[:1] == "V" and isinstance(dtype.state, Box) and not _has_objects(dtype):
        return int(name[1:])
    return None


def _has_objects(dtype: Made) -> bool:
    state = dtype.state
    fields = state.items[4] if isinstance(state, Box) and len(state.items) > 4 else None
    if not isinstance(fields, Box):
        return False
    return any(
        isinstance(each, Box)
        and each.items
        and isinstance(each.items[0], Made)
        and _width(each.items[0]) is None
        for each in fields.items
    )


class NeedsAll(Exception):
    """What happens here depends on what stands further back than the glimpse."""


class Glimpse(Machine):
    """The machine set down inside a stream: what lies below on its stack is unknown.

    Values that nobody knows are fine as data; as a name, a callee or a target they need the whole.
    """

    def __init__(self, content: Content, start: int, is_start: bool) -> None:
        super().__init__(content, start)
        self.is_start = is_start
        self.proto = 4

    def until(self, last: int) -> Run:
        """What happens up to and including the opcode at `last`."""
        try:
            while self.position <= last and self._step():
                pass
        except (_Broken, _Spent) as error:
            raise NeedsAll from error
        self.run.end = self.position
        return self.run

    def pop(self) -> Value:
        """The top, or something unknown."""
        if len(self.stack) <= self.fence and not self.is_start and not self.marks:
            return Opaque("unknown")
        return super().pop()

    def top(self) -> Value:
        """The top, or something unknown."""
        if len(self.stack) <= self.fence and not self.is_start and not self.marks:
            return Opaque("unknown")
        return super().top()

    def marked(self) -> list[Value]:
        """The items, or those of them that are known; their number is unknown then."""
        if self.marks or self.is_start:
            return super().marked()
        items = self.stack[:]
        self.stack.clear()
        return items[len(items) % 2 :]

    def remember(self, index: int, value: Value) -> None:
        """Keep what has a number of its own; how many entries came before is unknown."""
        if index < 1 << 24 and self.data[self.at - 1] != 0x94:
            self.memo[index] = value

    def event(self, kind: Kind, target: Value, arguments: Value = None, how: str = "") -> None:
        """Note it, if all that decides is known."""
        decides = [target, *(arguments.items if isinstance(arguments, Box) else [arguments])]
        if kind is not Kind.PERSISTENT and any(
            isinstance(e, Opaque) and e.kind == "unknown" for e in decides
        ):
            raise NeedsAll
        if isinstance(target, Global) and target.name in RAW_FOLLOWS:
            raise NeedsAll
        super().event(kind, target, arguments, how)
