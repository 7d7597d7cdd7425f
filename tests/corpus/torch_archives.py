"""Attacks in PyTorch files: zip archives whose two directories differ, legacy files, TorchScript, wrappers."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import io
import tarfile

from tests.corpus.opcodes import built, call, name, program, value
from tests.corpus.payload import CODE, MARK, SHELL
from tests.corpus.technique import table
from tests.corpus.zips import Member, archive, folder

RUN = call("os:system", SHELL)
EVIL = program(value({"weight": 1, "x": RUN}))
GOOD = program(value({"weight": 1}))
VERSION = Member("archive/version", b"3\n")
ORDER = Member("archive/byteorder", b"little")


def checkpoint(*pickles: Member, prefix: bytes = b"", **options: object) -> bytes:
    """A PyTorch zip with these members first."""
    return archive(*pickles, ORDER, VERSION, prefix=prefix, **options)  # type: ignore[arg-type]


def data(octets: bytes = EVIL, **fields: object) -> Member:
    """`archive/data.pkl`."""
    return Member("archive/data.pkl", octets, **fields)  # type: ignore[arg-type]


def _legacy(first: bytes = b"", model: bytes = EVIL) -> bytes:
    """The format of torch < 1.6: magic, protocol, system and model as stacked pickles, then storage keys."""
    magic = first or b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
    system = program(value({"protocol_version": 1001, "little_endian": True, "type_sizes": {}}))
    return magic + b"\x80\x02M\xe9\x03." + system + model + program(value([]))


def tarred(files: dict[str, bytes], *specials: tarfile.TarInfo, mode: str = "w") -> bytes:
    """A tar of files and of special entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive_:
        for each in specials:
            archive_.addfile(each)
        for name_, octets in files.items():
            entry = tarfile.TarInfo(name_)
            entry.size = len(octets)
            archive_.addfile(entry, io.BytesIO(octets))
    return out.getvalue()


table("torch-zip", "model.pt", "torch", {
    "data-pkl": checkpoint(data()),
    "other-archive-name": archive(Member("my model.v2/data.pkl", EVIL), Member("my model.v2/version", b"3\n")),
    "wrong-crc": checkpoint(data(crc=1)),
    "local-encryption-flag": checkpoint(data(local_flags=1)),
    "local-name-differs": checkpoint(data(local_name="archive/data.txt")),
    "local-name-data-0": checkpoint(data(local_name="archive/data/0.")),
    "deflated": checkpoint(data(deflate=True)),
    "duplicate-evil-first": checkpoint(data(), data(GOOD)),
    "polyglot-pickle-first": checkpoint(data(GOOD), prefix=_legacy()),
    "comment": checkpoint(data(), comment=b"honest weights"),
    "extra-field": checkpoint(data(extra=b"FB\x04\x00ZZZZ")),
    "data-descriptor-flag": checkpoint(data(flags=8)),
    "utf-8-flag": checkpoint(data(flags=0x800)),
    "payload-after-raw-storage": checkpoint(Member("archive/data/0", bytes(4096)), data()),
    "rebuild-hook": checkpoint(data(program(call("torch._tensor:_rebuild_from_type_v2", name("os:system"),
                                                 name("torch:Tensor"), (SHELL,), {})))),
    "state-dict-metadata": checkpoint(data(program(built(call("collections:OrderedDict"), {"_metadata": RUN})))),
    "ordered-dict-of-call": checkpoint(data(program(call("collections:OrderedDict", [("a", RUN)])))),
    "persistent-id-of-call": checkpoint(data(program(value(("storage", RUN, "0", "cpu", 1)) + b"Q"))),
    "broken-tail": checkpoint(data(b"\x80\x04" + RUN + b"\xff")),
}, needs=("torch",))  # fmt: skip
table("torch-zip", "model.pth", "torch", {
    "pth": checkpoint(data()),
}, needs=("torch",))  # fmt: skip
table("torch-zip", "pytorch_model.bin", "torch", {"bin": checkpoint(data())}, needs=("torch",))
table("torch-zip", "model.safetensors", "", {"zip-as-safetensors": checkpoint(data())})
table("torch-zip", "model.txt", "torch", {"zip-as-text": checkpoint(data())}, needs=("torch",))
table("torch-zip", "model.ckpt", "torch", {"ckpt": checkpoint(data())}, needs=("torch",))
table("torch-zip", "model.pt", "", {
    "duplicate-evil-last": checkpoint(data(GOOD), data()),
    "prefix": checkpoint(data(), prefix=b"#!/bin/sh\nexit\n"),
    "not-in-directory": archive(data(GOOD), VERSION, Member("archive/data.pkl", EVIL), in_directory=2),
    "extra-pickle": checkpoint(data(GOOD), Member("archive/extra/hook.pkl", EVIL)),
    "deeper-data-pkl": checkpoint(data(GOOD), Member("archive/archive/data.pkl", EVIL)),
    "constants-pkl": checkpoint(data(GOOD), Member("archive/constants.pkl", EVIL)),
    "pickle-without-suffix": checkpoint(data(GOOD), Member("archive/notes", EVIL)),
    "encrypted-in-both": checkpoint(data(flags=1)),
    "unknown-compression": checkpoint(data(method=99)),
    "pt2-sample-inputs": folder({"archive_version": b"0", "version": b"6", "serialized_exported_program.json": b"{}",
                                 "data/sample_inputs/model.pt": checkpoint(data())}),
    "pt2-weights": folder({"archive_version": b"0", "models/model.json": b"{}",
                           "data/weights/weight_0": EVIL, "data/constants/custom_obj_0": EVIL}),
    "size-lies": checkpoint(data(claimed_size=5)),
    "torch-package": folder({"pkg/.data/version": b"6\n", "pkg/model/model.pkl": EVIL,
                             "pkg/payload.py": CODE.encode()}),
    "executable-member": checkpoint(data(GOOD), Member("archive/data/1", b"\x7fELF\x02\x01\x01" + bytes(200))),
    "shared-library-member": checkpoint(data(GOOD), Member("archive/lib/payload.so", b"\x7fELF\x02\x01\x01" + bytes(200))),
    "zip-slip": checkpoint(data(GOOD), Member("../../home/x/.bashrc", b"x")),
    "zip-symlink": checkpoint(data(GOOD), Member("archive/link", b"/etc/passwd", attributes=0o120777 << 16)),
})  # fmt: skip

_MAGIC_EVIL = b"\x80\x02" + RUN + b"0\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
table("torch-legacy", "model.pt", "torch", {
    "model-pickle": _legacy(),
    "magic-pickle": _legacy(_MAGIC_EVIL, GOOD),
    "storage-keys": _legacy(model=GOOD)[: -len(program(value([])))] + program(value([RUN])),
    "wrong-magic": EVIL,
    "tar": lambda: tarred({"sys_info": program(value({"a": RUN})), "storages": b"\x80\x02K\x00.\x80\x02].",
                           "tensors": b"\x80\x02K\x00.", "pickle": EVIL}),
}, needs=("torch",))  # fmt: skip

_SCRIPT = program(name("__torch__:Module") + b")\x81}b")


def _script(body: str) -> bytes:
    code = "class Module(Module):\n  __parameters__ = []\n  __buffers__ = []\n" + (
        f"  def forward(self: __torch__.Module,\n    x: Tensor) -> Tensor:\n    {body}\n    return x\n")  # fmt: skip
    return folder({"m/data.pkl": _SCRIPT, "m/code/__torch__.py": code.encode(), "m/constants.pkl": b"\x80\x02).",
                   "m/version": b"3\n"})  # fmt: skip


table("torchscript", "model.pt", "", {
    "from-file": _script('y = torch.from_file("/etc/passwd", False, 100)'),
    "save": _script(f'_0 = torch.save(x, "{MARK}")'),
    "ops-aten-from-file": _script('y = ops.aten.from_file("/etc/passwd", True, 100)'),
    "unknown-custom-op": _script("y = ops.payload.run(x)"),
    "evil-data-pkl": folder({"m/data.pkl": EVIL, "m/code/__torch__.py": b"", "m/constants.pkl": b"\x80\x02).",
                             "m/version": b"3\n"}),
    "evil-constants-pkl": folder({"m/data.pkl": _SCRIPT, "m/code/__torch__.py": b"", "m/constants.pkl": EVIL,
                                  "m/version": b"3\n"}),
    "evil-debug-pkl": folder({"m/data.pkl": _SCRIPT, "m/code/__torch__.py.debug_pkl": EVIL,
                              "m/constants.pkl": b"\x80\x02).", "m/version": b"3\n"}),
})  # fmt: skip
