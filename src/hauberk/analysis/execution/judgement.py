"""What is wrong with what a pickle does: its events, held to the policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from hauberk.analysis.execution.distribution import forged
from hauberk.analysis.execution.events import Event, Kind
from hauberk.analysis.execution.policy import is_covered, is_standard, runs_code, word
from hauberk.analysis.execution.values import Box, Global, Made, Opaque, Value
from hauberk.core.finding import Severity


class Fault(StrEnum):
    """The ways in which a pickle can be wrong; each has its rule."""

    RUNS = "runs"
    COMPUTED = "computed"
    UNLISTED = "unlisted"
    STATE = "state"
    UNKNOWN = "unknown"
    EXTENSION = "extension"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One fault at a byte offset; `subject` is the name it is about."""

    fault: Fault
    offset: int
    subject: str
    message: str
    severity: Severity | None = None


# State keys that change what the object is, not what it holds: every dunder but these.
HIJACKS = re.compile(
    r"__(?!(?:doc|module|name|qualname|annotations|wrapped|version|orig_class|fields_set|weakref|"
    r"(?:pydantic|attrs|sklearn|networkx)_\w+)__$)\w+__$"
)
# Attributes that lead from an object to the interpreter.
WALKS = re.compile(r"_|.*\.|f_|gi_|cr_|ag_|co_|tb_|func_|im_")
MAGIC = re.compile(r"__|.*\.|f_|gi_|cr_|ag_|co_|tb_|func_|im_")
# Iterators that never end, or end late: containers made of them exhaust memory.
LAZY = frozenset({"range", "repeat", "count", "cycle", "iter", "enumerate", "reversed"})
# Arguments that look like commands, code, paths or addresses.
ATTACK = re.compile(
    r"(?:/bin/|/etc/|/tmp/|~/|\.\./|[a-z]+://|\b(?:import|exec|eval|system|curl|wget|bash|sh -c|python|nc|"
    r"rm -|chmod|touch|powershell|cmd)\b|__|[;|&`$]\s*\w|\w+\(.*\)|lambda)",
    re.IGNORECASE,
)
MAX_FILL = 1 << 28  # bytes that bytes(n) or bytearray(n) may ask for


def judge(events: list[Event]) -> Iterator[Judgement]:
    """Everything that is wrong, in the order in which it would happen."""
    for event in events:
        yield from _JUDGES[event.kind](event)


def _import(event: Event) -> Iterator[Judgement]:
    target = event.target
    if not isinstance(target, Global):
        yield Judgement(Fault.COMPUTED, event.offset, "name", "imports a name that exists only at load time")
        return
    said = word(target)
    if said and said != "unsafe":
        return
    if said == "unsafe" or runs_code(target):
        yield Judgement(Fault.RUNS, event.offset, str(target), f"imports {target}")
    elif is_standard(target.module):
        yield Judgement(Fault.RUNS, event.offset, str(target), f"imports {target}", Severity.HIGH)
    elif "." in target.name:
        yield Judgement(Fault.ATTRIBUTE, event.offset, str(target), f"walks to {target}")
    else:
        yield Judgement(Fault.UNKNOWN, event.offset, str(target), f"uses {target}, which no policy lists")


def _call(event: Event) -> Iterator[Judgement]:
    target = event.target
    if not isinstance(target, Global):
        if not _is_known_result(target):
            what = f"calls the result of {_shown(target)}"
            yield Judgement(Fault.COMPUTED, event.offset, _shown(target), what)
        return
    said = word(target)
    if said in ("unsafe", "") and (said or runs_code(target) or is_standard(target.module)):
        shown = f"calls {target}{_arguments(event.arguments)}"
        yield Judgement(Fault.RUNS, event.offset, str(target), shown)
        return
    fault = _NEW.get(said) if event.how == "new" else _REDUCE.get(said)
    if fault is None:
        shape = _SHAPES.get(said)
        if shape is not None and not shape(target, event.arguments):
            shown = f"calls {target}{_arguments(event.arguments)} with arguments it has no business with"
            yield Judgement(Fault.UNLISTED, event.offset, str(target), shown)
        return
    yield from _unlisted(event, target, said)


def _unlisted(event: Event, target: Global, said: str) -> Iterator[Judgement]:
    shown = f"calls {target}{_arguments(event.arguments)}"
    if event.how != "new" and (said or is_covered(target.module)):
        yield Judgement(Fault.UNLISTED, event.offset, str(target), f"{shown}, which no saved object needs")
    elif event.how != "new" and _looks_like_attack(target, event.arguments):
        yield Judgement(Fault.UNLISTED, event.offset, str(target), f"{shown}: nobody's class takes that")
    elif said:
        yield Judgement(
            Fault.UNKNOWN, event.offset, str(target), f"builds {target}, which is listed as a value"
        )


# What a word does not allow: these words have a fault when called so.
_REDUCE = {
    "": Fault.UNLISTED,
    "value": Fault.UNLISTED,
    "build": Fault.UNLISTED,
    "build:distribution": Fault.UNLISTED,
}
_NEW = {"": Fault.UNKNOWN, "value": Fault.UNKNOWN}


def _looks_like_attack(target: Global, arguments: Value) -> bool:
    """Whether an unknown function is called with text, as commands, code and paths are.

    Reconstructors that nobody knows are private, or classes; what they are given says more then.
    """
    texts = list(_texts(arguments))
    if target.name[:1].islower():
        return bool(texts)
    return target.name[:1] == "_" and any(ATTACK.search(each) for each in texts)


def _texts(value: Value) -> Iterator[str]:
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, bytes):
            yield each.decode("latin-1")
        elif isinstance(each, Box):
            todo.extend(each.items)


def _is_known_result(target: Value) -> bool:
    """Whether the callee is one of the few results of calls that honest pickles call."""
    if not isinstance(target, Made) or not isinstance(target.arguments, Box):
        return False
    items = target.arguments.items
    return (
        target.callee == Global("builtins", "getattr")
        and len(items) == 2
        and items[0] in (Global("zoneinfo", "ZoneInfo"), Global("backports.zoneinfo", "ZoneInfo"))
        and items[1] == "_unpickle"
    )


# Shapes of arguments


def _items(arguments: Value) -> list[Value]:
    return arguments.items if isinstance(arguments, Box) else []


def _is_listed(value: Value) -> bool:
    if isinstance(value, Global):
        return word(value) not in ("", "unsafe")
    return value is None or isinstance(value, Made)


def _first_listed(target: Global, arguments: Value) -> bool:
    items = _items(arguments)
    first = items[0] if items else None
    if target.name == "_rebuild_from_type_v2":
        return isinstance(first, Global) and first.module.startswith("torch.") and "_rebuild" in first.name
    if isinstance(first, Global) and not is_covered(first.module):
        return True  # unknown, and said to be so where it was imported
    return _is_listed(first)


def _literal(target: Global, arguments: Value) -> bool:
    todo = list(_items(arguments))
    while todo:
        each = todo.pop()
        if isinstance(each, (Global, Made)):
            return False
        if isinstance(each, int) and not -MAX_FILL < each < 1 << 64:
            return False
        if isinstance(each, Box):
            todo.extend(each.items)
    is_filled = target.name in ("bytes", "bytearray")
    return not (is_filled and any(isinstance(e, int) and e > MAX_FILL for e in _items(arguments)))


def _getattr_literal(_target: Global, arguments: Value) -> bool:
    items = _items(arguments)
    if len(items) != 2 or not isinstance(items[1], str) or not isinstance(items[0], (Global, Made)):
        return False
    if (items[0], items[1]) == (Global("zoneinfo", "ZoneInfo"), "_unpickle"):
        return True
    if (
        isinstance(items[0], Global)
        and word(Global(items[0].module, f"{items[0].name}.{items[1]}")) == "value"
    ):
        return True
    # A bound method of an object that stands there anyway may be private, not magic.
    walks = MAGIC if isinstance(items[0], Made) else WALKS
    return _is_listed(items[0]) and walks.match(items[1]) is None


def _plain_attributes(_target: Global, arguments: Value) -> bool:
    names = _items(arguments)
    return all(isinstance(each, str) and WALKS.match(each) is None for each in names[:1]) and _literal(
        _target, arguments
    )


def _container(_target: Global, arguments: Value) -> bool:
    """No argument is an iterator that ends late."""
    return not any(
        isinstance(each, Made) and isinstance(each.callee, Global) and each.callee.name in LAZY
        for each in _items(arguments)
    )


def _one(_target: Global, arguments: Value) -> bool:
    return len(_items(arguments)) == 1


def _array_first(_target: Global, arguments: Value) -> bool:
    # These call their first argument and give the result a state: only numpy's reconstructor is harmless.
    first = next(iter(_items(arguments)), None)
    modules = ("numpy._core.multiarray", "numpy.core.multiarray")
    return isinstance(first, Global) and first.module in modules and first.name == "_reconstruct"


_SHAPES: dict[str, Callable[[Global, Value], bool]] = {
    "new": _literal,
    "call:literal": _literal,
    "call:array-first": _array_first,
    "call:first-listed": _first_listed,
    "call:getattr-literal": _getattr_literal,
    "call:plain-attribute": _plain_attributes,
    "call:one": _one,
    "call:container": _container,
    "call:nested-pickle": _one,
}


# BUILD


def _build(event: Event) -> Iterator[Judgement]:
    target = event.target
    if isinstance(target, Global):
        message = f"changes {target} itself, for everybody in the process"
        yield Judgement(Fault.STATE, event.offset, str(target), message, Severity.CRITICAL)
        return
    for key in _keys(event.arguments):
        if HIJACKS.match(key):
            yield Judgement(Fault.STATE, event.offset, key, f"sets {key} of {_shown(target)}")
    if isinstance(target, Made) and (kind := forged(target, event.arguments)):
        message = f"gives {kind} a state with text that scipy executes"
        yield Judgement(Fault.RUNS, event.offset, str(kind), message)
    if isinstance(target, Made) and target.callee == Global("functools", "partial"):
        items = _items(event.arguments)
        if items and not _is_listed(items[0]):
            yield Judgement(Fault.STATE, event.offset, "partial", f"makes a partial of {_shown(items[0])}")


def _keys(state: Value) -> Iterator[str]:
    """The attribute names that a state sets, in the dict and in the slots."""
    boxes = [state]
    if isinstance(state, Box) and state.kind == "tuple" and state.count == 2:
        boxes = list(state.items)
    for each in boxes:
        if isinstance(each, Box) and each.kind == "dict":
            yield from (key for key in each.items[::2] if isinstance(key, str))


def _change(event: Event) -> Iterator[Judgement]:
    subject = _shown(event.target)
    message = f"puts items into {subject} itself, for everybody in the process"
    yield Judgement(Fault.STATE, event.offset, subject, message, Severity.CRITICAL)


def _forged(event: Event) -> Iterator[Judgement]:
    if event.target is None:
        yield Judgement(Fault.STATE, event.offset, "frame", event.how)
    else:
        message = f"hides from readers where an array of joblib's ends: {event.how}"
        yield Judgement(Fault.STATE, event.offset, "NumpyArrayWrapper", message)


def _persistent(_event: Event) -> Iterator[Judgement]:
    return iter(())


def _extension(event: Event) -> Iterator[Judgement]:
    message = f"takes extension {event.target!r} from a registry that only the loading process knows"
    yield Judgement(Fault.EXTENSION, event.offset, str(event.target), message)


_JUDGES = {
    Kind.IMPORT: _import,
    Kind.CALL: _call,
    Kind.BUILD: _build,
    Kind.CHANGE: _change,
    Kind.FORGED: _forged,
    Kind.PERSISTENT: _persistent,
    Kind.EXTENSION: _extension,
}


# Words for people

MAX_SHOWN = 80  # characters of arguments in a message


def _arguments(value: Value) -> str:
    text = ", ".join(_shown(each) for each in _items(value)[:4])
    return f"({text[:MAX_SHOWN]}{'...' if len(text) > MAX_SHOWN else ''})"


def _shown(value: Value) -> str:
    if isinstance(value, Global):
        return str(value)
    if isinstance(value, Made):
        return f"{_shown(value.callee)}(...)" if value.callee is not None else value.how
    if isinstance(value, Box):
        return f"{value.kind} of {value.count}"
    if isinstance(value, Opaque):
        return value.kind
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."
