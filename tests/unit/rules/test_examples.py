"""Every rule's own examples: the bad are reported by it, the good are not."""

import pytest

from hauberk.core.asset import Asset, Bytes, Kind
from hauberk.core.folder import is_module
from hauberk.core.rule import Rule, Sample
from hauberk.rules import load
from hauberk.scan.examine import examine


def reported(sample: Sample) -> set[str]:
    files = sample.files()
    assets = [Asset(name, Bytes(octets)) for name, octets in files.items()]
    if sample.beside or is_module(files):
        held = {name: Bytes(octets) for name, octets in files.items()}
        assets.append(Asset(".", Bytes(b""), Kind.FOLDER, files=held))
    found = [examine(asset) for asset in assets]
    ids = {finding.rule for each in found for finding in each.findings}
    return ids | {gap.rule for each in found for gap in each.gaps}


CASES = [(rule, sample) for rule in load().values() for sample in rule.bad]
GOOD = [(rule, sample) for rule in load().values() for sample in rule.good]


@pytest.mark.parametrize(("rule", "sample"), CASES, ids=[f"{r.id}-{s.name}" for r, s in CASES])
def test_bad_example_is_reported(rule: Rule, sample: Sample) -> None:
    assert rule.id in reported(sample)


@pytest.mark.parametrize(("rule", "sample"), GOOD, ids=[f"{r.id}-{s.name}" for r, s in GOOD])
def test_good_example_is_not_reported(rule: Rule, sample: Sample) -> None:
    assert rule.id not in reported(sample)


@pytest.mark.parametrize("rule", load().values(), ids=load())
def test_rule_says_what_why_and_what_to_do(rule: Rule) -> None:
    assert rule.title.endswith(".")
    assert rule.why
    assert rule.remediation
    assert rule.source
    assert rule.bad
    assert rule.good
    assert rule.slug == rule.check.__module__.rsplit(".", 1)[-1]
