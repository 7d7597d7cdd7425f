"""MDL111: chat templates that exhaust their renderer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.rule import Sample, rule
from hauberk.formats.chat_template import ChatTemplate


@rule(
    "MDL111",
    Severity.HIGH,
    maps=["CWE-400", "AML.T0029", "LLM10:2025"],
    bad=[
        Sample("chat_template.jinja", b"{% for i in range(10**9) %}x{% endfor %}"),
        Sample(
            "nested.jinja", b"{% for i in range(9999) %}{% for j in range(9999) %}x{% endfor %}{% endfor %}"
        ),
        Sample("wide.jinja", b"{{ 'a' * 999999999 }}"),
    ],
    good=[Sample("chat_template.jinja", b"{% for i in range(messages | length) %}{{ 'a' * 3 }}{% endfor %}")],
)
def template_bomb(view: ChatTemplate) -> Iterator[Finding]:
    """The template is made to exhaust its renderer.

    Why: a few characters make a server loop for hours or fill its memory at the first conversation.
    Remediation: take the template of the model it was made from; bound rendering by time and memory.
    Source: Jinja documentation, "Sandbox", on resource limits; CWE-400.
    """
    from hauberk.analysis.templates.cost import costs

    try:
        found = costs(view.text)
    except UnreadableAsset:
        return  # template_escape tells of the gap
    for each in found:
        yield Finding("MDL111", Place(view.locator), each, re.sub(r"\d+", "#", each))
