"""Rights that commands and jobs take: of the machine, or for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.analysis.pipeline.habits import commands_with_scripts
from hauberk.formats.lined_yaml import Mapping, scalars_of
from hauberk.formats.pipeline.pipeline import Pipeline
from hauberk.formats.pipeline.script import Scripted

SOCKET = re.compile(r"(?:docker|containerd|podman|crio)\.sock")
WORLD = re.compile(r"[0-7]?[0-7][0-7][2367]$|(?:a|o|ugo|go|uo)?[+=](?=[rwx]*w)[rwxX]+$")
HOST_RIGHTS = re.compile(
    r"--privileged\b|--cap-add[= ](?:ALL|SYS_ADMIN)|--pid[= ]host|--security-opt[= ]seccomp=unconfined"
)


def privileged_places(view: Scripted) -> Iterator[tuple[int, str]]:
    """Where a container gets the machine: in commands, options of jobs, or arguments."""
    for _, commands in commands_with_scripts(view):
        for each in commands:
            if each.name in ("docker", "podman", "nerdctl") and "run" in each.words[1:3]:
                if found := HOST_RIGHTS.search(each.raw):
                    yield each.line, f"starts a container with {found[0]}"
                elif SOCKET.search(each.raw):
                    yield each.line, "hands the container engine's socket to a container"
    if isinstance(view, Pipeline):
        yield from _options(view)


def _options(pipeline: Pipeline) -> Iterator[tuple[int, str]]:
    arguments = getattr(pipeline, "arguments", ())
    for said in arguments:
        if HOST_RIGHTS.search(said.text) or SOCKET.search(said.text):
            yield said.line, f"starts its container with {said.text[:80]}"
    for job in pipeline.jobs:
        if job.is_privileged is not None:
            yield job.is_privileged, f"{job.name} is a privileged container"
        container = job.node.get("container")
        if isinstance(container, Mapping):
            for each in scalars_of(container):
                if HOST_RIGHTS.search(each.text) or SOCKET.search(each.text):
                    yield each.line, f"{job.name} starts its container with {each.text[:80]}"


def open_permissions(view: Scripted) -> Iterator[tuple[int, str]]:
    """`chmod` calls that let everybody write, with what they are about."""
    for _, commands in commands_with_scripts(view):
        for each in commands:
            if each.name == "chmod":
                words = [word for word in each.words[1:] if not re.fullmatch(r"-[Rvcf]+|--\w+", word)]
                # The sticky bit (1777) keeps others from replacing what is not theirs.
                if words and WORLD.fullmatch(words[0]) and not re.fullmatch(r"1\d{3}", words[0]):
                    is_own = words[0].startswith("+")
                    if not is_own:
                        yield each.line, " ".join(words[1:])
