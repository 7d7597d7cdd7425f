"""torch.export programs: the JSON graph inside `.pt2` archives, and libraries compiled from it.

Source: torch/_export/serde/schema.py; torch/export/pt2_archive/constants.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import Malformed
from hauberk.core.statement import Json
from hauberk.core.view import FlawKind
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch, readings
from hauberk.formats.signs import Signs
from hauberk.formats.strict_json import parse

# Bytes: the graph of a model of 100,000 operators has about 100 MB.
MAX_PROGRAM = 128 << 20
# Where AOTInductor's compiled parts are.
COMPILED = "/data/aotinductor/"
# ELF, Mach-O (both ends), PE. Source: ELF-64; mach-o/loader.h; PE Format.
NATIVE = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")
# Keys of the files of a program that name other files of the archive.
WEIGHTS = re.compile(rb'\s*\{\s*"config"\s*:\s*\{')
PROGRAM = re.compile(rb'\s*\{\s*"(?:graph_module|exported_program|schema_version|methods)"\s*:')
TARGET = re.compile(r"(?:torch\.)?(?:ops\.)?(?P<domain>\w+)\.(?P<name>\w+)(?:\.\w+)?")


def claim(asset: Asset) -> Claim:
    """CERTAIN by the first key of the JSON, in a `.pt2` or under the names that torch gives."""
    if asset.kind is Kind.FOLDER:
        return Claim.NONE
    if asset.head[:1] == b"{" and asset.name.endswith(".json"):
        is_program = PROGRAM.match(asset.head) and b'"graph_module"' in asset.head + asset.tail
        is_weights = asset.name.endswith(("_weights_config.json", "_constants_config.json"))
        if is_program or (is_weights and WEIGHTS.match(asset.head)):
            return Claim.CERTAIN
    if asset.kind is Kind.MEMBER and COMPILED in asset.locator and asset.head.startswith(NATIVE):
        return Claim.CERTAIN
    return Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The view of a program, of its table of weights, or of a compiled library."""
    sketch = Sketch(asset.locator, Framework.TORCH)
    yield from readings(sketch, lambda: _walk(asset, sketch))


def _walk(asset: Asset, sketch: Sketch) -> None:
    if asset.head.startswith(NATIVE):
        sketch.operator(Operator("shared_library", "aoti", "the package", (asset.name,), 0))
        return
    parsed = parse(asset.content.read(0, min(asset.content.size, MAX_PROGRAM + 1)), MAX_PROGRAM)
    if not isinstance(parsed.value, dict):
        raise Malformed("is no JSON object")
    for key in parsed.duplicates:
        sketch.flaw(FlawKind.DISAGREES, f"has the key {key!r} twice")
    _visit(parsed.value, sketch)


def _visit(value: Json, sketch: Sketch) -> None:
    """Every node of every graph, however deep: nodes are the objects with a `target` text."""
    todo = [value]
    while todo:
        each = todo.pop()
        if isinstance(each, list):
            todo += each
        elif isinstance(each, dict):
            target = each.get("target")
            if isinstance(target, str) and "inputs" in each:
                _target(target, each, sketch)
            path = each.get("path_name")
            if isinstance(path, str):
                sketch.reference(path, "weights")
            todo += each.values()


def _target(target: str, node: dict[str, Json], sketch: Sketch) -> None:
    found = TARGET.fullmatch(target)
    if found is None:
        # `_operator.add`, `math.sqrt`: Python's own arithmetic on sizes.
        domain, _, name = target.rpartition(".")
        sketch.operator(Operator(name, domain or "python", "graph"))
        return
    domain = "operator" if found["domain"] == "_operator" else found["domain"]
    texts = tuple(_texts(node.get("inputs"))) if found["name"] in ("from_file", "load_tensor") else ()
    sketch.operator(Operator(found["name"], domain, "graph", texts))


def _texts(inputs: Json) -> Iterator[str]:
    todo = [inputs]
    while todo:
        each = todo.pop()
        if isinstance(each, list):
            todo += each
        elif isinstance(each, dict):
            if isinstance(text := each.get("as_string"), str):
                yield text
            todo += [held for held in each.values() if isinstance(held, dict | list)]


SIGNS = Signs(
    starts=(b"\x7fELF", b"\xcf\xfa", b"\xce\xfa", b"\xca\xfe", b"MZ"),
    holds=(b'"graph_module"', b'"exported_program"', b'"schema_version"', b'"methods"'),
    ends=("_weights_config.json", "_constants_config.json"),
)
FORMAT = Format("torch-export", "torch.export program", claim, read)
