"""The documentation is true of the tree: links lead somewhere, and coverage claims no more than stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Pages about rules are made by `just docs`, and link to each other only.
OF_RULES = ("docs/rules/", "docs/rules.md", "docs/frameworks.md")
PAGES = sorted([*ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md"), *ROOT.glob("changelog.d/*.md")])
# What the seed document names, in its words or ours; each has a row.
NAMED = re.findall(
    r"\S+",
    """
    IAM MFA RBAC Virtual ACLs WAF Private KMS TLS DLP S3 Terraform Container Kubernetes validation
    Poisoning Anonymisation pseudonymisation Differential Federated Homomorphic Synthetic backups
    SBOM SCA Dependency Secure SLSA Provenance pre-trained registry cards CI/CD Immutable ephemeral
    Secrets images Confidential isolation GPU integrity API Runtime Input theft injection inversion
    Red Guardrails robustness XAI Drift retraining ATLAS Adversarial Ownership inventory
    Responsible 42001 27001 NIST CIS GDPR HIPAA Response Forensics EU
    """,
)


def rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "coverage.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return [each for each in cells[2:] if len(each) != 5 or each[4]]


PAGES = [each for each in PAGES if not str(each.relative_to(ROOT)).startswith(OF_RULES)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    assert [each for each in links if "://" not in each and not (page.parent / each).exists()] == []


def test_every_system_that_is_named_has_a_row() -> None:
    told = "\n".join(row[0] for row in rows()).lower()
    assert [word for word in NAMED if word.lower() not in told] == []


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_row_works_and_shows_it_or_says_not_yet(row: list[str]) -> None:
    assert len(row) == 5
    _system, does, command, test, status = row
    assert does
    if re.fullmatch(r"\*\*works\*\*( for [\w ,]+)?(; not yet: [\w ,-]+)?", status):
        assert command.startswith("`hauberk ")
        assert all((ROOT / each).exists() for each in re.findall(r"`([^`]+)`", test))
        assert test
    else:
        assert re.fullmatch(r"not yet: [\w ,-]+", status)
        assert not command
        assert not test
