"""Optional parts: libraries that only some installations have."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from hauberk.core.errors import MissingExtra


def extra(module: str, name: str) -> ModuleType:
    """The module, which comes with the extra `name`. Raises MissingExtra with the command to install it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtra(f"this needs {module}: pip install 'hauberk[{name}]'") from error
