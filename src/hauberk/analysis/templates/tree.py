"""Jinja templates as syntax trees, with the tags that transformers adds.

Source: Jinja documentation, "Extensions"; transformers, `chat_template_utils.py`, AssistantTracker.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from hauberk.core.errors import Malformed, OverBudget

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.nodes import Template

# Characters: the longest honest chat templates have 60,000.
MAX_TEMPLATE = 1 << 20


@cache
def environment() -> Environment:
    """The parser: loop controls, `do`, and `generation` blocks; no loader, and nothing is rendered."""
    from jinja2 import nodes
    from jinja2.ext import Extension
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Generation(Extension):
        """`{% generation %}` marks what the assistant says."""

        tags = {"generation"}  # noqa: RUF012  # as Jinja declares it

        def parse(self, parser: Any) -> nodes.Node:
            """The block's content as a scope of its own."""
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body).set_lineno(line)

    extensions = ["jinja2.ext.loopcontrols", "jinja2.ext.do", Generation]
    return ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=extensions)


def parse(text: str) -> Template:
    """The template's syntax tree. Raises Malformed and OverBudget."""
    from jinja2 import TemplateSyntaxError

    if len(text) > MAX_TEMPLATE:
        raise OverBudget(f"a template of {len(text)} characters is longer than {MAX_TEMPLATE}")
    try:
        return environment().parse(text)
    except TemplateSyntaxError as error:
        raise Malformed(f"is no Jinja template: {error.message} in line {error.lineno}") from None
    except (RecursionError, MemoryError):
        raise OverBudget("the template is nested too deep to be read") from None
    except (ValueError, SyntaxError, UnicodeError, OverflowError, AttributeError, TypeError) as error:
        # Jinja hands string escapes and large numbers to Python's own parser.
        raise Malformed(f"is no Jinja template: {error}") from None
