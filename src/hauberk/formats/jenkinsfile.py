"""Jenkinsfiles: stages and what they run, declarative or scripted.

Source: Jenkins User Handbook, "Pipeline Syntax".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed, OverBudget
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.groovy import Token, tokens_of
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Platform, Said, Setting, Step
from hauberk.formats.pipeline.script import Script
from hauberk.formats.signs import Signs
from hauberk.formats.text import decoded, is_text

# Bytes; people write these.
MAX_PIPELINE = 2 << 20
NAMED = re.compile(r"(?:^|[.-])Jenkinsfile(?:[.-][\w.-]+)?$|\.jenkinsfile$", re.IGNORECASE)
SHELLS = {"sh": "", "bat": "bat", "powershell": "pwsh", "pwsh": "pwsh"}
# Blocks in which an error does not stop the build.
FORGIVING = frozenset({"catchError", "warnError"})
# Tokens between a step's name and its script: `sh(label: 'x', returnStdout: true, script: '...')`.
NEAR = 16


@dataclass(frozen=True, kw_only=True, eq=False)
class JenkinsPipeline(Pipeline):
    """A Jenkinsfile. `interpolated` are scripts into which Groovy puts values, `libraries` shared code."""

    interpolated: tuple[Script, ...] = ()
    libraries: tuple[Said, ...] = ()
    arguments: tuple[Said, ...] = ()  # of the containers that it starts
    loose_agents: tuple[Said, ...] = ()


@dataclass(slots=True)
class _Stage:
    name: str
    line: int
    depth: int
    steps: list[Step] = field(default_factory=list)
    variables: list[Setting] = field(default_factory=list)
    image: Said | None = None
    conditions: list[Said] = field(default_factory=list)
    is_manual: bool = False


@dataclass(slots=True)
class _Reading:
    """What has been read so far; `blocks` are the labels of the brackets that are open."""

    tokens: list[Token]
    stages: list[_Stage]
    blocks: list[Token] = field(default_factory=list)
    open: list[_Stage] = field(default_factory=list)
    interpolated: list[Script] = field(default_factory=list)
    libraries: list[Said] = field(default_factory=list)
    arguments: list[Said] = field(default_factory=list)
    loose_agents: list[Said] = field(default_factory=list)


def claim(asset: Asset) -> Claim:
    """By its name, beside what reads any text."""
    if asset.kind is Kind.FOLDER or not asset.content.size or not NAMED.search(asset.name):
        return Claim.NONE
    return Claim.NAME if is_text(asset.head, True) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The pipeline's view."""
    if asset.content.size > MAX_PIPELINE:
        raise OverBudget(f"a pipeline of {asset.content.size} bytes is longer than {MAX_PIPELINE}")
    text = decoded(asset.content.read(0, MAX_PIPELINE))
    whole = _Stage("pipeline", 1, 0)
    now = _Reading(list(tokens_of(text)), [whole], open=[whole])
    for place, token in enumerate(now.tokens):
        _take(place, token, now)
    yield _pipeline(asset.locator, now)
    if now.blocks:
        raise Malformed(f"line {now.blocks[-1].line}: a block is never closed; what follows is missing")


def _pipeline(locator: str, now: _Reading) -> Pipeline:
    whole = now.stages[0]
    jobs = tuple(
        Job(
            name=each.name,
            line=each.line,
            stage=place,
            stage_name=each.name,
            image=each.image,
            steps=tuple(each.steps),
            variables=tuple(each.variables),
            conditions=tuple(each.conditions),
            is_manual=each.is_manual,
            is_open=not each.conditions and not whole.conditions,
        )
        for place, each in enumerate(now.stages)
        if each is not whole or each.steps or each.image or each.variables
    )
    return JenkinsPipeline(
        locator=locator,
        platform=Platform.JENKINS,
        scripts=tuple(script for job in jobs for script in job.scripts),
        jobs=jobs,
        variables=tuple(whole.variables),
        outside=tuple(now.libraries),
        interpolated=tuple(now.interpolated),
        libraries=tuple(now.libraries),
        arguments=tuple(now.arguments),
        loose_agents=tuple(now.loose_agents),
    )


def _take(place: int, token: Token, now: _Reading) -> None:
    if token.quote:
        return
    if token.text == "{":
        _open(place, now)
    elif token.text == "}":
        if now.blocks:
            now.blocks.pop()
        if len(now.open) > 1 and len(now.blocks) < now.open[-1].depth:
            now.open.pop()
    elif token.text in SHELLS:
        _shell(place, token, now)
    elif token.text == "@Library":
        now.libraries += [
            Said(each.text, each.line) for each in now.tokens[place + 1 : place + 5] if each.quote
        ][:1]
    elif token.text in ("image", "docker", "docker.image", "args", ".inside", "inside"):
        _container(place, token, now)
    elif token.text == "agent" and [each.text for each in now.tokens[place + 1 : place + 2]] == ["any"]:
        now.loose_agents.append(Said("agent any", token.line))
    elif token.text == "input":
        now.open[-1].is_manual = True
    elif token.text in ("branch", "tag", "buildingTag", "changeRequest") and "when" in _labels(now):
        now.open[-1].conditions.append(Said(token.text, token.line))
    elif "environment" in _labels(now)[-1:]:
        _variable(place, token, now)


def _labels(now: _Reading) -> list[str]:
    return [each.text for each in now.blocks[-NEAR:]]


def _open(place: int, now: _Reading) -> None:
    """A block begins: its label is the word before it, or before the bracket with its arguments."""
    back, depth = place - 1, 0
    while back >= 0 and place - back < 60:
        text = "" if now.tokens[back].quote else now.tokens[back].text
        depth += (text == ")") - (text == "(")
        if depth == 0 and text not in ("(", ")", "\n"):
            break
        back -= 1
    label = now.tokens[max(back, 0)]
    now.blocks.append(label)
    if label.text == "stage":
        name = next((each.text for each in now.tokens[back + 1 : place] if each.quote), "stage")
        stage = _Stage(name[:80], label.line, len(now.blocks))
        now.stages.append(stage)
        now.open.append(stage)


def _shell(place: int, token: Token, now: _Reading) -> None:
    after = now.tokens[place + 1 : place + 1 + NEAR]
    if not after or (not after[0].quote and after[0].text != "("):
        return
    script = after[0] if after[0].quote else None
    for number, each in enumerate(after[1:], 1):
        if script is None and each.quote and (number == 1 or after[number - 2].text == "script"):
            script = each
        if each.text == "\n" or (not each.quote and each.text == ")"):
            break
    if script is None:
        return
    made = Script(script.text, script.line, len(script.quote) == 1, SHELLS[token.text])
    line = next((each.line for each in now.blocks[-NEAR:] if each.text in FORGIVING), None)
    now.open[-1].steps.append(Step(token.line, token.text, (made,), may_fail=line))
    if script.is_interpolated:
        now.interpolated.append(made)


def _container(place: int, token: Token, now: _Reading) -> None:
    said = next((each for each in now.tokens[place + 1 : place + 3] if each.quote), None)
    if said is None:
        return
    if token.text in ("args", ".inside", "inside"):
        now.arguments.append(Said(said.text, said.line))
    elif token.text != "docker" or "agent" in _labels(now):
        now.open[-1].image = Said(said.text, said.line)


def _variable(place: int, token: Token, now: _Reading) -> None:
    after = now.tokens[place + 1 : place + 3]
    if len(after) == 2 and after[0].text == "=" and after[1].quote:
        now.open[-1].variables.append(Setting(token.text, after[1].text, token.line))


SIGNS = Signs(names=("Jenkinsfile", "jenkinsfile"))
FORMAT = Format("jenkinsfile", "Jenkinsfile", claim, read)
