"""Reports as text: one module per output format, each with `render(report, about)`.

This table is all that is imported until a format is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

from hauberk.core.errors import UsageError

if TYPE_CHECKING:
    from hauberk.core.report import Report
    from hauberk.report.about import About

Render = Callable[["Report", "About"], str]

FORMATS = {
    "table": "hauberk.report.table",
    "concise": "hauberk.report.concise",
    "json": "hauberk.report.json",
    "jsonl": "hauberk.report.jsonl",
    "sarif": "hauberk.report.sarif",
    "cyclonedx": "hauberk.report.cyclonedx",
    "markdown": "hauberk.report.markdown",
    "html": "hauberk.report.html",
    "junit": "hauberk.report.junit",
    "github": "hauberk.report.github",
    "gitlab": "hauberk.report.gitlab",
}


def renderer(name: str) -> Render:
    """The `render` of a format, imported now. Raises UsageError for a name that is not in FORMATS."""
    if name not in FORMATS:
        raise UsageError(f"{name!r} is no output format; known are {', '.join(FORMATS)}")
    return cast("Render", import_module(FORMATS[name]).render)
