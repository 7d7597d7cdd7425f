"""Blobs in a bucket: a real S3 server, and copies on this machine."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hauberk.core.digest import Digest
from hauberk.core.errors import Inaccessible, MissingPath, UsageError
from hauberk.store.blobs import Blobs
from hauberk.store.bucket import Bucket, open_blobs
from tests.s3 import BUCKET, s3_server

LIMIT = 1 << 30
LARGE = 20 << 20  # bytes: more than one piece of an upload


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as found:
        yield found


@pytest.fixture
def url(endpoint: str, request: pytest.FixtureRequest) -> str:
    return f"s3://{BUCKET}/{abs(hash(request.node.name))}?endpoint={endpoint}"


def put(blobs: Blobs, octets: bytes) -> Digest:
    return blobs.put(io.BytesIO(octets), LIMIT)


def copies(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_what_one_machine_put_another_reads(url: str, tmp_path: Path) -> None:
    here, there = open_blobs(url, tmp_path / "here"), open_blobs(url, tmp_path / "there")
    for octets in (b"", b"x", os.urandom(LARGE)):
        found = put(here, octets)
        assert found in there
        with there.open(found) as stream:
            assert stream.read() == octets
        assert there.local(found) == there.path(found)


def test_copies_may_vanish(url: str, tmp_path: Path) -> None:
    blobs = open_blobs(url, tmp_path)
    found = put(blobs, b"kept")
    blobs.path(found).unlink()
    assert blobs.local(found).read_bytes() == b"kept"


def test_copies_stay_within_their_bound(url: str, tmp_path: Path) -> None:
    whole = open_blobs(url, tmp_path)
    assert isinstance(whole, Bucket)
    blobs = Bucket(tmp_path, whole.objects, copies=250_000)
    found = [put(blobs, os.urandom(100_000)) for _ in range(4)]
    assert sum(each.stat().st_size for each in copies(tmp_path)) <= 250_000
    assert found[-1] in blobs and blobs.path(found[-1]).is_file()
    assert all(blobs.local(each).stat().st_size == 100_000 for each in found)


def test_a_blob_that_is_nowhere_is_missing(url: str, tmp_path: Path) -> None:
    blobs = open_blobs(url, tmp_path)
    assert Digest("00" * 32) not in blobs
    with pytest.raises(MissingPath):
        blobs.open(Digest("00" * 32))
    with pytest.raises(MissingPath):
        blobs.local(Digest("../../etc/passwd"))
    assert copies(tmp_path) == []


def test_a_bucket_that_was_tampered_with_is_noticed(url: str, tmp_path: Path) -> None:
    import obstore

    blobs = open_blobs(url, tmp_path)
    assert isinstance(blobs, Bucket)
    found = put(blobs, b"good")
    blobs.path(found).unlink()
    obstore.put(blobs.objects, f"sha256/{found.hex[:2]}/{found.hex[2:]}", b"evil")
    with pytest.raises(Inaccessible, match="other bytes"):
        blobs.local(found)
    assert copies(tmp_path) == []


def test_a_bucket_that_is_not_there_keeps_nothing(endpoint: str, tmp_path: Path) -> None:
    blobs = open_blobs(f"s3://nowhere/x?endpoint={endpoint}", tmp_path)
    with pytest.raises(Inaccessible, match="the bucket could not be used"):
        put(blobs, b"lost")
    assert copies(tmp_path) == []


def test_a_folder_is_a_folder(tmp_path: Path) -> None:
    assert open_blobs(str(tmp_path), tmp_path / "copies") == Blobs(tmp_path)


@pytest.mark.parametrize("wrong", ["http://a/b", "s3://", "ftp://x/y", "s3://b?endpoint_wrong=1"])
def test_other_urls_are_refused(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        open_blobs(wrong, tmp_path)
