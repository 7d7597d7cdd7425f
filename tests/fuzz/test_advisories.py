"""Any bytes as advisories, lists of exploits, VEX or bills give values or UnreadableAsset."""

import json
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.core.strict import read_json
from hauberk.formats import component_list
from hauberk.formats.component_list import package_of
from hauberk.formats.cvss import base_score
from hauberk.formats.exploits import read_catalogue, read_epss
from hauberk.formats.osv import read_osv
from hauberk.formats.vex import read_vex
from hauberk.scan.examine import examine
from hauberk.sources.advisory_files import files_in


def bill(octets: bytes) -> object:
    return list(component_list.read(Asset("a.cdx.json", Bytes(octets))))


def catalogue(octets: bytes) -> object:
    return read_catalogue(read_json(octets, 1 << 20))


READERS: list[Callable[[bytes], object]] = [read_osv, read_vex, read_epss, catalogue, bill]
SEEDS = {
    read_osv: {
        "id": "A-1", "modified": "2025-01-01T00:00:00Z", "aliases": ["x"],
        "severity": [{"type": "CVSS_V3", "score": "x"}],
        "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": ["1"],
                      "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1"}]}]}],
    },
    read_vex: {
        "@context": "https://openvex.dev/ns", "statements": [
            {"status": "fixed", "vulnerability": {"name": "a", "aliases": ["b"]},
             "products": [{"@id": "pkg:pypi/a", "subcomponents": [{"@id": "b"}],
        "identifiers": {"purl": "c"}}]}],
    },
    catalogue: {"catalogVersion": "1", "vulnerabilities": [
        {"cveID": "CVE-2025-0001", "dateAdded": "2025-01-01"}]},
    bill: {
        "bomFormat": "CycloneDX", "components": [
        {"bom-ref": "a", "purl": "pkg:pypi/a@1", "components": [{"name": "x"}],
        "licenses": [{"license": {"id": "MIT"}}, {"expression": "x"}],
        "hashes": [{"alg": "MD5", "content": "x"}]}],
        "dependencies": [{"ref": "a", "dependsOn": ["b"]}],
        "vulnerabilities": [{"id": "v", "affects": [{"ref": "a"}], "ratings": [{"severity": "high"}],
                             "analysis": {"state": "resolved"}, "references": [{"id": "w"}]}],
    },
}  # fmt: skip
ODD = [None, 0, -1, 1.5, True, "", "x", [], {}, [[]], [None], {"a": None}, "9" * 5_000]


def places(value: object) -> list[tuple[object, object]]:
    """Every container and key in a JSON value."""
    found: list[tuple[object, object]] = []
    todo = [value]
    while todo:
        each = todo.pop()
        for key, inner in (
            each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list) else ()
        ):
            found.append((each, key))
            todo.append(inner)
    return found


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=60, deadline=None)
@given(octets=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(reader: Callable[[bytes], object], octets: bytes) -> None:
    with suppress(UnreadableAsset):
        reader(octets)


@pytest.mark.parametrize("reader", SEEDS)
@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_records_with_odd_values_are_read_or_refused(reader: Callable[[bytes], object], seed: int) -> None:
    rng = random.Random(seed)
    document = json.loads(json.dumps(SEEDS[reader]))
    for _ in range(rng.randint(1, 4)):
        container, key = rng.choice(places(document))
        container[key] = json.loads(json.dumps(rng.choice(ODD)))  # type: ignore[index]
    octets = json.dumps(document).encode()
    with suppress(UnreadableAsset):
        reader(octets)
    if reader is bill:
        examine(Asset("bom.cdx.json", Bytes(octets)))


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("octets", [b"[" * 1_000_000, b'{"a":' * 500_000, b"", b"null", b'"x"', b"\xff\xfe{"])
def test_hostile_texts_are_refused(reader: Callable[[bytes], object], octets: bytes) -> None:
    if reader is bill and octets in (b"null", b'"x"'):
        reader(octets)  # a bill without components
        return
    with pytest.raises(UnreadableAsset):
        reader(octets)


@given(st.text(max_size=80))
def test_any_purl_and_vector_is_read_or_refused(said: str) -> None:
    package_of(said)
    package_of(f"pkg:{said}")
    base_score(said)
    base_score(f"CVSS:3.1/{said}")


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_broken_zips_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    rng = random.Random(seed)
    path = tmp_path_factory.getbasetemp() / "broken.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(3):
            archive.writestr(f"{index}.json", json.dumps(SEEDS[read_osv]))
    octets = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 5)):
        octets[rng.randrange(len(octets))] = rng.randrange(256)
    path.write_bytes(octets[: rng.randint(1, len(octets))])
    with suppress(UnreadableAsset):
        list(files_in(path))


def test_a_record_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", b" " * (64 << 20))
    with pytest.raises(UnreadableAsset, match="more bytes"):
        list(files_in(path))
