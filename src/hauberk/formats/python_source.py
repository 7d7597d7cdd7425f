"""Python source that comes with a model: parsed, never compiled or run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hauberk.core.asset import Asset, Content, Kind
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.text import decoded

if TYPE_CHECKING:
    import ast

# Bytes: the longest modelling files have 400,000.
MAX_SOURCE = 4 << 20
# Containers of models whose members Python imports when it loads them.
CARRIERS = (
    ".pt",
    ".pth",
    ".ptl",
    ".mar",
    ".nemo",
    ".keras",
    ".bin",
    ".ckpt",
    ".model",
    ".pt2",
    ".package",
    ".skops",
)
# TorchScript's own language only looks like Python, and calls nothing but operators.
SCRIPTED = "/code/"


@dataclass(frozen=True, kw_only=True)
class PythonSource(View):
    """A module's syntax tree."""

    tree: ast.Module


def claim(asset: Asset) -> Claim:
    """LIKELY for a module inside a model's archive; other source is no model's."""
    if asset.kind is not Kind.MEMBER or not asset.name.endswith(".py"):
        return Claim.NONE
    container, _, member = asset.locator.rpartition("!")
    is_carried = container.lower().endswith(CARRIERS) and SCRIPTED not in f"/{member}"
    return Claim.LIKELY if is_carried else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The module's view."""
    yield source(asset.locator, asset.content)


def source(locator: str, content: Content) -> PythonSource:
    """The view of a module. Raises Malformed and OverBudget."""
    import ast
    import warnings

    if content.size > MAX_SOURCE:
        raise OverBudget(f"source of {content.size} bytes is longer than {MAX_SOURCE}")
    octets = content.read(0, MAX_SOURCE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # odd escapes are the author's matter
            try:
                tree = ast.parse(octets)
            except (UnicodeDecodeError, LookupError):
                tree = ast.parse(decoded(octets))
    except (SyntaxError, ValueError) as error:
        raise Malformed(f"is no Python: {getattr(error, 'msg', error)}") from None
    except (RecursionError, MemoryError):
        raise OverBudget("the source is nested too deep to be read") from None
    return PythonSource(locator=locator, tree=tree)


SIGNS = Signs(ends=(".py",))
FORMAT = Format("python-source", "Python source of a model", claim, read)
