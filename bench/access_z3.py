"""Run by `bench.access` in the peer's environment: is one policy broader than another, by z3's strings."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import z3

LIMIT = 20_000  # ms


def fits(text: Any, pattern: str) -> Any:
    """The pattern as a regular expression of z3."""
    anything = z3.Star(z3.AllChar(z3.ReSort(z3.StringSort())))
    pieces = [z3.Re(each) for each in pattern.split("*")]
    whole = pieces[0]
    for each in pieces[1:]:
        whole = z3.Concat(whole, anything, each)
    return z3.InRe(text, whole)


def as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def allowed(statements: list[dict[str, Any]], action: Any, resource: Any, keys: dict[str, Any]) -> Any:
    """Some allow matches and no denial does."""
    found: dict[str, list[Any]] = {"Allow": [], "Deny": []}
    for each in statements:
        parts = [
            z3.Or([action == z3.StringVal(one) for one in as_list(each["Action"])]),
            z3.Or([fits(resource, one) for one in as_list(each["Resource"])]),
        ]
        for block in each.get("Condition", {}).values():
            for key, pattern in block.items():
                has = keys.setdefault("?" + key, z3.Bool("has " + key))
                parts.append(z3.And(has, fits(keys.setdefault(key, z3.String(key)), pattern)))
        found[each["Effect"]].append(z3.And(parts))
    return z3.And(z3.Or(found["Allow"]), z3.Not(z3.Or(found["Deny"])))


one, other = json.load(sys.stdin)
solver = z3.Solver()
solver.set("timeout", LIMIT)
action, resource, keys = z3.String("action"), z3.String("resource"), {}
solver.add(allowed(one, action, resource, keys), z3.Not(allowed(other, action, resource, keys)))
started = time.process_time()
answer = solver.check()
print(f"{answer} {(time.process_time() - started) * 1000:.0f}")
