"""What Xet costs: to unpack and check what clients send, to rebuild files, and to send them in its way.

python -m bench.xet [--size 256]
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy
from blake3 import blake3
from huggingface_hub import HfApi
from lz4.frame import compress

from hauberk.registry.accounts import WRITE
from hauberk.registry.app import application
from hauberk.registry.huggingface.xet.hashes import CHUNK, Tree, of_range, text
from hauberk.registry.huggingface.xet.outline import XORB_SIZE, outline_of, packed
from hauberk.registry.huggingface.xet.rebuild import check, rebuild
from hauberk.registry.huggingface.xet.shard import File, Term
from hauberk.registry.huggingface.xet.xorb import GROUPED, HEADER, LZ4, PLAIN, Unpacker, read_index
from hauberk.registry.open import Opening, open_registry
from hauberk.registry.permission import Open
from tests.served import served

MIB = 1 << 20
PIECE = 2 * MIB  # bytes that a request brings at once
SIZES = range(16 << 10, 112 << 10)  # bytes of a chunk: 64 KiB in the mean, as clients cut
RUNS = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--size", type=int, default=256, help="MiB of each kind")
    size = arguments.parse_args().size * MIB
    print(f"{size >> 20} MiB of each kind; best of {RUNS}; CPU of one core\n")
    print("| what | MB/s | floor |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = os.urandom(size)
        _row("(library) BLAKE3 of the bytes, one thread", size, lambda: blake3(plain, key=CHUNK).digest(), 0)
        _row("(library) SHA-256 of the bytes", size, lambda: hashlib.sha256(plain).digest(), 0)
        _unpacking(folder, plain)
        _rebuilding(folder, plain)
        _sending(folder, plain)
    _hashing()
    _clients(size)


def _unpacking(folder: Path, plain: bytes) -> None:
    weights = numpy.random.default_rng(1).normal(size=len(plain) // 4).astype("<f4").tobytes()
    words = b"".join(b"%d: a line of a table, %d\n" % (each, each * each) for each in range(len(plain) // 30))
    kinds = (("random, plain", plain, PLAIN), ("text, LZ4", words[: len(plain)], LZ4),
             ("float32 weights, grouped LZ4", weights, GROUPED))  # fmt: skip
    for name, octets, scheme in kinds:
        xorbs = [_xorb(octets[at : at + 60 * MIB], scheme) for at in range(0, len(octets), 60 * MIB)]
        floor = 400
        _row(
            f"unpack and check xorbs: {name}", len(octets), lambda found=xorbs: _unpack(folder, found), floor
        )


def _xorb(octets: bytes, scheme: int) -> bytes:
    chance, found, at = random.Random(1), [], 0
    while at < len(octets):
        part = octets[at : at + chance.choice(SIZES)]
        at += len(part)
        grouped = b"".join(part[place::4] for place in range(4)) if scheme == GROUPED else part
        body = part if scheme == PLAIN else compress(grouped)
        sizes = (each.to_bytes(3, "little") for each in (len(body), len(part)))
        packed_size, size = sizes
        found.append(HEADER.pack(0, packed_size, scheme, size) + body)
    return b"".join(found)


def _unpack(folder: Path, xorbs: list[bytes]) -> None:
    for octets in xorbs:
        with (folder / "xorb").open("w+b") as target:
            unpacker = Unpacker(target)
            for at in range(0, len(octets), PIECE):
                unpacker.feed(octets[at : at + PIECE])
            unpacker.finish()


def _rebuilding(folder: Path, plain: bytes) -> None:
    path, octets = folder / "kept", plain[: 60 * MIB]
    with path.open("w+b") as kept:
        unpacker = Unpacker(kept)
        unpacker.feed(_xorb(octets, PLAIN))
        xorb = unpacker.finish()
        chunks = unpacker.chunks
    count = max(1, len(plain) // len(octets))
    tree = Tree()
    for _ in range(count):
        for each in chunks:
            tree.add(each)
    term = Term(xorb, len(octets), 0, len(chunks), of_range(chunks))
    file = File(tree.of_file(), (term,) * count, None)
    with path.open("rb") as source:
        index = read_index(source)

        def once() -> None:
            check(file, lambda _: index)
            with (folder / "rebuilt").open("wb") as target:
                rebuild(file, lambda _: (source, index), target)

        _row("check and rebuild a file from xorbs", file.size, once, 400)


def _sending(folder: Path, plain: bytes) -> None:
    path = folder / "blob"
    path.write_bytes(plain)
    with path.open("rb") as source:
        _row("outline of a file, to send it in xorbs", len(plain), lambda: outline_of(source), 400)

        def once() -> None:
            for first in range(0, len(plain), XORB_SIZE):
                for octets in packed(source, first, min(XORB_SIZE, len(plain) - first)):
                    io.BytesIO(octets)

        _row("pack its xorbs", len(plain), once, 400)


def _hashing() -> None:
    chunks = [(blake3(b"%d" % each).digest(), 65_536) for each in range(100_000)]

    def once() -> None:
        tree = Tree()
        for each in chunks:
            tree.add(each)
        text(tree.root())

    _row("the tree over chunks of 64 KiB", len(chunks) * 65_536, once, 0)


CLIENT = """
import sys, time
from huggingface_hub import hf_hub_download
begun = time.perf_counter()
hf_hub_download("ann/large", "file")
print(time.perf_counter() - begun)
"""


def _clients(size: int) -> None:
    """The stock client reads the same file whole, and in parts: wall time, best of the runs."""
    with tempfile.TemporaryDirectory() as name, open_registry(Opening(Path(name) / "registry")) as opened:
        accounts = opened.site.accounts
        bearer = accounts.issue(accounts.add("ann", "contributor"), "bench", WRITE, None)
        site = replace(opened.site, permits=Open())
        for whole, words in ((size, "whole"), (MIB, "in parts")):
            app = application(replace(site, limits=replace(site.limits, whole=whole)))
            with served(app) as url:
                if whole == size:
                    api = HfApi(endpoint=url, token=bearer)
                    api.create_repo("ann/large")
                    api.upload_file(
                        repo_id="ann/large", path_or_fileobj=os.urandom(size), path_in_repo="file"
                    )
                taken = min(_download(url, bearer, Path(name) / f"{words}{each}") for each in range(RUNS))
            print(
                f"| the stock client reads a file {words} (wall) | {size / taken / 1e6:,.0f} | |", flush=True
            )


def _download(url: str, bearer: str, home: Path) -> float:
    environment = {**os.environ, "HF_ENDPOINT": url, "HF_TOKEN": bearer, "HF_HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", CLIENT], env=environment, capture_output=True, text=True,
                          check=True, timeout=300)  # fmt: skip
    shutil.rmtree(home)
    return float(done.stdout)


def _row(what: str, size: int, work: Callable[[], object], floor: int) -> None:
    taken = []
    for _ in range(RUNS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    print(f"| {what} | {size / min(taken) / 1e6:,.0f} | {floor or ''} |", flush=True)


if __name__ == "__main__":
    main()
