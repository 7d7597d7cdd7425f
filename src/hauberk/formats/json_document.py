"""JSON settings: configurations of models, tokenizers, pipelines and prompts.

Files of other readers (Keras, XGBoost, shard indexes) are read by both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import Malformed, OverBudget
from hauberk.core.view import Flaw, FlawKind
from hauberk.formats.document import Document, facts
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.shard_index import leaves_folder
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import Parsed, TooDeep, parse
from hauberk.formats.text import MAX_TEXT, decoded

# Bytes: the largest tokenizers have 35 MB.
MAX_DOCUMENT = 64 << 20
# Bytes up to which every JSON file is parsed; larger ones hold rows unless a marker stands in them.
MAX_SETTINGS = 1 << 20
# Settings that loaders read by these names.
CONFIG_NAMES = frozenset(
    {
        "config.json", "tokenizer_config.json", "processor_config.json", "preprocessor_config.json",
        "generation_config.json", "chat_template.json", "modules.json", "adapter_config.json",
        "model_index.json", "config_sentence_transformers.json", "router_config.json",
        "feature_extractor_config.json", "image_processor_config.json", "video_preprocessor_config.json",
        "special_tokens_map.json", "sentence_bert_config.json", "scheduler_config.json",
    }
)  # fmt: skip
# What leads to code stands behind one of these; an escaped letter may hide any of them.
MARKER = re.compile(
    rb'"(?:_+target_*|_component_|_call_|class_path|py/|auto_map|auto_mapping|custom_pipelines|lc"|template_format'
    rb"|parent_library|megatron_core|loader_module|(?:custom_|default_)?chat_template|trust_remote_code|\$)"
    rb'|"(?:os|posix|nt|subprocess|builtins|sys|importlib|shutil|runpy|pty)\.'
    rb"|\\u00"
)
SPACE = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"


@dataclass(frozen=True, kw_only=True)
class JsonDocument(Document):
    """Settings written as JSON."""


COMMENT = re.compile(rb"(?:^|[\s{\[,])(?://|/\*)")


def claim(asset: Asset) -> Claim:
    """CERTAIN where a file named .json begins as an object or a list."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith((".json", ".ipynb")):
        return Claim.NONE
    return Claim.CERTAIN if asset.head.lstrip(SPACE)[:1] in (b"{", b"[") else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The document's view, and the chat templates in it."""
    is_config = asset.name in CONFIG_NAMES
    size = asset.content.size
    octets = asset.content.read(0, min(size, MAX_DOCUMENT))
    text = decoded(octets[:MAX_TEXT])
    plain = JsonDocument(locator=asset.locator, name=asset.name, text=text)
    is_marked = is_config or MARKER.search(octets) is not None
    if not is_marked and size > MAX_SETTINGS:
        yield plain
        return
    if size > MAX_DOCUMENT:
        yield plain
        raise OverBudget(f"JSON of {size} bytes is longer than {MAX_DOCUMENT}")
    try:
        parsed = parse(octets, MAX_DOCUMENT)
    except TooDeep as error:
        yield JsonDocument(
            locator=asset.locator, name=asset.name, text=text, flaws=(Flaw(FlawKind.DEEP, str(error)),)
        )
        raise
    except Malformed:
        yield plain
        # Editors' settings are JSON with comments: no loader of models reads them, so they are text.
        if is_marked or not COMMENT.search(octets):
            raise
        return
    found = facts(parsed.value, asset.name)
    flaws = _flaws(asset.name, parsed) if is_config else ()
    yield JsonDocument(
        locator=asset.locator,
        flaws=flaws,
        name=asset.name,
        text=text,
        targets=tuple(found.targets),
        references=tuple(found.references),
        expressions=tuple(found.expressions),
    )
    for path, template in found.templates:
        octets = template.encode("utf-8", "surrogatepass")
        yield asset.inner(path, Bytes(octets), "chat-template")


def _flaws(name: str, parsed: Parsed) -> tuple[Flaw, ...]:
    """Keys that a configuration has twice, and paths in it that leave its folder."""
    flaws = [Flaw(FlawKind.DISAGREES, f"has the key {key!r} twice") for key in parsed.duplicates]
    paths: list[tuple[str, str]] = []
    if name == "modules.json" and isinstance(parsed.value, list):
        listed = [str(each.get("path", "")) for each in parsed.value if isinstance(each, dict)]
        paths = [("module", each) for each in listed if leaves_folder(each)]
    elif isinstance(parsed.value, dict):
        # Absolute paths say where the file lay when it was saved; `..` is meant for whoever loads it.
        paths = [
            (key[:60], each)
            for key, each in parsed.value.items()
            if key.endswith("_file") and isinstance(each, str) and ".." in each.replace("\\", "/").split("/")
        ]
    flaws += [Flaw(FlawKind.ESCAPES, f"{key} {path[:200]!r} is outside of its folder") for key, path in paths]
    return tuple(flaws)


SIGNS = Signs(ends=(".json", ".ipynb"))
FORMAT = Format("json", "JSON document", claim, read)
