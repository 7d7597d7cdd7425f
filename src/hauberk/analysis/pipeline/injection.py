"""Strangers' text that becomes part of a script before any shell can tell it from the script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from hauberk.analysis.pipeline.habits import Habit
from hauberk.analysis.pipeline.shell import Command, commands_of
from hauberk.analysis.pipeline.strangers import GITHUB, JENKINS, strangers_in
from hauberk.formats.lined_yaml import Mapping, Scalar, pairs_of, scalars_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Step
from hauberk.formats.pipeline.script import Script

# Expressions of one script that are looked at; people write some ten.
MAX_EXPRESSIONS = 1_000
# Characters of one expression; longer ones are taken as they come.
MAX_EXPRESSION = 2_000
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
# Inputs of actions that are run as code.
CODE_INPUTS = {
    "actions/github-script": "script",
    "azure/cli": "inlinescript",
    "azure/powershell": "inlinescript",
    "appleboy/ssh-action": "script",
    "addnab/docker-run-action": "run",
    "jannekem/run-python-script-action": "script",
    "cardinalby/js-eval-action": "expression",
    "amadevus/pwsh-script": "script",
    "mikefarah/yq": "cmd",
    "nick-fields/retry": "command",
}
# What an earlier step, a caller or a setting gives: strangers may have a hand in it.
INDIRECT = re.compile(
    r"\b(steps\.[\w-]+\.outputs\.[\w-]+|needs\.[\w-]+\.outputs\.[\w-]+|github\.ref(?!_type|_protected)\b|env\.\w+|matrix\.[\w-]+)"
)
# Outputs that are hashes, paths or numbers of the actions that give them.
HARMLESS = re.compile(
    r"outputs\.(?:cache-hit|sha|digest|exit-?code|status|conclusion|outcome|path|python-path|result|count|pr-number|pull-request-number)$"
)
INTERPRETS = frozenset({"eval", "bash", "sh", "python", "python3", "node", "perl", "ssh", "xargs"})
SAFE_PARAMETERS = re.compile(
    r"params\.\w*(?:DRY_RUN|DEBUG|SKIP|ENABLE)\w*|env\.(?:BUILD_\w+|WORKSPACE|JOB_NAME|NODE_NAME|GIT_COMMIT|\w*IMAGE\w*|\w*REGISTRY\w*|\w*VERSION\w*|\w*DIR|\w*PATH)$"
)


def injections(pipeline: Pipeline) -> Iterator[tuple[Habit, bool]]:
    """Places where text becomes script, and whether strangers surely write it."""
    if pipeline.platform is Platform.GITHUB:
        for job in pipeline.jobs:
            for step in job.steps:
                yield from _expressions(job, step, pipeline)
    elif pipeline.platform in (Platform.AZURE, Platform.ARGO):
        for script in pipeline.scripts:
            for name in dict.fromkeys(strangers_in(script.text, pipeline)):
                line = script.line_at(script.text.find(name))
                is_sure = pipeline.platform is Platform.AZURE and not name.startswith("parameters.")
                yield Habit(line, f"{name} becomes part of the script", name), is_sure
    elif pipeline.platform is Platform.JENKINS:
        for script in getattr(pipeline, "interpolated", ()):
            for found in islice(JENKINS.finditer(script.text), MAX_EXPRESSIONS):
                if not SAFE_PARAMETERS.search(found[1]):
                    line = script.line_at(found.start())
                    yield (
                        Habit(line, f"Groovy puts {found[1]} into the script", found[1]),
                        not found[1].startswith("env."),
                    )
    else:
        for script in pipeline.scripts:
            yield from _interpreted(script, pipeline)


def _expressions(job: Job, step: Step, pipeline: Pipeline) -> Iterator[tuple[Habit, bool]]:
    for text, line in _code_of(step):
        for found in islice(EXPRESSION.finditer(text), MAX_EXPRESSIONS):
            at = line(found.start())
            stranger = GITHUB.search(found[1])
            if stranger and not _is_fixed(found[1]):
                name = stranger[0]
                is_sure = not re.match(r"(?:github\.event\.)?inputs\.|github\.ref", name)
                yield Habit(at, f"{name} becomes part of the script", name), is_sure
                continue
            for indirect in INDIRECT.finditer(found[1]):
                if (
                    not HARMLESS.search(indirect[1])
                    and not _is_fixed(found[1])
                    and not _is_static(indirect[1], job, step, pipeline)
                ):
                    yield Habit(at, f"{indirect[1]} becomes part of the script", indirect[1]), False
                    break


def _is_static(name: str, job: Job, step: Step, pipeline: Pipeline) -> bool:
    """Whether the file itself sets the variable to a text without expressions."""
    if name.startswith("matrix."):
        matrix = job.node.below("strategy").get("matrix")
        if not isinstance(matrix, Mapping):
            return matrix is None
        values = [*scalars_of(matrix.get(name[7:])), *scalars_of(matrix.get("include"))]
        return not any("${{" in each.text for each in values)
    if not name.startswith("env."):
        return False
    for settings in (step.variables, job.variables, pipeline.variables):
        for each in settings:
            if each.name == name[4:]:
                return "${{" not in each.value
    return False


def _is_fixed(expression: str) -> bool:
    """Whether the value only decides between texts that stand in the expression."""
    return len(expression) < MAX_EXPRESSION and bool(
        re.match(
            r"\s*(?:!|contains\(|startsWith\(|endsWith\(|hashFiles\(|[^&|(,]*[=!<>]=[^&|,]*$)", expression
        )
    )


def _code_of(step: Step) -> Iterator[tuple[str, Callable[[int], int]]]:
    for script in step.scripts:
        yield script.text, script.line_at
    wanted = CODE_INPUTS.get(step.uses.text.partition("@")[0].lower()) if step.uses else None
    for pair in pairs_of(step.node.get("with")):
        if wanted and pair.key.lower() == wanted and isinstance(pair.value, Scalar):
            yield pair.value.text, pair.value.line_at


def _interpreted(script: Script, pipeline: Pipeline) -> Iterator[tuple[Habit, bool]]:
    for command in commands_of(script):
        if _is_interpreter(command):
            for name in strangers_in(command.raw, pipeline):
                yield Habit(command.line, f"{command.name} runs {name} as code", name), True
                break


def _is_interpreter(command: Command) -> bool:
    if command.name not in INTERPRETS:
        return False
    return command.name in ("eval", "ssh", "xargs") or bool(
        {"-c", "-e", "-ec", "-lc", "-xc"} & set(command.words[1:3])
    )
