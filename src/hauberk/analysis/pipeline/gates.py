"""What a pipeline lets pass: which scans can stop it, what they looked at, and what is deployed after all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from hauberk.analysis.pipeline.shell import Command, commands_in
from hauberk.analysis.pipeline.tools import (
    LOST,
    Scan,
    docker,
    is_deployment,
    never_stops,
    scan_of,
)
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Said, Step

DEPLOY_NAME = re.compile(
    r"(?:^|[-_ :.])(?:deploy|deployment|production|prod|rollout|release-prod)(?:$|[-_ :.])", re.I
)
# Jobs and steps that deploy something else than the product, or that undo.
NO_DEPLOYMENT = re.compile(r"docs?|pages|documentation|undeploy|stop|teardown|cleanup|destroy|preview", re.I)
# Actions and tasks that scan; what their inputs must say so that they can stop.
SCAN_USES = re.compile(
    r"(?:aquasecurity/trivy-action|anchore/scan-action|snyk/actions|gitleaks/gitleaks-action|docker/scout-action"
    r"|trufflesecurity/trufflehog|github/codeql-action/analyze|pypa/gh-action-pip-audit|bridgecrewio/checkov-action"
    r"|zizmorcore/zizmor-action|google/osv-scanner-action|aquasecurity/tfsec-action|semgrep/semgrep-action"
    r"|[Tt]rivy@|[Ss]nyk[Ss]ecurity[Ss]can@|CredScan@|AquaScanner@)"
)
PLACEHOLDER = re.compile(r"\b(?:deploy|deploying|rollout|rolling out)\b", re.I)
# The first part is taken whole, so that long words without a tag cost one look.
IMAGE_TAG = re.compile(
    r"(?<![\w./${}-])[\w./${}-]++(?::(?:\$\{\w+\}|\$\{\{[^}]{0,200}\}\}|\$\([\w.]+\)|\$?[\w.-]+))+"
)
BRACES = str.maketrans("", "", "${}")


def commands_of_job(job: Job) -> tuple[Command, ...]:
    """Every command of a job, in order."""
    return tuple(commands_in(job.scripts))


@dataclass(frozen=True, slots=True)
class LostScan:
    """A scan whose outcome stops nothing: on which line it stands, and why."""

    line: int
    tool: str
    why: str


def lost_scans(pipeline: Pipeline) -> Iterator[LostScan]:
    """Scans that cannot fail, each with the first reason."""
    around = " ".join(f"{each.name}={each.value}" for each in pipeline.variables)
    for job in pipeline.jobs:
        inside = around + " ".join(f"{each.name}={each.value}" for each in job.variables)
        for step in job.steps:
            settings = inside + " ".join(f"{each.name}={each.value}" for each in step.variables)
            yield from _lost_in_step(pipeline, job, step, settings)


def _lost_in_step(pipeline: Pipeline, job: Job, step: Step, settings: str) -> Iterator[LostScan]:
    if step.uses and SCAN_USES.search(step.uses.text):
        tool = step.uses.text.partition("@")[0]
        if why := _may_fail(job, step) or _uses_never_stops(step):
            yield LostScan(step.uses.line, tool, why)
        return
    commands = tuple(commands_in(step.scripts))
    scans = [(place, scan) for place, each in enumerate(commands) if (scan := scan_of(each))]
    lost = [
        (scan, swallowed(commands, place, pipeline.platform) or never_stops(scan, settings))
        for place, scan in scans
    ]
    # A scanner that is asked twice often writes its table first and stops the second time.
    stopping = {(scan.tool, scan.words[1:2]) for scan, why in lost if not why}
    for scan, why in lost:
        if why and (scan.tool, scan.words[1:2]) in stopping:
            why = ""
        if why := _may_fail(job, step) or why:
            yield LostScan(scan.line, scan.tool, why)


def _may_fail(job: Job, step: Step) -> str:
    if job.may_fail is not None:
        return f"the job may fail (line {job.may_fail})"
    return f"the step may fail (line {step.may_fail})" if step.may_fail is not None else ""


def _uses_never_stops(step: Step) -> str:
    tool = step.uses.text if step.uses else ""
    if "trivy-action" in tool and step.given("exit-code") in ("", "0") and not step.given("trivy-config"):
        is_upload = step.given("format") == "sarif" or step.given("format") in ("cyclonedx", "spdx-json")
        return "" if is_upload else "exit-code is not given, and its default is 0"
    if "scan-action" in tool and step.given("fail-build").lower() == "false":
        return "fail-build is false"
    if "checkov-action" in tool and step.given("soft_fail").lower() == "true":
        return "soft_fail is true"
    if "scout-action" in tool and step.given("exit-code").lower() != "true":
        return "exit-code is not true"
    return ""


def swallowed(commands: tuple[Command, ...], place: int, platform: Platform) -> str:
    """Why the exit code of a command is lost; empty if it counts."""
    command = commands[place]
    after = commands[place + 1 :]
    chain = command.after
    for each in after[:6]:
        if chain == "|" and platform in (Platform.JENKINS, Platform.CODEBUILD) and each.name == "tee":
            return "its exit code is that of the tee behind it"
        if chain == "||" and (each.name in LOST or each.words[:2] == ("exit", "0")):
            return f"`|| {' '.join(each.words)[:30]}` follows"
        if chain not in ("|", "||", "&&"):
            break
        chain = each.after
    if command.after == "&":
        return "it runs in the background"
    loose = [each for each in commands[:place] if each.words and each.words[0] == "set"]
    if loose and "+e" in loose[-1].words and not _asks_for_outcome(after):
        return "`set +e` stands before it"
    return ""


def _asks_for_outcome(after: tuple[Command, ...]) -> bool:
    return any("$?" in each.raw for each in after[:3])


def is_deploy_job(job: Job) -> bool:
    """Whether a job changes what runs somewhere: by its commands, or by its name, stage or environment."""
    if any(is_deployment(each) for each in commands_of_job(job)):
        return True
    if NO_DEPLOYMENT.search(job.name):
        return False
    return bool(DEPLOY_NAME.search(job.name)) or bool(DEPLOY_NAME.search(job.stage_name))


@lru_cache(4)
def scans_of(pipeline: Pipeline) -> tuple[tuple[Job, Scan], ...]:
    """Every scan that is run as a command."""
    return tuple(
        (job, scan) for job in pipeline.jobs for each in commands_of_job(job) if (scan := scan_of(each))
    )


def has_scan(job: Job) -> bool:
    """Whether a job scans anything."""
    return any(scan_of(each) for each in commands_of_job(job)) or any(
        step.uses and SCAN_USES.search(step.uses.text) for step in job.steps
    )


@lru_cache(4)
def built_images(pipeline: Pipeline) -> tuple[tuple[str, int], ...]:
    """Images that the pipeline builds: their reference as written, and the line."""
    found = []
    for job in pipeline.jobs:
        for command in commands_of_job(job):
            if docker(command, "build", "bud", "b"):
                reference = command.option("-t", "--tag") or ""
                found.append((reference, command.line))
            elif command.name in ("executor", "kaniko"):
                found.append((command.option("--destination", "-d") or "", command.line))
    return tuple(found)


def repository_of(reference: str) -> str:
    """An image's reference without tag and digest."""
    plain = reference.partition("@")[0]
    head, colon, tail = plain.rpartition(":")
    return head if colon and "/" not in tail else plain


@lru_cache(4)
def _built_repositories(pipeline: Pipeline) -> frozenset[str]:
    """With and without what stands before the last slash: registries are often variables."""
    names = {repository_of(each) for each, _ in built_images(pipeline)}
    names = {each.translate(BRACES) for each in names}
    return frozenset((names | {each.rsplit("/", 1)[-1] for each in names}) - {""})


@lru_cache(4)
def built_variables(pipeline: Pipeline) -> tuple[str, ...]:
    """References of built images that are one variable, as they are written; what is built has a tag."""
    found = {each for each, _ in built_images(pipeline) if re.fullmatch(r"\$\w+|\$\{\w+\}", each)}
    names = {each.strip("${}") for each in found}
    return tuple(sorted(f"${name}" for name in names) + sorted(f"${{{name}}}" for name in names))


def deployed_references(pipeline: Pipeline, job: Job) -> Iterator[Said]:
    """References to images that the pipeline itself builds, in the commands of a deploying job."""
    built = _built_repositories(pipeline)
    for command in commands_of_job(job):
        if command.name in ("echo", "printf") and not PLACEHOLDER.search(command.raw):
            continue
        if docker(command, "build", "push", "pull", "tag", "login", "bud"):
            continue
        for variable in built_variables(pipeline):
            if re.search(rf"{re.escape(variable)}(?![\w}}])", command.raw):
                yield Said(variable, command.line)
        for found in IMAGE_TAG.finditer(command.raw):
            name = repository_of(found[0]).translate(BRACES)
            if name in built or name.rsplit("/", 1)[-1] in built:
                yield Said(found[0], command.line)


def waits_for(pipeline: Pipeline, job: Job) -> frozenset[str]:
    """The names of all jobs that have to end before this one starts."""
    by_name, found, todo = {each.name: each for each in pipeline.jobs}, set[str](), [job]
    latest = -1  # the stage before which all is counted already
    while todo:
        each = todo.pop()
        if each.needs is not None or pipeline.platform is Platform.GITHUB:
            direct = [one.text for one in each.needs or ()]
        elif each.stage > latest:
            direct = [one.name for one in pipeline.jobs if latest <= one.stage < each.stage]
            latest = each.stage
        else:
            continue
        for name in direct:
            if name in by_name and name not in found:
                found.add(name)
                todo.append(by_name[name])
    return frozenset(found)
