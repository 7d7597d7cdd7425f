import io
import zipfile

import pytest

from hauberk.core.asset import Bytes
from hauberk.core.errors import Malformed, OverBudget, UnreadableAsset
from hauberk.formats.flatbuffer import Buffer
from tests.unit.formats.graph_bytes import Table, flatbuffer, rules


def tflite(code: str | None, options: bytes = b"", buffer: Table | None = None) -> bytes:
    operator: Table = {0: 32, 1: code, 3: 32} if code else {0: 9, 3: 9}
    graph: Table = {3: [{0: 0, 5: options} if options else {0: 0}]}
    return flatbuffer({0: 3, 1: [operator], 2: [graph], 4: [buffer or {}]}, b"TFL3")


def executorch(operator: str, backend: str, segment: Table | None = None) -> bytes:
    plan: Table = {0: "forward", 6: [{0: operator, 1: "out"}], 7: [{0: backend}]}
    return flatbuffer({0: 0, 1: [plan], 4: [segment or {}]}, b"ET12")


def test_a_table_gives_its_fields() -> None:
    root = Buffer(
        Bytes(flatbuffer({0: 7, 2: "name", 3: ("Q", 1 << 40), 4: [{0: 1}, {0: 2}]}, b"TEST"))
    ).root()
    assert root.number(0, "i") == 7
    assert root.number(1, "i", 5) == 5
    assert root.text(2) == "name"
    assert root.number(3, "Q") == 1 << 40
    assert [each.number(0, "i") for each in root.tables(4)] == [1, 2]


@pytest.mark.parametrize("octets", [b"", b"\xff\xff\xff\xff", b"\4\0\0\0\0\0\0\0", bytes(64)])
def test_offsets_that_lead_nowhere_are_malformed(octets: bytes) -> None:
    with pytest.raises(Malformed):
        Buffer(Bytes(octets)).root()


def test_tables_that_hold_themselves_end_in_the_budget() -> None:
    buffer = Buffer(Bytes(flatbuffer({4: [{}] * 5000}, b"TEST")))
    buffer.left = 1000
    with pytest.raises(OverBudget):
        list(buffer.root().tables(4))


def test_standard_and_known_operators_are_fine() -> None:
    assert rules("m.tflite", tflite(None)) == set()
    assert rules("m.tflite", tflite("TFLite_Detection_PostProcess")) == set()
    assert rules("m.tflite", tflite("FlexErf")) == set()


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("FlexReadFile", "MDL041"),
        ("FlexWriteFile", "MDL041"),
        ("FlexPyFunc", "MDL040"),
        ("Ours", "gap:unknown-operator"),
    ],
)
def test_custom_operators_are_judged_by_name(code: str, rule: str) -> None:
    assert rules("m.tflite", tflite(code)) == {rule}
    assert rules("no-name", tflite(code)) == {rule}


def test_a_flex_operators_addresses_count() -> None:
    assert rules("m.tflite", tflite("FlexDebugIdentity", b"\x0aurls\x12grpc://192.0.2.1:1\0")) == {"MDL042"}


def test_a_buffer_beyond_the_file_is_a_lie() -> None:
    assert rules("m.tflite", tflite(None, buffer={1: ("Q", 1 << 30), 2: ("Q", 64)})) == {"MDL021"}
    assert rules("m.tflite", tflite(None, buffer={1: ("Q", 1), 2: ("Q", 64)})) == set()


def test_files_appended_as_metadata_are_read_too() -> None:
    made = io.BytesIO(tflite(None))
    with zipfile.ZipFile(made, "a") as archive:
        archive.writestr("labels.txt", "cat\ndog\n")
        archive.writestr("hidden.pkl", b"cos\nsystem\n(S'true'\ntR.")
    assert "MDL001" in rules("m.tflite", made.getvalue())


@pytest.mark.parametrize(
    ("operator", "backend", "expected"),
    [
        ("aten::add", "XnnpackBackend", set()),
        ("ours::twist", "XnnpackBackend", {"gap:unknown-operator"}),
        ("aten::add", "OurBackend", {"gap:unknown-operator"}),
        ("aten::from_file", "XnnpackBackend", {"MDL041"}),
        ("aten::add", "CudaBackend", {"MDL045"}),
    ],
)
def test_executorch_programs_are_judged_by_operators_and_backends(
    operator: str, backend: str, expected: set[str]
) -> None:
    assert rules("m.pte", executorch(operator, backend)) == expected


def test_a_segment_beyond_the_file_is_a_lie() -> None:
    assert rules("m.pte", executorch("aten::add", "XnnpackBackend", {0: ("Q", 0), 1: ("Q", 1 << 33)})) == {
        "MDL021"
    }


@pytest.mark.parametrize("cut", range(8, 150, 7))
def test_a_truncated_buffer_is_unreadable(cut: int) -> None:
    root = Buffer(Bytes(tflite("Ours")[:cut]))
    with pytest.raises(UnreadableAsset):
        operators = next(iter(root.root().tables(2))).tables(3)
        next(iter(operators)).number(0, "I")
        raise Malformed("short enough to be whole")
