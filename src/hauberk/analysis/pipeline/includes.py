"""What comes into a pipeline from elsewhere, and what it keeps for others."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.analysis.pipeline.habits import Habit
from hauberk.formats.lined_yaml import Mapping, Scalar, items_of
from hauberk.formats.pipeline.pipeline import Pipeline, Platform

COMMIT = re.compile(r"^[0-9a-f]{40}$")
VERSION = re.compile(r"^(?:refs/tags/)?v?\d+\.\d+(?:\.\d+)?$|^[0-9a-f]{40}$")
SECRET_FILE = re.compile(
    r"(?:^|/)(?:\.env(?:\.\w+)?|id_(?:rsa|ed25519|ecdsa)|\.aws(?:/.*)?|\.ssh(?:/.*)?|\.netrc|\.pypirc|\.npmrc|kubeconfig"
    r"|\.kube(?:/.*)?|credentials(?:\.json)?|[\w.-]+\.(?:pem|key|p12|pfx)|\.docker(?:/.*)?|terraform\.tfstate|\.git)/?$"
)


def unpinned_includes(pipeline: Pipeline) -> Iterator[Habit]:
    """Parts of other repositories or servers that are not fixed to a version."""
    if pipeline.platform is Platform.GITLAB:
        yield from _gitlab(pipeline)
    elif pipeline.platform is Platform.AZURE:
        for each in items_of(pipeline.tree.below("resources").get("repositories")):
            if (
                isinstance(each, Mapping)
                and each.text("type")
                in (
                    "github",
                    "git",
                    "githubenterprise",
                    "bitbucket",
                )
                and not VERSION.match(each.text("ref"))
            ):
                name = each.text("name") or each.text("repository")
                yield Habit(each.line, f"templates of {name[:100]} come from a branch", name[:100])
    elif pipeline.platform is Platform.JENKINS:
        for said in getattr(pipeline, "libraries", ()):
            name, _, version = said.text.partition("@")
            if not VERSION.match(version):
                yield Habit(said.line, f"the library {name[:100]} comes from a branch", name[:100])


def _gitlab(pipeline: Pipeline) -> Iterator[Habit]:
    for each in items_of(pipeline.tree.get("include")):
        if isinstance(each, Scalar) and each.text.startswith(("http://", "https://")):
            yield Habit(each.line, f"{each.text[:150]} is included without a digest", each.text[:150])
        if not isinstance(each, Mapping):
            continue
        remote, project, component = each.text("remote"), each.text("project"), each.text("component")
        if remote and not each.text("integrity") and not re.search(r"/[0-9a-f]{40}/", remote):
            yield Habit(each.line, f"{remote[:150]} is included without a digest", remote[:150])
        elif project and not COMMIT.match(each.text("ref")):
            what = "a tag" if VERSION.match(each.text("ref")) else "a branch"
            if what == "a branch":
                yield Habit(each.line, f"{project[:100]} is included from {what}", project[:100])
        elif component and not VERSION.match(component.rpartition("@")[2]):
            yield Habit(each.line, f"{component[:150]} is included in a moving version", component[:150])


def secret_artifacts(pipeline: Pipeline) -> Iterator[Habit]:
    """Paths of artifacts that hold secrets."""
    for job in pipeline.jobs:
        for said in job.artifacts:
            if SECRET_FILE.search(said.text.strip()):
                yield Habit(said.line, f"{job.name} keeps {said.text[:80]}", said.text[:80])
        for step in job.steps:
            if step.uses and step.uses.text.lower().startswith("actions/upload-artifact@"):
                for path in step.given("path").split("\n"):
                    if SECRET_FILE.search(path.strip()):
                        yield Habit(step.line, f"{job.name} keeps {path.strip()[:80]}", path.strip()[:80])


def open_caches(pipeline: Pipeline) -> Iterator[tuple[int, str]]:
    """Caches of GitLab that unprotected branches share, with the job's name."""
    for job in pipeline.jobs if pipeline.platform is Platform.GITLAB else ():
        for each in items_of(job.node.get("cache")):
            pair = each.pair("unprotect") if isinstance(each, Mapping) else None
            if pair and isinstance(pair.value, Scalar) and pair.value.text.lower() == "true":
                yield pair.line, job.name
