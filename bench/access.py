"""`just bench access`: the access engine beside z3, on AWS's own policies, and against the second evaluator.

python -m bench.access [--pairs N]

z3's theory of strings stands beside it where `bench/out/peers/z3` has it (made on first use).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from hauberk.analysis.access.questions import no_broader
from hauberk.formats.iam_policy import read_iam_policy
from tests import access_evaluator as evaluator
from tests import access_policies as policies

PEER = Path(__file__).parent / "out/peers/z3"
SEEDS = range(100, 105)
Statements = list[dict[str, Any]]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pairs", type=int, default=100_000)
    pairs = arguments.parse_args().pairs
    synthetic()
    managed()
    agreement(pairs)


def synthetic() -> None:
    """A no broader than B, CPU ms, median of five seeds; the same questions to z3 with 20 s each."""
    print("| statements | question | engine ms | z3 strings ms |\n|---|---|---|---|")
    z3 = _z3()
    for count in (10, 100, 1000):
        for name, change in QUESTIONS.items():
            ours, theirs = [], []
            for seed in SEEDS:
                one = made(count, seed)
                other = change(one, seed)
                ours.append(_spent(_document(one), _document(other)))
                if z3 is not None and count <= 100 and len(theirs) < 3:
                    theirs.append(_asked_z3(z3, one, other))
            told = ", ".join(theirs) if theirs else "not run"
            print(f"| {count} | {name} | {statistics.median(ours):.0f} | {told} |", flush=True)


def made(count: int, seed: int) -> Statements:
    """Allows and denials on prefixes of as many buckets as statements; a third has conditions."""
    random = Random(seed)
    names = [
        "s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket", "dynamodb:GetItem",
        "dynamodb:PutItem", "sqs:SendMessage", "kms:Decrypt", "sagemaker:CreateTrainingJob",
    ]  # fmt: skip
    found: Statements = []
    for _ in range(count):
        statement: dict[str, Any] = {
            "Effect": "Allow" if random.random() < 0.85 else "Deny",
            "Action": random.sample(names, random.randint(1, 4)),
            "Resource": [
                f"arn:aws:s3:::bucket{random.randrange(count)}/p{random.randrange(20)}/*"
                for _ in range(random.randint(1, 4))
            ],
        }
        if random.random() < 0.4:
            key = random.choice(["aws:PrincipalTag/a", "aws:PrincipalTag/b"])
            operator = random.choice(["StringEquals", "StringLike"])
            statement["Condition"] = {operator: {key: random.choice(["x", "y", "x*"])}}
        found.append(statement)
    return found


def split(statements: Statements, seed: int) -> Statements:
    """The same policy, one action and one resource a statement, shuffled."""
    found = [
        {**each, "Action": action, "Resource": resource}
        for each in statements
        for action in each["Action"]
        for resource in each["Resource"]
    ]
    Random(seed).shuffle(found)
    return found


QUESTIONS: dict[str, Callable[[Statements, int], Statements]] = {
    "itself": lambda one, _seed: one,
    "one statement fewer": lambda one, _seed: one[: len(one) // 2] + one[len(one) // 2 + 1 :],
    "rewritten": split,
}


def _document(statements: Statements) -> bytes:
    return json.dumps({"Version": "2012-10-17", "Statement": statements}).encode()


def _spent(one: bytes, other: bytes) -> float:
    first, second = read_iam_policy(one, "one"), read_iam_policy(other, "other")
    started = time.process_time()
    assert no_broader([first], [second]).holds is not None
    return (time.process_time() - started) * 1000


def managed() -> None:
    """AWS's own policies, as moto ships them, against ReadOnlyAccess."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    listed = json.loads(aws_managed_policies_data)
    read = {
        name: read_iam_policy(json.dumps(each["Document"]).encode(), name) for name, each in listed.items()
    }
    no_broader([read["AmazonS3FullAccess"]], [read["ReadOnlyAccess"]])
    spent, undecided = [], 0
    for policy in read.values():
        started = time.process_time()
        undecided += no_broader([policy], [read["ReadOnlyAccess"]]).holds is None
        spent.append((time.process_time() - started) * 1000)
    spent.sort()
    middle, late = statistics.median(spent), spent[int(len(spent) * 0.95)]
    print(f"\n{len(read)} managed policies no broader than ReadOnlyAccess:", end=" ")
    print(f"median {middle:.1f} ms, p95 {late:.1f}, most {spent[-1]:.0f}; {undecided} undecided", flush=True)


def agreement(pairs: int) -> None:
    """Random pairs of policies, each with 20 random requests for every proof."""
    random, undecided, proofs = Random(2026), 0, 0
    for _ in range(pairs):
        one, other = policies.pair(random)
        answer = no_broader([policies.read(one)], [policies.read(other)])
        undecided += answer.holds is None
        proofs += answer.holds is True
        if answer.witness is not None:
            asked = policies.as_written(answer.witness)
            assert evaluator.is_allowed(one, asked), (one, asked)
            assert not evaluator.is_allowed(other, asked), (other, asked)
        elif answer.holds:
            for _ in range(20):
                asked = policies.request(random)
                assert not evaluator.is_allowed(one, asked) or evaluator.is_allowed(other, asked), (
                    one,
                    other,
                )
    print(f"{pairs:,} random pairs: {proofs:,} proofs, {undecided} undecided, no disagreement")


def _z3() -> Path | None:
    python = PEER / "bin/python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEER], check=True)
        subprocess.run([PEER / "bin/pip", "install", "--quiet", "z3-solver"], check=False)
    return python if subprocess.run([python, "-c", "import z3"], check=False).returncode == 0 else None


def _asked_z3(python: Path, one: Statements, other: Statements) -> str:
    """The same question as formulas over strings; what z3 says, and in how many ms."""
    asked = json.dumps([one, other])
    done = subprocess.run(
        [python, Path(__file__).with_name("access_z3.py")],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


if __name__ == "__main__":
    main()
