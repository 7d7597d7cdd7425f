"""R objects as `saveRDS` and `save` write them (decompressed): which code they bring along.

Source: R Internals, section 1.8 "Serialization Formats", and R's `src/main/serialize.c`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset, Unsupported
from hauberk.core.finding import Place
from hauberk.core.gap import Gap, gap_of
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.octets import Octets, Untrue
from hauberk.formats.r_text import TextOctets
from hauberk.formats.signs import Signs

# Items of one file: a forest of 1,000 trees has a million.
MAX_ITEMS = 5_000_000
# Bytes of one string.
MAX_STRING = 1 << 20
# Calls by name that a view keeps.
MAX_CALLS = 10_000
HEADERS = (b"RDX2\n", b"RDX3\n", b"RDB2\n", b"RDB3\n", b"RDA2\n", b"RDA3\n")

# Types. Source: R Internals 1.1 and serialize.c.
SYMBOL, LIST, CLOSURE, ENVIRONMENT, PROMISE, CALL, SPECIAL, BUILTIN, CHARS = 1, 2, 3, 4, 5, 6, 7, 8, 9
DOTS, STRINGS, VECTOR, EXPRESSION, BYTECODE, POINTER, WEAK, RAW, S4 = 17, 16, 19, 20, 21, 22, 23, 24, 25
REFERENCE, UNBOUND, NAMESPACE, PACKAGE, PERSISTENT, ALTERNATIVE = 255, 252, 249, 248, 247, 238
REPEATED, REPEAT, ATTRIBUTED_LIST, ATTRIBUTED_CALL = 243, 244, 239, 240
PLAIN = {254, 253, 252, 251, 250, 242, 241}  # nil, the known environments, unbound, missing
WIDTHS = {10: 4, 13: 4, 14: 8, 15: 16, RAW: 1}
PAIRS = {LIST, CALL, CLOSURE, PROMISE, DOTS}
ACTIVE = 1 << 15
# Alternative representations of base R; those of packages run the package's code.
KNOWN_ALTERNATIVES = {
    "compact_intseq", "compact_realseq", "deferred_string", "mmap_integer", "mmap_real", "wrap_real",
    "wrap_integer", "wrap_string", "wrap_logical", "wrap_complex", "wrap_raw", "wrap_list",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RPromise:
    """An expression that R evaluates when the value is first used, unless it has a value already."""

    is_forced: bool
    is_in_environment: bool
    calls: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RObject(View):
    """The code in the file: promises, names called in any code, active bindings, closures."""

    promises: tuple[RPromise, ...] = ()
    calls: tuple[str, ...] = ()
    closures: int = 0
    active_bindings: int = 0


@dataclass(slots=True)
class _Promise:
    in_environment: bool
    forced: bool = True
    has_code: bool = False
    calls: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Task:
    """Something to read: `role` says what it is to what holds it."""

    role: str = "item"
    in_frame: bool = False
    promise: _Promise | None = None


@dataclass(slots=True)
class _Walk:
    octets: Octets
    todo: list[_Task] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    promises: list[_Promise] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    closures: int = 0
    active: int = 0
    items: int = 0
    unknown: set[str] = field(default_factory=set)


def claim(asset: Asset) -> Claim:
    """CERTAIN by the header: the format's letter, and a version of 2 or 3."""
    head = asset.head
    if head[:1] not in (b"X", b"R", b"B", b"A") or asset.kind is Kind.FOLDER:
        return Claim.NONE
    if head.startswith(HEADERS):
        return Claim.CERTAIN
    is_binary = head[:6] in (b"X\n\0\0\0\2", b"X\n\0\0\0\3", b"B\n\2\0\0\0", b"B\n\3\0\0\0")
    return Claim.CERTAIN if is_binary or head[:4] in (b"A\n2\n", b"A\n3\n") else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The object's view; what could not be walked as a gap."""
    walk = _Walk(Octets(asset.content, order=">"))
    stop: UnreadableAsset | None = None
    flaws: tuple[Flaw, ...] = ()
    try:
        walk.octets = _header(walk.octets)
        _walk(walk)
        if walk.octets.left:
            flaws = (Flaw(FlawKind.HIDDEN, f"{walk.octets.left} bytes follow the object", walk.octets.at),)
    except Untrue as error:
        flaws, stop = (Flaw(FlawKind.LIES, str(error), error.offset),), error
    except UnreadableAsset as error:
        stop = error
    promises = tuple(
        RPromise(each.forced, each.in_environment, tuple(sorted(each.calls)))
        for each in walk.promises
        if each.has_code
    )
    yield RObject(
        locator=asset.locator, flaws=flaws, promises=promises, calls=tuple(sorted(walk.calls)),
        closures=walk.closures, active_bindings=walk.active,
    )  # fmt: skip
    for name in sorted(walk.unknown)[:20]:
        yield Gap(Place(asset.locator), "unsupported", name)
    if stop is not None:
        yield gap_of(asset.locator, stop)


def _header(octets: Octets) -> Octets:
    """The octets behind the header, in their byte order or as text."""
    if octets.take(1) == b"R":
        octets.skip(4)
    else:
        octets.at -= 1
    letter = octets.take(2)
    if letter == b"A\n":
        octets = TextOctets(octets)
    octets.order = ">" if letter == b"X\n" else "<"
    version = octets.u32()
    octets.skip(4)
    octets.skip(4)
    if version == 3:
        octets.take(_size(octets))
    elif version != 2:
        raise Unsupported(f"R serialisation version {version}", 2)
    return octets


def _size(octets: Octets) -> int:
    length = octets.number("i")
    if length == -1:
        length = (octets.u32() << 32) + octets.u32()
    if length < 0:
        raise Untrue(f"claims {length} elements", octets.at)
    return length


def _walk(walk: _Walk) -> None:
    walk.todo.append(_Task())
    while walk.todo:
        walk.items += 1
        if walk.items > MAX_ITEMS:
            raise OverBudget(f"has more than {MAX_ITEMS} items", walk.octets.at)
        task = walk.todo.pop()
        if task.role == "bytecode":
            _bytecode(walk, task)
        elif task.role == "constant":
            _constant(walk, task)
        elif task.role in ("code-list", "code-called"):
            _code_list(walk, task)
        else:
            _item(walk, task, walk.octets.u32())


def _push(walk: _Walk, *tasks: _Task) -> None:
    walk.todo += reversed(tasks)


def _item(walk: _Walk, task: _Task, flags: int) -> None:
    kind = flags & 255
    octets = walk.octets
    plain = _Task(promise=task.promise)
    attributes = (plain,) if flags & 0x200 else ()
    if task.role == "value" and task.promise is not None:
        task.promise.forced = kind != UNBOUND
    if task.role == "code" and task.promise is not None:
        task.promise.has_code = kind in (CALL, BYTECODE)
    if kind == REFERENCE:
        index = flags >> 8 or octets.u32()
        name = walk.names[index - 1] if 0 < index <= len(walk.names) else ""
        _called(walk, task, name)
    elif kind in PAIRS:
        _pair(walk, task, kind, flags)
    elif kind == SYMBOL:
        _symbol(walk, task)
    elif kind == CHARS:
        _chars(octets)
    elif kind in WIDTHS:
        octets.elements(_size(octets), WIDTHS[kind])
        _push(walk, *attributes)
    elif kind == STRINGS:
        for _ in range(_count(octets)):
            octets.skip(4)
            _chars(octets)
        _push(walk, *attributes)
    elif kind in (VECTOR, EXPRESSION):
        inner = _Task(in_frame=task.in_frame, promise=task.promise)
        walk.todo += [*attributes, *[inner] * _count(octets)]
    elif kind not in PLAIN:
        _rare(walk, task, kind, attributes)


def _rare(walk: _Walk, task: _Task, kind: int, attributes: tuple[_Task, ...]) -> None:
    octets, plain = walk.octets, _Task(promise=task.promise)
    if kind == ENVIRONMENT:
        octets.skip(4)
        walk.names.append("")
        frame = _Task(in_frame=True, promise=task.promise)
        _push(walk, plain, frame, frame, plain)
    elif kind in (NAMESPACE, PACKAGE, PERSISTENT):
        if kind == PERSISTENT:
            walk.unknown.add("a reference that a hook of the reader resolves")
        octets.skip(4)
        for _ in range(_count(octets)):
            octets.skip(4)
            _chars(octets)
        walk.names.append("")
    elif kind in (POINTER, WEAK):
        walk.names.append("")
        _push(walk, *([plain, plain] if kind == POINTER else []), *attributes)
    elif kind in (SPECIAL, BUILTIN):
        _called(walk, task, octets.take(_size(octets), MAX_STRING).decode("latin-1"))
    elif kind == BYTECODE:
        octets.skip(4)
        _push(walk, _Task("bytecode", promise=task.promise), *attributes)
    elif kind == ALTERNATIVE:
        _push(walk, _Task("alternative", promise=task.promise), plain, plain)
    elif kind == S4:
        _push(walk, *attributes)
    else:
        raise Malformed(f"item of the unknown type {kind}", octets.at - 4)


def _count(octets: Octets) -> int:
    """A number of items that follow, each of at least 4 bytes."""
    count = _size(octets)
    octets.expect(count * 4)
    return count


def _chars(octets: Octets) -> str:
    length = octets.number("i")
    if length == -1:
        return ""
    if length > MAX_STRING:
        octets.skip(length)
        return ""
    return octets.take(length, MAX_STRING).decode("utf-8", "replace")


def _symbol(walk: _Walk, task: _Task) -> None:
    walk.octets.skip(4)
    name = _chars(walk.octets)
    walk.names.append(name)
    _called(walk, task, name)


def _called(walk: _Walk, task: _Task, name: str) -> None:
    if task.role == "alternative-name" and name not in KNOWN_ALTERNATIVES:
        walk.unknown.add(f"a vector of the representation {name[:80]!r}, which a package defines")
    if task.role != "called" or not name:
        return
    if task.promise is not None:
        task.promise.calls.add(name)
    if len(walk.calls) < MAX_CALLS:
        walk.calls.add(name)


def _pair(walk: _Walk, task: _Task, kind: int, flags: int) -> None:
    """A cell: attributes and tag if it has them, then head and rest."""
    promise = task.promise
    head, rest = _Task(promise=promise), _Task(promise=promise)
    if kind == CLOSURE:
        walk.closures += 1
    elif kind == CALL:
        head = _Task("called", promise=promise)
    elif kind == LIST:
        head = _Task("alternative-name" if task.role == "alternative" else "item", task.in_frame, promise)
        rest = _Task("item", task.in_frame, promise)
        walk.active += task.in_frame and bool(flags >> 12 & ACTIVE)
    elif kind == PROMISE:
        made = _Promise(task.in_frame)
        walk.promises.append(made)
        head, rest = _Task("value", promise=made), _Task("code", promise=made)
    before = [_Task(promise=promise)] * (bool(flags & 0x200) + bool(flags & 0x400))
    _push(walk, *before, head, rest)


def _bytecode(walk: _Walk, task: _Task) -> None:
    _item(walk, _Task(promise=task.promise), walk.octets.u32())  # the code, a vector of integers
    count = _count(walk.octets)
    walk.todo += [_Task("constant", promise=task.promise)] * count


def _constant(walk: _Walk, task: _Task) -> None:
    kind = walk.octets.u32()
    if kind == BYTECODE:
        walk.todo.append(_Task("bytecode", promise=task.promise))
    elif kind in (LIST, CALL, REPEATED, REPEAT, ATTRIBUTED_LIST, ATTRIBUTED_CALL):
        _code_cell(walk, task, kind)
    else:
        walk.todo.append(_Task(promise=task.promise))


def _code_list(walk: _Walk, task: _Task) -> None:
    _code_cell(walk, task, walk.octets.u32())


def _code_cell(walk: _Walk, task: _Task, kind: int) -> None:
    """A cell of code among bytecode's constants, where repeated cells are referred to."""
    if kind == REPEATED:
        walk.octets.skip(4)
        return
    if kind == REPEAT:
        walk.octets.skip(4)
        kind = walk.octets.u32()
    plain, rest = _Task(promise=task.promise), _Task("code-list", promise=task.promise)
    head = _Task("code-called", promise=task.promise) if kind in (CALL, ATTRIBUTED_CALL) else rest
    if kind in (ATTRIBUTED_LIST, ATTRIBUTED_CALL):
        _push(walk, plain, plain, head, rest)
    elif kind in (LIST, CALL):
        _push(walk, plain, head, rest)
    else:
        _push(walk, _Task("called" if task.role == "code-called" else "item", promise=task.promise))


SIGNS = Signs(starts=(b"RDX", b"RDB", b"RDA", b"X\n", b"B\n", b"A\n"))
FORMAT = Format("r-object", "R serialised object", claim, read)
