"""Pickles inside joblib, numpy, dill, cloudpickle and pandas files."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib

from tests.corpus.opcodes import built, call, made, name, program, value
from tests.corpus.payload import CODE, EXPRESSION, SHELL
from tests.corpus.pickle_libraries import INNER
from tests.corpus.technique import table
from tests.corpus.zips import Member, archive

RUN = call("os:system", SHELL)
HIDING = program(value({"weights": list(range(40)), "x": RUN}))


def _lz4(octets: bytes) -> bytes:
    import lz4.frame

    return lz4.frame.compress(octets)


def npy(octets: bytes, version: int = 1, header: bytes | None = None) -> bytes:
    """A .npy whose content is the pickle."""
    text = header or b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    width = 2 if version == 1 else 4
    text += b" " * (-(len(text) + 9 + width) % 64) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(width, "little") + text + octets


def npz(*members: Member) -> bytes:
    """An archive of arrays."""
    return archive(*members)


def _wrapper(dtype: str, after: bytes) -> bytes:
    """A joblib file: an array wrapper whose raw bytes follow at once, then the rest of the pickle."""
    wrapper = built(made("joblib.numpy_pickle:NumpyArrayWrapper"), {
        "subclass": name("numpy:ndarray"), "shape": (1,), "order": "C",
        "dtype": call("numpy:dtype", dtype), "allow_mmap": False, "numpy_array_alignment_bytes": None,
    })  # fmt: skip
    return b"\x80\x04" + wrapper + after


table("joblib", "model.joblib", "joblib", {
    "raw": HIDING,
    "zlib": lambda: zlib.compress(HIDING),
    "zlib-level-0": lambda: zlib.compress(HIDING, 0),
    "gzip": lambda: gzip.compress(HIDING),
    "gzip-with-name": lambda: b"\x1f\x8b\x08\x08" + bytes(4) + b"\x00\x03weights.txt\x00"
    + gzip.compress(HIDING)[10:],
    "bz2": lambda: bz2.compress(HIDING),
    "bz2-two-streams": lambda: bz2.compress(HIDING[:50]) + bz2.compress(HIDING[50:]),
    "lzma-alone": lambda: lzma.compress(HIDING, lzma.FORMAT_ALONE),
    "xz": lambda: lzma.compress(HIDING),
    "object-array": lambda: _wrapper("O", INNER + b"."),
    "after-raw-array": lambda: _wrapper("u1", b"\x07" + b"0" + RUN + b"."),
    "object-array-in-zlib": lambda: zlib.compress(_wrapper("O", INNER + b".")),
    "wrapper-class-swapped": lambda: b"\x80\x04" + built(made("joblib.numpy_pickle:NumpyArrayWrapper"), {
        "subclass": name("subprocess:Popen"), "shape": (0,), "order": "C", "dtype": call("numpy:dtype", "u1"),
        "allow_mmap": False, "numpy_array_alignment_bytes": None}) + b"0" + RUN + b".",
    "old-zfile": lambda: b"ZF" + hex(len(HIDING)).ljust(19).encode() + zlib.compress(HIDING),
}, needs=("joblib", "numpy"))  # fmt: skip
table("joblib", "model.joblib", "joblib", {"lz4": lambda: _lz4(HIDING)}, needs=("joblib", "lz4"))
table("joblib", "model.pkl", "joblib", {
    "zlib-named-pkl": lambda: zlib.compress(HIDING), "xz-named-pkl": lambda: lzma.compress(HIDING),
}, needs=("joblib",))  # fmt: skip

table("numpy", "weights.npy", "numpy", {
    "object-array": npy(INNER),
    "object-array-version-2": npy(INNER, 2),
    "object-array-version-3": npy(INNER, 3),
    "object-field": npy(INNER, header=b"{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,), }"),
    "object-nested-field": npy(INNER, header=b"{'descr': [('a', [('b', 'O')])], 'fortran_order': False, 'shape': (1,), }"),
    "header-reordered": npy(INNER, header=b"{'shape':(1,),'fortran_order':False,'descr':'O'}"),
    "header-escaped": npy(INNER, header=b"{'d\\x65scr': '\\x4f', 'fortran_order': False, 'shape': (1,), }"),
    "header-joined-strings": npy(INNER, header=b"{'desc' 'r': '|' 'O', 'fortran_order': False, 'shape': (1,), }"),
    "bare-pickle": HIDING,
    "shape-zero-objects": npy(INNER, header=b"{'descr': '|O', 'fortran_order': False, 'shape': (0,), }"),
}, needs=("numpy",))  # fmt: skip
table("numpy", "weights.npz", "numpy", {
    "npz-object-array": npz(Member("a.npy", npy(INNER))),
    "npz-deflated": npz(Member("a.npy", npy(INNER), deflate=True)),
    "npz-second": npz(Member("a.npy", npy(b"\0", header=b"{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }")),
                      Member("b.npy", npy(INNER))),
    "npz-no-suffix": npz(Member("a", npy(INNER))),
}, needs=("numpy",))  # fmt: skip
table("numpy", "weights.bin", "numpy", {"misnamed": npy(INNER)}, needs=("numpy",))


def _dilled() -> bytes:
    import dill

    return dill.dumps(eval("lambda: None"), recurse=True) + HIDING


def _cloudpickled_class() -> bytes:
    import cloudpickle

    scope: dict[str, object] = {}
    exec(f"class Model:\n    def __setstate__(self, state):\n        {CODE}\n", scope)
    model = scope["Model"]()  # type: ignore[operator]
    model.a = 1
    return cloudpickle.dumps(model)


def _cloudpickled_reduce() -> bytes:
    import cloudpickle

    class Model:
        def __reduce__(self) -> object:
            return eval, (EXPRESSION,)

    return cloudpickle.dumps({"model": Model()})


def _dill_module_state() -> bytes:
    return program(built(call("dill._dill:_import_module", "json"), {"dumps": None}), RUN)


table("dill", "model.pkl", "dill", {
    "reduce": program(RUN), "module-state": _dill_module_state,
    "create-type": program(call("dill._dill:_create_type", name("builtins:type"), "X", (), {}), RUN),
    "code-object": program(call(call("dill._dill:_create_function", call("builtins:compile", CODE, "m", "exec"),
                                     {"__builtins__": name("builtins:__dict__")}))),
}, needs=("dill",))  # fmt: skip
table("cloudpickle", "model.pkl", "pickle", {
    "class-by-value": _cloudpickled_class, "reduce": _cloudpickled_reduce,
}, needs=("cloudpickle",))  # fmt: skip
table("pandas", "frame.pkl", "pandas", {"plain": HIDING}, needs=("pandas",))
table("pandas", "frame.pkl.gz", "pandas", {"gzip": lambda: gzip.compress(HIDING)}, needs=("pandas",))
table("pandas", "frame.pkl.bz2", "pandas", {"bz2": lambda: bz2.compress(HIDING)}, needs=("pandas",))
table("pandas", "frame.pkl.xz", "pandas", {"xz": lambda: lzma.compress(HIDING)}, needs=("pandas",))
table(
    "pandas",
    "frame.pkl.zip",
    "pandas",
    {"zip": lambda: archive(Member("frame.pkl", HIDING))},
    needs=("pandas",),
)

for _file in ("model.txt", "model.json", "model.safetensors", "model.onnx", "model.gguf", "model.h5", "model.png",
              "model", "README.md", "weights.csv", "config.yaml", "model.tflite", "model.bin", "model.dat"):  # fmt: skip
    table("misnamed", _file, "pickle", {f"pickle-as-{_file.lower().replace('.', '-')}": HIDING})
    table("misnamed", _file, "pickle", {
        f"protocol-0-as-{_file.lower().replace('.', '-')}": b"cos\nsystem\n(S'" + SHELL.encode() + b"'\ntR."})  # fmt: skip
