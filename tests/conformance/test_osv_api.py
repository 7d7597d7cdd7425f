"""Our server speaks OSV's API: stock pip-audit finds in it what our own matcher finds."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bench.peers import HOME
from hauberk.core.digest import Digest
from hauberk.core.package import Package
from hauberk.core.statement import Json
from hauberk.formats.osv import read_osv
from hauberk.registry.osv_api import Answering, application
from hauberk.scan.assess import assess
from hauberk.store import open_store
from hauberk.store.advisories import Advisories, Record, Source
from tests.served import served

REQUIREMENTS = Path(__file__).parents[2] / "requirements" / "pip-audit.txt"
NOW = datetime.now(UTC)
TIME = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")


def record(
    id: str, name: str, *events: str, versions: tuple[str, ...] = (), aliases: tuple[str, ...] = ()
) -> bytes:
    said: list[Json] = [{each.split()[0]: each.split()[1]} for each in events]
    affected: dict[str, Json] = {"package": {"ecosystem": "PyPI", "name": name}, "versions": list(versions)}
    if said:
        affected["ranges"] = [{"type": "ECOSYSTEM", "events": said}]
    whole = {"id": id, "modified": TIME, "published": TIME, "aliases": list(aliases), "affected": [affected]}
    return json.dumps({**whole, "schema_version": "1.6.0", "details": f"About {name}."}).encode()


RECORDS = [
    record(
        "PYSEC-2024-1",
        "jinja2",
        "introduced 0",
        "fixed 3.1.5",
        aliases=("CVE-2024-10001", "GHSA-aaaa-aaaa-aaaa"),
    ),
    record("GHSA-aaaa-aaaa-aaaa", "Jinja2", "introduced 0", "fixed 3.1.5", aliases=("CVE-2024-10001",)),
    record("PYSEC-2024-2", "jinja2", "introduced 3.1.0", "fixed 3.1.3"),
    record("PYSEC-2024-3", "urllib3", "introduced 2.0.0", "last_affected 2.0.6", versions=("2.0.0", "2.0.6")),
    record("PYSEC-2024-4", "requests", versions=("2.30.0", "2.31.0")),
    record("PYSEC-2024-5", "idna", "introduced 0", "fixed 1.0"),
    record("PYSEC-2024-6", "certifi", "introduced 2020.1.1", "fixed 2023.7.22"),
]
PINNED = {"jinja2": "3.1.4", "urllib3": "2.0.6", "requests": "2.31.0", "idna": "3.4", "certifi": "2023.7.22"}


@pytest.fixture
def advisories(tmp_path: Path) -> Iterator[Advisories]:
    with open_store(str(tmp_path / "a.db")) as store:
        found = Advisories(store)
        found.add(Record(read_osv(each), each) for each in RECORDS)
        found.note(Source("PyPI", Digest("0" * 64), TIME, TIME, len(RECORDS)))
        yield found


@pytest.fixture
def url(advisories: Advisories) -> Iterator[str]:
    with served(application(Answering(advisories))) as address:
        yield address


def asked(url: str, path: str, body: object | None = None) -> tuple[int, dict[str, Json]]:
    octets = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url + path, octets)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def package(name: str, version: str | None = None, ecosystem: str = "PyPI") -> dict[str, Json]:
    found: dict[str, Json] = {"package": {"name": name, "ecosystem": ecosystem}}
    return found if version is None else {**found, "version": version}


def pip_audit() -> Path:
    """Stock pip-audit in an environment of its own."""
    home = HOME / "pip-audit"
    if not (home / "bin/pip-audit").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        install = [home / "bin/pip", "install", "--quiet", "--require-hashes", "-r", REQUIREMENTS]
        subprocess.run(install, check=True)
    return home / "bin/pip-audit"


def test_stock_pip_audit_finds_what_our_matcher_finds(
    advisories: Advisories, url: str, tmp_path: Path
) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("".join(f"{name}=={version}\n" for name, version in PINNED.items()))
    command = [pip_audit(), "-r", requirements, "--no-deps", "--disable-pip", "-s", "osv"]
    command += ["--osv-url", f"{url}/v1/query", "-f", "json", "--progress-spinner", "off"]
    out = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert out.returncode == 1, out.stderr
    theirs = {
        (each["name"], frozenset({one["id"], *one["aliases"]}))
        for each in json.loads(out.stdout)["dependencies"]
        for one in each["vulns"]
    }
    found = assess([Package("PyPI", name, version) for name, version in PINNED.items()], advisories)
    ours = {(each.package.name, one.names) for each in found.packages for one in each.vulnerabilities}
    assert theirs == ours
    assert len(ours) == 3


def test_pip_audit_fails_where_nothing_is_known(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("jinja2==3.1.4\n")
    with (
        open_store(str(tmp_path / "empty.db")) as store,
        served(application(Answering(Advisories(store)))) as url,
    ):
        command = [pip_audit(), "-r", requirements, "--no-deps", "--disable-pip", "-s", "osv"]
        command += ["--osv-url", f"{url}/v1/query", "--progress-spinner", "off"]
        assert subprocess.run(command, capture_output=True, timeout=120, check=False).returncode != 0


def test_query_gives_whole_records(url: str) -> None:
    status, found = asked(url, "/v1/query", package("Jinja2", "3.1.4"))
    assert status == 200
    assert [each["id"] for each in found["vulns"]] == ["GHSA-aaaa-aaaa-aaaa", "PYSEC-2024-1"]  # type: ignore[union-attr,index,call-overload]
    assert found["vulns"][0] == json.loads(RECORDS[1])  # type: ignore[index,call-overload]
    assert asked(url, "/v1/query", package("jinja2", "9"))[1] == {}
    assert asked(url, "/v1/query", package("nobody-knows-it", "9"))[1] == {}
    assert len(asked(url, "/v1/query", package("jinja2"))[1]["vulns"]) == 3  # type: ignore[arg-type]
    by_purl = {"package": {"purl": "pkg:pypi/jinja2@3.1.4"}}
    assert asked(url, "/v1/query", by_purl)[1] == found


def test_a_batch_gives_ids_in_the_order_of_its_queries(url: str) -> None:
    queries = [package("requests", "2.31.0"), package("idna", "3.4")]
    status, found = asked(url, "/v1/querybatch", {"queries": queries})
    assert (status, found) == (200, {"results": [{"vulns": [{"id": "PYSEC-2024-4", "modified": TIME}]}, {}]})


def test_records_are_given_by_id(url: str) -> None:
    assert asked(url, "/v1/vulns/PYSEC-2024-2") == (200, json.loads(RECORDS[2]))
    assert asked(url, "/v1/vulns/PYSEC-1-1") == (404, {"code": 5, "message": "Bug not found."})
    assert asked(url, "/-/health")[0] == 200
    assert asked(url, "/-/status")[1]["sources"][0]["records"] == len(RECORDS)  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/v1/query", package("left-pad", "1.0.0", "npm"), 400, "no advisories about npm"),
        ("/v1/query", package("jinja2", "not a version"), 400, "no version"),
        ("/v1/query", {"commit": "a" * 40}, 501, "commit"),
        ("/v1/query", {"package": {"purl": "pkg:what/x@1"}}, 400, "names no package"),
        ("/v1/query", {"package": {"purl": "pkg:pypi/jinja2@1"}, "version": "2"}, 400, "another"),
        ("/v1/query", {}, 400, "package"),
        ("/v1/query", b"{", 400, "no JSON"),
        ("/v1/query", b"[" * 100_000, 400, "no JSON"),
        ("/v1/query", b"[]", 400, "no JSON object"),
        ("/v1/querybatch", {"queries": 3}, 400, "queries"),
        ("/v1/querybatch", {"queries": [{}] * 1_001}, 400, "at most"),
        ("/v1/querybatch", {"queries": ["x"]}, 400, "package"),
    ],
)
def test_what_is_not_known_or_makes_no_sense_is_refused(
    url: str, path: str, body: object, status: int, words: str
) -> None:
    code, found = asked(url, path, body)
    assert code == status
    assert words in str(found["message"])


def test_advisories_that_are_too_old_are_refused(advisories: Advisories) -> None:
    then = (NOW - timedelta(days=31)).strftime("%Y-%m-%dT%H:%M:%SZ")
    advisories.note(Source("old", Digest("0" * 64), TIME, then, 1))
    with served(application(Answering(advisories))) as url:
        status, found = asked(url, "/v1/query", package("jinja2", "3.1.4"))
    assert (status, found["message"]) == (503, "the advisories are 31 days old, and 30 are allowed")
