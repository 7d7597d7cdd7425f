"""Python of models: dangerous uses are seen through aliases, honest ones are passed."""

import ast

import pytest

from hauberk.analysis.code.judgement import judged
from hauberk.analysis.code.targets import grade
from hauberk.core.finding import Severity

BAD = [
    "import os\nos.system('id')",
    "from os import system as s\ns('id')",
    "from os import *\nsystem('id')",
    "__import__('os').system('id')",
    "import importlib\nimportlib.import_module('o' + 's').system('id')",
    "import os\ngetattr(os, 'metsys'[::-1])('id')",
    "import os\ngetattr(os, chr(115) + 'ystem')('id')",
    "import os\nvars(os)['system']('id')",
    "import os\nf = os.system\nf('id')",
    "import sys\nsys.modules['os'].system('id')",
    "import numpy as np\nnp.os.system('id')",
    "import random\nrandom._os.system('id')",
    "globals()['__builtins__']['exec']('x')",
    "import base64\nx = base64.b64decode(b'aW1wb3J0IG9z')\nexec(x)",
    "import zlib, marshal\nexec(marshal.loads(zlib.decompress(b'x')))",
    "import socket\ns = socket.socket()\ns.connect(('192.0.2.1', 1))",
    "import urllib.request\nurllib.request.urlopen('https://example.org/')",
    "import os\nopen(os.path.expanduser('~/.ssh/authorized_keys'), 'a').write('k')",
    "from pathlib import Path\nPath('/root/.bashrc').write_text('k')",
    "import ctypes\nctypes.CDLL('libc.so.6').system(b'id')",
    "().__class__.__base__.__subclasses__()",
    "def f(x=__import__('os').system('id')): pass",
    "import os, atexit\natexit.register(os.system, 'id')",
    "import subprocess\nclass X:\n  def f(self): subprocess.run(['id'])",
]


@pytest.mark.parametrize("text", BAD)
def test_dangerous_code_is_found(text: str) -> None:
    assert max((each.severity for each in judged(ast.parse(text))), default=Severity.INFO) >= Severity.MEDIUM


GOOD = [
    "import os\np = os.path.join(os.environ.get('HOME', ''), 'x')",
    "import torch\nclass M(torch.nn.Module):\n  def forward(self, x): return x.eval()",
    "import requests\ndef fetch(url): return requests.get(url).content",
    "def save(path):\n  with open(path, 'w') as out: out.write('a')",
    "import importlib\ndef f(n): return importlib.import_module('.' + n, __name__)",
    "import subprocess\ntry: pass\nexcept subprocess.CalledProcessError: pass",
    "import re\nP = re.compile('a')\nx = getattr(P, 'pattern')",
    "import pickle\ndef load(f): return pickle.load(f)",
    "if __name__ == '__main__':\n  import argparse\n  argparse.ArgumentParser().parse_args()",
    "from transformers import AutoModel\ndef system(x): return x\nsystem(1)",
]


@pytest.mark.parametrize("text", GOOD)
def test_honest_code_is_passed(text: str) -> None:
    assert [each for each in judged(ast.parse(text)) if each.severity >= Severity.MEDIUM] == []


def test_code_that_runs_on_import_is_worse_than_code_that_waits() -> None:
    waiting = next(iter(judged(ast.parse("import os\ndef f(): os.system('id')"))))
    running = next(iter(judged(ast.parse("import os\nos.system('id')"))))
    assert (waiting.severity, running.severity) == (Severity.HIGH, Severity.CRITICAL)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("os.system", Severity.CRITICAL),
        ("subprocess.run", Severity.CRITICAL),
        ("torch.load", Severity.HIGH),
        ("os.path.join", None),
        ("builtins.dict", None),
        ("torch.optim.AdamW", None),
        ("my_project.Net", Severity.INFO),
        ("x.__globals__.y", Severity.HIGH),
    ],
)
def test_names_in_settings_are_graded(name: str, expected: Severity | None) -> None:
    assert grade(name) == expected
