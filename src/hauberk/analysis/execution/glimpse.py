"""The machine set down inside a stream, where most of what stands before is not looked at."""

from __future__ import annotations

from hauberk.analysis.execution.arrays import is_wrapper
from hauberk.analysis.execution.events import Broken, Kind, NeedsAll, Run, Spent
from hauberk.analysis.execution.machine import MEMO_AHEAD, Machine
from hauberk.analysis.execution.values import Box, Opaque, Value, is_vague
from hauberk.core.asset import Content

# Parts of torch's old persistent id of a module, which loading replaces by the module's class.
MODULE_PARTS = 4


class Glimpse(Machine):
    """What lies below on the stack, and what the memo holds from before, is unknown.

    Unknown values are fine as data. Where one has a part in what happens, the whole stream is needed.
    """

    def __init__(self, content: Content, start: int, proto: int) -> None:
        super().__init__(content, start)
        self.proto = proto

    def until(self, last: int) -> Run:
        """What happens up to and including the opcode at `last`."""
        try:
            self.read_on(last)
        except (Broken, Spent) as error:
            raise NeedsAll from error
        self.run.end = self.position
        return self.run

    def announce(self, proto: int) -> None:
        """The protocol, where the stream starts; further in, names may be mapped from here on."""
        if self.opcode_at != self.run.start:
            raise NeedsAll
        super().announce(proto)

    def pop(self) -> Value:
        """The top, or something unknown."""
        if not self.stack and not self.marks:
            return Opaque("unknown")
        return super().pop()

    def top(self) -> Value:
        """The top, or something unknown."""
        if not self.stack and not self.marks:
            return Opaque("unknown")
        return super().top()

    def marked(self) -> list[Value]:
        """The items above a mark that stands here, or something unknown for all that came before."""
        if self.marks:
            return super().marked()
        self.stack.clear()
        return [Opaque("unknown"), Opaque("unknown")]

    def remember(self, index: int, value: Value) -> None:
        """Keep what has a number of its own."""
        if index > self.position + MEMO_AHEAD:
            raise NeedsAll  # it is far ahead of the entries, and the loader allocates all up to it
        self.memo[index] = value

    def memoize(self, value: Value) -> None:
        """Which entry this fills is unknown: it may be any of those that were known."""
        self.memo.clear()

    def recall(self, index: int) -> None:
        """Push what is known of the entry."""
        self.stack.append(self.memo.get(index, Opaque("unknown")))

    def event(self, kind: Kind, target: Value, arguments: Value = None, how: str = "") -> None:
        """Note it, if all that decides is known."""
        is_name = kind is Kind.PERSISTENT and not (isinstance(target, Box) and target.count == MODULE_PARTS)
        if not is_name and (is_vague(target) or is_vague(arguments)):
            raise NeedsAll
        if is_wrapper(target):
            raise NeedsAll  # raw bytes will follow, which the survey took for opcodes
        super().event(kind, target, arguments, how)
