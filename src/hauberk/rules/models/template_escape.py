"""MDL110: chat templates that reach the interpreter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Finding, Place, Severity
from hauberk.core.gap import Gap
from hauberk.core.rule import Sample, rule
from hauberk.formats.chat_template import ChatTemplate

if TYPE_CHECKING:
    from hauberk.analysis.templates.reach import Reach

HONEST = (
    b"{%- set ns = namespace(found=false) %}{% for message in messages[1:] %}{{ message['role'] + ': ' + "
    b"message.content | trim }}{% if loop.last and tools is defined %}{{ tools | tojson }}{% endif %}"
    b"{% endfor %}"
)


def _named() -> bytes:
    return b'{"chat_template": [{"name": "default", "template": "{{ ().__class__.__mro__ }}"}]}'


@rule(
    "MDL110",
    Severity.CRITICAL,
    maps=["CWE-1336", "CWE-94", "AML.T0011.000", "LLM03:2025"],
    bad=[
        Sample("chat_template.jinja", b"{{ cycler.__init__.__globals__.os.popen('id').read() }}"),
        Sample("tokenizer_config.json", _named),
        Sample("joined.jinja", b"{% set a = ['__cla', 'ss__'] | join %}{{ ''[a] }}"),
        Sample("hidden_chat_template.jinja", b"{{ messages | attr(messages[0].content) }}"),
    ],
    good=[
        Sample("chat_template.jinja", HONEST),
        Sample("prompt.jinja", b"Explain __init__ to {{ user.name }}."),
    ],
)
def template_escape(view: ChatTemplate) -> Iterator[Finding | Gap]:
    """The template reaches into the interpreter that renders it.

    Why: servers render the template with every conversation; through attributes such as `__globals__`
    it runs commands wherever the renderer has no sandbox, or one with a hole.
    Remediation: do not serve the model; take the template of the model it was made from.
    Source: CVE-2024-34359 (llama-cpp-python); Jinja documentation, "Sandbox".
    """
    from hauberk.analysis.templates.reach import raw_reaches, reaches

    place = Place(view.locator)
    try:
        found = reaches(view.text)
    except UnreadableAsset as error:
        found = raw_reaches(view.text)
        if view.is_model or found:
            yield Gap(place, error.reason, str(error), "render it with no server", "MDL110")
    for each in found:
        if not (_is_of_projects(each) and not view.is_model):
            severity = Severity.HIGH if each.is_computed or not each.name.startswith("__") else None
            yield Finding(
                "MDL110", Place(view.locator, line=each.line), f"reaches {each.name}", each.name, severity
            )


def _is_of_projects(each: Reach) -> bool:
    """Whether templates of pages and programs do this honestly."""
    return (
        "another template" in each.name
        or each.is_computed
        or each.name in ("request", "url_for", "self")
        or (each.name == "get_flashed_messages")
    )
