"""AWS CodeBuild: the phases of a buildspec, as the steps of one job.

Source: AWS CodeBuild User Guide, "Build specification reference".
"""

from __future__ import annotations

from hauberk.formats.lined_yaml import Mapping, Scalar, items_of, pairs_of, scalars_of, text_of
from hauberk.formats.pipeline.gitlab import settings_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Said, Step
from hauberk.formats.pipeline.script import script_of


def read_buildspec(locator: str, tree: Mapping) -> Pipeline:
    """The pipeline of one buildspec."""
    steps = []
    for each in pairs_of(tree.get("phases")):
        if isinstance(each.value, Mapping):
            scripts = tuple(
                script_of(one)
                for key in ("commands", "finally")
                for one in items_of(each.value.get(key))
                if isinstance(one, Scalar)
            )
            failure = each.value.pair("on-failure")
            goes_on = failure and text_of(failure.value).upper().startswith("CONTINUE")
            line = failure.line if failure and goes_on else None
            steps.append(Step(each.line, each.key, scripts, may_fail=line, node=each.value))
    job = Job(
        name="build",
        line=tree.line,
        steps=tuple(steps),
        artifacts=tuple(Said(e.text, e.line) for e in scalars_of(tree.below("artifacts").get("files"))),
        variables=settings_of(tree.below("env").get("variables")),
        is_open=False,  # which commits start it is said in the project, not in this file
        node=tree,
    )
    return Pipeline(
        locator=locator,
        platform=Platform.CODEBUILD,
        scripts=job.scripts,
        jobs=(job,),
        variables=job.variables,
        tree=tree,
    )
