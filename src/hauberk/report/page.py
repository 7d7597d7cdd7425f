"""What all pages share: how templates are read, and a policy that allows a page only its own parts."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment


def surroundings() -> Environment:
    """Templates that escape everything, and fail on a name that nobody gave."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    return Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def template_text(name: str) -> str:
    """The text of a template, or of a part that several pages show."""
    return (files("hauberk.report") / "templates" / name).read_text("utf-8")


def with_hashes(page: str) -> str:
    """The page whose content security policy names its own style and script by hash."""
    return page.replace("HASH-OF-STYLE", _hash(page, "style"), 1).replace(
        "HASH-OF-SCRIPT", _hash(page, "script")
    )


def _hash(page: str, tag: str) -> str:
    """The source expression of the page's only `tag`. Source: CSP level 3, section 2.3.1."""
    found = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S)
    octets = found[1].encode() if found else b""
    return "sha256-" + base64.b64encode(hashlib.sha256(octets).digest()).decode()
