"""Opcodes that import, call and build: what a pickle does, as opposed to what it holds.

Source: CPython, Modules/_pickle.c, load_global and those behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hauberk.analysis.execution.arrays import describes_array, skip_array
from hauberk.analysis.execution.events import Broken, Kind
from hauberk.analysis.execution.opcodes import counted, opcode, text_line
from hauberk.analysis.execution.values import Box, Global, Made, Opaque, Value

if TYPE_CHECKING:
    from hauberk.analysis.execution.machine import Machine


def _decoded(octets: bytes, encoding: str) -> str:
    try:
        return octets.decode(encoding)
    except UnicodeDecodeError as error:
        raise Broken(f"a name that is no {encoding.upper()}") from error


@opcode(b"c")
def _global(m: Machine) -> None:
    # `_pickle` decodes names as UTF-8, pickletools as ASCII.
    module = _decoded(text_line(m), "utf-8")
    m.stack.append(m.found(module, _decoded(text_line(m), "utf-8")))


@opcode(b"\x93")
def _stack_global(m: Machine) -> None:
    name, module = m.pop(), m.pop()
    if isinstance(name, str) and isinstance(module, str):
        m.stack.append(m.found(module, name))
        return
    if not (_may_be_text(name) and _may_be_text(module)):
        raise Broken("STACK_GLOBAL needs strings")
    # A name that only exists at load time: what a call returns, or a string too long to be one.
    m.event(Kind.IMPORT, None, m.box("tuple", [module, name]), "computed")
    m.stack.append(Opaque("computed"))


def _may_be_text(value: Value) -> bool:
    if isinstance(value, Opaque):
        return value.kind in ("str", "unknown", "computed")
    return isinstance(value, (str, Made, Global))


def _call(m: Machine, how: str, callee: Value, arguments: Value) -> None:
    if not isinstance(callee, (Global, Made)) and not _is_unknown(callee):
        raise Broken("calls what cannot be called")
    m.stack.append(m.made(callee, arguments, how))


@opcode(b"R")
def _reduce(m: Machine) -> None:
    arguments, callee = m.pop(), m.pop()
    if not _may_be(arguments, "tuple"):
        raise Broken("arguments that are no tuple")
    _call(m, "reduce", callee, arguments)


def _is_unknown(value: Value) -> bool:
    return isinstance(value, Opaque) and value.kind in ("unknown", "computed")


def _may_be(value: Value, kind: str) -> bool:
    is_such = isinstance(value, Box) and value.kind == kind
    return is_such or _is_unknown(value) or isinstance(value, (Made, Global))


@opcode(b"i")
def _inst(m: Machine) -> None:
    items = m.marked()
    module = _decoded(text_line(m), "ascii")
    target = m.found(module, _decoded(text_line(m), "ascii"))
    _call(m, "inst", target, m.box("tuple", items))


@opcode(b"o")
def _obj(m: Machine) -> None:
    items = m.marked()
    if not items:
        raise Broken("OBJ without a class")
    _call(m, "obj", items[0], m.box("tuple", items[1:]))


@opcode(b"\x81")
def _newobj(m: Machine) -> None:
    arguments, callee = m.pop(), m.pop()
    if not _may_be(arguments, "tuple"):
        raise Broken("arguments that are no tuple")
    _call(m, "new", callee, arguments)


@opcode(b"\x92")
def _newobj_ex(m: Machine) -> None:
    keywords, arguments, callee = m.pop(), m.pop(), m.pop()
    if not _may_be(arguments, "tuple") or not _may_be(keywords, "dict"):
        raise Broken("arguments that are no tuple and dict")
    _call(m, "new", callee, m.box("tuple", [arguments, keywords]))


@opcode(b"b")
def _build(m: Machine) -> None:
    state, target = m.pop(), m.top()
    if not isinstance(target, (Global, Made)) and not _is_unknown(target):
        if not _is_no_state(state):
            raise Broken("gives a state to what has none")
        return
    m.event(Kind.BUILD, target, state)
    if isinstance(target, Made):
        target.state = state
        if describes_array(target):
            skip_array(m, target, state)


def _is_no_state(state: Value) -> bool:
    """Whether load_build does nothing with it: None, or None and slots that are none."""
    if not isinstance(state, Box) or state.kind != "tuple" or len(state.items) != 2:
        return state is None
    first, slots = state.items
    return first is None and isinstance(slots, Box) and slots.kind == "dict" and not slots.count


@opcode(b"P")
def _persid(m: Machine) -> None:
    _persistent(m, _decoded(m.line(), "ascii"))


@opcode(b"Q")
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
        raise Broken("an extension code of 0 or less")
    m.event(Kind.EXTENSION, code)
    # `_pickle` looks a code up once, and then gives the same object again.
    m.stack.append(m.extensions.setdefault(code, Made(None, code, "extension")))


for _code, _form in ((0x82, "<B"), (0x83, "<H"), (0x84, "<i")):
    counted(_code, _form, _extension)


@opcode(b"\x97")
def _next_buffer(m: Machine) -> None:
    # pickle.load without buffers raises; loaders that give some push one that nobody knows.
    m.stack.append(Made(None, None, "buffer"))


@opcode(b"\x98")
def _readonly_buffer(m: Machine) -> None:
    top = m.top()
    is_text = isinstance(top, Opaque) and top.kind in ("str", "int")
    if is_text or not isinstance(top, (bytes, Opaque, Made, Global)):
        raise Broken("READONLY_BUFFER needs a buffer")
    if isinstance(top, Opaque) and top.kind == "bytearray":
        m.stack[-1] = Opaque("memoryview", top.size, top.offset)
