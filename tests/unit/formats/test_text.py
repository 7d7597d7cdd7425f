"""The floor below all other formats: text, media, programs, and files that are empty."""

import pytest

from hauberk.core.asset import Asset, Bytes
from hauberk.formats.recognise import recognise
from hauberk.scan.examine import examine


def formats(name: str, octets: bytes) -> set[str]:
    return {each.name for each in recognise(Asset(name, Bytes(octets)))}


@pytest.mark.parametrize(
    "octets",
    [
        b"import os\n",
        "Größe: 5 €\n".encode(),
        "Größe".encode("latin-1") + b" of an old table, mostly plain\n",
        "\ufeffa,b\r\n".encode("utf-16"),
        b"\x1b[31mred\x1b[0m\n",
        b"a\x0cb\n",
    ],
)
def test_text_of_any_encoding_is_text(octets: bytes) -> None:
    assert "text" in formats("notes", octets)


@pytest.mark.parametrize(
    "octets", [b"\0\1\2\3" * 20, b"abc\0def", bytes(range(1, 255)), b"\xfe\xdc\xba\x98" * 9]
)
def test_binary_octets_are_no_text(octets: bytes) -> None:
    assert "text" not in formats("weights", octets)


def test_text_lets_other_readers_by_name_look_too() -> None:
    assert formats("model.safetensors", b"plain words\n") == {"safetensors", "text"}


@pytest.mark.parametrize(
    ("name", "octets", "expected"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "media"),
        ("a.bmp", b"BM" + (10).to_bytes(4, "little") + b"\0\0\0\0", "media"),
        ("a.wav", b"RIFF\x24\0\0\0WAVEfmt ", "media"),
        ("a.db", b"SQLite format 3\0", "media"),
        ("a.ttf", b"\0\1\0\0\0\x0f", "media"),
        ("a.wasm", b"\0asm\1\0\0\0", "interpreted-program"),
        ("A.class", b"\xca\xfe\xba\xbe\0\0\0\x34", "interpreted-program"),
        ("a.pyc", b"\xa7\r\r\n" + bytes(12) + b"\xe3", "interpreted-program"),
    ],
)
def test_magic_numbers_are_known(name: str, octets: bytes, expected: str) -> None:
    assert expected in formats(name, octets)


def test_two_letters_that_are_chance_are_no_sound() -> None:
    assert "media" not in formats("weights.dat", b"\xff\xfb\1\2\3")


def test_an_empty_model_is_a_gap_and_an_empty_marker_is_not() -> None:
    assert [gap.reason for gap in examine(Asset("model.safetensors", Bytes(b""))).gaps] == ["malformed"]
    for name in ("__init__.py", ".gitkeep", "notes.txt"):
        out = examine(Asset(name, Bytes(b"")))
        assert (out.findings, out.gaps) == ([], [])


def test_a_vocabulary_of_sentencepiece_is_read_to_its_end() -> None:
    piece = b"\n\x05<unk>\x15\0\0\0\0\x18\2"
    octets = (b"\n" + bytes([len(piece)]) + piece) * 3 + b"\x12\2\x08\1"
    out = examine(Asset("tokenizer.model", Bytes(octets)))
    assert out.assets[0].formats == ("sentencepiece",)
    assert (out.findings, out.gaps) == ([], [])
    assert examine(Asset("tokenizer.model", Bytes(octets[:-1]))).gaps
