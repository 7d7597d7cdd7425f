"""What loading a pickle would do is known in full: stacked, broken, nested, framed or long."""

import io
import os
import pickle
import struct
from pathlib import Path
from random import Random

import joblib
import numpy as np
import pytest
import torch

import hauberk.analysis.execution as engine
from bench.pickle_streams import stream
from hauberk.analysis.execution import Execution, Fault, execute, lexer, machine
from hauberk.analysis.execution.events import Kind
from hauberk.analysis.execution.machine import Machine
from hauberk.core.asset import Bytes

PAYLOAD = b"cos\nsystem\n(U\x04trueR"
HONEST = b"\x80\x02]K\x01a."
PAYLOADS = {
    "global": PAYLOAD + b"0",
    "memo-name": b"X\x02\x00\x00\x00os\x94X\x06\x00\x00\x00system\x94\x93(U\x04truetR0",
    "inst": b"(U\x04trueios\nsystem\n0",
}

LONG = (b"C\xff" + b"x" * 255 + b"0") * (engine.WHOLE // 258 + 1)
ROW = b"}(X\x04\x00\x00\x00nameX\x28\x00\x00\x00" + b"x" * 40 + b"u0"


def run(octets: bytes) -> Execution:
    return execute(Bytes(octets))


def ran(octets: bytes) -> list[str]:
    return [each.subject for each in run(octets).judgements if each.fault is Fault.RUNS]


def call(name: str, argument: bytes) -> bytes:
    module, _, function = name.rpartition(".")
    return f"c{module}\n{function}\n".encode() + b"(B" + struct.pack("<I", len(argument)) + argument + b"tR"


# Stacked pickles


@pytest.mark.parametrize("before", [1, 2, 50])
def test_a_pickle_behind_others_is_examined(before: int) -> None:
    assert "os.system" in ran(HONEST * before + b"\x80\x02" + PAYLOAD + b".")


def test_bytes_behind_the_end_are_no_pickle() -> None:
    found = run(HONEST + b"\x00\xffjunk")
    assert not found.judgements
    assert not found.broken
    assert found.end == len(HONEST)


def test_the_memo_of_one_pickle_is_not_that_of_the_next() -> None:
    assert run(b"\x80\x02K\x01q\x05.\x80\x02h\x05.").broken == "memo 5 is empty"


def test_more_stacked_pickles_than_are_examined_are_told() -> None:
    assert run(HONEST * (engine.MAX_STACKED + 1)).is_spent


# Broken tails


@pytest.mark.parametrize(
    "tail", [b"", b"X\xff\x00\x00\x00a", b"J\x01", b"\xff.", b"h\x63.", b"Sabc\n.", b"t."]
)
def test_what_ran_before_the_break_has_run(tail: bytes) -> None:
    octets = b"\x80\x02" + PAYLOAD + tail
    assert "os.system" in ran(octets)
    assert run(octets).broken


@pytest.mark.parametrize("cut", range(1, len(HONEST)))
def test_a_cut_pickle_is_never_whole(cut: int) -> None:
    assert run(HONEST[:cut]).broken


def test_nothing_is_read_behind_the_end_of_the_content() -> None:
    for code in range(256):
        for length in range(9):
            found = run(b"\x80\x02" + bytes([code]) + bytes(length))
            assert found.broken or found.end <= 3 + length


# Strings of Python 2


@pytest.mark.parametrize("text", [b"U\x01\xe9", b"T\x01\x00\x00\x00\xe9", b"S'\xe9'\n", b"S'\\xe9'\n"])
def test_what_follows_a_string_that_is_no_ascii_is_examined(text: bytes) -> None:
    octets = b"\x80\x02" + text + b"0" + PAYLOAD + b"."
    with pytest.raises(UnicodeDecodeError):
        pickle.loads(octets.replace(PAYLOAD, b"N"))
    assert "os.system" in ran(octets)


# joblib


ARRAYS = {
    "floats": np.arange(3000.0),
    "empty": np.zeros((0, 4)),
    "bytes": np.frombuffer(b"." * 200_000, np.uint8),
    "objects": np.array(["a", None, {"b": 1}], object),
    "text": np.array(["ab", "cde"]),
    "fields": np.zeros(3, [("a", "<i4"), ("b", "<f8")]),
}


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("name", ARRAYS)
def test_raw_arrays_are_passed_over(tmp_path: Path, name: str, protocol: int) -> None:
    rows = [{"k": "v" * 30, "n": n} for n in range(3000)]  # more than one frame
    joblib.dump({"a": ARRAYS[name], "rows": rows, "b": ARRAYS[name]}, tmp_path / "a", protocol=protocol)
    octets = (tmp_path / "a").read_bytes()
    found = run(octets)
    assert not found.judgements
    assert not found.broken
    assert found.end == len(octets)


def test_padding_that_is_opcodes_to_other_loaders_is_examined(tmp_path: Path) -> None:
    joblib.dump([np.arange(500)], tmp_path / "a")
    octets = (tmp_path / "a").read_bytes()
    start = octets.index(b"\xff\xff") - 1  # how much padding, and the padding: joblib takes any
    padding = (b"0" + PAYLOAD + b".").ljust(ord("N"), b"0")
    assert "os.system" in ran(octets[:start] + b"N" + padding + octets[start + 1 + octets[start] :])


def test_an_array_that_hides_its_extent_is_told(tmp_path: Path) -> None:
    joblib.dump([np.arange(5)], tmp_path / "a", protocol=2)
    octets = (tmp_path / "a").read_bytes().replace(b"K\x05\x85", b"N\x85", 1)
    assert any(each.subject == "NumpyArrayWrapper" for each in run(octets).judgements)


# torch


class Touch:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("true",)


def legacy(value: object) -> bytes:
    out = io.BytesIO()
    torch.save(value, out, _use_new_zipfile_serialization=False)
    return out.getvalue()


def test_the_old_format_of_torch_is_read_to_its_storages() -> None:
    octets = legacy({"w": torch.zeros(300), "b": [torch.ones(2)]})
    found = run(octets)
    assert not found.judgements
    assert not found.broken
    assert found.end == len(octets)


def test_a_payload_in_the_old_format_of_torch_is_seen() -> None:
    assert ran(legacy({"w": torch.zeros(3), "x": Touch()}))


# Pickles inside arguments


def test_a_pickle_in_an_argument_is_examined() -> None:
    inner = b"\x80\x02" + PAYLOAD + b"."
    for _ in range(engine.MAX_NESTED):
        inner = b"\x80\x02" + call("torch.storage._load_from_bytes", inner) + b"."
        assert "os.system" in ran(inner)
    inner = b"\x80\x02" + call("torch.storage._load_from_bytes", inner) + b"."
    assert "inside each other" in run(inner).broken


def test_an_argument_that_exists_only_at_load_time_is_told() -> None:
    octets = b"\x80\x02ctorch.storage\n_load_from_bytes\n(cm\nf\n)RtR."
    assert any(each.fault is Fault.COMPUTED for each in run(octets).judgements)


# Frames


def frame(octets: bytes, length: int | None = None) -> bytes:
    return b"\x95" + struct.pack("<Q", len(octets) if length is None else length) + octets


FRAMED = {
    "across a string": frame(b"\x8c\x0aabcdefghij.", 5),
    "across a number": frame(b"J\x01\x02\x03\x04.", 3),
    "across a line": frame(b"Vabcdef\n.", 4),
    "beyond STOP": frame(b"K\x01.K\x02.", 5),
    "a longer one inside": frame(frame(b"K\x01."), 10),
    "after one inside": frame(frame(b"") + b"\x8c\x05abcde.", 12),
}


@pytest.mark.parametrize("filler", [b"", LONG], ids=["short", "long"])
@pytest.mark.parametrize("name", FRAMED)
def test_a_frame_that_readers_take_differently_is_told(name: str, filler: bytes) -> None:
    octets = b"\x80\x04" + filler + FRAMED[name]
    assert [each.subject for each in run(octets).judgements] == ["frame"]


@pytest.mark.parametrize("filler", [b"", LONG], ids=["short", "long"])
def test_honest_frames_are_not(filler: bytes) -> None:
    octets = b"\x80\x04" + frame(filler) + frame(b"\x8c\x02ab0") + b"N0" + frame(b"N.")
    found = run(octets)
    assert not found.judgements
    assert found.end == len(octets)


# Long pickles


def whole(octets: bytes) -> tuple[list[tuple[Kind, int]], int | None]:
    found = Machine(Bytes(octets)).load()
    return [(each.kind, each.offset) for each in found.events], found.end


def surveyed(octets: bytes) -> tuple[list[tuple[Kind, int]], int | None]:
    found = engine._run(Bytes(octets), 0)
    return [(each.kind, each.offset) for each in found.events], found.end


@pytest.fixture(scope="module", params=[2, 4, 5])
def long(request: pytest.FixtureRequest) -> bytes:
    rows = [
        {"id": n, "name": f"row {n} " * 5, "tags": ("a", n % 7), "x": b"y" * (n % 90)} for n in range(12_000)
    ]
    octets = pickle.dumps(rows, request.param)
    assert len(octets) > engine.WHOLE
    return octets


@pytest.mark.parametrize("name", PAYLOADS)
@pytest.mark.parametrize("place", ["early", "middle", "late"])
def test_a_payload_anywhere_in_a_long_pickle_is_seen(name: str, place: str) -> None:
    count = engine.WHOLE // len(ROW) + 1
    before = {"early": 0, "middle": count // 2, "late": count}[place]
    octets = b"\x80\x02" + ROW * before + PAYLOADS[name] + ROW * (count - before) + b"N."
    assert "os.system" in ran(octets)
    assert surveyed(octets) == whole(octets)


def test_a_survey_and_the_machine_agree_on_honest_pickles(long: bytes) -> None:
    assert surveyed(long) == whole(long)
    assert not run(long).judgements


def test_a_callee_from_far_back_is_known() -> None:
    octets = b"\x80\x02cos\nsystem\nq\x00" + LONG + b"h\x00(U\x04truetR."
    assert ran(octets)[-1] == "os.system"
    assert surveyed(octets) == whole(octets)


def test_a_long_pickle_that_breaks_is_broken() -> None:
    assert run(b"\x80\x02" + LONG + b"\xff").broken
    assert run(b"\x80\x02" + LONG).broken


def test_a_memo_index_far_ahead_is_a_bomb_in_a_long_pickle_too() -> None:
    for filler in (b"", LONG):
        octets = b"\x80\x02" + filler + b"Nr\xff\xff\xff\x7f" + b"cm\nC\n0."
        assert [each.kind.name for each in run(octets).flaws] == ["BOMB"]


@pytest.mark.parametrize("change", [b"K\x01K\x02s", b"(K\x01K\x02u", b"K\x01a", b"(K\x01e", b"(K\x01\x90"])
@pytest.mark.parametrize("is_far", [True, False])
def test_items_put_far_behind_into_what_was_imported_are_seen(change: bytes, is_far: bool) -> None:
    filler = LONG if is_far else b""
    octets = b"\x80\x02cm\nREGISTRY\nq\x00" + LONG + b"0" + filler + b"h\x00" + change + b"."
    assert Fault.STATE in {each.fault for each in run(octets).judgements}


def test_a_class_that_no_policy_lists_leaves_the_survey_enough() -> None:
    made = b"cm\nC\nq\x00)\x81}X\x01\x00\x00\x00aK\x01sb0"
    old = b"ccopy_reg\n_reconstructor\n(cm\nD\nc__builtin__\nobject\nNtR0"
    octets = b"\x80\x02" + made + old + LONG + made + b"N."
    glances = list(engine.survey(Bytes(octets), 0))
    assert engine._glanced(Bytes(octets), 0, glances).end == len(octets)
    assert surveyed(octets) == whole(octets)


def test_how_much_is_read_at_once_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = [stream(Random(seed)) for seed in range(500)]
    expected = [whole(each) for each in streams]
    monkeypatch.setattr(machine, "FIRST_WINDOW", 9)
    monkeypatch.setattr(machine, "WINDOW", 11)
    assert [whole(each) for each in streams] == expected


def test_a_survey_loses_nothing_that_the_machine_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexer, "WINDOW", 256)
    monkeypatch.setattr(lexer, "BLOCK", 32)
    monkeypatch.setattr(engine, "WHOLE", 1)
    for seed in range(3000):
        octets = stream(Random(seed))
        assert set(whole(octets)[0]) <= set(surveyed(octets)[0]), octets
