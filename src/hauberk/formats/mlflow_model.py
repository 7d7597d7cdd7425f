"""MLflow's `MLmodel`: which module loads the model, and which code and files belong to it.

Source: MLflow documentation, "MLflow Models", `MLmodel` file; mlflow, `pyfunc/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hauberk.core.statement import Json
from hauberk.core.view import Flaw, FlawKind, View
from hauberk.formats.shard_index import leaves_folder

# Keys of a flavour that name files of the model's folder.
FILE_KEYS = frozenset(
    {"data", "code", "python_model", "pickled_model", "config", "path", "conda", "virtualenv", "env"}
)
FILE_ENDINGS = ("_path", "_file", "_data", "_config", "_subpath", "_model")
# Paths that say where a file lay when the model was logged; the copy in the folder is what is loaded.
LOGGED_FROM = frozenset({"model_code_path", "source_path"})
# Values of one MLmodel that are looked at.
MAX_VALUES = 20_000
MAX_NAME = 300


@dataclass(frozen=True, kw_only=True)
class MlflowModel(View):
    """What `mlflow.pyfunc.load_model` would import; `code` are folders put on Python's path."""

    loader_module: str
    code: tuple[str, ...] = ()
    model_code: str = ""


def described(locator: str, value: dict[str, Json]) -> MlflowModel:
    """The view of a parsed `MLmodel`, with files outside of its folder as flaws."""
    flavours = value.get("flavors")
    function = flavours.get("python_function") if isinstance(flavours, dict) else None
    function = function if isinstance(function, dict) else {}
    code = [path for each in _flavours(flavours) for path in _paths(each.get("code"))]
    flaws = tuple(
        Flaw(FlawKind.ESCAPES, f"{key} {path[:200]!r} is outside of its folder")
        for key, path in _files({"flavors": flavours, "example": value.get("saved_input_example_info")})
        if leaves_folder(path)
    )
    return MlflowModel(
        locator=locator,
        flaws=flaws,
        loader_module=_text(function.get("loader_module")),
        code=tuple(dict.fromkeys(code)),
        model_code=_text(function.get("model_code_path")),
    )


def _flavours(flavours: Json) -> list[dict[str, Json]]:
    return (
        [each for each in flavours.values() if isinstance(each, dict)] if isinstance(flavours, dict) else []
    )


def _files(value: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """Every path that the model's settings name, with its key."""
    todo: list[tuple[str, Json]] = list(value.items())
    count = 0
    while todo and count < MAX_VALUES:
        key, each = todo.pop()
        count += 1
        if isinstance(each, dict):
            todo += each.items()
        elif isinstance(each, list):
            todo += [(key, inner) for inner in each]
        elif isinstance(each, str) and key not in LOGGED_FROM and _is_path(key):
            yield key, each[:MAX_NAME]


def _is_path(key: str) -> bool:
    return key in FILE_KEYS or key.endswith(FILE_ENDINGS)


def _paths(value: Json) -> list[str]:
    if isinstance(value, str):
        return [value[:MAX_NAME]] if value not in ("", "null", "~") else []
    return [each[:MAX_NAME] for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _text(value: Json) -> str:
    return value[:MAX_NAME] if isinstance(value, str) and value not in ("null", "~") else ""
