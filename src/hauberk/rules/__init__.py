"""Judgement. Every module of every sub-package is one rule; importing it registers it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from hauberk.core.rule import Rule, registered


@cache
def load() -> dict[str, Rule]:
    """Every rule there is, by id, in id order."""
    for package in iter_modules(__path__, __name__ + "."):
        for module in iter_modules(import_module(package.name).__path__, package.name + "."):
            import_module(module.name)
    return registered()
