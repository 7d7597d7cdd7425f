import json
from pathlib import Path

import jsonschema
import pytest

from hauberk.core.errors import BadSettings
from hauberk.gate.policy.document import read_document
from hauberk.gate.policy.read import read_policy, schema
from tests.unit.gate.policy.made import EXAMPLE

EXAMPLES = sorted(EXAMPLE.parent.glob("*.yaml"))
HEAD = "version: 1\nenvironments:\n"
SHIPPED = EXAMPLE.parents[2] / "src/hauberk/gate/policy/gate-policy-1.schema.json"


def refused(text: str, name: str = "p.yaml") -> str:
    with pytest.raises(BadSettings) as caught:
        read_policy(text.encode(), name)
    return str(caught.value)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_are_read_and_fit_the_schema(path: Path) -> None:
    assert read_policy(path.read_bytes(), path.name).environments
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(read_document(path.read_bytes(), path.name), schema())


def test_the_shipped_schema_is_the_generated_one() -> None:
    assert json.loads(SHIPPED.read_text()) == schema()


def test_what_the_schema_takes_is_read_and_what_it_refuses_is_not() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    good = {"version": 1, "environments": {"p": {"scan": {"stop": "high", "gaps": 2, "max-age": "30d"}}}}
    bad = [
        {"version": 2, "environments": {"p": {"scan": {}}}},
        {"version": 1, "environments": {"p": {"scan": {"stop": "hihg"}}}},
        {"version": 1, "environments": {"p": {"scan": {"max-age": "30 days"}}}},
        {"version": 1, "environments": {"p": {"scan": {"gaps": True}}}},
        {"version": 1, "environments": {"p": {"approvals": [{}]}}},
        {"version": 1, "environments": {}},
    ]
    assert validator.is_valid(good)
    assert read_policy(json.dumps(good).encode(), "p.yaml")
    for each in bad:
        assert not validator.is_valid(each), each
        refused(json.dumps(each))


def test_toml_says_the_same_as_yaml() -> None:
    toml = b'version = 1\n[environments.p.scan]\nmax-age = "30d"\nstop = "high"\n'
    text = HEAD.encode() + b"  p: {scan: {max-age: 30d, stop: high}}\n"
    assert read_policy(toml, "p.toml").environments == read_policy(text, "p.yaml").environments


def test_toml_and_yaml_times_are_read() -> None:
    freeze = "since = 2026-12-20T00:00:00Z\nuntil = 2027-01-04T00:00:00Z\nreason = 'holidays'"
    toml = f"version = 1\n[[environments.p.deployment.freezes]]\n{freeze}\n"
    (made,) = read_policy(toml.encode(), "p.toml").environments["p"].deployment.freezes  # type: ignore[union-attr]
    assert (made.since.day, made.until.year) == (20, 2027)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("  p: {scna: {}}", "unknown key 'scna'; did you mean 'scan'?"),
        ("  p: {scan: {max_age: 30d}}", "did you mean 'max-age'?"),
        ("  p: {scan: {stop: hihg}}", "did you mean 'high'?"),
        ("  p: {scan: {by: scaners}}", "names the role 'scaners'"),
        ("  p: {extends: q, scan: {}}", "environments.p.extends names 'q'"),
        ("  p: {extends: p, scan: {}}", "extends itself"),
        ("  p: {}", "asks for nothing"),
        ("  p:", "must be a table"),
        ("  p: {require: []}", "asks for nothing"),
        ("  p: {deployment: {}}", "asks for nothing"),
        ("  p: {require: [{type: scan, count: 0}]}", "from 1 to"),
        ("  p: {require: [{}]}", "lacks the key 'type'"),
        ("  p: {require: [{type: http}]}", "must be a predicate type"),
        ("  p: {evaluation: [{metric: a, dataset: b}]}", "needs at-least or at-most"),
        ("  p: {bom: {licences-denied: [GPL-3.0-only]}}", "needs licences-allowed"),
        ("  p: {bom: {completeness: 101}}", "from 0 to 100"),
        ("  p: {bom: {completeness: .nan}}", "must be a number"),
        ("  p: {scan: {rule-set-max-age: 9d}}", "needs rule-sets"),
        ("  p: {scan: {gaps: 1, gaps: 2}}", "stands twice"),
        ("  p: {scan: &a {}}", "anchors"),
        ("  p: {scan: !!python/none {}}", "tags"),
        ("  p: {deployment: {hours: 8-17}}", "hours such as"),
        ("  p: {conditions: [{name: a, cel: 'scna.gaps == 0'}]}", "undeclared reference to 'scna.gaps'"),
        ("  p: {conditions: [{name: a, cel: '1 + 1'}]}", "gives INT"),
        ("  p: {conditions: [{name: a, cel: '1 +'}]}", "no condition in CEL"),
        ("  p: {scan: {}}\n---\nversion: 1", "second document"),
    ],
)
def test_a_mistake_is_named_with_its_place(body: str, words: str) -> None:
    assert words in refused(HEAD + body + "\n")


def test_a_role_that_cannot_be_filled_is_refused() -> None:
    head = "version: 1\nroles: {r: {signers: [a, b]}}\nenvironments: "
    assert "2 in the role 'r'" in refused(head + "{p: {approvals: [{by: r, count: 3}]}}")
    assert "2 in the role 'r'" in refused(head + "{p: {scan: {by: r, threshold: 3}}}")
    assert "deployment.after" in refused(
        head + "{p: {deployment: {after: {environment: s, at-least: 1d, by: q}}}}"
    )


@pytest.mark.parametrize(
    "text",
    ["", "[]", "x", "null", "{" * 9000, "[" * 9000, "a: " * 9000, "\x00", "version: 1", "- - -\n" * 99],
)
def test_hostile_files_are_refused_in_a_sentence(text: str) -> None:
    assert refused(text).startswith("p.yaml: ")
    assert refused(text, "p.toml").startswith("p.toml: ")


def test_huge_files_are_refused() -> None:
    assert "at most" in refused("#" * (1 << 20) + "#")
    assert "values" in refused(HEAD + "  p: {require: [" + "1," * 60_000 + "1]}")


def test_an_environment_inherits_demands_and_may_replace_them() -> None:
    text = (
        "  a: {scan: {gaps: 3, max-age: 9d}, require: [{type: bom}]}\n"
        "  b: {extends: a, scan: {gaps: 1}, require: [{type: lineage}]}\n"
    )
    made = read_policy((HEAD + text).encode(), "p.yaml").environments["b"]
    assert made.scan is not None
    assert made.scan.max_age is not None
    assert (made.scan.gaps, made.scan.max_age.days) == (1, 9)
    assert [each.type for each in made.require] == ["bom", "lineage"]


def test_yaml_words_mean_what_they_say() -> None:
    text = HEAD + "  no: {bom: {licences-allowed: [on, off, yes]}}\n"
    made = read_policy(text.encode(), "p.yaml").environments["no"]
    assert made.bom is not None
    assert made.bom.licences_allowed == ("on", "off", "yes")
