"""The state of scipy's frozen distributions, which scipy executes a part of."""

from __future__ import annotations

import re

from hauberk.analysis.execution.policy import word
from hauberk.analysis.execution.values import Box, Global, Made, Value

_SHAPES = r"(?:[A-Za-z_]\w*, )*"
_IN = r"loc=0(?:, scale=1)?"
_OUT = r"loc, (?:scale|1)"
# scipy/stats/_distn_infrastructure.py, parse_arg_template, the same from 1.6 to 1.17; only names are put in.
_TEMPLATE = re.compile(
    rf"\ndef _parse_args\(self, {_SHAPES} {_IN}\):\n    return \({_SHAPES}\), {_OUT}\n"
    rf"\ndef _parse_args_rvs\(self, {_SHAPES} {_IN}, size=None\):\n"
    rf"    return self\._argcheck_rvs\({_SHAPES} {_OUT}, size=size\)\n"
    rf"\ndef _parse_args_stats\(self, {_SHAPES} {_IN}, moments='mv'\):\n"
    rf"    return \({_SHAPES}\), {_OUT}, moments\n"
)
_EXECUTED = "_parse_arg_template"


def is_distribution_state(state: Value) -> bool:
    """Whether the state of a `build:distribution` class holds no text but scipy's own to execute.

    `rv_generic.__setstate__` updates the instance with the state and executes `_parse_arg_template`;
    so the state must be a dict of which every key is known. Pairs update a dict too, and are refused.
    """
    if not isinstance(state, Box) or state.kind != "dict" or state.count != len(state.items):
        return False
    pairs = list(zip(state.items[::2], state.items[1::2], strict=True))
    if not all(isinstance(key, str) for key, _ in pairs):
        return False
    return all(
        isinstance(value, str) and _TEMPLATE.fullmatch(value) is not None
        for key, value in pairs
        if key == _EXECUTED
    )


def forged(made: Made, state: Value) -> Global | None:
    """The distribution class whose state is not such a one; None where all is well.

    The instance may come from NEWOBJ, or from any function that was given the class.
    """
    arguments = made.arguments.items if isinstance(made.arguments, Box) else []
    for each in (made.callee, *arguments):
        if isinstance(each, Global) and word(each) == "build:distribution":
            return None if is_distribution_state(state) else each
    return None
