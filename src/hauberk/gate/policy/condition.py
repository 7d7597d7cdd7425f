"""Free conditions in CEL, bounded: a hostile expression ends soon, and anything but true is no pass.

CEL has no loops but its macros; the runtime ends an evaluation after 10,000 iterations and parses at most
32 levels. What it does not bound is the size of values and what one comparison of them costs. So values
that grow are refused here (an expression uses either macros or `+`, never `map`, and makes no list of names
beside a macro), comparisons beside macros are counted, and the evidence that is shown to it is small.
Source: CEL specification, "Macros" and "Performance"; google/cel-cpp, RuntimeOptions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from hauberk.core.extra import extra
from hauberk.gate.policy.facts import VARIABLES, Fact
from hauberk.gate.policy.kind import At

if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

MAX_CEL = 1000  # characters of one condition
MAX_PLUS = 16  # additions; each may copy a text of the evidence
MAX_MACROS = 4
MAX_COMPARISONS = 6  # beside macros: each may walk all the evidence in every one of 10,000 iterations
MACROS = ("all", "exists", "exists_one", "existsOne", "filter")
GROWING = ("map", "transformList", "transformMap")
CONSTANTS = ("true", "false", "null")
TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<text>'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*")
    |(?P<number>[0-9][0-9A-Za-z.]*)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*|`[^`\n]*`)
    |(?P<mark>==|!=|.)""",
    re.VERBOSE,
)


def compile_condition(expression: str, at: At) -> Any:
    """The compiled condition. Raises BadSettings for what is no bool, names the unknown, or could run away.

    Raises MissingExtra where CEL is not installed.
    """
    _refuse_growth(expression, at)
    try:
        compiled = _environment().compile(expression)
    except (RuntimeError, ValueError, MemoryError) as error:
        raise at.wrong(f"is no condition in CEL: {_first(error)}") from error
    if compiled.return_type().name() not in ("BOOL", "DYN"):
        raise at.wrong(f"gives {compiled.return_type().name()}, and a condition must give BOOL")
    return compiled


@lru_cache(maxsize=256)
def _compiled(expression: str) -> Any:
    return compile_condition(expression, At("the policy", "a condition"))


def holds(expression: str, facts: Mapping[str, Fact]) -> bool | str:
    """Whether the condition holds, or the words why nobody can tell."""
    try:
        found = _compiled(expression).eval(data=dict(facts))
    except (RuntimeError, ValueError, TypeError, MemoryError, OverflowError) as error:
        return _first(error)
    kind, value = found.type().name(), found.value()
    if kind == "BOOL" and isinstance(value, bool):
        return value
    return _first(value) if kind in ("ERROR", "UNKNOWN") else f"it gives {kind}, not BOOL"


def _cel() -> ModuleType:
    return extra("cel_expr_python.cel", "gate")


@lru_cache(maxsize=1)
def _environment() -> Any:
    cel = _cel()
    return cel.NewEnv(variables={name: getattr(cel.Type, kind) for name, kind in VARIABLES.items()})


def _first(error: object) -> str:
    """The library's message on one line."""
    if lacking := re.search(r'No value with name "(\w+)" found', str(error)):
        return f"no evidence that counts, or more than one, or too much of it, says what `{lacking[1]}` is"
    line = str(error).strip().split("\n")[0]
    return " ".join(line.removeprefix("INVALID_ARGUMENT:").replace("ERROR: <input>:", "at ").split())[:200]


def _refuse_growth(expression: str, at: At) -> None:
    if len(expression) > MAX_CEL:
        raise at.wrong(f"has {len(expression)} characters, and at most {MAX_CEL} are read; use several")
    tokens = _tokens(expression, at)
    names = [each[0].strip("`") for each in tokens if each.lastgroup == "name"]
    macros = sum(each in MACROS for each in names)
    plus = sum(each[0] == "+" for each in tokens)
    comparisons = sum(each[0] in ("==", "!=", "in") for each in tokens)
    if growing := next((each for each in names if each in GROWING), ""):
        raise at.wrong(f"uses {growing}, whose values could grow without end; use all, exists or filter")
    if macros and comparisons > MAX_COMPARISONS:
        raise at.wrong(f"compares {comparisons} times beside a macro, and at most {MAX_COMPARISONS} are read")
    if macros > MAX_MACROS:
        raise at.wrong(f"has {macros} macros, and at most {MAX_MACROS} are read; use several conditions")
    if plus > MAX_PLUS or (plus and macros):
        raise at.wrong("uses + too often, or beside a macro: values could grow without end")
    if macros and _makes_values(tokens):
        raise at.wrong("makes a list or map of names beside a macro: values could grow without end")


@lru_cache(maxsize=256)
def names_in(expression: str) -> frozenset[str]:
    """Every name in a condition, be it a variable, a field or a function."""
    return frozenset(each[0] for each in TOKEN.finditer(expression) if each.lastgroup == "name")


def _tokens(expression: str, at: At) -> list[re.Match[str]]:
    """The tokens. Raw, triple and byte texts are refused, so that nothing hides in a text read otherwise."""
    every = list(TOKEN.finditer(expression))
    for before, each in zip([None, *every], every, strict=False):
        is_prefixed = before is not None and before.lastgroup in ("name", "text", "number")
        if (each.lastgroup == "text" and is_prefixed) or each[0] in ("'", '"'):
            raise at.wrong("has a text that is not a plain one in one pair of quotes")
    return [each for each in every if each.lastgroup != "space"]


def _makes_values(tokens: list[re.Match[str]]) -> bool:
    """Whether a list or map literal holds anything but constants."""
    open_literals: list[bool] = []
    for before, each in zip([None, *tokens], tokens, strict=False):
        if each.lastgroup == "name" and any(open_literals) and each[0] not in CONSTANTS:
            return True
        if each[0] in "[{(" and each.lastgroup == "mark":
            is_index = each[0] == "[" and before is not None and _ends_value(before)
            open_literals.append(each[0] != "(" and not is_index)
        elif each[0] in "]})" and each.lastgroup == "mark" and open_literals:
            open_literals.pop()
    return False


def _ends_value(token: re.Match[str]) -> bool:
    if token.lastgroup == "mark":
        return token[0] in "])}"
    return token[0] not in ("in",)
