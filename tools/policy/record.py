"""Which globals a real saved object names when it is loaded, and how each is used.

Runs real unpicklers over what this tool has just saved itself; never point it at another's file.
"""

from __future__ import annotations

import io
import pickle
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

PLAIN = (str, bytes, int, float, bool, complex, type(None))


@dataclass(slots=True)
class Uses:
    """For each (module, name): the uses seen ("value", "build", "call") and shapes of call arguments."""

    seen: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    shapes: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))


class Recorder(pickle._Unpickler):  # type: ignore[name-defined]  # the pure Python one, which has a dispatch table
    """An unpickler that writes down what each global is used for."""

    uses = Uses()
    # The parent's own table, copied; a class attribute, as the parent has it.
    dispatch = dict(pickle._Unpickler.dispatch)  # type: ignore[attr-defined]  # noqa: RUF012

    def find_class(self, module: str, name: str) -> Any:
        """The global itself; its name is written down as a value until it is used as more."""
        found = super().find_class(module, name)
        if type(found).__name__ == "pybind11_type":  # made without its native part it ends the interpreter
            raise pickle.UnpicklingError(f"{module}.{name} is native")
        self.uses.seen[module, name].add("value")
        if not hasattr(self, "named"):
            self.named: dict[int, set[tuple[str, str]]] = defaultdict(set)
            self.kept: list[Any] = []
        self.named[id(found)].add((module, name))
        self.kept.append(found)
        return found

    def note(self, target: Any, use: str, arguments: Any = ()) -> None:
        """Write down a use of `target`, if it is a global of this stream."""
        for key in getattr(self, "named", {}).get(id(target), ()):
            self.uses.seen[key].add(use)
            if use == "call":
                self.uses.shapes[key].add(self.shape(arguments))

    def shape(self, arguments: Any) -> str:
        """`first-listed` if the first argument is a global, `literal` if all are constants, or `any`."""
        if not isinstance(arguments, tuple) or not arguments:
            return "literal"
        if id(arguments[0]) in getattr(self, "named", {}):
            return "first-listed"
        return "literal" if all(_is_constant(each) for each in arguments) else "any"


def _is_constant(value: Any) -> bool:
    if isinstance(value, tuple | list | set | frozenset):
        return all(_is_constant(each) for each in value)
    return type(value) in PLAIN


def _before(opcode: bytes, use: str, target: int, arguments: int | None) -> None:
    original = Recorder.dispatch[opcode[0]]

    def step(self: Recorder) -> None:
        given = self.stack[arguments] if arguments is not None else ()
        self.note(self.stack[target], use, given)
        original(self)

    Recorder.dispatch[opcode[0]] = step


_before(pickle.REDUCE, "call", -2, -1)
_before(pickle.NEWOBJ, "build", -2, None)
_before(pickle.NEWOBJ_EX, "build", -3, None)


@contextmanager
def recording() -> Iterator[Uses]:
    """Uses by everything that is loaded inside the block."""
    uses = Uses()
    before, Recorder.uses = Recorder.uses, uses
    try:
        yield uses
    finally:
        Recorder.uses = before


def load(octets: bytes, way: str) -> None:
    """Load what `saved` wrote, by the library's own reader over a Recorder."""
    saver = way.partition("-")[0]
    if saver == "torch":
        import torch

        torch.load(io.BytesIO(octets), pickle_module=_stand_in(), weights_only=False)
    elif saver == "joblib":
        _joblib(octets)
    else:
        Recorder(io.BytesIO(octets)).load()


def _stand_in() -> ModuleType:
    made = ModuleType("recording_pickle")
    for name in ("load", "loads", "UnpicklingError", "dumps", "dump", "Pickler"):
        setattr(made, name, getattr(pickle, name))
    made.Unpickler = Recorder  # type: ignore[attr-defined]
    made.load = lambda file, **more: Recorder(file, **more).load()  # type: ignore[attr-defined]
    return made


def _joblib(octets: bytes) -> None:
    from joblib import numpy_pickle

    kind = numpy_pickle.NumpyUnpickler
    mixed = type("RecordingNumpyUnpickler", (Recorder, kind), {"dispatch": dict(Recorder.dispatch)})
    mixed.dispatch[pickle.BUILD[0]] = kind.load_build  # type: ignore[attr-defined]
    original = numpy_pickle.NumpyUnpickler
    numpy_pickle.NumpyUnpickler = mixed
    try:
        numpy_pickle.load(io.BytesIO(octets))
    finally:
        numpy_pickle.NumpyUnpickler = original
