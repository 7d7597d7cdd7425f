import bz2
import gzip
import lzma
import random
import zlib
from collections.abc import Callable

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats import compressed, compressed_stream, joblib_zfile
from hauberk.formats.compressed_stream import CHUNK, Codec, Expanded, Inflater, Kept
from hauberk.formats.format import Claim, Format

PICKLE = b"\x80\x04]K\x01a." * 50
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda octets: lzma.compress(octets, lzma.FORMAT_ALONE),
    "zlib": zlib.compress,
}
FORMATS = {each.name: each for each in (*compressed.FORMATS, joblib_zfile.FORMAT)}


def claimed(octets: bytes) -> list[str]:
    return [name for name, each in FORMATS.items() if each.claim(Asset("m", Bytes(octets))) is Claim.CERTAIN]


def read(form: Format, octets: bytes, name: str = "m.pkl.gz") -> tuple[list[Flaw], list[Asset], str]:
    flaws: list[Flaw] = []
    inner: list[Asset] = []
    try:
        for each in form.read(Asset(name, Bytes(octets))):
            if isinstance(each, View):
                flaws += each.flaws
            elif isinstance(each, Asset):
                inner.append(each)
    except UnreadableAsset as error:
        return flaws, inner, error.reason
    return flaws, inner, ""


@pytest.mark.parametrize("name", PACKERS)
def test_a_stream_is_recognised_by_its_bytes_alone(name: str) -> None:
    assert claimed(PACKERS[name](PICKLE)) == [name]
    assert claimed(PACKERS[name](b"")) == [name]


def test_text_is_no_stream() -> None:
    for text in (b"x^2 + y^2 = z^2, for all of them, and so on", b"BZh9 is a callsign", b"]\0\0\0", b"ZF0x"):
        assert not claimed(text * 3)


@pytest.mark.parametrize("name", PACKERS)
def test_a_stream_yields_its_content_under_the_name_without_suffix(name: str) -> None:
    flaws, (inner,), reason = read(FORMATS[name], PACKERS[name](PICKLE))
    assert not flaws
    assert not reason
    assert inner.name == "m.pkl"
    assert inner.hint == "pickle"
    assert inner.content.read(0, 1000) == PICKLE


@pytest.mark.parametrize("name", PACKERS)
def test_what_comes_before_a_truncation_is_examined(name: str) -> None:
    octets = PACKERS[name](random.Random(1).randbytes(1_500_000))
    _, inner, reason = read(FORMATS[name], octets[: len(octets) - 1000])
    assert reason == "malformed"
    assert inner
    assert inner[0].content.size > 800_000


@pytest.mark.parametrize("name", PACKERS)
def test_what_follows_a_stream_is_a_flaw(name: str) -> None:
    flaws, inner, _ = read(FORMATS[name], PACKERS[name](PICKLE) + b"payload")
    assert [each.kind for each in flaws] == [FlawKind.HIDDEN]
    assert len(inner) == 2


def test_padding_with_zeros_is_no_flaw() -> None:
    assert read(FORMATS["gzip"], gzip.compress(PICKLE) + bytes(100))[0] == []


@pytest.mark.parametrize("name", ["gzip", "bzip2", "xz"])
def test_streams_that_follow_each_other_are_one(name: str) -> None:
    packed = PACKERS[name](b"abc") + PACKERS[name](b"def")
    flaws, (inner,), _ = read(FORMATS[name], packed)
    assert not flaws
    assert inner.content.read(0, 9) == b"abcdef"


@pytest.mark.parametrize("name", ["gzip", "bzip2"])
def test_a_bomb_is_a_flaw(name: str) -> None:
    flaws, inner, reason = read(FORMATS[name], PACKERS[name](bytes(100 << 20)))
    assert [each.kind for each in flaws] == [FlawKind.BOMB]
    assert not inner
    assert reason == "over-budget"


def test_an_lz4_frame_is_read() -> None:
    frame = pytest.importorskip("lz4.frame")
    octets = frame.compress(PICKLE)
    assert claimed(octets) == ["lz4"]
    assert read(FORMATS["lz4"], octets)[1][0].content.read(0, 1000) == PICKLE


def test_joblibs_old_files_are_read() -> None:
    octets = b"ZF" + hex(len(PICKLE)).encode().ljust(19) + zlib.compress(PICKLE)
    assert claimed(octets) == ["joblib-zfile"]
    flaws, (inner,), _ = read(FORMATS["joblib-zfile"], octets, "m.pkl")
    assert not flaws
    assert inner.hint == "pickle"
    assert inner.content.read(0, 1000) == PICKLE
    lying = b"ZF" + hex(1 << 60).encode().ljust(19) + zlib.compress(PICKLE)
    assert [each.kind for each in read(FORMATS["joblib-zfile"], lying)[0]] == [FlawKind.LIES]


def _large(size: int) -> tuple[bytes, Expanded]:
    octets = random.Random(2).randbytes(1 << 16) * (size >> 16)
    packed = zlib.compress(octets, 1)
    codec = Codec("zlib", lambda: Inflater(15), (zlib.error,))
    return octets, Expanded(Bytes(packed), codec, len(octets))


def test_large_content_reads_like_the_original_in_any_order() -> None:
    octets, content = _large(40 << 20)
    chance = random.Random(3)
    for _ in range(40):
        offset = chance.randrange(content.size)
        length = chance.choice((1, 100, 3 * CHUNK))
        assert content.read(offset, length) == octets[offset : offset + length]
    assert content.read(content.size, 1) == b""


def test_reading_back_and_forth_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressed_stream, "MAX_PASSES", 1)
    monkeypatch.setattr(compressed_stream, "MAX_CHUNKS", 1)
    _, content = _large(20 << 20)
    with pytest.raises(OverBudget, match="back and forth"):
        for _ in range(20):
            content.read(content.size - 1, 1)
            content.read(0, 1)


def test_content_that_is_kept_is_counted_until_it_is_let_go() -> None:
    before = Kept.total
    kept = Kept(b"1234")
    assert Kept.total == before + 4
    del kept
    assert Kept.total == before


def test_damage_is_told_with_its_place() -> None:
    octets = bytearray(gzip.compress(random.Random(4).randbytes(200_000)))
    octets[1000:1100] = bytes(100)
    with pytest.raises(Malformed):
        list(FORMATS["gzip"].read(Asset("m.gz", Bytes(bytes(octets)))))
