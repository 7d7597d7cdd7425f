"""What Python code does when it runs: reasons why a function or class must not run at load time.

Reads the syntax tree of a function and, transitively, of every function it names. What it cannot
follow is a reason too: "calls what it computes", "is not Python". A hard reason (opens, imports,
executes, talks) is one that makes a name unsafe; a soft one only leaves it off the list.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import linecache
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from .forbidden import (
    BAD_BUILTINS,
    BAD_METHODS,
    BAD_MODULES,
    BAD_NAMES,
    PURE_MODULES,
    PURE_NAMES,
    TRUSTED,
)

MOST_FUNCTIONS = 150  # followed for one question; beyond it nobody could review the answer


@dataclass(frozen=True, slots=True)
class Reason:
    """Why code must not run; `depth` calls below the function asked about."""

    words: str
    is_hard: bool
    depth: int = 0


def module_tree(path: str) -> dict[tuple[str, int], ast.AST]:
    """Every function and lambda of a source file by name and first line."""
    return _module_tree(path)


@functools.cache
def _module_tree(path: str) -> dict[tuple[str, int], ast.AST]:
    text = "".join(linecache.getlines(path))
    found: dict[tuple[str, int], ast.AST] = {}
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            line = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            found[node.name, line] = node
        elif isinstance(node, ast.Lambda):
            found["<lambda>", node.lineno] = node
    return found


def reason_against(target: Any, owner: type | None = None) -> Reason | None:
    """Why calling the function or class must not be allowed; None if it may."""
    return _Question().judge(target, owner, 0)


class _Question:
    def __init__(self) -> None:
        self.asked: set[int] = set()
        self.left = MOST_FUNCTIONS

    def judge(self, target: Any, owner: type | None, depth: int) -> Reason | None:
        """One reason against running `target`, hard ones first."""
        target = inspect.unwrap(target) if isinstance(target, types.FunctionType) else target
        if isinstance(target, classmethod | staticmethod):
            target = target.__func__
        if isinstance(target, types.MethodType):
            target = target.__func__
        if isinstance(target, property):
            target = target.fget
        if id(target) in self.asked:
            return None
        self.asked.add(id(target))
        named = _by_name(target, depth)
        if named is not _UNKNOWN:
            return named
        if isinstance(target, type):
            return self._class(target, depth)
        if isinstance(target, types.FunctionType):
            return self._function(target, owner, depth)
        if callable(target) and isinstance(getattr(target, "__wrapped__", None), types.FunctionType):
            return self._function(target.__wrapped__, owner, depth)
        return Reason(f"{_title(target)} is not Python", False, depth)

    def _class(self, target: type, depth: int) -> Reason | None:
        if issubclass(target, BaseException):
            return None
        for name in ("__new__", "__init__", "__post_init__"):
            found = inspect.getattr_static(target, name, None)
            found = getattr(found, "__func__", found)
            if isinstance(found, types.FunctionType) and (why := self.judge(found, target, depth + 1)):
                return why
        return None

    def _function(self, target: types.FunctionType, owner: type | None, depth: int) -> Reason | None:
        self.left -= 1
        if self.left < 0:
            return Reason("names too much code", False, depth)
        code = target.__code__
        if code.co_filename.startswith("<") and "__create_fn__" in code.co_qualname:
            return None  # written by dataclasses: stores its arguments
        tree = module_tree(code.co_filename).get((code.co_name, code.co_firstlineno))
        if tree is None:
            return Reason(f"{_title(target)} has no source", False, depth)
        walk = _Body(target, owner, tree)
        soft: Reason | None = None
        for found in walk.findings():
            why = found if isinstance(found, Reason) else self.judge(found.target, found.owner, depth + 1)
            if why is not None and why.is_hard:
                return Reason(why.words, True, max(depth, why.depth))
            soft = soft or why
        return soft


_UNKNOWN = object()
# Libraries whose C functions compute; what of them opens files is named in forbidden.py.
NATIVE = ("torch", "sklearn", "pandas", "scipy")


def _title(target: Any) -> str:
    module = getattr(target, "__module__", None) or type(target).__module__
    return f"{module}.{getattr(target, '__qualname__', type(target).__name__)}"


def _by_name(target: Any, depth: int) -> Any:
    """A Reason, None for known harmless, or _UNKNOWN."""
    module = getattr(target, "__module__", None)
    name = getattr(target, "__name__", "")
    title = f"{module}.{getattr(target, '__qualname__', name)}"
    if isinstance(target, types.ModuleType):
        return None
    if getattr(getattr(target, "__objclass__", None), "__module__", "") == "builtins":
        return None
    if module == "builtins" or (module is None and isinstance(target, types.BuiltinFunctionType)):
        return Reason(f"calls {name}", True, depth) if name in BAD_BUILTINS else None
    if title in PURE_NAMES:
        return None
    if title in BAD_NAMES or any(title.startswith(f"{bad}.") for bad in BAD_MODULES):
        return Reason(f"uses {title}", True, depth)
    if isinstance(module, str) and module.partition(".")[0] in PURE_MODULES:
        return None
    native = types.BuiltinFunctionType | types.MethodDescriptorType | types.WrapperDescriptorType
    if isinstance(target, native) and str(module).partition(".")[0] in NATIVE:
        return Reason(f"uses {title}", True, depth) if name in BAD_METHODS else None
    return _UNKNOWN


@dataclass(frozen=True, slots=True)
class _Named:
    target: Any
    owner: type | None


class _Body:
    """Walks one function's tree and yields what it names and what it does."""

    def __init__(self, function: types.FunctionType, owner: type | None, tree: ast.AST) -> None:
        self.function, self.owner, self.tree = function, owner, tree
        arguments = getattr(tree, "args", None)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs] if arguments else []
        self.parameters = {each.arg for each in every}
        self.first = every[0].arg if every and owner is not None else None
        self.locals = set(function.__code__.co_varnames) | set(function.__code__.co_cellvars)
        for node in ast.walk(tree):  # names of inner functions and comprehensions too
            if isinstance(node, ast.arg):
                self.locals.add(node.arg)
            elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                self.locals.add(node.id)
        self.locals -= set(function.__code__.co_freevars)
        self.imported: dict[str, Any] = {}
        names = function.__code__.co_freevars
        self.closure = dict(zip(names, function.__closure__ or (), strict=False))

    def findings(self) -> Iterator[Reason | _Named]:
        """What the body names and does, in the order of the source."""
        body = getattr(self.tree, "body", [])
        for statement in body if isinstance(body, list) else [body]:
            for node in ast.walk(statement):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield from self._import(node)
        for statement in body if isinstance(body, list) else [body]:
            for node in ast.walk(statement):
                if isinstance(node, ast.Call):
                    yield from self._call(node)
                elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    target = self.resolve(node)
                    if isinstance(target, types.FunctionType | types.BuiltinFunctionType):
                        yield _Named(target, None)

    def _import(self, node: ast.Import | ast.ImportFrom) -> Iterator[Reason | _Named]:
        for alias in node.names:
            try:
                if isinstance(node, ast.Import):
                    module = import_module(alias.name)
                    top = import_module(alias.name.partition(".")[0])
                    self.imported[alias.asname or alias.name.partition(".")[0]] = (
                        module if alias.asname else top
                    )
                else:
                    package = self.function.__globals__.get("__package__") or ""
                    module = import_module("." * node.level + (node.module or ""), package or None)
                    self.imported[alias.asname or alias.name] = getattr(module, alias.name)
            except Exception:
                yield Reason(f"imports {alias.name}, which is not here", False)

    def _call(self, node: ast.Call) -> Iterator[Reason | _Named]:
        callee = node.func
        target = self.resolve(callee)
        if target is not _UNKNOWN:
            yield _Named(target, self.owner if self._is_own(callee) else None)
        elif isinstance(callee, ast.Attribute):
            if callee.attr in BAD_METHODS:
                yield Reason(f"calls .{callee.attr}()", True)
            elif self._is_own(callee) and not isinstance(callee.value, ast.Call):
                yield Reason(f"calls self.{callee.attr}, which is not in the class", False)
        elif isinstance(callee, ast.Name) and callee.id in self.parameters and callee.id != self.first:
            yield Reason(f"calls its argument {callee.id}", False)
        elif not isinstance(callee, ast.Name) or callee.id not in self.locals:
            yield Reason("calls what it computes", False)
        elif not self._is_tame(callee.id):
            yield Reason(f"calls its local {callee.id}", False)

    def _is_own(self, node: ast.AST) -> bool:
        if not isinstance(node, ast.Attribute) or self.owner is None:
            return False
        value = node.value
        if isinstance(value, ast.Call):
            return isinstance(value.func, ast.Name) and value.func.id == "super"
        return isinstance(value, ast.Name) and value.id == self.first

    def _is_tame(self, name: str) -> bool:
        """A local that is only ever a function written in this body, or this object's own class."""
        if name == self.first:
            return True
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return True
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == name for t in node.targets
            ):
                return isinstance(node.value, ast.Lambda) or self.resolve(node.value) is not _UNKNOWN
        return False

    def resolve(self, node: ast.AST) -> Any:
        """The object that an expression names, or _UNKNOWN."""
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if not isinstance(node, ast.Attribute):
            return _UNKNOWN
        if self._is_own(node):
            return self._member(node)
        value = self.resolve(node.value)
        if value is _UNKNOWN or not isinstance(value, types.ModuleType | type):
            return _UNKNOWN
        try:
            return (
                inspect.getattr_static(value, node.attr)
                if isinstance(value, type)
                else getattr(value, node.attr)
            )
        except Exception:
            return _UNKNOWN

    def _member(self, node: ast.Attribute) -> Any:
        line = list(self.owner.__mro__) if self.owner else []
        if isinstance(node.value, ast.Call):
            qualname = self.function.__qualname__.rsplit(".", 1)[0]
            places = [i for i, each in enumerate(line) if each.__qualname__ == qualname]
            line = line[places[0] + 1 :] if places else line[1:]
        for each in line:
            if node.attr in vars(each):
                return vars(each)[node.attr]
        return _UNKNOWN

    def _name(self, name: str) -> Any:
        if name in self.imported:
            return self.imported[name]
        if name in self.locals:
            return _UNKNOWN
        if name in self.closure:
            try:
                return self.closure[name].cell_contents
            except ValueError:
                return _UNKNOWN
        if name in self.function.__globals__:
            return self.function.__globals__[name]
        return getattr(builtins, name, _UNKNOWN)


# What the unpickler itself may run on an instance of a class: making, state, items, death, look-ups.
RUN_AT_LOAD = (
    "__new__", "__setstate__", "__setattr__", "__getattr__", "__getattribute__", "__setitem__", "__del__",
    "append", "extend", "add", "__hash__", "__eq__", "__setstate_cython__",
)  # fmt: skip


def reason_against_building(kind: type, ask: Callable[..., Reason | None] = reason_against) -> Reason | None:
    """Why NEWOBJ and BUILD of the class must not be allowed; None if they may."""
    for name in RUN_AT_LOAD:
        found = inspect.getattr_static(kind, name, None)
        found = getattr(found, "__func__", found)
        if (
            isinstance(found, types.FunctionType)
            and f"{found.__module__}.{found.__qualname__}" not in TRUSTED
        ):
            if name == "__del__":
                return Reason("has a __del__", False)
            why = ask(found, kind)
            if why is not None:
                return Reason(f"{name} {why.words}", why.is_hard, why.depth)
    return None
