"""PMML: the functions, extensions and outside references of a model in XML.

Source: PMML 4.4 (Data Mining Group), "General Structure", "Functions", "Taxonomy"; JPMML-Evaluator, README,
"Java user-defined functions".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import UnreadableAsset
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import FileReference
from hauberk.formats.signs import Signs
from hauberk.formats.xml_document import Document, Events

ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*\?>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE[^>\[]*(?:\[[\s\S]*?\]\s*)?>\s*)*<(?:\w+:)?PMML\b"
)
# Attributes that name documents; namespaces and schemas are names, and nobody fetches them.
REFERRING = {"href", "src", "url", "uri", "location", "file", "filename", "path"}
INCLUDES = {"include", "import", "fallback", "stylesheet"}
# Texts of extensions and scripts that a view keeps, and characters of each.
MAX_TEXTS = 1000
MAX_TEXT = 1 << 16
# How base64 of a pickle of protocol 2 to 5 begins, and the fewest characters of one that calls anything.
PICKLED = ("gAJ", "gAN", "gAS", "gAW")
MIN_PICKLED = 20
# Elements in which vendors put programs. Source: Zementis PMML Modeler, `script`.
SCRIPTS = {"script", "ScriptCode", "Script"}


@dataclass(frozen=True, slots=True)
class MarkupText:
    """Text of an extension or a script: what a vendor's program may run."""

    element: str
    name: str
    text: str


@dataclass(frozen=True, kw_only=True)
class MarkupModel(View):
    """A PMML document: functions that are Java classes, texts of extensions, documents that it refers to."""

    functions: tuple[str, ...] = ()
    texts: tuple[MarkupText, ...] = ()
    references: tuple[FileReference, ...] = ()


def claim(asset: Asset) -> Claim:
    """CERTAIN by the suffix, or by the root element `PMML`."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    is_named = asset.name.endswith(".pmml")
    return Claim.CERTAIN if is_named or (b"PMML" in asset.head and ROOT.match(asset.head)) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The document's view."""
    noted = _Notes()
    document = Document(asset, Events(noted.start, noted.end, noted.instruction))
    failed: UnreadableAsset | None = None
    try:
        document.read()
    except UnreadableAsset as error:
        failed = error
    yield MarkupModel(
        locator=asset.locator,
        flaws=tuple(document.flaws),
        functions=tuple(noted.functions),
        texts=tuple(noted.texts),
        references=tuple(noted.references),
    )
    yield from _pickled(asset, noted.texts)
    if failed is not None:
        raise failed


def _pickled(asset: Asset, texts: list[MarkupText]) -> Iterator[Asset]:
    """What in the extensions is a pickle in base64."""
    for number, each in enumerate(texts):
        packed = "".join(each.text.split())
        if packed.startswith(PICKLED) and len(packed) > MIN_PICKLED:
            try:
                octets = base64.b64decode(packed[: len(packed) // 4 * 4], validate=True)
            except binascii.Error:
                continue
            yield asset.inner(f"{each.element}-{number}", Bytes(octets), "pickle")


class _Notes:
    """What is of interest while the elements come."""

    def __init__(self) -> None:
        self.functions: dict[str, None] = {}
        self.texts: list[MarkupText] = []
        self.references: list[FileReference] = []
        self._named: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str], _level: int) -> None:
        """Note what an element refers to or calls."""
        local = name.rpartition(":")[2]
        if local == "Apply" and "." in attributes.get("function", "") and len(self.functions) < MAX_TEXTS:
            self.functions[attributes["function"][:MAX_TEXT]] = None
        for key, value in attributes.items():
            if key.rpartition(":")[2].lower() in REFERRING and local in INCLUDES | {"TableLocator"}:
                self._refer(value, local)
        if local == "Extension" or local in SCRIPTS:
            self._named.append(attributes.get("name", ""))
            for key in ("value", "content", "name", "extender"):
                self._keep(local, attributes.get("name", ""), attributes.get(key, ""))

    def end(self, name: str, text: str) -> None:
        """Note the text of an extension or a script."""
        local = name.rpartition(":")[2]
        if local == "Extension" or local in SCRIPTS:
            self._keep(local, self._named.pop() if self._named else "", text)

    def instruction(self, target: str, text: str) -> None:
        """Note the style sheet that a document asks for."""
        if target == "xml-stylesheet" and (found := re.search(r"href\s*=\s*[\"']([^\"']*)", text)):
            self._refer(found[1], "style sheet")

    def _keep(self, element: str, name: str, text: str) -> None:
        if text.strip() and len(self.texts) < MAX_TEXTS:
            self.texts.append(MarkupText(element, name[:200], text[:MAX_TEXT]))

    def _refer(self, path: str, role: str) -> None:
        if len(self.references) < MAX_TEXTS:
            self.references.append(FileReference(path[:MAX_TEXT], role))


SIGNS = Signs(holds=(b"PMML",), ends=(".pmml",))
FORMAT = Format("pmml", "PMML model", claim, read)
