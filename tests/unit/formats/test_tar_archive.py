import io
import tarfile

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.core.gap import Gap
from hauberk.core.view import FlawKind
from hauberk.formats import tar_archive
from hauberk.formats.format import Claim
from hauberk.formats.tar_archive import TarArchive


def made(*members: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT, octets: bytes = b"x" * 700) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for each in members:
            each.size = len(octets) if each.isreg() else 0
            archive.addfile(each, io.BytesIO(octets))
    return out.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def read(octets: bytes) -> tuple[set[FlawKind], dict[str, Asset], list[str]]:
    kinds: set[FlawKind] = set()
    inner: dict[str, Asset] = {}
    gaps: list[str] = []
    try:
        for each in tar_archive.read(Asset("m.tar", Bytes(octets))):
            if isinstance(each, TarArchive):
                kinds |= {flaw.kind for flaw in each.flaws}
            elif isinstance(each, Asset):
                inner[each.locator.partition("!")[2]] = each
            elif isinstance(each, Gap):
                gaps.append(each.message)
    except UnreadableAsset as error:
        gaps.append(str(error))
    return kinds, inner, gaps


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_honest_archives_have_neither_flaw_nor_gap(form: int) -> None:
    name = "weights/" + "n" * 80 + ".bin"
    octets = made(
        member("a", tarfile.DIRTYPE), member(name), member("l", tarfile.SYMTYPE, "weights"), form=form
    )
    assert tar_archive.claim(Asset("m", Bytes(octets))) is Claim.CERTAIN
    kinds, inner, gaps = read(octets)
    assert not kinds
    assert not gaps
    assert set(inner) == {name}
    assert inner[name].content.size == 700


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read(form: int) -> None:
    name = "ü" * 200 + "/" + "n" * 150
    assert set(read(made(member(name), form=form))[1]) == {name}


@pytest.mark.parametrize(
    "bad",
    [
        member("../x"),
        member("/etc/passwd"),
        member("l", tarfile.SYMTYPE, "/etc"),
        member("a/l", tarfile.SYMTYPE, "../../etc"),
        member("h", tarfile.LNKTYPE, "../x"),
        member("d", tarfile.CHRTYPE),
        member("f", tarfile.FIFOTYPE),
    ],
    ids=lambda each: f"{each.name}-{each.linkname}",
)
def test_what_leaves_the_folder_is_a_flaw(bad: tarfile.TarInfo) -> None:
    assert read(made(bad))[0] == {FlawKind.ESCAPES}


def test_the_same_name_twice_is_a_flaw() -> None:
    assert read(made(member("a"), member("./a")))[0] == {FlawKind.DISAGREES}


def test_what_follows_the_end_is_a_flaw_and_is_examined() -> None:
    honest = made(member("a"))
    kinds, inner, _ = read(honest + made(member("b")))
    assert kinds == {FlawKind.DISAGREES}
    assert inner["(behind the end)"].content.read(0, 1) == b"b"
    assert read(honest + b"payload")[0] == {FlawKind.HIDDEN}


def test_two_sizes_are_a_flaw() -> None:
    info = member("a")
    info.pax_headers = {"size": "1024"}
    assert FlawKind.DISAGREES in read(made(info))[0]


def test_a_truncated_archive_is_a_gap_not_a_flaw() -> None:
    kinds, inner, gaps = read(made(member("a"), member("b"))[:2000])
    assert not kinds
    assert set(inner) == {"a"}
    assert gaps


def test_a_wrong_checksum_is_a_gap() -> None:
    octets = bytearray(made(member("a")))
    octets[0] ^= 1
    assert read(bytes(octets))[2] == ["a header whose checksum is wrong"]


def test_torchs_tar_is_known_and_its_pickles_are_hinted() -> None:
    octets = made(*(member(name) for name in ("sys_info", "pickle", "storages", "tensors")))
    (view, *inner) = tar_archive.read(Asset("m.pt", Bytes(octets)))
    assert isinstance(view, TarArchive)
    assert view.is_torch
    hints = {each.name: each.hint for each in inner if isinstance(each, Asset)}
    assert hints["pickle"] == "pickle"
    assert hints["sys_info"] == "pickle"
