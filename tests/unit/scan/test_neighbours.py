"""Files of bare numbers: known where a model accounts for all of them, and a gap everywhere else."""

from pathlib import Path

import pytest

from hauberk.core.report import Report
from hauberk.core.verdict import Word
from hauberk.gate.decide import decide
from hauberk.gate.settings import Settings
from hauberk.scan.cache import Cache
from hauberk.scan.neighbours import NAMED_WEIGHTS
from hauberk.scan.run import scan
from tests.unit.formats.graph_bytes import num, onnx, part

NUMBERS = bytes(range(250, 256)) * 4
LAYER = (
    '<?xml version="1.0"?><net name="x" version="11"><layers><layer id="0" name="c" type="Const" '
    'version="opset1"><data element_type="f32" shape="2,3" offset="0" size="24"/></layer></layers></net>'
)
UNCACHED = Settings(cache=False)


def tensor(location: str, start: int, count: int) -> bytes:
    entries = {"location": location, "offset": str(start), "length": str(4 * count)}
    external = b"".join(part(13, part(1, key), part(2, text)) for key, text in entries.items())
    return part(5, num(1, count) + num(2, 1) + part(8, "w") + external + num(14, 1))


def scanned(folder: Path, files: dict[str, bytes]) -> Report:
    for name, octets in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(octets)
    return scan(folder, settings=UNCACHED)


def unknown(report: Report) -> list[str]:
    return [each.place.locator.rpartition("/")[2] for each in report.gaps if each.reason == "unrecognised"]


def test_weights_that_an_openvino_model_accounts_for_are_no_gap(tmp_path: Path) -> None:
    report = scanned(tmp_path, {"m.xml": LAYER.encode(), "m.bin": NUMBERS})
    assert decide(report, UNCACHED, {}).word is Word.PASS
    assert [each.formats for each in report.assets if each.locator.endswith(".bin")] == [(NAMED_WEIGHTS,)]


@pytest.mark.parametrize("octets", [NUMBERS[:-1], NUMBERS + bytes([250]) * 48], ids=["shorter", "longer"])
def test_weights_of_another_size_stay_a_gap(tmp_path: Path, octets: bytes) -> None:
    assert unknown(scanned(tmp_path, {"m.xml": LAYER.encode(), "m.bin": octets})) == ["m.bin"]


def test_a_file_that_no_model_names_stays_a_gap(tmp_path: Path) -> None:
    files = {"m.xml": LAYER.encode(), "n.bin": NUMBERS, "inner/m.bin": NUMBERS}
    assert unknown(scanned(tmp_path, files)) == ["m.bin", "n.bin"]


def test_tensors_of_an_onnx_model_may_lie_in_folders_and_pieces(tmp_path: Path) -> None:
    model = onnx(tensor("parts/w.bin", 0, 3), tensor("./parts/w.bin", 12, 3))
    assert unknown(scanned(tmp_path, {"m.onnx": model, "parts/w.bin": NUMBERS})) == []


def test_a_huge_hole_is_not_accounted_for(tmp_path: Path) -> None:
    model = onnx(tensor("w.bin", 0, 1), tensor("w.bin", 1 << 19, 1))
    octets = NUMBERS * ((1 << 19) // len(NUMBERS)) + NUMBERS
    files = {"m.onnx": model, "w.bin": octets[: (1 << 19) + 4]}
    assert unknown(scanned(tmp_path, files)) == ["w.bin"]


def test_a_pickle_that_a_model_calls_its_weights_is_judged(tmp_path: Path) -> None:
    program = b"cposix\nsystem\n(S'id'\ntR."
    assert len(program) == 24
    report = scanned(tmp_path, {"m.xml": LAYER.encode(), "m.bin": program})
    assert [each.place.locator.rpartition("/")[2] for each in report.findings] != []


def test_what_the_cache_remembers_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("a", "b"):  # the second folder is known by its bytes only
        (tmp_path / name).mkdir()
        (tmp_path / name / "m.xml").write_text(LAYER)
        (tmp_path / name / "m.bin").write_bytes(NUMBERS)
        assert unknown(scan(tmp_path / name, settings=Settings())) == []
    assert Cache(tmp_path / "cache" / "hauberk" / "seen.sqlite").path.exists()
