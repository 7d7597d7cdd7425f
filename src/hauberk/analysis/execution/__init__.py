"""What loading a pickle would do, found out without loading it.

Small pickles go through the symbolic machine whole. Long ones are surveyed first: where nothing but
dull opcodes stand, nothing happens; around the others the machine looks at a block at a time, and
only where a name or a callee comes from further back does it take the whole stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice

from hauberk.analysis.execution.events import Event, Kind, NeedsAll, Run
from hauberk.analysis.execution.glimpse import Glimpse
from hauberk.analysis.execution.judgement import Fault, Judgement, judge
from hauberk.analysis.execution.lexer import Glance, survey
from hauberk.analysis.execution.machine import Machine
from hauberk.analysis.execution.nested import programs_in
from hauberk.analysis.execution.policy import word
from hauberk.analysis.execution.values import Box, Global, Opaque, Value
from hauberk.core.asset import Bytes, Content, Slice
from hauberk.core.errors import UnreadableAsset
from hauberk.core.view import Flaw
from hauberk.formats.pickle import LEGACY_TORCH, STARTS, PickleProgram

__all__ = ["Execution", "Fault", "Judgement", "execute", "execution"]

# Pickles up to this size are taken whole: the machine does it in less time than a survey saves.
WHOLE = 1 << 20
NESTED = "call:nested-pickle"
RECONSTRUCTOR = Global("copyreg", "_reconstructor")
MAX_NESTED = 4  # files inside arguments of pickles inside arguments
# Pickles in one stream: torch's old format has five, a log of appended objects has many.
MAX_STACKED = 10_000
PROTO = 0x80
# Opcodes that do something in a long pickle, before it is no data any more.
MAX_GLANCES = 5000


@dataclass(slots=True)
class Execution:
    """All that loading would do: what is wrong with it, flaws, and where and why it ended early."""

    judgements: list[Judgement] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)
    broken: str = ""
    broken_at: int = 0
    is_spent: bool = False
    end: int = 0


@lru_cache(maxsize=1)
def execution(program: PickleProgram) -> Execution:
    """What loading the program would do; every rule asks for the same one."""
    return execute(program.content, program.start)


def execute(content: Content, start: int = 0, depth: int = 0) -> Execution:
    """What loading every pickle that is stacked from `start` on would do."""
    out = Execution(end=start)
    for count in range(MAX_STACKED):
        run = _run(content, out.end)
        if count and not _is_pickle(run, content):
            return out
        _keep(run, content, depth, out)
        if run.end is None:
            out.broken, out.broken_at, out.is_spent = run.broken, out.end, run.is_spent
            return out
        out.end = run.end
        if count == 0 and run.result == LEGACY_TORCH:
            return _legacy_torch(content, out)
        if out.end >= content.size or not _goes_on(content, out.end):
            return out
    out.broken, out.broken_at, out.is_spent = f"more than {MAX_STACKED} stacked pickles", out.end, True
    return out


def _is_pickle(run: Run, content: Content) -> bool:
    """Whether what stands behind a STOP is another pickle, and not bytes that begin like one."""
    is_whole = run.end is not None or content.read(run.start, 1)[0] == PROTO
    return is_whole or any(each.fault is Fault.RUNS for each in judge(run.events))


def _keep(run: Run, content: Content, depth: int, out: Execution) -> None:
    out.flaws += run.flaws
    out.judgements += judge(run.events)
    # Bytes of an array are opcodes only to a loader that does not know them; by chance they run nothing.
    out.judgements += (each for each in judge(run.otherwise) if each.fault is Fault.RUNS)
    for event in run.events:
        if event.kind is Kind.CALL and isinstance(event.target, Global) and word(event.target) == NESTED:
            _execute_nested(event, content, depth, out)


def _execute_nested(event: Event, content: Content, depth: int, out: Execution) -> None:
    """What the pickles in a call's only argument would do, as this one would have them loaded."""
    argument = (
        event.arguments.items[0] if isinstance(event.arguments, Box) and event.arguments.items else None
    )
    if isinstance(argument, bytes):
        held: Content = Bytes(argument)
    elif isinstance(argument, Opaque) and argument.kind == "bytes" and argument.size:
        held = Slice(content, argument.offset, argument.size)
    else:
        message = f"{event.target!s} loads bytes that exist only at load time"
        out.judgements.append(Judgement(Fault.COMPUTED, event.offset, str(event.target), message))
        return
    try:
        if depth >= MAX_NESTED:
            raise UnreadableAsset(f"more than {MAX_NESTED} pickles inside each other")
        for program in programs_in(held):
            inner = execute(program.content, program.start, depth + 1)
            out.flaws += inner.flaws
            out.judgements += [replace(each, offset=event.offset) for each in inner.judgements]
            out.broken = out.broken or inner.broken
    except UnreadableAsset as error:
        out.broken, out.broken_at = out.broken or str(error), event.offset


def _goes_on(content: Content, at: int) -> bool:
    """Whether another pickle could start here; loaders that read a stream would take it."""
    head = content.read(at, 2)
    return head[0] in STARTS or (head[0] == PROTO and head[1:2] <= b"\x05")


def _legacy_torch(content: Content, out: Execution) -> Execution:
    """torch.save's old format: magic number, protocol, system, object, keys, and then raw storages."""
    for _ in range(4):
        run = _run(content, out.end)
        _keep(run, content, 0, out)
        if run.end is None:
            out.broken, out.broken_at, out.is_spent = run.broken, out.end, run.is_spent
            return out
        out.end = run.end
    out.end = content.size
    return out


def _run(content: Content, start: int) -> Run:
    if content.size - start > WHOLE:
        try:
            return _glanced(content, start, list(islice(survey(content, start), MAX_GLANCES)))
        except NeedsAll:
            pass
    return Machine(content, start).load()


def _glanced(content: Content, start: int, glances: list[Glance]) -> Run:
    """The run, with the machine at the glances only. Raises NeedsAll where that is not enough."""
    run = Run(start)
    head = content.read(start, 2)
    proto = head[1] if head[:1] == bytes([PROTO]) else 0
    blocks: dict[int, int] = {}
    for each in glances:
        blocks[each.start] = each.offset
    if not glances or content.read(glances[-1].offset, 1) != b".":
        raise NeedsAll
    reached = start
    called: set[Value] = set()
    for first, last in blocks.items():
        part = Glimpse(content, max(first, reached), proto).until(last)
        called.update(_called(part))
        if _unlisted(part) - called:
            raise NeedsAll  # what is no class may be a container, and get items in a block not looked at
        run.events += part.events
        run.flaws += part.flaws
        reached = part.end or last
    run.end = glances[-1].offset + 1
    return run


def _unlisted(run: Run) -> set[Value]:
    imports = (each.target for each in run.events if each.kind is Kind.IMPORT)
    return {each for each in imports if isinstance(each, Global) and not word(each)}


def _called(run: Run) -> Iterator[Value]:
    """What turns out to be a class or function, or ends the loading."""
    for each in run.events:
        if each.kind is Kind.CALL:
            yield each.target
            if each.target == RECONSTRUCTOR and isinstance(each.arguments, Box):
                yield from each.arguments.items[:1]
