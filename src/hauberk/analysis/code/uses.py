"""What a Python module uses from outside itself, under the names that things have where they come from.

Aliases, `getattr` with known names, `__import__`, `vars(x)[...]` and joined strings are seen through.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from hauberk.analysis.code.danger import danger

# Modules whose names a star import would bring, and that matter.
STARRED = ("os", "subprocess", "shutil", "socket", "pickle", "marshal", "importlib", "ctypes", "builtins")
DECODERS = ("base64.", "binascii.", "codecs.decode", "zlib.decompress", "bz2.decompress", "lzma.decompress",
            "gzip.decompress", "bytes.fromhex", "bytearray.fromhex", "marshal.loads")  # fmt: skip
_DECODING = frozenset(each.partition(".")[0] for each in DECODERS) | {"importlib"}
# Files that only their owner should read.
PRIVATE = re.compile(
    r"/etc/(?:passwd|shadow)|\.ssh/|\.aws/|\.netrc|\.git-credentials|\.kube/|huggingface/token"
)
# Levels of an expression that are followed.
MAX_DEPTH = 40


class Use(NamedTuple):
    """A name used; `is_at_import` says that importing the module is enough.

    `is_called` tells a call from a mention; `is_decoded` that what it is given was decoded before;
    `texts` are the constants that it is given.
    """

    name: str
    line: int
    is_at_import: bool
    is_called: bool
    is_decoded: bool = False
    is_constant: bool = False
    texts: tuple[str, ...] = ()
    is_leaking: bool = False


@dataclass(slots=True)
class _Names:
    """What names of the module stand for: fully named things, and constant texts."""

    imported: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    decoded: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    may_decode: bool = False


def uses(tree: ast.Module) -> tuple[Use, ...]:
    """Every use of something from outside, in the order of lines."""
    names = _Names()
    nodes = list(_scoped(tree))
    for _ in range(3):
        for node, _is_at_import in nodes:
            _learn(node, names)
    names.may_decode |= any(isinstance(node, ast.Name) and node.id == "__import__" for node, _ in nodes)
    found: set[Use] = set()
    called: set[int] = set()
    for node, is_at_import in nodes:
        if isinstance(node, ast.Call):
            called.add(id(node.func))
            found.update(_of_call(node, is_at_import, names))
    for node, is_at_import in nodes:
        if isinstance(node, ast.Attribute) and node.attr in _INTERNALS:
            found.add(Use(f"?.{node.attr}", node.lineno, is_at_import, False))
        if isinstance(node, ast.Attribute | ast.Name | ast.Subscript) and id(node) not in called:
            name = _name(node, names)
            if name and isinstance(node.ctx, ast.Load) and (danger(name) or name.startswith("__builtins__")):
                found.add(Use(name, node.lineno, is_at_import, False))
    return tuple(sorted(found, key=lambda each: (each.line, each.name)))


def _scoped(tree: ast.Module) -> Iterator[tuple[ast.AST, bool]]:
    """Every node, and whether importing the module runs it: bodies of functions are not run."""
    todo: list[tuple[ast.AST, bool]] = [(tree, True)]
    while todo:
        node, is_at_import = todo.pop()
        yield node, is_at_import
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            body = node.body if isinstance(node.body, list) else [node.body]
            todo += [(each, False) for each in reversed(body)]
            todo += [(each, is_at_import) for each in ast.iter_child_nodes(node) if each not in body]
        elif isinstance(node, ast.If) and _is_main(node.test):
            todo += [(each, False) for each in node.body]
            todo += [(each, is_at_import) for each in node.orelse]
        else:
            todo += [(each, is_at_import) for each in reversed(list(ast.iter_child_nodes(node)))]


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
        and isinstance(test.ops[0], ast.Eq)
    )


def _learn(node: ast.AST, names: _Names) -> None:
    if isinstance(node, ast.Attribute) and node.attr in ("fromhex", "import_module"):
        names.may_decode = True
    if isinstance(node, ast.Import):
        for each in node.names:
            root = each.name.partition(".")[0]
            names.imported[each.asname or root] = each.name if each.asname else root
            names.may_decode |= root in _DECODING
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        for each in node.names:
            names.imported[each.asname or each.name] = f"{node.module}.{each.name}"
        names.may_decode |= (node.module or "").partition(".")[0] in _DECODING
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names.own.add(node.name)
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        _assign(node.targets[0].id, node.value, names)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name) and node.value:
        _assign(node.target.id, node.value, names)


def _assign(target: str, value: ast.expr, names: _Names) -> None:
    text = _text(value, names)
    if text is not None:
        names.texts[target] = text
        return
    if _is_decoded(value, names):
        names.decoded.add(target)
        return
    name = _name(value, names)
    # Only what comes from outside is followed; a name for itself would go round.
    if name not in ("", target) and ("." in name or danger(name) or name in names.imported.values()):
        names.imported[target] = name


def _name(node: ast.expr | None, names: _Names, depth: int = 0) -> str:
    """The full name of what the expression is, if it comes from outside; else empty."""
    if node is None or depth > MAX_DEPTH:
        return ""
    if isinstance(node, ast.Name):
        if node.id in names.imported:
            return names.imported[node.id]
        starred = next(
            (f"{each}.{node.id}" for each in STARRED if names.imported.get("*", "") == f"{each}.*"), ""
        )
        if starred and danger(starred):
            return starred
        return node.id if node.id not in names.own and (danger(node.id) or node.id in _WAYS) else ""
    if isinstance(node, ast.Attribute):
        left = _name(node.value, names, depth + 1)
        return _joined(left, node.attr) if left else ""
    if isinstance(node, ast.Subscript):
        left, key = _name(node.value, names, depth + 1), _text(node.slice, names)
        if left in ("sys.modules", "globals()", "locals()") and key is not None:
            return key
        return _joined(left.removesuffix(".__dict__").removesuffix("()"), key) if left and key else ""
    if isinstance(node, ast.Call):
        return _name_of_call(node, names, depth + 1)
    return ""


# Attributes that lead from any object to everything that its interpreter has loaded.
_INTERNALS = frozenset({"__subclasses__", "__globals__", "f_globals", "f_builtins", "gi_frame", "cr_frame"})
# Builtins that are a way to other things, without being dangerous themselves.
_WAYS = frozenset(
    {"__builtins__", "open", "print", "bytes", "bytearray", "type", "object", "__loader__", "__spec__"}
)


def _joined(left: str, right: str) -> str:
    whole = f"{left}.{right}"
    # What a module has in another's name space is that other module's: `torch.os.system`.
    for module in ("os", "subprocess", "builtins", "sys", "importlib", "shutil", "socket", "__builtins__"):
        if left != right and whole.endswith((f".{module}", f"._{module}")):
            return "builtins" if module == "__builtins__" else module
    return "builtins." + right if left == "__builtins__" else whole


def _name_of_call(node: ast.Call, names: _Names, depth: int) -> str:
    called = _name(node.func, names, depth)
    first = node.args[0] if node.args else None
    if called in ("__import__", "builtins.__import__", "importlib.import_module", "importlib.__import__"):
        return _text(first, names) or "" if first is not None else ""
    if called in ("getattr", "builtins.getattr") and len(node.args) > 1:
        left, key = _name(first, names, depth), _text(node.args[1], names)
        return _joined(left, key) if left and key else f"{left}.?" if left else ""
    if called in ("vars", "globals", "locals", "builtins.vars"):
        return _name(first, names, depth) if first is not None else f"{called}()"
    if called.endswith((".__dict__.get", ".__getattribute__", ".modules.get")) and first is not None:
        key = _text(node.args[-1], names)
        left = called.removesuffix(".get").removesuffix(".__dict__").removesuffix(".__getattribute__")
        return (key if left == "sys.modules" else _joined(left, key)) if key else ""
    return ""


def _text(node: ast.expr | None, names: _Names, depth: int = 0) -> str | None:
    """The constant text that the expression comes to, if it does."""
    if node is None or depth > MAX_DEPTH:
        return None
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bytes):
            return node.value.decode("latin-1")
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        return names.texts.get(node.id)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _text(node.left, names, depth + 1), _text(node.right, names, depth + 1)
        return left + right if left is not None and right is not None and len(left) < 1 << 16 else None
    if isinstance(node, ast.JoinedStr):
        parts = [
            _text(each.value if isinstance(each, ast.FormattedValue) else each, names, depth + 1)
            for each in node.values
        ]
        return "".join(each for each in parts if each is not None) if None not in parts else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        step = node.slice.step
        is_backwards = isinstance(step, ast.UnaryOp) and isinstance(step.op, ast.USub)
        whole = _text(node.value, names, depth + 1) if is_backwards and not node.slice.lower else None
        return whole[::-1] if whole is not None else None
    if isinstance(node, ast.Call):
        return _text_of_call(node, names, depth + 1)
    return None


def _text_of_call(node: ast.Call, names: _Names, depth: int) -> str | None:
    if (
        isinstance(node.func, ast.Name)
        and node.func.id == "chr"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    ):
        code = node.args[0].value
        return chr(code) if isinstance(code, int) and 0 <= code < 0x110000 else None
    if not isinstance(node.func, ast.Attribute):
        return None
    left = _text(node.func.value, names, depth)
    given = [_text(each, names, depth) for each in node.args]
    if (
        node.func.attr == "join"
        and left is not None
        and node.args
        and isinstance(node.args[0], ast.List | ast.Tuple)
    ):
        parts = [_text(each, names, depth) for each in node.args[0].elts]
        return left.join(each for each in parts if each is not None) if None not in parts else None
    if (
        node.func.attr == "replace"
        and left is not None
        and len(given) == 2
        and given[0]
        and given[1] is not None
    ):
        return left.replace(given[0], given[1]) if len(left) < 1 << 16 else None
    if node.func.attr in ("lower", "upper", "strip", "decode", "encode") and left is not None:
        return getattr(left, node.func.attr)() if node.func.attr in ("lower", "upper", "strip") else left
    return None


def _is_decoded(node: ast.expr, names: _Names) -> bool:
    """Whether a decoder of base64, hex or a compressor stands anywhere in the expression."""
    if not names.may_decode:
        return False
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id in names.decoded:
            return True
        if isinstance(each, ast.Call):
            called = _name(each.func, names)
            if called.startswith(DECODERS) and not called.endswith(("encode", "hexlify")):
                return True
    return False


def _of_call(node: ast.Call, is_at_import: bool, names: _Names) -> Iterator[Use]:
    called = _name(node.func, names)
    if not called and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
        called = f"?.{node.func.attr}"
    if not (danger(called) or called.startswith("?.") or called.endswith(".?") or called in _WRITERS):
        return
    given = [*node.args, *(each.value for each in node.keywords)]
    texts = tuple(_constants([*given, *_receiver(node.func)], names))
    is_decoded = any(_is_decoded(each, names) for each in given)
    is_constant = bool(given) and _text(given[0], names) is not None
    is_leaking = danger(called) == "network" and any(_reads_environment(each, names) for each in given)
    yield Use(called, node.lineno, is_at_import, True, is_decoded, is_constant, texts, is_leaking)


def _reads_environment(node: ast.expr, names: _Names) -> bool:
    """Whether what is handed over holds the environment, or a file that only its owner should read."""
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute | ast.Name):
            name = _name(each, names)
            if name.startswith(
                ("os.environ", "os.getenv", "platform.node", "socket.gethostname", "getpass.")
            ):
                return True
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and PRIVATE.search(each.value):
            return True
    return False


def _receiver(func: ast.expr) -> list[ast.expr]:
    """`Path("...")` of `Path("...").write_text(...)`."""
    return [func.value] if isinstance(func, ast.Attribute) and func.attr in _METHODS else []


def _constants(given: list[ast.expr], names: _Names) -> Iterator[str]:
    """The texts in the expressions, at most 50, however deep."""
    count = 0
    for each in given:
        for node in ast.walk(each):
            text = _text(node, names) if isinstance(node, ast.Constant | ast.Name | ast.BinOp) else None
            if text is not None:
                count += 1
                yield text[:300]
            if count >= 50:
                return


_WRITERS = frozenset({"open", "io.open", "codecs.open", "shutil.copy", "shutil.copyfile", "shutil.move"})
# Methods that write files or extract archives, whatever they belong to.
_METHODS = frozenset({"write_text", "write_bytes", "extractall", "expanduser"})
