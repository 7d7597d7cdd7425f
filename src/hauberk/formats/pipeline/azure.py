"""Azure Pipelines: stages, jobs, deployments and steps; what a template brings is not seen here.

Source: Microsoft, "YAML schema reference for Azure Pipelines".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.formats.lined_yaml import Mapping, Node, Scalar, items_of, pairs_of, scalars_of, text_of
from hauberk.formats.pipeline.gitlab import image_of, settings_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Said, Setting, Step
from hauberk.formats.pipeline.script import script_of

SHELLS = {"script": "", "bash": "bash", "pwsh": "pwsh", "powershell": "pwsh"}
# Inputs of tasks that are scripts.
INLINE = ("script", "inlineScript", "Inline")
MAX_JOBS = 500
# Levels of mappings in which steps are looked for: a deployment's strategy has three.
MAX_STRATEGY = 4
LIMITS = re.compile(r"Build\.SourceBranch|Build\.Reason|isMain|variables\[")


def read_azure(locator: str, tree: Mapping) -> Pipeline:
    """The pipeline of one file."""
    stages = [each for each in items_of(tree.get("stages")) if isinstance(each, Mapping)] or [tree]
    jobs: list[Job] = []
    for place, stage in enumerate(stages):
        inner = [each for each in items_of(stage.get("jobs")) if isinstance(each, Mapping)] or [stage]
        jobs += [_job(each, stage, tree, place) for each in inner[: MAX_JOBS - len(jobs)]]
    outside = [
        Said(pair.value.text, pair.line)
        for node in (tree, *stages, *(job.node for job in jobs))
        for key in ("stages", "jobs", "steps", "extends", "variables")
        for each in items_of(node.get(key))
        if isinstance(each, Mapping) and (pair := each.pair("template")) and isinstance(pair.value, Scalar)
    ]
    return Pipeline(
        locator=locator,
        platform=Platform.AZURE,
        scripts=tuple(script for job in jobs for script in job.scripts),
        jobs=tuple(jobs),
        variables=_variables(tree.get("variables")),
        triggers=tuple(_triggers(tree)),
        outside=tuple(dict.fromkeys(outside)),
        tree=tree,
    )


def _triggers(tree: Mapping) -> Iterator[Said]:
    for key in ("trigger", "pr", "schedules"):
        pair = tree.pair(key)
        if pair and text_of(pair.value) != "none":
            yield Said(key, pair.line)


def _variables(node: Node | None) -> tuple[Setting, ...]:
    if isinstance(node, Mapping):
        return settings_of(node)
    return tuple(
        Setting(each.text("name"), each.text("value"), each.line)
        for each in items_of(node)
        if isinstance(each, Mapping) and each.get("name") is not None
    )


def _job(node: Mapping, stage: Mapping, tree: Mapping, place: int) -> Job:
    depends = node.get("dependsOn") or stage.get("dependsOn")
    condition = node.text("condition") or stage.text("condition")
    steps = tuple(_step(each) for each in _steps(node, 0) if isinstance(each, Mapping))
    shared = _variables(stage.get("variables")) if stage is not tree else ()
    pool = node.get("pool") or stage.get("pool") or tree.get("pool")
    return Job(
        name=node.text("job") or node.text("deployment") or stage.text("stage") or "job",
        line=node.line,
        stage=place,
        stage_name=stage.text("stage"),
        image=image_of(node.get("container")),
        steps=steps,
        # Names of stages and of jobs are two; the order of stages is what counts here.
        needs=() if depends is not None and not items_of(depends) else None,
        skips_needed="always()" in condition or "succeededOrFailed()" in condition,
        environment=image_of(node.get("environment")),
        runner=tuple(Said(each.text, each.line) for each in scalars_of(pool)),
        variables=_variables(node.get("variables")) + shared,
        conditions=(Said(condition, node.line),) if condition else (),
        may_fail=_may_fail(node),
        is_open=not LIMITS.search(condition)
        and not isinstance(tree.get("trigger"), Mapping | Scalar)
        and not items_of(tree.get("trigger")),
        is_known=not any(each.node.get("template") is not None for each in steps),
        node=node,
    )


def _steps(node: Mapping, depth: int) -> Iterator[Node]:
    yield from items_of(node.get("steps"))
    if depth < MAX_STRATEGY:
        for each in pairs_of(node):
            if isinstance(each.value, Mapping) and each.key in STRATEGY:
                yield from _steps(each.value, depth + 1)


STRATEGY = frozenset(
    {
        "strategy",
        "runOnce",
        "rolling",
        "canary",
        "deploy",
        "preDeploy",
        "routeTraffic",
        "postRouteTraffic",
        "on",
        "success",
        "failure",
    }
)


def _step(node: Mapping) -> Step:
    inputs = tuple(Setting(each.key, text_of(each.value), each.line) for each in pairs_of(node.get("inputs")))
    scripts = [
        script_of(text, shell) for key, shell in SHELLS.items() if isinstance(text := node.get(key), Scalar)
    ]
    shell = (
        "pwsh"
        if "powershell" in node.text("task").lower() or node.below("inputs").text("scriptType") == "ps"
        else ""
    )
    scripts += [
        script_of(each.value, shell)
        for each in pairs_of(node.get("inputs"))
        if each.key in INLINE and isinstance(each.value, Scalar)
    ]
    uses = node.get("task")
    return Step(
        line=node.line,
        name=node.text("displayName"),
        scripts=tuple(scripts),
        uses=Said(uses.text, uses.line) if isinstance(uses, Scalar) else None,
        inputs=inputs,
        variables=settings_of(node.get("env")),
        condition=node.text("condition"),
        may_fail=_may_fail(node),
        node=node,
    )


def _may_fail(node: Mapping) -> int | None:
    pair = node.pair("continueOnError")
    return pair.line if pair and text_of(pair.value).lower() == "true" else None
