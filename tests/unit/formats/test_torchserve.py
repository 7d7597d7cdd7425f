import io
import json
import zipfile

from hauberk.core.asset import Asset, Bytes
from hauberk.core.errors import UnreadableAsset
from hauberk.formats import zip_archive
from hauberk.formats.torchserve import TorchServeArchive


def archive(handler: str, source: str, manifest: str = "") -> list[object]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        model = {"model": {"modelName": "m", "handler": handler}}
        made.writestr("MAR-INF/MANIFEST.json", manifest or json.dumps(model))
        made.writestr("handler.py", source)
    read: list[object] = []
    try:
        read.extend(zip_archive.read(Asset("m.mar", Bytes(out.getvalue()))))
    except UnreadableAsset as error:
        read.append(error)
    return read


def uses(source: str, handler: str = "handler.py") -> set[str]:
    (view,) = (each for each in archive(handler, source) if isinstance(each, TorchServeArchive))
    return {each.name for each in view.uses}


def test_names_are_followed_to_where_they_come_from() -> None:
    assert "os.system" in uses("from os import system as s\ns('id')\n")
    assert "subprocess.run" in uses("import subprocess as sp\nsp.run(['id'])\n")
    assert "os.popen" in uses("import os\ngetattr(os, 'popen')('id')\n")
    assert "eval" in uses("f = eval\nf('1')\n")
    assert "os.system" in uses("import os\nos.system('id')\n", "handler:handle")


def test_methods_of_local_values_are_no_uses() -> None:
    assert not {"eval", "exec"} & uses("class H:\n    def load(self):\n        self.model.eval()\n")


def test_a_handler_that_is_no_python_or_not_there_is_a_problem() -> None:
    for handler, source in (("handler.py", "def ("), ("elsewhere.py", "")):
        (view,) = (each for each in archive(handler, source) if isinstance(each, TorchServeArchive))
        assert view.problem


def test_a_broken_manifest_is_a_gap_and_hides_nothing() -> None:
    read = archive("handler.py", "import os\n", manifest="{")
    assert any(isinstance(each, UnreadableAsset) for each in read)
    assert any(isinstance(each, Asset) and each.name == "handler.py" for each in read)
