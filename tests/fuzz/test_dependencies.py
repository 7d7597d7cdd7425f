"""Any bytes under any name of a list of dependencies give a view, a gap or UnreadableAsset, quickly."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.formats import dependencies
from hauberk.scan.examine import examine

NAMES = [
    "requirements.txt", "pip.conf", "poetry.lock", "uv.lock", "pylock.toml", "Pipfile", "Pipfile.lock",
    "pyproject.toml", "a.dist-info/METADATA", "package.json", "package-lock.json", "yarn.lock",
    "pnpm-lock.yaml", ".npmrc", "Cargo.lock", "Cargo.toml", "go.mod", "go.sum", "environment.yml",
]  # fmt: skip
SEEDS = {
    "requirements.txt": b"-i http://x\ngit+https://a/b@c#egg=d\na[b]==1 ; x \\\n --hash=sha256:ab\n",
    "uv.lock": b'[[package]]\nname = "a"\nversion = "1"\nsource = {git = "x#y"}\nwheels = [{hash = "z"}]\n',
    "pyproject.toml": b'[project]\ndependencies = ["a>=1"]\n[tool.uv.sources]\nb = [{git = "x"}]\n'
    b'[[tool.poetry.source]]\nurl = "u"\npriority = "p"\n',
    "Pipfile.lock": b'{"_meta": {"sources": [{"url": "u"}]}, "default": {"a": {"version": "==1"}}}',
    "package.json": b'{"scripts": {"install": "x"}, "dependencies": {"a": "npm:b@1", "c": "d/e#f"}}',
    "package-lock.json": b'{"packages": {"node_modules/a": {"integrity": "sha512-AA"}}, "dependencies": {}}',
    "yarn.lock": b'"@a/b@^1":\n  version "1"\n  dependencies:\n    c "1"\n__metadata:\n  version: 1\n',
    "pnpm-lock.yaml": b"packages:\n  /a/1.0.0:\n    resolution: {integrity: sha512-AA==}\n",
    "environment.yml": b"dependencies:\n- a=1\n- &x pip: [b, {c: *x}]\nchannels: [http://x]\n",
    "go.mod": b"require (\n a.b/c v1\n)\nreplace a.b/c => ../d\n",
    "Cargo.toml": b'[dependencies]\na = {git = "x", branch = "y"}\n[target.b.dependencies]\nc = "=1"\n',
}


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None)
@given(octets=st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(name: str, octets: bytes) -> None:
    asset = Asset(name, Bytes(octets))
    dependencies.claim(asset)
    with suppress(UnreadableAsset):
        list(dependencies.read(asset))


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_mutated_lists_are_examined(name: str, seed: int) -> None:
    rng, octets = random.Random(seed), bytearray(SEEDS[name])
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(octets))
        octets[at : at + rng.randint(0, 3)] = rng.choice(
            [b"", b"\0", b"\xff", b"[", b"{", b'"', b"\n", b"=", b"@"]
        )
    examine(Asset(name, Bytes(bytes(octets) or b"x")))


HOSTILE = [
    b"a" * 2_000_000,
    b"a-" * 1_000_000,
    b"- " * 1_000_000,
    b"[[package]]\n" * 100_000,
    b'"' * 1_000_000,
    b"\\\n" * 1_000_000,
    b"a==1 --hash=sha256:" + b"0" * 1_000_000,
    b" " * 1_000_000 + b"x",
    b"git+https://" + b"@" * 500_000,
    b"a\n" * 500_000,
    b"[" * 1_000_000,
    b"{" * 1_000_000,
    b"a:\n" + b" " * 100_000 + b"b: 1\n",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_lists_end_soon(name: str, number: int) -> None:
    import time

    began = time.process_time()
    examine(Asset(name, Bytes(HOSTILE[number])))
    assert time.process_time() - began < 10
