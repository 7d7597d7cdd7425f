"""What every format of computation graphs is read into: operators, and the files they name.

ONNX, TensorFlow, TensorFlow Lite, Core ML, OpenVINO, Paddle and ExecuTorch share these nouns, so that one
rule
judges them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from hauberk.core.errors import OverBudget, UnreadableAsset
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.companion import Companion, companion
from hauberk.formats.octets import Untrue
from hauberk.formats.shard_index import leaves_folder

# Different uses of operators that one graph may have; the largest honest ones have hundreds of kinds.
MAX_OPERATORS = 20_000
# Files that one graph may name: sharded weights of 50,000 tensors name each of their shards once.
MAX_REFERENCES = 20_000
# Flaws told of one graph: a thousand more say no more.
MAX_FLAWS = 200
# Pieces of files beside the graph that are kept; the largest graphs have some 10,000 tensors.
MAX_PIECES = 200_000
# Texts kept of one operator, and characters of each.
MAX_TEXTS = 16
MAX_TEXT = 4096


class Framework(StrEnum):
    """Whose graph it is."""

    ONNX = "ONNX"
    TENSORFLOW = "TensorFlow"
    TFLITE = "TensorFlow Lite"
    COREML = "Core ML"
    OPENVINO = "OpenVINO"
    PADDLE = "Paddle"
    EXECUTORCH = "ExecuTorch"
    TORCH = "torch"
    STABLEHLO = "StableHLO"


@dataclass(frozen=True, slots=True)
class Operator:
    """One use of an operator: `domain` is its namespace, `where` the graph or function it stands in.

    `texts` are the constant strings that it is given: paths, addresses, names of functions. `is_local` if
    the same file says what it computes.
    """

    name: str
    domain: str = ""
    where: str = ""
    texts: tuple[str, ...] = ()
    offset: int | None = None
    is_local: bool = False

    @property
    def full_name(self) -> str:
        """Domain and name, as a person would search for it."""
        return f"{self.domain}::{self.name}" if self.domain else self.name


@dataclass(frozen=True, slots=True)
class FileReference:
    """A file that loading the graph opens; `role` says as what."""

    path: str
    role: str
    offset: int | None = None


@dataclass(frozen=True, kw_only=True)
class Graph(View):
    """A computation graph: each different use of an operator once, in the order of the file."""

    framework: Framework
    operators: tuple[Operator, ...] = ()
    references: tuple[FileReference, ...] = ()


class Sketch:
    """A graph while it is read."""

    __slots__ = ("_defined", "_operators", "_pieces", "_references", "flaws", "framework", "locator")

    def __init__(self, locator: str, framework: Framework) -> None:
        self.locator = locator
        self.framework = framework
        self.flaws: list[Flaw] = []
        self._defined: set[tuple[str, str]] = set()
        self._operators: dict[tuple[str, str, tuple[str, ...]], Operator] = {}
        self._references: dict[tuple[str, str], FileReference] = {}
        self._pieces: set[tuple[str, int, int]] = set()

    def operator(self, found: Operator) -> None:
        """Note an operator, unless the same use of it is noted already."""
        kept = tuple(each[:MAX_TEXT] for each in found.texts[:MAX_TEXTS])
        if (found.domain, found.name, kept) in self._operators:
            return
        if len(self._operators) >= MAX_OPERATORS:
            raise OverBudget(f"has more than {MAX_OPERATORS} different operators", found.offset)
        self._operators[found.domain, found.name, kept] = Operator(
            found.name[:MAX_TEXT], found.domain[:MAX_TEXT], found.where[:200], kept, found.offset
        )

    def define(self, domain: str, name: str) -> None:
        """Note that the file itself says what this operator computes."""
        self._defined.add((domain, name))

    def reference(self, path: str, role: str, offset: int | None = None) -> None:
        """Note a file that the graph names."""
        if len(self._references) >= MAX_REFERENCES:
            raise OverBudget(f"names more than {MAX_REFERENCES} files", offset)
        self._references.setdefault((path, role), FileReference(path[:MAX_TEXT], role, offset))

    def takes(self, path: str, start: int, length: int) -> None:
        """Note the piece of a file that a tensor's numbers are."""
        if len(self._pieces) < MAX_PIECES:
            self._pieces.add((path[:MAX_TEXT].removeprefix("./"), start, length))

    def companions(self) -> Iterator[Companion]:
        """The files of bare numbers that the graph takes its tensors from; none where it takes too many."""
        held: dict[str, list[tuple[int, int]]] = {}
        for path, start, length in sorted(self._pieces) if len(self._pieces) < MAX_PIECES else ():
            held.setdefault(path, []).append((start, length))
        for path, pieces in held.items():
            if path and not leaves_folder(path):
                yield companion(self.locator, path, pieces)

    def flaw(self, kind: FlawKind, message: str, offset: int | None = None) -> None:
        """Note a contradiction."""
        if len(self.flaws) < MAX_FLAWS:
            self.flaws.append(Flaw(kind, message, offset))

    def drawn(self) -> Graph:
        """The view of what was read so far."""
        return Graph(
            locator=self.locator,
            flaws=tuple(self.flaws),
            framework=self.framework,
            operators=tuple(
                replace(each, is_local=True) if (each.domain, each.name) in self._defined else each
                for each in self._operators.values()
            ),
            references=tuple(self._references.values()),
        )


def readings(sketch: Sketch, walk: Callable[[], None]) -> Iterator[View | Companion]:
    """The view of what `walk` notes in the sketch; what stops it is raised after, so nothing is lost."""
    failed: UnreadableAsset | None = None
    try:
        walk()
    except Untrue as error:
        sketch.flaw(FlawKind.LIES, str(error), error.offset)
        failed = error
    except UnreadableAsset as error:
        failed = error
    yield sketch.drawn()
    if failed is not None:
        raise failed
    yield from sketch.companions()
