"""`hauberk advisories`: import, check, export and import elsewhere."""

from __future__ import annotations

import gzip
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hauberk.attest.keys import generate, private_pem
from hauberk.cli.advisories import command
from hauberk.core.errors import HauberkError, Malformed, MissingPath, Refused, UsageError
from hauberk.core.statement import Json
from hauberk.store import open_store
from hauberk.store.advisories import Advisories

NOW = datetime.now(UTC)
LOW = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"


def osv(
    id: str, name: str = "torch", ecosystem: str = "PyPI", fixed: str = "2.6.0", **more: Json
) -> dict[str, Json]:
    record: dict[str, Json] = {
        "id": id,
        "modified": NOW.strftime("%Y-%m-%dT%H:%M:%S.123Z"),
        "summary": f"Something is wrong with {name}",
        "affected": [
            {
                "package": {"ecosystem": ecosystem, "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}],
            }
        ],
    }
    return record | more


def packed(path: Path, *records: dict[str, Json]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for each in records:
            archive.writestr(f"{each['id']}.json", json.dumps(each))
    return path


def run(*arguments: object) -> int:
    return int(command.main([str(each) for each in arguments], standalone_mode=False))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "a.db"
    records = packed(
        tmp_path / "PyPI.zip",
        osv("GHSA-aaaa-bbbb-cccc", aliases=["CVE-2025-1"], database_specific={"severity": "CRITICAL"}),
        osv("PYSEC-2025-1", aliases=["CVE-2025-1"]),
        osv("PYSEC-2025-2", "numpy", fixed="1.0", severity=[{"type": "CVSS_V3", "score": LOW}]),
        osv("PYSEC-2025-3", "numpy", withdrawn=NOW.strftime("%Y-%m-%dT%H:%M:%SZ")),
        osv("MAL-2025-1", "torchtriton", fixed="99"),
    )  # fmt: skip
    assert run("import", records, "--store", path) == 0
    return path


def project(tmp_path: Path, requirements: str) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text(requirements)
    return file


def checked(store: Path, target: Path, *more: object) -> tuple[int, dict[str, list[dict[str, str]]]]:
    out = store.parent / "report.json"
    code = run("check", target, "--store", store, "-o", f"json={out}", *more)
    return code, json.loads(out.read_text())


def test_an_affected_version_stops_and_is_one_finding_under_all_its_names(
    store: Path, tmp_path: Path
) -> None:
    code, report = checked(store, project(tmp_path, "torch==2.5.1+cu121\n"))
    assert code == 1
    [finding] = report["findings"]
    assert (finding["rule"], finding["severity"]) == ("DEP011", "critical")
    assert "GHSA-aaaa-bbbb-cccc (CVE-2025-1)" in finding["message"]
    assert "fixed in 2.6.0" in finding["message"]


def test_fixed_withdrawn_and_unknown_ones_are_silent(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = checked(store, project(tmp_path, "Torch==2.6.0\nnumpy==1.26\nother==1\n"))
    assert (code, report["findings"]) == (0, [])
    assert (
        "3 packages: 0 affected, 3 not affected, 0 unknown; the advisories are 0 days old"
        in capsys.readouterr().err
    )


def test_malware_is_critical(store: Path, tmp_path: Path) -> None:
    code, report = checked(store, project(tmp_path, "torchtriton==2.0.0\n"))
    assert (code, [each["rule"] for each in report["findings"]]) == (1, ["DEP010"])


def test_what_is_not_known_is_never_clean(store: Path, tmp_path: Path) -> None:
    code, report = checked(store, project(tmp_path, "torch>=2\n"))
    assert (code, report["findings"]) == (3, [])
    assert "version is not known" in report["gaps"][0]["message"]
    lock = tmp_path / "package-lock.json"
    lock.write_text('{"packages": {"node_modules/a": {"version": "1.0.0"}}}')
    code, report = checked(store, lock)
    assert code == 3
    assert "no advisories about npm were imported" in report["gaps"][0]["message"]


def test_old_advisories_are_told(store: Path, tmp_path: Path) -> None:
    then = (NOW - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
    old = packed(tmp_path / "old.zip", osv("PYSEC-2020-1", "six") | {"modified": then})
    assert run("import", old, "--store", store) == 0
    target = project(tmp_path, "torch==2.6.0\n")
    code, report = checked(store, target)
    assert code == 3
    assert "the advisories are 40 days old" in report["gaps"][0]["message"]
    assert checked(store, target, "--max-age", 60)[0] == 0


@pytest.mark.parametrize("kind", ["openvex", "cyclonedx"])
def test_vex_excuses_with_a_reason(
    store: Path, tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    openvex = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "author": "the owners",
        "statements": [
            {
                "vulnerability": {"name": "CVE-2025-1"},
                "products": [{"@id": "pkg:oci/x", "subcomponents": [{"@id": "pkg:pypi/torch@2.5.1"}]}],
                "status": "not_affected",
                "justification": "vulnerable_code_not_in_execute_path",
            }
        ],
    }
    cyclonedx = {
        "bomFormat": "CycloneDX",
        "components": [{"bom-ref": "t", "purl": "pkg:pypi/torch@2.5.1"}],
        "vulnerabilities": [
            {
                "id": "CVE-2025-1",
                "affects": [{"ref": "t"}],
                "analysis": {"state": "not_affected", "justification": "code_not_reachable"},
            }
        ],
    }
    file = tmp_path / "vex.json"
    file.write_text(json.dumps(openvex if kind == "openvex" else cyclonedx))
    code, report = checked(store, project(tmp_path, "torch==2.5.1\n"), "--vex", file)
    assert (code, report["findings"]) == (0, [])
    assert "1 vulnerabilities excused by VEX" in capsys.readouterr().err
    assert checked(store, project(tmp_path, "torch==2.5.0\n"), "--vex", file)[0] == 1


def test_known_exploits_and_probabilities_raise_the_severity(store: Path, tmp_path: Path) -> None:
    numpy = osv(
        "PYSEC-2025-9", "flask", fixed="9", aliases=["CVE-2025-0007"], database_specific={"severity": "LOW"}
    )
    kev = tmp_path / "known_exploited_vulnerabilities.json"
    kev.write_text(
        json.dumps(
            {
                "catalogVersion": "1",
                "dateReleased": NOW.isoformat(),
                "vulnerabilities": [{"cveID": "CVE-2025-0007", "dateAdded": "2025-02-03"}],
            }
        )
    )
    epss = tmp_path / "epss.csv.gz"
    day = NOW.strftime("%Y-%m-%d")
    epss.write_bytes(
        gzip.compress(
            f"#model_version:v1,score_date:{day}T00:00:00Z\ncve,epss,percentile\nCVE-2025-0007,0.91,0.9\n".encode()
        )
    )
    single = tmp_path / "PYSEC-2025-9.json"
    single.write_text(json.dumps(numpy))
    assert run("import", single, kev, epss, "--store", store) == 0
    _, report = checked(store, project(tmp_path, "flask==1.0\n"))
    [finding] = report["findings"]
    assert finding["severity"] == "critical"
    assert "exploited since 2025-02-03; EPSS 91.0%" in finding["message"]


def test_a_newer_record_replaces_an_older_one_and_never_the_other_way(store: Path, tmp_path: Path) -> None:
    later = (NOW + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    newer = osv("PYSEC-2025-1", fixed="2.0") | {"modified": later}
    github = osv("GHSA-aaaa-bbbb-cccc", fixed="2.0") | {"modified": later}
    run("import", packed(tmp_path / "n.zip", newer, github), "--store", store)
    target = project(tmp_path, "torch==2.5.1\n")
    assert checked(store, target)[0] == 0
    run("import", tmp_path / "PyPI.zip", "--store", store)
    assert checked(store, target)[0] == 0


def test_a_signed_export_is_imported_elsewhere_with_its_age(store: Path, tmp_path: Path) -> None:
    key = generate()
    (tmp_path / "key.pem").write_bytes(private_pem(key))
    (tmp_path / "key.pub").write_text(key.public.pem)
    export = tmp_path / "out.zip"
    assert run("export", export, "--store", store, "-k", tmp_path / "key.pem") == 0
    other = tmp_path / "other.db"
    assert run("import", export, "--store", other, "--key", tmp_path / "key.pub") == 0
    with open_store(str(store)) as one, open_store(str(other)) as two:
        assert Advisories(one).sources() == Advisories(two).sources()
        assert list(Advisories(one).records()) == list(Advisories(two).records())
    again = tmp_path / "again.zip"
    assert run("export", again, "--store", other) == 0
    assert again.read_bytes() == export.read_bytes()


def test_an_export_that_nobody_signed_or_that_was_changed_is_refused(store: Path, tmp_path: Path) -> None:
    key, stranger = generate(), generate()
    (tmp_path / "key.pem").write_bytes(private_pem(key))
    (tmp_path / "key.pub").write_text(key.public.pem)
    (tmp_path / "stranger.pub").write_text(stranger.public.pem)
    export, other = tmp_path / "out.zip", tmp_path / "other.db"
    run("export", export, "--store", store)
    with pytest.raises(Refused, match="nobody vouches"):
        run("import", export, "--store", other, "--key", tmp_path / "key.pub")
    run("export", export, "--store", store, "-k", tmp_path / "key.pem")
    with pytest.raises(Refused, match="not signed by"):
        run("import", export, "--store", other, "--key", tmp_path / "stranger.pub")
    packed(export, osv("MAL-1999-1"))
    with pytest.raises(Refused, match="something else"):
        run("import", export, "--store", other, "--key", tmp_path / "key.pub")


def test_records_that_cannot_be_read_are_told_and_the_others_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "records"
    folder.mkdir()
    (folder / "good.json").write_text(json.dumps(osv("PYSEC-2025-1")))
    (folder / "bad.json").write_text("{")
    (folder / "odd.json").write_text('{"id": 3}')
    assert run("import", folder, "--store", tmp_path / "a.db") == 3
    told = capsys.readouterr()
    assert "1 of 1 records" in told.out
    assert "bad.json: " in told.err
    assert "2 files could not be read" in told.err


@pytest.mark.parametrize(
    ("name", "octets"),
    [("a.zip", b"PK\x03\x04rubbish"), ("a.json", b"[]"), ("a.csv", b"x,y\n"), ("e.csv", b""),
     ("b.csv.gz", b"\x1f\x8bx")],
)  # fmt: skip
def test_what_holds_no_advisory_is_refused(tmp_path: Path, name: str, octets: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(octets)
    with pytest.raises(Malformed):
        run("import", path, "--store", tmp_path / "a.db")


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingPath):
        run("import", tmp_path / "no", "--store", tmp_path / "a.db")
    with pytest.raises(MissingPath, match="no advisories were imported"):
        run("check", tmp_path, "--store", tmp_path / "none.db")


def test_a_target_without_packages_is_no_success(store: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UsageError, match="names no package"):
        run("check", empty, "--store", store)
    assert issubclass(UsageError, HauberkError)


def test_show_tells_sources_and_their_age(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run("show", "--store", store) == 0
    told = capsys.readouterr().out
    assert "PyPI.zip: 5 records, 0 days old" in told
    assert told.endswith("5 records in all\n")


def test_a_scan_matches_packages_too(store: Path, tmp_path: Path) -> None:
    from hauberk.cli.scan import command as scan

    target, out = project(tmp_path, "torch==2.5.1\nother>=1\n"), tmp_path / "report.json"
    for _ in range(2):  # once more from the cache
        code = scan.main(
            [str(target), "--advisories", str(store), "-o", f"json={out}"], standalone_mode=False
        )
        report = json.loads(out.read_text())
        assert code == 1
        assert "DEP011" in {each["rule"] for each in report["findings"]}
        assert [each["reason"] for each in report["gaps"]] == ["unknown"]
    with pytest.raises(MissingPath, match="no advisories"):
        scan.main([str(target), "--advisories", str(tmp_path / "no.db")], standalone_mode=False)
    with pytest.raises(UsageError, match="name the store"):
        scan.main([str(target), "--vex", "x"], standalone_mode=False)
