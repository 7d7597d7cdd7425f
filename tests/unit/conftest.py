"""A test that names a rule belongs to that rule: where the rule is deleted, the test goes with it.

Tests about bytes say which rule must report them. Ids that stand for no rule at all (in tests of reports and
settings, which know of none) are looked for nowhere but in the folders below.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Mapping

import pytest

from hauberk.rules import load

# Folders whose tests name real rules only.
OF_RULES = ("tests/unit/formats/", "tests/unit/analysis/")
RULE_ID = re.compile(r"\b(?:CLD|DAT|COD|DEP|MDL|PIP|IMG|TRN|DPL|INF|GOV)\d{3}\b")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect (pytest counts them) the tests of rules that do not exist."""
    gone = [each for each in items if _is_of_rules(each) and not set(_ids(each)) <= load().keys()]
    if gone:
        config.hook.pytest_deselected(items=gone)
        items[:] = [each for each in items if each not in gone]


def _is_of_rules(item: pytest.Item) -> bool:
    return item.nodeid.startswith(OF_RULES) and isinstance(item, pytest.Function)


def _ids(item: pytest.Item) -> Iterator[str]:
    """The ids in the test's own code (not in its decorators), and in the parameters of this case."""
    assert isinstance(item, pytest.Function)
    source = inspect.getsource(item.function)
    yield from RULE_ID.findall(source[source.index("def ") :])
    for text in _texts(item.callspec.params if hasattr(item, "callspec") else {}):
        yield from RULE_ID.findall(text)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts(tuple(value.values()))
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for each in value:
            yield from _texts(each)
