"""Bills of materials of real environments and lock files, judged by others' schemas and models."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from hauberk.attest.sbom.cyclonedx import cyclonedx
from hauberk.attest.sbom.gather import inventory_of
from hauberk.attest.sbom.inventory import Inventory
from hauberk.attest.sbom.spdx import spdx_2, spdx_3
from hauberk.cli.sbom import command
from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import MissingPath, UsageError

ELF = b"\x7fELF"
MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LOCK = b"""[[package]]
name = "a"
version = "1.0"
dependencies = [{ name = "b" }]
wheels = [{ hash = "sha256:%s" }]
[[package]]
name = "b"
version = "2.0"
source = { git = "https://example.org/b#%s" }
""" % (b"a" * 64, b"b" * 40)
NPM = (
    b'{"packages": {"node_modules/@s/c": {"version": "1.0.0", "license": "(MIT OR WTFPL)",'
    b' "integrity": "sha1-AAAA"}}}'
)


def written(folder: Path, name: str, version: str, metadata: str = "", bill: bytes = b"") -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{metadata}\n")
    (info / "RECORD").write_text("a.py,sha256=x,1\n")
    if bill:
        (info / "sboms").mkdir()
        (info / "sboms" / "inner.cdx.json").write_bytes(bill)


BILL = b"""{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
 {"bom-ref": "x", "name": "libc", "version": "0.2", "purl": "pkg:cargo/libc@0.2",
  "licenses": [{"expression": "MIT"}]},
 {"bom-ref": "y", "name": "zlib", "version": "1.3", "hashes": [{"alg": "SHA-256", "content": "%s"}]}],
 "dependencies": [{"ref": "x", "dependsOn": ["y", "nobody"]}]}""" % (b"c" * 64)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "venv/lib/python3.11/site-packages"
    written(folder, "Fast_Math", "1.0", "License-Expression: MIT\nRequires-Dist: numpy>=1\n", BILL)
    written(folder, "numpy", "2.0", "License: something of our own\n")
    libs = folder / "Fast_Math.libs"
    libs.mkdir()
    (libs / "libgomp-a34b3233.so.1.0.0").write_bytes(ELF)
    return tmp_path / "venv"


def inventories(site: Path) -> list[Inventory]:
    lists = [Asset("uv.lock", Bytes(LOCK)), Asset("package-lock.json", Bytes(NPM))]
    here = Path(sys.prefix)
    return [inventory_of(site, ()), inventory_of(site / "nowhere", lists), inventory_of(here, ())]


@pytest.mark.parametrize("version", ["1.6", "1.7"])
def test_cyclonedx_is_what_its_schema_allows(site: Path, version: str) -> None:
    schema = SchemaVersion.V1_6 if version == "1.6" else SchemaVersion.V1_7
    for each in inventories(site):
        text = json.dumps(cyclonedx(each, MOMENT, version))
        assert JsonStrictValidator(schema).validate_str(text) is None


def test_spdx_3_is_what_its_model_allows(site: Path) -> None:
    from spdx_python_model import v3_0_1

    for each in inventories(site)[:2]:
        document = spdx_3(each, MOMENT)
        objects = v3_0_1.SHACLObjectSet()
        v3_0_1.JSONLDDeserializer().read(io.BytesIO(json.dumps(document).encode()), objects)
        assert objects.missing_ids == set()
        # Writing asserts what reading does not: every mandatory property is there.
        v3_0_1.JSONLDSerializer().write(objects, io.BytesIO())
        packages = list(objects.foreach_type("software_Package"))
        assert len(packages) == 1 + sum(not one.is_file for one in each.parts)


def test_spdx_2_3_has_unique_ids_and_relations_between_them(site: Path) -> None:
    for each in inventories(site):
        document = spdx_2(each, MOMENT)
        ids = [one["SPDXID"] for one in document["packages"]]  # type: ignore[union-attr,index,call-overload]
        assert len(set(ids)) == len(ids) == len(each.parts) + 1
        for one in document["relationships"]:  # type: ignore[union-attr]
            assert {one["spdxElementId"], one["relatedSpdxElement"]} <= {"SPDXRef-DOCUMENT", *ids}  # type: ignore[index,call-overload]


def test_what_hides_inside_of_wheels_is_listed_with_edges(site: Path) -> None:
    found = inventory_of(site, ())
    parts = {each.package.name: each for each in found.parts}
    assert set(parts) == {"fast-math", "numpy", "libc", "zlib", "libgomp"}
    fast = parts["fast-math"]
    assert fast.package.licence == "MIT"
    assert fast.record == hashlib.sha256(b"a.py,sha256=x,1\n").hexdigest()
    assert set(fast.needs) == {
        "pkg:pypi/numpy@2.0",
        "pkg:pypi/fast-math@1.0!pkg:cargo/libc@0.2",
        "pkg:pypi/fast-math@1.0!Fast_Math.libs/libgomp-a34b3233.so.1.0.0",
    }
    assert parts["libc"].within == parts["libgomp"].within == "pkg:pypi/fast-math@1.0"
    assert parts["libc"].needs == (parts["zlib"].reference,)
    assert parts["libgomp"].package.hashes == ("sha256:" + hashlib.sha256(ELF).hexdigest(),)
    assert found.roots == ("pkg:pypi/fast-math@1.0",)


def test_lock_files_give_hashes_edges_and_places(site: Path) -> None:
    parts = {each.package.name: each for each in inventories(site)[1].parts}
    assert parts["a"].needs == ("pkg:pypi/b@2.0",)
    assert parts["a"].places == ("uv.lock:1",)
    assert parts["a"].package.hashes == ("sha256:" + "a" * 64,)
    assert parts["b"].package.origin == "git+https://example.org/b@" + "b" * 40
    assert parts["@s/c"].package.purl == "pkg:npm/%40s/c@1.0.0"


def test_a_bill_that_cannot_be_read_is_told(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [bill] = site.rglob("inner.cdx.json")
    bill.write_bytes(b"{")
    assert command.main([str(site)], standalone_mode=False) == 3
    told = capsys.readouterr()
    assert "inner.cdx.json@1: is not JSON" in told.err
    assert "2 packages, 1 components inside of them" in told.out


def test_packages_that_need_each_other_are_all_reached(tmp_path: Path) -> None:
    lock = (
        b'[[package]]\nname="a"\nversion="1"\ndependencies=[{name="b"}]\n[[package]]\nname="b"\nversion="1"\n'
    )
    lock += b'dependencies=[{name="a"}]\n'
    found = inventory_of(tmp_path / "x", [Asset("uv.lock", Bytes(lock))])
    assert found.roots == ("pkg:pypi/a@1", "pkg:pypi/b@1")


def test_nothing_is_no_bill(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no environment"):
        command.main([str(tmp_path)], standalone_mode=False)
    with pytest.raises(MissingPath):
        command.main([str(tmp_path / "no")], standalone_mode=False)


@pytest.mark.parametrize("form", ["table", "cyclonedx", "cyclonedx-1.7", "spdx", "spdx-2.3"])
def test_every_form_is_the_same_twice(site: Path, form: str, tmp_path: Path) -> None:
    made = []
    for name in ("one", "two"):
        arguments = [str(site), "-o", f"{form}={tmp_path / name}", "--created", "2026-01-31T12:00:00Z"]
        assert command.main(arguments, standalone_mode=False) == 0
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
