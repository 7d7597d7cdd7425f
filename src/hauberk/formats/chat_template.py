"""Chat templates: Jinja text that tokenizers carry and servers render with every request.

Source: transformers documentation, "Chat templates"; llama.cpp, `tokenizer.chat_template`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import OverBudget
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs
from hauberk.formats.text import TextDocument, is_text

# Bytes: the longest honest templates have 60,000.
MAX_TEMPLATE = 1 << 20
ENDINGS = (".jinja", ".jinja2", ".j2")


@dataclass(frozen=True, kw_only=True)
class ChatTemplate(TextDocument):
    """The text of a template, not parsed yet.

    `is_model` says that a model carries it, and not a project that renders templates of its own.
    """

    is_model: bool


def claim(asset: Asset) -> Claim:
    """LIKELY by the ending; models hand their templates over by hint."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith(ENDINGS) or not asset.content.size:
        return Claim.NONE
    return Claim.LIKELY if is_text(asset.head) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The template's view. Raises OverBudget."""
    if asset.content.size > MAX_TEMPLATE:
        raise OverBudget(f"a template of {asset.content.size} bytes is longer than {MAX_TEMPLATE}")
    text = asset.content.read(0, MAX_TEMPLATE).decode("utf-8", "replace")
    # Projects keep templates of pages and settings, which do import each other.
    is_model = asset.hint == "chat-template" or "chat_template" in asset.locator
    yield ChatTemplate(locator=asset.locator, name=asset.name, text=text, is_model=is_model)


SIGNS = Signs(ends=(".jinja", ".jinja2", ".j2"))
FORMAT = Format("chat-template", "chat template", claim, read)
