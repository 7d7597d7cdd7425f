"""scipy's distributions execute a part of their state: only their own text may stand there."""

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.scan.examine import examine

NORM = b"cscipy.stats._continuous_distns\nnorm_gen\n"
HONEST = (
    "\ndef _parse_args(self, a, b,  loc=0, scale=1):\n    return (a, b, ), loc, scale\n"
    "\ndef _parse_args_rvs(self, a, b,  loc=0, scale=1, size=None):\n"
    "    return self._argcheck_rvs(a, b,  loc, scale, size=size)\n"
    "\ndef _parse_args_stats(self, a, b,  loc=0, scale=1, moments='mv'):\n"
    "    return (a, b, ), loc, scale, moments\n"
)


def text(value: str) -> bytes:
    return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()


def rules(program: bytes) -> set[str]:
    found = examine(Asset("m.pkl", Bytes(program)))
    assert not found.gaps
    return {each.rule for each in found.findings}


def state(template: str, before: bytes = b"") -> bytes:
    return b"}(" + before + text("_parse_arg_template") + text(template) + b"u"


def test_the_text_of_scipy_is_allowed() -> None:
    assert not rules(b"\x80\x04" + NORM + b")\x81" + state(HONEST) + b"b.")


@pytest.mark.parametrize(
    "template",
    [
        "import os",
        HONEST + "import os\n",
        HONEST.replace("loc=0", "loc=f()"),
        HONEST.replace("a, b,", "a, b=f(),"),
    ],
)
def test_any_other_text_is_code(template: str) -> None:
    assert "MDL001" in rules(b"\x80\x04" + NORM + b")\x81" + state(template) + b"b.")


def test_a_text_far_back_in_the_state_is_seen() -> None:
    many = b"".join(text(f"k{n}") + b"N" for n in range(80))
    assert "MDL001" in rules(b"\x80\x04" + NORM + b")\x81" + state("import os", many) + b"b.")


@pytest.mark.parametrize(
    "program",
    [
        b"\x80\x04" + NORM + b")\x81" + text("_parse_arg_template") + text("import os") + b"\x86N\x86b.",
        b"\x80\x02ccopyreg\n_reconstructor\n(" + NORM + b"cbuiltins\nobject\nNtR" + state("x") + b"b.",
        b"\x80\x02cpandas.core.indexes.base\n_new_Index\n(" + NORM + b"}tR" + state("x") + b"b.",
        b"\x80\x04cdill._dill\n_create_array\n(ccopyreg\n_reconstructor\n("
        + NORM + b"cbuiltins\nobject\nNt" + state("import os") + b"NtR.",
        b"\x80\x04" + NORM + b")R.",
    ],
    ids=["pairs", "reconstructor", "index", "array", "call"],
)  # fmt: skip
def test_every_way_to_such_an_object_is_watched(program: bytes) -> None:
    # MDL001 where the text is the call, MDL003 where the class is.
    assert rules(program) & {"MDL001", "MDL003"}
