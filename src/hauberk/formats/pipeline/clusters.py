"""Pipelines that a cluster runs, container by container: Argo Workflows and compiled Kubeflow Pipelines.

Source: Argo Workflows documentation, "Field reference"; Kubeflow Pipelines, `pipeline_spec.proto` 2.x.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hauberk.formats.lined_yaml import Mapping, Node, Scalar, items_of, pairs_of, scalars_of, text_of
from hauberk.formats.pipeline.gitlab import image_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Setting, Step
from hauberk.formats.pipeline.script import Script, script_of

MAX_JOBS = 500
# Programs of which the next text is a script.
SHELLS = frozenset({"sh", "bash", "/bin/sh", "/bin/bash", "dash", "ash", "python", "python3"})


def read_argo(locator: str, tree: Mapping) -> Pipeline:
    """The templates of a workflow as jobs."""
    spec = tree.below("spec")
    # What starts on a schedule, or has its own template inside, keeps it one level further down.
    spec = spec.below("workflowSpec") if spec.get("workflowSpec") is not None else spec
    jobs: list[Job] = []
    for each in items_of(spec.get("templates"))[:MAX_JOBS]:
        if isinstance(each, Mapping):
            name = each.text("name")
            held = [("", each.get("container")), ("", each.get("script"))]
            held += [("/sidecar", one) for one in items_of(each.get("sidecars"))]
            held += [("/init", one) for one in items_of(each.get("initContainers"))]
            held += [("", one) for one in items_of(each.below("containerSet").get("containers"))]
            jobs += [_job(name + suffix, one) for suffix, one in held if isinstance(one, Mapping)]
    return _pipeline(locator, tree, Platform.ARGO, tuple(jobs))


def read_kubeflow(locator: str, tree: Mapping) -> Pipeline:
    """The executors of a compiled pipeline as jobs."""
    jobs = [
        _job(each.key, container)
        for each in pairs_of(tree.below("deploymentSpec").get("executors"))[:MAX_JOBS]
        if isinstance(each.value, Mapping) and isinstance(container := each.value.get("container"), Mapping)
    ]
    return _pipeline(locator, tree, Platform.KUBEFLOW, tuple(jobs))


def _pipeline(locator: str, tree: Mapping, platform: Platform, jobs: tuple[Job, ...]) -> Pipeline:
    scripts = tuple(script for job in jobs for script in job.scripts)
    return Pipeline(locator=locator, platform=platform, scripts=scripts, jobs=jobs, tree=tree)


def _job(name: str, node: Mapping) -> Job:
    privileged = node.below("securityContext").pair("privileged")
    is_privileged = privileged is not None and text_of(privileged.value) == "true"
    variables = tuple(
        Setting(each.text("name"), each.text("value"), each.line)
        for each in items_of(node.get("env"))
        if isinstance(each, Mapping)
    )
    return Job(
        name=name or "container",
        line=node.line,
        image=image_of(node.get("image")),
        steps=(Step(node.line, name, tuple(_scripts(node)), node=node),),
        variables=variables,
        needs=(),
        is_open=False,  # who may start it is said by the cluster, not in this file
        is_privileged=privileged.line if privileged and is_privileged else None,
        node=node,
    )


def _scripts(node: Mapping) -> Iterator[Script]:
    source = node.get("source")
    if isinstance(source, Scalar):
        program = next((each.text for each in scalars_of(node.get("command"))), "")
        yield script_of(source, "python" if "python" in program else "")
    words: list[Node] = [*scalars_of(node.get("command")), *scalars_of(node.get("args"))]
    texts = [each for each in words if isinstance(each, Scalar)]
    for before, each in pairwise(texts):
        if before.text.startswith("-") and before.text.endswith("c") and len(before.text) <= 4:
            yield script_of(each)
    if texts and texts[0].text not in SHELLS and source is None:
        yield Script(" ".join(each.text for each in texts), texts[0].line, True)
