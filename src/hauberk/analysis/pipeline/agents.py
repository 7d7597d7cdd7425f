"""AI agents in pipelines: who speaks to them, and what they may do unasked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.analysis.pipeline.habits import Habit, commands_with_scripts
from hauberk.analysis.pipeline.shell import Command, commands_of
from hauberk.analysis.pipeline.strangers import strangers_in
from hauberk.analysis.pipeline.tools import plain_words
from hauberk.formats.pipeline.pipeline import Job, Pipeline, Step
from hauberk.formats.pipeline.script import Scripted

AGENTS = frozenset(
    {
        "claude",
        "codex",
        "gemini",
        "aider",
        "opencode",
        "goose",
        "cursor-agent",
        "copilot",
        "amp",
        "qwen",
        "crush",
        "llm",
        "sgpt",
        "openhands",
        "cline",
        "droid",
    }
)
ACTIONS = re.compile(
    r"^(?:anthropics/claude-code-(?:base-)?action|openai/codex-action|google-github-actions/run-gemini-cli"
    r"|google-gemini/gemini-cli-action|actions/ai-inference|github/copilot|sst/opencode|block/goose|augmentcode/"
    r"|cursor/|continuedev/|qodo-ai/pr-agent|coderabbitai/|All-Hands-AI/openhands|warpdotdev/)",
    re.IGNORECASE,
)
UNASKED = (
    "--dangerously-skip-permissions",
    "--dangerously-bypass-approvals-and-sandbox",
    "--yolo",
    "--full-auto",
    "--allow-all-tools",
    "--yes-always",
    "--auto-approve",
    "--trust-all-tools",
    "--approval-mode=yolo",
    "bypassPermissions",
    "danger-full-access",
    "--dangerously-allow-all",
    "--force-all",
)
OPEN_INPUT = re.compile(
    r"dangerously|bypassPermissions|danger-full-access|--yolo|allow-all-tools|\bBash(?:\(\*\))?(?=[,\s\"']|$)"
)


def is_agent(command: Command) -> bool:
    """Whether a command starts an agent."""
    words = plain_words(command)
    if words[:1] in (("npx",), ("bunx",)) or "@anthropic-ai/claude-code" in command.raw:
        return (
            bool(re.search(r"claude-code|@openai/codex|gemini-cli|opencode", command.raw))
            and "install" not in words
        )
    return (
        bool(words) and words[0] in AGENTS and not {"--version", "mcp", "install", "login"} & set(words[1:2])
    )


def unleashed_agents(view: Scripted) -> Iterator[Habit]:
    """Agents that ask nobody, in commands or through the inputs of an action."""
    for _, commands in commands_with_scripts(view):
        for each in commands:
            option = next((one for one in UNASKED if one in each.raw), "")
            if option and is_agent(each):
                yield Habit(each.line, f"{plain_words(each)[0]} is given {option}", option)
    for step in (step for job in view.jobs for step in job.steps) if isinstance(view, Pipeline) else ():
        if step.uses and ACTIONS.search(step.uses.text):
            for given in (*step.inputs, *step.variables):
                if given.name != "prompt" and (found := OPEN_INPUT.search(given.value)):
                    yield Habit(given.line, f"the agent is allowed {found[0]}", f"{given.name} {found[0]}")
                elif given.name == "allowed_non_write_users" and given.value.strip() == "*":
                    yield Habit(given.line, "everybody may start the agent", given.name)


def prompted_by_strangers(pipeline: Pipeline) -> Iterator[Habit]:
    """Agents that get text which strangers write."""
    for job in pipeline.jobs:
        for step in job.steps:
            yield from _prompted(pipeline, job, step)


def _prompted(pipeline: Pipeline, job: Job, step: Step) -> Iterator[Habit]:
    if step.uses and ACTIONS.search(step.uses.text):
        for given in step.inputs:
            for stranger in strangers_in(given.value, pipeline):
                yield Habit(given.line, f"the agent reads {stranger}, which strangers write", stranger)
                return
    settings = (*pipeline.variables, *job.variables, *step.variables)
    foreign = {each.name: one for each in settings for one in strangers_in(each.value, pipeline)}
    for script in step.scripts:
        for command in commands_of(script):
            if not is_agent(command):
                continue
            said = next(iter(strangers_in(command.raw, pipeline)), "")
            said = said or next(
                (foreign[name] for name in foreign if re.search(rf"\$\{{?{re.escape(name)}\b", command.raw)),
                "",
            )
            if said:
                yield Habit(
                    command.line, f"{plain_words(command)[0]} reads {said}, which strangers write", said
                )
