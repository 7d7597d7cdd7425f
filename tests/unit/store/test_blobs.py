"""Blobs are wholly there, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hauberk.core.digest import Digest
from hauberk.core.errors import Inaccessible, MissingPath, OverBudget
from hauberk.store import Blobs

LIMIT = 1 << 30


def test_what_was_put_is_read_under_its_digest(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    for octets in (b"", b"x", os.urandom(3 << 20)):
        found = blobs.put(io.BytesIO(octets), LIMIT)
        assert found.hex == hashlib.sha256(octets).hexdigest()
        assert found in blobs
        assert blobs.put(io.BytesIO(octets), LIMIT) == found
        with blobs.open(found) as stream:
            assert stream.read() == octets
    assert list((tmp_path / "blobs" / "incoming").iterdir()) == []


def test_a_blob_above_the_limit_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OverBudget, match="more than 10 bytes"):
        Blobs(tmp_path).put(io.BytesIO(b"x" * 11), 10)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    with pytest.raises(Inaccessible):
        Blobs(tmp_path).put(Broken(), LIMIT)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == []


@pytest.mark.parametrize("name", ["00" * 32, "../../etc/passwd", "", "AB" * 32, "ab/../" * 10])
def test_what_is_no_blob_is_missing(tmp_path: Path, name: str) -> None:
    with pytest.raises(MissingPath):
        Blobs(tmp_path).open(Digest(name))


def test_a_writer_that_is_killed_leaves_no_half_blob(tmp_path: Path) -> None:
    code = """if True:
        import io, os, sys
        from pathlib import Path
        from hauberk.store import Blobs
        while True:
            print(Blobs(Path(sys.argv[1])).put(io.BytesIO(os.urandom(1 << 22)), 1 << 30).hex, flush=True)
    """
    for number in range(5):
        child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        assert child.stdout
        told = [child.stdout.readline()]
        time.sleep(0.013 * number)
        child.send_signal(signal.SIGKILL)
        told += child.communicate()[0].splitlines()
        blobs = Blobs(tmp_path)
        for each in told:
            if len(each.strip()) == 64:
                assert Digest(each.strip().decode()) in blobs
    for path in (tmp_path / "sha256").rglob("*"):
        if path.is_file():
            assert path.parent.name + path.name == hashlib.sha256(path.read_bytes()).hexdigest()
