"""TorchServe's model archives (.mar): a zip whose manifest names the code that will serve the model.

Source: pytorch/serve, model-archiver/README.md and model_archiver/manifest_components.
"""

from __future__ import annotations

import ast
import builtins
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from hauberk.core.asset import Asset
from hauberk.core.errors import Malformed
from hauberk.core.view import View
from hauberk.formats.format import Reading
from hauberk.formats.zip_archive_members import OpenedZip

MANIFEST = "MAR-INF/MANIFEST.json"
# Manifests are a dozen lines; handlers are scripts.
MAX_MANIFEST, MAX_HANDLER = 1 << 20, 1 << 20
# Handlers that come with TorchServe. Source: pytorch/serve, ts/torch_handler.
BUILT_IN = frozenset(
    {"image_classifier", "image_segmenter", "object_detector", "text_classifier", "base_handler"}
)
BUILTINS = frozenset(dir(builtins))


class PythonUse(NamedTuple):
    """A name as it is called where it comes from (`os.system`, `eval`), and a line that uses it."""

    name: str
    line: int


@dataclass(frozen=True, kw_only=True)
class TorchServeArchive(View):
    """What the manifest says; `uses` is what the handler's code refers to outside itself.

    `problem` says why the handler's code could not be read; empty where it was, or is built in.
    """

    model: str
    handler: str
    uses: tuple[PythonUse, ...] = ()
    problem: str = ""

    @property
    def is_built_in(self) -> bool:
        """TorchServe itself brings the handler."""
        return self.handler in BUILT_IN


def readings(asset: Asset, opened: OpenedZip) -> Iterator[Reading]:
    """The view, if the archive is TorchServe's; its members are examined like any other's."""
    contents = {each.name: each.content for each in opened.members}
    manifest = contents.get(MANIFEST)
    if manifest is None:
        return
    model = _model(manifest.read(0, MAX_MANIFEST))
    handler = model.get("handler", "")
    # `module:function` and `folder/file.py` both name a file of the archive.
    file = handler.partition(":")[0]
    source = next((each for name in (file, f"{file}.py") if (each := contents.get(name))), None)
    uses: tuple[PythonUse, ...] = ()
    problem = "" if source or handler in BUILT_IN else "is not in the archive"
    if source:
        try:
            uses = tuple(sorted(set(_uses(ast.parse(source.read(0, MAX_HANDLER))))))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            problem = f"is no Python: {error}"
    yield TorchServeArchive(
        locator=asset.locator, model=model.get("modelName", ""), handler=handler, uses=uses, problem=problem
    )


def _uses(tree: ast.Module) -> Iterator[PythonUse]:
    imported: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                imported[each.asname or each.name.partition(".")[0]] = (
                    each.name if each.asname else each.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for each in node.names:
                imported[each.asname or each.name] = f"{node.module or ''}.{each.name}"
                yield PythonUse(f"{node.module or ''}.{each.name}", node.lineno)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (name := _dotted(node, imported)):
            yield PythonUse(name, node.lineno)
        elif isinstance(node, ast.Call) and len(node.args) > 1 and _dotted(node.func, imported) == "getattr":
            module, wanted = node.args[:2]
            if isinstance(wanted, ast.Constant) and (left := _dotted(module, imported)):
                yield PythonUse(f"{left}.{wanted.value!s}", node.lineno)


def _dotted(node: ast.expr, imported: dict[str, str]) -> str:
    """The name that an expression has where it was imported from; empty if it comes from nowhere else."""
    if isinstance(node, ast.Attribute):
        left = _dotted(node.value, imported)
        return f"{left}.{node.attr}" if left else ""
    if not isinstance(node, ast.Name):
        return ""
    return imported.get(node.id, node.id if node.id in BUILTINS or node.id == "__builtins__" else "")


def _model(octets: bytes) -> dict[str, str]:
    try:
        manifest = json.loads(octets)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{MANIFEST}: {error}") from error
    model = manifest.get("model") if isinstance(manifest, dict) else None
    if not isinstance(model, dict):
        raise Malformed(f"{MANIFEST} names no model")
    return {key: each for key, each in model.items() if isinstance(each, str)}
