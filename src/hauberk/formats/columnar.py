"""Tables: Parquet, Arrow IPC and Feather, ORC, Avro, CSV. Data, and no code but for one extension.

Source: Apache Parquet, "File Format"; Arrow Columnar Format, "IPC File Format"; ORC Specification v1;
Avro Specification, "Object Container Files".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, Unsupported
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.signs import Signs

# Bytes of a footer or schema that are searched: tables of 10,000 columns.
MAX_FOOTER = 64 << 20
MAX_SCHEMA = 1 << 20
# A length this far beyond the file is no truncation any more.
LIE_FACTOR = 8
LIE_BYTES = 64 << 20
# The extension type whose metadata pyarrow unpickled. Source: CVE-2023-47248.
PICKLED = b"arrow.py_extension_type"
_SCHEMA = re.compile(rb"ARROW:schema.{1,12}?([A-Za-z0-9+/]{40,}={0,2})", re.DOTALL)
MAGICS = {
    b"PAR1": "Parquet",
    b"PARE": "encrypted Parquet",
    b"ARROW1": "Arrow",
    b"FEA1": "Feather",
    b"Obj\x01": "Avro",
}


@dataclass(frozen=True, kw_only=True)
class ColumnarTable(View):
    """A table; `unpickles` says that its schema has a type that pyarrow unpickles."""

    kind: str
    unpickles: bool = False


def claim(asset: Asset) -> Claim:
    """CERTAIN by the magic numbers; comma-separated text by its name only."""
    head = asset.head
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if head.startswith((b"PAR1", b"PARE", b"ARROW1", b"FEA1", b"Obj\x01")) or _is_stream(head):
        return Claim.CERTAIN
    if head.startswith(b"ORC") and b"ORC" in asset.tail[-16:]:
        return Claim.CERTAIN
    return Claim.NAME if asset.name.endswith((".csv", ".tsv")) else Claim.NONE


def _is_stream(head: bytes) -> bool:
    """An Arrow stream: a continuation mark and the length of a schema message, padded to 8."""
    length = int.from_bytes(head[4:8], "little")
    return head.startswith(b"\xff\xff\xff\xff") and 16 <= length < MAX_SCHEMA and length % 8 == 0


def read(asset: Asset) -> Iterator[Reading]:
    """The table's view."""
    head = asset.head
    kind = next((name for magic, name in MAGICS.items() if head.startswith(magic)), "")
    if kind == "Parquet":
        yield from _parquet(asset)
    elif kind == "encrypted Parquet":
        raise Unsupported("an encrypted footer")
    elif kind in ("Arrow", "Feather") or _is_stream(head):
        size = asset.content.size
        mark = head[:6] if kind == "Arrow" else head[:4]
        if kind and not asset.tail.endswith(mark):
            raise Malformed("does not end as it begins: the footer is missing", size)
        ends = asset.content.read(0, MAX_SCHEMA) + asset.content.read(max(0, size - MAX_SCHEMA), MAX_SCHEMA)
        yield ColumnarTable(locator=asset.locator, kind=kind or "Arrow stream", unpickles=PICKLED in ends)
    elif kind or head.startswith(b"ORC"):
        yield ColumnarTable(locator=asset.locator, kind=kind or "ORC")
    elif b"\0" in head:
        raise Malformed("is no text", head.index(b"\0"))
    else:
        yield ColumnarTable(locator=asset.locator, kind="text")


def _parquet(asset: Asset) -> Iterator[Reading]:
    size, tail = asset.content.size, asset.tail
    if size < 12 or not tail.endswith(b"PAR1"):
        raise Malformed("does not end as it begins: the footer is missing", size)
    length = int.from_bytes(tail[-8:-4], "little")
    if length > size - 12:
        if length > size * LIE_FACTOR and length > LIE_BYTES:
            flaw = Flaw(FlawKind.LIES, f"claims a footer of {length} bytes in a file of {size}", size - 8)
            yield ColumnarTable(locator=asset.locator, flaws=(flaw,), kind="Parquet")
        raise Malformed(f"a footer of {length} bytes in a file of {size}", size - 8)
    footer = asset.content.read(size - 8 - length, min(length, MAX_FOOTER))
    yield ColumnarTable(locator=asset.locator, kind="Parquet", unpickles=PICKLED in footer + _schema(footer))


def _schema(footer: bytes) -> bytes:
    """The Arrow schema that a Parquet footer keeps in base64."""
    found = _SCHEMA.search(footer)
    if not found:
        return b""
    text = found[1][: len(found[1]) // 4 * 4]
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


SIGNS = Signs(
    starts=(b"PAR1", b"PARE", b"ARROW1", b"FEA1", b"Obj\x01", b"ORC", b"\xff\xff\xff\xff"),
    ends=(".csv", ".tsv"),
)
FORMAT = Format("columnar", "table of columns", claim, read)
