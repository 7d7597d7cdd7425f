"""What a node of a skops schema amounts to: default deny.

Source: skops, `io/_trusted_types.py`; CVE-2025-54412, CVE-2025-54413.
"""

from __future__ import annotations

import sys
from enum import StrEnum

from hauberk.analysis.keras_policy import NEIGHBOURS
from hauberk.formats.skops_schema import SkopsNode

# Classes of the standard library that hold values and nothing else.
VALUES = {
    "builtins": {
        "str", "int", "float", "bool", "complex", "bytes", "bytearray", "list", "tuple", "set",
        "frozenset", "dict",
        "slice", "map", "range", "NoneType", "object", "type", "ellipsis",
    },
    "collections": {"OrderedDict", "defaultdict", "Counter", "deque"},
    "datetime": {"datetime", "date", "time", "timedelta", "timezone"},
    "decimal": {"Decimal"},
    "fractions": {"Fraction"},
    "uuid": {"UUID"},
    "zoneinfo": {"ZoneInfo"},
    "functools": {"partial"},
    "operator": {
        "itemgetter", "attrgetter", "add", "sub", "mul", "truediv", "neg", "eq", "ne", "lt", "le", "gt",
        "ge", "and_",
        "or_", "not_", "getitem", "contains", "abs", "pow", "mod", "floordiv", "matmul", "xor", "inv", "pos",
    },
    "math": {"exp", "log", "log1p", "sqrt", "sin", "cos", "tanh", "floor", "ceil"},
    "types": {"SimpleNamespace"},
}  # fmt: skip
# Libraries whose classes are models and their parts.
MODELS = {"sklearn", "xgboost", "lightgbm", "catboost", "quantile_forest", "imblearn"}
NUMERIC = {"numpy", "scipy", "pandas"}
# Parts of the numeric libraries, and of scikit-learn, that read files, compile or run code.
REACHING_PARTS = {
    "f2py", "testing", "distutils", "ctypeslib", "npyio", "_npyio_impl", "io", "datasets", "externals",
    "_datasource",
    "format", "weave", "computation", "clipboard", "_openml", "_build_utils", "utils_tests",
    "_pytesttester", "misc",
    "fftpack_tests", "show_versions", "_tempita",
}  # fmt: skip
REACHING_NAMES = {
    "load", "save", "savez", "savez_compressed", "loadtxt", "savetxt", "genfromtxt", "fromfile",
    "fromregex", "memmap",
    "tofile", "DataSource", "open_memmap", "recfromcsv", "recfromtxt", "eval", "query", "read_pickle",
    "to_pickle",
    "runstring", "exec_command", "loads", "dump", "dumps", "system", "popen", "exec", "run", "vectorize",
    "frompyfunc",
    "apply_along_axis", "apply_over_axes", "piecewise", "fromfunction", "source", "LowLevelCallable",
    "fetch_openml",
}  # fmt: skip


class SkopsMeaning(StrEnum):
    """What constructing the node does."""

    KNOWN = "known"
    REACHES = "reaches"  # runs commands, reads files, or is a gadget of skops itself
    UNKNOWN = "unknown"


def meaning(node: SkopsNode) -> SkopsMeaning:
    """What the node's names amount to."""
    if node.loader == "MethodNode":
        return _method(node)
    parts = node.module.split(".")
    if node.name in VALUES.get(node.module, ()):
        return SkopsMeaning.KNOWN
    if "." in node.name or node.name.startswith("__"):
        return SkopsMeaning.REACHES
    if node.loader == "OperatorFuncNode":
        return SkopsMeaning.REACHES
    if parts[0] in NUMERIC | MODELS:
        if REACHING_PARTS & set(parts) or node.name in REACHING_NAMES:
            return SkopsMeaning.REACHES
        is_class = node.name.lstrip("_")[:1].isupper() or parts[0] in NUMERIC
        is_function = node.loader == "FunctionNode" and "utils" not in parts
        return SkopsMeaning.KNOWN if is_class or is_function else SkopsMeaning.UNKNOWN
    if parts[0] in sys.stdlib_module_names or parts[0] in NEIGHBOURS:
        return SkopsMeaning.REACHES
    return SkopsMeaning.UNKNOWN


def _method(node: SkopsNode) -> SkopsMeaning:
    """A bound method: skops once checked the class that it claims, and used that of its object."""
    if node.method.startswith("_") or node.bound_to != f"{node.module}.{node.name}":
        return SkopsMeaning.REACHES
    bound = meaning(SkopsNode("ObjectNode", node.module, node.name))
    return SkopsMeaning.UNKNOWN if bound is SkopsMeaning.KNOWN else bound
