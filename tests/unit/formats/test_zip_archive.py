import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import pytest

from hauberk.core.asset import MAX_DEPTH, Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.core.gap import Gap
from hauberk.core.view import FlawKind
from hauberk.formats import zip_archive
from hauberk.formats.format import Claim
from hauberk.formats.torch_archive import TorchArchive
from hauberk.formats.zip_archive import ZipArchive

PICKLE = b"\x80\x02]K\x01a."


class Read:
    """Everything that one reading yielded."""

    def __init__(self, octets: bytes, name: str = "m.zip", depth: int = 0) -> None:
        self.views: list[ZipArchive] = []
        self.inner: dict[str, Asset] = {}
        self.gaps: list[str] = []
        self.others: list[object] = []
        try:
            for each in zip_archive.read(Asset(name, Bytes(octets), depth=depth)):
                if isinstance(each, Asset):
                    self.inner[each.locator.rpartition("!")[2]] = each
                elif isinstance(each, Gap):
                    self.gaps.append(each.message)
                elif isinstance(each, ZipArchive):
                    self.views.append(each)
                else:
                    self.others.append(each)
        except UnreadableAsset as error:
            self.gaps.append(str(error))

    @property
    def kinds(self) -> set[FlawKind]:
        return {flaw.kind for view in self.views for flaw in view.flaws}


def made(*members: tuple[str, bytes], method: int = zipfile.ZIP_STORED, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, octets in members:
            archive.writestr(name, octets)
        archive.comment = comment
    return out.getvalue()


PLAIN = made(("model/data.pkl", PICKLE), ("model/version", b"3\n"))
DEFLATED = made(("a.json", b"{}" * 500), method=zipfile.ZIP_DEFLATED)


def patched(octets: bytes, at: int, new: bytes) -> bytes:
    return octets[:at] + new + octets[at + len(new) :]


def central(octets: bytes) -> int:
    return octets.index(b"PK\x01\x02")


def end(octets: bytes) -> int:
    return octets.rindex(b"PK\x05\x06")


def overlapping() -> bytes:
    # Both entries point at the first member.
    octets = made(("a.txt", b"x" * 100), ("b.txt", b"x" * 100))
    second = octets.index(b"PK\x01\x02", central(octets) + 4)
    return patched(octets, second + 42, struct.pack("<L", 0)).replace(b"b.txt", b"a.txt")


def duplicated() -> bytes:
    return made(("m/data.pkl", PICKLE), ("m/datb.pkl", PICKLE)).replace(b"datb", b"data")


def fake_end_in_comment() -> bytes:
    comment = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, 0, 0, 0) + b"zz"
    return made(("a", b"b"), comment=comment)


def two_directories() -> bytes:
    """miniz goes to the offset, zipfile back from the end: each finds its own directory."""
    good, bad = made(("a.txt", b"good")), made(("a.txt", b"evil"))
    return (
        bad[: end(bad)] + good[: end(good)] + patched(good[end(good) :], 16, struct.pack("<L", central(bad)))
    )


def hidden_member() -> bytes:
    """A member with a local header, but without an entry."""
    octets = made(("a.txt", b"one"), ("b.pkl", PICKLE))
    at = central(octets)
    one = at + 46 + len("a.txt")
    ended = end(octets)
    record = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, one - at, at, 0)
    assert ended > one
    return octets[:one] + record


BAD: dict[str, tuple[Callable[[], bytes], FlawKind]] = {
    "name": (lambda: PLAIN.replace(b"model/data.pkl", b"model/data.txt", 1), FlawKind.DISAGREES),
    "local flag": (lambda: patched(PLAIN, 6, b"\x01"), FlawKind.DISAGREES),
    "central flag": (lambda: patched(PLAIN, central(PLAIN) + 8, b"\x01"), FlawKind.DISAGREES),
    "both flags": (
        lambda: patched(patched(PLAIN, 6, b"\x01"), central(PLAIN) + 8, b"\x01"),
        FlawKind.DISAGREES,
    ),
    "both flags, deflated": (
        lambda: patched(patched(DEFLATED, 6, b"\x01"), central(DEFLATED) + 8, b"\x01"),
        FlawKind.DISAGREES,
    ),
    "method": (lambda: patched(PLAIN, 8, b"\x08"), FlawKind.DISAGREES),
    "checksum": (lambda: PLAIN.replace(b"]K\x01a.", b"]K\x02a.", 1), FlawKind.DISAGREES),
    "checksum twice": (
        lambda: patched(patched(PLAIN, 14, b"abcd"), central(PLAIN) + 16, b"abcd"),
        FlawKind.DISAGREES,
    ),
    "deflated checksum": (
        lambda: patched(patched(DEFLATED, 14, b"abcd"), central(DEFLATED) + 16, b"abcd"),
        FlawKind.DISAGREES,
    ),
    "size": (lambda: patched(PLAIN, central(PLAIN) + 24, b"\x04"), FlawKind.DISAGREES),
    "count": (lambda: patched(PLAIN, end(PLAIN) + 10, b"\x01"), FlawKind.DISAGREES),
    "duplicate": (duplicated, FlawKind.DISAGREES),
    "overlap": (overlapping, FlawKind.LIES),
    "two ends": (fake_end_in_comment, FlawKind.DISAGREES),
    "two directories": (two_directories, FlawKind.DISAGREES),
    "no local header": (lambda: patched(PLAIN, central(PLAIN) + 42, b"\x07"), FlawKind.LIES),
    "packed size": (lambda: patched(PLAIN, central(PLAIN) + 20, b"\xff\xff\xff\x01"), FlawKind.LIES),
    "directory size": (lambda: patched(PLAIN, end(PLAIN) + 12, b"\xff\xff\xff\x01"), FlawKind.LIES),
    "prefix": (lambda: b"\x80\x02}." + PLAIN, FlawKind.DISAGREES),
    "elf prefix": (lambda: b"\x7fELF" + bytes(5000) + PLAIN, FlawKind.DISAGREES),
    "suffix": (lambda: PLAIN + b"payload", FlawKind.HIDDEN),
    "unlisted member": (hidden_member, FlawKind.HIDDEN),
    "climbing": (lambda: made(("../../x", b"")), FlawKind.ESCAPES),
    "climbing late": (lambda: made(("a/../../x", b"")), FlawKind.ESCAPES),
    "backslash": (lambda: made(("a\\..\\..\\x", b"")), FlawKind.ESCAPES),
    "absolute": (lambda: made(("/etc/passwd", b"")), FlawKind.ESCAPES),
    "drive": (lambda: made(("C:/x", b"")), FlawKind.ESCAPES),
    "torch case": (lambda: made(("m/data.pkl", PICKLE), ("m/DATA.pkl", PICKLE)), FlawKind.DISAGREES),
    "NUL": (lambda: PLAIN.replace(b"data.pkl", b"data\0pkl"), FlawKind.DISAGREES),
}


@pytest.mark.parametrize("what", BAD)
def test_a_contradiction_is_a_flaw(what: str) -> None:
    build, kind = BAD[what]
    octets = build()
    assert zip_archive.claim(Asset("m.zip", Bytes(octets))) is Claim.CERTAIN
    assert kind in Read(octets).kinds


def test_a_contradiction_never_hides_a_member() -> None:
    for what, (build, _) in BAD.items():
        if "data.pkl" in str(build()) and what not in ("no local header",):
            assert Read(build()).inner, what


def linked(target: bytes) -> bytes:
    info = zipfile.ZipInfo("a/link")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, target)
    return out.getvalue()


def test_a_link_may_stay_inside_only() -> None:
    assert not Read(linked(b"../b")).kinds
    assert Read(linked(b"../../b")).kinds == {FlawKind.ESCAPES}
    assert Read(linked(b"/etc/passwd")).kinds == {FlawKind.ESCAPES}


@pytest.mark.parametrize("method", [0, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_honest_archives_have_no_flaw(method: int) -> None:
    read = Read(made(("a/b.json", b"{}" * 500), ("c", b""), method=method, comment=b"made by us"))
    assert not read.kinds
    assert not read.gaps
    assert read.inner["a/b.json"].content.read(0, 4) == b"{}{}"


def test_a_stream_of_unknown_length_has_no_flaw() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.octets = b""

        def write(self, octets: bytes) -> int:  # type: ignore[override]
            self.octets += bytes(octets)
            return len(octets)

        def writable(self) -> bool:
            return True

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        archive.writestr("a", b"b" * 100)
        with archive.open("big", "w", force_zip64=True) as member:
            member.write(b"c" * 100)
    assert not Read(pipe.octets).kinds
    assert set(Read(pipe.octets).inner) == {"a", "big"}


def test_a_bomb_is_a_flaw_and_is_not_expanded() -> None:
    zeros = bytes(1 << 20)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = b"".join(packer.compress(zeros) for _ in range(128)) + packer.flush()
    plain = made(("bomb", packed))
    local = struct.pack("<HL2L", 8, 0, zlib.crc32(b""), len(packed))
    assert local
    octets = patched(patched(plain, 8, b"\x08"), central(plain) + 10, b"\x08")
    assert FlawKind.BOMB in Read(octets).kinds
    said = patched(octets, central(octets) + 24, struct.pack("<L", 128 << 20))
    assert FlawKind.BOMB in Read(said).kinds


def test_the_same_archive_many_times_is_a_bomb() -> None:
    assert FlawKind.BOMB in Read(made(*((f"{n}.zip", b"PK same") for n in range(16)))).kinds


def test_archives_nested_too_deep_are_a_flaw() -> None:
    assert FlawKind.DEEP in Read(PLAIN, depth=MAX_DEPTH).kinds


def test_a_truncated_archive_is_a_gap_and_its_members_are_examined() -> None:
    read = Read(PLAIN[: central(PLAIN) + 10])
    assert read.gaps
    assert not read.kinds
    assert "model/data.pkl" in read.inner


@pytest.mark.parametrize("method", [9, 93, 95, 99])
def test_an_unknown_method_is_a_gap(method: int) -> None:
    octets = patched(PLAIN, 8, bytes([method]))
    octets = patched(octets, central(octets) + 10, bytes([method]))
    assert any("packed by" in gap for gap in Read(octets).gaps)


def test_a_pickle_that_holds_a_zip_is_no_zip_for_certain() -> None:
    octets = b"\x80\x04B" + struct.pack("<L", len(PLAIN)) + PLAIN + b"."
    assert zip_archive.claim(Asset("m.pkl", Bytes(octets))) is Claim.LIKELY


def test_tensor_records_are_not_examined_unless_they_start_like_a_file() -> None:
    read = Read(
        made(
            ("m/data.pkl", PICKLE),
            ("m/version", b"3\n"),
            ("m/byteorder", b"little"),
            ("m/data/0", bytes(64)),
            ("m/data/1", b"\x80\x02cos\nsystem\n."),
            ("m/data/2", b"PK\x03\x04" + bytes(60)),
            ("m/constants.pkl", PICKLE),
            ("m/code/__torch__.py", b"class A(Module): pass"),
        )
    )
    assert set(read.inner) == {
        "m/data.pkl",
        "m/data/1",
        "m/data/2",
        "m/constants.pkl",
        "m/code/__torch__.py",
    }
    assert read.inner["m/data.pkl"].hint == "pickle"
    assert read.inner["m/code/__torch__.py"].hint == "torchscript-code"
    (torch,) = read.others
    assert isinstance(torch, TorchArchive)
    assert torch.is_script
    assert torch.storages == 3


def test_a_word_record_that_is_none_is_examined() -> None:
    read = Read(made(("m/data.pkl", PICKLE), ("m/version", b"cos\nsystem\n(S'id'\ntR.")))
    assert "m/version" in read.inner


def test_a_chain_of_archives_is_read_one_by_one() -> None:
    read = Read(PLAIN * 3, name="__0_0.distcp")
    assert not read.kinds
    assert len(read.inner) == 3
    assert all(each.content.size == len(PLAIN) for each in read.inner.values())


def test_files_behind_a_tflite_model_are_no_flaw() -> None:
    out = io.BytesIO(b"\x1c\0\0\0TFL3" + bytes(100))
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("labels.txt", b"cat\ndog\n")
    read = Read(out.getvalue(), name="m.tflite")
    assert not read.kinds
    assert set(read.inner) == {"labels.txt"}


def test_chance_is_no_zip() -> None:
    octets = bytes(range(256)) * 40
    assert zip_archive.claim(Asset("w.bin", Bytes(octets + b"PK\x05\x06" + octets))) is Claim.NONE


def test_keys_of_arrays_are_no_paths() -> None:
    assert not Read(made(("/conv/kernel.npy", b""), ("w:0.npy", b"")), name="m.npz").kinds
