"""What every pipeline has, whatever runs it: jobs, what they wait for, what they run, keep and deploy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hauberk.formats.lined_yaml import Mapping
from hauberk.formats.pipeline.script import Script, Scripted

EMPTY = Mapping(1)


class Platform(StrEnum):
    """Who runs the pipeline."""

    GITHUB = "GitHub Actions"
    GITLAB = "GitLab CI"
    AZURE = "Azure Pipelines"
    CODEBUILD = "AWS CodeBuild"
    JENKINS = "Jenkins"
    ARGO = "Argo Workflows"
    KUBEFLOW = "Kubeflow Pipelines"


@dataclass(frozen=True, slots=True)
class Said:
    """A text and the line on which it stands."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable, input or option: its name, what it is set to, and where."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job: a script, or something written elsewhere that it `uses`."""

    line: int
    name: str = ""
    scripts: tuple[Script, ...] = ()
    uses: Said | None = None
    inputs: tuple[Setting, ...] = ()
    variables: tuple[Setting, ...] = ()
    condition: str = ""
    may_fail: int | None = None  # the line that lets the job go on when this step fails
    node: Mapping = EMPTY

    def given(self, name: str) -> str:
        """An input's text, whatever the case of its name; empty if it is not given."""
        return next((each.value for each in self.inputs if each.name.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `needs` is None where the order of stages decides; `stage` is its place in that order.

    `artifacts` are paths that later jobs get, `reports` those that the platform reads by kind, and
    `environment` is what it deploys to. Lines are None where nothing says so.
    """

    name: str
    line: int
    stage: int = 0
    stage_name: str = ""
    image: Said | None = None
    services: tuple[Said, ...] = ()
    steps: tuple[Step, ...] = ()
    needs: tuple[Said, ...] | None = None
    skips_needed: bool = False  # it runs though a job that it needs has failed, or was left out
    artifacts: tuple[Said, ...] = ()
    reports: tuple[Setting, ...] = ()
    environment: Said | None = None
    runner: tuple[Said, ...] = ()
    variables: tuple[Setting, ...] = ()
    conditions: tuple[Said, ...] = ()
    may_fail: int | None = None
    is_manual: bool = False
    is_open: bool = True  # False where rules, an environment or a branch filter limit when it runs
    is_known: bool = True  # False where part of it stands in a file that is not seen here
    is_privileged: int | None = None
    node: Mapping = EMPTY

    @property
    def scripts(self) -> tuple[Script, ...]:
        """The shell text of all its steps."""
        return tuple(each for step in self.steps for each in step.scripts)


@dataclass(frozen=True, kw_only=True, eq=False)
class Pipeline(Scripted):
    """A file of jobs. `outside` are the parts that stand in other files; what they hold is not known."""

    platform: Platform
    jobs: tuple[Job, ...] = ()
    variables: tuple[Setting, ...] = ()
    triggers: tuple[Said, ...] = ()
    outside: tuple[Said, ...] = ()
    tree: Mapping = EMPTY
