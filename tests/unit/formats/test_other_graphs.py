import base64
import json
import struct

import pytest

from tests.unit.formats.graph_bytes import num, part, rules

PMML = '<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">%s</PMML>'
DESCRIPTION = part(2, part(1, part(1, "x")))
BLOB_HEAD = num(1, 8) + DESCRIPTION


def coreml(number: int, *payload: bytes) -> bytes:
    return BLOB_HEAD + part(number, *payload)


def program(path: str) -> bytes:
    value = part(5, part(1, path), num(2, 64))
    operation = part(1, "const") + part(5, part(1, "val"), part(2, value))
    block = part(3, part(1, "CoreML5"), part(2, part(3, operation)))
    return coreml(502, num(1, 1), part(2, part(1, "main"), part(2, block)))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (coreml(500, part(1, part(1, "l"), part(140))), set()),
        (coreml(500, part(1, part(500, part(10, "Mine")))), {"gap:unknown-operator"}),
        (
            coreml(500, part(1, part(605, part(1, part(1, part(500, part(10, "Mine"))))))),
            {"gap:unknown-operator"},
        ),
        (
            coreml(500, part(1, part(615, part(4, part(1, part(500, part(10, "Mine"))))))),
            {"gap:unknown-operator"},
        ),
        (coreml(555, part(10, "Mine")), {"gap:unknown-operator"}),
        (coreml(202, part(1, coreml(555, part(10, "Mine")))), {"gap:unknown-operator"}),
        (coreml(200, part(1, part(1, coreml(555, part(10, "Mine"))))), {"gap:unknown-operator"}),
        (coreml(556, part(1, part(1, part(1, "../../x")), part(2, part(1, "/etc")))), {"MDL044"}),
        (program("@model_path/weights/weight.bin"), set()),
        (program("@model_path/../../../etc/passwd"), {"MDL044"}),
        (program("/etc/passwd"), {"MDL044"}),
    ],
)
def test_core_ml_models_are_judged(model: bytes, expected: set[str]) -> None:
    assert rules("m.mlmodel", model) == expected
    assert rules("no-name", model) == expected


def layer(kind: str, version: str, data: str = "") -> bytes:
    return f'<layer id="0" name="l" type="{kind}" version="{version}">{data}</layer>'.encode()


def openvino(*layers: bytes) -> bytes:
    return (
        b'<?xml version="1.0"?>\n<net name="m" version="11"><layers>' + b"".join(layers) + b"</layers></net>"
    )


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (openvino(layer("Relu", "opset1"), layer("StringTensorPack", "extension")), set()),
        (openvino(layer("Twist", "extension")), {"gap:unknown-operator"}),
        (
            openvino(
                layer(
                    "If",
                    "opset8",
                    "<then_body><layers>" + layer("T", "own").decode() + "</layers></then_body>",
                )
            ),
            {"gap:unknown-operator"},
        ),
        (
            openvino(
                layer("Const", "opset1", '<data element_type="f32" shape="2, 3" offset="0" size="24"/>')
            ),
            set(),
        ),
        (
            openvino(
                layer("Const", "opset1", '<data element_type="f32" shape="2, 3" offset="0" size="9999"/>')
            ),
            {"MDL021"},
        ),
        (
            openvino(layer("Const", "opset1", '<data element_type="f32" shape="1" offset="-8" size="4"/>')),
            {"MDL021"},
        ),
    ],
)
def test_openvino_models_are_judged(model: bytes, expected: set[str]) -> None:
    assert rules("m.xml", model) == expected


DOCTYPES = [
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE r SYSTEM "http://192.0.2.1/x.dtd">',
    '<!DOCTYPE r PUBLIC "PMML 2.0" "file:///etc/passwd">',
    '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://192.0.2.1/x.dtd"> %p;]>',
    '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
]


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize(
    ("name", "body"), [("m.pmml", PMML % ""), ("m.xml", openvino().decode()[22:]), ("o.xml", "<r/>")]
)
def test_document_types_that_fetch_or_multiply_are_found(doctype: str, name: str, body: str) -> None:
    found = rules(name, ('<?xml version="1.0"?>' + doctype + body).encode())
    assert found & {"MDL022", "MDL024"}
    assert "gap:malformed" in found


def test_an_honest_document_type_is_fine() -> None:
    old = '<!DOCTYPE PMML PUBLIC "PMML 2.0" "http://www.dmg.org/v2-0/pmml_v2_0.dtd">' + PMML % ""
    assert rules("m.pmml", old.encode()) == set()


def test_pmml_in_another_encoding_is_read_the_same() -> None:
    text = '<?xml version="1.0" encoding="UTF-16"?>' + PMML % "<Extension>import os; os.system(1)</Extension>"
    assert "MDL048" in rules("m.pmml", text.encode("utf-16"))


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<Header><Application name='x'/><Timestamp>2026</Timestamp></Header>", set()),
        ('<Extension name="x" value="Runtime.getRuntime().exec(1)"/>', {"MDL048"}),
        ("<Header><Extension>eval(compile(x))</Extension></Header>", {"MDL048"}),
        ("<script>x = 1</script>", {"MDL048"}),
        ('<xi:include xmlns:xi="u" href="http://192.0.2.1/"/>', {"MDL047"}),
        ('<Apply function="java.lang.System.exit"/>', {"MDL049"}),
        ('<Apply function="org.example.F"/>', {"gap:unknown-operator"}),
        ('<Apply function="+"/><Apply function="x-log1p"/>', set()),
    ],
)
def test_pmml_is_judged(inside: str, expected: set[str]) -> None:
    assert rules("m.pmml", (PMML % inside).encode()) == expected


def test_a_pickle_in_an_extension_is_unpacked() -> None:
    packed = base64.b64encode(b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x04true\x85R.").decode()
    assert "MDL001" in rules("m.pmml", (PMML % f"<Extension>{packed}</Extension>").encode())


def test_xml_nested_without_end_is_told() -> None:
    assert "MDL023" in rules("m.pmml", (PMML % ("<a>" * 3000 + "</a>" * 3000)).encode())


def paddle(op: str, *attributes: bytes) -> bytes:
    operator = part(4, part(1, part(1, "X")), part(3, op), *attributes)
    return part(1, num(1, 0), num(2, -1), part(3, part(1, "feed")), operator) + part(4, num(1, 0))


def path(text: str) -> bytes:
    return part(4, part(1, "file_path"), num(2, 2), part(5, text))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (paddle("conv2d"), set()),
        (paddle("py_func"), {"MDL040"}),
        (paddle("listen_and_serv"), {"MDL042"}),
        (paddle("save_combine", path("/etc/cron.d/x")), {"MDL041"}),
        (paddle("load_combine", path("params")), set()),
        (paddle("tensorrt_engine"), {"gap:unknown-operator"}),
    ],
)
def test_paddle_programs_are_judged(model: bytes, expected: set[str]) -> None:
    assert rules("inference.pdmodel", model) == expected
    assert rules("no-name", model) == expected


def test_paddle_pir_programs_are_judged() -> None:
    def made(name: str) -> bytes:
        block = {"ops": [{"#": name, "A": [], "I": [], "O": []}]}
        body = {"base_code": {"magic": "pir", "version": 1}, "program": {"regions": [{"blocks": [block]}]}}
        return json.dumps(body).encode()

    assert rules("inference.json", made("1.relu")) == set()
    assert rules("inference.json", made("1.py_func")) == {"MDL040"}


def tensor(length: int, *dims: int) -> bytes:
    described = num(1, 5) + b"".join(num(2, each) for each in dims)
    return bytes(16) + struct.pack("<I", len(described)) + described + bytes(length)


def test_paddle_tensors_are_bounded() -> None:
    assert rules("m.pdiparams", tensor(24, 2, 3) + tensor(4, 1)) == set()
    assert rules("m.pdiparams", tensor(20, 2, 3)) == {"gap:malformed"}
    assert rules("m.pdiparams", tensor(24, 1 << 40)) == {"MDL021", "gap:malformed"}


def test_modules_call_only_what_is_known() -> None:
    module = "module @m {\n  %%0 = stablehlo.custom_call @%s(%%a) : (tensor<f32>) -> tensor<f32>\n}\n"
    assert rules("m.mlir", (module % "Sharding").encode()) == set()
    assert rules("m.mlir", (module % "evil_call").encode()) == {"gap:unknown-operator"}
    assert rules("m.mlir", b"ML\xefR\x01") == {"gap:unsupported"}
