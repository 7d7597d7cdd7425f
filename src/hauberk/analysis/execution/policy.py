"""What may be imported, called and built by a pickle: default deny, three verdicts.

The tables in `policies/` say of each library's names what they may be used for:
`value` (referenced), `build` (instantiated without its __init__, then given state), `new` (the
class called with constants), `call` (any of it), `call:<shape>` (called with arguments of that
shape only), `unsafe`. A name that is not listed is not allowed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from hauberk.analysis.execution.values import Global

# Modules of the standard library that do things: even a reference to them has no place in a model.
RUNS_CODE_NAMES = (
    "os posix nt subprocess sys builtins socket ctypes _ctypes importlib imp runpy pty shutil code codeop "
    "pdb bdb timeit multiprocessing webbrowser pickle _pickle marshal commands popen2 asyncio profile "
    "cProfile trace doctest pydoc platform signal threading _thread pkgutil zipimport sqlite3 smtplib "
    "ftplib telnetlib imaplib poplib urllib http xmlrpc ssl tempfile io _io linecache fileinput glob "
    "tarfile zipfile shelve dbm mailbox atexit gc weakref types inspect dis ast symtable tokenize "
    "unittest test idlelib lib2to3 distutils ensurepip venv site sysconfig logging turtle tkinter "
    "readline rlcompleter cmd cgi wsgiref socketserver select selectors fcntl mmap resource concurrent "
    "contextlib getpass crypt spwd pwd grp antigravity this nturl2path _osx_support "
)
RUNS_CODE = frozenset(RUNS_CODE_NAMES.split())
# Libraries outside the tables whose very use in a pickle is an attack: they run what they are given.
RUNNERS_NAMES = (
    "h5py tables click "
    "pip setuptools pkg_resources IPython ipykernel fabric invoke paramiko pexpect ptyprocess sh plumbum "
    "sarge delegator jinja2 mako requests httpx urllib3 aiohttp yaml ruamel fire pydash numexpr cffi "
    "cppyy psutil execnet pytest _pytest nose tornado flask werkzeug django gunicorn celery rpyc Pyro4 "
    "ansible docker kubernetes boto3 botocore s3fs gcsfs fsspec smart_open wget pycurl gdown sympy "
    "tensorflow keras tf_keras torchvision hydra fickling cython Cython pyximport numba llvmlite "
    "py_compile execjs js2py "
)
RUNNERS = frozenset(RUNNERS_NAMES.split())


# Classes of a TorchScript program: torch's own reader makes them, nothing of that name can be imported.
TORCHSCRIPT = "__torch__"


@dataclass(frozen=True, slots=True)
class Table:
    """One library's names."""

    names: dict[str, dict[str, str]]


@cache
def _tables() -> dict[str, str]:
    """Which file speaks of a top-level module."""
    place = files("hauberk.analysis.execution") / "policies"
    return {
        each.name.removesuffix(".json"): each.name for each in place.iterdir() if each.name.endswith(".json")
    }


@cache
def _table(top: str) -> Table | None:
    name = "python" if top in sys.stdlib_module_names else top
    if name not in _tables():
        return None
    place = files("hauberk.analysis.execution") / "policies" / _tables()[name]
    return Table(json.loads(place.read_text("utf-8"))["names"])


def is_standard(module: str) -> bool:
    """Whether the module is of the standard library, under its name of today or of Python 2."""
    return _today(module).partition(".")[0] in sys.stdlib_module_names


def is_covered(module: str) -> bool:
    """Whether a table speaks of the module's library."""
    return _table(_today(module).partition(".")[0]) is not None


def runs_code(target: Global) -> bool:
    """Whether the module is one of those that do things."""
    top = _today(target.module).partition(".")[0]
    return top in RUNS_CODE or (top in RUNNERS and not is_covered(target.module))


@cache
def word(target: Global) -> str:
    """What the tables say of a global; empty if nothing."""
    module = _today(target.module)
    if module.split(".")[0] == TORCHSCRIPT:
        return "call"
    table = _table(module.partition(".")[0])
    return table.names.get(module, {}).get(target.name, "") if table else ""


@cache
def _today(module: str) -> str:
    from _compat_pickle import IMPORT_MAPPING

    return IMPORT_MAPPING.get(module, module)
