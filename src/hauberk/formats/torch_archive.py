"""torch's zips: torch.save, TorchScript and torch.export, by the names of their records.

`<root>/data.pkl` is unpickled, `<root>/data/<n>` are the raw storages it refers to,
`<root>/code/` is TorchScript source. Storages are looked at only for a strong magic number.

Source: torch/serialization.py; caffe2/serialize/inline_container.cc; torch/export/pt2_archive/constants.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.asset import Asset
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Reading
from hauberk.formats.zip_archive_members import RAW_RECORD, OpenedZip, ZipMember

PICKLE = "/data.pkl"
# Records of one word or number, which only torch itself reads.
WORD_RECORD = re.compile(
    r"version|byteorder|\.data/(?:serialization_id|version)|\.format_version|\.storage_alignment"
    r"|archive_format|archive_version"
)
WORD = re.compile(rb"[0-9.]{1,64}\n?|little|big|pt2")
MAX_WORD = 64
# What a storage may start with by chance in fewer than one of four thousand million.
# Sources: APPNOTE 4.3.7; ELF-64 section 3; Mach-O loader.h; pickletools, FRAME and GLOBAL.
STRONG_MAGIC = (
    rb"PK\x03\x04|\x7fELF[\x01\x02][\x01\x02]\x01|[\xce\xcf]\xfa\xed\xfe[\x07\x0c]\x00\x00\x01"
    rb"|\x80[\x02-\x05](?:\x95.{8}|c[\w.]{1,80}\n[\w.]{1,80}\n|\x8c.[\w.]+(?:\x94)?\x8c)|#!/(?:bin|usr)/"
)
SNIFF = 192


@dataclass(frozen=True, kw_only=True)
class TorchArchive(View):
    """The records of a torch archive; `is_script` if it holds TorchScript."""

    roots: tuple[str, ...]
    storages: int
    is_script: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of an archive that hold a torch model; none if it is no torch archive."""

    roots: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()

    @property
    def is_torch(self) -> bool:
        """The archive is torch's."""
        return bool(self.roots)


def layout_of(opened: OpenedZip) -> Layout:
    """Where in the archive torch models are."""
    names = {each.name for each in opened.members}
    pickled = {name[: -len(PICKLE)] for name in names if name.endswith(PICKLE)}
    exported = {name.removesuffix("/archive_format") for name in names if name.endswith("/archive_format")}
    scripts = {root for root in pickled if f"{root}/constants.pkl" in names}
    return Layout(frozenset(root for root in pickled | exported if "/" not in root), frozenset(scripts))


def flaws(opened: OpenedZip, layout: Layout) -> Iterator[Flaw]:
    """What torch would read otherwise than others: it looks names up without regard to case."""
    if not layout.is_torch:
        return
    seen: dict[str, str] = {}
    for each in opened.members:
        other = seen.setdefault(each.name.lower(), each.name)
        # Source files are named after Python modules, which may differ by case alone.
        if other != each.name and "/code/" not in each.name:
            yield Flaw(FlawKind.DISAGREES, f"torch takes {other!r} for {each.name!r}", each.at)


def readings(asset: Asset, opened: OpenedZip, layout: Layout) -> Iterator[Reading]:
    """The torch view, if it is one, and every member that may hold more than raw numbers."""
    raw = 0
    inner: list[Asset] = []
    for each in opened.members:
        if each.content is None or not each.content.size:
            continue
        root, _, record = each.name.partition("/")
        if root not in layout.roots:
            inner.append(asset.inner(each.name, each.content))
        elif RAW_RECORD.fullmatch(each.name):
            raw += 1
            # Compiled on first use, and kept by `re`: most scans meet no storage.
            if re.match(STRONG_MAGIC, each.content.read(0, SNIFF), re.DOTALL):
                inner.append(asset.inner(each.name, each.content))
        elif not _is_word(record, each):
            inner.append(asset.inner(each.name, each.content, _hint(root, record, layout)))
    if layout.is_torch:
        yield TorchArchive(
            locator=asset.locator,
            roots=tuple(sorted(layout.roots)),
            storages=raw,
            is_script=bool(layout.scripts),
        )
    yield from inner


def _is_word(record: str, member: ZipMember) -> bool:
    if member.size > MAX_WORD or member.content is None or not WORD_RECORD.fullmatch(record):
        return False
    return bool(WORD.fullmatch(member.content.read(0, MAX_WORD + 1)))


def _hint(root: str, record: str, layout: Layout) -> str:
    if record.endswith((".pkl", ".debug_pkl")):
        return "pickle"
    if root in layout.scripts and record.startswith("code/") and record.endswith(".py"):
        return "torchscript-code"
    return ""
