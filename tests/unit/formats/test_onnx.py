import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.formats.format import Claim
from hauberk.formats.onnx import claim
from tests.unit.formats.graph_bytes import num, onnx, onnx_node, onnx_tensor, part, rules

EVIL = onnx_tensor("../../../etc/passwd")
PYOP = onnx_node("PyOp", domain="com.microsoft")
RAW = num(1, 2) + num(1, 3) + num(2, 1) + part(8, "w")


def attribute(field: int, *payload: bytes) -> bytes:
    return onnx_node("Holder", part(5, part(1, "a"), part(field, *payload)))


@pytest.mark.parametrize(
    "model",
    [
        onnx(part(5, EVIL)),
        onnx(part(15, part(1, EVIL))),
        onnx(part(15, part(2, EVIL))),
        onnx(attribute(5, EVIL)),
        onnx(attribute(10, EVIL)),
        onnx(attribute(22, part(1, EVIL))),
        onnx(attribute(23, part(2, EVIL))),
        onnx(attribute(6, part(5, EVIL))),
        onnx(attribute(11, part(5, EVIL))),
        onnx(attribute(6, attribute(6, attribute(11, part(5, EVIL))))),
        onnx(more=part(20, part(1, part(5, EVIL)))),
        onnx(more=part(20, part(2, part(5, EVIL)))),
        onnx(more=part(25, part(1, "f"), part(7, attribute(5, EVIL)[2:]))),
        onnx(more=part(25, part(11, part(5, EVIL)))),
    ],
)
def test_external_data_is_found_wherever_a_tensor_can_stand(model: bytes) -> None:
    assert "MDL044" in rules("model.onnx", model)
    assert "MDL044" in rules("model.bin", model)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "a/../../b",
        "..\\x",
        "C:\\x",
        "\\\\host\\x",
        "file:///x",
        "http://h/x",
        "x\0y",
        "~/x",
        "*/_ORT_MEM_ADDR_/*",
    ],
)
def test_a_path_that_leaves_the_folder_is_found(path: str) -> None:
    assert "MDL044" in rules("model.onnx", onnx(part(5, onnx_tensor(path))))


@pytest.mark.parametrize("path", ["model.onnx.data", "weights/a.bin", "a..b", "model v1.2.data", "été.bin"])
def test_a_file_beside_the_model_is_fine(path: str) -> None:
    assert rules("model.onnx", onnx(part(5, onnx_tensor(path)))) == set()


@pytest.mark.parametrize(
    "model",
    [
        onnx(PYOP),
        onnx(attribute(6, PYOP)),
        onnx(more=part(25, part(7, PYOP[2:]))),
        onnx(more=part(20, part(1, PYOP))),
    ],
)
def test_python_operators_are_found_wherever_a_node_can_stand(model: bytes) -> None:
    assert "MDL040" in rules("model.onnx", model)


def test_a_custom_operator_is_a_gap_unless_the_model_says_what_it_computes() -> None:
    node = onnx_node("Turn", domain="org.example")
    assert rules("m.onnx", onnx(node)) == {"gap:unknown-operator"}
    function = part(25, part(1, "Turn"), part(10, "org.example"), part(7, onnx_node("Neg")[2:]))
    assert rules("m.onnx", onnx(node, more=function)) == set()


def test_a_tensor_must_have_the_size_of_its_shape() -> None:
    assert rules("m.onnx", onnx(part(5, RAW, part(9, bytes(24))))) == set()
    assert rules("m.onnx", onnx(part(5, RAW, part(9, bytes(20))))) == {"MDL021"}
    assert rules("m.onnx", onnx(part(5, num(1, 1 << 40), num(2, 1)))) == {"MDL021"}
    assert rules("m.onnx", onnx(part(5, num(1, -1), num(2, 1)))) == {"MDL021"}


def test_a_node_of_two_operators_is_told() -> None:
    assert "MDL020" in rules("m.onnx", onnx(onnx_node("Relu", part(4, "PyOp"), domain="com.microsoft")))


def test_a_large_unknown_field_is_hidden_bytes() -> None:
    assert "MDL025" in rules("m.onnx", onnx(onnx_node("Relu"), more=part(99, bytes(5000))))


def test_trees_of_many_numbers_cost_little() -> None:
    import time

    numbers = b"\x40\x07" * 400_000 + b"\x3d\0\0\0\0" * 400_000
    start = time.process_time()
    assert rules("m.onnx", onnx(onnx_node("TreeEnsemble", part(5, part(1, "n"), numbers)))) == set()
    assert time.process_time() - start < 0.5


def test_a_model_is_known_by_its_head() -> None:
    assert claim(Asset("model", Bytes(onnx(onnx_node("Relu"))))) is Claim.CERTAIN
    assert claim(Asset("model", Bytes(b"\x08\x08plain words"))) is Claim.NONE


def test_a_truncated_model_is_a_gap_and_keeps_its_findings() -> None:
    found = rules("m.onnx", onnx(part(5, EVIL), onnx_node("Relu"))[:-5])
    assert found == {"MDL044", "gap:malformed"}
