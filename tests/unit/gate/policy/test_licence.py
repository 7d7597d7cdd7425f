import pytest

from hauberk.core.errors import Malformed
from hauberk.gate.policy.licence import Allowance

SOME = Allowance(("MIT", "Apache-2.0", "BSD-*", "GPL-2.0-only WITH Classpath-exception-2.0"))


@pytest.mark.parametrize(
    ("expression", "is_permitted"),
    [
        ("MIT", True),
        ("mit", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        ("GPL-3.0-only OR MIT AND Apache-2.0", True),
        ("(GPL-3.0-only OR MIT) AND GPL-3.0-only", False),
        ("GPL-3.0-only AND MIT OR Apache-2.0", True),
        ("BSD-3-Clause and (MIT or Apache-2.0)", True),
        ("GPL-2.0-only WITH Classpath-exception-2.0", True),
        ("GPL-2.0-only WITH GCC-exception-3.1", False),
        ("GPL-2.0-only", False),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("Apache-2.0+", True),
        ("NOASSERTION", False),
        ("NONE", False),
        ("LicenseRef-Own", False),
        ("DocumentRef-x:LicenseRef-Own OR MIT", True),
    ],
)
def test_a_way_to_comply_is_enough_and_needed(expression: str, is_permitted: bool) -> None:
    assert SOME.permits(expression) is is_permitted


@pytest.mark.parametrize(
    "expression",
    ["", " ", "MIT OR", "AND MIT", "(MIT", "MIT)", "MIT Apache-2.0", "GNU GPL!", "WITH x", "MIT WITH", "()",
     "(" * 99 + "MIT" + ")" * 99, "MIT " * 999],
)  # fmt: skip
def test_what_is_no_expression_is_malformed(expression: str) -> None:
    with pytest.raises(Malformed):
        SOME.permits(expression)


def test_denied_licences_are_taken_out_of_what_is_allowed() -> None:
    some = Allowance(("*",), ("AGPL-*", "GPL-3.0*"))
    assert some.permits("MPL-2.0 OR AGPL-3.0-only")
    assert not some.permits("AGPL-3.0-or-later")
    assert not some.permits("GPL-3.0-only WITH GCC-exception-3.1")
    assert not some.permits("NOASSERTION")
