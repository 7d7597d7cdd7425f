"""`hauberk log` from the first key to a proof that a stranger checks, and each way in which it says no."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hauberk.cli.log import command
from hauberk.core.errors import HauberkError, MissingPath, OverBudget, Refused, UsageError


def run(*arguments: str) -> int:
    found = command.main(list(arguments), "log", standalone_mode=False)
    assert isinstance(found, int)
    return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("log", "witness"):
        flag = ["--witness"] if name == "witness" else []
        assert run("key", f"example.org/{name}", "-o", f"{name}.key", *flag) == 0
    for number in range(3):
        Path(f"{number}.json").write_text(f'{{"entry": {number}}}')
    return tmp_path


def vkey(capsys: pytest.CaptureFixture[str], name: str) -> str:
    from hauberk.attest.log.note import read_signer

    capsys.readouterr()
    return read_signer(Path(f"{name}.key").read_text()).key.text()


def test_from_a_key_to_a_proof_that_a_stranger_checks(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, witness = vkey(capsys, "log"), vkey(capsys, "witness")
    assert stat.S_IMODE(Path("log.key").stat().st_mode) == 0o600
    assert run("init", "log.db", "-k", "log.key") == 0
    assert capsys.readouterr().out.strip() == log
    assert run("append", "log.db", "0.json", "1.json") == 0
    assert capsys.readouterr().out == "0 0.json\n1 1.json\n"
    assert run("witness", "log.db", "-k", "witness.key", "-m", "memory", "--log", log) == 0
    early = capsys.readouterr().out
    Path("early").write_text(early)
    assert run("append", "log.db", "2.json") == 0
    assert run("witness", "log.db", "-k", "witness.key", "-m", "memory", "--log", log) == 0
    assert run("export", "log.db", "public") == 0
    capsys.readouterr()
    for name in ("log.db", "public"):
        assert run("show", name) == 0
        assert capsys.readouterr().out == Path("public/checkpoint").read_text()
        assert run("show", name, "1") == 0
        assert capsys.readouterr().out == '{"entry": 1}'
        assert run("proof", name, "1") == 0
        Path("1.tlog-proof").write_text(capsys.readouterr().out)
        assert run("check", "1.tlog-proof", "1.json", "-k", log, "-k", witness) == 0
        assert capsys.readouterr().out == "1.json: entry 1 of example.org/log\n"
        with pytest.raises(Refused, match="entry 1 is not in the tree"):
            run("check", "1.tlog-proof", "2.json", "-k", log)
        assert run("verify", name, "-k", log, "-k", witness, "--since", "early") == 0
        assert "3 entries hold together" in capsys.readouterr().out
        assert run("verify", name) == 3
        assert "name --key" in capsys.readouterr().err


def test_a_changed_folder_is_refused_with_its_entry(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("init", "log.db", "-k", "log.key")
    run("append", "log.db", "0.json", "1.json", "2.json")
    run("export", "log.db", "public")
    bundle = place / "public" / "tile" / "entries" / "000.p" / "3"
    bundle.write_bytes(bundle.read_bytes().replace(b": 1", b": 7"))
    with pytest.raises(Refused, match=r"public: entry 1: the entry is not the one whose hash the tree has"):
        run("verify", "public", "-k", vkey(capsys, "log"))


def test_a_witness_does_not_sign_a_log_that_began_anew(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = vkey(capsys, "log")
    for name, entries in (("a.db", ["0.json"]), ("b.db", ["1.json", "2.json"]), ("c.db", [])):
        run("init", name, "-k", "log.key")
        if entries:
            run("append", name, *entries)
    watch = ["-k", "witness.key", "-m", "memory", "--log", log]
    run("witness", "a.db", *watch)
    with pytest.raises(Refused, match="422"):
        run("witness", "b.db", *watch)
    with pytest.raises(Refused, match="has 0 entries, and the witness has seen 1"):
        run("witness", "c.db", *watch)


def test_a_key_that_is_not_kept_in_the_store_is_asked_for(place: Path) -> None:
    run("init", "log.db", "-k", "log.key", "--no-keep-key")
    with pytest.raises(UsageError, match="kept elsewhere"):
        run("append", "log.db", "0.json")
    assert run("append", "log.db", "0.json", "-k", "log.key") == 0
    assert Path("log.key").read_text().strip().encode() not in Path("log.db").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["show", "nowhere.db"], MissingPath),
        (["verify", "nowhere.db"], MissingPath),
        (["export", "nowhere.db", "x"], MissingPath),
        (["show", "memoryless"], MissingPath),
        (["append", "log.db", "nowhere.json"], MissingPath),
        (["append", "log.db", "large"], OverBudget),
        (["append", "log.db", "huge"], OverBudget),
        (["append", "nowhere/log.db", "0.json"], MissingPath),
        (["key", "a b", "-o", "x"], HauberkError),
        (["key", "a", "-o", "log.key"], UsageError),
        (["key", "a", "-o", "nowhere/x"], UsageError),
        (["init", "log.db", "-k", "0.json"], HauberkError),
        (["init", "log.db", "-k", "witness.key"], UsageError),
        (["init", "full.db", "-k", "log.key"], Refused),
        (["show", "full.db", "7"], UsageError),
        (["proof", "full.db", "7"], UsageError),
        (["proof", "full.db", "99999999999999999999"], UsageError),
        (["verify", "full.db", "-k", "no key"], HauberkError),
        (["verify", "full.db", "--since", "0.json"], HauberkError),
        (["verify", "0.json"], HauberkError),
        (["check", "0.json", "0.json", "-k", "log.key"], HauberkError),
    ],
)
def test_what_cannot_be_is_said_to_be(place: Path, arguments: list[str], error: type[HauberkError]) -> None:
    run("append", "full.db", "0.json")
    Path("large").write_bytes(bytes(65_536))
    Path("huge").write_bytes(bytes(2 << 20))
    Path("memoryless").mkdir()
    with pytest.raises(error):
        run(*arguments)
