"""Images of jobs: how firmly they are named, and whether a container engine is in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

from hauberk.analysis.pipeline.gates import commands_of_job
from hauberk.analysis.pipeline.tools import docker, names_digest
from hauberk.formats.lined_yaml import Mapping, Scalar, items_of, scalars_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Said

# Official images without a container engine's client; of an image that nobody knows here nothing is said.
NO_ENGINE = re.compile(
    r"(?:^|/)(?:aquasec/trivy|anchore/grype|anchore/syft|python|alpine|debian|ubuntu|node|golang|rust|openjdk|busybox"
    r"|ruby|php|maven|gradle|continuumio/miniconda3|pytorch/pytorch|bitnami/kubectl|alpine/helm|hashicorp/terraform"
    r"|amazon/aws-cli|zricethezav/gitleaks|returntocorp/semgrep|bridgecrew/checkov)(?=[:@]|$)"
)
VARIABLE = re.compile(r"\$\{?\{?|\$\(")


class Pin(Enum):
    """How firmly a reference to an image holds."""

    DIGEST = "by digest"
    TAG = "which is a tag that can be moved"
    LATEST = "which is whatever is newest"
    UNKNOWN = "which is not known here"


def pin_of(reference: str, pipeline: Pipeline | None = None) -> Pin:
    """How firmly an image is named; variables are replaced where the pipeline sets them plainly."""
    text = reference.strip().removeprefix("docker://")
    if VARIABLE.search(text) and pipeline is not None:
        values = {each.name: each.value for each in pipeline.variables}
        text = re.sub(r"\$\{?(\w+)\}?", lambda found: values.get(found[1], found[0]), text)
    if names_digest(text):
        return Pin.DIGEST
    name = text.rsplit("/", 1)[-1]
    tag = name.partition(":")[2]
    if not text or text.lower() in ("none", "scratch") or (VARIABLE.search(tag) or VARIABLE.match(text)):
        return Pin.UNKNOWN
    if VARIABLE.search(name) and not tag:
        return Pin.UNKNOWN
    return Pin.LATEST if tag in ("", "latest") else Pin.TAG


def images_in(pipeline: Pipeline) -> Iterator[tuple[str, Said]]:
    """Every image in, beside or as a step of a job, with the job's name; a matrix gives all its own."""
    for job in pipeline.jobs:
        said = [*((job.image,) if job.image else ()), *job.services]
        said += [step.uses for step in job.steps if step.uses and step.uses.text.startswith("docker://")]
        for each in said:
            found = MATRIX.fullmatch(each.text.strip())
            if found is None:
                yield job.name, each
                continue
            matrix = job.node.below("strategy").below("matrix")
            for one in (*scalars_of(matrix.get(found[1])), *_included(matrix, found[1])):
                if one.text and "${{" not in one.text:
                    yield job.name, Said(one.text, each.line)


MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")


def _included(matrix: Mapping, name: str) -> Iterator[Scalar]:
    for row in items_of(matrix.get("include")):
        if isinstance(row, Mapping):
            yield from scalars_of(row.get(name))


def missing_engines(pipeline: Pipeline) -> Iterator[tuple[str, int, str]]:
    """Jobs of GitLab that call docker where there is none: name, line and why."""
    if pipeline.platform is not Platform.GITLAB:
        return
    for job in pipeline.jobs:
        called = next((each for each in commands_of_job(job) if docker(each, *ENGINE_VERBS)), None)
        if called is None or not job.is_known:
            continue
        if job.image is not None and NO_ENGINE.search(job.image.text):
            yield job.name, called.line, f"which {job.image.text[:100]} does not have"
        elif job.image is None and not _has_engine(pipeline, job):
            yield (
                job.name,
                called.line,
                "and has neither an image nor a docker service nor a runner of its own",
            )


ENGINE_VERBS = ("build", "load", "save", "push", "pull", "run", "tag", "login")


def _has_engine(pipeline: Pipeline, job: Job) -> bool:
    has_service = any("dind" in each.text or "docker" in each.text for each in job.services)
    has_host = any(each.name == "DOCKER_HOST" for each in (*job.variables, *pipeline.variables))
    return has_service or has_host or bool(job.runner) or bool(pipeline.outside)
