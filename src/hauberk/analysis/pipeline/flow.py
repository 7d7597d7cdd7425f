"""What flows from job to job: files, images, and the decision of the gate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from hauberk.analysis.pipeline.gates import (
    built_images,
    commands_of_job,
    deployed_references,
    has_scan,
    is_deploy_job,
    repository_of,
    scans_of,
    waits_for,
)
from hauberk.analysis.pipeline.shell import Command, commands_in
from hauberk.analysis.pipeline.tools import SIGNS, VERIFIES, Scan, Subject, docker, is_deployment, scans_in
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Step

# Files that are made to be handed on: archives of images, weights, packages and reports.
HANDED_ON = re.compile(
    r"[\w./-]*\w\.(?:tar(?:\.gz|\.zst)?|tgz|oci|zip|whl|safetensors|onnx|gguf|pt|pkl|bin|digest)$"
)
READS = ("--input", "-i", "--archive", "-a")
# Names of images that serve or train models.
OF_MODELS = re.compile(
    r"(?:^|[-_/.])(?:ai|ml|llm|gpt|model|models|inference|infer|serving|predictor|torchserve|triton|vllm|embedding"
    r"|embeddings|rag|training|trainer|classifier|recommender|bert|whisper|diffusion)(?:$|[-_/.:])",
    re.IGNORECASE,
)
OFFLINE = re.compile(
    r"--skip-(?:db|java-db)-update|--offline-scan|--offline|--db-repository|--cache-dir|TRIVY_(?:DB_REPOSITORY|OFFLINE"
    r"|SKIP_DB_UPDATE|CACHE_DIR|SERVER)|--server|GRYPE_DB_(?:UPDATE_URL|AUTO_UPDATE|CACHE_DIR)|--skip-update"
)
# What a scan of a whole product should have looked at, and how it is called.
EXPECTED = {
    Subject.SECRETS: "secrets",
    Subject.DEPENDENCIES: "dependencies",
    Subject.CODE: "code",
    Subject.MODELS: "models",
}


@dataclass(frozen=True, slots=True)
class LostFile:
    """A file that one job writes and another reads, without anything that carries it over."""

    name: str
    writer: str
    written: int
    reader: str
    line: int


def lost_files(pipeline: Pipeline) -> Iterator[LostFile]:
    """Files that are read in a later job than they are written, and that no artifact carries over."""
    if pipeline.platform is not Platform.GITLAB:
        return
    written: dict[str, tuple[Job, int]] = {}
    for job in pipeline.jobs:
        for command in commands_of_job(job):
            for name in _written(command):
                written.setdefault(name, (job, command.line))
    for job in pipeline.jobs:
        if not job.is_known or job.node.get("cache") is not None:
            continue
        own = {name for each in commands_of_job(job) for name in _written(each)}
        for command in commands_of_job(job):
            for name in _read(command):
                writer = written.get(name)
                if writer and name not in own and writer[0] is not job and not _is_kept(name, writer[0]):
                    yield LostFile(name, writer[0].name, writer[1], job.name, command.line)


def _written(command: Command) -> list[str]:
    found = [each for each in command.written if HANDED_ON.match(each)]
    if docker(command, "save") or command.words[1:2] == ("save",):
        found.append(command.option("-o", "--output") or "")
    return [_plain(each) for each in found if each]


def _read(command: Command) -> list[str]:
    found = [each for each in command.read if HANDED_ON.match(each)]
    found += [each for name in READS if (each := command.option(name)) and HANDED_ON.match(each)]
    return [_plain(each) for each in found]


def _plain(name: str) -> str:
    return name.removeprefix("./").removeprefix("$CI_PROJECT_DIR/")


def _is_kept(name: str, writer: Job) -> bool:
    if writer.node.get("cache") is not None:
        return True
    return any(
        name == (path := _plain(each.text))
        or fnmatchcase(name, path)
        or name.startswith(path.rstrip("/*") + "/")
        for each in writer.artifacts
    )


def unpushed_images(pipeline: Pipeline) -> Iterator[tuple[str, int, str]]:
    """Images that are built, deployed by name, and never pushed: reference, line and the deploying job."""
    commands = [each for job in pipeline.jobs for each in commands_of_job(job)]
    if pipeline.outside or any(_pushes(each) for each in commands):
        return
    for job in pipeline.jobs:
        if is_deploy_job(job) and (reference := next(deployed_references(pipeline, job), None)):
            for image, line in built_images(pipeline):
                if repository_of(image) == repository_of(reference.text):
                    yield image, line, job.name
                    return


def _pushes(command: Command) -> bool:
    words = set(command.words)
    return (
        docker(command, "push")
        or "--push" in words
        or command.name
        in ("executor", "kaniko", "skopeo", "crane", "regctl", "oras", "minikube", "kind", "k3d")
        or ("save" in words and docker(command, "save") and "ssh" in command.raw)
    )


def unsigned_release(pipeline: Pipeline) -> Job | None:
    """The job that deploys an image which the pipeline built, where nothing in it signs or verifies."""
    if pipeline.outside or not built_images(pipeline):
        return None
    text = " ".join(each.raw for job in pipeline.jobs for each in commands_of_job(job))
    text += " ".join(step.uses.text for job in pipeline.jobs for step in job.steps if step.uses)
    if SIGNS.search(text) or VERIFIES.search(text) or not all(each.is_known for each in pipeline.jobs):
        return None
    return next(
        (job for job in pipeline.jobs if is_deploy_job(job) and any(deployed_references(pipeline, job))), None
    )


def missing_scans(pipeline: Pipeline) -> Iterator[tuple[Job, tuple[str, ...]]]:
    """What no job looks at in a pipeline that builds, scans and deploys an image; told for the last."""
    scans = [scan for _, scan in scans_of(pipeline)]
    if pipeline.outside or not built_images(pipeline) or not scans:
        return
    seen: set[Subject] = set()
    for scan in scans:
        seen |= (
            {Subject.IMAGE} if scan.looks_at_image and scan.tool != "hauberk" else set(scan.scanner.subjects)
        )
    if any(has_scan(job) and not any(job is each for each, _ in scans_of(pipeline)) for job in pipeline.jobs):
        return
    missing = tuple(words for subject, words in EXPECTED.items() if subject not in seen)
    job = next((each for each in pipeline.jobs if is_deploy_job(each)), None)
    if missing and job:
        yield job, missing


def fetching_scans(pipeline: Pipeline) -> Iterator[Scan]:
    """Scans that fetch a database of advisories, and are not told which."""
    shared = " ".join(f"{each.name} {each.value}" for each in pipeline.variables)
    for job in pipeline.jobs:
        commands = commands_of_job(job)
        text = shared + " ".join(f"{each.name} {each.value}" for each in job.variables)
        if OFFLINE.search(text + " ".join(each.raw for each in commands)):
            continue
        for scan in scans_in(commands):
            is_trivy = scan.tool == "trivy" and not {"config", "conf"} & set(scan.words[1:3])
            if (is_trivy or scan.tool == "grype") and scan.command.option("--scanners") != "secret":
                yield scan


def unscanned_models(pipeline: Pipeline) -> Iterator[tuple[Scan, str]]:
    """Scans of images that serve models, where nothing looks at the models; one for each image."""
    scans = scans_of(pipeline)
    if any(Subject.MODELS in scan.scanner.subjects for _, scan in scans) or pipeline.outside:
        return
    told: set[str] = set()
    for image, _ in built_images(pipeline):
        if not OF_MODELS.search(repository_of(image)) or image in told:
            continue
        told.add(image)
        for _, scan in scans:
            if scan.looks_at_image:
                yield scan, image
                break


def skipped_gates(pipeline: Pipeline) -> Iterator[tuple[Job, str]]:
    """Jobs that deploy without waiting for any scan that the pipeline has, or whatever it says."""
    scanning = [job for job in pipeline.jobs if has_scan(job)]
    if not scanning:
        return
    for job in pipeline.jobs:
        if not is_deploy_job(job) or has_scan(job) or (not job.scripts and not job.steps):
            continue
        waits = waits_for(pipeline, job)
        gates = [each for each in scanning if each.name in waits]
        if not gates and scanning[0] is not job and _is_before(pipeline, scanning, job):
            names = ", ".join(each.name for each in scanning[:3])
            yield job, f"and does not wait for {names}"
        elif gates and job.skips_needed:
            yield job, f"even if {gates[0].name} failed"


ANYWAY = re.compile(r"\balways\(\)|!\s*cancelled\(\)|\bsucceededOrFailed\(\)")


def steps_after_failed_scans(pipeline: Pipeline) -> Iterator[tuple[Job, int, str]]:
    """Steps that deploy or publish although a scan before them in the same job has failed: job, line, why."""
    for job in pipeline.jobs:
        is_behind = False
        for step in job.steps:
            commands = tuple(commands_in(step.scripts))
            line = next((each.line for each in commands if is_deployment(each) or _pushes(each)), None)
            if is_behind and line is not None:
                if ANYWAY.search(step.condition):
                    yield job, line, f"even if the scan failed (`{step.condition[:60]}`)"
                elif _runs_anyway(pipeline, job, step):
                    yield job, line, "even if the scan failed: post_build runs after a failed build"
            is_behind = is_behind or any(scans_in(commands))


def _runs_anyway(pipeline: Pipeline, job: Job, step: Step) -> bool:
    if pipeline.platform is not Platform.CODEBUILD or step.name != "post_build":
        return False
    build = next((each for each in job.steps if each.name == "build"), None)
    if build is None or build.node.text("on-failure").upper() == "ABORT":
        return False
    return not any("CODEBUILD_BUILD_SUCCEEDING" in each.text for each in step.scripts)


def _is_before(pipeline: Pipeline, scanning: list[Job], job: Job) -> bool:
    """Whether the scans are meant to come first: by stage, or since the job builds on others' work."""
    if pipeline.platform is Platform.GITLAB:
        return any(each.stage <= job.stage for each in scanning)
    return True
