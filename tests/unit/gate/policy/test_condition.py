import json
import time

import pytest

from hauberk.core.attested import Attested
from hauberk.core.errors import BadSettings
from hauberk.gate.policy.condition import compile_condition, holds
from hauberk.gate.policy.kind import At
from hauberk.gate.policy.outcome import State
from tests.unit.gate.policy.made import (
    BOM,
    BUILDER,
    EVALUATION,
    EVALUATOR,
    SCAN,
    SCANNER,
    decided,
    only,
    said,
)

SCANNED = said("scan", SCAN, SCANNER)
EVALUATED = said("evaluation", EVALUATION, EVALUATOR)
PLACE = At("p.yaml", "c")


def state(cel: str, *attested: Attested) -> State:
    policy = f"    conditions: [{{name: c, cel: {json.dumps(cel)}, why: Mend it.}}]\n"
    return only(decided(policy, *attested)).state


@pytest.mark.parametrize(
    ("cel", "expected"),
    [
        ("scan.gaps == 0", State.MET),
        ("scan.gaps > 0", State.VIOLATED),
        ("scan.verdict == 'pass' && scan.findings.high == 0", State.MET),
        ("'safetensors' in scan.formats", State.MET),
        ("environment == 'production' && subject.name.startsWith('acme')", State.MET),
        ("timestamp(now) - timestamp(scan.scannedAt) < duration('3h')", State.MET),
        ("evaluations.all(e, e.results.all(r, r.value >= 0.0))", State.MET),
        ("evaluations.exists(e, e.results.exists(r, r.metric == 'nope'))", State.VIOLATED),
        # what is not there, or goes wrong, is unknown
        ("scan.nope == 0", State.UNKNOWN),
        ("scan.gaps / 0 == 0", State.UNKNOWN),
        ("scan.gaps == 'x' + scan.gaps", State.UNKNOWN),
        ("scan.verdict", State.UNKNOWN),
        ("scan.verdict.matches('(')", State.UNKNOWN),
        ("bom.components > 0", State.UNKNOWN),
        ("approvals.all(a, a.decision == 'approve')", State.UNKNOWN),
        ("!has(release.expires)", State.UNKNOWN),
    ],
)
def test_anything_but_true_is_no_pass(cel: str, expected: State) -> None:
    assert state(cel, SCANNED, EVALUATED) is expected


def test_a_condition_sees_only_claims_that_count() -> None:
    policy = "    scan: {by: scanners}\n    conditions: [{name: c, cel: scan.gaps == 0}]\n"
    assert only(decided(policy, said("scan", SCAN, BUILDER)), "condition c").state is State.UNKNOWN
    assert only(decided(policy, SCANNED), "condition c").state is State.MET


def test_two_claims_that_are_equally_new_are_no_fact() -> None:
    other = said("scan", SCAN | {"gaps": 1}, SCANNER)
    assert state("scan.gaps == 0", SCANNED, other) is State.UNKNOWN


def test_claims_that_are_too_large_or_no_values_of_cel_are_no_fact() -> None:
    for odd in (2**70, "\ud800", "x" * 100_001, [0] * 3_001, {"a": "\udfff"}):
        assert state("scan.gaps == 0", said("scan", SCAN | {"odd": odd}, SCANNER)) is State.UNKNOWN
    deep: object = 0
    for _ in range(5000):
        deep = [deep]
    assert state("scan.gaps == 0", said("scan", SCAN | {"odd": deep}, SCANNER)) is State.UNKNOWN


def test_the_dearest_condition_ends_in_small_memory() -> None:
    """Comparing all that fits, in every iteration that the runtime allows. Seconds of CPU time."""
    facts = {"scan": {"xs": list(range(100)), "ys": [{"a": "x" * 30} for _ in range(900)]}}
    cel = "scan.xs.all(a, scan.xs.all(b, scan == scan))"
    compile_condition(cel, PLACE)
    started = time.process_time()
    assert isinstance(holds(cel, facts), (bool, str))
    assert time.process_time() - started < 20


def test_a_large_bill_of_materials_is_counted() -> None:
    large = BOM | {"components": [{"name": str(n)} for n in range(50_000)]}
    assert state("bom.components == 50000", said("bom", large, BUILDER)) is State.MET


DIGITS = ",".join("0123456789")


@pytest.mark.parametrize(
    "cel",
    [
        "(" * 400 + "true" + ")" * 400,
        "[" * 900,
        "!" * 901 + "true",
        "||".join(["false"] * 140),
        "+".join(["1"] * 400) + " > 0",
        "[{!" * 300,
        "true" + " " * 2000,
        f"[{DIGITS}].all(a, [{DIGITS}].all(b, [{DIGITS}].all(c, [{DIGITS}].all(d, a >= 0))))",
        "['aaaaaaaa'].map(a, a+a+a+a).map(a, a+a+a+a).map(a, a+a+a+a).map(a, a+a+a+a).size() > 0",
        "[[scan]].map(a, [a,a,a,a]).map(b, [b,b,b,b]) == [[scan]]",
        "[scan].map(a, {'x': a}) == []",
        "r'\\' == '' || 'a'.size() + 1 > 0 || r'\\' == ''",
        "b'a' == b'a'",
        "'''a''' == 'a'",
        '"""a""" == "a"',
        "'" + "a" * 500 + "'.matches('(a*)*(a*)*(a*)*b')",
        "'a'.matches('((a{0,500}){0,500}){0,500}')",
        "scan.all(a, scan.all(b, scan.all(c, scan.all(d, a == b))))",
        "\x00",
        "é == 1",
        "true // a comment",
        "google.protobuf.Struct{} == null",
    ],
)
def test_hostile_conditions_are_refused_or_end_soon(cel: str) -> None:
    started = time.perf_counter()
    facts = {"scan": {str(n): n for n in range(200)}, "environment": "p"}
    try:
        compile_condition(cel, PLACE)
        found = holds(cel, facts)
    except BadSettings:
        found = "refused"
    assert isinstance(found, (bool, str))
    assert time.perf_counter() - started < 5


def test_values_that_grow_are_refused_before_they_do() -> None:
    for cel in (
        "scan.map(a, a) == []",
        "scan.all(a, " + " && ".join(["scan == scan"] * 9) + ")",
        "[1].all(a, scan + scan == scan)",
        "[environment].map(a, [a, a]) == []",
        "[1].map(a, {'k': a}) == []",
        "+".join(["environment"] * 40) + " == ''",
        "[1].all(a, [2].all(b, [3].all(c, [4].all(d, [5].all(e, true)))))",
    ):
        with pytest.raises(BadSettings, match=r"grow|macro"):
            compile_condition(cel, PLACE)


def test_lists_of_constants_and_indexes_stay_allowed_beside_macros() -> None:
    for cel in (
        "scan.formats.all(f, f in ['safetensors', 'json'])",
        "evaluations.exists(e, e.results[0].metric == 'accuracy')",
        "scan.formats.exists(f, {'json': true, 'gguf': false}[f])",
    ):
        assert state(cel, SCANNED, EVALUATED) is State.MET, cel


def test_without_conditions_cel_is_not_imported() -> None:
    import subprocess
    import sys

    program = (
        "import sys\nfrom hauberk.gate.policy.read import read_policy\n"
        "from hauberk.gate.policy.decide import decide\n"
        "read_policy(b'version: 1\\nenvironments: {p: {scan: {}}}', 'p.yaml')\n"
        "print([each for each in sys.modules if 'cel' in each.split('.')[0] or each == 'yaml.constructor'])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "cel_expr" not in ran.stdout
