"""Any bytes, and damaged archives, give views, assets and gaps, or UnreadableAsset; nothing else."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.core.gap import Gap
from hauberk.core.view import View
from hauberk.formats import compressed, joblib_zfile, seven_zip, tar_archive, zip_archive
from hauberk.formats.format import Format

FORMATS = (
    zip_archive.FORMAT,
    tar_archive.FORMAT,
    *compressed.FORMATS,
    joblib_zfile.FORMAT,
    seven_zip.FORMAT,
)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
HANDLER = b"import os\ndef handle(data, context):\n    return os.getcwd()\n"


def _zip(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("m/data.pkl", b"\x80\x02]K\x01a.")
        archive.writestr("m/data/0", bytes(40))
        archive.writestr("MAR-INF/MANIFEST.json", b'{"model": {"modelName": "m", "handler": "h.py"}}')
        archive.writestr("h.py", HANDLER)
        with archive.open("large", "w", force_zip64=True) as member:
            member.write(b"abc" * 50)
        archive.comment = b"a comment"
    return out.getvalue()


def _tar(form: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name in ("a", "b/" + "n" * 120, "ü"):
            info = tarfile.TarInfo(name)
            info.size = 3
            archive.addfile(info, io.BytesIO(b"abc"))
    return out.getvalue()


PICKLE = b"\x80\x04]K\x01a." * 20
SEEDS = {
    "zip": _zip(zipfile.ZIP_STORED),
    "zip-deflated": _zip(zipfile.ZIP_DEFLATED),
    "zip-lzma": _zip(zipfile.ZIP_LZMA),
    "tar-gnu": _tar(tarfile.GNU_FORMAT),
    "tar-pax": _tar(tarfile.PAX_FORMAT),
    "gzip": gzip.compress(PICKLE),
    "bzip2": bz2.compress(PICKLE),
    "xz": lzma.compress(PICKLE),
    "lzma": lzma.compress(PICKLE, lzma.FORMAT_ALONE),
    "zlib": zlib.compress(PICKLE),
    "joblib-zfile": b"ZF" + hex(len(PICKLE)).encode().ljust(19) + zlib.compress(PICKLE),
}


def examine(form: Format, octets: bytes) -> None:
    asset = Asset("m.pt", Bytes(octets))
    form.claim(asset)
    try:
        for each in form.read(asset):
            assert isinstance(each, View | Asset | Gap)
            if isinstance(each, Asset):
                assert len(each.content.read(0, each.content.size)) == each.content.size
    except UnreadableAsset:
        pass


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@QUICK
@given(octets=st.binary(max_size=1500))
def test_any_bytes_are_read_or_refused(form: Format, octets: bytes) -> None:
    examine(form, octets)


@pytest.mark.parametrize("seed", SEEDS)
@QUICK
@given(
    edits=st.lists(st.tuples(st.integers(0, 1 << 16), st.binary(min_size=1, max_size=8)), max_size=6),
    cut=st.integers(0, 1 << 12),
    extra=st.binary(max_size=40),
)
def test_damaged_archives_are_read_or_refused(
    seed: str, edits: list[tuple[int, bytes]], cut: int, extra: bytes
) -> None:
    octets = bytearray(SEEDS[seed])
    for at, new in edits:
        octets[at % len(octets) :][: len(new)] = new
        octets[at % len(octets) : at % len(octets) + len(new)] = new
    damaged = bytes(octets[: len(octets) - cut] if cut < 200 else octets) + extra
    for form in FORMATS:
        if form.name.split("-")[0] == seed.split("-")[0]:
            examine(form, damaged)
