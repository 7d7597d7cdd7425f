"""Reports that a job promises to its platform, and what its scanners write."""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.analysis.pipeline.gates import commands_of_job, has_scan
from hauberk.analysis.pipeline.shell import Command
from hauberk.analysis.pipeline.tools import scan_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Setting

# The kinds that a scanner fills; test results are written by settings of test programs that stand elsewhere.
SECURITY = frozenset(
    {"container_scanning", "dependency_scanning", "sast", "secret_detection", "dast", "license_scanning",
     "cyclonedx", "api_fuzzing", "coverage_fuzzing", "cluster_image_scanning"}
)  # fmt: skip
# Formats of scanners that are not GitLab's own.
FOREIGN = frozenset(
    {"table", "json", "sarif", "text", "txt", "csv", "html", "xml", "junit", "cyclonedx-json", "cyclonedx"}
)
# Programs that write files under names which stand somewhere else.
OPAQUE = frozenset(
    {
        "make",
        "just",
        "tox",
        "nox",
        "npm",
        "yarn",
        "pnpm",
        "bazel",
        "analyzer",
        "gtcs",
        "mvn",
        "gradle",
        "task",
    }
)


def unwritten(pipeline: Pipeline) -> Iterator[tuple[Setting, str]]:
    """Security reports that no command of their job can have written, with the job's name."""
    for job in pipeline.jobs:
        if not job.is_known or not job.scripts:
            continue
        commands = commands_of_job(job)
        if any(_is_opaque(each) for each in commands):
            continue
        text = " ".join(each.text for each in job.scripts) + " ".join(each.value for each in job.variables)
        text += " ".join(each.value for each in pipeline.variables)
        for report in job.reports:
            name = report.value.rsplit("/", 1)[-1]
            if report.name in SECURITY and "*" not in name and "$" not in name and name not in text:
                yield report, job.name


def _is_opaque(command: Command) -> bool:
    first = command.words[0] if command.words else ""
    return command.name in OPAQUE or first.startswith(("./", "/", "$")) or first.endswith((".sh", ".py"))


def misformatted(pipeline: Pipeline) -> Iterator[tuple[Setting, str, str]]:
    """Security reports of which the scanner writes another format: report, job and that format."""
    for job in pipeline.jobs:
        for report in job.reports:
            if report.name in SECURITY and report.name != "cyclonedx" and has_scan(job):
                written = _formats(job, report.value.rsplit("/", 1)[-1])
                if written and written[-1] in FOREIGN:
                    yield report, job.name, written[-1]


def _formats(job: Job, name: str) -> list[str]:
    """The formats in which the job writes the file; of a file that nothing writes, those of its scans."""
    at_all, of_file = [], []
    for command in commands_of_job(job):
        is_conversion = command.words[1:2] == ("convert",)
        if scan_of(command) is None and not is_conversion:
            continue
        written = command.option("--format", "-f") or "table"
        if scan := scan_of(command):
            written = written if scan.tool in ("trivy", "grype") else ""
        at_all.append(written)
        if name in command.raw or name in " ".join(command.written):
            of_file.append(written)
    return [each for each in of_file or at_all if each]
