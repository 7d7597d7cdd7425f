"""Secrets in pipelines: written down, long-lived, or traced into the log."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.analysis.pipeline.habits import is_secret_name, is_secret_value
from hauberk.formats.pipeline.pipeline import Pipeline, Platform, Setting
from hauberk.formats.pipeline.script import Scripted

# Keys of clouds that work until somebody revokes them.
LONG_LIVED = re.compile(
    r"^(?:AWS_SECRET_ACCESS_KEY|aws-secret-access-key|GOOGLE_CREDENTIALS|GCP_SA_KEY|GOOGLE_APPLICATION_CREDENTIALS_JSON"
    r"|GCLOUD_SERVICE_KEY|AZURE_CLIENT_SECRET|ARM_CLIENT_SECRET|AZURE_CREDENTIALS|AZURE_STORAGE_KEY|credentials_json)$"
)
REFERENCE = re.compile(
    r"\bsecrets\.(\w*(?:AWS_SECRET_ACCESS_KEY|GCP_SA_KEY|AZURE_CREDENTIALS|GCLOUD_SERVICE_KEY)\w*)"
)
TRACES = frozenset(
    {"CI_DEBUG_TRACE", "CI_DEBUG_SERVICES", "ACTIONS_STEP_DEBUG", "ACTIONS_RUNNER_DEBUG", "system.debug"}
)


def settings_in(pipeline: Pipeline) -> Iterator[Setting]:
    """Every variable that the pipeline sets, wherever."""
    yield from pipeline.variables
    for job in pipeline.jobs:
        yield from job.variables
        for step in job.steps:
            yield from step.variables


def plain_secrets(pipeline: Pipeline) -> Iterator[Setting]:
    """Variables with the name of a secret and a value that can be one."""
    told: set[tuple[str, int]] = set()
    for each in settings_in(pipeline):
        is_key = each.name == "AWS_ACCESS_KEY_ID" and re.fullmatch(r"A(?:KI|SI)A[A-Z0-9]{16}", each.value)
        is_known = (each.name, each.line) in told or "EXAMPLE" in each.value
        if not is_known and (is_key or is_secret_name(each.name)) and is_secret_value(each.value):
            told.add((each.name, each.line))
            yield each


def long_lived_keys(pipeline: Pipeline) -> Iterator[tuple[str, int]]:
    """Keys of clouds that are handed to jobs, by name, once each."""
    told: set[str] = set()
    inputs = (each for job in pipeline.jobs for step in job.steps for each in step.inputs)
    for each in (*settings_in(pipeline), *inputs):
        found = LONG_LIVED.match(each.name)
        if found and each.value and each.name not in told and not is_temporary(pipeline, each):
            told.add(each.name)
            yield each.name, each.line
    for script in pipeline.scripts:
        for found in REFERENCE.finditer(script.text):
            if found[1] not in told:
                told.add(found[1])
                yield found[1], script.line_at(found.start())


def is_temporary(pipeline: Pipeline, setting: Setting) -> bool:
    """Whether the key comes out of an earlier step, which had it made for an hour."""
    return "steps." in setting.value or "needs." in setting.value or pipeline.platform is Platform.ARGO


def traced(view: Scripted) -> Iterator[tuple[str, int]]:
    """Settings that write every command and variable to the log."""
    if isinstance(view, Pipeline):
        for each in settings_in(view):
            if each.name in TRACES and each.value.lower() in ("true", "1"):
                yield each.name, each.line
