"""A chain of custody as one HTML page: a picture of what was made of what, and the proof of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from hauberk.core.chain import Chain
from hauberk.report.chain_tree import SHOWN_DIGEST, named_digest, proof
from hauberk.report.page import surroundings, with_hashes
from hauberk.report.plain import plain

if TYPE_CHECKING:
    from jinja2 import Template

# The picture, in SVG units.
BOX_WIDTH = 210
BOX_HEIGHT = 64
GAP_ACROSS = 56
GAP_DOWN = 18
EDGE = 12  # around the picture
MAX_NAME = 21  # characters that fit into a box
MAX_BOXES = 200  # a picture of more is a carpet; the list below has all


@dataclass(frozen=True, slots=True)
class Box:
    """One subject in the picture, with its left upper corner and the statements that refuse it."""

    chain: Chain
    x: float
    y: float
    status: str

    @property
    def name(self) -> str:
        """The name, cut to fit."""
        name = plain(self.chain.subject.name) or self.chain.subject.digest.hex[:SHOWN_DIGEST]
        return name if len(name) <= MAX_NAME else f"…{name[-MAX_NAME + 1 :]}"


@dataclass(frozen=True, slots=True)
class Wire:
    """The line from an input to what was made of it."""

    path: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes, lines between them, and the size of the whole."""

    boxes: tuple[Box, ...]
    wires: tuple[Wire, ...]
    width: float
    height: float


def chain_page(chain: Chain) -> str:
    """The page. Its policy allows its own style by hash, and nothing else."""
    page = _template().render(
        chain=chain,
        chains=list({each.subject.digest: each for each in chain.walk()}.values())[::-1],
        picture=picture(chain),
        proof=proof,
        named_digest=named_digest,
        plain=plain,
        status=status,
    )
    return with_hashes(page)


def status(chain: Chain) -> str:
    """`stop` where a statement refuses, `gap` where nothing is attested, else `clear`."""
    if any(each.is_refusal for each in chain.links):
        return "stop"
    return "clear" if chain.links else "gap"


def picture(chain: Chain) -> Picture:
    """Inputs to the left of what was made of them, the subject at the right."""
    deepest = _depth(chain)
    boxes: list[Box] = []
    wires: list[Wire] = []

    def place(each: Chain, level: int, top: float) -> tuple[float, float]:
        """Draw what is below, then the box in the middle of it; the box's y and the lower end."""
        x = EDGE + (deepest - level) * (BOX_WIDTH + GAP_ACROSS)
        middles, lower = [], top
        for inner in each.inputs:
            if len(boxes) >= MAX_BOXES:
                break
            y, lower = place(inner, level + 1, lower)
            middles.append(y)
        y = (middles[0] + middles[-1]) / 2 if middles else top
        boxes.append(Box(each, x, y, status(each)))
        wires.extend(_wire(x - GAP_ACROSS, middle, x, y) for middle in middles)
        return y, max(lower, y + BOX_HEIGHT + GAP_DOWN)

    _, height = place(chain, 0, EDGE)
    width = 2 * EDGE + (deepest + 1) * BOX_WIDTH + deepest * GAP_ACROSS
    return Picture(tuple(boxes), tuple(wires), width, height + EDGE - GAP_DOWN)


def _wire(x: float, y: float, to_x: float, to_y: float) -> Wire:
    start, end, middle = y + BOX_HEIGHT / 2, to_y + BOX_HEIGHT / 2, (x + to_x) / 2
    return Wire(f"M{x:g} {start:g} C{middle:g} {start:g} {middle:g} {end:g} {to_x:g} {end:g}")


def _depth(chain: Chain) -> int:
    return 1 + max(_depth(each) for each in chain.inputs) if chain.inputs else 0


@cache
def _template() -> Template:
    return surroundings().get_template("chain.html")
