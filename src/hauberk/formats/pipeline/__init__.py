"""Pipelines: what builds, scans and deploys, as people wrote it down for one platform or another."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import OverBudget
from hauberk.core.view import View
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.lined_yaml import Mapping, read_lined_yaml
from hauberk.formats.signs import Signs
from hauberk.formats.text import decoded, is_text

Reader = Callable[[str, Mapping], View]

# Bytes: people write pipelines; the longest generated ones have some 500,000.
MAX_PIPELINE = 4 << 20
# What makes a YAML file a pipeline: its place and name, or what its head says; then the file that reads it.
READERS: tuple[tuple[re.Pattern[str], re.Pattern[bytes] | None, str, str], ...] = (
    (
        re.compile(r"(?:^|[/.-])gitlab-ci(?:[-.][\w.-]+)?\.ya?ml$|(?:^|/)\.gitlab/ci/[^!]+\.ya?ml$"),
        None,
        "gitlab",
        "read_gitlab",
    ),
    (re.compile(r"(?:^|/)\.github/workflows/[^/!]+\.ya?ml$"), None, "github", "read_workflow"),
    (
        re.compile(r"(?:^|/)dependabot\.ya?ml$"),
        re.compile(rb"^updates\s*:", re.M),
        "github",
        "read_dependabot",
    ),
    (re.compile(r"(?:^|/)\.pre-commit-config\.ya?ml$"), None, "github", "read_hooks"),
    (re.compile(r"(?:^|/)action\.ya?ml$"), re.compile(rb"^runs\s*:", re.M), "github", "read_action"),
    (
        re.compile(
            r"(?:^|/)[\w.-]*azure-?pipelines?[\w.-]*\.ya?ml$|(?:^|/)\.azure(?:-?pipelines"
            r"|devops)/[^!]+\.ya?ml$",
            re.I,
        ),
        None,
        "azure",
        "read_azure",
    ),
    (re.compile(r"(?:^|/)[\w.-]*buildspec[\w.-]*\.ya?ml$", re.I), None, "codebuild", "read_buildspec"),
    (
        re.compile(r"\.ya?ml$"),
        re.compile(rb"^version\s*:\s*[\"']?0\.[12](?s:.*)^phases\s*:", re.M),
        "codebuild",
        "read_buildspec",
    ),
    (
        re.compile(r"\.ya?ml$"),
        re.compile(rb"^[\"']?on[\"']?\s*:(?s:.*)^jobs\s*:", re.M),
        "github",
        "read_workflow",
    ),
    (
        re.compile(r"\.ya?ml$"),
        re.compile(
            rb"^(?:pool|trigger|pr|resources)\s*:(?s:.*)^(?:steps|jobs"
            rb"|stages)\s*:",
            re.M,
        ),
        "azure",
        "read_azure",
    ),
    (
        re.compile(r"\.ya?ml$"),
        re.compile(
            rb"^apiVersion\s*:\s*argoproj\.io/\S+\s*\n(?s:.*)^kind\s*:\s*(?:Cron)?(?:Cluster)?Workflow", re.M
        ),
        "clusters",
        "read_argo",
    ),
    (
        re.compile(r"\.ya?ml$"),
        re.compile(
            rb"^# PIPELINE DEFINITION|^components\s*:(?s:.*)^deploymentSpec\s*:",
            re.M,
        ),
        "clusters",
        "read_kubeflow",
    ),
)


def claim(asset: Asset) -> Claim:
    """LIKELY, as the reader of any YAML claims it, so that both read the file."""
    if asset.kind is Kind.FOLDER or not asset.content.size or not is_text(asset.head, True):
        return Claim.NONE
    return Claim.LIKELY if _reader(asset) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The pipeline's view; nothing where the file turns out to be no pipeline."""
    reader = _reader(asset)
    if reader is None:
        return
    if asset.content.size > MAX_PIPELINE:
        raise OverBudget(f"a pipeline of {asset.content.size} bytes is longer than {MAX_PIPELINE}")
    roots = read_lined_yaml(decoded(asset.content.read(0, MAX_PIPELINE)))
    # A component of GitLab begins with a document that describes its inputs.
    tree = next((each for each in reversed(roots) if isinstance(each, Mapping)), None)
    if tree is not None:
        yield reader(asset.locator, tree)


def _reader(asset: Asset) -> Reader | None:
    for place, content, module, function in READERS:
        if place.search(asset.locator) and (content is None or content.search(asset.head)):
            found: Reader = getattr(import_module(f"{__name__}.{module}"), function)
            return found
    return None


SIGNS = Signs(ends=(".yml", ".yaml"))
FORMAT = Format("pipeline", "pipeline definition", claim, read)
