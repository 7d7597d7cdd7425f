"""Scripts: stretches of shell text inside a file, and the views that hold any."""

from __future__ import annotations

from dataclasses import dataclass

from hauberk.core.view import View
from hauberk.formats.lined_yaml import Scalar


@dataclass(frozen=True, slots=True)
class Script:
    """Shell text of one entry or step from `line` on; all of it counts as that line if it `is_folded`.

    `shell` is empty for the platform's default, else as written (`bash`, `pwsh`, `python`).
    """

    text: str
    line: int
    is_folded: bool = False
    shell: str = ""

    def line_at(self, offset: int) -> int:
        """The line of the character at `offset`."""
        return self.line if self.is_folded else self.line + self.text.count("\n", 0, max(0, offset))


@dataclass(frozen=True, kw_only=True, eq=False)
class Scripted(View):
    """Anything in which shell text stands that is run to build, test or deploy."""

    scripts: tuple[Script, ...] = ()


def script_of(node: Scalar, shell: str = "") -> Script:
    """A scalar's text as a script."""
    return Script(node.text, node.line_at(0), node.style != "|", shell)
