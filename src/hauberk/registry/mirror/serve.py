"""Let a registry's application fetch what it lacks."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from hauberk.core.errors import UsageError
from hauberk.registry.mirror.pull import Mirror
from hauberk.registry.mirror.rules import Rules, read_rules
from hauberk.registry.mirror.upstream import open_upstream
from hauberk.registry.site import MIRROR, SITE


def rules_at(path: Path) -> Rules:
    """The rules in a file. Raises UsageError and BadSettings."""
    try:
        return read_rules(path.read_bytes(), path.name)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error


def add_mirror(app: web.Application, rules: Rules) -> None:
    """Let the application bring what readers ask for; the rules name the variable with the token."""
    token = os.environ.get(rules.token_variable, "") if rules.token_variable else ""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        async with open_upstream(rules.url, token) as upstream:
            app[MIRROR] = Mirror(app[SITE], rules, upstream)
            yield

    app.cleanup_ctx.append(opened)
