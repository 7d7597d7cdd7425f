"""Opcodes that keep the stack, the memo and the containers on it.

Source: CPython, Modules/_pickle.c, do_append, do_setitems, load_additems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hauberk.analysis.execution.events import Broken, Kind, Spent
from hauberk.analysis.execution.opcodes import MAX_SHORT, OPCODES, counted, integer, opcode, text_line
from hauberk.analysis.execution.values import Box, Global, Made, Opaque, Value, is_hashable
from hauberk.core.view import FlawKind

if TYPE_CHECKING:
    from hauberk.analysis.execution.machine import Machine

MAX_MARKS = 1 << 20  # honest streams nest a few
MAX_HASHED = 1_000_000  # nodes below one key; hashing walks them all, and repeats none


@opcode(b"(")
def _mark(m: Machine) -> None:
    m.mark()
    if len(m.marks) > MAX_MARKS:
        m.flaw(FlawKind.DEEP, "nests marks without end")
        raise Spent("too many marks")


@opcode(b"0")
def _pop(m: Machine) -> None:
    if m.marks and m.marks[-1] == len(m.stack):
        m.unmark()
    else:
        m.pop()


@opcode(b"1")
def _pop_mark(m: Machine) -> None:
    m.marked()


@opcode(b"2")
def _dup(m: Machine) -> None:
    m.stack.append(m.top())


@opcode(b"t")
def _tuple(m: Machine) -> None:
    m.stack.append(m.box("tuple", m.marked()))


@opcode(b"l")
def _list(m: Machine) -> None:
    m.stack.append(m.box("list", m.marked()))


@opcode(b"d")
def _dict(m: Machine) -> None:
    items = m.marked()
    _check_pairs(m, items)
    m.stack.append(m.box("dict", items))


@opcode(b"\x91")
def _frozenset(m: Machine) -> None:
    items = m.marked()
    check_keys(m, items)
    m.stack.append(m.box("frozenset", items))


OPCODES[0x85] = lambda m: m.stack.append(m.box("tuple", m.pops(1)))
OPCODES[0x86] = lambda m: m.stack.append(m.box("tuple", m.pops(2)))
OPCODES[0x87] = lambda m: m.stack.append(m.box("tuple", m.pops(3)))


@opcode(b"a")
def _append(m: Machine) -> None:
    item = m.pop()
    _extend(m, m.top(), [item])


@opcode(b"e")
def _appends(m: Machine) -> None:
    items = m.marked()
    _extend(m, m.top(), items)


def _extend(m: Machine, target: Value, items: list[Value]) -> None:
    if not items or _is_foreign(m, target, items):
        return
    if isinstance(target, Opaque) and target.kind == "bytearray":
        if not all(isinstance(each, Made) or _is_octet(each) for each in items):
            raise Broken("appends what is no byte")
        target.size += len(items)
    elif isinstance(target, Box) and target.kind == "list":
        m.add(target, items)
    else:
        raise Broken("appends to what is no list")


def _is_foreign(m: Machine, target: Value, items: list[Value]) -> bool:
    """Whether the target's own methods are called; if it was imported, everybody's is changed."""
    if isinstance(target, Global):
        m.event(Kind.CHANGE, target, m.box("tuple", items))
        return True
    return isinstance(target, Made) or (isinstance(target, Opaque) and target.kind in ("unknown", "computed"))


def _is_octet(value: Value) -> bool:
    return isinstance(value, int) and 0 <= value < 256


@opcode(b"s")
def _setitem(m: Machine) -> None:
    pair = m.pops(2)
    _set(m, m.top(), pair)


@opcode(b"u")
def _setitems(m: Machine) -> None:
    items = m.marked()
    _set(m, m.top(), items)


def _set(m: Machine, target: Value, items: list[Value]) -> None:
    if not items:
        return
    if len(items) % 2:
        raise Broken("an odd number of items for a dict")
    if isinstance(target, Box) and target.kind == "dict":
        check_keys(m, items[::2])
        m.add(target, items)
        return
    pairs = [items[each : each + 2] for each in range(0, len(items), 2)]
    if all(_is_foreign(m, target, each) for each in pairs):
        return
    if isinstance(target, Box) and target.kind == "list":
        _replace(m, target, items)
    elif isinstance(target, Opaque) and target.kind == "bytearray":
        for key, value in zip(items[::2], items[1::2], strict=True):
            _check_index(key, target.size)
            if not isinstance(value, Made) and not _is_octet(value):
                raise Broken("sets what is no byte")
    else:
        raise Broken("sets items of what is no dict")


def _replace(m: Machine, target: Box, items: list[Value]) -> None:
    for key, value in zip(items[::2], items[1::2], strict=True):
        _check_index(key, target.count)
        if isinstance(key, int):
            index = key % target.count
            if index < len(target.items):
                target.items[index] = value
            m.hang(target, [value])


def _check_index(key: Value, size: int) -> None:
    if isinstance(key, Made):
        return
    if not isinstance(key, int) or not -size <= key < size:
        raise Broken("sets an item that is not there")


@opcode(b"\x90")
def _additems(m: Machine) -> None:
    items = m.marked()
    target = m.top()
    # A foreign `add` is called item by item, where `extend` takes them together.
    if all(_is_foreign(m, target, [each]) for each in items):
        return
    if not isinstance(target, Box) or target.kind != "set":
        raise Broken("adds to what is no set")
    check_keys(m, items)
    m.add(target, items)


def _check_pairs(m: Machine, items: list[Value]) -> None:
    if len(items) % 2:
        raise Broken("an odd number of items for a dict")
    check_keys(m, items[::2])


def check_keys(m: Machine, items: list[Value]) -> None:
    """Hash what becomes a key: tuples of tuples of the same tuples take exponential time."""
    for each in items:
        if isinstance(each, str):
            continue
        if isinstance(each, Box) and each.kind == "tuple" and each.weight > MAX_HASHED:
            m.flaw(FlawKind.BOMB, "a key takes exponential time to hash")
            raise Spent("a hash bomb")
        if not is_hashable(each):
            raise Broken("a key that cannot be hashed")


def keep_magic(box: Box, rest: list[Value]) -> None:
    """Keep the dunder keys of a long dict: as state they change what an object is."""
    if box.kind == "dict":
        for key, value in zip(rest[::2], rest[1::2], strict=False):
            if isinstance(key, str) and key.startswith("__"):
                box.items += [key, value]


# The memo


def _index(m: Machine) -> int:
    line = text_line(m)
    if line.isdigit() and len(line) < MAX_SHORT:
        return int(line)
    return integer(m, line.partition(b"\0")[0], 10)


OPCODES[ord("g")] = lambda m: m.recall(_index(m))
counted(ord("h"), "<B", lambda m, index: m.recall(index))
counted(ord("j"), "<I", lambda m, index: m.recall(index))
counted(ord("q"), "<B", lambda m, index: m.remember(index, m.top()))
counted(ord("r"), "<I", lambda m, index: m.remember(index, m.top()))


@opcode(b"p")
def _put(m: Machine) -> None:
    index = _index(m)
    if index < 0:
        raise Broken("a negative memo index")
    m.remember(index, m.top())


@opcode(b"\x94")
def _memoize(m: Machine) -> None:
    m.memoize(m.top())
