"""XML as a stream of elements: bounded, and without what a document type may make a parser fetch or multiply.

Expat expands entities only as the document declares them; a declaration that reaches outside or that
multiplies is
a flaw, and ends the reading.

Source: XML 1.0 (Fifth Edition), sections 2.8, 4.2, 4.3; libexpat, "billion laughs" protection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset, Unsupported
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs

# Bytes: the description of a model of a hundred layers a thousand times over has 100 MB; weights stand
# elsewhere,
# but trees of a PMML forest stand in it.
MAX_XML = 1 << 30
# Elements, at about a million a second.
MAX_ELEMENTS = 20_000_000
# Levels: the deepest honest trees have some hundred; parsers that recurse fall over at some thousand.
MAX_LEVELS = 500
# Bytes fed to expat at once.
CHUNK = 1 << 16
# Characters of text that are kept of one element.
MAX_KEPT = 1 << 16
# Document types that stand where parsers know them, and are not fetched.
KNOWN_TYPES = re.compile(r"https?://(?:www\.)?(?:dmg\.org|w3\.org|apple\.com/DTDs)/")
# The encodings that every XML parser knows, and those of Windows.
ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
KNOWN_ENCODINGS = re.compile(rb"(?i)utf-?8|utf-?16(?:le|be)?|us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d")


def _nothing(*_: object) -> None:
    pass


class Events:
    """What the reader calls: at the start of an element, at its end with its text, at an instruction."""

    __slots__ = ("end", "instruction", "start")

    def __init__(
        self,
        start: Callable[[str, Mapping[str, str], int], None],
        end: Callable[[str, str], None] = _nothing,
        instruction: Callable[[str, str], None] = _nothing,
    ) -> None:
        self.start = start
        self.end = end
        self.instruction = instruction


class Refused(Malformed):
    """The document type declares what no honest model needs; the flaw says what."""


class Document:
    """A document while it is read; `flaws` is complete when `read` is done or has raised."""

    __slots__ = ("_elements", "_texts", "asset", "events", "flaws")

    def __init__(self, asset: Asset, events: Events) -> None:
        self.asset = asset
        self.events = events
        self.flaws: list[Flaw] = []
        self._texts: list[str] = []
        self._elements = 0

    def read(self) -> None:
        """Call the events in order; raises Malformed, OverBudget, Unsupported."""
        from xml.parsers import expat

        content = self.asset.content
        if content.size > MAX_XML:
            raise OverBudget(f"XML of {content.size} bytes; the limit is {MAX_XML}")
        declared = ENCODING.match(self.asset.head.removeprefix(b"\xef\xbb\xbf"))
        if declared and not KNOWN_ENCODINGS.fullmatch(declared[1]):
            raise Unsupported(f"XML in the encoding {declared[1].decode()!r}")
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.ProcessingInstructionHandler = self.events.instruction
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        try:
            for at in range(0, content.size, CHUNK):
                parser.Parse(content.read(at, CHUNK), False)
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise Malformed(f"is not XML: {error}", max(0, parser.ErrorByteIndex)) from error

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            raise OverBudget(f"has more than {MAX_ELEMENTS} elements")
        if len(self._texts) >= MAX_LEVELS:
            self._refuse(FlawKind.DEEP, f"elements are nested more than {MAX_LEVELS} deep")
        self._texts.append("")
        self.events.start(name, attributes, len(self._texts))

    def _end(self, name: str) -> None:
        self.events.end(name, self._texts.pop())

    def _text(self, text: str) -> None:
        if self._texts and len(self._texts[-1]) < MAX_KEPT:
            self._texts[-1] += text[:MAX_KEPT]

    def _doctype(self, name: str, system: str | None, _public: str | None, _has_subset: int) -> None:
        # PMML up to 2.0 named its DTD by a public identifier, as web pages and property lists do.
        if system is not None and not KNOWN_TYPES.match(system):
            self._refuse(
                FlawKind.ESCAPES, f"the document type {name!r} is to be fetched from {system[:200]!r}"
            )

    def _entity(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        _root: str | None,
        system: str | None,
        _public: str | None,
        _notation: str | None,
    ) -> None:
        if system is not None:
            self._refuse(FlawKind.ESCAPES, f"the entity {name!r} is to be fetched from {system[:200]!r}")
        if is_parameter or re.search(r"[&%][\w.:-]+;", value or "") or len(value or "") > MAX_KEPT:
            self._refuse(FlawKind.BOMB, f"the entity {name!r} expands to other entities or to much text")

    def _refuse(self, kind: FlawKind, message: str) -> None:
        self.flaws.append(Flaw(kind, message))
        raise Refused(message)


@dataclass(frozen=True, kw_only=True)
class XmlDocument(View):
    """Some XML with a document type, of no model format; `elements` were read."""

    elements: int


def claim(asset: Asset) -> Claim:
    """CERTAIN where a `.xml` declares a document type or entities, or hides them in UTF-16."""
    if asset.kind is Kind.FOLDER or not asset.name.endswith(".xml"):
        return Claim.NONE
    declares = b"<!DOCTYPE" in asset.head or b"<!ENTITY" in asset.head
    return Claim.CERTAIN if declares or asset.head[:2] in (b"\xff\xfe", b"\xfe\xff") else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The document's view."""
    count = 0

    def start(_name: str, _attributes: Mapping[str, str], _level: int) -> None:
        nonlocal count
        count += 1

    document = Document(asset, Events(start))
    failed: UnreadableAsset | None = None
    try:
        document.read()
    except UnreadableAsset as error:
        failed = error
    yield XmlDocument(locator=asset.locator, flaws=tuple(document.flaws), elements=count)
    if failed is not None:
        raise failed


SIGNS = Signs(ends=(".xml",))
FORMAT = Format("xml", "XML with a document type", claim, read)
