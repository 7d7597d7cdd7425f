"""`just bench gate`: decisions a second by a realistic production policy, with and without CEL conditions.

python -m bench.gate [--seconds N]
"""

from __future__ import annotations

import argparse
import statistics
import time
from dataclasses import replace

from hauberk.gate.policy.decide import decide
from hauberk.gate.policy.demands import Policy
from hauberk.gate.policy.evidence import Evidence
from hauberk.gate.policy.read import read_policy
from tests.unit.gate.policy.made import BOM, BUILDER, EXAMPLE, NOW, SUBJECT, honest, said

ROUNDS = 5


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.0, help="of each of the rounds")
    seconds = arguments.parse_args().seconds
    octets = EXAMPLE.read_bytes()
    policy = read_policy(octets, EXAMPLE.name)
    asked = policy.environments["production"]
    bare = replace(policy, environments={"production": replace(asked, conditions=())})
    licence = [{"license": {"id": "MIT"}}]
    parts = [{"name": f"part {n}", "version": "1.0", "licenses": licence} for n in range(500)]
    large = said("bom", BOM | {"components": parts}, BUILDER)
    with_parts = tuple((honest() | {"bom": large}).values())
    print("| policy | evidence | demands | decisions / s | us a decision |\n|---|---|---|---|---|")
    _row("without conditions", bare, "10 statements", tuple(honest().values()), seconds)
    _row("with 2 CEL conditions", policy, "10 statements", tuple(honest().values()), seconds)
    _row("with 2 CEL conditions", policy, "10 statements, 500 components", with_parts, seconds)
    started = time.perf_counter()
    for _ in range(20):
        read_policy(octets, EXAMPLE.name)
    print(f"\nreading the policy: {(time.perf_counter() - started) / 20 * 1000:.1f} ms")


def _row(name: str, policy: Policy, what: str, attested: tuple[object, ...], seconds: float) -> None:
    evidence = Evidence(SUBJECT, attested, NOW)  # type: ignore[arg-type]
    decision = decide(policy, "production", evidence)
    assert decision.verdict.word == "pass", decision.verdict
    rates = [_rate(policy, evidence, seconds) for _ in range(ROUNDS)]
    rate = statistics.median(rates)
    print(f"| {name} | {what} | {len(decision.outcomes)} | {rate:,.0f} | {1e6 / rate:,.0f} |", flush=True)


def _rate(policy: Policy, evidence: Evidence, seconds: float) -> float:
    """Decisions a second of CPU time."""
    started, count = time.process_time(), 0
    while (spent := time.process_time() - started) < seconds:
        for _ in range(20):
            decide(policy, "production", evidence)
        count += 20
    return count / spent


if __name__ == "__main__":
    main()
