"""Bots that keep dependencies new, and hooks that run before a commit.

Source: GitHub documentation, "Dependabot options reference"; pre-commit documentation.
"""

from __future__ import annotations

from collections.abc import Iterator

from hauberk.formats.lined_yaml import Mapping, items_of, text_of
from hauberk.formats.pipeline.pipeline import Pipeline, Platform

# Days that a release should be old before a bot proposes it: most taken-over ones are found within a week.
COOLDOWN = 7


def hasty_updates(pipeline: Pipeline) -> Iterator[tuple[int, str]]:
    """Update bots that propose releases on their first day: line and kind of package."""
    for each in items_of(pipeline.tree.get("updates")) if pipeline.platform is Platform.GITHUB else ():
        if isinstance(each, Mapping) and each.get("package-ecosystem") is not None:
            days = each.below("cooldown").text("default-days")
            if not days.isdigit() or len(days) > 4 or int(days) < COOLDOWN:
                yield each.line, each.text("package-ecosystem")


def foreign_code_in_updates(pipeline: Pipeline) -> Iterator[tuple[int, str]]:
    """Update bots that run code of the packages they look at: line and kind of package."""
    for each in items_of(pipeline.tree.get("updates")) if pipeline.platform is Platform.GITHUB else ():
        pair = each.pair("insecure-external-code-execution") if isinstance(each, Mapping) else None
        if pair and isinstance(each, Mapping) and text_of(pair.value) == "allow":
            yield pair.line, each.text("package-ecosystem")


def insecure_repositories(pipeline: Pipeline) -> Iterator[tuple[int, str]]:
    """Repositories of hooks that are fetched without encryption."""
    for each in items_of(pipeline.tree.get("repos")):
        pair = each.pair("repo") if isinstance(each, Mapping) else None
        if pair and text_of(pair.value).startswith(("http://", "git://")):
            yield pair.line, text_of(pair.value)[:150]
