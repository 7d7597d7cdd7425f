import io
import json
import zipfile

import pytest

from tests.unit.formats.graph_bytes import rules

HEAD = """class M(Module):
  __parameters__ = []
  def forward(self: __torch__.M,
    x: Tensor) -> Tensor:
    """
EMPTY = b"\x80\x02}q\0."


def script(body: str) -> bytes:
    return archive({"data.pkl": EMPTY, "constants.pkl": EMPTY, "code/__torch__.py": (HEAD + body).encode()})


def archive(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as held:
        for name, octets in members.items():
            held.writestr("m/" + name, octets)
    return made.getvalue()


def exported(target: str, **inputs: object) -> bytes:
    node = {"target": target, "inputs": [{"name": "a", "arg": inputs}], "outputs": []}
    program = {
        "graph_module": {"graph": {"inputs": [], "outputs": [], "nodes": [node]}},
        "opset_version": {"aten": 10},
    }
    return archive({"archive_format": b"pt2", "models/model.json": json.dumps(program).encode()})


@pytest.mark.parametrize(
    "body",
    [
        'return torch.from_file("/etc/passwd", False, 10)',
        "return torch . from_file('x', False, 10)",
        "return torch.\\\n from_file('x', False, 10)",
        'return ops.aten.from_file("x", False, 10)',
        'y = "x".from_file(False)',
        'torch.save(x, "/tmp/x")\n    return x',
        'ops.aten.save(x, "/tmp/x")',
        'y = ops.image.read_file("/etc/passwd")',
        'z = "#"; y = torch.from_file("a")',
        "z = 'it\\'s'; y = torch.from_file('a')",
        'y = ops.debugprims.load_tensor("x", [1], [1])',
    ],
)
def test_files_are_found_in_source(body: str) -> None:
    assert "MDL041" in rules("model.pt", script(body))


@pytest.mark.parametrize(
    "body",
    ["return ^Evil()(x)", "y = ^torch.autograd.F(1)(x)", "y = ops.prim.PythonOp(x)"],
)
def test_python_operators_are_found_in_source(body: str) -> None:
    assert "MDL040" in rules("model.pt", script(body))


def test_remote_calls_are_found_in_source() -> None:
    assert "MDL042" in rules("model.pt", script('y = rpc_async("worker", f, (x,))'))


@pytest.mark.parametrize(
    "body",
    ["y = ops.ours.twist(x)", "y = torch", "y : __torch__.torch.classes.ours.Engine = self.e", "o = ops"],
)
def test_what_somebodys_library_brings_is_a_gap(body: str) -> None:
    assert rules("model.pt", script(body)) == {"gap:unknown-operator"}


@pytest.mark.parametrize(
    "body",
    [
        "return torch.add(x, 1, alpha=1)",
        'raise AssertionError("torch.from_file is not called here")',
        "# torch.from_file('x')\n    return x",
        "y = ops.quantized.linear(x, self.w, 1., 0)",
        "p : __torch__.torch.classes.quantized.LinearPackedParamsBase = self.p",
        "y = self.torch.weight\n    z = a.ops.scale",
        "y = __torch__.torch.nn.functional.relu(x, )",
    ],
)
def test_ordinary_source_is_fine(body: str) -> None:
    assert rules("model.pt", script(body)) == set()


def test_exported_programs_are_judged_by_target() -> None:
    assert rules("m.pt2", exported("torch.ops.aten.linear.default")) == set()
    assert rules("m.pt2", exported("_operator.add")) == set()
    assert "MDL041" in rules("m.pt2", exported("torch.ops.aten.from_file.default", as_string="/etc/passwd"))
    assert rules("m.pt2", exported("torch.ops.ours.twist.default")) == {"gap:unknown-operator"}


def test_weights_outside_of_the_archive_are_found() -> None:
    config = {"config": {"w": {"path_name": "../../../etc/passwd", "is_param": True, "use_pickle": False}}}
    members = {
        "archive_format": b"pt2",
        "data/weights/model_weights_config.json": json.dumps(config).encode(),
    }
    assert "MDL044" in rules("m.pt2", archive(members))


def test_compiled_libraries_are_found() -> None:
    members = {"archive_format": b"pt2", "data/aotinductor/model/a.so": b"\x7fELF\2\1\1" + bytes(57)}
    assert "MDL045" in rules("m.pt2", archive(members))
