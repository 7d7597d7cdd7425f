"""TorchScript source (`code/*.py` of a torch archive): the operators and classes that it names.

The text is lexed, not parsed: what reaches outside of the archive has to be named in it, as
`torch.<operator>`,
`ops.<namespace>.<operator>`, `^<Python operator>` or `__torch__.torch.classes.<namespace>.<class>`.

Source: torch/csrc/jit/frontend/{lexer,source_importer}.cpp; torch/csrc/jit/serialization/python_print.cpp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hauberk.core.asset import Asset, Kind
from hauberk.core.errors import OverBudget
from hauberk.formats.format import Claim, Format, Reading
from hauberk.formats.graph import Framework, Operator, Sketch, readings
from hauberk.formats.signs import Signs

# Bytes of one file of source: a traced model of 50,000 operators has about 10 MB.
MAX_SOURCE = 64 << 20
# Characters after an operator in which its constant texts are looked for.
NEAR = 400
# Strings, comments, dotted names, Python operators; white space may stand around the dots.
TOKEN = re.compile(
    r"(?P<string>'''[\s\S]*?'''|\"\"\"[\s\S]*?\"\"\"|'(?:[^'\\\n]|\\[\s\S])*+'|\"(?:[^\"\\\n]|\\[\s\S])*+\")"
    r"|(?P<comment>#[^\n]*)"
    r"|(?P<method>\.[ \t\\\n]*+from_file\b)"
    r"|(?P<python>\^\s*[A-Za-z_][\w.]*)"
    r"|(?P<name>(?<![\w.])[A-Za-z_]\w*+(?:[ \t\\\n]*+\.[ \t\\\n]*+[A-Za-z_]\w*+)*+)"
)
TEXT = re.compile(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"")
BLANK = re.compile(r"[ \t\\\n]+")
# Words that hand work to another machine. Source: torch/csrc/jit/frontend/lexer.h; source_importer.cpp.
RPC = {"rpc_sync", "rpc_async", "rpc_remote"}
# What of a class or a graph begins: the source of an archive has nothing else at its left edge.
STARTS = re.compile(rb"\s*(?:class \w+\(|def \w+\(|import __torch__|op_version_set)")
CLASSES = re.compile(r"__torch__\.torch\.classes\.(\w+)\.(\w+)")


def claim(asset: Asset) -> Claim:
    """CERTAIN by the hint of the archive alone: the text looks like Python."""
    if asset.kind is not Kind.MEMBER or not asset.name.endswith(".py"):
        return Claim.NONE
    return Claim.CERTAIN if "/code/__torch__" in asset.locator and STARTS.match(asset.head) else Claim.NONE


def read(asset: Asset) -> Iterator[Reading]:
    """The source's view."""
    sketch = Sketch(asset.locator, Framework.TORCH)
    yield from readings(sketch, lambda: _source(asset, sketch))


def _source(asset: Asset, sketch: Sketch) -> None:
    if asset.content.size > MAX_SOURCE:
        raise OverBudget(f"source of {asset.content.size} bytes; the limit is {MAX_SOURCE}")
    text = asset.content.read(0, MAX_SOURCE).decode("utf-8", "replace")
    for found in TOKEN.finditer(text):
        if name := found["name"]:
            for operator in _operators(name):
                sketch.operator(_placed(operator, text, found.end()))
        elif found["method"]:
            # A method of a value may be the operator of the same name.
            sketch.operator(_placed(Operator("from_file", "aten"), text, found.end()))
        elif python := found["python"]:
            sketch.operator(Operator("PythonOp", "^", python, (python,), found.start()))


def _operators(name: str) -> Iterator[Operator]:
    """The operators or classes that a dotted name stands for, outside of the archive."""
    if "." not in name:
        if name in RPC:
            yield Operator(name, "rpc")
        elif name in ("torch", "ops"):
            # The module itself as a value: what is then looked up in it cannot be seen.
            yield Operator(name, "alias")
        return
    parts = BLANK.sub("", name).split(".") if BLANK.search(name) else name.split(".")
    if parts[0] == "torch":
        yield Operator(parts[1], "aten")
    elif parts[0] == "ops" and len(parts) > 2:
        yield Operator(parts[2], parts[1])
    elif parts[0] == "ops":
        yield Operator(parts[1], "alias")
    elif parts[:3] == ["__torch__", "torch", "classes"] and len(parts) > 4:
        yield Operator(parts[4], parts[3])
    if parts[-1] == "from_file" and parts[0] not in ("torch", "ops"):
        yield Operator("from_file", "aten")


def _placed(operator: Operator, text: str, end: int) -> Operator:
    """The operator with its constant texts, if it is one of those that take file names."""
    if operator.name not in ("from_file", "save", "load", "read_file", "write_file", "load_tensor"):
        return Operator(operator.name, operator.domain, "source", (), None)
    near = text[end : end + NEAR].partition("\n")[0]
    texts = tuple(first or second for first, second in TEXT.findall(near))
    return Operator(operator.name, operator.domain, "source", texts, end)


SIGNS = Signs(ends=(".py",))
FORMAT = Format("torchscript-code", "TorchScript source", claim, read)
