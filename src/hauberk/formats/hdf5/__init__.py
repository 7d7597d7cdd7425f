"""HDF5 files, read without the HDF5 library: structure and attributes, never the numbers.

Source: HDF5 File Format Specification Version 3.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.errors import UnreadableAsset
from hauberk.core.finding import Place
from hauberk.core.gap import Gap
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.hdf5.objects import Node, node, pickled_values
from hauberk.formats.hdf5.space import SIGNATURE, Superblock, superblock
from hauberk.formats.octets import Untrue
from hauberk.formats.pickle_text import looks_pickled
from hauberk.formats.signs import Signs

# Groups and datasets that are walked: the largest honest models have some 20,000.
MAX_OBJECTS = 200_000
# Gaps and flaws that are told one by one.
MAX_TOLD = 20
# A dataset this much larger than the whole file is no compression any more (deflate: 1,032 times).
BOMB_FACTOR = 1_100
BOMB_BYTES = 1 << 30
# Where the signature may stand in the first 4,096 bytes.
OFFSETS = (512, 1024, 2048)
NAMES = (".h5", ".hdf5", ".hdf", ".nc", ".keras", ".mat", ".he5")
# Attributes that hold a Keras configuration. Source: keras, `legacy/saving/legacy_h5_format.py`.
CONFIGS = {"model_config", "training_config"}
# What MATLAB writes before the superblock. Source: MAT-File Format, 7.3.
MATLAB = b"MATLAB"


@dataclass(frozen=True, kw_only=True)
class Hdf5File(View):
    """What the file refers to outside of itself, and what reading it takes."""

    objects: int
    external_links: tuple[str, ...] = ()
    external_files: tuple[str, ...] = ()
    filters: tuple[int, ...] = ()


@dataclass(slots=True)
class _Walk:
    asset: Asset
    objects: int = 0
    links: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    filters: set[int] = field(default_factory=set)
    flaws: list[Flaw] = field(default_factory=list)
    inner: list[Asset] = field(default_factory=list)
    gaps: dict[str, Gap] = field(default_factory=dict)

    def gap(self, reason: str, message: str, offset: int | None = None) -> None:
        if len(self.gaps) < MAX_TOLD:
            self.gaps.setdefault(message, Gap(Place(self.asset.locator, offset), reason, message))

    def flaw(self, kind: FlawKind, message: str, offset: int | None = None) -> None:
        if len(self.flaws) < MAX_TOLD:
            self.flaws.append(Flaw(kind, message, offset))


def claim(asset: Asset) -> Claim:
    """CERTAIN by the signature, which may stand behind a user block of 512, 1024, ... bytes."""
    head = asset.head
    if head.startswith(SIGNATURE):
        return Claim.CERTAIN
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if SIGNATURE in head and any(head.startswith(SIGNATURE, offset) for offset in OFFSETS):
        return Claim.CERTAIN
    if not asset.name.endswith(NAMES):
        return Claim.NONE
    offset = 4096
    while offset + len(SIGNATURE) <= asset.content.size:
        if asset.content.read(offset, len(SIGNATURE)) == SIGNATURE:
            return Claim.CERTAIN
        offset *= 2
    return Claim.NAME if asset.name.endswith((".h5", ".hdf5")) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The file's view, Keras configurations and pickles that it holds, and what was not followed."""
    found = superblock(asset.content)
    walk = _Walk(asset)
    _frame(found, walk)
    _walk(found, walk)
    yield Hdf5File(
        locator=asset.locator, flaws=tuple(walk.flaws), objects=walk.objects,
        external_links=tuple(dict.fromkeys(walk.links)), external_files=tuple(dict.fromkeys(walk.files)),
        filters=tuple(sorted(walk.filters)),
    )  # fmt: skip
    yield from walk.inner
    yield from walk.gaps.values()


def _frame(found: Superblock, walk: _Walk) -> None:
    """What stands before the superblock and behind the end that it gives."""
    content, start = found.space.content, found.space.start
    before = content.read(0, min(start, 4096))
    if before.strip(b"\0 ") and not before.startswith(MATLAB):
        walk.flaw(FlawKind.HIDDEN, f"{start} bytes stand before the HDF5 file", 0)
    if found.end < content.size:
        walk.flaw(FlawKind.HIDDEN, f"{content.size - found.end} bytes follow the HDF5 file", found.end)
    elif found.end > content.size:
        message = f"ends at {content.size}, but should at {found.end}"
        walk.gap("malformed", message, content.size)


def _walk(found: Superblock, walk: _Walk) -> None:
    todo, seen = [("", found.root)], {found.root}
    while todo:
        path, address = todo.pop()
        walk.objects += 1
        if walk.objects > MAX_OBJECTS:
            walk.gap("over-budget", f"holds more than {MAX_OBJECTS} groups and datasets")
            return
        try:
            made = node(found.space, address)
            _judge(found, made, path, walk)
        except Untrue as error:
            walk.flaw(FlawKind.LIES, f"{path or '/'}: {error}", error.offset)
            walk.gap(error.reason, f"{path or '/'}: {error}", error.offset)
            continue
        except UnreadableAsset as error:
            walk.gap(error.reason, f"{path or '/'}: {error}", error.offset)
            continue
        for name, target in made.links:
            if target not in seen:
                seen.add(target)
                todo.append((f"{path}/{name[:80]}"[-400:], target))


def _judge(found: Superblock, made: Node, path: str, walk: _Walk) -> None:
    walk.links += made.external_links
    walk.files += made.external_files
    walk.filters.update(made.filters)
    for message in made.unknown:
        walk.gap("unsupported", f"{path or '/'}: {message}")
    for message in made.lies:
        walk.flaw(FlawKind.LIES, f"{path or '/'}: {message}")
        walk.gap("malformed", f"{path or '/'}: {message}")
    if made.logical_size > BOMB_BYTES and made.logical_size > BOMB_FACTOR * found.space.content.size:
        message = f"{path}: a dataset of {made.logical_size} bytes in a file of {found.space.content.size}"
        walk.flaw(FlawKind.BOMB, message)
    holds_objects = False
    for each in made.attributes:
        holds_objects |= each.name == "PSEUDOATOM" and each.values[:1] in ((b"object",), (b"object\0",))
        for value in each.values:
            _value(f"{path}@{each.name[:80]}", each.name, value, walk)
    if holds_objects:
        for index, value in enumerate(pickled_values(found.space, made)):
            walk.inner.append(walk.asset.inner(f"{path.lstrip('/')}[{index}]", Bytes(value), "pickle"))


def _value(place: str, name: str, value: bytes, walk: _Walk) -> None:
    text = value.rstrip(b"\0")
    if name in CONFIGS:
        if text.strip() not in (b"", b"null", b"None"):
            walk.inner.append(walk.asset.inner(place.lstrip("/"), Bytes(text), "keras-config"))
    elif looks_pickled(value if value.startswith(b"\x80") else text):
        walk.inner.append(walk.asset.inner(place.lstrip("/"), Bytes(text), "pickle"))


SIGNS = Signs(holds=(b"\x89HDF\r\n\x1a\n",), ends=(".h5", ".hdf5", ".hdf", ".nc", ".keras", ".mat", ".he5"))
FORMAT = Format("hdf5", "HDF5 file", claim, read)
