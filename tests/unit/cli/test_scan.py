"""The command line as a user has it: the installed command, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from hauberk.report import FORMATS
from hauberk.rules import load

HAUBERK = str(Path(sys.executable).parent / "hauberk")
BAD = b"cposix\nsystem\n(S'true'\ntR."
GOOD = b"\x80\x04]\x94(K\x01K\x02e."


def hauberk(*arguments: str, cwd: Path, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([HAUBERK, *arguments], cwd=cwd, input=given, capture_output=True, timeout=60)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "bad.pkl").write_bytes(BAD)
    (tmp_path / "good.pkl").write_bytes(GOOD)
    (tmp_path / "half.pkl").write_bytes(GOOD[:-4])
    return tmp_path


@pytest.mark.parametrize("form", FORMATS)
def test_exit_codes_are_the_same_in_every_format(models: Path, form: str) -> None:
    def code(*targets: str) -> int:
        return hauberk("scan", *targets, "--no-cache", "-o", form, cwd=models).returncode

    assert [code("good.pkl"), code("bad.pkl"), code("half.pkl"), code("none.pkl")] == [0, 1, 3, 2]


def test_an_empty_folder_is_not_a_pass(tmp_path: Path) -> None:
    assert hauberk("scan", ".", cwd=tmp_path).returncode == 3


def test_many_outputs_come_from_one_run(models: Path) -> None:
    done = hauberk("scan", ".", "-o", "concise", "-o", "json=r.json", "-o", "sarif=r.sarif", cwd=models)
    assert done.returncode == 1
    assert b"MDL0" in done.stdout
    report = json.loads((models / "r.json").read_text())
    assert report["exit_code"] == 1
    assert json.loads((models / "r.sarif").read_text())["version"] == "2.1.0"


def test_two_runs_say_the_same(models: Path) -> None:
    first = hauberk("scan", ".", "-o", "concise", "-j", "1", cwd=models).stdout
    assert hauberk("scan", ".", "-o", "concise", "-j", "2", cwd=models).stdout == first


def test_standard_input_and_globs_are_targets(models: Path) -> None:
    assert hauberk("scan", "-", "--no-cache", cwd=models, given=BAD).returncode == 1
    assert hauberk("scan", "-", "--no-cache", cwd=models, given=GOOD).returncode == 0
    assert hauberk("scan", "g*.pkl", cwd=models).returncode == 0
    assert hauberk("scan", "x*.pkl", cwd=models).returncode == 2


def test_a_baseline_sets_aside_what_was_known_and_nothing_else(models: Path) -> None:
    hauberk("scan", "bad.pkl", "-o", "json=before.json", cwd=models)
    assert hauberk("scan", "bad.pkl", "--baseline", "before.json", cwd=models).returncode == 0
    (models / "new.pkl").write_bytes(BAD)
    assert hauberk("scan", "bad.pkl", "new.pkl", "--baseline", "before.json", cwd=models).returncode == 1
    assert hauberk("scan", "bad.pkl", "--baseline", "bad.pkl", cwd=models).returncode == 2


def test_settings_are_found_and_their_faults_named(models: Path) -> None:
    hauberk("scan", "bad.pkl", "-o", "json=r.json", cwd=models)
    found = json.loads((models / "r.json").read_text())["findings"]
    (models / "hauberk.toml").write_text(
        "".join(
            f'[[accept]]\nfingerprint = "{each["fingerprint"]}"\nreason = "a test"\nuntil = 9999-01-01\n'
            for each in found
        )
    )
    done = hauberk("scan", "bad.pkl", cwd=models)
    assert done.returncode == 0
    assert f"{len(found)} accepted" in done.stdout.decode()
    (models / "hauberk.toml").write_text("stop = 7\n")
    done = hauberk("scan", "bad.pkl", cwd=models)
    assert (done.returncode, b"stop must be one of" in done.stderr) == (2, True)


def test_diff_says_what_is_new_and_what_is_gone(models: Path) -> None:
    hauberk("scan", "good.pkl", "-o", "json=a.json", cwd=models)
    hauberk("scan", "bad.pkl", "-o", "json=b.json", cwd=models)
    assert hauberk("diff", "a.json", "b.json", cwd=models).returncode == 1
    assert hauberk("diff", "b.json", "a.json", cwd=models).returncode == 0
    assert hauberk("diff", "b.json", "none.json", cwd=models).returncode == 2


def test_init_never_overwrites_and_its_file_is_valid(tmp_path: Path) -> None:
    (tmp_path / "good.pkl").write_bytes(GOOD)
    assert hauberk("init", cwd=tmp_path).returncode == 0
    assert hauberk("scan", "good.pkl", cwd=tmp_path).returncode == 0
    assert hauberk("init", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize(
    "arguments", [["explain", next(iter(load()))], ["rules"], ["doctor"], ["completion", "bash"]]
)
def test_the_other_commands_answer(arguments: list[str], tmp_path: Path) -> None:
    done = hauberk(*arguments, cwd=tmp_path)
    assert (done.returncode, bool(done.stdout)) == (0, True)


def test_unknown_words_are_usage_errors(tmp_path: Path) -> None:
    assert hauberk("explain", "MDL999", cwd=tmp_path).returncode == 2
    assert hauberk("scan", "-o", "docx", cwd=tmp_path).returncode == 2
    assert hauberk("scan", "--nonsense", cwd=tmp_path).returncode == 2


def test_nothing_dials_out(models: Path) -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise SystemExit('dialled out')\n"
        "socket.socket.connect = socket.getaddrinfo = socket.create_connection = refuse\n"
        "from hauberk.cli.main import run\n"
        "sys.exit(run(['scan', '.', '--no-cache', '-j', '1']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=models, capture_output=True, timeout=60)
    assert (done.returncode, b"dialled" in done.stderr) == (1, False)
