"""GitHub Actions: workflows, and actions that are made of steps.

Source: GitHub documentation, "Workflow syntax for GitHub Actions" and "Metadata syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.formats.lined_yaml import Mapping, Node, Scalar, items_of, pairs_of, scalars_of, text_of
from hauberk.formats.pipeline.gitlab import image_of, settings_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Said, Setting, Step
from hauberk.formats.pipeline.script import script_of

# Jobs of one file that are read; GitHub's own limit for a matrix is 256.
MAX_JOBS = 500
LIMITS = re.compile(r"github\.(?:ref|event_name|base_ref|head_ref|event\.release)|inputs\.")
# Events that only people with rights, or GitHub itself, can bring about.
CLOSED = frozenset(
    {"release", "schedule", "workflow_dispatch", "workflow_call", "repository_dispatch", "deployment"}
)
GOES_ON = re.compile(r"\balways\(\)|!\s*cancelled\(\)|\bfailure\(\)")


def read_workflow(locator: str, tree: Mapping) -> Pipeline:
    """The pipeline of one workflow."""
    triggers = tuple(_triggers(tree))
    is_limited = _is_limited(tree, triggers)
    settings = settings_of(tree.get("env"))
    jobs = tuple(
        _job(each.key, each.line, each.value, is_limited)
        for each in tree.below("jobs").pairs[:MAX_JOBS]
        if isinstance(each.value, Mapping)
    )
    outside = tuple(
        Said(uses.text, uses.line) for job in jobs if isinstance(uses := job.node.get("uses"), Scalar)
    )
    return Pipeline(
        locator=locator,
        platform=Platform.GITHUB,
        scripts=tuple(script for job in jobs for script in job.scripts),
        jobs=jobs,
        variables=settings,
        triggers=triggers,
        outside=outside,
        tree=tree,
    )


def read_action(locator: str, tree: Mapping) -> Pipeline:
    """A composite action as a pipeline of one job; of other actions only what runs in an image."""
    runs = tree.below("runs")
    image = image_of(runs.get("image"))
    steps = tuple(_step(each) for each in _flat(runs.get("steps")))
    job = Job(
        name=tree.text("name")[:80] or "action",
        line=runs.line,
        image=image if image and image.text.startswith("docker://") else None,
        steps=steps,
        is_open=False,
        node=runs,
    )
    return Pipeline(locator=locator, platform=Platform.GITHUB, scripts=job.scripts, jobs=(job,), tree=tree)


def _triggers(tree: Mapping) -> list[Said]:
    # YAML 1.1 readers take `on` for true; texts stay texts here.
    node = tree.get("on", "true")
    if isinstance(node, Mapping):
        return [Said(each.key, each.line) for each in node.pairs]
    return [Said(text_of(each), each.line) for each in items_of(node)]


def _is_limited(tree: Mapping, triggers: tuple[Said, ...]) -> bool:
    """Whether only some branches, tags or people start the workflow."""
    node = tree.get("on", "true")
    for each in triggers:
        if each.text in CLOSED:
            continue
        event = node.below(each.text) if isinstance(node, Mapping) else Mapping(1)
        if each.text != "push" or event.get("branches", "tags") is None:
            return False
    return bool(triggers)


def _job(name: str, line: int, node: Mapping, is_limited: bool) -> Job:
    condition = text_of(node.get("if"))
    shell = text_of(node.below("defaults").below("run").get("shell"))
    needs = tuple(Said(text_of(each), each.line) for each in items_of(node.get("needs")))
    return Job(
        name=name,
        line=line,
        stage_name=node.text("name"),
        image=image_of(node.get("container")),
        services=tuple(found for each in pairs_of(node.get("services")) if (found := image_of(each.value))),
        steps=tuple(_step(each, shell) for each in _flat(node.get("steps"))),
        needs=needs,
        skips_needed=bool(GOES_ON.search(condition)) and "success" not in condition,
        environment=image_of(node.get("environment")),
        runner=tuple(Said(each.text, each.line) for each in scalars_of(node.get("runs-on"))),
        variables=settings_of(node.get("env")),
        conditions=(Said(condition, node.line),) if condition else (),
        may_fail=_may_fail(node),
        is_open=not is_limited and not LIMITS.search(condition),
        is_known=node.get("uses") is None,
        node=node,
    )


def _flat(node: Node | None) -> Iterator[Mapping]:
    """Steps, also those that run beside each other."""
    for each in items_of(node):
        if isinstance(each, Mapping):
            yield each
            yield from (one for one in items_of(each.get("parallel")) if isinstance(one, Mapping))


def _step(node: Mapping, shell: str = "") -> Step:
    run, uses = node.get("run"), node.get("uses")
    scripts = (script_of(run, node.text("shell") or shell),) if isinstance(run, Scalar) else ()
    return Step(
        line=node.line,
        name=node.text("name"),
        scripts=scripts,
        uses=Said(uses.text, uses.line) if isinstance(uses, Scalar) and uses.text else None,
        inputs=_inputs(node.get("with")),
        variables=settings_of(node.get("env")),
        condition=node.text("if"),
        may_fail=_may_fail(node),
        node=node,
    )


def _inputs(node: Node | None) -> tuple[Setting, ...]:
    return tuple(Setting(each.key, text_of(each.value), each.line) for each in pairs_of(node))


def _may_fail(node: Mapping) -> int | None:
    pair = node.pair("continue-on-error")
    return pair.line if pair and text_of(pair.value).lower() == "true" else None


def read_dependabot(locator: str, tree: Mapping) -> Pipeline:
    """The settings of the update bot: a pipeline without jobs of its own."""
    return Pipeline(locator=locator, platform=Platform.GITHUB, tree=tree)


REPOSITORY = re.compile(
    r"(?:https?|git|ssh)://(?:[^/@]+@)?github\.com[/:]([\w.-]+/[\w.-]+?)(?:\.git)?/?$", re.IGNORECASE
)


def read_hooks(locator: str, tree: Mapping) -> Pipeline:
    """Hooks of pre-commit, each repository as a step that uses it."""
    steps = []
    for each in items_of(tree.get("repos")):
        pair = each.pair("repo") if isinstance(each, Mapping) else None
        found = REPOSITORY.match(text_of(pair.value)) if pair else None
        if pair and found and isinstance(each, Mapping):
            steps.append(Step(each.line, uses=Said(f"{found[1]}@{each.text('rev')}", pair.line), node=each))
    job = Job(name="hooks", line=tree.line, steps=tuple(steps), is_open=False)
    return Pipeline(locator=locator, platform=Platform.GITHUB, jobs=(job,), tree=tree)
