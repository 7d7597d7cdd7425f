"""Never fail open: no broken, empty or missing file of any format passes."""

import pytest

from bench.fail_open import EXPECTED, Target, exit_code, targets

TARGETS = list(targets())


@pytest.mark.parametrize("target", TARGETS, ids=[f"{t.form}-{t.state}" for t in TARGETS])
def test_exit_code(target: Target) -> None:
    code = exit_code(target, "-j", "1")
    if target.state == "broken":
        assert code in (1, 3)  # what stood before the break may be a finding already
    else:
        assert code == EXPECTED[target.state]
